"""What a model makes of every class: F1, and which class is taken for which."""

from collections.abc import Callable

import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score
from torch import Tensor, nn

from freqlib.experiments.evaluation.logits import logits_of
from freqlib.vision import Images, as_images

PREFIX = "f1 "


def predictions(model: nn.Module, data: Images | tuple[Tensor, Tensor]) -> NDArray:
    """Return the class that a model predicts for every image.

    Args:
        model: from `load_model`, or any nn.Module.
        data: images and labels.

    Returns:
        (n,) int64.

    Example:
        >>> net = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
        >>> predictions(net, (torch.rand(3, 1, 2, 2), torch.tensor([0, 1, 1]))).shape
        (3,)
    """
    return logits_of(model, data).argmax(1).numpy()


def record_f1(data: Images | tuple[Tensor, Tensor]) -> Callable[[nn.Module, int], dict[str, float]]:
    """Return what records the F1 of every class in the course of a training, for `train(record=...)`.

    Args:
        data: images that are not trained on.

    Returns:
        Function of a model and an epoch to one number a class, "f1 CLASS".

    Example:
        >>> data = (torch.rand(4, 1, 2, 2), torch.tensor([0, 1, 0, 1]))
        >>> list(record_f1(data)(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), 0))
        ['f1 0', 'f1 1']
    """
    images = as_images(data)
    labels = list(range(len(images.classes)))

    def record(model: nn.Module, epoch: int) -> dict[str, float]:
        scores = f1_score(images.labels, predictions(model, images), labels=labels, average=None, zero_division=0.0)
        return {f"{PREFIX}{name}": float(score) for name, score in zip(images.classes, scores, strict=True)}

    return record


def f1_history(history: pd.DataFrame) -> pd.DataFrame:
    """Return the F1 of every class over the steps of a training.

    Args:
        history: from `train` with `record_f1`, or the CSV of it.

    Returns:
        One row a class and recorded moment: class step (from the start) f1.

    Example:
        >>> f1_history(pd.DataFrame({"steps": [0, 5, 5], "f1 a": [0.0, 0.5, 1.0]})).step.tolist()
        [0, 5, 10]
    """
    names = [name for name in history if name.startswith(PREFIX)]
    wide = history[names].assign(step=history.steps.cumsum())
    table = wide.melt("step", var_name="class", value_name="f1")
    return table.assign(**{"class": table["class"].str.removeprefix(PREFIX)})[["class", "step", "f1"]]


def confusion(model: nn.Module, sets: dict[str, Images]) -> pd.DataFrame:
    """Return which class is taken for which on several sets of images, and how that differs from the first set.

    Args:
        model: from `load_model`, or any nn.Module.
        sets: by name, the one to compare with first; all of the same classes.

    Returns:
        One row a set, true and predicted class: set true predicted n (images of the true class) share (of them,
        predicted so; NaN without images) relative (share minus that on the first set).

    Example:
        >>> data = as_images((torch.rand(4, 1, 2, 2), torch.tensor([0, 1, 0, 1])))
        >>> table = confusion(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), {"whole": data, "same": data})
        >>> len(table), float(table.relative.abs().max())
        (8, 0.0)
    """
    parts, first = [], None
    for name, images in sets.items():
        classes = len(images.classes)
        counts = confusion_matrix(images.labels, predictions(model, images), labels=range(classes))
        n = torch.bincount(images.labels, minlength=classes).numpy()  # a model may predict classes that the data lack
        shares = counts / pd.Series(n).replace(0, float("nan")).to_numpy()[:, None]
        first = shares if first is None else first
        for i, true in enumerate(images.classes):
            columns = {"set": name, "true": true, "predicted": images.classes, "n": n[i], "share": shares[i]}
            parts.append(pd.DataFrame(columns | {"relative": shares[i] - first[i]}))
    return pd.concat(parts, ignore_index=True)
