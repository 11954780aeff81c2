"""C7 and C16: what fine labels and filtered training images do, from the tables of chapter 04."""

import pandas as pd

from freqlib.errors import InputError
from freqlib.report.claims.verdicts import over_seeds_of

CONSTRUCTED = "zero by construction"


def finer_higher(halves: pd.DataFrame, fill: str = "mean") -> pd.DataFrame:
    """C7: do models trained on fine labels classify better by the high half of the frequencies alone?

    Args:
        halves: from `sweep` with two bands on the same images and coarse labels, of every network, with the columns
            trained_on ("original" for fine labels, whose predictions were collapsed, or "coarse") and seed.
        fill: of the rows.

    Returns:
        One row a layer, the input first: dataset layer; fine and coarse, top-1 with r >= .5 kept alone; seeds, estimate
        (fine minus coarse, seed by seed), low, high, verdict (threshold: above 0; "zero by construction" where the
        layers behind cannot see the band). The claim is about the input. Beside the rule: low_half, the same difference
        with r < .5 alone, and untouched, that of the clean accuracies; a network that is better at everything has all
        three.

    Raises:
        InputError: no seed that has both.
    """
    if not {"original", "coarse"} <= set(halves.trained_on):
        raise InputError("C7 compares networks trained on fine and on coarse labels; the table lacks one of them.")
    alone = halves[(halves["mode"] == "isolate") & (halves.fill == fill)]
    rows = alone[alone.band_low == 0.5]
    wide = rows.pivot(index=["dataset", "layer", "seed"], columns="trained_on", values="top1")
    wide = wide.loc[:, ["original", "coarse"]].dropna().reset_index()
    wide["layer"] = pd.Categorical(wide.layer, rows.layer.unique())
    wide = wide.sort_values(["dataset", "layer"]).astype({"layer": str})
    found = over_seeds_of(wide.assign(estimate=wide.original - wide.coarse), ["dataset", "layer"], above=0)
    decided = rows[rows.status != "ok"].groupby(["dataset", "layer"]).size()
    fixed = [(row.dataset, row.layer) in decided.index for row in found.itertuples()]
    found["verdict"] = found.verdict.mask(fixed, CONSTRUCTED)
    means = wide.groupby(["dataset", "layer"], sort=False)[["original", "coarse"]].mean().reset_index()
    table = means.rename(columns={"original": "fine"}).merge(found, on=["dataset", "layer"])
    others = {"low_half": alone[alone.band_low == 0], "untouched": halves[halves["mode"] == "none"]}
    for name, part in others.items():
        keys = ["dataset", "layer"] if name == "low_half" else ["dataset"]
        apart = part.groupby([*keys, "trained_on"]).top1.mean().unstack()
        table = table.merge((apart.original - apart.coarse).rename(name).reset_index(), on=keys, how="left")
    return table


def learned(matrix: pd.DataFrame, classes: int = 10, margin: float = 0.02) -> pd.DataFrame:
    """C16: what is lost by training and testing on blurred images, and what is learned from their residuals?

    Args:
        matrix: from `robustness` of every network, with the columns trained_on ("original", "low-2", "low-4", "high-2",
            "high-4") and seed.
        classes: of the data set, for chance.
        margin: above chance, within which nothing counts as learned.

    Returns:
        One row a data set and statement: "blur of 2 costs" (top-1 of the untouched minus that of the blurred, above 0),
        "blur of 4 costs more" (above 0), "nothing from high-pass 2" and "4" (top-1, below chance and the margin), each
        trained and tested on its own form: dataset statement seeds estimate low high verdict. What a seed lacks is
        left out.
    """
    own = matrix[matrix.trained_on.str.replace("-", ":") == matrix.variant]
    wide = own.pivot(index=["dataset", "seed"], columns="trained_on", values="top1")
    wide = wide.reindex(columns=["original", "low-2", "low-4", "high-2", "high-4"])
    statements = [
        ("blur of 2 costs", wide.original - wide["low-2"], {"above": 0}),
        ("blur of 4 costs more", wide["low-2"] - wide["low-4"], {"above": 0}),
        *((f"nothing from high-pass {s}", wide[f"high-{s}"], {"below": 1 / classes + margin}) for s in (2, 4)),
    ]
    found = []
    for statement, values, threshold in statements:
        rows = values.dropna().rename("estimate").reset_index().assign(statement=statement)
        found.append(over_seeds_of(rows, ["dataset", "statement"], **threshold))
    return pd.concat(found, ignore_index=True)
