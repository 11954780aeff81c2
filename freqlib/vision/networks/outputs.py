"""Selecting, ordering and grouping a model's logits, by index or by ImageNet synset."""

from collections.abc import Sequence
from pathlib import Path

from timm.data import ImageNetInfo

from freqlib.errors import InputError, one_of
from freqlib.vision.images.root import read_json

Choice = Sequence[int | str | Sequence[int | str]] | str | Path


def read_outputs(choice: Choice) -> tuple[list[int] | list[str], list[int]]:
    """Return the indices or synsets that a user names, themselves or in a file, and how many make one output.

    Args:
        choice: indices, synsets such as "n01443537", lists of either for classes that are taken together, or the path
            of a JSON list of any of these.

    Returns:
        List of int, or list of str; and the sizes of the groups, all 1 where nothing is taken together.

    Raises:
        InputError: the file cannot be read, or the entries are neither or repeat one another.

    Example:
        >>> read_outputs((3, 1))
        ([3, 1], [1, 1])
        >>> read_outputs([[0, 1, 8], [2, 3]])
        ([0, 1, 8, 2, 3], [3, 2])
    """
    given: object = choice
    if isinstance(choice, str | Path):
        given = read_json(choice, "outputs must be indices, synsets, or the path of a JSON list of either")
    given = list(given) if isinstance(given, Sequence) else []
    groups = [list(one) if isinstance(one, list | tuple) else [one] for one in given]
    entries = [entry for group in groups for entry in group]
    kinds = {type(entry) for entry in entries} if all(groups) else set()
    if kinds not in ({int}, {str}):
        raise InputError(
            "outputs must be a list of indices or a list of ImageNet synsets such as 'n01443537', "
            "with at least one entry, or a list of such lists."
        )
    repeated = [entry for entry in entries if entries.count(entry) > 1]
    if repeated:
        raise InputError(f"outputs names {repeated[0]!r} more than once; name each logit once.")
    return entries, [len(group) for group in groups]


def output_indices(entries: list[int] | list[str], num_classes: int | None) -> list[int]:
    """Return the indices of the named logits.

    Args:
        entries: from `read_outputs`.
        num_classes: logits of the network; None if not known.

    Returns:
        Indices, in the given order.

    Raises:
        InputError: an index goes beyond the logits, a synset is not one of ImageNet's, or synsets
            are given for a network without ImageNet's 1000 classes.

    Example:
        >>> output_indices(["n01443537", "n01440764"], 1000)
        [1, 0]
    """
    if isinstance(entries[0], str):
        if num_classes not in (None, 1000):
            raise InputError(
                f"outputs names synsets, but the network has {num_classes} logits instead of "
                "ImageNet's 1000; pass indices."
            )
        synsets = {name: index for index, name in enumerate(ImageNetInfo().label_names())}
        return [synsets[one_of(name, synsets, "ImageNet synset")] for name in entries]
    most = max(entries) if min(entries) >= 0 else min(entries)
    if most < 0 or (num_classes is not None and most >= num_classes):
        known = "0 or larger" if num_classes is None else f"from 0 to {num_classes - 1}"
        raise InputError(f"outputs names logit {most}, but indices must be {known}.")
    return entries
