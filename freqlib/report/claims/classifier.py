"""C6: what a linear head cannot use, from the tables of `probe_layers`."""

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.usage import corrected
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED


def richer_head(probes: pd.DataFrame, margin: float = 0.02) -> pd.DataFrame:
    """C6: does a richer probe find in the high bands what a linear one does not?

    Args:
        probes: from `probe_layers`, of one model, with the kind "linear" and others.
        margin: by which the richer probe must be above its controls.

    Returns:
        One row a layer and band with r >= .5: layer band; linear and richer, the usable information of the linear probe
        and of that other kind which finds most, with intervals that hold together over all probed cells (Bonferroni);
        verdict: "reproduced" where the richer interval lies above the margin and the linear one does not lie above 0,
        "not reproduced" where the richer one lies below the margin or the linear one above 0, else "inconclusive".
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
    yes = (both.usable_low_richer > margin) & (both.usable_low <= 0)
    no = (both.usable_high_richer < margin) | (both.usable_low > 0)
    return both.assign(verdict=np.select([yes, no], [REPRODUCED, NOT_REPRODUCED], INCONCLUSIVE))
