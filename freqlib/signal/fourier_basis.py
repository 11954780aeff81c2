"""Real images of one spatial frequency, for perturbing a model's input with one frequency at a time."""

import math

import torch
from torch import Tensor

from freqlib.errors import InputError
from freqlib.signal.frequencies import radius, signed_index

# Angle of the cosine at the origin. Google's code sets a pair of cells to 0.5 +- 0.5j, which is pi / 4.
PHASES = {"cos": 0.0, "sin": -math.pi / 2, "google": math.pi / 4}


def frequency_pairs(h: int, w: int, size: int | None = None) -> Tensor:
    """Return one of every pair of mirrored frequencies (ky, kx), (-ky, -kx) of a grid.

    Args:
        h: height of the grid.
        w: width of the grid.
        size: keep the frequencies of the size x size cells around DC, an odd number, so that with each frequency its
            mirror is kept; None keeps all.

    Returns:
        (pairs, 2) int64 signed indices by rising radius, DC first; a self-conjugate frequency is its own pair. At
        32x32 they are 514.

    Raises:
        InputError: a size that is even, below 1 or above the shorter side.

    Example:
        >>> len(frequency_pairs(32, 32)), len(frequency_pairs(7, 7)), len(frequency_pairs(224, 224, size=63))
        (514, 25, 1985)
    """
    if size is not None and not (1 <= size <= min(h, w) and size % 2):
        raise InputError(
            f"The lowest {size} x {size} frequencies are asked for, but that number must be odd and from 1 to "
            f"{min(h, w)}, the shorter side of the images."
        )
    ky, kx = torch.meshgrid(signed_index(h), signed_index(w), indexing="ij")
    # The mirror of a Nyquist index is that index itself: -n/2 and n/2 are one cell.
    mirror = (-torch.arange(h) % h)[:, None] * w + (-torch.arange(w) % w)[None, :]
    first = torch.arange(h * w).reshape(h, w) <= mirror
    if size is not None:
        first &= torch.maximum(ky.abs(), kx.abs()) <= size // 2
    pairs = torch.stack([ky[first], kx[first]], 1)
    return pairs[radius(h, w)[first].argsort(stable=True)]


def fourier_wave(ky: int, kx: int, h: int, w: int, phase: str | float | Tensor = "cos") -> Tensor:
    """Return the real image of one frequency with unit L2 norm.

    Args:
        ky: signed index of the frequency, downward.
        kx: to the right.
        h: height of the image.
        w: width of the image.
        phase: "cos"; "sin", which does not exist where a frequency is its own mirror; "google", the phase pi / 4 of the
            published code; or angles in radians, one image each.

    Returns:
        (h, w) float32, or (..., h, w) for a tensor (...) of angles. Its transform is 0 but at (ky, kx) and its mirror.

    Raises:
        InputError: an unknown phase, or the sine of a frequency that is its own mirror.

    Source: Yin et al., arXiv 1906.08988; `google` after google-research/frequency_analysis, where the two phases
    correlate with .707.

    Example:
        >>> fourier_wave(0, 2, 1, 4).tolist()
        [[0.5, -0.5, 0.5, -0.5]]
    """
    if isinstance(phase, str) and phase not in PHASES:
        raise InputError(f"phase is {phase!r}, but must be cos, sin, google or an angle.")
    angle = torch.as_tensor(PHASES[phase] if isinstance(phase, str) else phase, dtype=torch.float64)[..., None, None]
    y, x = torch.arange(h, dtype=torch.float64)[:, None], torch.arange(w, dtype=torch.float64)
    wave = 2 * math.pi * (ky * y / h + kx * x / w)
    if (2 * ky) % h == 0 and (2 * kx) % w == 0:
        if phase == "sin":
            raise InputError(f"The frequency ({ky}, {kx}) of a {h}x{w} image is its own mirror and has no sine.")
        # +-1 everywhere; whatever the angle, only its sign is left once the norm is 1.
        image = torch.cos(wave).round() * torch.where(torch.cos(angle) < 0, -1.0, 1.0)
    else:
        image = torch.cos(wave + angle)
    return (image / image.square().sum((-2, -1), keepdim=True).sqrt()).float()
