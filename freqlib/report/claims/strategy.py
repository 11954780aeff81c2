"""C8 and C17: what heads and filters change, from the tables of chapter 05."""

from collections.abc import Sequence

import pandas as pd

from freqlib.report.claims.verdicts import NOT_REPRODUCED, REPRODUCED, decided_groups, over_seeds_of
from freqlib.vision.networks.heads import HEADS

PLAIN = "original"
FILTERED = ("blur", "constrained", "penalized")
TESTED = ("original", "noise:0.05", "pixels:24")


def changed_by_head(centroids: pd.DataFrame, probes: pd.DataFrame, layer: str) -> pd.DataFrame:
    """C8: does training with a more expressive head change the spectrum of what the backbone computes?

    Args:
        centroids: from `collapse` of every network, with the columns strategy ("original": the linear head) and seed.
        probes: from `probe_layers` of every network, with the same columns; one band of r >= .5 is looked at.
        layer: on whose map the heads stand.
        heads: the strategies that are held against the linear head.

    Returns:
        One row a statistic and head: statistic ("centroid", in cycles per image, or "usable, KIND probe") strategy
        linear (its mean with the linear head) seeds estimate (with this head minus with the linear one, seed by seed)
        low high (95 % for all rows together, Bonferroni) verdict. The claim has no sign: an interval that is clear of 0
        on either side reproduces it, and no interval refutes it.
    """
    parts = [centroids.assign(statistic="centroid", value=centroids.centroid)]
    if len(probes):
        high = probes[probes.band_low >= 0.5]
        parts.append(high.assign(statistic="usable, " + high.kind + " probe", value=high.usable))
    rows = pd.concat(parts)
    rows = rows[rows.layer == layer]
    found = _against_plain(rows, "statistic", HEADS[1:], "linear")
    return found.assign(verdict=found.verdict.replace(NOT_REPRODUCED, REPRODUCED))


def filters_help(
    robustness: pd.DataFrame,
    strategies: Sequence[str] = FILTERED,
    variants: Sequence[str] = TESTED,
    value: str = "top1",
) -> pd.DataFrame:
    """C17: do anti-aliased or band-pass filters improve accuracy or robustness?

    Args:
        robustness: from `robustness` of every network, with the columns strategy ("original" for the plain one) and
            seed.
        strategies: that are held against the plain network, trained alike.
        variants: of the test images: untouched, with noise, and with 24 pixels a side.
        value: "top1", as the claim has it, or "d_top1", the change from the network's own clean accuracy.

    Returns:
        One row a strategy and variant: strategy variant plain (its mean) seeds estimate (the value with the strategy
        minus without, seed by seed) low high (95 % for all rows together, Bonferroni) verdict (threshold: above 0).
    """
    rows = robustness[robustness.variant.isin(variants)].assign(value=robustness[value])
    return _against_plain(rows, "variant", strategies, "plain")


def _against_plain(rows: pd.DataFrame, key: str, strategies: Sequence[str], plain: str) -> pd.DataFrame:
    """Over the seeds, the value with each strategy minus that of the plain network, whose mean gets a name."""
    wide = rows.pivot(index=[key, "seed"], columns="strategy", values="value")
    wide_differences = wide.sub(wide[PLAIN], axis=0).reindex(columns=strategies)
    differences = wide_differences.melt(ignore_index=False, value_name="estimate").dropna().reset_index()
    keys = ["strategy", key]
    found = over_seeds_of(differences, keys, above=0, comparisons=decided_groups(differences, keys))
    found = found.merge(wide[PLAIN].groupby(key).mean().rename(plain).reset_index(), on=key)
    for column, order in (("strategy", strategies), (key, rows[key].unique())):  # as asked for, not by the alphabet
        found[column] = pd.Categorical(found[column], order)
    found = found.sort_values(keys, ignore_index=True).astype(dict.fromkeys(keys, str))
    return found[[*keys, plain, "seeds", "estimate", "low", "high", "verdict"]]
