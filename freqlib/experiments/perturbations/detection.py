"""Can changed images be told from untouched ones by their spectrum alone?"""

from math import inf

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import columns, percentiles, resamples
from freqlib.signal import Bands, band_coefficients

FOLDS = 10
FLOOR = 1e-12
# By what an image is told: one number of its spectrum, all of it, and how far it differs between the channels.
END, RINGS, COLOURS = "end of the spectrum", "rings", "rings of colour"


def detection(untouched: Tensor, changed: Tensor, groups: Tensor | None = None) -> pd.DataFrame:
    """Measure how well the spectra of changed images tell them from the same images untouched.

    Args:
        untouched: (n, c, h, w).
        changed: the same images, changed; in the same order.
        groups: (n,) integers, the units of folds and bootstrap where images depend on each other; None: every image.

    Returns:
        One row a detector: by n; area under the ROC curve, the share of pairs of a changed image and an untouched one
        of another unit in which the changed one scores higher (.5 where nothing is told, 1 where all is), with its
        interval (95 %, bootstrap over units, each drawn with both versions of its images). Detectors: "end of the
        spectrum", the energy in the highest of the seven bands as it is; "rings", a logistic regression on the
        logarithms of the energy on every ring of whole cycles per image, channels summed; and, for images in colour,
        "rings of colour", the same on the rings of each channel minus the mean of the channels. Regressions are
        cross-validated (10 folds, both versions of a unit in one), so that no score is of an image that was fitted on.
        Their intervals are of these scores: the fitting is not repeated, and near .5 they are too narrow.

    Raises:
        InputError: images that differ in number or shape, are not finite, or have fewer than 10 units.

    Example:
        >>> x = torch.rand(20, 1, 8, 8)
        >>> table = detection(x, x + 0.5 * torch.randn(20, 1, 8, 8))
        >>> table.by.tolist(), bool(table.area.min() > 0.9)
        (['end of the spectrum', 'rings'], True)
    """
    n = len(untouched)
    _, unit = np.unique(np.arange(n) if groups is None else groups.numpy(), return_inverse=True)
    if untouched.shape != changed.shape or untouched.ndim != 4 or len(set(unit)) < FOLDS:
        raise InputError(
            f"Untouched images {tuple(untouched.shape)} and changed ones {tuple(changed.shape)} make no pairs; two "
            f"tensors (n, c, h, w) of one shape are due, with {FOLDS} units or more."
        )
    both = torch.cat([untouched, changed])
    if not both.isfinite().all() or max(both.shape[-2:]) < 3:
        raise InputError("The images hold NaN or infinite pixels, or no frequencies; they must be 3x3 or larger.")
    scores = {
        END: _energies(both, Bands.seven())[:, -1],
        RINGS: _scores(both, unit),
        COLOURS: _scores(both - both.mean(1, keepdim=True), unit) if both.shape[1] > 1 else None,
    }
    return pd.DataFrame([{"by": by, "n": n, **_area(x[:n], x[n:], unit)} for by, x in scores.items() if x is not None])


def _energies(x: Tensor, bands: Bands) -> NDArray:
    """The energy of each image in each band, channels summed: (n, bands)."""
    return torch.stack([part.double().square().sum((1, 2)) for part in band_coefficients(x, bands)], 1).numpy()


def _scores(x: Tensor, unit: NDArray) -> NDArray:
    """What a logistic regression on the rings says of each image, fitted on others; the first half is untouched."""
    rings = Bands((0, *(k + 0.5 for k in range(int(np.hypot(*x.shape[-2:]) / 2))), inf), unit="cycles/image")
    logs = np.log(_energies(x, rings)[:, 1:] + FLOOR)  # DC apart
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    truth, unit = np.repeat([0, 1], len(x) // 2), np.tile(unit, 2)
    return cross_val_predict(model, logs, truth, groups=unit, cv=GroupKFold(FOLDS), method="decision_function")


def _area(untouched: NDArray, changed: NDArray, unit: NDArray) -> dict[str, float]:
    """The area under the ROC curve with its interval; images of one unit are no rivals of each other."""
    member = np.eye(unit.max() + 1)[unit]
    above = (changed[:, None] > untouched) + 0.5 * (changed[:, None] == untouched)
    above *= 1 - member @ member.T
    drawn = resamples(member.shape[1])
    times = drawn[:, unit]
    pairs = times.sum(1) ** 2 - np.square(drawn * member.sum(0)).sum(1)
    area = ((times @ above) * times).sum(1) / pairs
    return columns("area", float(area[0]), percentiles(area))
