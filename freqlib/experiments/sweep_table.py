"""The tidy table of a sweep: every row with its interval, its controls and its status."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from freqlib.experiments.edits import NOTHING, Edit, Editing
from freqlib.experiments.intervals import mean_difference, rate, rate_difference
from freqlib.experiments.ledger import Ledger
from freqlib.experiments.statuses import EMPTY, OK
from freqlib.vision import Images, Layer


def sweep_table(
    model: str,
    images: Images,
    layers: list[Layer],
    editing: Editing,
    plans: list[list[Edit]],
    energies: list[Tensor],
    statuses: list[dict[Edit, str]],
    ledger: Ledger,
    own_heads: bool = False,
) -> pd.DataFrame:
    """Build the table of a finished sweep.

    Args:
        model: its name.
        images: the data, whose groups are the units of the bootstrap.
        layers: the layers.
        editing: what was edited and how.
        plans: of each layer, in the order of the ledger's rows.
        energies: of each layer, (n_bands,).
        statuses: of each layer, the confirmed ones.
        ledger: per-image results, the untouched row first.
        own_heads: whether the untouched row belongs to the layer, since that has a classifier of its own.

    Returns:
        The table that `sweep` documents.
    """
    groups = None if images.groups is None else images.groups.numpy()
    base = {"model": model, "dataset": images.name, "split": images.split}
    numbers = _Numbers(ledger, groups)
    untouched = {
        "layer": "none", "depth": 0.0, "grid_height": images.shape[1],
        "grid_width": images.shape[2], "mode": "none", "fill": "none", "band": "all", "band_low": 0.0,
        "band_high": np.inf, "cells": images.shape[1] * images.shape[2], "energy": 1.0,
    }  # fmt: skip
    if own_heads:
        untouched |= _place(layers[0]) | {"cells": layers[0].height * layers[0].width}
    rows = [base | untouched | numbers.of(0) | {"status": OK}]
    start = 1
    for layer, plan, energy, status in zip(layers, plans, energies, statuses, strict=True):
        at = {edit: start + i for i, edit in enumerate(plan)}
        start += len(plan)
        share = (energy / energy.sum().clamp_min(np.finfo(float).tiny)).tolist()
        cells = editing.bands.cells(layer.height, layer.width).tolist()
        for mode in editing.modes:
            for fill in editing.fills_of(mode):
                if mode == "isolate":
                    gone = Edit(mode, fill, None)
                    rows.append(
                        base | _place(layer) | _what(mode, fill, NOTHING, np.nan, np.nan, 0, 0.0)
                        | numbers.of(at[gone]) | {"status": status.get(gone, OK)}
                    )  # fmt: skip
                for band, name in enumerate(editing.bands.names):
                    low, high = editing.bands.edges[band : band + 2]
                    what = _what(mode, fill, name, low, high, cells[band], share[band])
                    if cells[band]:
                        edit = Edit(mode, fill, band)
                        found = numbers.of(at[edit]) | {"status": status.get(edit, OK)}
                        for control in editing.controls:
                            found |= numbers.control(control, at[edit], at.get(Edit(mode, fill, band, control)))
                    else:
                        # Removing what is not there changes nothing; keeping it keeps nothing.
                        same = at[Edit(mode, fill, None)] if mode == "isolate" else 0
                        found = numbers.of(same) | {"status": EMPTY}
                    rows.append(base | _place(layer) | what | found)
    table = pd.DataFrame(rows)
    for control in editing.controls:
        for column in (f"top1_{control}", f"beyond_{control}"):
            for end in ("", "_low", "_high"):
                if column + end not in table:
                    table[column + end] = np.nan
    return table[[c for c in table if c != "status"] + ["status"]]


def _place(layer: Layer) -> dict:
    return {"layer": layer.name, "depth": layer.depth, "grid_height": layer.height, "grid_width": layer.width}


def _what(mode: str, fill: str, band: str, low: float, high: float, cells: int, energy: float) -> dict:
    return {
        "mode": mode, "fill": fill, "band": band, "band_low": low, "band_high": high, "cells": cells, "energy": energy,
    }  # fmt: skip


class _Numbers:
    """Columns from the ledger's rows."""

    def __init__(self, ledger: Ledger, groups: NDArray | None) -> None:
        self.ledger, self.groups = ledger, groups

    def of(self, row: int) -> dict:
        hit, rank, margin = self.ledger.hit[row], self.ledger.rank[row], self.ledger.margin[row]
        clean_hit, clean_rank = self.ledger.hit[0], self.ledger.rank[0]
        low, high = rate(hit, self.groups)
        d_low, d_high = rate_difference(hit, clean_hit, self.groups) if row else (0.0, 0.0)
        rank_low, rank_high = mean_difference(rank, clean_rank, self.groups) if row else (0.0, 0.0)
        return {
            "n": len(hit), "top1": hit.mean(), "top1_low": low, "top1_high": high, "gt_rank": rank.mean(),
            "margin": margin.mean(), "d_top1": hit.mean() - clean_hit.mean(), "d_top1_low": d_low,
            "d_top1_high": d_high, "d_gt_rank": float(rank.mean() - clean_rank.mean()), "d_gt_rank_low": rank_low,
            "d_gt_rank_high": rank_high,
        }  # fmt: skip

    def control(self, name: str, row: int, control_row: int | None) -> dict:
        columns = f"top1_{name}", f"beyond_{name}"
        if control_row is None:
            return {column + end: np.nan for column in columns for end in ("", "_low", "_high")}
        hit, control_hit = self.ledger.hit[row], self.ledger.hit[control_row]
        beyond = hit.mean() - control_hit.mean()
        values = (
            (control_hit.mean(), *rate(control_hit, self.groups)),
            (beyond, *rate_difference(hit, control_hit, self.groups)),
        )
        return {
            column + end: value
            for column, three in zip(columns, values, strict=True)
            for end, value in zip(("", "_low", "_high"), three, strict=True)
        }
