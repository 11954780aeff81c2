"""C1, C3 and C5: what layers need, from the tables of `sweep`."""

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import columns, unpaired_difference
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, decide

# What a row of C5 is of.
WHOSE = ["model", "dataset", "n", "fill"]


def low_against_high(table: pd.DataFrame) -> pd.DataFrame:
    """C1: top-1 with only the low half of the input's spectrum minus top-1 with only the high half.

    Args:
        table: from `sweep` at the layer "input" with two bands.

    Returns:
        One row a model, data set and fill: low_top1 high_top1 estimate low high verdict (threshold: above 0), the
        interval that of rates on different images (`unpaired_difference`); and for the halves' unlike sizes low_cells
        high_cells low_energy high_energy low_orbits high_orbits (top-1 with as many random cells) and size_matched,
        the same difference of what each half gives beyond them, with an interval that holds for any dependence.
    """
    rows = []
    kept = table[(table["mode"] == "isolate") & (table.layer == "input") & (table.band != "nothing")]
    for (model, dataset, fill), part in kept.groupby(["model", "dataset", "fill"], sort=False):
        part = part.sort_values("band_low")
        if len(part) != 2:
            raise InputError(f"C1 compares 2 bands at the input, but the table of {model} has {len(part)}.")
        below, above = part.iloc[0], part.iloc[1]
        estimate = below.top1 - above.top1
        ends = [(half.top1_low, half.top1_high) for half in (below, above)]
        low, high = unpaired_difference(below.top1, ends[0], above.top1, ends[1])
        row = {"model": model, "dataset": dataset, "fill": fill, "n": below.n}
        for name, column in {"top1": "top1", "cells": "cells", "energy": "energy", "orbits": "top1_orbits"}.items():
            row |= {f"low_{name}": below[column], f"high_{name}": above[column]}
        row |= {"estimate": estimate, "low": low, "high": high, "verdict": decide(low, high, above=0)}
        (less, reach), (more, other) = map(_beyond_random, (below, above))
        rows.append(
            row | columns("size_matched", less - more, (less - more - reach - other, less - more + reach + other))
        )
    return pd.DataFrame(rows)


def _beyond_random(row: pd.Series) -> tuple[float, float]:
    """Top-1 beyond that with as many random cells, and the half width of its interval."""
    ends = [(row[f"{name}_low"], row[f"{name}_high"]) for name in ("top1", "top1_orbits")]
    low, high = unpaired_difference(row.top1, ends[0], row.top1_orbits, ends[1])
    return row.top1 - row.top1_orbits, (high - low) / 2


def last_stage_removal(table: pd.DataFrame, classes: int, margin: float = 0.01) -> pd.DataFrame:
    """C3a and C3b: what removing the high bands does in the last stage, but not behind its last block.

    Args:
        table: from `sweep` over every block, with the upper of two bands removed, mean-filled.
        classes: of the data set, for chance.
        margin: C3a claims a change of accuracy smaller than this on either side.

    Returns:
        One row a layer of the smallest grid, the last one apart: layer, the share of its cells and of its energy that
        is removed, d_top1 and top1 with intervals, top1_orbits (as many random cells removed), n, status, and the
        verdicts C3a (the whole interval within the margin) and C3b (top-1 below twice chance).
    """
    removed = _upper_band(table)
    deepest = removed[removed.grid_height == removed.grid_height.min()].sort_values("depth").iloc[:-1]
    deepest = deepest[deepest.status == "ok"]
    if deepest.empty:
        raise InputError("C3 needs a block in the last stage before its last one, but the table has none.")
    ends = [name + end for name in ("d_top1", "top1") for end in ("", "_low", "_high")]
    rows = deepest[["model", "dataset", "n", "layer", "energy", *ends, "top1_orbits"]]
    rows.insert(4, "cell_share", deepest.cells / (deepest.grid_height * deepest.grid_width))
    inside = (rows.d_top1_low > -margin) & (rows.d_top1_high < margin)
    outside = (rows.d_top1_high < -margin) | (rows.d_top1_low > margin)
    return rows.assign(
        status=deepest.status,
        C3a=np.where(inside, REPRODUCED, np.where(outside, NOT_REPRODUCED, INCONCLUSIVE)),
        C3b=[decide(r.top1_low, r.top1_high, below=2 / classes) for r in rows.itertuples()],
    ).reset_index(drop=True)


def early_against_late(table: pd.DataFrame) -> dict[str, float | str]:
    """C5, first part: is the first third of the blocks less sensitive to high frequencies than the last third?

    Args:
        table: from `sweep` over every block of one model, with the upper of two bands removed, and the orbits control.

    Returns:
        model dataset n fill; early, late: mean absolute d_top1 over the blocks of each third; early_orbits,
        late_orbits: what is lost there with as many random cells removed; estimate: early - late with low and high;
        verdict (threshold: below 0). The blocks share their images, so the half-widths are averaged,
        not divided by the root of their number, and added: the interval is safe for any dependence.
    """
    removed = _upper_band(table)
    removed = removed[(removed.layer != "input") & (removed.status == "ok")].sort_values("depth")
    third = len(removed) // 3
    if not third:
        raise InputError(f"C5 compares thirds of the blocks, but the table has {len(removed)} that count.")
    thirds = {"early": removed.iloc[:third], "late": removed.iloc[-third:]}
    lost = {name: rows.d_top1.abs().mean() for name, rows in thirds.items()}
    lost |= {f"{name}_orbits": (rows.top1 - rows.d_top1 - rows.top1_orbits).mean() for name, rows in thirds.items()}
    reach = sum((rows.d_top1_high - rows.d_top1_low).mean() / 2 for rows in thirds.values())
    low, high = (lost["early"] - lost["late"] + side for side in (-reach, reach))
    return {
        **removed.iloc[0][WHOSE], **lost, "estimate": lost["early"] - lost["late"], "low": low, "high": high,
        "verdict": decide(low, high, below=0),
    }  # fmt: skip


def early_specificity(table: pd.DataFrame, fill: str = "zero", share: float = 1 / 3) -> dict[str, float | str]:
    """C5, second part: do the bands differ in the first third of the blocks by more than random cells explain?

    Args:
        table: from `sweep` over every block of one model, seven bands removed, with the orbits control.
        fill: of the rows.
        share: of the table's blocks that count, from the first on; 1 if it holds the first third alone.

    Returns:
        model dataset n fill; estimate: the standard deviation over the bands of beyond_orbits, averaged over the blocks
        of the first third; low and high; verdict (threshold: below .02). A standard deviation is no steeper than the
        largest error of its entries, so the mean half-width bounds its own.
    """
    rows = table[(table["mode"] == "remove") & (table.fill == fill) & (table.layer != "input")]
    blocks = rows[["layer", "depth"]].drop_duplicates().sort_values("depth").layer
    early = rows[rows.layer.isin(blocks.iloc[: max(1, int(len(blocks) * share + 1e-9))]) & (rows.status == "ok")]
    early = early[early.beyond_orbits.notna()]
    half = (early.beyond_orbits_high - early.beyond_orbits_low) / 2
    estimate = early.beyond_orbits.groupby(early.layer).std(ddof=0).mean()
    reach = (half**2).groupby(early.layer).mean().pow(0.5).mean()
    low, high = max(0.0, estimate - reach), estimate + reach
    return {
        **early.iloc[0][WHOSE], "estimate": estimate, "low": low, "high": high,
        "verdict": decide(low, high, below=0.02),
    }  # fmt: skip


def _upper_band(table: pd.DataFrame) -> pd.DataFrame:
    rows = table[(table["mode"] == "remove") & (table.fill == "mean")]
    rows = rows[rows.band_high == np.inf]
    if rows.empty:
        raise InputError("The table holds no mean-filled row of mode 'remove'; run sweep with fill='mean'.")
    return rows
