"""The project's own small checkpoints: how they are trained by their recipes and stored.

Weights are stored as float16 safetensors; the JSON beside them holds what `load_model` needs and where they come from,
and the CSV the history of the training.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import load_file, save
from torch import nn

from freqlib import atomic
from freqlib.errors import InputError, one_of
from freqlib.experiments import accuracy, feature_spectra, record_f1, record_kernels, train
from freqlib.report.networks.recipes import RECIPES
from freqlib.report.results import provenance
from freqlib.vision import Images, VisionModel, load_data, load_model, variant
from freqlib.vision.images.datasets import draw
from freqlib.vision.images.variants import ORIGINAL

# Mean and standard deviation of the pixels, near enough for both splits.
_STATISTICS = {
    "photo-patches": ((0.45,), (0.25,)),
    "cifar10": ((0.491, 0.482, 0.447), (0.247, 0.243, 0.262)),
    "cifar100": ((0.507, 0.487, 0.441), (0.267, 0.256, 0.276)),
    "fashion-mnist": ((0.286,), (0.353,)),
}
_RECORDED, _SCORED = 256, 500  # test images for spectra, and for the F1 of classes
SPLITS = ("train", "test")


def train_checkpoint(
    name: str, folder: str | Path, progress: bool = True, **changes: Any
) -> tuple[VisionModel, pd.DataFrame]:
    """Train one of the recipes and store the result.

    Args:
        name: of the recipe, and of the files.
        folder: for NAME.safetensors, NAME.json and NAME.csv; a training that was stopped goes on from NAME.state there.
        progress: show a bar.
        changes: of the recipe's training, as for `asked_training`.

    Returns:
        The trained model as it was stored (float16 rounding included), and the history of `train`, with the share of
        energy at r >= 0.5 of each default layer's maps of a few test images, "high LAYER", and the spectra of its
        kernels (`record_kernels`), or with the F1 of every class on them (`record_f1`), in columns of their own.

    Raises:
        InputError: an unknown recipe.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model, history = train_checkpoint("photo-patches_vit", folder, epochs=1, steps=1, progress=False)
        ...     sorted(path.suffix for path in Path(folder).iterdir())
        ['.csv', '.json', '.safetensors']
    """
    training = asked_training(name, **changes)
    recipe = RECIPES[name]
    path = Path(folder) / f"{name}.safetensors"
    state = path.with_suffix(".state")
    form = recipe.get("variant", ORIGINAL)
    loaded = {split: load_data(recipe["data"], split, labels=recipe.get("labels", "fine")) for split in SPLITS}
    data, test = (variant(images, form) for images in loaded.values())
    known = form == ORIGINAL and recipe["data"] in _STATISTICS
    statistics = _STATISTICS[recipe["data"]] if known else _statistics(data)
    sizes = {"num_classes": len(data.classes), "in_chans": data.shape[0], "normalize": statistics}
    torch.manual_seed(recipe["seed"])
    model = load_model(recipe["model"], **sizes)
    if "backbone" in recipe:
        _take_backbone(model.network, trained(recipe["backbone"], folder, **changes))
    if "dropout" in recipe:
        _drop_before_head(model.network, recipe["dropout"])
    count, follow = (_SCORED, record_f1) if recipe.get("record") == "f1" else (_RECORDED, _records)
    record = follow(test.select(draw(test.labels, count)))
    followed = {"record": record, "resume": state, "progress": progress}
    # Matched on the very images on which the networks are compared.
    followed["validate"] = test if "until" in training else None
    model, history = train(model, data, seed=recipe["seed"], **followed, **training)
    # A plain copy of every tensor: channels-last weights are no safetensors layout.
    tensors = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.network.state_dict().items()
    }
    notes = {
        "model": recipe["model"], "num_classes": len(data.classes), "normalize": statistics, "classes": data.classes,
        "data": recipe["data"], "split": "train", "labels": recipe.get("labels", "fine"), "variant": form,
        "seed": recipe["seed"], "training": training, "steps_done": int(history.steps.sum()),
        "duration_seconds": round(float(history.seconds.sum()), 1),
        **provenance.record(),
    }  # fmt: skip
    atomic.write(path, save(tensors))
    atomic.write(path.with_suffix(".csv"), history.to_csv(index=False, float_format="%.6g"))
    stored = load_model(recipe["model"], path, **sizes)
    if changes.get("steps") is None:
        notes["test_top1"] = accuracy(stored, test)
        if "until" in training:  # within half a point, as stored
            notes["matched"] = abs(notes["test_top1"] - training["until"]) <= 0.005
    atomic.write(path.with_suffix(".json"), json.dumps(notes, indent=2) + "\n")  # last: who has it has the rest
    state.unlink(missing_ok=True)
    return stored, history


def trained(name: str, folder: str | Path, missing: bool = True, **changes: Any) -> Path:
    """Return the weights of one of the recipes, trained as asked.

    Args:
        name: of the recipe.
        folder: as for `train_checkpoint`.
        missing: train what is not there, and anew what was trained otherwise; False refuses both.
        changes: of the recipe's training, as for `asked_training`.

    Returns:
        The path of the weights.

    Raises:
        InputError: an unknown recipe, or with `missing` False weights that are not there or were trained otherwise.

    Example:
        >>> trained("photo-patches_vit", "nowhere", missing=False)
        Traceback (most recent call last):
            ...
        freqlib.errors.InputError: nowhere/photo-patches_vit.safetensors is not there; let it be trained.
    """
    asked = asked_training(name, **changes)
    path = Path(folder) / f"{name}.safetensors"
    notes = path.with_suffix(".json")
    if notes.exists():
        held = json.loads(notes.read_text())["training"]
        odd = [key for key in {**held, **asked} if held.get(key) != asked.get(key)]
        if not odd:
            return path
        problem = f"was trained with {odd[0]}={held.get(odd[0])}, not {asked.get(odd[0])}"
    else:
        problem = "is not there"
    if not missing:
        raise InputError(f"{path} {problem}; let it be trained.")
    train_checkpoint(name, folder, **changes)
    return path


def initial(path: str | Path) -> VisionModel:
    """Return the network that the training of a stored checkpoint started from.

    Args:
        path: of weights that `train_checkpoint` has stored.

    Returns:
        The same architecture with the weights that the recipe's seed draws, all of them; where a backbone came from
        another network, the training did not start from these.

    Raises:
        InputError: weights that do not fit the network that is named beside them.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     initial(trained("photo-patches_resnet20", folder, epochs=1, steps=1)).num_classes
        12
    """
    notes = json.loads(Path(path).with_suffix(".json").read_text())
    stored = load_model(notes["model"], path)
    sizes = {"num_classes": notes["num_classes"], "in_chans": stored.input_shape[0], "normalize": notes["normalize"]}
    with torch.random.fork_rng():
        torch.manual_seed(notes["seed"])
        return load_model(notes["model"], **sizes)


def asked_training(name: str, **changes: Any) -> dict[str, Any]:
    """Return how a recipe's network is trained, as `train` takes it.

    Args:
        name: of the recipe.
        changes: of it, such as epochs, steps (of every epoch, to try out) or autocast; None leaves the recipe's.

    Returns:
        Values by name.

    Raises:
        InputError: an unknown recipe.

    Example:
        >>> asked_training("photo-patches_vit", epochs=1)["epochs"]
        1
    """
    arm = "_".join(name.split("_")[2:])  # and the seed; a recipe without an arm is named in full
    places = [known for known in RECIPES if known.count("_") == 3 and known.endswith(f"_{arm}")]
    if name not in RECIPES and name.count("_") == 3 and places:
        networks = ", ".join(place.removesuffix(f"_{arm}").replace("_", " with ") for place in places)
        raise InputError(f"There is no recipe {name!r} of a training; that of {arm} is for: {networks}.")
    recipe = RECIPES[one_of(name, RECIPES, "checkpoint")]["training"]
    return recipe | {key: value for key, value in changes.items() if value is not None}


def _statistics(images: Images) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of every channel."""
    pixels = next(iter(images.batches(len(images))))[0].double()
    return pixels.mean((0, 2, 3)).tolist(), pixels.std((0, 2, 3)).clamp_min(1e-3).tolist()


def _records(images: Images) -> Callable[[nn.Module, int], dict[str, float]]:
    def record(model: nn.Module, epoch: int) -> dict[str, float]:
        table = feature_spectra(model, images)
        shares = table[table.radius_nyquist >= 0.5].groupby("layer", sort=False).energy_share.sum()
        high = {f"high {layer}": float(share) for layer, share in shares.items()}
        return high | record_kernels(model, epoch) | record_kernels(model, epoch, fold_bn=True)

    return record


def _take_backbone(network: nn.Module, path: Path) -> None:
    """Give a network the weights of another one, all but the head's."""
    missing, _ = network.load_state_dict(load_file(path), strict=False)
    if odd := [name for name in missing if not name.startswith("head.")]:
        raise InputError(f"{path} holds no {odd[0]!r}; only the head may be missing from a backbone.")


def _drop_before_head(network: nn.Module, share: float) -> None:
    """Set a share of what the last linear layer reads to zero, in training only."""
    head = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    head.register_forward_pre_hook(lambda module, x: nn.functional.dropout(x[0], share, module.training))
