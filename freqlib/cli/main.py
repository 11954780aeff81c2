"""Reading the command line, and turning an answer, a refusal or an interruption into an exit code."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import NoReturn

from freqlib.cli import heatmap, interventions, listings, notebooks, spectra
from freqlib.cli.answers import check_files
from freqlib.errors import InputError

REFUSED, INTERRUPTED = 2, 130


class Parser(argparse.ArgumentParser):
    """A parser that refuses in one sentence, as all of the package does, and knows options by their whole name."""

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
    about = "Which spatial frequencies vision models keep, use and depend on."
    parser = Parser("freqlib", description=about, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"freqlib {version('freqlib')}")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print the result as JSON, and nothing else")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for group in (interventions, spectra, heatmap, listings, notebooks):
        group.add_commands(partial(commands.add_parser, parents=[common], allow_abbrev=False))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: those of the command line; by default those of this process.

    Returns:
        The exit code. What nobody has foreseen ends in a traceback and, as everywhere, in exit code 1.

    Example:
        >>> main(["data", "no-such-data-set"])  # with one sentence on standard error
        2
    """
    try:
        options = build_parser().parse_args(arguments)
        check_files(options)
        # What a library prints must not mix with the answer.
        with contextlib.redirect_stdout(sys.stderr):
            answer = options.command(options)
        print(json.dumps(answer.data, allow_nan=False) if options.json else answer.text, flush=True)
        complaint, code = answer.complaint, answer.code
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except InputError as error:
        complaint, code = " ".join(str(error).split()), REFUSED
    except KeyboardInterrupt:
        complaint, code = "Interrupted; what had finished is kept, and what --resume names.", INTERRUPTED
    if complaint:
        print(f"freqlib: {complaint}", file=sys.stderr)
    return code
