"""The discrete Fourier transform of real maps as real matrix products.

A mask that treats +-ky and +-kx alike is diagonal in the real separable basis of cosines and sines R: with R_h, R_w
the orthonormal bases of the two axes, C = R_h X R_w^T are the coefficients of a map X and R_h^T (M o C) R_w is the
filtered map. No complex numbers, and a band of low frequencies costs only its own rows. On CPUs this beats rfft2 at
every size that a layer has (benchmarks/filters.py).
"""

from functools import lru_cache
from math import pi

import torch
from torch import Tensor

from freqlib.errors import InputError
from freqlib.signal.frequencies import signed_index

# Up to this many cells one product with the Kronecker product of the two bases is faster than two small products.
KRONECKER_CELLS = 256


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def real_basis(n: int) -> Tensor:
    """Return the real Fourier basis of an axis, arranged like an FFT.

    Args:
        n: length of the axis, at least 1.

    Returns:
        (n, n) float64 with orthonormal rows, shared, so not to be changed in place. Row k holds the cosine and row
        n - k the sine of index k, so row j has the same |frequency| as cell j of an FFT, and masks in fft order serve
        both.

    Example:
        >>> real_basis(2).mul(2**0.5).round(decimals=6).tolist()
        [[1.0, 1.0], [1.0, -1.0]]
    """
    k = signed_index(n).double()[:, None]
    phase = 2 * pi * k * torch.arange(n, dtype=torch.float64) / n
    rows = torch.where(k < 0, phase.neg().sin(), phase.cos())
    if n % 2 == 0:
        rows[n // 2] = phase[n // 2].cos()
    return rows / rows.norm(dim=1, keepdim=True)


def _product(a: Tensor, b: Tensor) -> Tensor:
    """A matrix product in the precision of its factors; autocast would take half of it."""
    with torch.autocast(a.device.type, enabled=False):
        return a @ b


def _columns(x: Tensor, kept: Tensor) -> Tensor:
    """Columns of the last axis: on a CPU ten times faster than `index_select` along the last of three axes or more."""
    return x.gather(-1, kept.expand(*x.shape[:-1], -1))


class KroneckerTransform:
    """The transform of small maps: one product with the (hw, hw) basis."""

    def __init__(self, h: int, w: int, dtype: torch.dtype, device: torch.device) -> None:
        self.shape = (h, w)
        self.basis = torch.kron(real_basis(h), real_basis(w)).to(device, dtype)

    def forward(self, x: Tensor) -> Tensor:
        return _product(x.flatten(-2), self.basis.T)

    def filter(self, coefficients: Tensor, mask: Tensor) -> Tensor:
        if mask.ndim > 2:
            out = _product(coefficients * mask.flatten(-2), self.basis)
        else:
            kept = mask.flatten().nonzero().squeeze(1)
            out = _product(_columns(coefficients, kept), self.basis[kept])
        return out.unflatten(-1, self.shape)

    def energy(self, coefficients: Tensor, masks: Tensor) -> Tensor:
        return _product(coefficients.square(), masks.flatten(-2).to(coefficients.dtype).mT)

    def arrange(self, cells: Tensor) -> Tensor:
        return cells.flatten(-2)

    def pick(self, coefficients: Tensor, mask: Tensor) -> Tensor:
        return _columns(coefficients, self.arrange(mask).nonzero().squeeze(1))


class SeparableTransform:
    """The transform of large maps: one product an axis, rows sorted by |k| so that low bands are leading blocks."""

    def __init__(self, h: int, w: int, dtype: torch.dtype, device: torch.device) -> None:
        self.order = [signed_index(n).abs().argsort(stable=True).to(device) for n in (h, w)]
        self.rows, self.columns = (
            real_basis(n).to(device, dtype)[order].contiguous() for n, order in zip((h, w), self.order, strict=True)
        )

    def arrange(self, cells: Tensor) -> Tensor:
        return cells[..., self.order[0], :][..., self.order[1]]

    def pick(self, coefficients: Tensor, mask: Tensor) -> Tensor:
        return _columns(coefficients.flatten(-2), self.arrange(mask).flatten().nonzero().squeeze(1))

    def forward(self, x: Tensor) -> Tensor:
        return _product(self.rows, _product(x, self.columns.T))

    def filter(self, coefficients: Tensor, mask: Tensor) -> Tensor:
        mask = self.arrange(mask)
        occupied = mask.flatten(0, -3).any(0) if mask.ndim > 2 else mask
        h, w = (1 + int(occupied.any(d).nonzero().max()) if occupied.any() else 0 for d in (1, 0))
        kept = coefficients[..., :h, :w] * mask[..., :h, :w]
        return _product(self.rows[:h].T, _product(kept, self.columns[:w]))

    def energy(self, coefficients: Tensor, masks: Tensor) -> Tensor:
        return _product(coefficients.square().flatten(-2), self.arrange(masks).flatten(-2).to(coefficients.dtype).mT)


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def transform(h: int, w: int, dtype: torch.dtype, device: torch.device) -> KroneckerTransform | SeparableTransform:
    """Return the faster of the two orthonormal transforms for maps of one size.

    Args:
        h: height of the maps.
        w: width of the maps.
        dtype: torch.float32 or torch.float64, of the maps.
        device: of the maps.

    Returns:
        An object with
        `forward(x)`: (..., h, w) maps to coefficients, laid out as the transform likes;
        `filter(coefficients, mask)`: with a bool mask in fft2 order, (h, w) or one a map (..., h, w), that treats
        +-ky and +-kx alike, to (..., h, w) maps;
        `energy(coefficients, masks)`: with (n, h, w) masks to (..., n) sums of squared coefficients;
        `arrange(cells)`: anything (..., h, w) in fft2 order, laid out as the coefficients are;
        `pick(coefficients, mask)`: the coefficients in an (h, w) mask, (..., cells).

    Example:
        >>> t = transform(4, 4, torch.float32, torch.device("cpu"))
        >>> everything = torch.ones(1, 4, 4, dtype=torch.bool)
        >>> round(float(t.energy(t.forward(torch.ones(4, 4)), everything)), 4)
        16.0
    """
    kind = KroneckerTransform if h * w <= KRONECKER_CELLS else SeparableTransform
    return kind(h, w, dtype, device)


def as_maps(x: Tensor) -> Tensor:
    """Return real maps in the precision in which they are transformed.

    Args:
        x: (..., h, w) of any floating type.

    Returns:
        `x` in float64 if it is, else in float32; half-precision transforms are refused by CPUs and, on GPUs, for
        sizes that are no power of two.

    Raises:
        InputError: integers (a residual would wrap), complex numbers, or fewer than two dimensions.

    Example:
        >>> as_maps(torch.zeros(3, 3, dtype=torch.bfloat16)).dtype
        torch.float32
    """
    if not x.dtype.is_floating_point:
        raise InputError(f"Maps of type {x.dtype} cannot be filtered; convert them to a real floating type.")
    if x.ndim < 2 or 0 in x.shape[-2:]:
        raise InputError(f"A tensor of shape {tuple(x.shape)} holds no maps; its last two sides must be h, w >= 1.")
    return x if x.dtype in (torch.float32, torch.float64) else x.float()
