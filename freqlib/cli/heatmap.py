"""`freqlib heatmap`: what a model makes of its images when one frequency is added to them."""

import argparse
import time
from collections.abc import Callable

from freqlib.cli import options as given
from freqlib.cli.answers import Answer, draw, save, table_answer

# Spelled here, so that --help need not load torch; a test holds them to the package's own.
PHASES = ("cos", "google", "random")


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['heatmap']
    """
    parser = add(
        "heatmap",
        help="the Fourier heatmap of a model, and of its layers",
        epilog="example: freqlib heatmap --model cifar:resnet20 --weights resnet20.safetensors --dataset cifar10 "
        "--limit 1000 --figure heatmap.png",
    )
    given.add_model(parser)
    given.add_data(parser)
    parser.add_argument("--eps", type=float, default=4.0, help="L2 norm of what is added to a channel (default: 4)")
    parser.add_argument("--phase", choices=PHASES, default="cos", help="of the wave (default: cos)")
    parser.add_argument("--layers", metavar="A,B,...", help="names of layers whose maps are compared too")
    parser.add_argument("--lowest", type=int, metavar="N", help="only the N x N lowest frequencies, N odd")
    parser.add_argument("--no-clamp", action="store_true", help="let pixels leave the range from 0 to 1")
    parser.add_argument("--figure", metavar="FILE", help="also draw the error: .png, .pdf or .svg")
    parser.add_argument("--resume", metavar="FILE", help="keep the progress there; an interrupted map goes on from it")
    parser.set_defaults(command=heatmap)


def heatmap(options: argparse.Namespace) -> Answer:
    """Answer `freqlib heatmap`.

    Args:
        options: the parsed command line.

    Returns:
        A row per layer and frequency; the table and the figure are written where the options say.

    Raises:
        InputError: as by `freqlib.fourier_heatmap`, or a figure of an unknown kind.

    Example:
        >>> heatmap(options).data[0]["layer"]  # doctest: +SKIP
        'output'
    """
    import freqlib

    data = given.load_data(options)
    model, start = given.load_model(options, data), time.monotonic()
    layers = given.parse_list(options.layers) or ()
    settings = {"clamp": not options.no_clamp, "seed": options.seed, "resume": options.resume}
    table = freqlib.fourier_heatmap(model, data, options.eps, options.phase, layers, options.lowest, **settings)
    save(table, options, start)
    if options.figure:
        from freqlib.report.plots import plot_heatmap

        draw(plot_heatmap(table), options.model, options.figure)
    return table_answer(table)
