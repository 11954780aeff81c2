"""photo-patches: a labelled set of 32x32 patches that needs no download.

The patches are cut from twelve photographs which scikit-image and scikit-learn carry inside their
wheels. Only photographs whose package documents open terms are used:

========== ============================ ==================================================
photograph what                         author and terms, as documented by the package
========== ============================ ==================================================
brick      brick wall                   CC0Textures, CC0
grass      grass                        linolafett (DeviantArt), CC0
gravel     gravel                       CC0Textures, CC0
astronaut  Eileen Collins, space suit   NASA Great Images, public domain
chelsea    Chelsea the cat              Stefan van der Walt, CC0
flower     a dahlia                     vultilion (Flickr), CC BY 2.0
china      Summer Palace, Beijing       danielbuechele (Flickr), CC BY 2.0
coffee     cup of coffee on a table     Rachel Michetti (at Pikolo Espresso Bar), CC0
coins      Greek coins from Pompeii     Brooklyn Museum, no known copyright restrictions
hubble     Hubble eXtreme Deep Field    NASA, public domain
ihc        stained colon tissue         CMMI, no known copyright restrictions
retina     fundus of an eye             Mikael Haggstrom, CC0
========== ============================ ==================================================

Three photographs of each kind, so that the coarse labels are balanced too. Left out: the moon, the
scanned page and the stereo pair of a motorcycle, whose terms the package does not document (nor
could both views of one scene be used: each would show the other's test regions); the rocket, whose
terms are disputed; the motion-blurred clock and the floating cell, nearly empty; the camera
operator, half sky and coat; and what is drawn, a face crop, or smaller than a few regions.

How a patch comes about. A photograph is made grey (ITU-R 601 luma) and tiled into regions of 48x48
pixels. A very large one is first reduced by an integer factor with a Lanczos filter, so that 32
pixels hold some structure: this is a choice of scale. Each region is reduced on its own, so that
the filter carries nothing from one into the next. A region without contrast (the black around the
retina, a clear sky) is dropped, since no label can be read from it. Each run of eight regions along
the rows gives five to train, one to val and two to test, so that every split sees all of the
picture. Patches are drawn inside regions, as evenly over them as possible: two of one region
overlap, two of different regions, and so of different splits, never share a pixel.

What it is good for. The label is tied to camera, scale and compression, and neighbouring regions
look alike: the set demonstrates, it decides no claim about data sets. Patches of one region are no
independent draws; `groups` holds the region, the unit of the bootstrap.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from freqlib.errors import InputError

PATCH = 32
REGION = 48
# Standard deviation (0 to 255) below which a region shows nothing but noise of the camera.
MIN_CONTRAST = 4.0
# Patches a photograph gives to each split, and of each run of eight regions how many a split gets.
PATCHES = {"train": 800, "val": 100, "test": 200}
REGIONS = {"train": 5, "val": 1, "test": 2}


@dataclass(frozen=True)
class Photograph:
    """One photograph: its name, its kind, the package and file that hold it, the reduction."""

    name: str
    kind: str
    package: str
    file: str
    reduce: int = 1
    colour: bool = True


PHOTOGRAPHS = (
    Photograph("brick", "texture", "skimage", "data/brick.png", colour=False),
    Photograph("grass", "texture", "skimage", "data/grass.png", colour=False),
    Photograph("gravel", "texture", "skimage", "data/gravel.png", colour=False),
    Photograph("astronaut", "living", "skimage", "data/astronaut.png"),
    Photograph("chelsea", "living", "skimage", "data/chelsea.png"),
    Photograph("flower", "living", "sklearn", "datasets/images/flower.jpg"),
    Photograph("china", "object", "sklearn", "datasets/images/china.jpg"),
    Photograph("coffee", "object", "skimage", "data/coffee.png"),
    Photograph("coins", "object", "skimage", "data/coins.png", colour=False),
    Photograph("hubble", "science", "skimage", "data/hubble_deep_field.jpg", reduce=2),
    Photograph("ihc", "science", "skimage", "data/ihc.png"),
    Photograph("retina", "science", "skimage", "data/retina.jpg", reduce=3),
)


@dataclass(frozen=True)
class Patches:
    """One split of n patches.

    Attributes:
        pixels: (n, 1 or 3, 32, 32) uint8.
        photograph: (n,) int64, the position in `photographs`.
        corner: (n, 2) int64, row and column of the upper left pixel in what `read` returns.
        region: (n,) int64, numbered over all photographs and splits, in grey and in colour alike.
        photographs: the photographs used.
    """

    pixels: Tensor
    photograph: Tensor
    corner: Tensor
    region: Tensor
    photographs: tuple[Photograph, ...]


@lru_cache(maxsize=6)
def photo_patches(split: str, colour: bool = False) -> Patches:
    """Cut the patches of one split out of the photographs.

    Args:
        split: "train", "val" or "test".
        colour: False for all twelve photographs in grey; True for the eight in colour, as RGB.

    Returns:
        Patches, the same number of each photograph, in the order of the photographs.

    Raises:
        InputError: an installed package no longer carries one of the photographs.

    Example:
        >>> photo_patches("test").pixels.shape, photo_patches("test", colour=True).pixels.shape
        (torch.Size([2400, 1, 32, 32]), torch.Size([1600, 3, 32, 32]))
    """
    used = tuple(photo for photo in PHOTOGRAPHS if photo.colour or not colour)
    pixels, photograph, corners, numbers = [], [], [], []
    first = 0
    for number, photo in enumerate(PHOTOGRAPHS):
        owners, tops = regions(photo)
        if photo in used:
            seed = [number, list(PATCHES).index(split)]
            region, corner = _draw(np.flatnonzero(owners == split), tops, PATCHES[split], seed)
            windows = np.lib.stride_tricks.sliding_window_view(read(photo, colour), (PATCH, PATCH), axis=(1, 2))
            pixels.append(windows[:, corner[:, 0], corner[:, 1]].swapaxes(0, 1))
            photograph.append(np.full(len(region), used.index(photo)))
            corners.append(corner)
            numbers.append(first + region)
        first += len(tops)
    arrays = [torch.from_numpy(np.concatenate(a)) for a in (pixels, photograph, corners, numbers)]
    return Patches(*arrays, photographs=used)


@lru_cache(maxsize=len(PHOTOGRAPHS))
def regions(photo: Photograph) -> tuple[np.ndarray, np.ndarray]:
    """Tile a photograph into regions and share them out among the splits.

    Args:
        photo: one of PHOTOGRAPHS.

    Returns:
        split (r,) of each region, as strings; upper left corner (r, 2), row and column in
        what `read` returns. Regions without contrast are left out.

    Example:
        >>> split, corner = regions(PHOTOGRAPHS[0])
        >>> len(split), corner[0].tolist()
        (100, [0, 0])
    """
    grey = read(photo)[0]
    rows, columns = grey.shape[0] // REGION, grey.shape[1] // REGION
    tops = REGION * np.indices((rows, columns)).reshape(2, -1).T
    contrast = np.array([grey[y : y + REGION, x : x + REGION].std() for y, x in tops])
    tops = tops[contrast >= MIN_CONTRAST]
    # The stream of RandomState is frozen for good, so the set is the same under every NumPy.
    random = np.random.RandomState(PHOTOGRAPHS.index(photo))
    deck = np.repeat(list(REGIONS), list(REGIONS.values()))
    owners = [random.permutation(deck) for _ in range(-(-len(tops) // len(deck)))]
    return np.concatenate(owners)[: len(tops)], tops


@lru_cache(maxsize=2 * len(PHOTOGRAPHS))
def read(photo: Photograph, colour: bool = False) -> np.ndarray:
    """Read a photograph from its package, cropped to whole regions around its centre and reduced.

    Args:
        photo: one of PHOTOGRAPHS.
        colour: True for RGB.

    Returns:
        (1 or 3, h, w) uint8, h and w multiples of REGION.

    Raises:
        InputError: the installed package does not carry the file.

    Example:
        >>> read(PHOTOGRAPHS[0]).shape
        (1, 480, 480)
    """
    file = locate(photo)
    if not file.is_file():
        raise InputError(
            f"The photograph {photo.name!r} is not at {file}; install the versions of scikit-image "
            "and scikit-learn that the lock names."
        )
    with Image.open(file) as image:
        image = image.convert("RGB" if colour else "L")
    step = REGION * photo.reduce
    width, height = image.width // step * step, image.height // step * step
    left, top = (image.width - width) // 2, (image.height - height) // 2
    image = image.crop((left, top, left + width, top + height))
    if photo.reduce > 1:
        image = _reduced(image, step)
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _reduced(image: Image.Image, step: int) -> Image.Image:
    """Reduce every region, `step` pixels wide, to REGION pixels, on its own and antialiased."""
    reduced = Image.new(image.mode, (image.width // step * REGION, image.height // step * REGION))
    for x in range(0, image.width, step):
        for y in range(0, image.height, step):
            region = image.crop((x, y, x + step, y + step))
            region = region.resize((REGION, REGION), Image.Resampling.LANCZOS)
            reduced.paste(region, (x // step * REGION, y // step * REGION))
    return reduced


def locate(photo: Photograph) -> Path:
    """Where the file lies. The package is found, not imported, which would take seconds."""
    spec = find_spec(photo.package)
    roots = spec.submodule_search_locations if spec else None
    return Path(roots[0] if roots else photo.package) / photo.file


def _draw(mine: np.ndarray, tops: np.ndarray, n: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw n different patches from the regions `mine`: region (n,) and corner (n, 2) of each."""
    random = np.random.RandomState(seed)
    places = REGION - PATCH + 1
    region, corner = [], []
    for turn, this in enumerate(random.permutation(mine)):
        count = n // len(mine) + (turn < n % len(mine))
        offset = random.choice(places**2, count, replace=False)
        region += [this] * count
        corner.append(tops[this] + np.stack([offset // places, offset % places], -1))
    return np.array(region), np.concatenate(corner)
