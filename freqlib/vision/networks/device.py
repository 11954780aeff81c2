"""Where a model computes, and what it says of images that it was not made for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from freqlib.errors import InputError

# How torch says that a layer was made for other maps, or other numbers.
MISFITS = (
    "Given groups",
    "mat1 and mat2",
    "Input type",
    "Expected 3D",
    "Calculated padded input",
    "shape '[",
    "must match the size of tensor",
    "Sizes of tensors must match",
    "normalized_shape",
    "running_mean should contain",
    "divisible by",
    "Padding size should be less",
    "Expected more than 1",
    "expected scalar type",
    "mixed dtype",
    "same dtype",
    "input dtype",
    "Type promoting",
    "Output size is too small",
    "doesn't match model",
)


def as_device(device: str | torch.device | None = None) -> torch.device | None:
    """Return a device, or refuse one that this machine does not have.

    Args:
        device: such as "cpu" or "cuda"; None for that of the environment's FREQLIB_DEVICE.

    Returns:
        The device, or None if neither names one.

    Raises:
        InputError: it is not there.

    Example:
        >>> as_device("cpu")
        device(type='cpu')
    """
    device = device or os.environ.get("FREQLIB_DEVICE")
    try:
        found = torch.device(device) if device else None
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"Device {str(device)!r} is not there; choose cpu, or cuda where there is one.") from None
    if found is not None and found.type == "meta":
        raise InputError("Device 'meta' holds no numbers; choose cpu, or cuda where there is one.")
    return found


@contextmanager
def misfits_refused(name: str, x: Tensor) -> Iterator[None]:
    """Say in one sentence that a network cannot take some images; other errors pass as they are.

    Args:
        name: of the network.
        x: the images.

    Raises:
        InputError: a layer was made for maps of other sizes or types.

    Example:
        >>> with misfits_refused("net", torch.zeros(2, 3, 8, 8)):
        ...     pass
    """
    try:
        yield
    except (RuntimeError, AssertionError, TypeError, ValueError) as error:
        reason = (str(error).splitlines() or [""])[0]
        if not any(words in reason for words in (*MISFITS, f"{name}.forward() missing")):
            raise
        raise InputError(
            f"{name} cannot take images of shape {tuple(x.shape[1:])} ({reason.rstrip('.')}); pass images of its own "
            "shape, or load_model(resize=...), and a float32 model of images alone (with autocast= for speed)."
        ) from None
