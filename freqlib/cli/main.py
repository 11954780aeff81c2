"""Reading the command line, and turning whatever happens into one answer and an exit code."""

import argparse
import contextlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Any, NoReturn

from freqlib.cli import data, heatmap, interventions, notebooks, spectra
from freqlib.cli.answers import check_files
from freqlib.errors import InputError

FAILED, REFUSED, INTERRUPTED = 1, 2, 130


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence, as all of the package does, and knows options by their whole name."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands.

    Returns:
        A parser whose result has the attribute `command`, a function from that result to an `Answer`.

    Example:
        >>> build_parser().parse_args(["data", "--json"]).json
        True
    """
    parser = Parser(prog="freqlib", description="Which spatial frequencies vision models keep, use and depend on.")
    parser.add_argument("--version", action="version", version=f"freqlib {version('freqlib')}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else")
    common.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for group in (interventions, spectra, heatmap, data, notebooks):
        group.add_commands(partial(commands.add_parser, parents=[common]))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: those of the command line; by default those of this process.

    Returns:
        The exit code.

    Example:
        >>> main(["data", "no-such-data-set"])  # with one sentence on standard error
        2
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    debug = "--debug" in arguments
    try:
        options = build_parser().parse_args(arguments)
        check_files(options)
        # What a library prints must not mix with the answer.
        with contextlib.redirect_stdout(sys.stderr):
            answer = options.command(options)
        print(json.dumps(answer.data, allow_nan=False) if options.json else answer.text, flush=True)
        if answer.complaint:
            _complain(answer.complaint)
        return answer.code
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            traceback.print_exception(error)
        code, complaint = _explain(error)
        _complain(complaint)
        return code


def _explain(error: BaseException) -> tuple[int, str]:
    """Return the exit code of an error, and one sentence."""
    what = " ".join(str(error).split())
    if isinstance(error, InputError):
        return REFUSED, what
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, "Interrupted; notebooks that had finished are kept, and what --resume names."
    return FAILED, f"{type(error).__name__}: {what} (log: {_write_log(error)})"


def _complain(sentence: str) -> None:
    print(f"freqlib: {sentence}", file=sys.stderr)


def _write_log(error: BaseException) -> str:
    """Keep the traceback of an error in a file, and return its name."""
    handle, path = tempfile.mkstemp(prefix="freqlib-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return path
