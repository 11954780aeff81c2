"""Lets `python -m freqlib.cli` do what `freqlib` does."""

import sys

from freqlib.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
