"""Labelled images in pixel space: float32 in [0, 1], before any normalization.

Pixels lie in memory (bytes stay bytes until a batch is asked for) or in files that are decoded one batch at a time, so
that a set far larger than the memory can be swept.
"""

import copy
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from freqlib.errors import InputError
from freqlib.vision.images.image_files import common_shape, decode, fit


class Images(Dataset[tuple[Tensor, int, int]]):
    """A set of equally large images with integer labels and a stable index.

    Args:
        pixels: (n, c, h, w) tensor, uint8 (0 to 255) or floating point (0 to 1); or n image files, read as RGB.
        labels: (n,) integers, 0 or larger.
        name: the data set's name, as it stands in result tables.
        split: the name of the split.
        classes: the name of each label; by default the labels themselves.
        index: (n,) integers, each image's index in the full set; by default 0 to n - 1. What is drawn at random per
            image is seeded by it, so it must survive `select`.
        groups: (n,) integers or None, the units of the bootstrap where images are no independent draws (overlapping
            patches of one region share a group).
        size: resize the shorter side to `size` pixels (bilinear, antialiased) and crop the centre square; None keeps
            the images as they are.

    Attributes:
        shape: (c, h, w) of one image.
        labels, index, groups: as above, int64 tensors.

    Raises:
        InputError: the images are not four-dimensional, hold NaN or infinite values, differ in size, or cannot be
            read; or the labels do not fit the images or the classes.

    Example:
        >>> import torch
        >>> data = Images(torch.zeros(5, 3, 8, 8, dtype=torch.uint8), torch.tensor([0, 1, 1, 0, 2]))
        >>> [x.shape[0] for x, label, index in data.batches(2)]
        [2, 2, 1]
        >>> data.select([4, 1]).index
        tensor([4, 1])
    """

    def __init__(
        self,
        pixels: Tensor | Sequence[str | Path],
        labels: Tensor,
        *,
        name: str = "images",
        split: str = "all",
        classes: Sequence[str] | None = None,
        index: Tensor | None = None,
        groups: Tensor | None = None,
        size: int | None = None,
    ) -> None:
        if size is not None and size < 1:
            raise InputError(f"size is {size}, but must be 1 or more pixels.")
        n = len(pixels)
        if n == 0:
            raise InputError(f"The data set {name!r} holds no images; at least one is needed.")
        self.pixels, self.name, self.split, self.size = pixels, name, split, size
        self.labels = _integers(labels, n, "labels")
        self.index = torch.arange(n) if index is None else _integers(index, n, "index")
        self.groups = None if groups is None else _integers(groups, n, "groups")
        top = int(self.labels.max())
        self.classes = [str(i) for i in range(top + 1)] if classes is None else list(classes)
        if top >= len(self.classes):
            raise InputError(
                f"A label of {name!r} is {top}, but only {len(self.classes)} classes are named; labels count from 0."
            )
        if isinstance(pixels, Tensor):
            channels, height, width = _tensor_shape(pixels)
        else:
            channels, height, width = common_shape(pixels) if size is None else (3, size, size)
        self.shape = (channels, size or height, size or width)

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, i: Any) -> tuple[Tensor, int, int]:
        if not isinstance(i, Integral):
            raise InputError(f"Images are taken one by one, but [{i}] names another thing; use select(positions).")
        image = self.pixels[i]
        image = image[None] if isinstance(image, Tensor) else decode(image, self.size)[None]
        return self._finish(image)[0], int(self.labels[i]), int(self.index[i])

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.shape))
        what = f"{len(self)} images of {shape} in {len(self.classes)} classes"
        return f"Images({self.name!r}, {self.split!r}: {what})"

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        """Yield the images in order, `size` at a time; the last batch may be smaller.

        Args:
            size: images per batch, 1 or more.

        Returns:
            Iterator of (images (b, c, h, w) float32 in [0, 1], labels (b,), index (b,)).

        Raises:
            InputError: `size` is below 1, or a file cannot be read (it is named).

        Example:
            >>> images, labels = torch.zeros(3, 1, 8, 8), torch.tensor([0, 1, 0])
            >>> [x.shape[0] for x, label, index in Images(images, labels).batches(2)]
            [2, 1]
        """
        if size < 1:
            raise InputError(f"The batch size is {size}, but must be 1 or larger.")
        # Pillow releases the interpreter lock while it decodes, so threads are enough.
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
            for start in range(0, len(self), size):
                part = slice(start, start + size)
                pixels = self.pixels[part]
                if not isinstance(pixels, Tensor):
                    pixels = torch.stack(list(pool.map(lambda f: decode(f, self.size), pixels)))
                yield self._finish(pixels), self.labels[part], self.index[part]

    def select(self, positions: Tensor | Sequence[int]) -> "Images":
        """Return the images at some positions, in that order, with labels, index and groups.

        Args:
            positions: integers from 0 to n - 1, or an (n,) boolean mask.

        Returns:
            A new Images; this one is left as it is.

        Raises:
            InputError: nothing is selected, or something that is no position.

        Example:
            >>> Images(torch.zeros(3, 1, 8, 8), torch.tensor([0, 1, 0])).select([2, 0]).index
            tensor([2, 0])
        """
        positions, n = torch.as_tensor(positions), len(self)
        if positions.dtype == torch.bool:
            if len(positions) != n:
                raise InputError(f"A mask of {len(positions)} entries selects from {n} images; give one for each.")
            positions = positions.nonzero()[:, 0]
        if len(positions) == 0:
            raise InputError(f"Nothing of {self.name!r} is selected; at least one image is needed.")
        positions = _integers(positions, len(positions), "positions")
        if (last := int(positions.max())) >= n:
            raise InputError(f"Image {last} of {self.name!r} is selected, which holds {n}; the last is {n - 1}.")
        chosen = copy.copy(self)
        in_memory = isinstance(self.pixels, Tensor)
        chosen.pixels = self.pixels[positions] if in_memory else [self.pixels[i] for i in positions.tolist()]
        chosen.labels, chosen.index = self.labels[positions], self.index[positions]
        chosen.groups = None if self.groups is None else self.groups[positions]
        return chosen

    def with_pixels(self, pixels: Tensor, change: str) -> "Images":
        """Return the same set with other pixels.

        Args:
            pixels: (n, c, h, w), as for `Images`.
            change: what was done to them, for the name.

        Returns:
            A new Images; this one is left as it is.

        Example:
            >>> data = Images(torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))
            >>> data.with_pixels(torch.ones(2, 1, 4, 4), "smaller")
            Images('images smaller', 'all': 2 images of 1x4x4 in 2 classes)
        """
        changed = copy.copy(self)
        changed.pixels, changed.size, changed.shape = pixels, None, tuple(pixels.shape[1:])
        changed.name = f"{self.name} {change}"
        return changed

    def _finish(self, pixels: Tensor) -> Tensor:
        """Turn stored pixels into float32 in [0, 1]; size them where they lay in memory."""
        # A copy even where nothing changes: who edits a batch in place must not edit the set.
        x = pixels.to(torch.float32, copy=True, memory_format=torch.contiguous_format)
        if pixels.dtype == torch.uint8:
            x /= 255
        if self.size is not None and isinstance(self.pixels, Tensor):
            x = fit(x, self.size)
        return x


def as_images(data: object) -> Images:
    """Return `data` as Images: itself, or a pair of tensors wrapped.

    Args:
        data: Images, or a pair (images (n, c, h, w), labels (n,)), as for `Images`.

    Returns:
        Images.

    Raises:
        InputError: `data` is neither, or the pair does not fit together.

    Example:
        >>> as_images((torch.zeros(2, 1, 8, 8), torch.tensor([0, 1]))).shape
        (1, 8, 8)
    """
    if isinstance(data, Images):
        return data
    if isinstance(data, tuple | list) and len(data) == 2 and all(isinstance(part, Tensor) for part in data):
        return Images(data[0].detach(), data[1])
    raise InputError(
        f"Data of type {type(data).__name__} cannot be used; pass what load_data returns, or a pair of torch tensors "
        "(images (n, channels, height, width) in [0, 1], labels (n,))."
    )


def _integers(values: Tensor, n: int, what: str) -> Tensor:
    """Return `values` as (n,) int64, or refuse them."""
    if values.ndim != 1 or values.is_floating_point() or values.is_complex():
        shape, kind = tuple(values.shape), str(values.dtype).removeprefix("torch.")
        raise InputError(f"{what} have shape {shape} and type {kind}, but ({n},) integers are due.")
    if len(values) != n:
        raise InputError(f"There are {len(values)} {what} for {n} images; their number must agree.")
    if int(values.long().min()) < 0:  # uint16 and the like have no minimum
        raise InputError(f"The smallest of the {what} is {int(values.min())}; they count from 0.")
    return values.long()


def _tensor_shape(pixels: Tensor) -> tuple[int, int, int]:
    """Check pixels in memory and return (c, h, w)."""
    if pixels.ndim != 4 or 0 in pixels.shape:
        raise InputError(
            f"Images have shape {tuple(pixels.shape)}, but (n, channels, height, width) is due; "
            "grey images without a channel axis need images.unsqueeze(1)."
        )
    if pixels.dtype != torch.uint8 and not pixels.is_floating_point():
        kind = str(pixels.dtype).removeprefix("torch.")
        raise InputError(f"Images are {kind}, but uint8 (0 to 255) or float (0 to 1) is expected.")
    if pixels.is_floating_point() and not torch.isfinite(pixels).all():
        bad = int((~torch.isfinite(pixels)).flatten(1).any(1).nonzero()[0])
        raise InputError(f"Image {bad} holds NaN or infinite pixels; every pixel must be finite.")
    if pixels.is_floating_point() and pixels.min() >= 0 and (most := float(pixels.max())) > 2:
        raise InputError(f"Pixels run up to {most:.3g}, but floats must lie in [0, 1]; divide by 255, or pass uint8.")
    return tuple(pixels.shape[1:])
