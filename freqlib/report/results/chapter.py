"""The results at scale of one notebook: the tables that are kept, and the runs that leave them."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from freqlib.errors import InputError, some_of
from freqlib.report.results.tables import load_table


def kept_as(results: str, epochs: int) -> str:
    """Return the name of a run's tables; those of trainings of another length never take the place of the recipes' own.

    Args:
        results: the run's name.
        epochs: of its trainings; 0 for the recipes' own.

    Returns:
        The name, with the epochs behind it if there are any.

    Example:
        >>> kept_as("cifar10", 30), kept_as("cifar10", 0)
        ('cifar10-30-epochs', 'cifar10')
    """
    return f"{results}-{epochs}-epochs" if results and epochs else results


def check_tables(tables: Sequence[str], parts: Sequence[str], results: str, train_steps: int = 0) -> None:
    """Refuse a choice of tables that a notebook cannot compute, before any work begins.

    Args:
        tables: parts of the results that are asked for; none means all.
        parts: that there are.
        results: the run's name, "" to keep nothing.
        train_steps: steps of a training for trying out, whose tables are not kept; 0 for a whole one.

    Raises:
        InputError: an unknown part, parts without a name to keep them under, or a name for what was only tried out.

    Example:
        >>> check_tables(["matrix"], ["matrix", "kernels"], "cifar10")
    """
    some_of(tables, tuple(parts), "table")
    if tables and not results:
        raise InputError(f"tables is {list(tables)} without results; name the results that they are part of.")
    if train_steps and results:
        raise InputError(
            f"results is {results!r} with train_steps {train_steps}, but only whole trainings have results; "
            "leave one of them out."
        )


class Chapter:
    """What is kept of one notebook's runs at scale; tables are named RUN_PART.

    Args:
        name: of the notebook.
        results: the folder of the tables of all notebooks.
        profile: the file of the runs.

    Attributes:
        tables: from `load_table`, by name.
        runs: the parameters of each run of the profile, by the run's name.

    Raises:
        InputError: a table without provenance, or one that was changed.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     profile = Path(folder) / "full.yml"
        ...     _ = profile.write_text("01_layerwise: [{run: small, parameters: {results: a}}]")
        ...     Chapter("01_layerwise", folder, profile).missing(lambda run: ["bands"])
        ['small']
    """

    def __init__(
        self, name: str, results: str | Path = "data/results", profile: str | Path = "notebooks/profiles/full.yml"
    ) -> None:
        self.tables = {path.stem: load_table(path) for path in sorted((Path(results) / name).glob("*.csv"))}
        self.runs: dict[str, dict[str, Any]] = {
            run["run"]: run["parameters"] for run in yaml.safe_load(Path(profile).read_text("utf-8"))[name]
        }

    def of(self, part: str) -> dict[str, pd.DataFrame]:
        """Return the tables of one part.

        Args:
            part: such as "bands".

        Returns:
            By the name of the run under which they are kept.
        """
        return {name.removesuffix(f"_{part}"): t for name, t in self.tables.items() if name.endswith(f"_{part}")}

    def joined(self, part: str, keep: Callable[[str, pd.DataFrame], object] = lambda run, table: True) -> pd.DataFrame:
        """Return the tables of one part, one below the other.

        Args:
            part: such as "bands".
            keep: whether a table is taken, by the name of its run and itself.

        Returns:
            A table; empty where there is none.
        """
        found = [table for run, table in self.of(part).items() if keep(run, table)]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()

    def missing(self, parts: Callable[[dict[str, Any]], Iterable[str]]) -> list[str]:
        """Return the runs that have not left all of their tables yet.

        Args:
            parts: that a run leaves, by its parameters.

        Returns:
            Their names; of those that have left some tables, with the parts that are not there: "NAME (PART, PART)".
        """
        names = []
        for run, settings in self.runs.items():
            due = list(parts(settings))
            name = kept_as(settings["results"], settings.get("epochs", 0))
            absent = [part for part in due if f"{name}_{part}" not in self.tables]
            names += [run if absent == due else f"{run} ({', '.join(absent)})"] if absent else []
        return names

    def overview(self, **columns: str) -> pd.DataFrame:
        """Return one row a run that has left tables; those that differ in the number at the end of the name share one.

        Args:
            columns: of the tables, by the name they get here; their first value is shown.

        Returns:
            run ("NAME-SEED, SEED, ..."), the columns asked for, date (of the last table), processor, tables (how many
            each run has left).
        """
        rows = []
        for name, t in self.tables.items():
            (run, _, part), made = name.rpartition("_"), t.attrs["provenance"]
            processor = re.sub(r"\(\w+\)| Processor| CPU", "", made["hardware"]["gpu"] or made["hardware"]["cpu"])
            where = {"date": made["date"][:10], "processor": processor}
            rows.append({"run": run, "tables": part, **where} | {own: t[c].iloc[0] for own, c in columns.items()})
        wanted = dict.fromkeys(columns, "first") | {"date": "max", "processor": "last", "tables": "count"}
        table = pd.DataFrame(rows, columns=["run", *wanted]).groupby("run", as_index=False).agg(wanted)
        # The number of 1e-3 is none at the end; a length of training may stand behind the seed.
        names = table.run.str.extract(r"^(.*?)((?<!\de)-\d+)?(-\d+-epochs)?$").fillna("")
        table["run"], table["seed"] = names[0] + names[2] + names[1].str[:1], names[1].str[1:]
        table = table.groupby(["run", *wanted], as_index=False, sort=False, dropna=False).agg({"seed": ", ".join})
        return table.assign(run=table.run + table.seed).drop(columns="seed")
