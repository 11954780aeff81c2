"""`freqlib spectrum` and `freqlib kernels`: what frequencies a model's maps and kernels hold, and a class's images."""

import argparse
import time
from collections.abc import Callable

from freqlib.cli import options as given
from freqlib.cli.answers import Answer, draw, save, table_answer
from freqlib.errors import InputError

# Spelled here, so that --help need not load torch; a test holds them to the package's own.
PATHS = ("rings", "diagonal")
FEW = 100


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['spectrum', 'kernels']
    """
    spectra = add(
        "spectrum",
        help="the radial spectra of a model's layers, or of a data set's classes",
        epilog="example: freqlib spectrum --model resnet18 --weights pretrained --along diagonal --figure spectrum.png",
    )
    given.add_model(spectra, required=False)
    spectra.add_argument(
        "--per-class", action="store_true", help="of the images of each class (default: all), without a model"
    )
    given.add_data(spectra, dataset="photo-patches-rgb", few=f"{FEW} with a model, else all")
    spectra.add_argument("--layers", metavar="A,B,...", help="names of layers (default: stage ends, or blocks)")
    spectra.add_argument(
        "--along",
        choices=PATHS,
        default="rings",
        help="rings of equal radius, or the half diagonal as Park and Kim draw it (default: rings)",
    )
    spectra.add_argument(
        "--figure", metavar="FILE", help="also draw the log-amplitude (of layers: relative to DC): .png, .pdf or .svg"
    )
    spectra.set_defaults(command=spectrum)

    kernel = add(
        "kernels",
        help="the spectra of a model's convolution kernels",
        epilog="example: freqlib kernels --model resnet18 --weights pretrained --fold-bn",
    )
    given.add_model(kernel)
    kernel.add_argument("--fold-bn", action="store_true", help="weigh channels as the batch norm behind them does")
    kernel.set_defaults(command=kernels)


def spectrum(options: argparse.Namespace) -> Answer:
    """Answer `freqlib spectrum`.

    Args:
        options: the parsed command line.

    Returns:
        A row per layer or class and radius, or how many there are where the options name files that are written.

    Raises:
        InputError: as by `freqlib.feature_spectra`, neither or both of a model and --per-class, or a figure of an
            unknown kind.

    Example:
        >>> spectrum(options).data[0]["radius_nyquist"]  # doctest: +SKIP
        0.0
    """
    if bool(options.model) == options.per_class:
        raise InputError("Name either --model, for the spectra of its layers, or --per-class, for those of the images.")
    if options.per_class and (options.layers or options.along != PATHS[0]):
        raise InputError("With --per-class the spectra are on rings, of no layer; leave --layers and --along out.")
    if options.per_class and any(getattr(options, name) is not None for name in given.OF_MODELS):
        raise InputError("With --per-class the spectra are of the images; leave the options of a model out.")
    import freqlib

    if options.limit is None and not options.per_class:
        options.limit = FEW
    data, start = given.load_data(options), time.monotonic()
    if options.per_class:
        table = freqlib.class_spectra(data)
    else:
        table = freqlib.feature_spectra(
            given.load_model(options), data, given.parse_list(options.layers), options.along
        )
    save(table, options, start)
    if options.figure:
        from freqlib.report.plots import plot_spectra

        value = "log_amplitude" if options.per_class else "relative_log_amplitude"  # brightness is no spectrum
        draw(plot_spectra(table, value), options.model or data.name, options.figure)
    if (options.out or options.figure) and not options.json:  # a table of a row a radius can be very long
        return Answer(f"{len(table)} rows: {', '.join(table)}.", None)
    return table_answer(table)


def kernels(options: argparse.Namespace) -> Answer:
    """Answer `freqlib kernels`.

    Args:
        options: the parsed command line.

    Returns:
        A row per convolution and radius; the table is written where the options say.

    Raises:
        InputError: as by `freqlib.kernel_spectra`.

    Example:
        >>> kernels(options).data[0]["null_share"]  # doctest: +SKIP
        0.1111111111111111
    """
    import freqlib

    model, start = given.load_model(options), time.monotonic()
    table = freqlib.kernel_spectra(model, options.fold_bn)
    save(table, options, start)
    return table_answer(table)
