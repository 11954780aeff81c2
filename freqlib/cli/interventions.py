"""`freqlib intervene` and `freqlib sweep`: interventions on one model and one data set."""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from freqlib.cli import options as given
from freqlib.cli.answers import Answer, save, table_answer
from freqlib.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from freqlib.signal import Bands

# Spelled here, so that --help need not load torch; a test holds them to the package's own.
MODES = ("isolate", "remove", "perturb")
FILLS = ("zero", "mean")
CONTROLS = ("orbits", "energy", "norm")
HEADS = ("model", "linear")


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['intervene', 'sweep']
    """
    one = add(
        "intervene",
        help="edit one band of one layer and measure what the network still makes of it",
        epilog="example: freqlib intervene --model resnet18 --weights pretrained --layer layer4 --band ultra-low "
        "--mode remove --dataset imagenet-val --limit 1000",
    )
    given.add_model(one)
    given.add_data(one)
    edit = _add_edit(one)
    edit.add_argument("--layer", required=True, help="as `named_modules` spells it, or input; others are listed")
    edit.add_argument("--band", required=True, help="one of the bands' names")
    edit.add_argument("--mode", required=True, choices=MODES, help="keep only the band, remove it, or add noise in it")
    one.set_defaults(command=intervene)

    many = add(
        "sweep",
        help="edit every band of every layer, in one forward pass per batch",
        epilog="example: freqlib sweep --model cifar:resnet20 --weights resnet20.safetensors --dataset cifar10 "
        "--out sweep.csv --resume sweep.partial",
    )
    given.add_model(many)
    given.add_data(many)
    edit = _add_edit(many)
    edit.add_argument("--layers", metavar="A,B,...", help="names of layers (default: stage ends, or blocks)")
    edit.add_argument("--modes", metavar="A,B,...", default=",".join(MODES), help="(default: %(default)s)")
    many.add_argument("--resume", metavar="FILE", help="keep the progress there; an interrupted sweep goes on from it")
    many.set_defaults(command=sweep)


def _add_edit(parser: argparse.ArgumentParser) -> Any:
    edit = parser.add_argument_group("intervention")
    edit.add_argument("--bands", default="seven", help="seven, four, or edges such as 0,0.3,inf (default: seven)")
    edit.add_argument(
        "--fill", default="zero", metavar="A,B", help="what replaces a removed part: zero, mean (default: zero)"
    )
    edit.add_argument("--controls", default="orbits", metavar="A,B,...", help="orbits, energy, norm (default: orbits)")
    edit.add_argument(
        "--strength", type=float, default=1.0, help="of a perturbation: noise energy over the band's own (default: 1)"
    )
    edit.add_argument(
        "--head",
        choices=HEADS,
        default="model",
        help="what classifies: the rest of the model, or linear, fitted on split train (default: model)",
    )
    edit.add_argument("--fit", type=int, metavar="N", help="training images for the linear head (default: all)")
    edit.add_argument("--autocast", choices=("bfloat16", "float16"), help="precision of the network (default: float32)")
    edit.add_argument("--memory", help="limit that chooses the batch, such as 2GiB")
    return edit


def intervene(options: argparse.Namespace) -> Answer:
    """Answer `freqlib intervene`: the rows of one band, and those they are compared with.

    Args:
        options: the parsed command line.

    Returns:
        The untouched row, the band's row per fill and, when isolating, the row without any band.

    Raises:
        InputError: as by `freqlib.sweep`.

    Example:
        >>> intervene(options).data[0]["mode"]  # doctest: +SKIP
        'none'
    """
    bands = given.parse_bands(options.bands)
    band = bands.names[bands.positions(options.band)[0]]
    table = _run_sweep(options, [options.layer], _alone(bands, band), [options.mode])
    return table_answer(table[table.band.eq(band) | table["mode"].eq("none") | table.band.eq("nothing")])


def sweep(options: argparse.Namespace) -> Answer:
    """Answer `freqlib sweep`.

    Args:
        options: the parsed command line.

    Returns:
        The whole table, which is also written if the options say where.

    Raises:
        InputError: as by `freqlib.sweep`.

    Example:
        >>> len(sweep(options).data)  # doctest: +SKIP
        64
    """
    modes = given.parse_list(options.modes, MODES, "mode") or []
    return table_answer(_run_sweep(options, given.parse_list(options.layers), given.parse_bands(options.bands), modes))


def _run_sweep(
    options: argparse.Namespace, layers: list[str] | None, bands: "Bands", modes: list[str]
) -> "pd.DataFrame":
    settings = {
        "fill": given.parse_list(options.fill, FILLS, "fill"),
        "controls": given.parse_list(options.controls, CONTROLS, "control"),
        "memory": given.parse_memory(options.memory),
        "resume": getattr(options, "resume", None),
        **{what: getattr(options, what) for what in ("strength", "seed", "autocast", "head")},
    }
    if options.fit is not None and (options.head != "linear" or options.fit < 1):
        raise InputError(f"--fit is {options.fit}, but must be 1 or more, and goes with --head linear.")
    import freqlib

    data = given.load_data(options)
    model, start = given.load_model(options, data), time.monotonic()
    try:
        train = given.load_data(options, "train", options.fit) if options.head == "linear" else None
    except InputError as error:
        raise InputError(f"The linear head is fitted on split train. {error}") from None
    table = freqlib.sweep(model, data, layers, bands, modes, train=train, **settings)
    save(table, options, start)
    return table


def _alone(bands: "Bands", band: str) -> "Bands":
    """Return the bands with all others merged, so that no pass is spent on them; draws go by the band's name."""
    low, high = bands.edges[bands.names.index(band) :][:2]
    edges = sorted({0.0, low, high, float("inf")})
    names = [band if edge == low else f"not {band} ({i})" for i, edge in enumerate(edges[:-1])]
    return replace(bands, edges=tuple(edges), names=tuple(names))
