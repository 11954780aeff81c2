"""The same images in another form: blurred, without their blur, noisy, coarse, or as pictures of their transform."""

import math
from collections.abc import Callable

import torch
from scipy import ndimage
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as transforms

from freqlib.errors import InputError, one_of
from freqlib.signal import fourier_image, gaussian_high_pass, gaussian_low_pass, white_noise
from freqlib.vision.images.checks import check_range
from freqlib.vision.images.images import Images, as_images
from freqlib.vision.images.published_filters import published_high_pass, published_low_pass

ORIGINAL = "original"
BATCH = 1000
SEED = 0


def variant(data: Images | tuple[Tensor, Tensor], name: str) -> Images:
    """Return images in another form, with their labels and indices.

    Args:
        data: from `load_data`, or a pair of images and labels.
        name: "original"; "low:SIGMA" (Gaussian blur, sigma in pixels) and "high:SIGMA" (what it takes away);
            "published-low:SIGMA" and "published-high:SIGMA" (the same with the faults of S4's public code); "box:WIDTH"
            (mean over so many pixels a side, edges mirrored); "noise:SIGMA" (white Gaussian noise, every image's draw
            by its index, clamped to [0, 1]) and "noise-unclamped:SIGMA"; "pixels:SIDE" (the shorter side
            reduced to so many pixels, and enlarged again, bilinear and antialiased), "pixels-bicubic:SIDE",
            "pixels-nearest:SIDE" (every so many-th pixel, by even factors half a pixel off centre) and
            "pixels-aliased:SIDE" (bilinear without antialiasing); "fourier" (log-magnitude and phase). Several are
            joined, as in "low:2+fourier", and done in turn.

    Returns:
        Images of float32; all but "original" lie in memory, and are named after the data set and the variant.

    Raises:
        InputError: an unknown name, a number that is missing, not wanted or out of range, or "noise" on pixels far
            beyond [0, 1].

    Example:
        >>> few = (torch.rand(3, 1, 8, 8), torch.tensor([0, 1, 0]))
        >>> variant(few, "low:2+fourier").shape, variant(few, "high:2").name
        ((2, 8, 8), 'images high:2')
    """
    images = as_images(data)
    steps = [_parse(part, images.shape[-1]) for part in str(name).split("+")]
    if name == ORIGINAL:
        return images
    parts = []
    for pixels, _, index in images.batches(BATCH):
        for change in steps:
            pixels = change(pixels, index)
        parts.append(pixels)
    return images.with_pixels(torch.cat(parts), name)


def _noise(x: Tensor, sigma: float, index: Tensor) -> Tensor:
    if not sigma >= 0:
        raise InputError(f"The noise is {sigma}, but must be 0 or larger, in units of pixels in [0, 1].")
    return x + sigma * white_noise(x, index, SEED, "noise")


def _clamped_noise(x: Tensor, sigma: float, index: Tensor) -> Tensor:
    check_range(x)
    return _noise(x, sigma, index).clamp(0, 1)


def _box(x: Tensor, width: float) -> Tensor:
    longer = max(x.shape[-2:])
    if not 1 <= width <= longer or width % 2 != 1:  # an even box would shift the picture by half a pixel
        raise InputError(f"The width of the box is {width:g}, but must be an odd number of pixels from 1 to {longer}.")
    return torch.from_numpy(ndimage.uniform_filter(x.numpy(), int(width), axes=(-2, -1)))


def _coarser(x: Tensor, side: float, mode: str = "bilinear", antialias: bool = True) -> Tensor:
    h, w = x.shape[-2:]
    if not 1 <= side <= min(h, w) or side % 1:
        raise InputError(f"pixels is {side:g}, but images of {h}x{w} need a whole number from 1 to {min(h, w)}.")
    height, width = round(h * side / min(h, w)), round(w * side / min(h, w))
    if (height, width) == (h, w):
        return x
    there, back = ([height, width], [h, w])
    options = {"interpolation": InterpolationMode(mode), "antialias": antialias}
    return transforms.resize(transforms.resize(x, there, **options), back, **options)


# With a number behind the colon, and without one.
_MEASURED: dict[str, Callable[[Tensor, float, Tensor], Tensor]] = {
    "low": lambda x, sigma, _: gaussian_low_pass(x, sigma),
    "high": lambda x, sigma, _: gaussian_high_pass(x, sigma),
    "published-low": lambda x, sigma, _: published_low_pass(x, sigma),
    "published-high": lambda x, sigma, _: published_high_pass(x, sigma),
    "noise": _clamped_noise,
    "noise-unclamped": _noise,
    "pixels": lambda x, side, _: _coarser(x, side),
    "pixels-bicubic": lambda x, side, _: _coarser(x, side, "bicubic"),
    "pixels-nearest": lambda x, side, _: _coarser(x, side, "nearest-exact"),
    "pixels-aliased": lambda x, side, _: _coarser(x, side, antialias=False),
    "box": lambda x, width, _: _box(x, width),
}
_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {ORIGINAL: lambda x: x, "fourier": fourier_image}


def _parse(part: str, side: int) -> Callable[[Tensor, Tensor], Tensor]:
    """One change of a batch, checked on an empty picture before any work begins."""
    kind, colon, number = part.partition(":")
    one_of(kind, [*_PLAIN, *_MEASURED], "variant")
    if kind in _PLAIN:
        if colon:
            raise InputError(
                f"The variant {part!r} has a number, but {kind!r} takes none; leave {colon + number!r} out."
            )
        return lambda x, _: _PLAIN[kind](x)
    try:
        value = float(number)
    except ValueError:
        example = "0.05" if kind.startswith("noise") else "2"
        raise InputError(f"The variant {part!r} needs a number behind the colon, such as {kind}:{example}.") from None
    if not math.isfinite(value):
        raise InputError(f"The variant {part!r} must have a finite number, such as {kind}:2.")
    _MEASURED[kind](torch.zeros(1, 1, side, side), value, torch.zeros(1, dtype=torch.int64))
    return lambda x, index: _MEASURED[kind](x, value, index)
