"""What a classifier's logits say of each image: hit, rank of the true class, margin."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from freqlib.errors import InputError


@dataclass(frozen=True)
class Outcomes:
    """Per-image results, all of one leading shape (..., n).

    Args:
        hit: bool, the largest logit is the true class's (of equal ones the first, as argmax has it).
        rank: float32, the place of the true class among the logits; 1 is best, ties share the mean place.
        margin: float32, the true class's logit minus the largest other.
    """

    hit: Tensor
    rank: Tensor
    margin: Tensor


def outcomes(logits: Tensor, labels: Tensor) -> Outcomes:
    """Judge logits against labels.

    Args:
        logits: (..., n, classes), any floating type.
        labels: (n,) int64.

    Returns:
        Outcomes of shape (..., n) on the CPU.

    Raises:
        InputError: NaN among the logits, or labels beyond the outputs.

    Example:
        >>> import torch
        >>> o = outcomes(torch.tensor([[0.0, 2.0, 2.0]]), torch.tensor([1]))
        >>> o.hit.tolist(), o.rank.tolist(), o.margin.tolist()
        ([True], [1.5], [0.0])
    """
    logits = logits.float()
    if logits.isnan().any():
        raise InputError(
            "The model's logits hold NaN, but must be numbers; check the weights and autocast, and "
            "edit with fill='mean' where maps of zeros are divided by their norm."
        )
    classes = logits.shape[-1]
    if int(labels.max()) >= classes or int(labels.min()) < 0:
        raise InputError(
            f"Labels run from {int(labels.min())} to {int(labels.max())}, but the model has {classes} outputs; "
            "load a model of these classes, or name the outputs that are theirs with outputs=."
        )
    at = labels.to(logits.device).expand(logits.shape[:-1])[..., None]
    true = logits.gather(-1, at)
    above, equal = (logits > true).sum(-1), (logits == true).sum(-1)
    others = logits.scatter(-1, at, float("-inf")).amax(-1)
    return Outcomes(
        hit=(logits.argmax(-1) == at.squeeze(-1)).cpu(),
        rank=(above + (equal + 1) / 2).float().cpu(),
        margin=(true.squeeze(-1) - others).cpu(),
    )


def losses(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the cross-entropy of every image in double precision.

    In single precision an image that is classified with a margin above some 17 has a loss of exactly 0, and what an
    edit does to it is lost.

    Args:
        logits: (n, classes), any floating type.
        labels: (n,) int64.

    Returns:
        (n,) float64 on the CPU, with the gradient of `logits`.

    Example:
        >>> bool(losses(torch.tensor([[20.0, 0.0]]), torch.tensor([0])) > 0)
        True
    """
    return nn.functional.cross_entropy(logits.cpu().double(), labels.cpu(), reduction="none")


def check_outputs(logits: Tensor | Any, labels: Tensor) -> None:
    """Refuse a model by what it gives for one image, since a whole pass would find it late.

    Args:
        logits: what the model returns for one image; (1, classes) is due.
        labels: (n,) int64, of all images.

    Raises:
        InputError: no such tensor, NaN, or labels beyond the outputs.

    Example:
        >>> check_outputs(torch.zeros(1, 3), torch.tensor([0, 2]))
    """
    outcomes(as_logits(logits).expand(2, -1), torch.stack(labels.aminmax()))


def as_logits(returned: Tensor | Any) -> Tensor:
    """Return what a model gives for a batch of images, or refuse what is no table of logits.

    Args:
        returned: by the model.

    Returns:
        `returned`, (images, classes).

    Raises:
        InputError: anything else.

    Example:
        >>> as_logits(torch.zeros(2, 3)).shape
        torch.Size([2, 3])
    """
    if not isinstance(returned, Tensor) or returned.ndim != 2:
        shape = tuple(returned.shape) if isinstance(returned, Tensor) else type(returned).__name__
        raise InputError(
            f"The model returns {shape} for a batch of images, but must return (images, classes) logits; wrap it in a "
            "module that returns those alone."
        )
    if returned.shape[1] < 2:
        raise InputError(
            "The model returns one logit an image, but two classes or more are due; wrap it in a module that returns "
            "torch.cat([torch.zeros_like(logit), logit], 1)."
        )
    return returned
