"""Scoring a classifier on images that it was not fitted on, with a penalty chosen among those it was."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from torch import Tensor

from freqlib.errors import InputError
from freqlib.experiments.probing.linear import LinearFit, fit_strengths
from freqlib.experiments.probing.mlp import MLPFit, fit_mlp

KINDS = ("linear", "mlp", "power")
Split = tuple[NDArray, NDArray]


class Score(NamedTuple):
    """What came of held-out scoring.

    Attributes:
        hits: (n scored,) bool, in the order of the splits' scored images.
        strength: of the penalty, the mean over the splits where they chose differently.
        converged: whether every fit did.
        residual: the largest one.
    """

    hits: NDArray
    strength: float
    converged: bool
    residual: float


def folds_of(labels: Tensor, folds: int, groups: NDArray | None, seed: int) -> list[Split]:
    """Split images into stratified folds, each scored once.

    Args:
        labels: (n,) int64.
        folds: how many.
        groups: (n,) integers that no split may divide, or None.
        seed: of the folds.

    Returns:
        Pairs of positions: fitted, scored.

    Raises:
        InputError: fewer than two folds, or more than a class has images or than there are groups.

    Example:
        >>> [len(scored) for fitted, scored in folds_of(torch.arange(8) % 2, 4, None, 0)]
        [2, 2, 2, 2]
    """
    counts = torch.bincount(labels)
    fewest = int(counts[counts > 0].min())
    if not 2 <= folds <= fewest:
        raise InputError(f"folds is {folds}, but the smallest class has {fewest} images; choose from 2 to {fewest}.")
    units = fewest if groups is None else len(np.unique(groups))
    if units < folds:
        raise InputError(f"folds is {folds}, but there are {units} groups; give at most as many folds, or more groups.")
    splitter = StratifiedKFold if groups is None else StratifiedGroupKFold
    return list(splitter(folds, shuffle=True, random_state=seed).split(np.zeros(len(labels)), labels, groups))


def score(
    x: Tensor,
    labels: Tensor,
    splits: Sequence[Split],
    kind: str,
    strengths: Sequence[float],
    groups: NDArray | None = None,
    seed: int = 0,
    permuted: bool = False,
) -> Score:
    """Fit on one part of each split and score the other.

    Args:
        x: (n, d) features.
        labels: (n,) int64.
        splits: positions fitted and scored.
        kind: "mlp" for one hidden layer, else a linear classifier.
        strengths: of the penalty; of several, the one that does best in a two-fold cross-validation of the fitted part,
            the strongest of equals.
        groups: (n,) integers that the cross-validation may not divide, or None.
        seed: of everything that is drawn.
        permuted: fit on labels in random order, a control.

    Returns:
        Score.

    Example:
        >>> x, y = torch.randn(40, 2), torch.arange(40) % 2
        >>> splits = folds_of(y, 4, None, 0)
        >>> bool(score(x + 9 * y[:, None], y, splits, "linear", [0.1, 1.0]).hits.mean() > 0.9)
        True
    """
    classes = int(labels.max()) + 1
    hits, chosen, fits = [], [], []
    for fitted, scored in splits:
        known = labels[fitted]
        if permuted:
            known = known[torch.randperm(len(known), generator=torch.Generator().manual_seed(seed))]
        inner = None if groups is None else groups[fitted]
        chosen.append(_choose(x[fitted], known, kind, strengths, inner, seed))
        fits += _fit(kind, x[fitted], known, [chosen[-1]], classes, seed)
        hits.append((fits[-1].predict(x[scored]) == labels[scored]).numpy())
    converged, residual = all(f.converged for f in fits), max(f.residual for f in fits)
    return Score(np.concatenate(hits), float(np.mean(chosen)), converged, residual)


def _choose(
    x: Tensor, labels: Tensor, kind: str, strengths: Sequence[float], groups: NDArray | None, seed: int
) -> float:
    strengths = sorted(set(strengths), reverse=True)
    if len(strengths) == 1:
        return strengths[0]
    counts = torch.bincount(labels)
    if int(counts[counts > 0].min()) < 2:
        raise InputError(
            f"{len(strengths)} strengths are to be chosen from by cross-validation, but a class has 1 image; give one "
            "strength, or two images or more of every class."
        )
    right = np.zeros(len(strengths))
    for fitted, scored in folds_of(labels, 2, groups, seed):
        fits = _fit(kind, x[fitted], labels[fitted], strengths, int(labels.max()) + 1, seed)
        right += [float((fit.predict(x[scored]) == labels[scored]).sum()) for fit in fits]
    return strengths[int(right.argmax())]


def _fit(
    kind: str, x: Tensor, labels: Tensor, strengths: Sequence[float], classes: int, seed: int
) -> list[LinearFit] | list[MLPFit]:
    if kind == "mlp":
        return [fit_mlp(x, labels, strength, seed) for strength in strengths]
    return fit_strengths(x, labels, strengths, classes)
