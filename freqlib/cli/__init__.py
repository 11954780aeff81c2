"""The command line: `freqlib COMMAND ...`, a thin layer over what the package offers.

Results go to standard output, as a table or with --json as JSON; all else goes to standard error. The exit code is 0 on
success, 1 on failure, 2 on a refused argument, 130 when interrupted.
"""

from freqlib.cli.main import main

__all__ = ["main"]
