"""Ideal radial filters on maps: every band apart, one band alone, or everything but one band."""

from collections.abc import Iterable

from torch import Tensor

from freqlib.signal.bands import Bands
from freqlib.signal.transform import as_maps, transform

Band = str | int | Iterable[str | int]


def split(x: Tensor, bands: Bands) -> Tensor:
    """Split maps into their bands; the parts sum to the maps.

    Args:
        x: (..., h, w), any real floating type; computed in float32 or better.
        bands: n bands.

    Returns:
        (n_bands, ..., h, w) in the type of `x`: part b is F^-1 [M_b F x], zero where the band holds no cell.

    Raises:
        InputError: `x` is no real floating tensor of maps.

    Source: band isolation on feature maps (S0, S1), bands r = sqrt(fy^2 + fx^2) / 0.5 in [low, high).

    Example:
        >>> import torch
        >>> x = torch.randn(3, 8, 8)
        >>> torch.allclose(split(x, Bands.seven()).sum(0), x, atol=1e-6)
        True
    """
    maps = as_maps(x)
    h, w = maps.shape[-2:]
    plan = transform(h, w, maps.dtype, maps.device)
    masks = bands.masks(h, w).to(maps.device)
    held = [b for b, cells in enumerate(bands.cells(h, w).tolist()) if cells]
    parts = maps.new_zeros(len(bands), *maps.shape)
    coefficients = plan.forward(maps) if len(held) > 1 else None
    # The last band is what the others leave: the corners hold the most cells, and the parts sum to x.
    rest = maps
    for b in held[:-1]:
        parts[b] = plan.filter(coefficients, masks[b])
        rest = rest - parts[b]
    parts[held[-1]] = rest
    return parts.to(x.dtype)


def isolate(x: Tensor, bands: Bands, band: Band) -> Tensor:
    """Keep one band of the maps, or several, and set every other frequency to zero.

    Args:
        x: (..., h, w), any real floating type; computed in float32 or better.
        bands: the bands.
        band: a name, a position, or a list of them.

    Returns:
        (..., h, w) in the type of `x`.

    Raises:
        InputError: `x` is no real floating tensor of maps, or the band does not exist.

    Source: band isolation on feature maps (S0, S1).

    Example:
        >>> import torch
        >>> isolate(torch.ones(4, 4), Bands.seven(), "ultra-low").sum()
        tensor(16.)
    """
    maps = as_maps(x)
    h, w = maps.shape[-2:]
    plan = transform(h, w, maps.dtype, maps.device)
    mask = bands.mask(h, w, band).to(maps.device)
    return plan.filter(plan.forward(maps), mask).to(x.dtype)


def remove(x: Tensor, bands: Bands, band: Band) -> Tensor:
    """Set one band of the maps, or several, to zero and keep every other frequency.

    Args:
        x: (..., h, w), any real floating type; computed in float32 or better.
        bands: the bands.
        band: a name, a position, or a list of them.

    Returns:
        (..., h, w) in the type of `x`, equal to x - isolate(x, bands, band).

    Raises:
        InputError: `x` is no real floating tensor of maps, or the band does not exist.

    Source: band removal on feature maps (S1).

    Example:
        >>> import torch
        >>> remove(torch.ones(4, 4), Bands.seven(), "ultra-low").abs().max()
        tensor(0.)
    """
    maps = as_maps(x)
    return (maps - isolate(maps, bands, band)).to(x.dtype)
