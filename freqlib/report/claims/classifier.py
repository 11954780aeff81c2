"""C6: what a linear head cannot use, from the tables of `probe_layers`."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import unpaired_difference
from freqlib.experiments.probing.usage import corrected
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED

MARGIN = 0.02
# The controls that read the same band of something; the fourth, a projection of all pixels, is of no band.
SAME_BAND = ("permuted", "untrained", "pixels")


def against(probes: pd.DataFrame, controls: Sequence[str] = SAME_BAND, across_kinds: bool = False) -> pd.DataFrame:
    """Hold probes against the best of some controls, by default of those that read the same band.

    Args:
        probes: from `probe_layers`, of one model, with one of these controls or more.
        controls: their names.
        across_kinds: hold every kind of probe against the best control of any kind, so that all face the same one.

    Returns:
        The same table with other best_control, usable, usable_low and usable_high. The interval is that of rates on
        different images (`unpaired_difference`), since the table holds none to pair.

    Raises:
        InputError: none of these controls.
    """
    names = [f"top1_{control}" for control in controls if f"top1_{control}" in probes]
    if not names:
        raise InputError(f"The probes have none of the controls {', '.join(controls)}; probe again with one of them.")
    best = probes[names].fillna(-1).idxmax(axis=1)
    place = (np.arange(len(probes)), [names.index(name) for name in best])
    rival = {end: probes[[name + end for name in names]].to_numpy(float)[place] for end in ("", "_low", "_high")}
    if across_kinds:
        cells = [probes.layer.to_numpy(), probes.band.to_numpy()]
        rows = pd.Series(rival[""]).fillna(-1).groupby(cells).transform("idxmax")
        rival = {end: value[rows] for end, value in rival.items()}
    control, low, high = rival.values()
    ends = unpaired_difference(probes.top1, (probes.top1_low, probes.top1_high), control, (low, high))
    usable = dict(zip(("usable", "usable_low", "usable_high"), (probes.top1 - control, *ends), strict=True))
    return probes.assign(best_control=best.str.removeprefix("top1_"), **usable)


def richer_head(probes: pd.DataFrame) -> pd.DataFrame:
    """C6: does a richer probe find in the high bands what a linear one does not?

    Args:
        probes: from `probe_layers`, of one model, with the kind "linear" and others.

    Returns:
        One row a layer and band with r >= .5: model layer depth band; top1 and usable information of the linear probe
        and, "_richer", of that other kind which finds most (kind), with intervals that hold together over all probed
        cells (Bonferroni); verdict: "reproduced" where the richer interval lies above two points and the linear one
        below them, "not reproduced" where the richer one lies below two points or the linear one above 0, else
        "inconclusive".
    """
    cells = corrected(probes)
    cells = cells[cells.band_low >= 0.5]
    linear = cells[cells.kind == "linear"]
    others = cells[cells.kind != "linear"]
    if linear.empty or others.empty:
        raise InputError("C6 compares linear with richer probes in bands of r >= .5, but the table lacks one of them.")
    richer = others.loc[others.groupby(["layer", "band"], sort=False).usable_low.idxmax()]
    shared = ["layer", "band", "top1", "usable", "usable_low", "usable_high"]
    both = linear[["model", "depth", *shared]].merge(
        richer[[*shared, "kind"]], on=["layer", "band"], suffixes=("", "_richer")
    )
    no = (both.usable_high_richer < MARGIN) | (both.usable_low > 0)
    yes = (both.usable_low_richer > MARGIN) & (both.usable_high < MARGIN) & ~no
    return both.assign(verdict=np.select([yes, no], [REPRODUCED, NOT_REPRODUCED], INCONCLUSIVE))
