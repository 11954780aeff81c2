"""The filters of S4's public code with their faults, to be shown beside the corrected ones."""

import torch
from scipy import ndimage
from torch import Tensor

from freqlib.signal import gaussian_low_pass


def published_low_pass(x: Tensor, sigma: float) -> Tensor:
    """Blur bytes with one sigma for every axis of a picture, so that the colours run into each other.

    Args:
        x: (n, c, h, w) in [0, 1].
        sigma: in pixels, above 0.

    Returns:
        (n, c, h, w), rounded to bytes.

    Raises:
        InputError: sigma is not above 0.

    Source: kakshak07, the public code behind S4.

    Example:
        >>> red = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1).expand(1, 3, 8, 8)
        >>> (published_low_pass(red, 4.0)[0, :, 0, 0] * 255).tolist()  # nearly grey
        [85.0, 84.0, 84.0]
    """
    return _blurred_bytes(x, sigma).float() / 255


def published_high_pass(x: Tensor, sigma: float) -> Tensor:
    """Subtract the blur from bytes, which wrap around below 0; of colour pictures nothing is left at all.

    The colour code writes the blurred picture into a view of the original before it subtracts one from the other.

    Args:
        x: (n, c, h, w) in [0, 1].
        sigma: in pixels, above 0.

    Returns:
        (n, c, h, w) in [0, 1].

    Raises:
        InputError: sigma is not above 0.

    Source: kakshak07, the public code behind S4.

    Example:
        >>> published_high_pass(torch.rand(1, 3, 8, 8), 2.0).abs().max()
        tensor(0.)
    """
    blurred = _blurred_bytes(x, sigma)
    return torch.zeros_like(x) if x.shape[1] > 1 else (_bytes(x) - blurred).float() / 255


def _bytes(x: Tensor) -> Tensor:
    return (255 * x).round().clamp(0, 255).to(torch.uint8)


def _blurred_bytes(x: Tensor, sigma: float) -> Tensor:
    gaussian_low_pass(x[:1], sigma)  # refuses what is no sigma
    axes = (1, 2, 3) if x.shape[1] > 1 else (2, 3)
    return torch.from_numpy(ndimage.gaussian_filter(_bytes(x).numpy(), sigma, axes=axes))
