"""Where the cells of a discrete Fourier transform lie, and which of them belong together.

Convention everywhere: `torch.fft.fft2` order, so cell (i, j) of an (h, w) grid has the signed indices
ky = i or i - h and kx = j or j - w, and the frequencies fy = ky / h and fx = kx / w in cycles per pixel.
"""

from functools import lru_cache

import torch
from torch import Tensor

from freqlib.errors import InputError, one_of

UNITS = ("nyquist", "cycles/image")


def signed_index(n: int) -> Tensor:
    """Return the signed frequency indices of an axis of length n.

    Args:
        n: length of the axis, at least 1.

    Returns:
        (n,) int64: 0, 1, ..., -2, -1 in FFT order; the Nyquist index of an even n is -n/2.

    Example:
        >>> signed_index(5).tolist()
        [0, 1, 2, -2, -1]
    """
    k = torch.arange(n)
    return torch.where(k >= (n + 1) // 2, k - n, k)


@lru_cache(maxsize=256)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def _radius(h: int, w: int, unit: str) -> Tensor:
    ky = signed_index(h).double()[:, None]
    kx = signed_index(w).double()[None, :]
    if unit == "nyquist":
        ky, kx = 2 * ky / h, 2 * kx / w
    # Rounded, so that a cell that lies on a band edge in exact arithmetic lies on it here as well.
    return torch.hypot(ky, kx).round(decimals=9)


def radius(h: int, w: int, unit: str = "nyquist") -> Tensor:
    """Return the radial frequency of every cell of an (h, w) transform.

    Args:
        h: height of the map, at least 1.
        w: width of the map, at least 1.
        unit: "nyquist", r = sqrt(fy^2 + fx^2) / 0.5 with fy, fx in cycles per pixel (1 is Nyquist along
            an axis, sqrt 2 the corner); or "cycles/image", r = sqrt(ky^2 + kx^2).

    Returns:
        (h, w) float64, fft2 order.

    Raises:
        InputError: an unknown unit, or a side below 1.

    Example:
        >>> radius(4, 4)[0].tolist()
        [0.0, 0.5, 1.0, 0.5]
    """
    if h < 1 or w < 1:
        raise InputError(f"A map of {h}x{w} cells has no spectrum; both sides must be 1 or more.")
    return _radius(h, w, one_of(unit, UNITS, "unit")).clone()


@lru_cache(maxsize=256)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def orbits(h: int, w: int) -> tuple[Tensor, Tensor]:
    """Return the orbits (+-ky, +-kx) of an (h, w) grid, the smallest sets that any real separable filter keeps whole.

    Args:
        h: height of the map.
        w: width of the map.

    Returns:
        ids: (h, w) int64, the orbit of every cell in fft2 order; orbit 0 is DC.
        sizes: (n_orbits,) int64, the cells of each orbit: 1, 2 or 4.
        Both are shared, so not to be changed in place.

    Example:
        >>> ids, sizes = orbits(4, 4)
        >>> sizes.tolist()  # DC, (0, +-1), (0, Nyquist), (+-1, 0), ...
        [1, 2, 1, 2, 4, 2, 1, 2, 1]
    """
    rows, columns = h // 2 + 1, w // 2 + 1
    ids = signed_index(h).abs()[:, None] * columns + signed_index(w).abs()[None, :]
    return ids, torch.bincount(ids.flatten(), minlength=rows * columns)
