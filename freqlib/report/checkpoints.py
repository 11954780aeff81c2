"""The project's own small checkpoints: their recipes, and how they are trained and stored.

Weights are stored as float16 safetensors; the JSON beside them holds what `load_model` needs and where they come from,
and the CSV the history of the training.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from safetensors.torch import save
from torch import nn

from freqlib import atomic
from freqlib.errors import one_of
from freqlib.experiments import accuracy, feature_spectra, record_kernels, train
from freqlib.report import provenance
from freqlib.vision import Images, VisionModel, load_data, load_model, variant
from freqlib.vision.datasets import draw
from freqlib.vision.variants import ORIGINAL

# Mean and standard deviation of the pixels, near enough for both splits.
_STATISTICS = {
    "photo-patches": ((0.45,), (0.25,)),
    "cifar10": ((0.491, 0.482, 0.447), (0.247, 0.243, 0.262)),
    "fashion-mnist": ((0.286,), (0.353,)),
}
_SGD = {"optimizer": "sgd", "weight_decay": 5e-4}
_ADAMW = {"optimizer": "adamw", "weight_decay": 0.05, "lr": 1e-3}
_OPTIMIZERS = {"resnet20": _SGD, "convnext": _ADAMW, "vit": _ADAMW, "vit-mean": _ADAMW, "mixer": _ADAMW}
# Networks that are to be compared at one accuracy stop there. The length of their cycle of the learning rate, and how
# often the accuracy is looked at, go by how fast they learn.
_MATCHED: dict[str, dict[str, Any]] = {
    "resnet20": {"epochs": 1, "every": 5},
    "convnext": {"epochs": 2, "every": 10},
    "mixer": {"epochs": 3, "every": 20},
    "vit": {"epochs": 3, "every": 40},
    "vit-mean": {"epochs": 3, "every": 40},
}
# What chapter 04 trains on: the images with other labels, or in another form.
FORMS: dict[str, dict[str, str]] = {
    "original": {},
    "coarse": {"labels": "coarse"},
    **{f"{kind}-{sigma}": {"variant": f"{kind}:{sigma}"} for kind in ("low", "high") for sigma in (2, 4)},
    "fourier": {"variant": "fourier"},
    **{f"published-{kind}-2": {"variant": f"published-{kind}:2"} for kind in ("low", "high")},
}
# The arms of chapter 07; Adam's decays are coupled and decoupled, each of a usual size.
ARMS: dict[str, dict[str, Any]] = {
    "decay-0": {"training": {"weight_decay": 0.0}},
    "decay-5e-4": {"training": {"weight_decay": 5e-4}},
    "decay-1e-3": {"training": {"weight_decay": 1e-3}},
    "dropout": {"training": {"weight_decay": 0.0}, "dropout": 0.5},
    "decay-1e-2": {"training": {"weight_decay": 1e-2}},  # to show itself in a short training
    "adam": {"training": {"optimizer": "adam", "weight_decay": 5e-4}},
    "adamw": {"training": {"optimizer": "adamw", "weight_decay": 0.05}},
}
# One short cycle, without augmentation: a crop with mirrored edges would put into a blurred image what the blur took.
_SHORT = {"epochs": 3, "augment": "none", **_SGD}
RECIPES: dict[str, dict[str, Any]] = {
    **{
        f"photo-patches_{name}": {
            "data": "photo-patches",
            "model": f"cifar:{name}",
            "seed": 0,
            "training": {"epochs": 10, **settings},
        }
        for name, settings in _OPTIMIZERS.items()
    },
    **{
        f"cifar10_{name}_{seed}": {
            "data": "cifar10",
            "model": f"cifar:{name}",
            "seed": seed,
            "training": {"until": 0.55, "within": 0.005, "batch": 32, **_MATCHED[name], **settings},
        }
        for name, settings in _OPTIMIZERS.items()
        for seed in range(5)
    },
    **{
        f"{data}_resnet20_{form}_{seed}": {
            "data": data,
            "model": "cifar:resnet20",
            "seed": seed,
            **changes,
            "training": _SHORT | ({"batch": 64} if data == "photo-patches" else {}),
        }
        for data in ("photo-patches", "cifar10", "fashion-mnist")
        for form, changes in FORMS.items()
        for seed in range(5)
        if form != "coarse" or data != "fashion-mnist"
    },
    **{
        f"{data}_{network}_{arm}_{seed}": {
            "data": data,
            "model": f"cifar:{network}",
            "seed": seed,
            **changes,
            "training": {"optimizer": "sgd", **length, **changes["training"]},
        }
        for data, network, length in (
            ("cifar10", "resnet20", {"epochs": 16}),
            ("photo-patches", "resnet8", {"epochs": 2, "batch": 32, "steps": 150}),
        )
        for arm, changes in ARMS.items()
        for seed in range(5)
    },
    "cifar10_resnet20_30-epochs": {
        "data": "cifar10",
        "model": "cifar:resnet20",
        "seed": 0,
        "training": {"epochs": 30, **_SGD},
    },
}
_RECORDED = 256
SPLITS = ("train", "test")


def train_checkpoint(
    name: str, folder: str | Path, epochs: int | None = None, steps: int | None = None, progress: bool = True
) -> tuple[VisionModel, pd.DataFrame]:
    """Train one of the recipes and store the result.

    Args:
        name: of the recipe, and of the files.
        folder: for NAME.safetensors, NAME.json and NAME.csv; a training that was stopped goes on from NAME.state there.
        epochs: instead of the recipe's.
        steps: stop every epoch after so many steps, to try out.
        progress: show a bar.

    Returns:
        The trained model as it was stored (float16 rounding included), and the history of `train`, with the share of
        energy at r >= 0.5 of each default layer's maps of a few test images, "high LAYER", and the spectra of its
        kernels (`record_kernels`), in columns of their own.

    Raises:
        InputError: an unknown recipe.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     model, history = train_checkpoint("photo-patches_vit", folder, epochs=1, steps=1, progress=False)
        ...     sorted(path.suffix for path in Path(folder).iterdir())
        ['.csv', '.json', '.safetensors']
    """
    recipe = RECIPES[one_of(name, RECIPES, "checkpoint")]
    asked = {"epochs": epochs, "steps": steps}
    training = recipe["training"] | {name: value for name, value in asked.items() if value is not None}
    path = Path(folder) / f"{name}.safetensors"
    state = path.with_suffix(".state")
    form = recipe.get("variant", ORIGINAL)
    loaded = {split: load_data(recipe["data"], split, labels=recipe.get("labels", "fine")) for split in SPLITS}
    data, test = (variant(images, form) for images in loaded.values())
    statistics = _STATISTICS[recipe["data"]] if form == ORIGINAL else _statistics(data)
    torch.manual_seed(recipe["seed"])
    model = load_model(recipe["model"], num_classes=len(data.classes), in_chans=data.shape[0], normalize=statistics)
    if "until" in training:
        training["validate"] = test  # matched on the very images on which the networks are compared
    few = test.select(draw(test.labels, _RECORDED))
    if "dropout" in recipe:
        _drop_before_head(model.network, recipe["dropout"])
    followed = {"record": _records(few), "resume": state, "progress": progress}
    model, history = train(model, data, seed=recipe["seed"], **followed, **training)
    # A plain copy of every tensor: channels-last weights are no safetensors layout.
    tensors = {
        key: (value.half() if value.is_floating_point() else value).contiguous()
        for key, value in model.network.state_dict().items()
    }
    notes = {
        "model": recipe["model"], "num_classes": len(data.classes), "normalize": statistics, "classes": data.classes,
        "data": recipe["data"], "split": "train", "labels": recipe.get("labels", "fine"), "variant": form,
        "seed": recipe["seed"], "steps": steps,
        "training": recipe["training"] | {"epochs": training["epochs"]}, "steps_done": int(history.steps.sum()),
        "duration_seconds": round(float(history.seconds.sum()), 1),
        **provenance.record(),
    }  # fmt: skip
    atomic.write(path, save(tensors))
    atomic.write(path.with_suffix(".csv"), history.to_csv(index=False, float_format="%.6g"))
    stored = load_model(recipe["model"], weights=path, num_classes=len(data.classes), in_chans=data.shape[0],
                        normalize=statistics)  # fmt: skip
    if steps is None:
        notes["test_top1"] = accuracy(stored, test)
        if "until" in training:  # within half a point, as stored
            notes["matched"] = abs(notes["test_top1"] - training["until"]) <= 0.005
    atomic.write(path.with_suffix(".json"), json.dumps(notes, indent=2) + "\n")  # last: who has it has the rest
    state.unlink(missing_ok=True)
    return stored, history


def _statistics(images: Images) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of every channel."""
    pixels = next(iter(images.batches(len(images))))[0].double()
    return pixels.mean((0, 2, 3)).tolist(), pixels.std((0, 2, 3)).clamp_min(1e-3).tolist()


def _records(images: Images) -> Callable[[nn.Module, int], dict[str, float]]:
    def record(model: nn.Module, epoch: int) -> dict[str, float]:
        table = feature_spectra(model, images)
        shares = table[table.radius_nyquist >= 0.5].groupby("layer", sort=False).energy_share.sum()
        high = {f"high {layer}": float(share) for layer, share in shares.items()}
        return high | record_kernels(model, epoch)

    return record


def _drop_before_head(network: nn.Module, share: float) -> None:
    """Set a share of what the last linear layer reads to zero, in training only."""
    head = [module for module in network.modules() if isinstance(module, nn.Linear)][-1]
    head.register_forward_pre_hook(lambda module, x: nn.functional.dropout(x[0], share, module.training))
