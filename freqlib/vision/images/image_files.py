"""Reading image files as RGB, with every unreadable file named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PIL import Image, UnidentifiedImageError
from torch import Tensor
from torchvision.transforms.v2 import functional as transform

from freqlib.errors import InputError

# What Pillow raises for a file that is missing, no image, truncated, or too large to be decoded.
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)

Pixels = TypeVar("Pixels", Tensor, Image.Image)


def decode(file: str | Path, size: int | None = None) -> Tensor:
    """Read one image file as RGB.

    Args:
        file: the image file, in any format that Pillow reads.
        size: resize the shorter side to `size` pixels and crop the centre square; None keeps the
            file's own size. Resizing rounds to 8 bits, as the usual evaluation pipelines do.

    Returns:
        (3, h, w) uint8.

    Raises:
        InputError: the file is missing, truncated, corrupt, or has more than 8 bits a channel.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (6, 4)).save(f"{folder}/a.png")
        ...     decode(f"{folder}/a.png").shape, decode(f"{folder}/a.png", size=2).shape
        (torch.Size([3, 4, 6]), torch.Size([3, 2, 2]))
    """
    with _opened(file) as image:
        mode = image.mode
        # Modes I, I;16 and F hold deeper pixels, which convert() would clip silently.
        rgb = None if mode[0] in "IF" else image.convert("RGB")
    if rgb is None:
        raise InputError(f"The image file {file} has pixels of mode {mode!r}; convert it to 8 bits a channel.")
    return transform.pil_to_tensor(rgb if size is None else fit(rgb, size))


def common_shape(files: Sequence[str | Path]) -> tuple[int, int, int]:
    """Find the one shape of all files from their headers, without decoding them.

    Args:
        files: one image file or more.

    Returns:
        (3, h, w).

    Raises:
        InputError: two files differ in size, or one cannot be read; it is named.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (6, 4)).save(f"{folder}/a.png")
        ...     common_shape([f"{folder}/a.png"])
        (3, 4, 6)
    """
    sizes = []
    for file in files:
        with _opened(file) as image:
            sizes.append((image.height, image.width))
    for file, (height, width) in zip(files, sizes, strict=True):
        if (height, width) != sizes[0]:
            raise InputError(
                f"The image file {file} is {height}x{width}, but {files[0]} is "
                f"{sizes[0][0]}x{sizes[0][1]}; pass size=N to resize the shorter side to N pixels "
                "and crop the centre square."
            )
    return 3, *sizes[0]


def fit(image: Pixels, size: int) -> Pixels:
    """Resize the shorter side to `size` (bilinear, antialiased) and crop the centre square.

    Args:
        image: a Pillow image, or a (..., h, w) tensor.
        size: pixels.

    Returns:
        The same kind of image, `size` x `size`.

    Example:
        >>> fit(Image.new("RGB", (6, 4)), 2).size
        (2, 2)
    """
    return transform.center_crop(transform.resize(image, [size], antialias=True), [size, size])


@contextmanager
def _opened(file: str | Path) -> Iterator[Image.Image]:
    """An image whose pixels are decoded when they are asked for, or a refusal that says why it cannot be read."""
    try:
        with Image.open(file) as image:
            yield image
    except UNREADABLE as error:
        # An OSError of the system repeats the path in its text, but not in `strerror`.
        reason = getattr(error, "strerror", None) or (str(error) or repr(error)).splitlines()[0]
        if isinstance(error, UnidentifiedImageError):
            reason = "it is no image, or a corrupt one"
        raise InputError(f"The image file {file} cannot be read: {reason}; replace or remove it.") from error
