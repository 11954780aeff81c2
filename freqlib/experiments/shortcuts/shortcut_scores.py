"""How well a finder of frequency shortcuts does where the truth is known."""

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score
from torch import Tensor

from freqlib.errors import InputError
from freqlib.experiments.shortcuts.finders import score_grid


def score_shortcuts(found: pd.DataFrame, truth: Tensor, share: float = 0.05) -> pd.DataFrame:
    """Hold what a finder says against the truth.

    Args:
        found: from `find_shortcuts`, of one finder; classes in the order of the truth.
        truth: (classes, h, w) bool, fft2 order, such as `SyntheticImages.truth`.
        share: of all frequencies that is taken for the shortcut.

    Returns:
        One row a class: how class cells (in the truth) chance (their share of all cells but DC, which is what random
        scores get of the next three) average_precision; precision and recall at_share (of the highest scores, ties by
        chance in a fixed order); recall_at_cells, of as many as the truth has.

    Raises:
        InputError: a truth of another shape, a share not in (0, 1], or rows of the classes mixed.

    Example:
        >>> import torch
        >>> truth = torch.zeros(1, 4, 4, dtype=torch.bool)
        >>> truth[0, 1, 0] = truth[0, 3, 0] = True
        >>> cells = pd.MultiIndex.from_product([["a"], [0, 1, -2, -1], [0, 1, -2, -1]], names=["class", "ky", "kx"])
        >>> found = cells.to_frame(index=False).assign(how="", score=truth.flatten().tolist())
        >>> score_shortcuts(found, truth, 0.2)[["precision", "recall"]].values.tolist()
        [[0.6666666666666666, 1.0]]
    """
    names = list(dict.fromkeys(found["class"]))
    if not 0 < share <= 1 or truth.ndim != 3 or len(truth) != len(names) or truth[0].numel() * len(names) != len(found):
        raise InputError(
            f"A truth of shape {tuple(truth.shape)} with share={share} does not fit {len(found)} scores of "
            f"{len(names)} classes; (classes, h, w) and a share in (0, 1] are due."
        )
    if (found["class"] != found["class"].shift()).sum() != len(names):
        raise InputError("The rows of the classes are mixed, so that nothing tells their order; sort them by class.")
    rows = []
    for name, cells in zip(names, truth.flatten(1).numpy(), strict=True):
        part = found[found["class"] == name]
        right, scores = cells[1:], score_grid(part).flatten().numpy()[1:]  # DC is in no truth
        shuffled = np.random.default_rng(0).permutation(len(right))
        order = shuffled[np.argsort(-scores[shuffled], kind="stable")]
        top, as_many = right[order[: max(1, round(share * len(right)))]], right[order[: right.sum()]]
        rows.append(
            {
                "how": part.how.iloc[0], "class": name, "cells": int(right.sum()), "chance": right.mean(),
                "average_precision": average_precision_score(right, scores) if right.any() else np.nan,
                "precision": top.mean(), "recall": top.sum() / max(1, right.sum()),
                "recall_at_cells": as_many.mean() if right.any() else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
