"""Networks by name, from timm, torchvision and our own, with the preprocessing each was made for."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import huggingface_hub
import timm
import torchvision
from timm.data import resolve_data_config
from torch import nn

from freqlib.errors import InputError, one_of
from freqlib.vision.networks.alexnet import NARROW, AlexNet
from freqlib.vision.networks.cifar_resnet import DEPTHS, CifarResNet
from freqlib.vision.networks.cifar_timm import cifar_convnext, cifar_mixer, cifar_resnet18, cifar_vit
from freqlib.vision.networks.heads import HEADS
from freqlib.vision.networks.preprocessing import IMAGENET, Resize

CIFAR: dict[str, Callable[..., nn.Module]] = {
    **{f"resnet{depth}": partial(CifarResNet, depth) for depth in DEPTHS},
    "resnet18": cifar_resnet18,
    "vit": cifar_vit,
    "vit-mean": partial(cifar_vit, class_token=False),
    "mixer": cifar_mixer,
    "convnext": cifar_convnext,
    "alexnet": AlexNet,
    "alexnet-narrow": partial(AlexNet, widths=NARROW[0], hidden=NARROW[1]),
    **{f"resnet{depth}-blur": partial(CifarResNet, depth, blur=True) for depth in DEPTHS},
    **{f"resnet{depth}-{head}": partial(CifarResNet, depth, head=head) for depth in DEPTHS for head in HEADS[1:]},
}
HUB_TIMEOUT = 5.0  # seconds
FILES = (".py", ".pth", ".pt", ".bin", ".safetensors")  # that are taken for names


class Architecture(NamedTuple):
    """A network and how its images are to be prepared.

    Attributes:
        network: the module, from resized and normalized images to logits.
        input_shape: (c, h, w) that it was made for; None if not known.
        num_classes: number of logits; None if not known.
        resize: module that brings images to that height and width.
        statistics: (mean, std) per channel, or "none".
    """

    network: nn.Module
    input_shape: tuple[int, int, int] | None
    num_classes: int | None
    resize: nn.Module
    statistics: tuple | str


def check_name(name: str) -> None:
    """Refuse a name that no network has; nothing is built.

    Args:
        name: "NAME" or "NAME.TAG" of timm, "torchvision:NAME" or "cifar:NAME".

    Raises:
        InputError: with close matches.

    Example:
        >>> check_name("cifar:resnet20")
    """
    if name.endswith(FILES):
        raise InputError(
            f"{name!r} is a file, and no model's name; weights are named beside their model, as weights=, and a module "
            "of one's own is passed as it is, in Python."
        )
    source, _, rest = name.rpartition(":")
    if source == "cifar":
        one_of(rest, CIFAR, "cifar model")
    elif source == "torchvision":
        one_of(rest, _torchvision_names(), "torchvision model")
    elif source:
        raise InputError(f"Unknown source {source!r} of {name!r}; choose torchvision:NAME, cifar:NAME or a timm name.")
    else:
        base, dot, _ = name.partition(".")
        others = {"cifar": list(CIFAR), "torchvision": _torchvision_names()}
        elsewhere = [f"{other}:{base}" for other, names in others.items() if base in names]
        if elsewhere and not timm.is_model(base):
            raise InputError(f"Unknown model {name!r} of timm; did you mean: {elsewhere[0]}.")
        if not timm.is_model(base):  # old names count, and are in no list
            one_of(base, timm.list_models(), "model")
        if dot:
            one_of(name, timm.list_pretrained(f"{base}.*"), "set of pretrained weights")


def build(
    name: str, num_classes: int | None = None, in_chans: int | None = None, pretrained: bool = False
) -> Architecture:
    """Build a network by its name.

    Args:
        name: that `check_name` lets pass.
        num_classes: number of logits; None for what the architecture has by default.
        in_chans: channels of the images; None for three.
        pretrained: fetch weights; else they are random, drawn from torch's global generator.

    Returns:
        Architecture.

    Raises:
        InputError: the source does not offer what is asked for, or weights cannot be fetched.

    Example:
        >>> build("cifar:resnet20", num_classes=5).num_classes
        5
    """
    source, _, rest = name.rpartition(":")
    sizes = {"num_classes": num_classes, "in_chans": in_chans}
    sizes = {what: size for what, size in sizes.items() if size is not None}
    if source == "cifar":
        if pretrained:
            raise InputError(
                f"Model {name!r} has no pretrained weights to fetch; pass weights=PATH of a safetensors file."
            )
        shape = (in_chans or 3, 32, 32)
        return Architecture(CIFAR[rest](**sizes), shape, num_classes or 10, nn.Identity(), IMAGENET)
    if source == "torchvision":
        return _from_torchvision(rest, num_classes, in_chans, pretrained)
    if pretrained:
        _check_hub(name)
    network = _fetched(name, lambda: timm.create_model(name, pretrained=pretrained, **sizes))
    config = resolve_data_config(model=network)
    size = tuple(config["input_size"][1:])
    # As timm's evaluation: enlarge by 1 / crop_pct, rounded down, and crop the centre.
    scale = tuple(math.floor(pixels / config["crop_pct"]) for pixels in size)
    interpolation = config["interpolation"].replace("random", "bilinear")
    squash = config["crop_mode"] == "squash"
    shape = (in_chans or config["input_size"][0], *size)
    resize = Resize(size, None if squash else scale, interpolation)
    return Architecture(network, shape, network.num_classes, resize, (config["mean"], config["std"]))


def describe(module: nn.Module) -> Architecture:
    """Return what is known of a module that the user built: no preprocessing, timm's input size.

    Args:
        module: any nn.Module.

    Returns:
        Architecture.

    Example:
        >>> describe(nn.Flatten()).input_shape is None
        True
    """
    config = getattr(module, "pretrained_cfg", None)
    first = next((m for m in module.modules() if isinstance(m, nn.Conv2d)), None)
    shape = None
    if isinstance(config, dict) and "input_size" in config and first is not None:
        shape = (first.in_channels, *config["input_size"][1:])
    classes = getattr(module, "num_classes", None)
    known = classes if isinstance(classes, int) else None
    return Architecture(module, shape, known, nn.Identity(), "none")


def _from_torchvision(name: str, num_classes: int | None, in_chans: int | None, pretrained: bool) -> Architecture:
    if in_chans not in (None, 3):
        raise InputError(f"in_chans is {in_chans}, but torchvision's models take 3 channels; use a model of timm.")
    entries = torchvision.models.get_model_weights(name)
    if pretrained and num_classes not in (None, 1000):
        raise InputError(
            f"num_classes is {num_classes}, but the pretrained weights of 'torchvision:{name}' have "
            "1000; leave it out, or select logits by outputs=."
        )
    # Weights from a file are most often the first ones that were published.
    weights = entries.DEFAULT if pretrained else next(iter(entries))
    sizes: dict[str, Any] = {} if num_classes is None else {"num_classes": num_classes}
    sizes["weights"] = weights if pretrained else None
    if name in ("googlenet", "inception_v3"):  # whose weights want it, and which take it from no file
        sizes["transform_input"] = True
    network = _fetched(f"torchvision:{name}", lambda: torchvision.models.get_model(name, **sizes))
    recipe = weights.transforms()
    size, scale = (2 * tuple(sides) for sides in (recipe.crop_size, recipe.resize_size))
    resize = Resize(size, scale, recipe.interpolation.value)
    return Architecture(network, (3, *size), num_classes or 1000, resize, (recipe.mean, recipe.std))


def _torchvision_names() -> list[str]:
    return torchvision.models.list_models(module=torchvision.models)


def _fetched(name: str, create: Callable[[], nn.Module]) -> nn.Module:
    """Return create(), or say in one sentence why weights could not be fetched."""
    try:
        return create()
    except OSError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unreachable(name, reason) from error


def _check_hub(name: str) -> None:
    """Refuse at once what would otherwise fail after a minute of retries."""
    config = timm.get_pretrained_cfg(name)
    if config is None or not config.has_weights:
        tagged = timm.list_pretrained(f"{name.partition('.')[0]}*")[:5]
        hint = f"use one of: {', '.join(tagged)}" if tagged else "pass weights=PATH"
        raise InputError(f"Model {name!r} has no pretrained weights to fetch; {hint}.")
    files = ("model.safetensors", "pytorch_model.bin")
    repository = config.hf_hub_id
    if not repository or any(
        isinstance(huggingface_hub.try_to_load_from_cache(repository, file), str) for file in files
    ):
        return
    try:
        endpoint = huggingface_hub.constants.ENDPOINT
        huggingface_hub.get_session().head(endpoint, timeout=HUB_TIMEOUT)
    except Exception as error:  # of whichever client the hub's library uses
        raise _unreachable(name, "the hub does not answer") from error


def _unreachable(name: str, reason: str) -> InputError:
    return InputError(
        f"The pretrained weights of {name!r} could not be fetched ({reason}); pass weights=PATH of a "
        "local safetensors file, or None for random weights."
    )
