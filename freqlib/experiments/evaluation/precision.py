"""The precision in which a network computes; edits, losses and spectra stay in float32."""

from contextlib import AbstractContextManager, nullcontext

import torch

from freqlib.errors import one_of


def autocast_type(autocast: str | torch.dtype | None) -> torch.dtype | None:
    """Return the type in which a network is asked to compute.

    Args:
        autocast: "bfloat16", "float16", one of these types of torch, or None for the network's own.

    Returns:
        The type, or None.

    Raises:
        InputError: another type.

    Example:
        >>> autocast_type("bfloat16")
        torch.bfloat16
    """
    if isinstance(autocast, torch.dtype):
        autocast = str(autocast).removeprefix("torch.")
    return None if autocast is None else getattr(torch, one_of(autocast, ("bfloat16", "float16"), "autocast type"))


def computing_in(autocast: torch.dtype | None, device: torch.device) -> AbstractContextManager:
    """Let a network compute in a type.

    Args:
        autocast: the type, or None to leave things as they are.
        device: of the network.

    Returns:
        A context manager.

    Example:
        >>> with computing_in(torch.bfloat16, torch.device("cpu")):
        ...     (torch.ones(2, 2) @ torch.ones(2, 2)).dtype
        torch.bfloat16
    """
    return nullcontext() if autocast is None else torch.autocast(device.type, autocast)
