"""A sweep whose progress and table are kept: the one way in which results at scale are made."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from freqlib.experiments import sweep
from freqlib.report.results import check_name, save_table

# Below the folder in which a notebook runs, which is the checkout.
PROGRESS = Path(".cache/sweeps")


def stored_sweep(path: str | Path | None, settings: Mapping[str, Any], *arguments: Any, **options: Any) -> pd.DataFrame:
    """Run a sweep; if its table has a path, go on from its progress and write the table with its provenance.

    Args:
        path: of the table, ending in .csv; None to run and keep nothing.
        settings: the parameters to be written beside the table.
        arguments: as for `sweep`: model, data and so on.
        options: as for `sweep`, but not `resume`.

    Returns:
        The table of `sweep`.

    Raises:
        InputError: as for `sweep`, or a path that is no table's.

    Example:
        >>> import torch
        >>> data = (torch.rand(4, 1, 8, 8), torch.arange(4) % 2)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
        >>> len(stored_sweep(None, {}, net, data, "input", modes="remove", progress=False))
        8
    """
    if path is None:
        return sweep(*arguments, **options)
    path = check_name(path)
    table = sweep(*arguments, resume=PROGRESS / f"{path.stem}.npz", **options)
    precision, seed = options.get("autocast") or "float32", options.get("seed", 0)
    made = {name: str(value) for name, value in options.items() if name != "memory"}
    save_table(
        table, path, {**settings, "sweep": made}, seeds=seed, duration=table.attrs["seconds"], precision=str(precision)
    )
    return table
