"""How evenly a network uses the bands of its maps."""

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import columns
from freqlib.experiments.evaluation.statuses import OK


def invariance(table: pd.DataFrame, fill: str = "zero") -> pd.DataFrame:
    """Return the invariance index of every layer: the smaller, the more alike its bands are to the network.

    With a_b the top-1 where band b alone is kept and a_0 where none is, the index is the standard deviation of
    a_b - a_0 over the bands that have cells, divided by the clean top-1. High bands have many more cells than low ones;
    so a second, matched index takes, instead of a_0, the top-1 with as many random frequencies kept (`orbits`).

    Args:
        table: from `sweep`, of one model, with mode "isolate" and the control orbits.
        fill: of the rows.

    Returns:
        One row a layer, the input apart: model dataset layer depth bands (how many count); invariance and matched
        (shares of the clean top-1), each with its interval; headroom, what the network loses without the map, clean
        top-1 minus a_0, as a share of clean: where it is small, the index is too, whatever the bands hold. Bands that
        are empty or decided by construction do not count, and a layer with fewer than two that do is left out; DC has
        no control of its size, and `matched` is NaN with fewer than two controls, as is all where clean top-1 is 0. A
        standard deviation moves by no more than the root mean square of the errors of its entries, which bounds the
        interval (95 %).

    Raises:
        InputError: no isolated band, or no orbits control.

    Example:
        >>> common = {"model": "m", "dataset": "d", "layer": "a", "depth": 0.5, "fill": "zero", "status": "ok"}
        >>> ends = {f"{c}{end}": 0.0 for c in ("top1", "beyond_orbits") for end in ("_low", "_high")}
        >>> rows = [("none", "all", 0.8, 0.0), ("isolate", "nothing", 0.1, 0.0), ("isolate", "low", 0.6, 0.2),
        ...         ("isolate", "high", 0.2, 0.1)]
        >>> names = ("mode", "band", "top1", "beyond_orbits")
        >>> table = pd.DataFrame([common | ends | dict(zip(names, row)) for row in rows])
        >>> invariance(table)[["invariance", "matched"]].round(4).values.tolist()
        [[0.25, 0.0625]]
    """
    isolated = table[(table["mode"] == "isolate") & (table.fill == fill) & (table.layer != "input")]
    nothing = isolated[isolated.band == "nothing"].set_index("layer").top1
    kept = isolated[(isolated.band != "nothing") & (isolated.status == OK)]
    if isolated.empty or "beyond_orbits" not in table:
        raise InputError("The invariance index needs isolated bands and the control orbits; run sweep with both.")
    if kept.empty:
        raise InputError("What single bands do is settled by the architecture at all of these layers; name others.")
    untouched = table[table["mode"] == "none"].set_index("layer").top1.replace(0, np.nan)
    rows = []
    for layer, part in kept.groupby("layer", sort=False):
        if len(part) < 2:
            continue
        clean = untouched.get(layer, untouched.iloc[0])  # a linear head has one of its own at every layer
        row = part.iloc[0][["model", "dataset", "layer", "depth"]].to_dict()
        row |= {"bands": len(part), "headroom": 1 - nothing[layer] / clean}
        for name, column in (("invariance", "top1"), ("matched", "beyond_orbits")):
            cells = part[part[column].notna()]
            spread = cells[column].std(ddof=0) / clean if len(cells) > 1 else np.nan
            reach = float(np.sqrt((((cells[f"{column}_high"] - cells[f"{column}_low"]) / 2) ** 2).mean())) / clean
            row |= columns(name, spread, (np.maximum(0.0, spread - reach), spread + reach))
        rows.append(row)
    return pd.DataFrame(rows)
