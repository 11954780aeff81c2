"""How each data set is read: torchvision's classes turned into pixels and labels.

Every reader takes (data root, split, download) and raises what torchvision raises when the set is
absent or damaged; `freqlib.vision.images.sources` turns that into a sentence.
"""

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torchvision import datasets

from freqlib.vision.images import photo_patches as patches
from freqlib.vision.images.image_folder import image_folder
from freqlib.vision.images.synthetic import synthetic as generate

CIFAR10_ANIMALS = {"bird", "cat", "deer", "dog", "frog", "horse"}
FLOWERS17 = [
    "daffodil", "snowdrop", "lily-of-the-valley", "bluebell", "crocus", "iris", "tigerlily", "tulip",
    "fritillary", "sunflower", "daisy", "coltsfoot", "dandelion", "cowslip", "buttercup", "windflower", "pansy",
]  # fmt: skip
# Which of a class's 80 images, in a seeded order, make up a split. The sizes are those of the
# official splits; which images they hold stands in a file of its own, so the draw is ours.
FLOWERS17_SPLITS = {"train": slice(0, 40), "val": slice(40, 60), "test": slice(60, 80)}


@dataclass(frozen=True)
class Labels:
    """labels (n,) int64 and the name of each class."""

    labels: Tensor
    classes: list[str]


@dataclass(frozen=True)
class Loaded:
    """One split: pixels (n, c, h, w) or files, its labels, and the bootstrap's groups, if any."""

    pixels: Tensor | list[str]
    fine: Labels
    coarse: Labels | None = None
    groups: Tensor | None = None


Reader = Callable[[Path, str, bool], Loaded]


def photo_patches(root: Path, split: str, download: bool, colour: bool = False) -> Loaded:
    """Patches labelled by photograph; coarse: by the photograph's kind; grouped by region."""
    cut = patches.photo_patches(split, colour)  # is kept, so that what is handed on is a copy
    fine = Labels(cut.photograph.clone(), [photo.name for photo in cut.photographs])
    kinds = list(dict.fromkeys(photo.kind for photo in cut.photographs))
    kind = torch.tensor([kinds.index(photo.kind) for photo in cut.photographs])
    return Loaded(cut.pixels.clone(), fine, Labels(kind[fine.labels], kinds), cut.region.clone())


def cifar10(root: Path, split: str, download: bool) -> Loaded:
    """Krizhevsky (2009); coarse: animal or vehicle."""
    data = datasets.CIFAR10(root, train=split == "train", download=download)
    fine = Labels(torch.tensor(data.targets), data.classes)
    vehicle = torch.tensor([int(name not in CIFAR10_ANIMALS) for name in data.classes])
    return Loaded(_bytes(data.data), fine, Labels(vehicle[fine.labels], ["animal", "vehicle"]))


def cifar100(root: Path, split: str, download: bool) -> Loaded:
    """Krizhevsky (2009); coarse: the 20 superclasses of the set."""
    data = datasets.CIFAR100(root, train=split == "train", download=download)
    # torchvision keeps the fine labels only. It has just checked the md5 of these very files, so
    # that unpickling them runs nothing but what their authors wrote.
    folder = root / data.base_folder
    coarse = _unpickle(folder / split)["coarse_labels"]
    names = _unpickle(folder / data.meta["filename"])["coarse_label_names"]
    fine = Labels(torch.tensor(data.targets), data.classes)
    return Loaded(_bytes(data.data), fine, Labels(torch.tensor(coarse), names))


def fashion_mnist(root: Path, split: str, download: bool) -> Loaded:
    """Xiao, Rasul and Vollgraf, arXiv 1708.07747."""
    data = datasets.FashionMNIST(root, train=split == "train", download=download)
    return Loaded(data.data[:, None], Labels(data.targets, data.classes))


def imagenet(root: Path, split: str, download: bool) -> Loaded:
    """Russakovsky et al., arXiv 1409.0575; a class goes by its first name, and by its synset where two share it."""
    data = datasets.ImageNet(root / "imagenet", split)
    first = [synonyms[0] for synonyms in data.classes]
    names = [f"{n} ({wnid})" if first.count(n) > 1 else n for n, wnid in zip(first, data.wnids, strict=True)]
    return Loaded([path for path, _ in data.samples], Labels(torch.tensor(data.targets), names))


def flowers102(root: Path, split: str, download: bool) -> Loaded:
    """Nilsback and Zisserman (2008)."""
    # Paths and labels are private in torchvision; the public way decodes every image.
    data = datasets.Flowers102(root, split, download=download)
    fine = Labels(torch.tensor(data._labels), list(data.classes))
    return Loaded([str(path) for path in data._image_files], fine)


def flowers17(root: Path, split: str, download: bool) -> Loaded:
    """Nilsback and Zisserman (2006), in folders 00 to 16 of 80 images each."""
    folder = root / "flowers17"
    if not folder.is_dir():
        raise FileNotFoundError("there is no such folder")
    # A size keeps `image_folder` from reading every header: these images differ in size.
    data = image_folder(folder, "flowers17", "test", "index", size=128)
    random = np.random.RandomState(17)
    chosen = []
    for label in range(len(FLOWERS17)):
        mine = random.permutation(np.flatnonzero(data.labels.numpy() == label))
        chosen.append(np.sort(mine[FLOWERS17_SPLITS[split]]))
    data = data.select(torch.from_numpy(np.concatenate(chosen)))
    return Loaded(data.pixels, Labels(data.labels, FLOWERS17))


def pets(root: Path, split: str, download: bool) -> Loaded:
    """Parkhi et al. (2012); coarse: cat or dog."""
    part = "trainval" if split == "train" else split
    data = datasets.OxfordIIITPet(root, part, download=download)
    species = [name.lower() for name in data.bin_classes]
    return Loaded(
        [str(path) for path in data._images],
        Labels(torch.tensor(data._labels), data.classes),
        Labels(torch.tensor(data._bin_labels), species),
    )


def synthetic(root: Path, split: str, download: bool, name: str) -> Loaded:
    """In the manner of Wang et al. (2022), made on the spot."""
    data = generate(name, split=split)
    return Loaded(data.pixels, Labels(data.labels, data.classes))


def _bytes(pixels: np.ndarray) -> Tensor:
    """(n, h, w, c) array to a contiguous (n, c, h, w) tensor."""
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous()


def _unpickle(file: Path) -> dict:
    with file.open("rb") as stream:
        return pickle.load(stream, encoding="latin1")
