"""Data sets by name, through torchvision's own loaders, from one data root."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from freqlib.errors import InputError, check_seed, one_of
from freqlib.vision.images.image_folder import image_folder
from freqlib.vision.images.images import Images
from freqlib.vision.images.root import data_root
from freqlib.vision.images.sources import SOURCES, fetch

FOLDER = "imagefolder:"


def load_data(
    name: str,
    split: str = "test",
    limit: int | None = None,
    labels: str = "fine",
    classes: str | Path | list[str] | None = None,
    size: int | None = None,
    seed: int = 0,
) -> Images:
    """Load one split of a data set, downloading it only if it is not under the data root.

    Args:
        name: "photo-patches" (grey), "photo-patches-rgb", "syn-1" to "syn-4" and "syn-1-matched" to "syn-4-matched"
            (`synthetic`), "cifar10", "cifar100", "fashion-mnist", "imagenet", "flowers102", "flowers17", "pets", or
            "imagefolder:PATH", where PATH holds a folder per class, or a folder per split with those in it; a relative
            PATH is looked for in the working folder, then under the data root. "imagenet-val" is short for
            "imagenet" with split "val".
        split: "train", "val" or "test", where the set has it.
        limit: so many images at most: a draw by `seed` that takes equally many of each fine class
            (counts differ by at most 1 where the classes are large enough). A smaller limit draws
            a subset of a larger one, and fine and coarse labels get the same images.
        labels: "fine", or "coarse" for photo-patches (the photograph's kind), cifar10 (animal or
            vehicle), cifar100 (its 20 superclasses) and pets (cat or dog).
        classes: for an imagefolder, and needed there: "index" if folders are named by class index,
            a list of folder names (or a JSON file that holds one) whose order gives the labels, or
            "sorted" to number the folders in sorted order.
        size: resize the shorter side to so many pixels, antialiased, and crop the centre square;
            None keeps the images as they are, but for sets of photographs (256; flowers17: 128).
        seed: seed of the draw, 0 or larger.

    Returns:
        Images: float32 (c, h, w) in [0, 1], label, index in the full split.

    Raises:
        InputError: an argument is not among the choices, or the set is not there and cannot be
            downloaded.

    Example:
        >>> data = load_data("photo-patches", limit=24, labels="coarse")
        >>> len(data), data.shape, data.classes
        (24, (1, 32, 32), ['texture', 'living', 'object', 'science'])
    """
    if name == "imagenet-val":
        # "test" is the default of `split`; ImageNet's test labels are not public anyway.
        name, split = "imagenet", "val" if split == "test" else split
        one_of(split, ["val"], "split of 'imagenet-val'")
    if limit is not None and limit < 1:
        raise InputError(f"limit is {limit!r}, but must be a whole number of 1 or more, or None.")
    check_seed(seed)
    one_of(labels, ["fine", "coarse"], "kind of labels")
    folder = name.startswith(FOLDER)
    source = None if folder else SOURCES[one_of(name, [*SOURCES, "imagenet-val", FOLDER + "PATH"], "data set")]
    if labels == "coarse" and not (source and source.coarse):
        coarse = ", ".join(known for known, source in SOURCES.items() if source.coarse)
        raise InputError(f"labels is 'coarse', but {name!r} has none; these have: {coarse}.")
    if source is None:
        data = image_folder(_folder(name), name, split, classes, size)
        return data if limit is None else data.select(draw(data.labels, limit, seed))

    one_of(split, source.splits, f"split of {name!r}")
    if classes is not None:
        raise InputError(
            f"classes is {str(classes)!r}, but {name!r} has classes of its own; only {FOLDER}PATH takes them."
        )
    loaded = fetch(name, split, data_root())
    chosen = loaded.coarse if labels == "coarse" else loaded.fine
    size = source.size if size is None else size
    known = {"name": name, "split": split, "classes": chosen.classes, "groups": loaded.groups, "size": size}
    data = Images(loaded.pixels, chosen.labels, **known)
    return data if limit is None else data.select(draw(loaded.fine.labels, limit, seed))


def draw(labels: Tensor, limit: int, seed: int = 0) -> Tensor:
    """Draw a stratified sample: as many of each class as of the next.

    Args:
        labels: (n,) integers.
        limit: how many to draw; all are taken where there are fewer.
        seed: 0 or larger.

    Returns:
        Positions (min(limit, n),) int64, ascending. The sample of a smaller limit is a subset of
        that of a larger one.

    Example:
        >>> labels = torch.tensor([0] * 90 + [1] * 10)
        >>> labels[draw(labels, 6)]
        tensor([0, 0, 0, 1, 1, 1])
    """
    # The stream of RandomState is frozen for good, so the sample is the same under every NumPy.
    random = np.random.RandomState(seed)
    order = random.permutation(len(labels))
    shuffled = pd.Series(labels.numpy()[order])
    rank = shuffled.groupby(shuffled).cumcount().to_numpy()
    # Every class gives its first image before any gives its second; the order of the classes is
    # drawn too, so that none is favoured by the remainder.
    turn = random.permutation(int(labels.max()) + 1)[shuffled]
    first = np.lexsort((turn, rank))[:limit]
    return torch.from_numpy(np.sort(order[first]))


def data_status() -> pd.DataFrame:
    """List the known data sets: what is here, what is missing and how to get it.

    Returns:
        DataFrame with a row per data set: name, here (bool), where (the folder), splits, how (to
        get it) and terms.

    Example:
        >>> status = data_status().set_index("name")
        >>> bool(status.here["photo-patches"])
        True
    """
    root = data_root()
    rows = [(n, s.here(root), str(s.where(root)), ", ".join(s.splits), s.how, s.terms) for n, s in SOURCES.items()]
    return pd.DataFrame(rows, columns=["name", "here", "where", "splits", "how", "terms"])


def _folder(name: str) -> Path:
    """The folder that "imagefolder:PATH" means."""
    path = Path(name.removeprefix(FOLDER)).expanduser()
    if name == FOLDER:
        raise InputError(f"{name!r} names no folder; write {FOLDER}PATH.")
    below = data_root() / path
    for folder in (path, below):
        if folder.is_dir():
            return folder
    places = dict.fromkeys([str(path.absolute()), str(below.absolute())])
    raise InputError(f"{name!r} is no folder; it was looked for at {' and at '.join(places)}.")
