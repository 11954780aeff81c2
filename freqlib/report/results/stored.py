"""An experiment whose progress and table are kept: the one way in which results at scale are made."""

import time
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import pandas as pd

from freqlib import atomic
from freqlib.experiments.evaluation.progress import code
from freqlib.report.results.tables import check_name, save_table

# Below the folder in which a notebook runs, which is the checkout.
PROGRESS = Path(".cache/progress")


def stored(
    experiment: Callable[..., pd.DataFrame],
    path: str | Path | None,
    settings: Mapping[str, Any],
    *arguments: Any,
    **options: Any,
) -> pd.DataFrame:
    """Run an experiment; if its table has a path, go on from its progress and write the table with its provenance.

    What other code has finished is done anew; what other code has begun is refused.

    Args:
        experiment: such as `sweep`; its progress is kept if it takes `resume`.
        path: of the table, CHAPTER/NAME.csv; None to run and keep nothing.
        settings: the parameters to be written beside the table; "seeds" among them are those of trainings.
        arguments: as for the experiment: model, data and so on.
        options: as for the experiment, but not `resume`.

    Returns:
        The experiment's table.

    Raises:
        InputError: as for the experiment, or a path that is no table's.

    Example:
        >>> import torch
        >>> from freqlib.experiments import sweep
        >>> data = (torch.rand(4, 1, 8, 8), torch.arange(4) % 2)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
        >>> len(stored(sweep, None, {}, net, data, "input", modes="remove", progress=False))
        8
    """
    if path is None:
        return experiment(*arguments, **options)
    path = check_name(path)
    progress = PROGRESS / path.parent.name / f"{path.stem}.state"
    finished = progress.with_suffix(".finished")  # holds the version of the code that finished it
    if finished.exists() and finished.read_text() != code():
        for file in progress.parent.glob(f"{progress.name}*"):
            file.unlink()
        finished.unlink()
    started = time.monotonic()
    kept = {"resume": progress} if "resume" in signature(experiment).parameters else {}
    table = experiment(*arguments, **kept, **options)
    precision = options.get("autocast") or "float32"
    seed = settings.get("seeds", options.get("seeds", options.get("seed", 0)))
    made = {name: str(value) for name, value in options.items() if name not in ("memory", "progress")}
    settings = {**settings, experiment.__name__: made}
    seconds = table.attrs.get("seconds", time.monotonic() - started)  # an experiment that resumes counts all its parts
    save_table(table, path, settings, seeds=seed, duration=seconds, precision=str(precision))
    if any(progress.parent.glob(f"{progress.name}*")):  # an experiment may keep one a layer
        atomic.write(finished, code())
    return table


def each(
    experiment: Callable[..., pd.DataFrame],
    networks: Mapping[tuple, Any],
    names: Sequence[str],
    *arguments: Any,
    resume: Path | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Run an experiment on several networks.

    Args:
        experiment: such as `sweep`.
        networks: by what tells them apart.
        names: of what tells them apart.
        arguments: as for the experiment, behind the network.
        resume: a file beside which the experiment keeps one of its own for every network, if it takes `resume`.
        options: as for the experiment.

    Returns:
        The tables, one below the other, with the names as columns.

    Example:
        >>> each(lambda model: pd.DataFrame({"size": [len(model)]}), {("a", 0): "net"}, ["arm", "seed"])
           size arm  seed
        0     3   a     0
    """
    resumable = resume is not None and "resume" in signature(experiment).parameters
    tables = []
    for key, network in networks.items():
        kept = {"resume": resume.with_name("-".join(map(str, (resume.name, *key))))} if resumable else {}
        table = experiment(network, *arguments, **kept, **options)
        tables.append(table.assign(**dict(zip(names, key, strict=True))))
    return pd.concat(tables, ignore_index=True)
