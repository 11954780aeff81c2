"""What an experiment or training has so far, kept in a file, so that an interrupted one goes on where it stopped."""

import hashlib
import io
import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.vision import Images, VisionModel

SAVE_EVERY_S = 30.0
# The floors of the package that numbers come from.
FLOORS = ("signal", "vision", "experiments")


@lru_cache(maxsize=1)
def code() -> str:
    """Return what tells one version of the experiments from another.

    Returns:
        16 hexadecimal digits, of the sources that numbers come from.
    """
    sources = (path for floor in FLOORS for path in sorted((Path(__file__).parents[2] / floor).rglob("*.py")))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]


def identify_architecture(model: VisionModel) -> dict[str, str]:
    """Return what tells one architecture and its preprocessing from another, whatever the weights.

    Args:
        model: whose modules, with the plain numbers and words that they hold, kept outputs, normalization and resizing
            count.

    Returns:
        Texts by name.
    """
    plain = [
        f"{name} {key} {value}"
        for name, module in model.named_modules()
        for key, value in sorted(vars(module).items())
        if isinstance(value, bool | int | float | str) and key != "training" and not key.startswith("_")
    ]
    built = hashlib.sha256("\n".join([repr(model.network), *plain]).encode()).hexdigest()[:16]
    own = {"resize": repr(model.resize), "normalize": repr(model.normalize), "groups": str(list(model.groups))}
    return {"layers of the model": built, **own}


def identify_model(model: VisionModel, head: nn.Module | None = None) -> dict[str, Any]:
    """Return what tells one model, and one version of the experiments, from another, for an identity of `Progress`.

    Args:
        model: whose weights and buffers count, beside what `identify_architecture` sees.
        head: a classifier in place of the model's own, or None.

    Returns:
        Plain values by name.
    """
    digest = hashlib.sha256()
    for module in (model, *([] if head is None else [head])):
        for name, value in (*module.named_parameters(), *module.named_buffers()):
            digest.update(name.encode())
            digest.update(value.detach().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    own = {"weights": digest.hexdigest()[:16], "version of freqlib": code()}
    return {"model": model.name, **identify_architecture(model), **own}


def identify_images(images: Images) -> str:
    """Return what tells one set of images from another: names, and a hash of indices, labels and pixels (of few files).

    Args:
        images: any.

    Returns:
        A short text.
    """
    digest = hashlib.sha256(json.dumps([images.index.tolist(), images.labels.tolist()]).encode())
    if isinstance(images.pixels, Tensor):
        digest.update(images.pixels.cpu().contiguous().view(torch.uint8).numpy().tobytes())  # numpy has no bfloat16
    for place in torch.linspace(0, len(images) - 1, min(8, len(images))).long().tolist():
        digest.update(images[place][0].numpy().tobytes())
    return f"{len(images)} of {images.name}, {images.split} ({digest.hexdigest()[:16]})"


class Progress:
    """The file of one experiment or training.

    Args:
        path: of the file, or None to keep nothing.
        identity: what the experiment is (model, data, settings), plain values by name; another one's file is refused.

    Attributes:
        found: what the file held, by name, on the CPU; empty where there was none.

    Raises:
        InputError: the file belongs to another experiment, or cannot be read or written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Progress(f"{folder}/a", {"model": "m"}).save(done=3)
        ...     Progress(f"{folder}/a", {"model": "m"}).found
        {'done': 3}
    """

    def __init__(self, path: str | Path | None, identity: dict[str, Any]) -> None:
        self.path, self.identity = Path(path).expanduser() if path else None, identity
        if self.path:
            atomic.check_free(self.path)
        self.found: dict[str, Any] = self._load(self.path) if self.path and self.path.exists() else {}
        self._before = self.found.pop("seconds", 0.0)
        self._started = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time since the experiment began, its earlier parts included."""
        return self._before + time.monotonic() - self._started

    @property
    def due(self) -> bool:
        """Whether the last saving is long ago."""
        return time.monotonic() - self._saved > SAVE_EVERY_S

    def save(self, **state: Any) -> None:
        """Write the file as a whole, so that the last good one survives anything.

        Args:
            state: all that `found` is to give back, tensors and plain values in lists and dictionaries.
        """
        if self.path is None:
            return
        buffer = io.BytesIO()
        torch.save({"identity": self.identity, "seconds": self.seconds, **state}, buffer)
        atomic.write(self.path, buffer.getvalue())
        self._saved = time.monotonic()

    def _load(self, path: Path) -> dict[str, Any]:
        try:
            found = torch.load(path, map_location="cpu", weights_only=True)
            held = found.pop("identity")
        except Exception as error:  # a file that is cut short, or no progress, may fail anywhere
            raise InputError(
                f"{path} cannot be read as kept progress ({type(error).__name__}); delete it or name another file."
            ) from None
        for name, value in self.identity.items():
            if held.get(name) != value:
                raise InputError(
                    f"{path} holds other progress, with {name}={held.get(name)!r}, not {value!r}; delete it or name "
                    "another file."
                )
        return found
