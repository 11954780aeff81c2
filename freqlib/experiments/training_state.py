"""The state of a training in a file, from which a stopped one goes on to the same weights."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import torch

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.experiments.progress import identify_images
from freqlib.vision import Images


def digest(images: Images) -> str:
    """Return a short hash of what tells one set of images from another.

    Args:
        images: any.

    Returns:
        16 hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(identify_images(images)).encode()).hexdigest()[:16]


def load_state(path: str | Path | None, recipe: dict[str, Any]) -> dict[str, Any] | None:
    """Return the state that a training stopped in.

    Args:
        path: of the file, or None.
        recipe: what the training is; a file of another one is refused.

    Returns:
        What `save_state` was given, by name; None without a file.

    Raises:
        InputError: the file belongs to another training, or cannot be read.
    """
    if path is None or not Path(path).exists():
        return None
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        held = state["recipe"]
    except Exception as error:  # a file that is cut short, or no state, may fail anywhere
        raise InputError(
            f"{path} cannot be read as the state of a training ({type(error).__name__}); delete it or name another."
        ) from None
    for name, value in recipe.items():
        if held.get(name) != value:
            raise InputError(
                f"{path} holds a training with {name}={held.get(name)!r}, not {value!r}; "
                "delete it or name another file."
            )
    return state


def save_state(path: str | Path | None, **state: Any) -> None:
    """Write the state of a training.

    Args:
        path: of the file; None writes nothing.
        state: its `recipe`, by which `load_state` knows it, and whatever else the training goes on from.

    Example:
        >>> save_state(None, recipe={})
    """
    if path is not None:
        buffer = io.BytesIO()
        torch.save(state, buffer)
        atomic.write(Path(path), buffer.getvalue())
