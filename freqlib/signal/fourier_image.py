"""The Fourier transform of an image as an image: log-magnitude and phase, side by side as channels."""

import torch
from torch import Tensor

from freqlib.signal.transform import as_maps

FLOOR = 1e-6


def fourier_image(x: Tensor) -> Tensor:
    """Turn images into pictures of their own transform, DC in the middle.

    Args:
        x: (..., c, h, w), any real floating type; computed in float32 or better.

    Returns:
        (..., 2c, h, w) in the type of `x`: first ln(|fft2| + 1e-6) over ln(h w), so that images in [0, 1] stay below 1,
        of every channel, then the phase in [0, 1), a half where it is 0. The image can be had back from it.

    Raises:
        InputError: `x` is no real floating tensor of maps.

    Source: S4, a model trained on the Fourier transform of the images.

    Example:
        >>> picture = fourier_image(torch.ones(1, 4, 4))
        >>> picture.shape, picture[:, 2, 2].tolist()
        (torch.Size([2, 4, 4]), [1.0, 0.5])
    """
    maps = as_maps(x)
    h, w = maps.shape[-2:]
    coefficients = torch.fft.fftshift(torch.fft.fft2(maps), dim=(-2, -1))
    magnitude = (coefficients.abs() + FLOOR).log() / max(torch.tensor(float(h * w)).log().item(), 1.0)
    phase = (coefficients.angle() / (2 * torch.pi) + 0.5) % 1
    return torch.cat([magnitude, phase], dim=-3).to(x.dtype)
