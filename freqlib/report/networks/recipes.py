"""The recipes of the project's own networks, by the name of their checkpoints."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from freqlib.vision.images.synthetic import SETS
from freqlib.vision.networks.heads import HEADS

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
# What a network that was trained on a form is tested on, to see its own accuracy.
OWN: dict[str, str] = {form: changes.get("variant", "original") for form, changes in FORMS.items()}
# The arms of chapter 07; Adam's decay is coupled, AdamW's decoupled. One number means another dose in each: over 16
# epochs decoupled decay of .5 shrinks weights as SGD's of 1e-3 does, that of 5e-4 by a third of a per cent.
ARMS: dict[str, dict[str, Any]] = {
    "decay-0": {"training": {"weight_decay": 0.0}},
    "decay-5e-4": {"training": {"weight_decay": 5e-4}},
    "decay-1e-3": {"training": {"weight_decay": 1e-3}},
    "dropout": {"training": {"weight_decay": 0.0}, "dropout": 0.5},
    "decay-1e-2": {"training": {"weight_decay": 1e-2}},  # to show itself in a short training
    "adam-0": {"training": {"optimizer": "adam", "weight_decay": 0.0}},
    "adam": {"training": {"optimizer": "adam", "weight_decay": 5e-4}},
    "adamw": {"training": {"optimizer": "adamw", "weight_decay": 0.05}},
    "adamw-5e-1": {"training": {"optimizer": "adamw", "weight_decay": 0.5}},
}
# Half the time of float32, for the long trainings.
_FAST = {"autocast": "bfloat16"}
# What chapter 05 changes about a plain training, "original": the head, the same head on the plain network's frozen
# backbone, the filters, the images, or the length, with augmentation.
STRATEGIES: dict[str, dict[str, Any]] = {
    "original": {},
    **{head: {"suffix": f"-{head}"} for head in HEADS[1:]},
    **{
        f"frozen-{head}": {"suffix": f"-{head}", "backbone": "original", "training": {"only": "head"}}
        for head in HEADS[1:]
    },
    "blur": {"suffix": "-blur"},
    "constrained": {"training": {"filters": "constrained"}},
    "penalized": {"training": {"filters": "penalized"}},
    "noise": {"training": {"noise": 0.1}},
    "long": {"training": {"epochs": 30, "augment": "crop-flip", **_FAST}},
}
# One short cycle, without augmentation: a crop with mirrored edges would put into a blurred image what the blur took.
_SHORT = {"epochs": 3, "augment": "none", **_SGD}
_OF_DATA: dict[str, dict[str, Any]] = {"photo-patches": {"batch": 64}, "fashion-mnist": _FAST}
# As the authors of the Syn sets trained. "first" looks at every class twelve steps apart, in the first three epochs, or
# in the first one and a half of the wide AlexNet, whose steps cost twenty times as much.
_SYN = {"optimizer": "sgd", "lr": 0.01, "schedule": "constant", "weight_decay": 1e-4, "batch": 64, "augment": "none"}
_FIRST, _WHOLE = {"epochs": 39, "steps": 12}, {"epochs": 50}
SEEDS = range(5)


def _recipe(data: str, model: str, training: dict[str, Any], seed: int = 0, **changes: Any) -> dict[str, Any]:
    """A recipe: the data set, a cifar network, its seed, and how it is trained."""
    return {"data": data, "model": f"cifar:{model}", "seed": seed, **changes, "training": training}


def _recipes() -> Iterator[tuple[str, dict[str, Any]]]:
    stop = {"until": 0.55, "within": 0.005, "batch": 32}
    for name, settings in _OPTIMIZERS.items():
        yield f"photo-patches_{name}", _recipe("photo-patches", name, {"epochs": 10, **settings})
        for seed in SEEDS:
            yield f"cifar10_{name}_{seed}", _recipe("cifar10", name, {**stop, **_MATCHED[name], **settings}, seed)
    for data, form, seed in product(("photo-patches", "cifar10", "cifar100", "fashion-mnist"), FORMS, SEEDS):
        if form != "coarse" or data != "fashion-mnist":
            training = _SHORT | _OF_DATA.get(data, {})
            yield f"{data}_resnet20_{form}_{seed}", _recipe(data, "resnet20", training, seed, **FORMS[form])
    places = (("cifar10", "resnet20"), ("fashion-mnist", "resnet20"), ("photo-patches", "resnet8"))
    for (data, network), (arm, changes), seed in product(places, STRATEGIES.items(), SEEDS):
        if arm != "original" or network != "resnet20":  # chapter 04 has it
            base = {"backbone": f"{data}_{network}_{changes['backbone']}_{seed}"} if "backbone" in changes else {}
            training = _SHORT | _OF_DATA.get(data, {}) | changes.get("training", {})
            recipe = _recipe(data, network + changes.get("suffix", ""), training, seed, **base)
            yield f"{data}_{network}_{arm}_{seed}", recipe
    lengths = {
        ("cifar10", "resnet20"): {"epochs": 16, **_FAST},
        ("cifar10", "resnet18"): {"epochs": 50, **_FAST},
        ("photo-patches", "resnet8"): {"epochs": 2, "batch": 32, "steps": 150},
    }
    for ((data, network), length), (arm, changes), seed in product(lengths.items(), ARMS.items(), SEEDS):
        recipe = _recipe(data, network, {"optimizer": "sgd", **length, **changes["training"]}, seed)
        yield f"{data}_{network}_{arm}_{seed}", changes | recipe
    networks, lengths = ("alexnet", "alexnet-narrow", "resnet20"), {"first": _FIRST, "whole": _WHOLE}
    of_wide = {("alexnet", "first"): {"epochs": 20}, ("alexnet", "whole"): _FAST}
    for data, network, (length, steps), seed in product(SETS, networks, lengths.items(), SEEDS):
        training = _SYN | steps | of_wide.get((network, length), {})
        yield f"{data}_{network}_{length}_{seed}", _recipe(data, network, training, seed, record="f1")


RECIPES: dict[str, dict[str, Any]] = dict(_recipes())
