"""What the benchmarks share: CPU time of what is compared, and a table that is printed and kept on request."""

import argparse
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import torch

from freqlib.report.results import save_table


def seconds(work: Callable[[], object]) -> float:
    """Do some work, and return the CPU seconds that this thread took for it."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


def least(works: Mapping[str, Callable[[], object]], rounds: int = 5) -> pd.Series:
    """Do pieces of work in turn, so that a slow spell of the machine meets them all, and return the least of each."""
    return pd.DataFrame([{name: seconds(work) for name, work in works.items()} for _ in range(rounds)]).min()


def report(measure: Callable[[], pd.DataFrame], script: str) -> None:
    """Measure on one thread and print the table; with `--keep`, write it to results/, with its provenance."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", action="store_true", help="write the table to benchmarks/results")
    keep = parser.parse_args().keep
    torch.set_num_threads(1)
    start = time.monotonic()
    table = measure()
    print(table.to_string(index=False, float_format="%.3g"))
    if keep:
        path = Path(script).with_name("results") / f"{Path(script).stem}.csv"
        save_table(table, path, {}, seeds=0, duration=time.monotonic() - start)
