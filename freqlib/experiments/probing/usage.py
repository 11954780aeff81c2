"""What a network does with what its layers hold: for every layer and band, is it found, and is it used?"""

import numpy as np
import pandas as pd

from freqlib.experiments.evaluation.intervals import simultaneous
from freqlib.experiments.evaluation.statuses import OK

NOT_FOUND, UNUSED, USED, MISSED = "not found", "found but unused", "used", "used, though not found"
DECIDED = "found, but its use is decided by construction"


def usage(probes: pd.DataFrame, sweep: pd.DataFrame) -> pd.DataFrame:
    """Set what probes find beside what the network uses.

    Usable information is the accuracy of a probe minus that of its best control; used information is what accuracy
    loses when the band is replaced by its mean. Both intervals are widened so that all cells of a table hold together
    with 95 % (Bonferroni, over kinds, layers and bands).

    Args:
        probes: from `probe_layers`, of one model.
        sweep: from `sweep`, of the same model and bands, with mode "remove" and fill "mean".

    Returns:
        One row a layer and band that has cells and is in both tables: layer depth band band_low band_high; kind of the
        probe that finds most, usable usable_low usable_high; used used_low used_high; finding, by which of the two
        intervals lie above 0: "used" (both), "used, though not found" (the network shows that the probes have missed
        something, or that a control holds as much), "found but unused" or "not found". What is found where the sweep's
        status says that the architecture leaves nothing to measure is "found, but its use is decided by construction".

    Example:
        >>> cell = {"layer": "a", "depth": 1.0, "band": "low", "band_low": 0.0, "band_high": 0.5, "status": "ok"}
        >>> found = {"kind": "mlp", "usable": 0.2, "usable_low": 0.1, "usable_high": 0.3}
        >>> removed = {"mode": "remove", "fill": "mean", "d_top1": 0.0, "d_top1_low": -0.1, "d_top1_high": 0.1}
        >>> usage(pd.DataFrame([cell | found]), pd.DataFrame([cell | removed])).finding.tolist()
        ['found but unused']
    """
    found = corrected(probes)
    best = found.loc[found.groupby(["layer", "band"], sort=False).usable_low.idxmax()]
    removed = sweep[(sweep["mode"] == "remove") & (sweep.fill == "mean")]
    wanted = ["layer", "band", "d_top1", "d_top1_low", "d_top1_high", "status"]
    both = best.merge(removed[wanted], on=["layer", "band"], suffixes=("", "_removed"))
    used = -both.d_top1.to_numpy()
    low, high = simultaneous(used, -both.d_top1_high.to_numpy(), -both.d_top1_low.to_numpy(), len(both))
    both = both.assign(used=used, used_low=low, used_high=high)
    used, found = both.used_low > 0, both.usable_low > 0
    free = both.status_removed == OK
    finding = np.select([found & ~free, used & found, used, found], [DECIDED, USED, MISSED, UNUSED], NOT_FOUND)
    columns = ["layer", "depth", "band", "band_low", "band_high", "kind", "usable", "usable_low", "usable_high"]
    return both[[*columns, "used", "used_low", "used_high"]].assign(finding=finding)


def corrected(probes: pd.DataFrame) -> pd.DataFrame:
    """Keep the cells that were probed, with intervals of usable information that hold together.

    Args:
        probes: from `probe_layers`, of one model.

    Returns:
        The rows with status "ok", usable_low and usable_high widened (Bonferroni).
    """
    cells = probes[probes.status == OK]
    low, high = simultaneous(
        *(cells[column].to_numpy(float) for column in ("usable", "usable_low", "usable_high")), comparisons=len(cells)
    )
    return cells.assign(usable_low=low, usable_high=high)


def last_found(probes: pd.DataFrame) -> pd.DataFrame:
    """Tell between which two layers each band stops being found.

    Args:
        probes: from `probe_layers`, of one model and in cycles per image, so that a band is the same frequencies at
            every layer.

    Returns:
        One row a band: band; last, the deepest layer at which any kind of probe finds it ("" if none does); next, the
        layer after that ("" behind the last one); reason: "no cell" if the next grid is too coarse for the band, "not
        found" if the probes fail, "" if there is no next layer.

    Example:
        >>> cell = {"band": "16+", "kind": "mlp", "status": "ok", "usable": 0.2, "usable_low": 0.1, "usable_high": 0.3}
        >>> table = pd.DataFrame([cell | {"layer": "a", "depth": 0.1}, {"layer": "b", "depth": 0.2, "band": "16+"}])
        >>> last_found(table.fillna({"status": "empty"})).iloc[0].tolist()
        ['16+', 'a', 'b', 'no cell']
    """
    order = probes.drop_duplicates("layer").sort_values("depth").layer.tolist()
    found = corrected(probes)
    found = found[found.usable_low > 0]
    rows = []
    for band in probes.band.drop_duplicates():
        places = [order.index(layer) for layer in found[found.band == band].layer]
        last = order[max(places)] if places else ""
        after = order[max(places) + 1] if places and last != order[-1] else ""
        there = probes[(probes.layer == after) & (probes.band == band)]
        reason = "" if not after else "not found" if (there.status == OK).any() else "no cell"
        rows.append((band, last, after, reason))
    return pd.DataFrame(rows, columns=["band", "last", "next", "reason"])
