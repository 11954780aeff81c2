"""An L2-regularized linear classifier on features of any dimension, fitted exactly and for many strengths."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import OptimizeResult, minimize
from threadpoolctl import ThreadpoolController
from torch import Tensor

from freqlib.errors import InputError

ITERATIONS = 1000
# Largest entry of the loss gradient at which a fit counts as converged; scikit-learn's default.
TOLERANCE = 1e-4
# More axes are not looked for, which would take longer than a descent to TOLERANCE; the many steps of one that comes
# closer pay for four times as many.
LARGEST = 512
# Steps this small lose far more to threads that wait for each other than they gain, above all beside other work.
_THREADS = ThreadpoolController()


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear classifier: logits = features @ weight.T + bias.

    Args:
        weight: (classes, d) float32.
        bias: (classes,) float32; a class without an example has -inf.
        converged: whether the optimizer met its tolerance.
        residual: the largest absolute entry of the loss gradient at the solution, along the principal axes.
    """

    weight: Tensor
    bias: Tensor
    converged: bool
    residual: float

    def __call__(self, features: Tensor) -> Tensor:
        """Return the logits (n, classes) of features (n, ...)."""
        flat = features.flatten(1).float()
        return flat @ self.weight.T.to(flat.device) + self.bias.to(flat.device)

    def predict(self, features: Tensor) -> Tensor:
        """Return the classes (n,) of features (n, ...)."""
        return self(features).argmax(1).cpu()


@_THREADS.wrap(limits=1)
def fit_strengths(
    features: Tensor,
    labels: Tensor,
    strengths: Sequence[float],
    classes: int | None = None,
    tolerance: float = TOLERANCE,
) -> list[LinearFit]:
    """Fit multinomial logistic regression with several strengths of its penalty.

    The features are centred and divided by one common scale, so that a strength means the same whatever the layer's
    unit and is blind to rotations. So they may be turned into their principal axes, along which the curvature of the
    loss is bounded by half the variance plus the strength; in units of that, L-BFGS needs tens of steps where it needed
    hundreds. Where that would take too long, the features' own variances serve. Each strength starts where the next
    stronger one ended.

    Args:
        features: (n, ...), flattened to (n, d).
        labels: (n,) int64.
        strengths: of the penalty, each larger than 0.
        classes: number of outputs; by default one more than the largest label.
        tolerance: largest entry of the loss gradient at which a fit has converged.

    Returns:
        One fit a strength, in the features' own unit. Two classes share one logit, the second's.

    Raises:
        InputError: fewer than two classes, a strength that is not positive, or NaN among the features.

    Source: the objective is that of scikit-learn's LogisticRegression with C = 1 / (n strength); the bound is that of
    Boehning, Ann. Inst. Stat. Math. 44 (1992).

    Example:
        >>> x, y = torch.randn(60, 3), torch.arange(60) % 3
        >>> weak, strong = fit_strengths(x, y, [1e-3, 1.0])
        >>> bool(weak.weight.norm() > strong.weight.norm())
        True
    """
    x, labels = check_features(features, labels, *strengths)
    known, target = labels.to(x.device).unique(return_inverse=True)
    centre = x.mean(0)
    x = x - centre
    scale = x.square().mean().sqrt().clamp_min(1e-12)
    x, axes, variance = _principal(x, LARGEST if tolerance >= TOLERANCE else 4 * LARGEST)
    # Two classes share one logit, that of the second.
    first = 1 if len(known) == 2 else 0
    truth = torch.nn.functional.one_hot(target, len(known))[:, first:].T.double().contiguous()
    weight = x.new_zeros(len(truth), x.shape[1] + 1)  # the last column is the bias
    fits: dict[float, LinearFit] = {}
    for strength in sorted(set(strengths), reverse=True):
        unit = (variance / scale**2 / 2 + strength).rsqrt()
        weight, residual = _descend(x, truth, scale, strength, weight, unit, tolerance)
        outputs = torch.zeros(classes or int(known.max()) + 1, len(centre), dtype=x.dtype, device=x.device)
        bias = torch.full((len(outputs),), float("-inf"), dtype=x.dtype, device=x.device)
        bias[known] = 0
        outputs[known[first:]] = (weight[:, :-1] if axes is None else weight[:, :-1] @ axes.T) / scale
        bias[known[first:]] = weight[:, -1]
        bias[known] -= outputs[known] @ centre
        fits[strength] = LinearFit(outputs.float(), bias.float(), residual <= tolerance, residual)
    return [fits[strength] for strength in strengths]


def check_features(features: Tensor, labels: Tensor, *strengths: float) -> tuple[Tensor, Tensor]:
    """Refuse what no classifier can be fitted on.

    Args:
        features: (n, ...).
        labels: (n,) int64.
        strengths: of the penalty.

    Returns:
        The features flattened to (n, d), float32 (float64 if they are), and the labels.

    Raises:
        InputError: fewer than two classes, a strength that is not positive, or NaN among the features.
    """
    for strength in strengths:
        if not 0 < strength < math.inf:
            raise InputError(f"The penalty's strength is {strength}, but must be a number larger than 0.")
    if len(labels.unique()) < 2:
        raise InputError(f"The labels hold {len(labels.unique())} class, but a classifier needs two or more.")
    x = features.flatten(1)
    # One NaN makes the sum NaN, where a look at every entry would take as long as a step of the fit.
    if not x.sum(dtype=torch.promote_types(x.dtype, torch.float32)).isfinite():
        raise InputError("The features hold NaN or infinite values, but must be numbers.")
    return (x if x.dtype == torch.float64 else x.float()), labels


def _principal(x: Tensor, most: int) -> tuple[Tensor, Tensor | None, Tensor]:
    """Turn centred features (n, d) into principal axes; return these (d, axes), None if they stay, and the variances.

    With more features than images the axes are those that the images span; the penalty leaves nothing beside them.
    """
    n, d = x.shape
    if d <= min(n, most):
        power, axes = torch.linalg.eigh((x.T @ x).double())
        return x @ axes.to(x), axes.to(x), power.clamp_min(0).to(x) / n
    if n <= most:
        # In double precision, since weak axes count: the strongest may hold as much power as thousands of others.
        power, places = torch.linalg.eigh(sum(part.double() @ part.double().T for part in x.split(2048, dim=1)))
        spanned = power > 1e-12 * power[-1]
        power, places = power[spanned], places[:, spanned]
        return (places * power.sqrt()).to(x), x.T @ (places / power.sqrt()).to(x), (power / n).to(x)
    # In parts that fit into a cache.
    return x, None, torch.stack([part.square().sum(0) for part in x.split(256)]).sum(0) / n


@torch.inference_mode()
def _descend(
    x: Tensor, truth: Tensor, scale: Tensor, strength: float, start: Tensor, unit: Tensor, tolerance: float
) -> tuple[Tensor, float]:
    """Minimize the loss on x / scale from `start`; return weight and bias (logits, d + 1), and the largest gradient."""
    logits, n = truth.shape
    steps = torch.cat([unit, unit.new_full((1,), 2**0.5)])  # of the bias, whose curvature is bounded by a half
    largest = residual = math.inf

    def loss(place: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal largest
        weight = torch.from_numpy(place).to(steps).reshape(logits, -1) * steps
        # The loss in double precision: near the minimum the line search compares values that differ by little. Images
        # run along the last axis, since a softmax over a last axis of few classes is many times slower.
        scores = torch.addmm(weight[:, -1], x, (weight[:, :-1] / scale).T).T.contiguous().double()
        if logits == 1:
            value = (torch.nn.functional.softplus(scores) - scores * truth).sum()
            wrong = scores.sigmoid_().sub_(truth).div_(n)
        else:
            likelihood = scores.log_softmax(0)
            value = -(likelihood * truth).sum()
            wrong = likelihood.exp_().sub_(truth).div_(n)
        slope = wrong.to(x) @ x / scale + strength * weight[:, :-1]
        gradient = torch.cat([slope, wrong.sum(1, keepdim=True).to(x)], dim=1)
        largest = float(gradient.abs().max())
        penalty = strength / 2 * weight[:, :-1].square().sum(dtype=torch.float64)
        return float(value / n + penalty), (gradient * steps).flatten().double().cpu().numpy()

    def stop(intermediate_result: OptimizeResult) -> None:
        nonlocal residual
        residual = largest
        if residual <= tolerance:  # the optimizer's own test would be of the scaled gradient
            raise StopIteration

    begin = (start / steps).flatten().double().cpu().numpy()
    options = {"maxiter": ITERATIONS, "maxfun": 2 * ITERATIONS, "gtol": 0.0, "ftol": 0.0}
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", callback=stop, options=options)
    if math.isinf(residual):  # not one step was needed, or possible
        loss(found.x)
        residual = largest
    return torch.from_numpy(found.x).to(steps).reshape(logits, -1) * steps, residual
