"""`freqlib layers` and `freqlib data`: which layers a model has, and which data sets are here."""

import argparse
import json
from collections.abc import Callable

from freqlib.cli.answers import Answer, table_answer
from freqlib.cli.options import NAMES
from freqlib.errors import one_of


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['layers', 'data']
    """
    layer = add(
        "layers",
        help="list the layers of a model whose maps can be read or edited",
        epilog="example: freqlib layers resnet18",
    )
    layer.add_argument("model", metavar="MODEL", help=NAMES)
    layer.set_defaults(command=list_layers)

    parser = add(
        "data",
        help="list the data sets: what is here, what is missing, how to get it",
        epilog="example: freqlib data cifar10",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these data sets (default: all)")
    parser.set_defaults(command=list_data)


def list_layers(options: argparse.Namespace) -> Answer:
    """Answer `freqlib layers`.

    Args:
        options: with `model`.

    Returns:
        A row per layer.

    Raises:
        InputError: as by `freqlib.layers`.

    Example:
        >>> list_layers(argparse.Namespace(model="cifar:resnet8")).data[-1]["name"]
        'layer3'
    """
    import freqlib

    return table_answer(freqlib.layers(options.model))


def list_data(options: argparse.Namespace) -> Answer:
    """Answer `freqlib data`.

    Args:
        options: with `names`.

    Returns:
        A row per data set.

    Raises:
        InputError: an unknown name.

    Example:
        >>> list_data(argparse.Namespace(names=["photo-patches"])).data[0]["here"]
        True
    """
    from freqlib.vision.images.datasets import data_status
    from freqlib.vision.images.root import data_root

    status = data_status()
    names = [name.replace("imagenet-val", "imagenet") for name in options.names]  # the same set, by its split
    for name in names:
        one_of(name, status.name, "data set")
    if names:
        status = status[status.name.isin(names)]
    width = max(map(len, status.name))
    lines = [f"Data sets are looked for in {data_root()} (the environment variable FREQLIB_DATA changes that)."]
    for row in status.itertuples():
        lines.append(f"  {row.name:<{width}}  {'here' if row.here else 'missing':<8} {row.splits}")
        if not row.here or options.names:
            lines += [f"  {'':<{width}}  {text}" for text in (row.where, row.how, row.terms) if text]
    if not names:
        lines.append("  imagefolder:PATH is any folder with a folder per class, imagenet-val the split val of imagenet")
    return Answer("\n".join(lines), json.loads(status.to_json(orient="records")))
