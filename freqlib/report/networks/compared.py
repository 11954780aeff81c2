"""The networks that a notebook compares, by names that tell them apart, and the layers that its parameter means."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from freqlib.errors import InputError
from freqlib.vision import VisionModel, layers, load_model

# What tables and figures call the networks and data sets of the results at scale.
NAMES = {
    "cifar:resnet20": "ResNet-20", "cifar:resnet56": "ResNet-56", "torchvision:squeezenet1_1": "SqueezeNet",
    "vit_tiny_patch16_224": "ViT-Tiny", "cifar10": "CIFAR-10", "imagefolder:imagenet-sample": "ImageNet sample",
    "imagefolder:tiny-imagenet-200/val": "Tiny ImageNet",
}  # fmt: skip


def called(*names: str) -> str:
    """Return what readers call a network, a data set, or one on the other.

    Args:
        names: as `load_model` and `load_data` take them; those that have no other stay as they are.

    Returns:
        The names, with commas.

    Example:
        >>> called("cifar:resnet20", "cifar10"), called("resnet18")
        ('ResNet-20, CIFAR-10', 'resnet18')
    """
    return ", ".join(NAMES.get(name, name) for name in names)


def load_networks(models: Sequence[str], weights: Sequence[str], **options: Any) -> dict[str, VisionModel]:
    """Load networks by names under which none is taken for another.

    Args:
        models: as `load_model` takes them.
        weights: of each model: a file, "pretrained", or "" for random weights.
        options: further ones of `load_model`; those that are empty or 0 are left out.

    Returns:
        By its model, and where several have the same one by model and weights: "cifar:resnet20 (anti-aliased)". Tables
        name them the same way.

    Raises:
        InputError: as by `load_model`, another number of weights than of models, or one network twice.

    Example:
        >>> list(load_networks(["cifar:resnet8", "cifar:mixer"], ["", ""]))
        ['cifar:resnet8', 'cifar:mixer']
    """
    if not models or len(models) != len(weights):
        raise InputError(
            f"There are {len(models)} models and {len(weights)} weights; name one for each, as in "
            f"{[''] * max(1, len(models))} for random ones."
        )
    pairs = list(zip(models, weights, strict=True))
    if twice := [pair for i, pair in enumerate(pairs) if pair in pairs[:i]]:
        raise InputError(f"{twice[0][0]!r} with weights {twice[0][1]!r} is named twice; name other weights or another.")
    stems = [(model, Path(path).stem) for model, path in pairs]
    chosen = {name: value for name, value in options.items() if value}
    networks = {}
    for (model, path), stem in zip(pairs, stems, strict=True):
        told = stem[1] if stems.count(stem) == 1 else path  # files of one name in several folders
        name = f"{model} ({told or 'random'})" if list(models).count(model) > 1 else model
        networks[name] = load_model(model, weights=path or None, **chosen)
        networks[name].name = name
    return networks


def name_layers(network: VisionModel, shape: tuple[int, int, int], choice: str, editable: bool = False) -> list[str]:
    """Return the layers that a notebook's parameter means.

    Args:
        network: whose layers.
        shape: of the images.
        choice: "blocks", "default", or names separated by commas.
        editable: whether the first two leave out layers that can only be recorded.

    Returns:
        Their names; those that are given one by one are not looked up.

    Example:
        >>> network = load_model("cifar:resnet8")
        >>> name_layers(network, (3, 32, 32), "blocks"), name_layers(network, (3, 32, 32), "layer1, layer2")
        (['layer1.0', 'layer2.0', 'layer3.0'], ['layer1', 'layer2'])
    """
    found = layers(network, shape)
    found = found[found.editable] if editable else found
    groups = {"blocks": found[found.kind == "block"], "default": found[found.default]}
    return groups[choice].name.tolist() if choice in groups else [name.strip() for name in choice.split(",")]
