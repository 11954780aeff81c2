"""The front of the README: a picture and two tables, made from the committed results (`make readme`)."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from pages import decided, markdown

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import written
from freqlib.report import claims, plots
from freqlib.report.networks.compared import called
from freqlib.report.results import load_table

RESULTS = Path("data/results/01_layerwise")
LEDGER = Path("data/claims.csv")
PICTURE = Path("book/_assets/front.png")
NOTEBOOKS = Path("book/notebooks")
MARKS = "<!-- {}: start (make readme) -->", "<!-- {}: end -->"


def results_table(folder: Path) -> str:
    """Return the front table: what each network classifies from the low and from the high half of its input.

    Args:
        folder: with the tables NAME_halves.csv.

    Returns:
        Markdown, one row for each model and data set.
    """
    lines = [
        "| network, data (images) | untouched | only r < 0.3 | only r ≥ 0.3 | difference [95 %] | size-matched |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    tables = {path.stem: load_table(path) for path in sorted(folder.glob("*_halves.csv"))}
    for table in claims.largest(tables).values():
        found = claims.low_against_high(table)
        found = found[found.fill == "mean"]
        row = found.iloc[0]
        plain, matched = (written(found, name, times=100)[0] for name in ("estimate", "size_matched"))
        lines.append(
            f"| {called(row.model, row.dataset)} ({table.n[0]:,}) | {100 * table.top1[0]:.2f} "
            f"| {100 * row.low_top1:.1f} ({100 * row.low_orbits:.1f}) "
            f"| {100 * row.high_top1:.1f} ({100 * row.high_orbits:.1f}) | {plain} | {matched} |"
        )
    return "\n".join(lines)


def verdicts_table(ledger: Path, notebooks: Path) -> str:
    """Return the claims and what came of them.

    Args:
        ledger: the CSV of the claims.
        notebooks: the folder of the executed notebooks.

    Returns:
        Markdown, one row per claim.
    """
    rows = decided(ledger, sorted(notebooks.glob("*.ipynb"))).itertuples()
    lines = [[f"{row.claim} ({row.id})", row.verdict, row.found] for row in rows]
    return markdown(["claim", "verdict", "what was found"], lines).strip()


def with_table(text: str, name: str, table: str) -> str:
    """Return the README with one of its tables made anew.

    Args:
        text: of the README, with the two marks of the table.
        name: of the table.
        table: Markdown.

    Returns:
        The text.

    Raises:
        InputError: a mark is missing.
    """
    start, end = (mark.format(name) for mark in MARKS)
    if start not in text or end not in text:
        raise InputError(f"The README lacks the marks {start!r} and {end!r}, between which the {name} stand.")
    before, _, rest = text.partition(start)
    return f"{before}{start}\n{table}\n{end}{rest.partition(end)[2]}"


def draw_picture(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Draw the front picture: one band kept at one layer, for every layer and band.

    Args:
        tables: a title and a table of `sweep` for every panel.
        path: of the PNG.
    """
    size = (6.4 * len(tables), 1.6 + 0.34 * max(t.layer.nunique() for t in tables.values()))
    figure, axes = plt.subplots(1, len(tables), figsize=size, squeeze=False, layout="constrained")
    for ax, (title, table) in zip(axes.flat, tables.items(), strict=True):
        plots.plot_cells(table, "isolate", ax=ax).set_title(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130, bbox_inches="tight")


def main() -> None:
    """Write README.md and the picture anew, from the root of the checkout."""
    text = with_table(Path("README.md").read_text(encoding="utf-8"), "results", results_table(RESULTS))
    atomic.write(Path("README.md"), with_table(text, "verdicts", verdicts_table(LEDGER, NOTEBOOKS)))
    tables = {path.stem: load_table(path) for path in sorted(RESULTS.glob("resnet20-cifar10*_bands.csv"))}
    (table,) = claims.largest(tables).values()
    draw_picture({f"{called(table.model[0], table.dataset[0])} ({table.n[0]:,} images)": table}, PICTURE)


if __name__ == "__main__":
    main()
