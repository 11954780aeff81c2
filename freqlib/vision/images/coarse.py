"""Which fine classes make up each coarse one."""

from freqlib.errors import InputError
from freqlib.vision.images.images import Images


def coarse_groups(fine: Images, coarse: Images) -> list[list[int]]:
    """Return the fine labels of each coarse one, as `load_model(outputs=...)` takes them.

    Args:
        fine: the images with fine labels.
        coarse: the same images with coarse labels.

    Returns:
        One list of fine labels for each coarse class, in its order.

    Raises:
        InputError: the images are not the same, a fine class lies in two coarse ones, or a class has no image.

    Example:
        >>> from freqlib.vision.images.datasets import load_data
        >>> coarse_groups(*(load_data("photo-patches", labels=kind) for kind in ("fine", "coarse")))
        [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    """
    if fine.name != coarse.name or fine.index.tolist() != coarse.index.tolist():
        raise InputError(f"{fine!r} and {coarse!r} are not the same images; load both with the same split and limit.")
    pairs = sorted(set(zip(coarse.labels.tolist(), fine.labels.tolist(), strict=True)))
    if len(pairs) > len(set(fine.labels.tolist())):
        raise InputError(f"A fine class of {fine.name!r} lies in two coarse classes, so that its labels nest in none.")
    groups = [[label for group, label in pairs if group == number] for number in range(len(coarse.classes))]
    seen = set(fine.labels.tolist())
    absent = [name for label, name in enumerate(fine.classes) if label not in seen]
    absent += [name for name, group in zip(coarse.classes, groups, strict=True) if not group]
    if absent:
        raise InputError(f"Class {absent[0]!r} has no image among the {len(fine)}; load more.")
    return groups
