"""Result tables: a tidy CSV, and beside it a JSON that says how it came about."""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.report.results import provenance


def check_name(path: str | Path) -> Path:
    """Return the path of a result table, or refuse one that is none; for commands that compute before they save.

    Args:
        path: of the CSV.

    Returns:
        `path`.

    Raises:
        InputError: a path that does not end in .csv, lies below a file, or has a JSON of another kind beside it.

    Example:
        >>> check_name("bands.csv").stem
        'bands'
    """
    path = _as_csv(path)
    atomic.check_free(path)
    beside = path.with_suffix(".json")
    if beside.exists() and not path.exists():
        raise InputError(f"{beside} is there without its table, and would be lost; choose another name.")
    return path


def _as_csv(path: str | Path) -> Path:
    if Path(path).suffix != ".csv":
        raise InputError(f"A result table is named {str(path)!r}, but the name must end in .csv.")
    return Path(path)


def save_table(
    table: pd.DataFrame,
    path: str | Path,
    parameters: Mapping[str, Any],
    seeds: Sequence[int] | int | None = None,
    duration: float | None = None,
    precision: str | None = None,
) -> Path:
    """Write a table as CSV and, beside it, its provenance as JSON.

    Args:
        table: one observation a row; the index is not written. Numbers keep six significant digits.
        path: of the CSV; its folder is made where it is missing.
        parameters: with what the table was computed, by name; values beyond JSON's are written as text.
        seeds: the random seeds.
        duration: of the computation, in seconds.
        precision: in which the network ran, such as "float32" or "bfloat16".

    Returns:
        `path`. A reader finds the old pair or the new one; of several writers at once, the last one's pair stays.

    Raises:
        InputError: a path that does not end in .csv, no column, or one that is named twice or not by a string.

    Example:
        >>> import tempfile
        >>> table = pd.DataFrame({"band": ["nothing", "low"], "top1": [0.1, 0.52]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_table(table, folder + "/bands.csv", {"model": "resnet18"}, seeds=[0])
        ...     again = load_table(path)
        >>> again.band.tolist(), again.attrs["provenance"]["parameters"]
        (['nothing', 'low'], {'model': 'resnet18'})
    """
    import torch  # here, since a page that only shows tables need not wait for it

    path = check_name(path)
    if table.columns.empty or not table.columns.is_unique or not all(isinstance(c, str) for c in table.columns):
        raise InputError(f"Columns are {list(table.columns)}, but must be different strings, one or more.")
    text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    record = {
        "table": path.name,
        "rows": len(table),
        "columns": {column: _kind(table[column]) for column in table},
        "sha256": _digest(text),
        "parameters": _plain(dict(parameters)),
        "seeds": _plain(seeds),
        "precision": precision,
        "threads": torch.get_num_threads(),
        "duration_seconds": None if duration is None else round(duration, 1),
        **provenance.record(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic.one_writer(path.parent):
        atomic.write(path, text)
        atomic.write(path.with_suffix(".json"), json.dumps(record, indent=2, allow_nan=False) + "\n")
    return path


def load_table(path: str | Path) -> pd.DataFrame:
    """Read a table that `save_table` wrote.

    Args:
        path: of the CSV.

    Returns:
        The table; strings such as "none" and "nothing" are strings, empty cells are NaN, and
        `.attrs["provenance"]` holds the JSON.

    Raises:
        InputError: a missing CSV or JSON, or a CSV that is not the one that the JSON describes.

    Example:
        >>> load_table("nowhere.csv")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: nowhere.csv is not there; ...
    """
    path = _as_csv(path)
    beside = path.with_suffix(".json")
    for file in (path, beside):
        if not file.is_file():
            raise InputError(
                f"{file} is not there; a result table is a CSV and a JSON that says how it came about, "
                "as freqlib.report.results.save_table writes them."
            )
    with atomic.one_writer(path.parent):  # never one file of a pair and the other of the next
        text, record = (path.read_bytes().decode("utf-8").replace("\r\n", "\n"), beside.read_text("utf-8"))
    try:
        record = json.loads(record)
        columns, digest = record["columns"], record["sha256"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"{beside} is not the JSON of a result table ({error!r}); write the table anew.") from None
    if _digest(text) != digest:
        raise InputError(
            f"{path} is not the table that {beside.name} describes, so it was changed after it was computed; "
            "restore both files or compute it anew."
        )
    kinds = {"string": "str", "boolean": "bool", "integer": "int64", "number": "float64"}
    types = {column: kinds[kind] for column, kind in columns.items()}
    table = pd.read_csv(io.StringIO(text), dtype=types, keep_default_na=False, na_values=[""])
    table.attrs["provenance"] = _Record(record)
    return table


class _Record(dict):
    """A record that is copied as itself: pandas copies `attrs` in depth at every step, and took longer over it than
    over the steps."""

    def __deepcopy__(self, memo: Any) -> "_Record":
        return self


def _kind(column: pd.Series) -> str:
    kind = {"b": "boolean", "i": "integer", "u": "integer", "f": "number"}.get(column.dtype.kind, "string")
    return "number" if kind != "string" and column.hasnans else kind  # where a value is missing, it is read as NaN


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _plain(value: Any) -> Any:
    """Return `value` as JSON knows it; infinities, paths and objects as text."""

    def spelled(other: Any) -> Any:
        if isinstance(other, np.generic | np.ndarray):
            return other.tolist()
        return list(other) if isinstance(other, set | range) else str(other)

    return json.loads(json.dumps(value, default=spelled), parse_constant=lambda name: str(float(name)))
