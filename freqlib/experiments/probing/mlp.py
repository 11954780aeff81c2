"""A classifier with one hidden layer, fitted by scikit-learn with a fixed budget."""

import warnings
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits
from torch import Tensor

from freqlib.experiments.probing.linear import check_features

HIDDEN = 128
BATCH = 128  # or a fiftieth of the samples, where those are many: a step on few costs little less
# The budget: so many passes over the samples, or more where those are few steps.
EPOCHS = 15
STEPS = 500
RATE = 3e-3


@dataclass(frozen=True)
class MLPFit:
    """A fitted classifier with one hidden layer of rectified units.

    Args:
        network: scikit-learn's estimator, for features minus `centre` over `scale`.
        centre: (d,) float32.
        scale: one number.
        converged: whether the loss had stopped falling when the budget was spent.
        residual: by how much the mean loss fell in the last epoch.
    """

    network: MLPClassifier
    centre: Tensor
    scale: float
    converged: bool
    residual: float

    def predict(self, features: Tensor) -> Tensor:
        """Return the classes (n,) of features (n, ...)."""
        x = (features.flatten(1).cpu().float() - self.centre) / self.scale
        return torch.from_numpy(self.network.predict(x.numpy()))


def fit_mlp(features: Tensor, labels: Tensor, strength: float = 1e-3, seed: int = 0) -> MLPFit:
    """Fit one hidden layer of 128 rectified units: mean cross-entropy + strength / 2 |W|^2, by Adam.

    The budget is 15 passes over the samples and at least 500 steps, in batches of 128 or a fiftieth of the samples; a
    loss that has stopped falling ends it early.

    Args:
        features: (n, ...), flattened to (n, d).
        labels: (n,) int64.
        strength: of the penalty, larger than 0.
        seed: of the first weights and the order of the samples.

    Returns:
        The fit, in the features' own unit.

    Raises:
        InputError: as for `fit_strengths`.

    Source: scikit-learn's MLPClassifier; the features are centred and divided by one common scale.

    Example:
        >>> x = torch.randn(200, 2)
        >>> y = (x[:, 0] * x[:, 1] > 0).long()  # no linear classifier can tell
        >>> bool((fit_mlp(x, y).predict(x) == y).float().mean() > 0.9)
        True
    """
    x, labels = check_features(features, labels, strength)
    x, labels = x.cpu().float(), labels.cpu()
    centre = x.mean(0)
    scale = float((x - centre).square().mean().sqrt().clamp_min(1e-12))
    batch = min(max(BATCH, len(x) // 50), len(x))
    epochs = max(EPOCHS, -(-STEPS * batch // len(x)))
    # scikit-learn divides the penalty by the size of the batch.
    network = MLPClassifier(
        HIDDEN, alpha=strength * batch, batch_size=batch, max_iter=epochs, learning_rate_init=RATE, random_state=seed
    )
    # Products this small lose more by waiting for a second thread than they gain.
    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the budget is the same for all; the table says it
        network.fit(((x - centre) / scale).numpy(), labels.numpy())
    falls = -np.diff(network.loss_curve_)
    residual = float(falls[-1]) if len(falls) else float("inf")
    return MLPFit(network, centre, scale, network.n_iter_ < epochs, residual)
