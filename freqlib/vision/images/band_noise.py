"""Noise on some cells of the spectrum, in the manner of the Syn sets: images of no class."""

from itertools import combinations

import torch
from torch import Tensor

from freqlib.vision.images.images import Images
from freqlib.vision.images.synthetic import BANDS, CLASSES, SIDE, Specification, band_masks, draw_cells


def band_noise(cells: Tensor, n: int, seed: int = 0) -> Images:
    """Draw images in the manner of the Syn sets whose cells are those of no class.

    Args:
        cells: (32, 32) bool, fft2 order, with each cell its mirror.
        n: images, 1 or more.
        seed: of all draws.

    Returns:
        Images (1, 32, 32) with the label 0, which means nothing.

    Example:
        >>> band_noise(band_masks()[0], 2)
        Images('noise', 'test': 2 images of 1x32x32 in 4 classes)
    """
    pixels = draw_cells(cells.expand(n, SIDE, SIDE), seed, "noise")
    return Images(pixels, torch.zeros(n, dtype=torch.int64), name="noise", split="test", classes=list(CLASSES))


def featureless(specification: Specification) -> dict[str, Tensor]:
    """Return the cells of noise that has neither the pattern nor class 3's band, and is not class 1.

    Args:
        specification: of the set.

    Returns:
        (32, 32) bool by name: each of the bands a, b and c alone, and each two of them, always without class 3's band
        and without the pattern. All three together would be class 1 itself.

    Example:
        >>> list(featureless(Specification(4)))
        ['B1 alone', 'B2 alone', 'B3 alone', 'B1 and B2', 'B1 and B3', 'B2 and B3']
    """
    others = [band for band in BANDS if band != specification.special]
    cells = {band: band_masks()[band - 1] & ~specification.features() for band in others}
    alone = {f"B{band} alone": cells[band] for band in others}
    return alone | {f"B{a} and B{b}": cells[a] | cells[b] for a, b in combinations(others, 2)}
