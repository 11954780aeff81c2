"""What an experiment has so far, kept in a file while it runs, so that an interrupted one goes on where it stopped."""

import hashlib
import io
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import nn

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.vision import Images, VisionModel, fingerprint

SAVE_EVERY_S = 30.0
# The floors of the package that numbers come from.
FLOORS = ("signal", "vision", "experiments")


@lru_cache(maxsize=1)
def code() -> str:
    """Return what tells one version of the experiments from another.

    Returns:
        16 hexadecimal digits, of the sources that numbers come from.
    """
    sources = (path for floor in FLOORS for path in sorted((Path(__file__).parents[1] / floor).glob("*.py")))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def identify_model(model: VisionModel, head: nn.Module | None = None) -> dict[str, Any]:
    """Return what tells one model from another, for the identity of a `Progress`.

    Args:
        model: whose weights, resizing and normalization count.
        head: a classifier in place of the model's own, or None.

    Returns:
        Values that JSON knows, by name.
    """
    own = {"resize": repr(model.resize), "normalize": repr(model.normalize)}
    kept = {"groups": model.groups} if max(model.groups, default=1) > 1 else {}  # the weights' hash holds `outputs`
    return {"model": model.name, "weights": fingerprint(model, head), **own, **kept}


def identify_images(images: Images) -> dict[str, Any]:
    """Return what tells one set of images from another: names, indices, labels, and the pixels of a few.

    Args:
        images: any.

    Returns:
        Values that JSON knows, by name.
    """
    places = torch.linspace(0, len(images) - 1, min(8, len(images))).long().tolist()
    few = hashlib.blake2b(b"".join(images[i][0].numpy().tobytes() for i in places), digest_size=16).hexdigest()
    numbers = {"index": images.index.tolist(), "labels": images.labels.tolist()}
    return {"dataset": images.name, "split": images.split, "pixels": few, **numbers}


class Progress:
    """The file of one experiment.

    Args:
        path: of the file, or None to keep nothing.
        identity: what the experiment is (model, data, settings); a file of another one is refused, and one that other
            code has written, since its numbers may be others.

    Attributes:
        found: what the file held, arrays by name; empty where there was none.

    Raises:
        InputError: the file belongs to another experiment, or cannot be read.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Progress(f"{folder}/a.npz", {"model": "m"}).save(done=3)
        ...     int(Progress(f"{folder}/a.npz", {"model": "m"}).found["done"])
        3
    """

    def __init__(self, path: str | Path | None, identity: dict) -> None:
        self.path = Path(path) if path else None
        whole = {**identity, "code": code()}
        self.key = hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()
        self.found: dict[str, NDArray] = self._load(self.path) if self.path and self.path.exists() else {}
        self._before = float(self.found.pop("seconds", 0.0))
        self._started = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time since the experiment began, its earlier parts included."""
        return self._before + time.monotonic() - self._started

    @property
    def due(self) -> bool:
        """Whether the last saving is long ago."""
        return time.monotonic() - self._saved > SAVE_EVERY_S

    def save(self, **arrays: ArrayLike) -> None:
        """Write the file as a whole, so that the last good one survives anything.

        Args:
            arrays: all that `found` is to give back.
        """
        if self.path is None:
            return
        buffer = io.BytesIO()
        np.savez_compressed(buffer, key=self.key, seconds=self.seconds, **arrays)
        atomic.write(self.path, buffer.getvalue())
        self._saved = time.monotonic()

    def _load(self, path: Path) -> dict[str, NDArray]:
        try:
            with np.load(path, allow_pickle=False) as file:
                found = {name: file[name] for name in file.files}
            key = str(found.pop("key"))
        except Exception as error:  # a zip file may be broken in many ways
            raise InputError(
                f"{path} is no experiment's progress ({type(error).__name__}); name another file."
            ) from None
        if key != self.key:
            raise InputError(
                f"{path} holds the progress of another experiment (other model, weights, data, settings or version of "
                "freqlib); delete it or name another file."
            )
        return found
