"""Options that several commands share, and what their texts mean."""

import argparse
import re
import sys
from typing import TYPE_CHECKING

from freqlib.errors import InputError, check_seed, one_of

if TYPE_CHECKING:
    from torch import nn

    from freqlib.signal import Bands
    from freqlib.vision import Images

BANDS = ("seven", "four")
OF_MODELS = ("weights", "num_classes", "in_chans", "outputs", "normalize", "resize", "device")
NAMES = "a timm name, torchvision:NAME or cifar:NAME such as cifar:resnet20"


def add_model(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add the options that name a model, and what every command on one takes.

    Args:
        parser: of one command.
        required: whether it does nothing without a model.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_model(parser)
        >>> parser.parse_args(["--model", "resnet18"]).weights is None
        True
    """
    group = parser.add_argument_group("model")
    group.add_argument("--model", required=required, help=NAMES)
    group.add_argument("--weights", metavar="W", help="pretrained, or a file of weights (default: untrained)")
    group.add_argument("--num-classes", type=int, metavar="N", help="outputs of the model (default: its own)")
    group.add_argument("--in-chans", type=int, metavar="N", help="channels of its images (default: its own)")
    group.add_argument("--outputs", metavar="JSON", help="a file that lists the outputs to keep (default: all)")
    group.add_argument("--normalize", metavar="NAME", help="imagenet, half or none (default: the model's own)")
    group.add_argument("--resize", type=int, metavar="PIXELS", help="to which the model resizes (default: its own)")
    group.add_argument("--device", help="cpu, cuda, ... (default: FREQLIB_DEVICE, else cpu)")
    parser.add_argument("--seed", type=int, default=0, help="of every random draw (default: 0)")
    parser.add_argument("--out", metavar="CSV", help="also write the table, with a JSON beside it")


def add_data(parser: argparse.ArgumentParser, dataset: str | None = None, few: str = "all") -> None:
    """Add the options that name a data set.

    Args:
        parser: of one command.
        dataset: the one that is taken if none is named; None if one must be.
        few: how many images are used if no limit is named, in words.

    Example:
        >>> parser = argparse.ArgumentParser()
        >>> add_data(parser)
        >>> parser.parse_args(["--dataset", "cifar10", "--limit", "500"]).limit
        500
    """
    group = parser.add_argument_group("data")
    group.add_argument(
        "--dataset",
        required=dataset is None,
        default=dataset,
        metavar="NAME",
        help="as `freqlib data` lists them, or imagefolder:PATH" + (f" (default: {dataset})" if dataset else ""),
    )
    group.add_argument("--split", default="test", help="train, val or test (default: test)")
    group.add_argument("--limit", type=int, metavar="N", help=f"how many images, evenly by class (default: {few})")
    group.add_argument("--labels", default="fine", choices=("fine", "coarse"), help="which classes (default: fine)")
    group.add_argument("--classes", help="of an imagefolder: index, sorted, or a JSON file that lists the folders")
    group.add_argument("--size", type=int, metavar="PIXELS", help="resize and crop the images to squares")


def load_data(options: argparse.Namespace, split: str | None = None, limit: int | None = None) -> "Images":
    """Return the images that the options name.

    Args:
        options: of a parser that `add_data` was used on.
        split: instead of the one that the options name, whose limit does not hold for it.
        limit: how many of its images; None for all.

    Returns:
        The images.

    Raises:
        InputError: as by `freqlib.load_data`.

    Example:
        >>> load_data(options)  # doctest: +SKIP
    """
    import freqlib
    from freqlib.vision.networks.architectures import check_name

    if getattr(options, "model", None):  # refused before any image is read
        check_name(options.model)
    name = "imagenet" if split and options.dataset == "imagenet-val" else options.dataset
    given = {what: getattr(options, what) for what in ("labels", "classes", "size", "seed")}
    return freqlib.load_data(name, split=split or options.split, limit=limit if split else options.limit, **given)


def load_model(options: argparse.Namespace, data: "Images | None" = None) -> "nn.Module":
    """Return the model that the options name.

    Args:
        options: of a parser that `add_model` and `add_data` were used on; random weights are drawn from its seed.
        data: whose classes it is to tell apart, if it is; a note says where its outputs are others.

    Returns:
        The model.

    Raises:
        InputError: as by `freqlib.load_model`.

    Example:
        >>> load_model(options)  # doctest: +SKIP
    """
    import torch

    import freqlib

    check_seed(options.seed)
    torch.manual_seed(options.seed)
    model = freqlib.load_model(options.model, **{what: getattr(options, what) for what in OF_MODELS})
    if options.weights is None:
        print(f"Note: {options.model} is untrained; --weights names weights.", file=sys.stderr)
    if data is not None and options.classes != "index" and model.num_classes not in (None, len(data.classes)):
        outputs = f"{options.model} has {model.num_classes} outputs and {data.name} {len(data.classes)} classes"
        print(f"Note: {outputs}; --outputs names those that are the classes.", file=sys.stderr)
    return model


def parse_bands(text: str) -> "Bands":
    """Return the bands that a text means.

    Args:
        text: "seven", "four", or edges such as "0,0.3,inf" in units of Nyquist.

    Returns:
        The bands.

    Raises:
        InputError: neither, or edges that do not increase from 0 to inf.

    Example:
        >>> parse_bands("0,0.3,inf").names
        ('0-0.3', '>=0.3')
    """
    from freqlib.signal import Bands

    if text in BANDS:
        return getattr(Bands, text)()
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"bands is {text!r}, but must be seven, four, or edges such as 0,0.3,inf.") from None
    return Bands(edges)


def parse_memory(text: str | None) -> float | None:
    """Return the bytes that a text means.

    Args:
        text: a number with or without a unit, such as "800MB" or "2GiB".

    Returns:
        Bytes; None for None.

    Raises:
        InputError: anything else.

    Example:
        >>> parse_memory("1.5GiB")
        1610612736.0
    """
    if text is None:
        return None
    match = re.fullmatch(r"([\d.]+)\s*(?:([kmgt])(i?)b?|b)?", text.strip().lower())
    try:
        number = float(match[1])  # type: ignore[index]
    except (TypeError, ValueError):
        raise InputError(f"memory is {text!r}, but must be bytes, such as 800MB or 2GiB.") from None
    return number * (1024 if match[3] else 1000) ** " kmgt".index(match[2] or " ")


def parse_list(text: str | None, choices: tuple[str, ...] = (), what: str = "") -> list[str] | None:
    """Return the names in a text.

    Args:
        text: names with commas between them.
        choices: the names that are allowed; any are, if it is empty.
        what: a noun for the refusal.

    Returns:
        The names; None for None.

    Raises:
        InputError: a name that is not among the choices.

    Example:
        >>> parse_list("layer1,layer2")
        ['layer1', 'layer2']
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [one_of(name, choices, what) for name in names] if choices else names
