"""C2 and C4: do a ResNet's maps collapse, and does a ViT use its bands more evenly? From `collapse` and `sweep`."""

import numpy as np
import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import simultaneous
from freqlib.experiments.spectra.collapse import SLOPE
from freqlib.experiments.sweeps.invariance import invariance
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, decide

# From which relative depth on C4 compares.
FROM_DEPTH = 0.25
# What stands beside the rule of C2.
READINGS = ("log_ratio", "within_grid", "channels")


def collapses(table: pd.DataFrame) -> dict[str, float | str]:
    """C2: does the spectral centroid sink with depth, beyond what the shrinking grid brings about?

    Args:
        table: from `collapse`, of one model.

    Returns:
        model dataset; centroid and null, their slopes over depth (cycles per image and unit of relative depth);
        estimate, low, high: their difference; verdict (threshold: below 0). On a shrinking grid the null's slope is
        steep, and the difference above 0 even for maps that sink a good deal: `reachable` is the least that it could
        be with these maps on the first grid and any others behind, NaN where there is one grid. So beside the rule
        stand three slopes of the logarithm of centroid over null, each with its interval and the verdict that it would
        give, "NAME verdict": log_ratio; within_grid, among layers of the same grid; channels, of the mean over channels
        of their centroids.
    """
    row = _slope(table)
    found = {
        "model": row.model, "dataset": row.dataset, "centroid": row.centroid, "null": row.null,
        "estimate": row.beyond, "low": row.beyond_low, "high": row.beyond_high,
        "verdict": decide(row.beyond_low, row.beyond_high, below=0),
        "reachable": _least_slope(table[table.layer != SLOPE]),
    }  # fmt: skip
    for name in READINGS:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        found |= {name: row[name], f"{name}_low": low, f"{name}_high": high}
        found[f"{name} verdict"] = decide(low, high, below=0)
    return found


def more_even(transformer: pd.DataFrame, convolutional: pd.DataFrame, fill: str = "zero") -> pd.DataFrame:
    """C4, first part: does a transformer use its bands more evenly, at every relative depth beyond .25?

    Args:
        transformer: from `sweep`, isolated bands with the orbits control, of the one model.
        convolutional: the same of the other model, on the same images and classes.
        fill: of the rows.

    Returns:
        One row a layer of the transformer beyond depth .25 and an index: "plain" and "size-matched" (`invariance`), "in
        points", the size-matched one not divided by the clean top-1, and "shared bands", the size-matched one over the
        bands that count in both layers. layer depth, other and other_depth, the convolutional layer nearest in depth;
        headroom and other_headroom; index; value, other_value; estimate, their difference, low and high; verdict
        (threshold: below 0). Both networks saw the same images, so the reaches of their intervals are added, which is
        safe for any dependence. A claim about all layers is no easier for their number, so each interval is of 95 %;
        but one layer is enough to refute it, and for that its interval has to hold together with the others'
        (Bonferroni).

    Raises:
        InputError: tables of other images than each other.
    """
    tables = (transformer, convolutional)
    _check_same(*tables)
    ours, theirs = (invariance(table, fill) for table in tables)
    clean = [float(t[t["mode"] == "none"].top1.iloc[0]) for t in tables]
    rows = []
    for _, own in ours[ours.depth > FROM_DEPTH].iterrows():
        other = theirs.loc[(theirs.depth - own.depth).abs().idxmin()]
        place = {"layer": own.layer, "depth": own.depth, "headroom": own.headroom, "other": other.layer}
        place |= {"other_depth": other.depth, "other_headroom": other.headroom}
        pair = [t[(t.layer == row.layer) | (t["mode"] == "none")] for t, row in zip(tables, (own, other), strict=True)]
        for index, column, both, scale in (
            ("plain", "invariance", (own, other), (1, 1)),
            ("size-matched", "matched", (own, other), (1, 1)),
            ("in points", "matched", (own, other), clean),
            ("shared bands", "matched", _over_shared_bands(*pair, fill), (1, 1)),
        ):
            value, other_value = (s * row[column] for s, row in zip(scale, both, strict=True))
            reach = sum(s * (row[f"{column}_high"] - row[column]) for s, row in zip(scale, both, strict=True))
            found = {"index": index, "value": value, "other_value": other_value, "estimate": value - other_value}
            rows.append(place | found | {"reach": reach})
    table = pd.DataFrame(rows).dropna(subset="estimate")  # no size-matched index without two controls
    middle, reach = table.estimate.to_numpy(float), table.pop("reach").to_numpy(float)
    low, high = middle - reach, middle + reach
    surely, _ = simultaneous(middle, low, high, comparisons=table.layer.nunique())
    verdict = np.select([high < 0, surely > 0], [REPRODUCED, NOT_REPRODUCED], INCONCLUSIVE)
    return table.assign(low=low, high=high, verdict=verdict)


def _over_shared_bands(one: pd.DataFrame, two: pd.DataFrame, fill: str) -> list[pd.Series]:
    """The indices of two layers over the bands whose size-matched effect is known in both; NaN with fewer than two."""
    known = [set(t[(t["mode"] == "isolate") & t.beyond_orbits.notna()].band) for t in (one, two)]
    if len(known[0] & known[1]) < 2:
        return [pd.Series(float("nan"), ["matched", "matched_high"])] * 2
    shared = known[0] & known[1] | {"all", "nothing"}
    return [invariance(t[t.band.isin(shared)], fill).iloc[0] for t in (one, two)]


def collapses_less(
    transformer: pd.DataFrame, convolutional: pd.DataFrame, slope: str = "beyond"
) -> dict[str, float | str]:
    """C4, second part: is the transformer's slope of C2 closer to 0?

    Args:
        transformer: from `collapse`, of the one model.
        convolutional: from `collapse`, of the other, on the same images.
        slope: "beyond", that of the rule, or one of those that stand beside it (`collapses`).

    Returns:
        value and other_value: the two slopes; estimate, the difference of their sizes, low, high;
        verdict (threshold: below 0). The reaches of the two intervals are added.

    Raises:
        InputError: tables of other images than each other, or without a slope.
    """
    _check_same(transformer, convolutional)
    one, two = _slope(transformer), _slope(convolutional)
    reach = sum((row[f"{slope}_high"] - row[f"{slope}_low"]) / 2 for row in (one, two))
    estimate = abs(one[slope]) - abs(two[slope])
    return {
        "value": one[slope], "other_value": two[slope], "estimate": estimate, "low": estimate - reach,
        "high": estimate + reach, "verdict": decide(estimate - reach, estimate + reach, below=0),
    }  # fmt: skip


def _check_same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    sets = [(t.dataset.iloc[0], int(t.n.iloc[0])) for t in (one, two)]
    if sets[0] != sets[1]:
        raise InputError(f"C4 compares models on the same images, but the tables are of {sets[0]} and {sets[1]}.")


def _least_slope(layers: pd.DataFrame) -> float:
    """The least slope beyond the null's that any maps behind the first grid could give."""
    sides = layers[["grid_height", "grid_width"]]
    first = (sides == sides.iloc[0]).all(axis=1)
    if first.all():
        return float("nan")
    apart = layers.depth - layers.depth.mean()
    # A centroid lies between one cycle per image and the corner of the grid.
    ends = [layers.centroid.where(first, end) for end in (1.0, np.hypot(*(sides // 2).to_numpy().T))]
    least = np.minimum(*((end - layers.null) * apart for end in ends))
    return float(least.sum() / (apart**2).sum())


def _slope(table: pd.DataFrame) -> pd.Series:
    rows = table[table.layer == SLOPE]
    if len(rows) != 1:
        raise InputError(
            f"The slope over depth needs two layers or more of one model; the table has {len(rows)} slopes."
        )
    return rows.iloc[0]
