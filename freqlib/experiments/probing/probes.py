"""How much features tell a simple classifier, band by band."""

from collections.abc import Iterable
from math import inf

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from freqlib.errors import InputError, as_numbers, check_seed, one_of
from freqlib.experiments.evaluation.intervals import columns, rate
from freqlib.experiments.probing.band_features import BandFeatures
from freqlib.experiments.probing.held_out import KINDS, folds_of, score
from freqlib.signal import Bands

WHOLE = Bands((0, inf), ("all",))


def probe(
    features: Tensor,
    labels: Tensor,
    kind: str = "linear",
    bands: Bands | None = None,
    strength: float | Iterable[float] = 1e-3,
    folds: int = 5,
    groups: Tensor | None = None,
    test: tuple[Tensor, Tensor] | None = None,
    dimension: int | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Fit a classifier on features, whole and band by band, and score it on images that it has not seen.

    A probe that finds nothing shows "not found", not "absent". Beside it stands the same probe fitted on labels in
    random order.

    Args:
        features: (n, c, h, w) maps, or (n, d) vectors (then without bands).
        labels: (n,) int64.
        kind: "linear", multinomial logistic regression with an L2 penalty; "mlp", one hidden layer; "power", linear on
            squared coefficients, pooled so that a shift of the map changes nothing.
        bands: score every band apart as well; None for the whole features alone.
        strength: of the penalty, mean cross-entropy + strength / 2 |W|^2 on features of unit scale; of several, the one
            that does best in a two-fold cross-validation of the fitted images.
        folds: of the stratified cross-validation, whose held-out predictions are scored.
        groups: (n,) integers; images of one group are never split between fitting and scoring.
        test: features and labels to score on, instead of folds.
        dimension: bands with more numbers are projected onto so many random directions; None leaves them.
        seed: of folds, directions and permutation.

    Returns:
        One row for band "all" and one a band: kind band band_low band_high cells dimension strength n
        classes; top1 and top1_permuted with their intervals (95 %); converged and residual (largest over the fits: of a
        linear classifier the largest gradient entry, of an "mlp" what its loss fell by in the last epoch).

    Raises:
        InputError: an unknown kind, vectors with bands or "power", a band without a cell on these maps, a class with
            fewer images than folds, labels of another length, a strength that is not positive, NaN.

    Source: S1's linear classifier on reconstructed features; Wilson's interval.

    Example:
        >>> x, y = torch.randn(40, 1, 4, 4), torch.arange(40) % 2
        >>> table = probe(x + y[:, None, None, None], y)
        >>> bool(table.top1[0] > 0.8)
        True
    """
    one_of(kind, KINDS, "probe")
    check_seed(seed)
    strengths = as_numbers(strength, "Strengths of the penalty", "[0.001, 0.1]")
    if features.ndim not in (2, 4):
        raise InputError(f"Features have shape {tuple(features.shape)}; give maps (n, c, h, w) or vectors (n, d).")
    if features.ndim != 4 and (bands is not None or kind == "power"):
        raise InputError(f"Features of shape {tuple(features.shape)} have no bands; give maps (n, c, h, w).")
    features, labels = features.detach(), _whole(features, labels)
    test = test and (test[0].detach(), _whole(*test))
    if test is not None and test[0].shape[1:] != features.shape[1:]:
        raise InputError(
            f"Features are {tuple(features.shape[1:])} each, but those to score on {tuple(test[0].shape[1:])}; both "
            "must come from one layer."
        )
    if test is not None and (unseen := set(test[1].tolist()) - set(labels.tolist())):
        raise InputError(f"Class {min(unseen)} has no example among the {len(labels)} fitted images; fit on more.")
    if groups is not None and len(groups) != len(labels):
        raise InputError(f"There are {len(groups)} groups for {len(labels)} images; each image needs its own.")
    if bands is not None:
        _check_cells(bands, *features.shape[-2:])
    units = None if groups is None else np.asarray(groups)
    if test is None:
        splits = folds_of(labels, folds, units, seed)
    else:
        places = np.arange(len(labels) + len(test[1]))
        splits = [(places[: len(labels)], places[len(labels) :])]
        features, labels = torch.cat([features, test[0]]), torch.cat([labels, test[1]])
    scored = np.concatenate([s for _, s in splits])
    group = None if units is None or test is not None else units[scored]  # a test image stands for itself

    def row(name: str, low: float, high: float, cells: int, x: Tensor) -> dict:
        own, permuted = (score(x, labels, splits, kind, strengths, units, seed, p) for p in (False, True))
        return {
            "kind": kind, "band": name, "band_low": low, "band_high": high, "cells": cells, "dimension": x.shape[1],
            "strength": own.strength, "n": len(scored), "classes": len(labels.unique()),
            **columns("top1", own.hits.mean(), rate(own.hits, group)),
            **columns("top1_permuted", permuted.hits.mean(), rate(permuted.hits, group)),
            "converged": own.converged, "residual": own.residual,
        }  # fmt: skip

    if features.ndim != 4:
        return pd.DataFrame([row("all", 0.0, inf, 1, BandFeatures(WHOLE, False, dimension, seed).project(features))])
    rows = []
    for chosen in (WHOLE, *([] if bands is None else [bands])):
        read = BandFeatures(chosen, kind == "power", dimension, seed)(features)
        counts = chosen.cells(*features.shape[-2:]).tolist()
        for i, (name, cells, x) in enumerate(zip(chosen.names, counts, read, strict=True)):
            rows.append(row(name, *chosen.edges[i : i + 2], cells, x))
    return pd.DataFrame(rows)


def _check_cells(bands: Bands, h: int, w: int) -> None:
    for name, cells, low in zip(bands.names, bands.cells(h, w).tolist(), bands.edges, strict=False):
        if not cells:
            raise InputError(
                f"Band {name!r} has no cell on maps of {h}x{w}; leave out the edge {low}, or give larger maps."
            )


def _whole(features: Tensor, labels: Tensor) -> Tensor:
    """Return labels as int64 on the CPU, or refuse those that are none of these features."""
    if labels.shape != (len(features),):
        raise InputError(f"{len(features)} features have labels of shape {tuple(labels.shape)}; one each is needed.")
    if not len(labels) or labels.is_floating_point() or labels.dtype == torch.bool or int(labels.long().min()) < 0:
        raise InputError(f"Labels are {labels.tolist()[:3]}..., but must be whole numbers from 0, one or more.")
    return labels.cpu().long()
