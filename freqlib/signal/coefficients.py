"""What a map holds in each band, as numbers: real Fourier coefficients, their power, and smaller maps."""

from functools import lru_cache

import torch
from torch import Tensor

from freqlib.signal.bands import Bands
from freqlib.signal.frequencies import orbits, signed_index
from freqlib.signal.transform import as_maps, real_basis, transform


def band_coefficients(x: Tensor, bands: Bands) -> list[Tensor]:
    """Return the coefficients of every band in the orthonormal real Fourier basis.

    They are the band's part of the map under a rotation, so that whatever is blind to rotations (an L2-penalized linear
    classifier, a distance) is the same on them as on `isolate(x, bands, band)`, at a band's share of the numbers.

    Args:
        x: (..., h, w) maps of any floating type.
        bands: the bands.

    Returns:
        For each band (..., cells of the band), float32 (float64 if x is).

    Raises:
        InputError: as for `split`.

    Example:
        >>> import torch
        >>> x = torch.randn(2, 8, 8)
        >>> parts = band_coefficients(x, Bands((0, 0.5, torch.inf)))
        >>> [tuple(part.shape) for part in parts]
        [(2, 9), (2, 55)]
        >>> torch.allclose(torch.cat(parts, -1).norm(), x.norm())
        True
    """
    x = as_maps(x)
    h, w = x.shape[-2:]
    fourier = transform(h, w, x.dtype, x.device)
    coefficients = fourier.forward(x)
    return [fourier.pick(coefficients, mask) for mask in bands.masks(h, w).to(x.device)]


def band_power(x: Tensor, bands: Bands) -> list[Tensor]:
    """Return the power of every band, orbit by orbit: squared coefficients summed over (+-ky, +-kx).

    A circular shift of the map leaves it as it is, so that it tells textures apart wherever they lie.

    Args:
        x: (..., h, w) maps of any floating type.
        bands: the bands.

    Returns:
        For each band (..., orbits of the band), float32 (float64 if x is).

    Raises:
        InputError: as for `split`.

    Example:
        >>> import torch
        >>> x = torch.randn(8, 8)
        >>> low, high = band_power(x, Bands((0, 0.5, torch.inf)))
        >>> torch.allclose(high, band_power(x.roll(3, 1), Bands((0, 0.5, torch.inf)))[1], atol=1e-4)
        True
    """
    x = as_maps(x)
    h, w = x.shape[-2:]
    ids = orbits(h, w)[0].to(x.device)
    fourier = transform(h, w, x.dtype, x.device)
    powers = []
    for part, mask in zip(band_coefficients(x, bands), bands.masks(h, w).to(x.device), strict=True):
        # The ids in the order in which the transform lays out the coefficients.
        _, place = fourier.pick(fourier.arrange(ids), mask).unique(return_inverse=True)
        count = int(place.max()) + 1 if len(place) else 0
        powers.append(part.new_zeros(*part.shape[:-1], count).index_add_(-1, place, part.square()))
    return powers


def fourier_crop(x: Tensor, h: int, w: int) -> Tensor:
    """Return maps at a lower resolution that keep every frequency which fits, and nothing else.

    Args:
        x: (..., H, W) maps of any floating type.
        h: new height, 1 to H.
        w: new width, 1 to W.

    Returns:
        (..., h, w), with the mean of x; float32 (float64 if x is).

    Raises:
        InputError: as for `split`.

    Example:
        >>> import torch
        >>> fourier_crop(torch.ones(4, 6), 2, 3)
        tensor([[1., 1., 1.],
                [1., 1., 1.]])
    """
    x = as_maps(x)
    down, across = (_shrink(old, new).to(x) for old, new in zip(x.shape[-2:], (h, w), strict=True))
    return down @ x @ across.T


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def _shrink(old: int, new: int) -> Tensor:
    """(new, old): the coefficients of the lowest frequencies, put together on the coarser axis, means kept."""
    places = signed_index(new) % old
    if new % 2 == 0:
        places[new // 2] = new // 2  # the coarser axis has a cosine alone at its Nyquist frequency
    return real_basis(new).T @ real_basis(old)[places] * (new / old) ** 0.5
