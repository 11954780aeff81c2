"""`freqlib run` and `freqlib build`: executing notebooks, and making the book of them."""

import argparse
import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from freqlib import atomic
from freqlib.cli.answers import Answer
from freqlib.errors import InputError

if TYPE_CHECKING:
    from freqlib.report.runs.execution import Outcome


def add_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands of this module.

    Args:
        add: makes the parser of a command, as `add_parser` of argparse does.

    Example:
        >>> commands = argparse.ArgumentParser().add_subparsers()
        >>> add_commands(commands.add_parser)
        >>> list(commands.choices)
        ['run', 'build']
    """
    running = add(
        "run",
        help="execute notebooks, with parameters, one or many at once",
        epilog='example: freqlib run 01_layerwise --profile smoke -p compare ""',
    )
    running.add_argument("notebooks", nargs="*", metavar="NOTEBOOK", help="names in notebooks/ (default: all)")
    running.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="set a parameter, text without quotes; may be repeated; paths begin at the checkout",
    )
    running.add_argument(
        "--only", action="append", default=[], metavar="RUN", help="of a profile with named runs, only this one"
    )
    running.add_argument("--output", metavar="DIR", help="folder of the executed notebooks (default: .cache/PROFILE)")
    _add_workers(running)
    running.set_defaults(command=run)

    building = add(
        "build", help="execute the notebooks that changed and build the book", epilog="example: freqlib build --jobs 2"
    )
    building.add_argument("--force", action="store_true", help="execute every notebook, changed or not")
    _add_workers(building)
    building.set_defaults(command=build)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--profile", default="default", help="a file in notebooks/profiles (default: default)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at once (default: 1)")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster that shares this folder, tcp://...")
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="that one run may take (default: the profile's)"
    )


def run(options: argparse.Namespace) -> Answer:
    """Answer `freqlib run`.

    Args:
        options: the parsed command line.

    Returns:
        What became of each run; the code is 1 if any failed, 2 if the only trouble was refused input.

    Raises:
        InputError: an unknown notebook, profile, run or parameter, or a parameter of the wrong type.

    Example:
        >>> run(options).code  # doctest: +SKIP
        0
    """
    from freqlib.report.runs.profiles import checkout, plan
    from freqlib.report.runs.runner import run_notebooks

    _end_on_terminate()
    names = [name for name, _ in options.parameters]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InputError(f"Parameter {', '.join(sorted(twice))} is set more than once; set each once.")
    root = checkout()
    runs = plan(root, options.notebooks, options.profile, dict(options.parameters), options.only)
    folder = Path(options.output).resolve() if options.output else root / ".cache" / options.profile
    atomic.check_free(folder / "notebook.ipynb")
    outcomes = run_notebooks(runs, folder, options.jobs, options.scheduler, options.timeout)
    return _answer(outcomes, [asdict(outcome) for outcome in outcomes])


def build(options: argparse.Namespace) -> Answer:
    """Answer `freqlib build`.

    Args:
        options: the parsed command line.

    Returns:
        What became of each notebook that had to be executed, and the book's first page.

    Raises:
        InputError: an unknown profile, or one that makes no book.

    Example:
        >>> build(options).text  # doctest: +SKIP
        'The book is at _build/html/index.html.'
    """
    from freqlib.report.runs.build import build_book
    from freqlib.report.runs.profiles import checkout

    _end_on_terminate()
    book = build_book(checkout(), options.profile, options.force, options.jobs, options.scheduler, options.timeout)
    data = {"runs": [asdict(outcome) for outcome in book.outcomes], "page": book.page and str(book.page)}
    if book.page is None:
        return _answer(book.outcomes, data, book.message)
    return Answer(f"The book is at {book.page}.", data)


def _answer(outcomes: "list[Outcome]", data: Any, complaint: str = "") -> Answer:
    text = "\n".join(f"{outcome.run}: {outcome.status}, {outcome.output}" for outcome in outcomes)
    bad = [outcome for outcome in outcomes if outcome.status != "ok"]
    if not bad and not complaint:
        return Answer(text, data)
    details = [f"{outcome.message} (log: {outcome.log})" for outcome in bad]
    code = 2 if bad and all(outcome.status == "refused" for outcome in bad) else 1
    return Answer(text, data, code, " ".join([*details, complaint]).strip())


def _end_on_terminate() -> None:
    """Treat a cluster's or CI's polite end like Ctrl-C, so that no kernel outlives the command."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
