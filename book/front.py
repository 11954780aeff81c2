"""The front of the README: one picture and one table, made from the committed results (`make readme`)."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.experiments.intervals import written
from freqlib.report import claims, plots
from freqlib.report.results import load_table

RESULTS = Path("data/results/01_layerwise")
PICTURE = Path("book/_assets/front.png")
START, END = "<!-- results: start (make readme) -->", "<!-- results: end -->"


def results_table(folder: Path) -> str:
    """Return the front table: what each network classifies from the low and from the high half of its input.

    Args:
        folder: with the tables NAME_halves.csv.

    Returns:
        Markdown, one row for each model and data set.
    """
    lines = [
        "| model | data (images) | untouched | only r < 0.3 | only r ≥ 0.3 | difference [95 %] | cell for cell |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    tables = {path.stem: load_table(path) for path in sorted(folder.glob("*_halves.csv"))}
    for table in claims.largest(tables).values():
        found = claims.low_against_high(table)
        row = found[found.fill == "mean"].iloc[0]
        plain = written([100 * row.estimate], [100 * row.low], [100 * row.high], digits=1)[0]
        ends = [100 * row[f"size_matched{end}"] for end in ("", "_low", "_high")]
        matched = written(*([end] for end in ends), digits=1)[0]
        lines.append(
            f"| {row.model} | {row.dataset} ({table.n[0]:,}) | {100 * table.top1[0]:.2f} "
            f"| {100 * row.low_top1:.1f} ({100 * row.low_orbits:.1f}) "
            f"| {100 * row.high_top1:.1f} ({100 * row.high_orbits:.1f}) | {plain} | {matched} |"
        )
    return "\n".join(lines)


def with_results(text: str, folder: Path) -> str:
    """Return the README with its results made anew.

    Args:
        text: of the README, with the two marks.
        folder: as for `results_table`.

    Returns:
        The text.

    Raises:
        InputError: a mark is missing.
    """
    if START not in text or END not in text:
        raise InputError(f"The README lacks the marks {START!r} and {END!r}, between which the results stand.")
    before, _, rest = text.partition(START)
    return f"{before}{START}\n{results_table(folder)}\n{END}{rest.partition(END)[2]}"


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
    atomic.write(Path("README.md"), with_results(Path("README.md").read_text(encoding="utf-8"), RESULTS))
    tables = {path.stem: load_table(path) for path in sorted(RESULTS.glob("resnet20-cifar10*_bands.csv"))}
    (table,) = claims.largest(tables).values()
    draw_picture({f"{table.model[0]} on {table.dataset[0]} ({table.n[0]:,} images)": table}, PICTURE)


if __name__ == "__main__":
    main()
