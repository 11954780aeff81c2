"""C2 and C4: do a ResNet's maps collapse, and does a ViT use its bands more evenly? From `collapse` and `sweep`."""

import pandas as pd

from freqlib.errors import InputError
from freqlib.experiments.collapse import SLOPE
from freqlib.experiments.intervals import simultaneous
from freqlib.experiments.invariance import invariance
from freqlib.report.claims.verdicts import decide

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
        steep, and the difference above 0 even for maps that sink a good deal. So beside the rule stand three slopes of
        the logarithm of centroid over null, each with its interval and the verdict that it would give, "NAME verdict":
        log_ratio; within_grid, among layers of the same grid; channels, of the mean over channels of their centroids.
    """
    row = _slope(table)
    found = {
        "model": row.model, "dataset": row.dataset, "centroid": row.centroid, "null": row.null,
        "estimate": row.beyond, "low": row.beyond_low, "high": row.beyond_high,
        "verdict": decide(row.beyond_low, row.beyond_high, below=0),
    }  # fmt: skip
    for name in READINGS:
        low, high = row[f"{name}_low"], row[f"{name}_high"]
        found |= {name: row[name], f"{name}_low": low, f"{name}_high": high}
        found[f"{name} verdict"] = decide(low, high, below=0)
    return found


def more_even(transformer: pd.DataFrame, convolutional: pd.DataFrame) -> pd.DataFrame:
    """C4, first part: does a transformer use its bands more evenly, at every relative depth beyond .25?

    Args:
        transformer: from `sweep`, isolated bands with the orbits control, of the one model.
        convolutional: the same of the other model, on the same images and classes.

    Returns:
        One row a layer of the transformer beyond depth .25 and an index, "plain" or "size-matched" (`invariance`):
        layer depth, other and other_depth, the convolutional layer nearest in depth; headroom and other_headroom;
        index; value, other_value; estimate, their difference, low and high; verdict (threshold: below 0). Both networks
        saw the same images, so the reaches of their intervals are added, which is safe for any dependence; and all rows
        hold together (Bonferroni).

    Raises:
        InputError: tables of other images than each other.
    """
    _check_same(transformer, convolutional)
    ours, theirs = invariance(transformer), invariance(convolutional)
    rows = []
    for own in ours[ours.depth > FROM_DEPTH].itertuples():
        other = theirs.loc[(theirs.depth - own.depth).abs().idxmin()]
        for index, column in (("plain", "invariance"), ("size-matched", "matched")):
            value, other_value = getattr(own, column), other[column]
            reach = sum((r[f"{column}_high"] - r[column]) for r in (own._asdict(), other))
            rows.append(
                {"layer": own.layer, "depth": own.depth, "headroom": own.headroom, "other": other.layer,
                 "other_depth": other.depth, "other_headroom": other.headroom, "index": index, "value": value,
                 "other_value": other_value, "estimate": value - other_value, "reach": reach}
            )  # fmt: skip
    table = pd.DataFrame(rows).dropna(subset="estimate")  # no size-matched index without two controls
    middle, reach = table.estimate.to_numpy(), table.pop("reach").to_numpy()
    low, high = simultaneous(middle, middle - reach, middle + reach, comparisons=len(table))
    verdicts = [decide(*bounds, below=0) for bounds in zip(low, high, strict=True)]
    return table.assign(low=low, high=high, verdict=verdicts)


def collapses_less(transformer: pd.DataFrame, convolutional: pd.DataFrame) -> dict[str, float | str]:
    """C4, second part: is the transformer's slope of C2 closer to 0?

    Args:
        transformer: from `collapse`, of the one model.
        convolutional: from `collapse`, of the other, on the same images.

    Returns:
        value and other_value: the two slopes beyond their nulls; estimate, the difference of their sizes, low, high;
        verdict (threshold: below 0). The reaches of the two intervals are added.

    Raises:
        InputError: tables of other images than each other, or without a slope.
    """
    _check_same(transformer, convolutional)
    one, two = _slope(transformer), _slope(convolutional)
    reach = sum((row.beyond_high - row.beyond_low) / 2 for row in (one, two))
    estimate = abs(one.beyond) - abs(two.beyond)
    return {
        "value": one.beyond, "other_value": two.beyond, "estimate": estimate, "low": estimate - reach,
        "high": estimate + reach, "verdict": decide(estimate - reach, estimate + reach, below=0),
    }  # fmt: skip


def _check_same(one: pd.DataFrame, two: pd.DataFrame) -> None:
    sets = [(t.dataset.iloc[0], int(t.n.iloc[0])) for t in (one, two)]
    if sets[0] != sets[1]:
        raise InputError(f"C4 compares models on the same images, but the tables are of {sets[0]} and {sets[1]}.")


def _slope(table: pd.DataFrame) -> pd.Series:
    rows = table[table.layer == SLOPE]
    if len(rows) != 1:
        raise InputError(
            f"The slope over depth needs two layers or more of one model; the table has {len(rows)} slopes."
        )
    return rows.iloc[0]
