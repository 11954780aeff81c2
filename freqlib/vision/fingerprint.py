"""Telling networks apart by all that they hold."""

import hashlib

import torch
from torch import nn


def fingerprint(*modules: nn.Module | None) -> str:
    """Return a hash of all weights and buffers, kept outputs and normalization too.

    Args:
        modules: networks; None is passed over.

    Returns:
        32 hexadecimal digits.

    Example:
        >>> layer = nn.Linear(2, 2)
        >>> fingerprint(layer) == fingerprint(layer)
        True
    """
    digest = hashlib.blake2b(digest_size=16)
    for module in (m for m in modules if m is not None):
        for name, value in (*module.named_parameters(), *module.named_buffers()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
