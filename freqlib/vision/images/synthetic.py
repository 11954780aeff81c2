"""Synthetic images of four classes that differ in which frequencies they hold.

Nothing else tells them apart, but what follows from it: a class that holds fewer frequencies has less contrast. In the
matched variants it has the same, and more of each frequency instead.

In the manner of the Syn sets of Wang et al. (Syn_1 to Syn_4), whose generator was never published. All is in integers:
with k^2 = ky^2 + kx^2 in indices of the 32x32 transform and DC apart, band 1 is k^2 < 32, band 2 k^2 < 128, band 3
k^2 < 288, and band 4 the rest. The pattern is the eight pairs of mirrored frequencies (u, u) with u = 1, 3, ..., 15.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

import pandas as pd
import torch
from torch import Tensor

from freqlib.errors import InputError, check_seed, one_of
from freqlib.signal import Bands, radius
from freqlib.signal.noise import generators
from freqlib.vision.images.images import Images

SIDE = 32
BANDS = (1, 2, 3, 4)
SETS = {f"syn-{band}{matched}": band for matched in ("", "-matched") for band in BANDS}
CLASSES = ("C0", "C1", "C2", "C3")
SPLITS = {"train": 10_000, "test": 2_000}
PATTERNS = ("all", "inside")
# Standard deviation of the coefficients where the gain is 1, and the range of the gain.
SCALE, GAIN = 0.2, (0.5, 1.5)


@dataclass(frozen=True)
class Specification:
    """Which frequencies each class of a set holds: the tests, the documentation and the generator read it from here.

    Args:
        special: the band, 1 to 4, that class 3 holds alone; the others are a, b and c.
        pattern: "all": class 0 holds all eight pairs of the pattern; "inside": those of a, b and c only.

    Raises:
        InputError: another band or pattern.

    Example:
        >>> Specification(4).table().loc["C3"].tolist()
        ['', '', '', 'without pattern']
    """

    special: int
    pattern: str = "all"

    def __post_init__(self) -> None:
        if self.special not in BANDS:
            raise InputError(f"Band {self.special} cannot be class 3's; choose one of {', '.join(map(str, BANDS))}.")
        one_of(self.pattern, PATTERNS, "pattern")

    def features(self) -> Tensor:
        """Return the cells that some class holds and class 1 does not: class 3's band, and the pattern.

        Returns:
            (32, 32) bool, fft2 order.

        Example:
            >>> int(Specification(1).features().sum())
            108
        """
        masks = self.masks()
        return masks.any(0) & ~masks[1]

    def masks(self) -> Tensor:
        """Return the cells that each class holds.

        Returns:
            (4, 32, 32) bool, fft2 order, without DC.

        Example:
            >>> Specification(1).masks().sum((1, 2)).tolist()
            [931, 915, 1007, 92]
        """
        squared = radius(SIDE, SIDE, "cycles/image").square().round()
        special = band_masks()[self.special - 1]
        others = (squared > 0) & ~special
        pattern = _pattern()
        shown = pattern if self.pattern == "all" else pattern & others
        return torch.stack([others | shown, others & ~pattern, (others | special) & ~pattern, special & ~pattern])

    def table(self) -> pd.DataFrame:
        """Return what each class holds of each band.

        Returns:
            Classes down, bands B1 to B4 across: "" for nothing, "whole", "without pattern" or "pattern alone".

        Example:
            >>> Specification(1).table().loc["C0"].tolist()
            ['pattern alone', 'whole', 'whole', 'whole']
        """
        words = {}
        for band, cells in zip(BANDS, band_masks(), strict=True):
            held = [int((mask & cells).sum()) for mask in self.masks()]
            names = {0: "", int(cells.sum()): "whole", int(cells.sum()) - 4: "without pattern", 4: "pattern alone"}
            words[f"B{band}"] = [names[count] for count in held]
        return pd.DataFrame(words, index=list(CLASSES))

    def ceiling(self, bands: Iterable[int] = BANDS) -> float:
        """Return the accuracy that nobody can exceed who sees some bands only.

        Args:
            bands: numbers from 1 to 4.

        Returns:
            How many of the four classes can be told apart, over four: those whose cells in these bands are the same
            cannot.

        Raises:
            InputError: a band that does not exist.

        Example:
            >>> Specification(1).ceiling([2, 3, 4]), Specification(1, "inside").ceiling([1])
            (0.75, 0.5)
        """
        seen = self.masks() & _union(bands)
        return len({tuple(mask.flatten().tolist()) for mask in seen}) / len(CLASSES)


def _pattern() -> Tensor:
    u = torch.arange(1, 16, 2)
    cells = torch.zeros(SIDE, SIDE, dtype=torch.bool)
    cells[u, u] = cells[-u, -u] = True
    return cells


def band_masks() -> Tensor:
    """Return the four bands.

    Returns:
        (4, 32, 32) bool, fft2 order: every cell but DC, once.

    Example:
        >>> band_masks().sum((1, 2)).tolist()
        [96, 304, 462, 161]
    """
    return Bands((0, 1, 32**0.5, 128**0.5, 288**0.5, inf), unit="cycles/image").masks(SIDE, SIDE)[1:]


class SyntheticImages(Images):
    """Images whose classes' frequencies are known.

    Attributes:
        specification: of the set.
        truth: (4, 32, 32) bool, the cells that each class holds, within the bands that were kept.

    Example:
        >>> synthetic("syn-2", 4).truth.shape
        torch.Size([4, 32, 32])
    """

    specification: Specification
    truth: Tensor


def synthetic(
    name: str,
    n: int | None = None,
    split: str = "test",
    seed: int = 0,
    bands: Iterable[int] = BANDS,
    pattern: str = "all",
) -> SyntheticImages:
    """Draw images of four classes that differ in the frequencies that they hold.

    Every cell that a class holds has a coefficient of the same law, that of white Gaussian noise: phase and amplitude
    are random. A gain from .5 to 1.5 is drawn for each image whatever its class; the mean is .5. Nothing is clamped or
    rounded.

    Args:
        name: "syn-1" to "syn-4", after the band that class 3 holds alone; "syn-1-matched" to "syn-4-matched" are the
            same images scaled so that every class has the contrast of white noise: a control, not for ceilings, since
            the scale betrays the class in every band.
        n: images, the classes in turn; by default 10,000 in "train" and 2,000 in "test".
        split: whose images are drawn, "train" or "test"; no image is in both.
        seed: of all draws; an image depends on it, its split and its index, so that a smaller n gives the first ones.
        bands: keep only these of the images' bands, 1 to 4, as in the band-filtered test sets.
        pattern: "all", or "inside" for the variant whose pattern lies in the bands a, b and c only.

    Returns:
        SyntheticImages, (1, 32, 32), with `specification` and `truth`.

    Raises:
        InputError: an unknown set, split, band or pattern, or n below 4, which leaves a class without an image.

    Source: the recipe of Wang et al., "Frequency shortcut learning in neural networks" (2022).

    Example:
        >>> data = synthetic("syn-1", 8, "train")
        >>> data.shape, data.classes, data.labels.tolist()
        ((1, 32, 32), ['C0', 'C1', 'C2', 'C3'], [0, 1, 2, 3, 0, 1, 2, 3])
    """
    special = SETS[one_of(name, SETS, "synthetic set")]
    specification = Specification(special, pattern)
    one_of(split, SPLITS, f"split of {name!r}")
    check_seed(seed)
    n = SPLITS[split] if n is None else n
    if n < len(CLASSES):
        raise InputError(f"n is {n}, but must be {len(CLASSES)} or more, so that every class has an image.")
    truth = specification.masks() & _union(bands)
    labels = torch.arange(n) % len(CLASSES)
    pixels = draw_cells(truth[labels], seed, split)
    if name.endswith("-matched"):
        share = specification.masks().flatten(1).double().mean(1)
        pixels = 0.5 + (pixels - 0.5) / share.sqrt().float()[labels, None, None, None]
    data = SyntheticImages(pixels, labels, name=name, split=split, classes=list(CLASSES))
    data.specification, data.truth = specification, truth
    return data


def draw_cells(cells: Tensor, seed: int, stream: str) -> Tensor:
    """Draw images that hold some cells, by the law of the Syn sets.

    Args:
        cells: (n, 32, 32) bool, fft2 order, those of each image.
        seed: of all draws, beside each image's index.
        stream: a word that keeps the draws of one purpose apart from those of another.

    Returns:
        (n, 1, 32, 32) float32, of mean .5.

    Example:
        >>> draw_cells(band_masks()[:1], 0, "test").shape
        torch.Size([1, 1, 32, 32])
    """
    n = len(cells)
    noise, gains = torch.empty(n, SIDE, SIDE, dtype=torch.float32), torch.empty(n, dtype=torch.float32)
    for i, generator in enumerate(generators(torch.arange(n), seed, "synthetic", stream)):
        noise[i].normal_(generator=generator)
        gains[i].uniform_(*GAIN, generator=generator)
    filtered = torch.fft.ifft2(torch.fft.fft2(noise) * cells).real
    return (0.5 + SCALE * gains[:, None, None] * filtered)[:, None]


def _union(bands: Iterable[int]) -> Tensor:
    numbers = list(bands)
    if not numbers or not set(numbers) <= set(BANDS):
        raise InputError(f"bands is {numbers}, but must be some of {', '.join(map(str, BANDS))}.")
    return band_masks()[[band - 1 for band in numbers]].any(0)
