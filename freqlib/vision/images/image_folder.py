"""Folders of image files, one folder per class, whose labels are said and never guessed.

torchvision numbers class folders in sorted order. Where folders are named by class index, or a
model's outputs have an order of their own, those numbers are wrong without any sign of it, so the
meaning of the folders' names has to be given.
"""

from pathlib import Path

import torch
from torchvision.datasets.folder import IMG_EXTENSIONS, make_dataset

from freqlib.errors import InputError, one_of
from freqlib.vision.images.images import Images
from freqlib.vision.images.root import read_json

SPLITS = ("train", "val", "test")


def image_folder(
    folder: Path, name: str, split: str, classes: str | Path | list[str] | None, size: int | None = None
) -> Images:
    """Read the class folders below `folder`; files are decoded only when they are asked for.

    Args:
        folder: holds a folder per class, or folders named after splits which do.
        name: the data set's name, for result tables and refusals.
        split: which split; a folder without splits is its own "test".
        classes: "index", "sorted", a list of folder names, or a JSON file that holds one.
        size: as for `Images`.

    Returns:
        Images, (3, h, w).

    Raises:
        InputError: the split is missing, `classes` is not given or does not fit the folders' names,
            there is no image, or the images differ in size.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> with tempfile.TemporaryDirectory() as root:
        ...     (Path(root) / "7").mkdir()
        ...     Image.new("RGB", (6, 4)).save(f"{root}/7/a.png")
        ...     image_folder(Path(root), "mine", "test", "index").labels
        tensor([7])
    """
    present = [s for s in SPLITS if (folder / s).is_dir()]
    if present or split != "test":
        choices = present or ["test (the whole folder)"]
        folder = folder / one_of(split, choices, f"split of {name!r}")
    order = _order(classes, name)
    folders = sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())
    if not folders:
        raise InputError(f"{folder} holds no class folders; put each class's images into a folder of its own.")
    if odd := [name for name in folders if name.encode(errors="ignore").decode() != name]:
        raise InputError(f"The name of the folder {odd[0]!a} of {folder} is not in UTF-8; rename it.")
    numbers, names = _labels(folders, order, folder)
    samples = make_dataset(folder, numbers, IMG_EXTENSIONS, allow_empty=True)
    if not samples:
        raise InputError(f"The class folders of {folder} hold no image files.")
    files, labels = zip(*samples, strict=True)
    return Images(list(files), torch.tensor(labels), name=name, split=split, classes=names, size=size)


def _labels(folders: list[str], order: str | list[str], directory: Path) -> tuple[dict[str, int], list[str]]:
    """The label of each folder, and the name of each label, by "index", "sorted" or a list of folder names."""
    if order == "index":
        for name in folders:
            if not (name.isascii() and name.isdecimal()):
                raise InputError(
                    f"The folder {name!r} of {directory} is no class index; with "
                    'classes="index" every folder is named by a whole number, as in 0007.'
                )
        numbers = {name: int(name) for name in folders}
        if len(set(numbers.values())) < len(numbers):
            raise InputError(f"Two folders of {directory} name one class index, such as 7 and 007; rename one.")
        return numbers, [str(i) for i in range(max(numbers.values()) + 1)]
    names = folders if order == "sorted" else list(order)
    for name in folders:
        one_of(name, names, f"class, the folder of {directory} named", most=9)
    return {name: names.index(name) for name in folders}, names


def _order(classes: str | Path | list[str] | None, name: str) -> str | list[str]:
    """Check `classes`; read the JSON file if it names one."""
    if classes in ("index", "sorted"):
        return classes
    means = 'classes="index" (folders are named by class index), a list of the folders\' names in '
    means += 'the order of the labels or a JSON file that holds one, or "sorted"'
    if classes is None:
        raise InputError(f"{name!r} does not say which label a folder has; pass {means}.")
    order = read_json(classes, f"pass {means}") if isinstance(classes, str | Path) else classes
    if not isinstance(order, list) or not order or not all(isinstance(c, str) for c in order):
        raise InputError(f"classes ({name!r}) must be a list of folder names; pass {means}.")
    if len(set(order)) < len(order):
        twice = next(c for c in order if order.count(c) > 1)
        raise InputError(f"classes names {twice!r} twice; every folder has one label.")
    return order
