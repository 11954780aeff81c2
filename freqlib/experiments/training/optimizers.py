"""The optimizers of a training, and how their learning rate goes over its steps."""

from collections.abc import Callable

from timm.optim import create_optimizer_v2
from torch import nn
from torch.optim import Optimizer

from freqlib.errors import InputError

OPTIMIZERS = ("sgd", "adam", "adamw")
# Peak learning rates for batches of 128, and the share of the steps that warms up to them.
PEAK = {"sgd": 0.1, "adam": 2e-3, "adamw": 2e-3}
WARM_UP = 0.2
SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "cycle": lambda step, total: _one_cycle(step, total),
    "constant": lambda step, total: 1.0,
}


def make_optimizer(model: nn.Module, name: str, weight_decay: float, lr: float | None) -> Optimizer:
    """Return an optimizer of the parameters that require a gradient.

    Args:
        model: whose parameters are moved.
        name: "sgd" (Nesterov momentum .9), "adam" or "adamw".
        weight_decay: of parameters with two axes or more; biases and normalization have none.
        lr: peak learning rate; None for the optimizer's own.

    Returns:
        Optimizer with two groups, decayed and not.

    Raises:
        InputError: none does.

    Example:
        >>> [group["weight_decay"] for group in make_optimizer(nn.Linear(2, 2), "sgd", 0.1, None).param_groups]
        [0.0, 0.1]
    """
    if not any(p.requires_grad for p in model.parameters()):
        raise InputError("No parameter requires a gradient, so that nothing can be trained; free some, or name others.")
    return create_optimizer_v2(model, name, lr or PEAK[name], weight_decay)


def _one_cycle(step: int, total: int) -> float:
    """Linear from 0 to 1 over the warm-up, and linear to 0 over the rest."""
    warm = max(1, int(WARM_UP * total))
    return (step + 1) / warm if step < warm else max(0.0, (total - step) / max(1, total - warm))
