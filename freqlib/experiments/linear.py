"""An L2-regularized linear classifier on features of any dimension, fitted exactly."""

import warnings
from dataclasses import dataclass

import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from freqlib.errors import InputError

ITERATIONS = 2000


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear classifier: logits = features @ weight.T + bias.

    Args:
        weight: (classes, d) float32.
        bias: (classes,) float32; a class without an example has -inf.
        converged: whether the optimizer met its tolerance.
        residual: the largest absolute entry of the loss gradient at the solution.
    """

    weight: Tensor
    bias: Tensor
    converged: bool
    residual: float

    def __call__(self, features: Tensor) -> Tensor:
        """Return the logits (n, classes) of features (n, ...)."""
        flat = features.flatten(1).float()
        return flat @ self.weight.T.to(flat.device) + self.bias.to(flat.device)


def fit_linear(features: Tensor, labels: Tensor, strength: float = 1e-3, classes: int | None = None) -> LinearFit:
    """Fit multinomial logistic regression: mean cross-entropy + strength / 2 |W|^2, bias free.

    The features are centred and divided by one common scale, so that the penalty is the same whatever the layer's unit
    and is blind to rotations; it is then enough to fit in the span of the n samples, which is exact.

    Args:
        features: (n, ...), flattened to (n, d).
        labels: (n,) int64.
        strength: of the penalty, larger than 0.
        classes: number of outputs; by default one more than the largest label.

    Returns:
        The fit, in the features' own unit.

    Raises:
        InputError: fewer than two classes, a strength that is not positive, or NaN among the features.

    Source: scikit-learn's LogisticRegression (L-BFGS) with C = 1 / (n strength).

    Example:
        >>> x, y = torch.randn(60, 3), torch.arange(60) % 2
        >>> fit = fit_linear(x + 4 * y[:, None], y)
        >>> bool((fit(x + 4 * y[:, None]).argmax(1) == y).all())
        True
    """
    x = features.flatten(1).double()
    if not strength > 0:
        raise InputError(f"The penalty's strength is {strength}, but must be larger than 0.")
    if len(labels.unique()) < 2:
        raise InputError(f"The labels hold {len(labels.unique())} class, but a classifier needs two or more.")
    if not x.isfinite().all():
        raise InputError("The features hold NaN or infinite values, but must be numbers.")
    centre = x.mean(0)
    x = x - centre
    scale = x.square().mean().sqrt().clamp_min(1e-12)
    u, s, v = torch.linalg.svd(x / scale, full_matrices=False)
    reduced = (u * s).numpy()
    model = LogisticRegression(C=1 / (len(x) * strength), max_iter=ITERATIONS, tol=1e-5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(reduced, labels.numpy())
    converged = not any(issubclass(w.category, ConvergenceWarning) for w in caught)
    coefficients, intercepts = torch.from_numpy(model.coef_), torch.from_numpy(model.intercept_)
    if len(coefficients) == 1:  # two classes share one logit
        coefficients, intercepts = (torch.cat([0 * t, t]) for t in (coefficients, intercepts))
    known = torch.from_numpy(model.classes_).long()
    residual = _residual(torch.from_numpy(reduced), labels, known, coefficients, intercepts, strength)
    weight = torch.zeros(classes or int(labels.max()) + 1, x.shape[1], dtype=torch.float64)
    bias = torch.full((len(weight),), float("-inf"), dtype=torch.float64)
    weight[known] = coefficients @ v / scale
    bias[known] = intercepts - weight[known] @ centre
    return LinearFit(weight.float(), bias.float(), converged, residual)


def _residual(x: Tensor, labels: Tensor, known: Tensor, weight: Tensor, bias: Tensor, strength: float) -> float:
    """The largest entry of the gradient of the loss; two classes were penalized as one difference."""
    wrong = (x @ weight.T + bias).softmax(1) - (labels[:, None] == known).double()
    gradient = wrong.T @ x / len(x) + strength * weight
    if len(known) == 2:
        gradient = gradient[1:]
    return float(torch.cat([gradient.flatten(), wrong.mean(0)]).abs().max())
