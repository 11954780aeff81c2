"""C7 and C16: what fine labels and filtered training images do, from the tables of chapter 04."""

import pandas as pd

from freqlib.report.claims.verdicts import decided_groups, over_seeds_of
from freqlib.report.networks.recipes import FORMS, OWN

CONSTRUCTED = "zero by construction"
MARGIN = 0.02  # above chance; what lies within counts as nothing learned


def finer_higher(halves: pd.DataFrame, fill: str = "mean", value: str = "top1") -> pd.DataFrame:
    """C7: do models trained on fine labels classify better by the high half of the frequencies alone?

    Args:
        halves: from `sweep` with two bands on the same images and coarse labels, of every network, with the columns
            trained_on ("original" for fine labels, whose predictions were collapsed, and "coarse") and seed.
        fill: of the rows.
        value: "top1", as the claim has it, or "area" of a table from `two_classes`, which no threshold decides.

    Returns:
        Six rows a layer, the input first: dataset layer statistic; fine and coarse, the values; seeds, estimate (fine
        minus coarse, seed by seed), low, high, verdict (threshold: above 0; "zero by construction" where the layers
        behind cannot see r >= .5). The claim is the statistic "high", top-1 with r >= .5 kept alone, at the input.
        Beside the rule: "low" and "untouched", by how much more fine labels help with the high half than with those
        ("high − low", "high − untouched"; a network that is better at everything has no such lead), and "untouched −
        low", what is lost without r >= .5.
    """
    alone = halves[(halves["mode"] == "isolate") & (halves.fill == fill)]
    alone = alone.assign(statistic=alone.band_low.map({0.5: "high", 0.0: "low"})).dropna(subset="statistic")
    layers = alone[["dataset", "layer"]].drop_duplicates()
    clean = halves[halves["mode"] == "none"].drop(columns="layer").assign(statistic="untouched")
    rows = pd.concat([alone, clean.merge(layers, on="dataset")])
    wide = rows.pivot(index=["dataset", "layer", "seed"], columns=["trained_on", "statistic"], values=value).dropna()
    lead = wide["original"] - wide["coarse"]
    names = ["high", "low", "untouched", "high − low", "high − untouched", "untouched − low"]
    for one, other in (name.split(" − ") for name in names[3:]):
        lead[f"{one} − {other}"] = lead[one] - lead[other]
    keys = ["dataset", "layer", "statistic"]
    long = layers.merge(lead[names].melt(ignore_index=False, value_name="estimate").reset_index(), sort=False)
    found = over_seeds_of(long, keys, above=0)
    decided = {
        (row.dataset, row.layer) for row in alone[(alone.status != "ok") & (alone.statistic == "high")].itertuples()
    }
    fixed = [(row.dataset, row.layer) in decided and row.statistic.startswith("high") for row in found.itertuples()]
    found["verdict"] = found.verdict.mask(fixed, CONSTRUCTED)
    means = wide.groupby(["dataset", "layer"]).mean().stack("statistic", future_stack=True).reset_index()
    return found.merge(means.rename(columns={"original": "fine"}), on=keys, how="left")


def learned(matrix: pd.DataFrame, classes: int = 10) -> pd.DataFrame:
    """C16: what is lost by training and testing on blurred images, and what is learned from their residuals?

    Args:
        matrix: from `robustness` of every network, with the columns trained_on (of `FORMS`) and seed.
        classes: of the data set, for chance.

    Returns:
        One row a data set and statement: "blur of 2 costs" (top-1 of the untouched minus that of the blurred, above 0),
        "blur of 4 costs more" (above 0), "nothing from high-pass 2" and "4" (top-1, below chance and `MARGIN`), each
        trained and tested on its own form: dataset statement seeds estimate low high (95 % for the four together,
        Bonferroni, since one of them can refute the claim) verdict. What a seed lacks is left out.
    """
    wide = _own(matrix).reindex(columns=["original", "low-2", "low-4", "high-2", "high-4"])
    statements = [
        ("blur of 2 costs", wide.original - wide["low-2"], {"above": 0}),
        ("blur of 4 costs more", wide["low-2"] - wide["low-4"], {"above": 0}),
        *((f"nothing from high-pass {s}", wide[f"high-{s}"], {"below": 1 / classes + MARGIN}) for s in (2, 4)),
    ]
    found = []
    for statement, values, threshold in statements:
        rows = values.dropna().rename("estimate").reset_index().assign(statement=statement)
        found.append(over_seeds_of(rows, ["dataset", "statement"], **threshold, comparisons=len(statements)))
    return pd.concat(found, ignore_index=True)


def form_costs(matrix: pd.DataFrame) -> pd.DataFrame:
    """Beside C16: what every form costs a network that is trained and tested on it.

    Args:
        matrix: as for `learned`.

    Returns:
        One row a data set and form, in the order of `FORMS`: dataset form; original and own, top-1 trained and tested
        on the untouched images and on the form; seeds (that have both) estimate (original minus own, seed by seed) low
        high (95 % for the rows of a data set together, Bonferroni) verdict (threshold: above 0).
    """
    wide = _own(matrix).reset_index()
    long = wide.melt(["dataset", "seed", "original"], var_name="form", value_name="own").dropna()
    long["estimate"] = long.original - long.own
    long["form"] = pd.Categorical(long.form, FORMS)
    long = long.sort_values(["dataset", "form", "seed"]).astype({"form": str})
    keys = ["dataset", "form"]
    parts = [pd.DataFrame(columns=[*keys, "original", "own", "seeds", "estimate", "low", "high", "verdict"])]
    for _, rows in long.groupby("dataset", sort=False):
        found = over_seeds_of(rows, keys, above=0, comparisons=decided_groups(rows, keys))
        parts.append(found.merge(rows.groupby(keys)[["original", "own"]].mean().reset_index(), on=keys))
    return pd.concat(parts, ignore_index=True)


def _own(matrix: pd.DataFrame) -> pd.DataFrame:
    """Top-1 of every network on the form that it was trained on, by data set and seed; one column a form.

    What sees transforms sees that of the untouched images under their name.
    """
    own = matrix[matrix.variant == matrix.trained_on.map(OWN).replace("fourier", "original")]
    return own.pivot(index=["dataset", "seed"], columns="trained_on", values="top1")
