"""Weights from files, and whether they fit a network."""

import pickle
from pathlib import Path
from textwrap import shorten

from timm.models import clean_state_dict, load_state_dict
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision.images.root import read_json


def read_weights(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a weights file by name; nothing in the file is executed.

    Args:
        path: a safetensors file, or a state dict saved by torch; of a training checkpoint that has both, the averaged
            weights (state_dict_ema).

    Returns:
        Tensors on the CPU, in the types they were stored in.

    Raises:
        InputError: the file is missing, of another kind, or cannot be read.
    """
    if not path.is_file():
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise InputError(
            f"There is no weights file {str(path)!r}{where}; pass the path of a safetensors or .pth file, "
            "'pretrained', or None for random weights."
        )
    try:
        # timm unwraps training checkpoints ("state_dict", "model") and strips "module." prefixes; before 1.0.26 it ran
        # the code in a file unless it was told not to.
        state = dict(load_state_dict(str(path), weights_only=True))
    except Exception as error:  # a file may be broken in many ways
        unsafe = isinstance(error, pickle.UnpicklingError) or "weights_only" in str(error)
        named = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        reason = "it holds more than tensors, or is broken" if unsafe else named
        raise InputError(
            f"The weights file {str(path)!r} cannot be read ({reason}); save model.state_dict() again, "
            "as safetensors at best."
        ) from error
    inside = next((state[key] for key in ("model_state_dict", "net") if isinstance(state.get(key), dict)), None)
    state = state if inside is None else clean_state_dict(inside)
    if not state or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(
            f"The weights file {str(path)!r} holds no state dict (a tensor per name); save model.state_dict()."
        )
    return state


def read_notes(path: Path) -> dict[str, object]:
    """Return the JSON object beside a weights file (same name, .json), or {} if there is none.

    Args:
        path: the weights file.

    Returns:
        The object; `load_model` reads "normalize" and "resize" from it.

    Raises:
        InputError: the file is no JSON object.
    """
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return {}
    notes = read_json(beside, "mend or remove it")
    if not isinstance(notes, dict):
        raise InputError(f"{str(beside)!r} must hold a JSON object; mend or remove it.")
    return notes


def sizes_in(state: dict[str, Tensor], network: nn.Module) -> dict[str, int]:
    """Return the numbers of classes and of image channels that a file has other than a network.

    Args:
        state: tensors by name.
        network: built with its default sizes.

    Returns:
        "num_classes" if all tensors that differ along their first axis alone agree on it, and
        "in_chans" likewise for the second axis of convolutions; neither if the sizes agree.
    """
    found: dict[str, set[int]] = {"num_classes": set(), "in_chans": set()}
    for name, own in network.state_dict().items():
        given = state.get(name)
        if given is None or given.ndim != own.ndim or given.ndim == 0:
            continue
        differing = [axis for axis in range(own.ndim) if given.shape[axis] != own.shape[axis]]
        if differing == [0]:
            found["num_classes"].add(given.shape[0])
        elif differing == [1] and own.ndim == 4:
            found["in_chans"].add(given.shape[1])
    return {what: sizes.pop() for what, sizes in found.items() if len(sizes) == 1}


def load_weights(network: nn.Module, state: dict[str, Tensor], source: str, name: str) -> None:
    """Copy tensors into a network, in the network's own types (float16 becomes float32).

    Args:
        network: changed in place.
        state: tensors by name; every tensor of the network must be there, and no other.
        source: the file's name, for the refusal.
        name: the model's name, for the refusal.

    Raises:
        InputError: they do not fit; what PyTorch says of it begins with the names that are missing.
    """
    for wrapper in ("module.", "_orig_mod."):  # which reading has taken away
        if all(own.startswith(wrapper) for own in network.state_dict()):
            state = {wrapper + key.removeprefix(wrapper): value for key, value in state.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        told = shorten(str(error).partition("\n")[2], 160, placeholder=" ...")
        raise InputError(
            f"The weights in {source!r} do not fit {name} ({told}); name the architecture and num_classes they "
            "are of, or weights of this one, without what a wrapper may have put before the names."
        ) from None
