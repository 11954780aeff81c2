"""What a command gives back: the same result for people and for machines."""

import argparse
import io
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from freqlib import atomic
from freqlib.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

FIGURES = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Answer:
    """The result of a command.

    Args:
        text: for people.
        data: the same for machines, of what JSON knows.
        code: the exit code.
        complaint: one sentence for standard error, if the code is not 0.

    Example:
        >>> Answer("done", {"done": True}).code
        0
    """

    text: str
    data: Any
    code: int = 0
    complaint: str = ""


def table_answer(table: "pd.DataFrame") -> Answer:
    """Return a table as an answer.

    Args:
        table: any. In the text, columns x, x_low and x_high are one, "x [low, high]", and a column of one name or count
            alone stands above the table.

    Returns:
        The answer; in its data a number that is NaN or infinite is null, since JSON knows neither.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"n": [8, 8], "top1": [0.5, 1], "top1_low": [0.4, 1], "top1_high": [0.6, 1]})
        >>> print(table_answer(table).text)
        n: 8
                        top1
        0.500 [0.400, 0.600]
        1.000 [1.000, 1.000]
    """
    shown = _with_intervals(table)
    measured = [name for name in table if table[name].dtype.kind == "f" and table[name].notna().any()]
    alike = [n for n in shown if len(shown) > 1 and n not in measured and shown[n].nunique(dropna=False) == 1]
    head = [f"{name}: {shown[name].iloc[0]}" for name in alike if table[name].notna().all()]
    body = shown.drop(columns=alike).to_string(index=False, na_rep="", float_format="{:.3f}".format)
    text = "\n".join([*([", ".join(head)] if head else []), body])
    return Answer(text, json.loads(table.to_json(orient="records", double_precision=15)))


def check_files(options: argparse.Namespace) -> None:
    """Refuse a name in --out, --figure or --resume that cannot be written, before any work begins.

    Args:
        options: of any command.

    Raises:
        InputError: a name that cannot be written.

    Example:
        >>> check_files(argparse.Namespace(out=None))
    """
    if getattr(options, "out", None) is not None:
        from freqlib.report.results.tables import check_name

        check_name(options.out)
    if getattr(options, "figure", None) and Path(options.figure).suffix not in FIGURES:
        raise InputError(f"The figure is named {options.figure!r}, but must end in {', '.join(FIGURES)}.")
    for path in (Path(name) for name in (getattr(options, "figure", None), getattr(options, "resume", None)) if name):
        atomic.check_free(path)


def draw(ax: "Axes", title: str, path: str) -> None:
    """Write a figure.

    Args:
        ax: its only axes.
        title: above them.
        path: of the file, whose ending says the format.

    Example:
        >>> draw(ax, "resnet18", "spectrum.png")  # doctest: +SKIP
    """
    drawn = io.BytesIO()
    ax.set_title(title)
    ax.figure.savefig(drawn, format=Path(path).suffix[1:], dpi=200)
    atomic.write(Path(path), drawn.getvalue())
    print(f"Wrote {path}.", file=sys.stderr)


def save(table: "pd.DataFrame", options: argparse.Namespace, start: float) -> None:
    """Write the table where the options say, with the options as its parameters.

    Args:
        table: the result.
        options: with `out`, or without.
        start: `time.monotonic()` when the computation began.

    Example:
        >>> save(None, argparse.Namespace(out=None), 0.0)  # nothing asked for, nothing written
    """
    if getattr(options, "out", None) is None:
        return
    from freqlib.report.results import save_table

    hidden = ("command", "json", "debug", "out", "resume")
    parameters = {key: value for key, value in vars(options).items() if key not in hidden}
    precision = getattr(options, "autocast", None) or "float32"
    seconds = table.attrs.get("seconds", time.monotonic() - start)  # one that resumes counts all its parts
    save_table(table, options.out, parameters, [options.seed], seconds, precision)
    print(f"Wrote {options.out}, and what it was made with beside it.", file=sys.stderr)


def _with_intervals(table: "pd.DataFrame") -> "pd.DataFrame":
    from freqlib.experiments.evaluation.intervals import written

    shown = table.copy()
    for name in table:
        bounds = [f"{name}_low", f"{name}_high"]
        if set(bounds) <= set(table.columns) and table[name].dtype.kind == "f":  # a band's name has bounds too
            shown[name] = written(table, name, digits=3)
            shown = shown.drop(columns=bounds)
    return shown
