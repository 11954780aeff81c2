"""C9 to C12: what is learned on the Syn sets, from the tables of chapter 06."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, over_seeds_of

REACHED = 0.9
SPECIAL = "C3"
KEYS = ["network", "set"]


def learned_first(f1: pd.DataFrame) -> pd.DataFrame:
    """C9: does the class of one band alone reach an F1 of .9 first, whichever band that is?

    Args:
        f1: rows of `f1_history` of every training, with the columns network, set and seed.

    Returns:
        One row a network and set: network set seeds; first and later, in how many of them C3 reaches .9 before any
        other class, and after another one (the rest are ties, or no class does); steps and steps_others, medians over
        the seeds of when C3 does and when the next class does (infinite where it never does); verdict: "reproduced" if
        C3 is first in every one of five seeds or more, "not reproduced" if it is later in every one, else
        "inconclusive".
    """
    high = f1[f1.f1 >= REACHED]
    reached = high.groupby([*KEYS, "seed", "class"]).step.min().unstack("class")
    everyone = f1.groupby([*KEYS, "seed"]).size().index
    reached = reached.reindex(index=everyone, columns=sorted(f1["class"].unique())).fillna(np.inf)
    own, others = reached[SPECIAL], reached.drop(columns=SPECIAL).min(axis=1)
    rows = pd.DataFrame({"first": own < others, "later": own > others, "steps": own, "steps_others": others})
    groups = rows.groupby(KEYS)
    found = groups.agg({"first": "sum", "later": "sum", "steps": "median", "steps_others": "median"})
    found.insert(0, "seeds", groups.size())
    enough = found.seeds >= 5
    decided = [enough & (found["first"] == found.seeds), enough & (found.later == found.seeds)]
    return found.assign(verdict=np.select(decided, [REPRODUCED, NOT_REPRODUCED], INCONCLUSIVE)).reset_index()


def one_band_less(confusions: pd.DataFrame, ceilings: pd.DataFrame, within: float = 0.05) -> pd.DataFrame:
    """C10: does a network that lost one band still do what the recipe allows?

    Args:
        confusions: rows of `confusion` of every network on the band-filtered sets, with the columns network, set, seed
            and bands, such as "124".
        ceilings: one row a set and bands: set bands ceiling.
        within: of the ceiling, from below.

    Returns:
        One row a network, set and subset of three bands: network set bands ceiling accuracy accuracy_all (with all
        bands; means over seeds) seeds estimate (ceiling minus accuracy) low high (for all rows of a network together,
        Bonferroni) verdict (threshold: below `within`). Beside the rule, lost, lost_low, lost_high and lost_verdict:
        the same of what is lost from all bands beyond what the ceiling falls, since a network may stay below the
        ceiling with all of them.
    """
    hits = confusions[confusions["true"] == confusions.predicted]
    accuracy = hits.groupby([*KEYS, "bands", "seed"], sort=False).share.mean().rename("accuracy").reset_index()
    whole = accuracy[accuracy.bands.str.len() == 4].rename(columns={"accuracy": "accuracy_all"}).drop(columns="bands")
    rows = accuracy[accuracy.bands.str.len() == 3].merge(ceilings, on=["set", "bands"])
    rows = rows.merge(whole, on=[*KEYS, "seed"])
    keys = [*KEYS, "bands"]
    means = rows.groupby(keys, sort=False)[["ceiling", "accuracy", "accuracy_all"]].mean().reset_index()
    rule = {"below": within, "comparisons": _of_a_network(rows, keys)}
    short, lost = (
        over_seeds_of(rows.assign(estimate=rows.ceiling - rows.accuracy - already), keys, **rule)
        for already in (0, 1 - rows.accuracy_all)
    )
    beside = {"estimate": "lost", "low": "lost_low", "high": "lost_high", "verdict": "lost_verdict"}
    return means.merge(short, on=keys).merge(lost.drop(columns="seeds").rename(columns=beside), on=keys)


def nothing_special(shares: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """C11: is noise without any class's signature taken for class 1?

    Args:
        shares: one row a network, set, seed and kind of noise: network set seed noise share (predicted class 1).
        by: "set" and "noise" for each apart; by default all sets and kinds count alike, as the claim has it.

    Returns:
        One row a network and what is told apart: network, set and noise if asked for, seeds estimate low high (for all
        rows of a network together, Bonferroni) verdict (threshold: above one half).
    """
    keys = ["network", *by]
    rows = shares.groupby([*keys, "seed"], sort=False).share.mean().rename("estimate").reset_index()
    return over_seeds_of(rows, keys, above=0.5, comparisons=_of_a_network(rows, keys))


def inner_maps(maps: pd.DataFrame, truths: dict[str, np.ndarray], distance: str = "l2") -> pd.DataFrame:
    """C12: do the Fourier heatmaps of inner layers say less than that of the output?

    Args:
        maps: rows of `fourier_heatmap` with inner layers, with the columns network, set and seed.
        truths: for each set the cells, (h, w) bool in fft2 order, that are to be found.
        distance: between the maps of the untouched image and of the changed one: "l2", or "cosine", one minus the
            cosine between them.

    Returns:
        One row a network, set and inner layer: network set layer; correlation, Spearman's, of its map with the output's
        (all frequencies but DC; mean over seeds); recall and recall_output, of the truth among as many of the
        highest cells, and chance, what a random map would find; seeds estimate (recall minus recall_output) low high
        verdict (threshold: below 0, since the claim is that inner maps find less; inconclusive where the output's map
        finds no more than chance, since then it says nothing itself).
    """
    rows = []
    for (network, name, seed), part in maps[(maps.ky != 0) | (maps.kx != 0)].groupby([*KEYS, "seed"], sort=False):
        wide = part.pivot(index=["ky", "kx"], columns="layer", values=distance)
        wide = 1 - wide if distance == "cosine" else wide
        right = truths[name][wide.index.get_level_values("ky"), wide.index.get_level_values("kx")]
        recall = {layer: right[np.argsort(-wide[layer].to_numpy())[: right.sum()]].mean() for layer in wide}
        for layer in dict.fromkeys(part.layer):
            if layer != "output":
                numbers = {
                    "correlation": stats.spearmanr(wide[layer], wide.output).statistic, "recall": recall[layer],
                    "recall_output": recall["output"], "chance": right.mean(),
                    "estimate": recall[layer] - recall["output"],
                }  # fmt: skip
                rows.append({"network": network, "set": name, "seed": seed, "layer": layer} | numbers)
    keys = [*KEYS, "layer"]
    table = pd.DataFrame(rows)
    means = table.groupby(keys, sort=False)[["correlation", "recall", "recall_output", "chance"]].mean().reset_index()
    found = means.merge(over_seeds_of(table, keys, below=0, comparisons=_of_a_network(table, keys)), on=keys)
    return found.assign(verdict=found.verdict.where(found.recall_output > found.chance, INCONCLUSIVE))


def late_f1(f1: pd.DataFrame, looks: int = 10) -> pd.DataFrame:
    """Return the F1 at the end of trainings; it goes up and down, so that it is the mean of the last looks.

    Args:
        f1: rows of `f1_history` of every training, with the columns set, seed and trained_on.
        looks: how many.

    Returns:
        One row a set, kind of images, class and seed: set trained_on class seed f1.
    """
    keys = ["set", "trained_on", "class", "seed"]
    last = f1.sort_values("step", kind="stable").groupby(keys, sort=False).tail(looks)
    return last.groupby(keys, sort=False).f1.mean().reset_index()


def trained_without(f1: pd.DataFrame, plain: str = "as they are", looks: int = 10) -> pd.DataFrame:
    """Hold what trainings on changed images have learned against the training on untouched ones, seed by seed.

    Args:
        f1: as for `late_f1`.
        plain: what the untouched images are called.
        looks: as for `late_f1`.

    Returns:
        One row a set, kind of images and class: set trained_on class and what `over_seeds_of` returns of the
        difference, each for itself (threshold: above 0).
    """
    rows = late_f1(f1, looks).rename(columns={"f1": "estimate"})
    own = rows[rows.trained_on == plain].set_index(["set", "class", "seed"]).estimate
    rows["estimate"] -= own.reindex(pd.MultiIndex.from_frame(rows[["set", "class", "seed"]])).to_numpy()
    return over_seeds_of(rows[rows.trained_on != plain], ["set", "trained_on", "class"], above=0)


def lost_per_doubling(silenced: pd.DataFrame) -> pd.DataFrame:
    """Say how much more or less a class loses by silenced frequencies, the more of them it holds.

    Args:
        silenced: one row a network, set, seed, share of the class's cells that is silenced (0 among them) and whether
            the contrast was restored: network set seed share restored cells recall.

    Returns:
        One row a network, kind of sets ("plain" or "matched"), share and restored: and what `over_seeds_of` returns of
        the slope of the lost recall over the logarithm of base 2 of the cells, each for itself (threshold: below 0,
        more cells lose less). Sets of other bands are other bands as well.
    """
    rows = silenced.assign(kind=np.where(silenced["set"].str.endswith("matched"), "matched", "plain"))
    clean = rows[rows.share == 0].set_index([*KEYS, "seed"]).recall
    rows["lost"] = clean.reindex(pd.MultiIndex.from_frame(rows[[*KEYS, "seed"]])).to_numpy() - rows.recall
    keys = ["network", "kind", "share", "restored"]
    slopes = [
        (*key, np.polyfit(np.log2(part.cells), part.lost, 1)[0])
        for key, part in rows[rows.share > 0].groupby([*keys, "seed"], sort=False)
        if part.cells.nunique() > 1
    ]
    return over_seeds_of(pd.DataFrame(slopes, columns=[*keys, "seed", "estimate"]), keys, below=0)


def _of_a_network(rows: pd.DataFrame, keys: list[str]) -> int:
    """How many rows of the result a network has; a further network must not widen the intervals of another."""
    return int(rows[keys].drop_duplicates().network.value_counts().max())
