"""The frequencies of convolution kernels, exactly and without padding: by radius on the kernel's own grid."""

from functools import lru_cache

import torch
from torch import Tensor

from freqlib.signal.frequencies import radius
from freqlib.signal.transform import real_basis


def kernel_profile(kernels: Tensor) -> dict[str, Tensor]:
    """Return the mean power of kernels on every discrete radius.

    With F = fft2 (unnormalized) of one kernel, its power on a cell is |F|^2. That is quadratic in the kernel, so all
    kernels enter by the mean of w w^T alone, a matrix of (hw, hw); nothing is transformed kernel by kernel.

    Args:
        kernels: (..., h, w), at least one, any floating type; summed over input channels in float32, then in float64.

    Returns:
        Per radius, in rising order: radius (Nyquist = 1), cells, mean_power (over kernels and the cells of the radius),
        energy_share (of all kernels' energy, DC included: a ratio of means), null_share (that of white kernels, cells
        over hw). A single number: centroid, the mean radius by energy. Shares of kernels that are all 0 are NaN.

    Source: the radii are those of Lu, arXiv 2512.22192; 3x3 has three, of 1, 4 and 4 cells.

    Example:
        >>> delta = torch.zeros(1, 3, 3)
        >>> delta[0, 1, 1] = 1
        >>> profile = kernel_profile(delta)
        >>> profile["cells"].tolist(), profile["mean_power"].round(decimals=6).tolist()
        ([1, 4, 4], [1.0, 1.0, 1.0])
    """
    h, w = kernels.shape[-2:]
    flat = kernels.detach()[None, None].flatten(-2).flatten(0, -3).float()
    # One product an output channel, since with channels last the kernels of a layer are no matrix without a copy; but
    # not where the products would be larger than the kernels, as of large or depthwise ones.
    flat = flat if flat.shape[1] >= h * w else flat.reshape(1, -1, h * w)
    gram = (flat.mT @ flat).double().sum(0).cpu() / flat[..., 0].numel()
    basis, ring, radii = _basis(h, w)
    # The rows for +-k hold the cosine and the sine, each with half the power of both cells.
    power = ((basis @ gram) * basis).sum(1) * h * w
    energy = torch.zeros(len(radii), dtype=torch.float64).index_add_(0, ring, power)
    cells = torch.bincount(ring)
    share = energy / energy.sum()
    return {
        "radius": radii, "cells": cells, "energy_share": share, "mean_power": energy / cells,
        "null_share": cells.double() / (h * w), "centroid": (radii * share).sum(),
    }  # fmt: skip


@lru_cache(maxsize=64)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def _basis(h: int, w: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the real basis of the grid (cells x places), the ring of every cell, and the radii."""
    radii, ring = torch.unique(radius(h, w), return_inverse=True)
    return torch.kron(real_basis(h), real_basis(w)), ring.flatten(), radii
