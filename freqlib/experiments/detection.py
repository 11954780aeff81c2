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
from freqlib.experiments.intervals import LEVEL, columns, resamples
from freqlib.signal import Bands, band_coefficients

FOLDS = 10
FLOOR = 1e-12
# By what an image is told, from the plainest to the richest.
END, RINGS, COLOURS = "end of the spectrum", "rings", "rings by colour"


def detection(untouched: Tensor, changed: Tensor) -> pd.DataFrame:
    """Measure how well the spectra of changed images tell them from the same images untouched.

    Args:
        untouched: (n, c, h, w), n of 10 or more.
        changed: the same images, changed; in the same order.

    Returns:
        One row a detector: by n area (under the ROC curve; .5 where nothing is told, 1 where all is) with its interval
        (95 %, bootstrap over images, each drawn with both its versions; moved to the estimate). Detectors: "end of the
        spectrum", the energy in the highest of the seven bands as it is; "rings", a logistic regression on the
        logarithms of the energy on every ring of whole cycles per image, channels summed; and, for images in colour,
        "rings by colour", the same on the rings of every channel, of their mean, and of each channel minus that.
        Regressions are cross-validated (10 folds), both versions of an image in one fold, so that no score is of an
        image that was fitted on.

    Raises:
        InputError: images that differ in number or shape, or fewer than 10.

    Example:
        >>> x = torch.rand(20, 1, 8, 8)
        >>> table = detection(x, x + 0.5 * torch.randn(20, 1, 8, 8))
        >>> table.by.tolist(), bool(table.area.min() > 0.9)
        (['end of the spectrum', 'rings'], True)
    """
    if untouched.shape != changed.shape or untouched.ndim != 4 or len(untouched) < FOLDS:
        raise InputError(
            f"Untouched images {tuple(untouched.shape)} and changed ones {tuple(changed.shape)} make no pairs; two "
            f"tensors (n, c, h, w) of one shape are due, with {FOLDS} images or more."
        )
    both, n = torch.cat([untouched, changed]), len(untouched)
    truth, image = np.repeat([0, 1], n), np.tile(np.arange(n), 2)
    end = _energies(both, Bands.seven())[..., -1].sum(1, keepdims=True)
    mean = both.mean(1, keepdim=True)
    apart = np.concatenate([_rings(part) for part in (both, mean, both - mean)], axis=1)
    scores = {END: end[:, 0], RINGS: _scores(_rings(both).sum(1), truth, image)}
    if both.shape[1] > 1:
        scores[COLOURS] = _scores(apart.reshape(2 * n, -1), truth, image)
    rows = [{"by": name, "n": n, **_area(values[:n], values[n:])} for name, values in scores.items()]
    return pd.DataFrame(rows)


def _energies(x: Tensor, bands: Bands) -> NDArray:
    """The energy of each image and channel in each band: (n, c, bands)."""
    return torch.stack([part.double().square().sum(-1) for part in band_coefficients(x, bands)], -1).numpy()


def _rings(x: Tensor) -> NDArray:
    """The energy of each image and channel around every whole number of cycles per image, DC apart."""
    farthest = int(np.hypot(*x.shape[-2:]) / 2)
    edges = (0, *(k + 0.5 for k in range(farthest)), inf)
    return _energies(x, Bands(edges, unit="cycles/image"))[..., 1:]


def _scores(energies: NDArray, truth: NDArray, image: NDArray) -> NDArray:
    """What a logistic regression says of each image, fitted on others."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    logs = np.log(energies + FLOOR)
    return cross_val_predict(model, logs, truth, groups=image, cv=GroupKFold(FOLDS), method="decision_function")


def _area(untouched: NDArray, changed: NDArray) -> dict[str, float]:
    """The area under the ROC curve with its interval, images drawn in pairs."""
    above = (changed[:, None] > untouched).astype(float) + 0.5 * (changed[:, None] == untouched)
    times = resamples(len(changed))
    # An image that is drawn twice is no rival of itself: its pairs with its own other version stay out of the draws.
    itself = np.square(times)
    drawn = ((times @ above) * times).sum(1) - itself @ np.diag(above)
    drawn /= times.sum(1) ** 2 - itself.sum(1)
    low, high = above.mean() + np.quantile(drawn - drawn.mean(), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return columns("area", float(above.mean()), (float(low), float(high)))
