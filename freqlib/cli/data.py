"""`freqlib data`: which data sets are here, which are missing and how to get them."""

import argparse
import json
from collections.abc import Callable

from freqlib.cli.answers import Answer
from freqlib.errors import one_of


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['data']
    """
    parser = add(
        "data",
        help="list the data sets: what is here, what is missing, how to get it",
        epilog="example: freqlib data cifar10",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these data sets (default: all)")
    parser.set_defaults(command=list_data)


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
    from freqlib.vision.datasets import data_status
    from freqlib.vision.root import data_root

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
