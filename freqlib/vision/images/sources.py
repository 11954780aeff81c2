"""The known data sets: where each comes from, under which terms, and how it is fetched."""

import pickle
import socket
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from pathlib import Path

from freqlib.errors import InputError
from freqlib.vision.images import readers
from freqlib.vision.images.photo_patches import PHOTOGRAPHS, locate
from freqlib.vision.images.synthetic import SETS, SPLITS

# A network that swallows packets must end in a sentence too, not in a run that hangs.
NETWORK_TIMEOUT = 30.0  # seconds without an answer
FAILURES = (RuntimeError, OSError, ValueError, EOFError, pickle.UnpicklingError, tarfile.TarError, HTTPException)


@dataclass(frozen=True)
class Source:
    """One data set.

    Attributes:
        read: called with (data root, split, download); raises one of FAILURES if the set is absent.
        splits: the splits it has.
        folder: its folder below the data root; None if it comes with the installed packages.
        how: how to get it, the end of a sentence.
        terms: under which terms it may be used.
        coarse: whether it has coarse labels.
        size: the size photographs are brought to by default.
        download: whether torchvision can fetch it.
        made: whether it is made when it is loaded, so that nothing can be missing.
    """

    read: readers.Reader
    splits: tuple[str, ...]
    folder: str | None
    how: str
    terms: str
    coarse: bool = False
    size: int | None = None
    download: bool = True
    made: bool = False

    def where(self, root: Path) -> Path | str:
        """The folder below `root`, or what takes its place."""
        if self.folder is None:
            return "made when it is loaded" if self.made else "in the installed packages"
        return root / self.folder

    def here(self, root: Path) -> bool:
        """Whether the set's folder holds files; their content is checked when they are read."""
        if self.folder is None:
            return self.made or all(locate(photo).is_file() for photo in PHOTOGRAPHS)
        # A download that failed leaves empty folders behind.
        return any(path.is_file() for path in (root / self.folder).rglob("*"))


def fetch(name: str, split: str, root: Path) -> readers.Loaded:
    """Read one split, downloading the set only if it is absent.

    Args:
        name: a key of SOURCES.
        split: one of its splits.
        root: the data root.

    Returns:
        The split's pixels, labels and groups.

    Raises:
        InputError: the set is not there, or damaged, and cannot be fetched; one sentence says where
            it was looked for and how to get it.

    Example:
        >>> fetch("photo-patches", "test", Path("unused")).pixels.shape
        torch.Size([2400, 1, 32, 32])
    """
    source = SOURCES[name]
    for download in (False, True)[: 1 + source.download]:
        try:
            with _download():
                return source.read(root, split, download)
        except InputError:
            raise
        except FAILURES as error:
            failure = error
    tried = "and could not be downloaded " if source.download else ""
    reason = (str(failure) or repr(failure)).splitlines()[0].split(". ")[0].rstrip(".:")
    raise InputError(
        f"Data set {name!r} ({split}) is missing or damaged at {source.where(root)} {tried}({reason}); {source.how}."
    ) from failure


@contextmanager
def _download() -> Iterator[None]:
    """Give up on a silent network, and keep progress out of what a command prints as its result."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        socket.setdefaulttimeout(before)


_WITH_PACKAGES = {
    "splits": ("train", "val", "test"), "folder": None, "how": "it comes with scikit-image and scikit-learn",
    "coarse": True, "download": False, "terms": "CC0, public domain, no known restrictions or CC BY 2.0, by photograph",
}  # fmt: skip
_ONCE = "load it once where the network allows, or"
SOURCES: dict[str, Source] = {
    "photo-patches": Source(readers.photo_patches, **_WITH_PACKAGES),
    "photo-patches-rgb": Source(partial(readers.photo_patches, colour=True), **_WITH_PACKAGES),
    **{
        name: Source(
            partial(readers.synthetic, name=name), tuple(SPLITS), None, "it needs nothing", "MIT",
            download=False, made=True,
        )
        for name in SETS
    },
    "cifar10": Source(
        readers.cifar10, ("train", "test"), "cifar-10-batches-py",
        f"{_ONCE} unpack cifar-10-python.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html into the data root",
        "no licence stated; cite Krizhevsky (2009)", coarse=True,
    ),
    "cifar100": Source(
        readers.cifar100, ("train", "test"), "cifar-100-python",
        f"{_ONCE} unpack cifar-100-python.tar.gz from https://www.cs.toronto.edu/~kriz/cifar.html into the data root",
        "no licence stated; cite Krizhevsky (2009)", coarse=True,
    ),
    "fashion-mnist": Source(
        readers.fashion_mnist, ("train", "test"), "FashionMNIST",
        f"{_ONCE} put the four idx files of https://github.com/zalandoresearch/fashion-mnist into FashionMNIST/raw",
        "MIT",
    ),
    "imagenet": Source(
        readers.imagenet, ("train", "val"), "imagenet",
        "get ILSVRC2012_devkit_t12.tar.gz and ILSVRC2012_img_val.tar (or _img_train.tar) from https://image-net.org "
        "with an account and put them there",
        "non-commercial research, by agreement with image-net.org", size=256, download=False,
    ),
    "flowers102": Source(
        readers.flowers102, ("train", "val", "test"), "flowers-102",
        f"{_ONCE} get 102flowers.tgz, imagelabels.mat and setid.mat from "
        "https://www.robots.ox.ac.uk/~vgg/data/flowers/102",
        "research use; cite Nilsback and Zisserman (2008)", size=256,
    ),
    "flowers17": Source(
        readers.flowers17, ("train", "val", "test"), "flowers17",
        "get 17flowers.tgz from https://www.robots.ox.ac.uk/~vgg/data/flowers/17 and put each 80 images in turn into a "
        "folder of their own, 00 to 16",
        "research use; cite Nilsback and Zisserman (2006)", size=128, download=False,
    ),
    "pets": Source(
        readers.pets, ("train", "test"), "oxford-iiit-pet",
        f"{_ONCE} unpack images.tar.gz and annotations.tar.gz of https://www.robots.ox.ac.uk/~vgg/data/pets there",
        "CC BY-SA 4.0; cite Parkhi et al. (2012)", coarse=True, size=256,
    ),
}  # fmt: skip
