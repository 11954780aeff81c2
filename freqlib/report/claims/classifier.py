"""C6: what a linear head cannot use, from the tables of `probe_layers`."""

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.intervals import unpaired_difference
from freqlib.experiments.usage import corrected
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED

MARGIN = 0.02
# The controls that see the band alone; the fourth, a projection of all pixels, sees the whole image.
SAME_BAND = ("permuted", "untrained", "pixels")


def within_band(probes: pd.DataFrame) -> pd.DataFrame:
    """Hold probes against the best of the controls that see their own band, leaving the projection out.

    Args:
        probes: from `probe_layers`, of one model, with one of these controls or more.

    Returns:
        The same table with other best_control, usable, usable_low and usable_high. The interval is that of rates on
        different images (`unpaired_difference`), since the table holds none to pair.
    """
    names = [f"top1_{control}" for control in SAME_BAND if f"top1_{control}" in probes]
    best = probes[names].fillna(-1).idxmax(axis=1)
    place = (np.arange(len(probes)), [names.index(name) for name in best])
    control, low, high = (probes[[name + end for name in names]].to_numpy()[place] for end in ("", "_low", "_high"))
    ends = unpaired_difference(probes.top1, (probes.top1_low, probes.top1_high), control, (low, high))
    usable = dict(zip(("usable", "usable_low", "usable_high"), (probes.top1 - control, *ends), strict=True))
    return probes.assign(best_control=best.str.removeprefix("top1_"), **usable)


def richer_head(probes: pd.DataFrame) -> pd.DataFrame:
    """C6: does a richer probe find in the high bands what a linear one does not?

    Args:
        probes: from `probe_layers`, of one model, with the kind "linear" and others.

    Returns:
        One row a layer and band with r >= .5: layer band; linear and richer, the usable information of the linear probe
        and of that other kind which finds most, with intervals that hold together over all probed cells (Bonferroni);
        verdict: "reproduced" where the richer interval lies above two points and the linear one below them, "not
        reproduced" where the richer one lies below two points or the linear one above 0, else "inconclusive".
    """
    cells = corrected(probes)
    cells = cells[cells.band_low >= 0.5]
    linear = cells[cells.kind == "linear"]
    others = cells[cells.kind != "linear"]
    if linear.empty or others.empty:
        raise InputError("C6 compares linear with richer probes in bands of r >= .5, but the table lacks one of them.")
    richer = others.loc[others.groupby(["layer", "band"], sort=False).usable_low.idxmax()]
    shared = ["layer", "band", "usable", "usable_low", "usable_high"]
    both = linear[["model", *shared]].merge(richer[[*shared, "kind"]], on=["layer", "band"], suffixes=("", "_richer"))
    no = (both.usable_high_richer < MARGIN) | (both.usable_low > 0)
    yes = (both.usable_low_richer > MARGIN) & (both.usable_high < MARGIN) & ~no
    return both.assign(verdict=np.select([yes, no], [REPRODUCED, NOT_REPRODUCED], INCONCLUSIVE))
