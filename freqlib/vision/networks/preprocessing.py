"""Resizing and normalization as part of a model, so that edits act in pixel space before them."""

import math
from numbers import Real

from torch import Tensor, nn
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import Normalize
from torchvision.transforms.v2 import functional as transforms

from freqlib.errors import InputError

IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
STATISTICS = {"imagenet": IMAGENET, "half": ((0.5,), (0.5,)), "none": ((0.0,), (1.0,))}


class Resize(nn.Module):
    """Bring images to a fixed size as evaluation does: resize the shorter side, crop the centre.

    Images that have the size already pass unchanged, bit for bit. Values are not clamped, since an
    edited image may leave [0, 1].

    Args:
        size: (height, width) of the result.
        scale: (height, width) to cover before the centre is cropped; None resizes directly to
            `size`, whatever the aspect ratio.
        interpolation: "bilinear", "bicubic" or "nearest"; antialiased.

    Example:
        >>> import torch
        >>> Resize((8, 8), scale=(10, 10))(torch.zeros(1, 3, 20, 30)).shape
        torch.Size([1, 3, 8, 8])
    """

    def __init__(
        self, size: tuple[int, int], scale: tuple[int, int] | None = None, interpolation: str = "bilinear"
    ) -> None:
        super().__init__()
        self.size, self.scale = size, scale
        self.interpolation = interpolation

    def forward(self, x: Tensor) -> Tensor:
        """Map (b, c, h, w) to (b, c, *size)."""
        height, width = x.shape[-2:]
        if (height, width) == self.size:
            return x
        if self.scale is None:
            return self._resize(x, self.size)
        ratio = max(self.scale[0] / height, self.scale[1] / width)
        # Whole pixels, rounded down as torchvision does; the small excess mends 223.99999.
        covered = int(height * ratio + 1e-6), int(width * ratio + 1e-6)
        return transforms.center_crop(self._resize(x, covered), list(self.size))

    def _resize(self, x: Tensor, size: tuple[int, int]) -> Tensor:
        mode = InterpolationMode(self.interpolation)
        return transforms.resize(x, list(size), interpolation=mode, antialias=True)

    def extra_repr(self) -> str:
        return f"{self.size}, scale={self.scale}, interpolation={self.interpolation!r}"


def make_normalize(choice: object, channels: int | None) -> nn.Module:
    """Return the normalization that a user or a configuration names.

    Args:
        choice: "imagenet", "half" (mean and standard deviation 0.5), "none", a pair (mean, std) of
            numbers or of one number per channel, or an nn.Module.
        channels: of the images; statistics of another number of channels are averaged, so that a
            grey image is treated as its three equal channels are on average. None: not known.

    Returns:
        nn.Module.

    Raises:
        InputError: the choice is none of these, a mean is above 1, or a standard deviation is not positive.

    Example:
        >>> make_normalize("half", 1)
        Normalize(mean=[0.5], std=[0.5], inplace=False)
    """
    if isinstance(choice, nn.Module):
        return choice
    if choice == "none":
        return nn.Identity()
    pair = STATISTICS.get(choice) if isinstance(choice, str) else choice
    try:
        mean, std = (_numbers(part) for part in pair)
    except (TypeError, ValueError):
        raise InputError(
            f"normalize is {choice!r}, but must be one of {', '.join(STATISTICS)}, or a pair "
            "(mean, std) with a number per channel."
        ) from None
    if min(std) <= 0 or not all(map(math.isfinite, mean + std)):
        raise InputError(f"normalize is {choice!r}, but standard deviations must be above 0.")
    if max(mean) > 1:
        raise InputError(f"normalize is {choice!r}, but pixels lie in [0, 1], and means must, too; divide by 255.")
    if channels is not None:
        if {len(mean), len(std)} - {1, 3, channels}:
            raise InputError(f"normalize is {choice!r}, but must hold one number for each of {channels} channels.")
        # One number is every channel's, and of three colours a grey image takes the mean.
        mean, std = (p if len(p) == channels else [sum(p) / len(p)] * channels for p in (mean, std))
    return Normalize(mean, std)


def check_normalize(normalize: nn.Module, x: Tensor) -> None:
    """Refuse a normalization by other numbers of channels than the images have.

    Args:
        normalize: of any kind; only torchvision's is looked at.
        x: (b, c, h, w); where c is 1, each number makes a channel of it.

    Raises:
        InputError: neither one number nor one a channel.

    Example:
        >>> from torch import zeros
        >>> check_normalize(Normalize([0.5], [0.2]), zeros(2, 3, 8, 8))
    """
    if isinstance(normalize, Normalize) and len({len(normalize.mean), len(normalize.std), x.shape[1]} - {1}) > 1:
        raise InputError(
            f"normalize is ({normalize.mean}, {normalize.std}), but the images have {x.shape[1]} "
            f"channel{'s' * (x.shape[1] > 1)}; pass one number for each, or one for all."
        )


def make_resize(choice: object, interpolation: str = "bilinear") -> nn.Module:
    """Return the resizing that a user names.

    Args:
        choice: "none", a number of pixels (directly to that square, without a crop), a pair
            (height, width), or an nn.Module such as `Resize`.
        interpolation: as for `Resize`.

    Returns:
        nn.Module.

    Raises:
        InputError: the choice is none of these.

    Example:
        >>> make_resize(224)
        Resize((224, 224), scale=None, interpolation='bilinear')
    """
    if isinstance(choice, nn.Module):
        return choice
    if choice == "none":
        return nn.Identity()
    size = (choice, choice) if isinstance(choice, int) else choice
    pair = list(size) if isinstance(size, tuple | list) else []
    if len(pair) == 2 and all(type(pixels) is int and pixels > 0 for pixels in pair):
        return Resize((pair[0], pair[1]), interpolation=interpolation)
    raise InputError(
        f"resize is {choice!r}, but must be 'none', a number of pixels, a pair (height, width) or an nn.Module."
    )


def _numbers(part: object) -> list[float]:
    """Return a number or a sequence of numbers as a list."""
    values = [part] if isinstance(part, Real) else list(part)
    if not values:
        raise ValueError
    return [float(value) for value in values]
