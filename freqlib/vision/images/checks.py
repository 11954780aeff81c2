"""Images that are refused before anything is computed from them."""

from torch import Tensor

from freqlib.errors import InputError
from freqlib.vision.images.images import Images


def check_fitted(fitted: Images, scored: Images) -> None:
    """Refuse two sets of images of which one cannot be fitted on where the other is scored on.

    Args:
        fitted: what is fitted on.
        scored: what is scored on. Classes without names (the labels themselves) go with any.

    Raises:
        InputError: images of other shapes, a label that stands for another class among the fitted images, as where
            folders were numbered apart, or a class without a fitted image.

    Example:
        >>> import torch
        >>> pets = [Images(torch.rand(1, 1, 4, 4), torch.tensor([0]), classes=[name]) for name in ("cat", "dog")]
        >>> check_fitted(*pets)
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: Label 0 is 'cat' among the fitted images and 'dog' among the scored ones; ...
    """
    if fitted.shape != scored.shape:
        raise InputError(
            f"The images to fit on (train) have shape {fitted.shape}, but those to score on {scored.shape}; pass "
            "images of one shape."
        )
    for label in set(scored.labels.tolist()) & set(range(len(fitted.classes))):
        other, own = fitted.classes[label], scored.classes[label]
        unnamed = str(label) in (other, own) and other.isdecimal() != own.isdecimal()
        if own != other and not unnamed:
            raise InputError(
                f"Label {label} is {other!r} among the fitted images and {own!r} among the scored ones; pass sets of "
                "the same classes, or pairs (images, labels) if the labels mean the same."
            )
    if missing := set(scored.labels.tolist()) - set(fitted.labels.tolist()):
        name = scored.classes[min(missing)]
        raise InputError(f"Class {name!r} has no example among the {len(fitted)} images to fit on; fit on more.")


def check_range(pixels: Tensor) -> None:
    """Refuse pixels that cannot be clamped to [0, 1] without being spoiled, such as normalized ones.

    Args:
        pixels: of any shape. A little beyond [0, 1] is let pass, since synthetic images may lie there.

    Raises:
        InputError: values below -1 or above 2.

    Example:
        >>> import torch
        >>> check_range(torch.tensor([0.0, 1.1]))
    """
    low, high = (float(bound) for bound in pixels.aminmax())
    if low < -1 or high > 2:
        raise InputError(
            f"Pixels run from {low:.3g} to {high:.3g}, but must lie in [0, 1]; pass images before any normalization, "
            "and let load_model(normalize=(mean, std)) do that."
        )
