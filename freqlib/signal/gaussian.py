"""Gaussian blur of images, and what it takes away."""

import torch
from scipy import ndimage
from torch import Tensor

from freqlib.errors import InputError
from freqlib.signal.transform import as_maps


def gaussian_low_pass(x: Tensor, sigma: float) -> Tensor:
    """Blur every map with a Gaussian, edges mirrored, channels apart.

    Args:
        x: (..., h, w), any real floating type; computed in float32 or better.
        sigma: standard deviation in pixels, above 0. Far from the edges a frequency f (cycles per pixel) keeps the
            share exp(-2 (pi sigma f)^2) of its amplitude.

    Returns:
        (..., h, w) in the type of `x`.

    Raises:
        InputError: `x` is no real floating tensor of maps, or sigma is not above 0 or more than the longer side.

    Source: S4's low-pass filter of the training images, without its blur across the colours.

    Example:
        >>> x = torch.zeros(9, 9)
        >>> x[4, 4] = 1
        >>> blurred = gaussian_low_pass(x, 1.0)
        >>> round(float(blurred.sum()), 4), round(float(blurred[4, 4]), 3)
        (1.0, 0.159)
    """
    maps = as_maps(x)
    if not 0 < sigma <= max(maps.shape[-2:]):  # a wider one leaves nothing but the mean
        raise InputError(f"sigma is {sigma}, but must be above 0 and no more than the longer side, in pixels.")
    blurred = ndimage.gaussian_filter(maps.detach().cpu().numpy(), sigma, axes=(-2, -1))
    return torch.from_numpy(blurred).to(device=x.device, dtype=x.dtype)


def gaussian_high_pass(x: Tensor, sigma: float) -> Tensor:
    """Return what the blur takes away: x - gaussian_low_pass(x, sigma).

    Args:
        x: (..., h, w), any real floating type; computed in float32 or better.
        sigma: of the blur in pixels, above 0.

    Returns:
        (..., h, w) in the type of `x`; values on both sides of 0.

    Raises:
        InputError: as for `gaussian_low_pass`.

    Source: S4's residual high-pass, without its overflow of bytes.

    Example:
        >>> gaussian_high_pass(torch.ones(4, 4), 2.0).abs().max() < 1e-6
        tensor(True)
    """
    maps = as_maps(x)
    return (maps - gaussian_low_pass(maps, sigma)).to(x.dtype)
