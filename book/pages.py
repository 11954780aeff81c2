"""The tables of the book that are computed: the bands, how each notebook was run, the ledger of claims, and speed.

This module is also the book's Sphinx extension (see `_config.yml`): it writes the pages right before they are read, and
switches on the buttons that need the repository's address, which the environment variable FREQLIB_REPOSITORY holds.
"""

import ast
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.report.results import load_table
from freqlib.signal.bands import Bands

REPOSITORY = "FREQLIB_REPOSITORY"

_SHOWN = ("python", "torch", "torchvision", "timm", "numpy")


def write_pages(book: Path) -> list[Path]:
    """Write the computed tables of a book into its folder `_generated`.

    Args:
        book: the book's source folder; executed notebooks are read from `book/notebooks`, the ledger of claims from
            `data/claims.csv`, the benchmarks from `benchmarks` beside the book.

    Returns:
        The files; one whose text would not change is left untouched, so that no page is built anew for nothing.

    Raises:
        InputError: the ledger is missing or lacks a column.

    Example:
        >>> write_pages(Path("book"))  # doctest: +SKIP
        [PosixPath('book/_generated/bands.md'), PosixPath('book/_generated/chapters.md'), ...]
    """
    notebooks = sorted((book / "notebooks").glob("*.ipynb"))
    claims = decided(book.parent / "data" / "claims.csv", notebooks)
    texts = {
        "bands.md": bands_table((7, 8, 14, 32)),
        "chapters.md": chapters_table(claims, notebooks),
        "claims.md": claims_table(claims, notebooks),
        "execution.md": execution_table(notebooks),
        "speed.md": speed_tables(book.parent / "benchmarks"),
    }
    folder = book / "_generated"
    for name, text in texts.items():
        if not (folder / name).is_file() or (folder / name).read_text() != text:
            atomic.write(folder / name, text)
    return [folder / name for name in texts]


def bands_table(sides: Iterable[int]) -> str:
    """Return the seven bands and how many cells each holds on square maps, as a Markdown table.

    Args:
        sides: of the maps, in pixels.

    Returns:
        One row a band.

    Example:
        >>> print(bands_table([7]).splitlines()[2])
        | ultra-low | 0 | 0.05 | 1 |
    """
    bands, sides = Bands.seven(), list(sides)
    counts = [bands.cells(side, side).tolist() for side in sides]
    rows = [
        [name, f"{low:g}", f"{high:g}" if high < inf else "", *map(str, cells)]
        for name, low, high, *cells in zip(bands.names, bands.edges[:-1], bands.edges[1:], *counts, strict=True)
    ]
    return markdown(["Band", "From", "To", *(f"Cells of {s}×{s}" for s in sides)], rows)


def execution_table(notebooks: Iterable[Path]) -> str:
    """Return a Markdown table of how executed notebooks were run.

    Args:
        notebooks: files that papermill wrote.

    Returns:
        One row per notebook: a link, the parameters that were set, the duration, the date and the commit; then the
        processors and the versions of what the numbers depend on most.
    """
    rows, machines = [], []
    for path in notebooks:
        metadata = nbformat.read(path, as_version=4).metadata
        run, stamp = metadata.get("papermill", {}), metadata.get("freqlib", {})
        changed = [f"{name} = {value!r}" for name, value in run.get("parameters", {}).items()]
        versions, hardware = stamp.get("versions", {}), stamp.get("hardware", {})
        done = [_duration(run.get("duration")), _date(run.get("end_time")), _commit(stamp.get("commit"))]
        packages = [f"{name} {versions[name]}" for name in _SHOWN if name in versions]
        processor = [f"{hardware['gpu'] or hardware['cpu']}, {hardware['cores']} cores"] if hardware else []
        machines.append(", ".join([*processor, *packages]))
        rows.append([f"[](/notebooks/{path.stem})", ", ".join(changed) or "as in the notebook", *done])
    table = markdown(["Notebook", "Parameters", "Duration", "Run on", "Commit"], rows)
    return "\n".join([table, *(f"With {machine}.\n" for machine in dict.fromkeys(machines) if machine)])


def claims_table(claims: pd.DataFrame, notebooks: Iterable[Path]) -> str:
    """Return the ledger of claims, with the verdicts that the chapters reached, as a Markdown table.

    Args:
        claims: from `decided`.
        notebooks: the chapters.

    Returns:
        One row per claim, whose verdict leads to the chapter; in small print what else speaks for or against it.
    """
    paths = {path.stem[:2]: path.stem for path in notebooks}
    rows = []
    for row in claims.itertuples():
        verdict = f"[{row.verdict}](/notebooks/{paths[row.chapter]})" if row.chapter in paths else row.verdict
        found = f"{row.found}<br><small>{row.beside}</small>" if row.beside else row.found
        rows.append([f"**{row.id}**", f"{row.claim} ({row.source})", row.statistic, verdict, found])
    return markdown(["Id", "Claim (source)", "Statistic and threshold", "Verdict", "What was found"], rows)


def chapters_table(claims: pd.DataFrame, notebooks: Iterable[Path]) -> str:
    """Return the chapters with their claims and what came of these, as a Markdown table.

    Args:
        claims: from `decided`.
        notebooks: the chapters.

    Returns:
        One row per claim, the first of a notebook with a link to it, which shows its question.
    """
    rows = []
    for path in notebooks:
        links = [f"[](/notebooks/{path.stem})"]
        for row in claims[claims.chapter == path.stem[:2]].itertuples():
            rows.append([links.pop() if links else "", f"{row.claim} ({row.id})", row.verdict])
    return markdown(["Chapter", "Claim", "Verdict"], rows)


def speed_tables(benchmarks: Path) -> str:
    """Return what was measured by each benchmark, and how, as Markdown.

    Args:
        benchmarks: the folder of the scripts; the table of NAME.py is results/NAME.csv there.

    Returns:
        A section a table: what the script says of itself, the table, and where it was measured.

    Raises:
        InputError: a table that is not as it was measured.
    """
    sections = []
    for path in sorted((benchmarks / "results").glob("*.csv")):
        table = load_table(path)
        title, _, text = ast.get_docstring(ast.parse((benchmarks / f"{path.stem}.py").read_text())).partition("\n")
        cells = table.map(lambda value: f"{value:.3g}" if isinstance(value, float) else str(value))
        made = table.attrs["provenance"]
        processor, versions = made["hardware"]["gpu"] or made["hardware"]["cpu"], made["versions"]
        where = f"Measured on {made['date'][:10]}: {processor}, torch {versions['torch']}, {_commit(made['commit'])}."
        rows = markdown(list(table.columns), cells.to_numpy().tolist())
        sections.append(f"## {title.rstrip('.')}\n{text}\n\n{rows}\n{where}\n")
    return "\n".join(sections)


def decided(ledger: Path, notebooks: Iterable[Path]) -> pd.DataFrame:
    """Return the ledger of claims with the verdicts that the chapters reached.

    Args:
        ledger: a CSV with the columns id, claim, source, statistic, chapter.
        notebooks: executed; the chapter that decides claim C1 glues its verdict under the name "verdict_C1", and what
            it rests on under "found_C1"; what else speaks for or against it, if anything, under "beside_C1".

    Returns:
        Its rows, with the columns verdict, which is "open" where no chapter has decided, found and beside.

    Raises:
        InputError: the file is missing or lacks a column.
    """
    if not ledger.is_file():
        raise InputError(f"The ledger of claims is not at {ledger}; it is part of the project.")
    table = pd.read_csv(ledger, dtype=str, keep_default_na=False)
    needed = ["id", "claim", "source", "statistic", "chapter"]
    if missing := [column for column in needed if column not in table]:
        raise InputError(f"{ledger} lacks the columns {', '.join(missing)}; it needs {', '.join(needed)}.")
    glued = {key: value for path in notebooks for key, value in glued_texts(path).items()}
    verdicts = [glued.get(f"verdict_{name}", "open") for name in table.id]
    found = [glued.get(f"found_{name}", "") for name in table.id]
    beside = [glued.get(f"beside_{name}", "") for name in table.id]
    return table.assign(verdict=verdicts, found=found, beside=beside)


def glued_texts(notebook: Path) -> dict[str, str]:
    """Return the texts that an executed notebook has glued.

    Args:
        notebook: a file that papermill wrote.

    Returns:
        Name to text; numbers as Python writes them, strings without their quotes.
    """
    texts = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            text = output.get("data", {}).get("application/papermill.record/text/plain")
            if name and text:
                texts[name] = text.strip("'\"")
    return texts


def setup(app: Any) -> dict[str, bool]:
    """Register with Sphinx; see the module's text."""
    app.connect("config-inited", lambda _, config: add_repository(config.html_theme_options))
    app.connect("builder-inited", lambda app: write_pages(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def add_repository(options: dict[str, Any]) -> None:
    """Switch on the theme's buttons that lead to the source, to Binder and to Colab, if there is an address.

    Args:
        options: the theme's, changed in place.

    Example:
        >>> options = {}
        >>> add_repository(options)  # without the environment variable nothing is switched on
        >>> options
        {}
    """
    if address := os.environ.get(REPOSITORY, "").rstrip("/"):
        options |= {
            "repository_url": address,
            "use_repository_button": True,
            "use_issues_button": True,
            "launch_buttons": {
                "notebook_interface": "jupyterlab",
                "binderhub_url": "https://mybinder.org",
                "colab_url": "https://colab.research.google.com",
            },
        }


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Args:
        head: the names of the columns.
        rows: their texts.

    Returns:
        Lines, with the bars within the texts escaped.

    Example:
        >>> print(markdown(["a"], [["x|y"]]))
        | a |
        | --- |
        | x\\|y |
        <BLANKLINE>
    """
    lines = [head, ["---"] * len(head), *rows]
    cells = [[cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in cells) + "\n"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "unknown"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _commit(full: str | None) -> str:
    return "unknown" if full is None else full[:7] + ("-dirty" if full.endswith("-dirty") else "")


def _date(stamp: str | None) -> str:
    return datetime.fromisoformat(stamp).strftime("%Y-%m-%d") if stamp else "unknown"
