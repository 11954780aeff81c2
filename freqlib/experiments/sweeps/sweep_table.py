"""The tidy table of a sweep: every row with its interval, its controls and its status."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from freqlib.experiments.evaluation.edits import NOTHING, Edit, Editing, MapEditor
from freqlib.experiments.evaluation.intervals import columns, mean_difference, rate, rate_difference
from freqlib.experiments.evaluation.statuses import EMPTY, NO_EFFECT, OK
from freqlib.experiments.sweeps.ledger import Ledger
from freqlib.vision import Images, Layer


def sweep_table(
    model: str,
    images: Images,
    layers: list[Layer],
    editing: Editing,
    editors: list[MapEditor],
    statuses: list[dict[Edit, str]],
    ledger: Ledger,
    own_heads: bool,
) -> pd.DataFrame:
    """Build the table of a finished sweep.

    Args:
        model: its name.
        images: the data, whose groups are the units of the bootstrap.
        layers: the layers.
        editing: what was edited and how.
        editors: of each layer, with its edits in the order of the ledger's rows and its energy (n_bands,).
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
    rows = [base | untouched | numbers.of(0, OK)]
    start = 1
    for layer, editor, status in zip(layers, editors, statuses, strict=True):
        at = {edit: start + i for i, edit in enumerate(editor.edits)}
        start += len(at)
        share = (editor.energy / editor.energy.sum().clamp_min(np.finfo(float).tiny)).tolist()
        cells = editing.bands.cells(layer.height, layer.width).tolist()
        for mode in editing.modes:
            for fill in editing.fills_of(mode):
                if mode == "isolate":
                    gone = Edit(mode, fill, None)
                    rows.append(
                        base | _place(layer) | _what(mode, fill, NOTHING, np.nan, np.nan, 0, 0.0)
                        | numbers.of(at[gone], status.get(gone, OK))
                    )  # fmt: skip
                for band, name in enumerate(editing.bands.names):
                    low, high = editing.bands.edges[band : band + 2]
                    what = _what(mode, fill, name, low, high, cells[band], share[band])
                    if cells[band]:
                        edit = Edit(mode, fill, band)
                        found = numbers.of(at[edit], status.get(edit, OK))
                        for control in editing.controls:
                            # DC alone has no orbits control: its columns stay empty.
                            if (other := at.get(Edit(mode, fill, band, control))) is not None:
                                found |= numbers.control(control, at[edit], other)
                    else:
                        # Removing what is not there changes nothing; keeping it keeps nothing.
                        same = at[Edit(mode, fill, None)] if mode == "isolate" else 0
                        found = numbers.of(same, EMPTY)
                    rows.append(base | _place(layer) | what | found)
    table = pd.DataFrame(rows)
    pairs = [f"{what}_{control}" for control in editing.controls for what in ("top1", "beyond")]
    ends = [name for pair in pairs for name in columns(pair, 0, (0, 0))]
    return table.reindex(columns=[*(c for c in table if c not in (*ends, "status")), *ends, "status"])


def _place(layer: Layer) -> dict:
    return {"layer": layer.name, "depth": layer.depth, "grid_height": layer.height, "grid_width": layer.width}


def _what(mode: str, fill: str, band: str, low: float, high: float, cells: int, energy: float) -> dict:
    return {
        "mode": mode, "fill": fill, "band": band, "band_low": low, "band_high": high, "cells": cells, "energy": energy,
    }  # fmt: skip


class _Numbers:
    """Columns from the ledger's rows."""

    def __init__(self, ledger: Ledger, groups: NDArray | None) -> None:
        self.hit, self.rank, self.margin = ledger.hit.numpy(), ledger.rank.numpy(), ledger.margin.numpy()
        self.groups = groups

    def of(self, row: int, status: str) -> dict:
        hit, rank, margin = self.hit[row], self.rank[row], self.margin[row]
        clean_hit, clean_rank = self.hit[0], self.rank[0]
        change, rank_change = hit.mean() - clean_hit.mean(), float(rank.mean() - clean_rank.mean())
        # By construction more images would show no change either; what rounding in half precision changes has its ends.
        settled = row == 0 or (status == NO_EFFECT and change == rank_change == 0)
        ends = ((0.0, 0.0), (0.0, 0.0)) if settled else (
            rate_difference(hit, clean_hit, self.groups), mean_difference(rank, clean_rank, self.groups)
        )  # fmt: skip
        return {
            "n": len(hit), **columns("top1", hit.mean(), rate(hit, self.groups)), "gt_rank": rank.mean(),
            "margin": margin.mean(),
            **columns("d_top1", change, ends[0]), **columns("d_gt_rank", rank_change, ends[1]), "status": status,
        }  # fmt: skip

    def control(self, name: str, row: int, control_row: int) -> dict:
        hit, other = self.hit[row], self.hit[control_row]
        return {
            **columns(f"top1_{name}", other.mean(), rate(other, self.groups)),
            **columns(f"beyond_{name}", hit.mean() - other.mean(), rate_difference(hit, other, self.groups)),
        }
