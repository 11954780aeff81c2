"""How much a layer's maps tell a simple classifier, band by band."""

import numpy as np
import pandas as pd
import torch
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from torch import Tensor

from freqlib.errors import InputError, one_of
from freqlib.experiments.intervals import rate
from freqlib.experiments.linear import fit_linear
from freqlib.signal import Bands, isolate

KINDS = ("linear",)


def probe(
    features: Tensor,
    labels: Tensor,
    kind: str = "linear",
    bands: Bands | None = None,
    strength: float = 1e-3,
    folds: int = 5,
    groups: Tensor | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit a classifier on features, whole and band by band, and score it on images that it has not seen.

    A probe that finds nothing shows "not found", not "absent".

    Args:
        features: (n, c, h, w) maps, or (n, d) vectors (then without bands).
        labels: (n,) int64.
        kind: "linear", multinomial logistic regression with an L2 penalty.
        bands: score every band apart as well; None for the whole features alone.
        strength: of the penalty, mean cross-entropy + strength / 2 |W|^2 on features of unit scale.
        folds: of the stratified cross-validation, whose held-out predictions are scored.
        groups: (n,) integers; images of one group are never split between fitting and scoring.
        seed: of the folds.

    Returns:
        One row for band "all" and one a band: kind band cells dimension strength n classes top1 top1_low top1_high
        (95 %) converged residual (largest gradient entry over the folds).

    Raises:
        InputError: an unknown kind, bands on vectors, a class with fewer images than folds, labels of another length.

    Source: S1's linear classifier on reconstructed features; Wilson's interval.

    Example:
        >>> x, y = torch.randn(40, 1, 4, 4), torch.arange(40) % 2
        >>> table = probe(x + y[:, None, None, None], y)
        >>> bool(table.top1[0] > 0.8)
        True
    """
    one_of(kind, KINDS, "probe")
    if labels.shape != (len(features),):
        raise InputError(f"{len(features)} features have labels of shape {tuple(labels.shape)}; one each is needed.")
    if bands is not None and features.ndim != 4:
        raise InputError(f"Features of shape {tuple(features.shape)} have no bands; give maps (n, c, h, w).")
    fewest = int(torch.bincount(labels)[labels.unique()].min())
    if not 2 <= folds <= fewest:
        raise InputError(f"folds is {folds}, but the smallest class has {fewest} images; choose from 2 to {fewest}.")
    units = None if groups is None else np.asarray(groups)
    splitter = StratifiedKFold if units is None else StratifiedGroupKFold
    splits = list(splitter(folds, shuffle=True, random_state=seed).split(np.zeros(len(labels)), labels, units))

    def row(band: str, cells: int, x: Tensor) -> dict:
        hits = np.zeros(len(labels), dtype=bool)
        fits = []
        for fitted, scored in splits:
            fits.append(fit_linear(x[fitted], labels[fitted], strength, classes=int(labels.max()) + 1))
            hits[scored] = (fits[-1](x[scored]).argmax(1) == labels[scored]).numpy()
        low, high = rate(hits, units)
        return {
            "kind": kind, "band": band, "cells": cells, "dimension": cells * features[0].numel() // max(grid, 1),
            "strength": strength, "n": len(hits), "classes": len(labels.unique()), "top1": hits.mean(),
            "top1_low": low, "top1_high": high, "converged": all(f.converged for f in fits),
            "residual": max(f.residual for f in fits),
        }  # fmt: skip

    grid = features.shape[-2] * features.shape[-1] if features.ndim == 4 else 1
    rows = [row("all", grid, features)]
    if bands is not None:
        for name, cells in zip(bands.names, bands.cells(*features.shape[-2:]).tolist(), strict=True):
            if cells:
                rows.append(row(name, cells, isolate(features, bands, name)))
    return pd.DataFrame(rows)
