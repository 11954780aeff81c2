"""C13 to C15: weight decay, the spectra of kernels and robustness, from the tables of chapter 07."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from freqlib.errors import InputError
from freqlib.experiments.spectra.ssr import DEFINITIONS, ssr
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED, over_seeds_of

CLAIMED = 3.0
SINCE_FIRST, OVER_DC = "absolute since epoch 1", "energy over DC"
OVER_DC_SINCE_FIRST = f"{OVER_DC} since epoch 1"
# The sign of growth in each definition; the energies over DC are held against each other as they are.
_GROWTH = {"absolute": -1, "relative": -1, "growth": 1, SINCE_FIRST: -1}
BOTH_GROW, ENERGIES, UNCLEAR = "both grow", "a ratio of energies", "unclear"


def suppression(kernels: pd.DataFrame) -> pd.DataFrame:
    """Say what every training did to the high frequencies of its kernels, by every definition.

    Args:
        kernels: rows of `kernel_history` of every training, with the columns arm and seed.

    Returns:
        One row a training, definition and place, the first convolution or "all": arm seed definition layer value. To
        the definitions of `ssr` come "absolute since epoch 1", which takes the network after one epoch for the
        untrained one, as the published code does, and "energy over DC", H after the training over H before, also with
        "since epoch 1".
    """
    parts = []
    for (arm, seed), rows in kernels.groupby(["arm", "seed"], sort=False):
        first, last = rows.epoch.min(), rows.epoch.max()
        starts = dict.fromkeys([*DEFINITIONS, OVER_DC], first)
        starts |= dict.fromkeys([SINCE_FIRST, OVER_DC_SINCE_FIRST], min(first + 1, last))
        for name, start in starts.items():
            ends = [rows[rows.epoch == epoch] for epoch in (start, last)]
            definition = name if name in DEFINITIONS else "absolute"
            table = ssr(*ends, definition=definition).iloc[[0, -1]].assign(arm=arm, seed=seed, definition=name)
            parts.append(table.assign(value=table.after / table.before if name.startswith(OVER_DC) else table.ssr))
    return pd.concat(parts, ignore_index=True)[["arm", "seed", "definition", "layer", "value"]]


def three_times(ratios: pd.DataFrame, none: str, decay: str) -> pd.DataFrame:
    """C13: is the ratio of what grows without decay to what grows with it three?

    Args:
        ratios: one row a seed, arm, definition and layer: arm seed definition layer value.
        none: the arm without decay.
        decay: the arm with it.

    Returns:
        One row a definition and layer: definition layer seeds none decay (means) estimate (their ratio, one of means)
        low high (Fieller's interval, seeds paired; unbounded where the denominator is not clear of 0); reading, by
        the intervals of both means: "no growth without decay", so that there is none to be suppressed, "decay undoes
        all growth", so that no ratio tells by how much, "both grow", "unclear", or for energies "a ratio of energies";
        verdict: "reproduced" where both grow, or energies are compared, and the interval contains 3 and not 1; "not
        reproduced" where it does not contain 3, and by the first two readings; else, and with fewer than five seeds,
        "inconclusive".

    Raises:
        InputError: fewer than two seeds that have both arms.

    Source: Fieller, J. R. Stat. Soc. B 16 (1954).
    """
    keys = ["definition", "layer"]
    wide = ratios[ratios.arm.isin([none, decay])].pivot(index=[*keys, "seed"], columns="arm", values="value")
    wide = wide.reindex(columns=[none, decay]).dropna()
    found = []
    for place, pairs in wide.groupby(level=keys, sort=False):
        if len(pairs) < 2:
            raise InputError(f"C13 pairs {none!r} and {decay!r} seed by seed; there is {len(pairs)} such seed.")
        low, high = _fieller(pairs[none].to_numpy(), pairs[decay].to_numpy())
        means = {"none": pairs[none].mean(), "decay": pairs[decay].mean()}
        reading = _reading(place[0], pairs[none], pairs[decay])
        verdict = INCONCLUSIVE
        if len(pairs) >= 5 and reading in (BOTH_GROW, ENERGIES):
            inside = low <= CLAIMED <= high
            vague = not np.isfinite([low, high]).all() or (inside and low <= 1)
            verdict = INCONCLUSIVE if vague else REPRODUCED if inside else NOT_REPRODUCED
        elif len(pairs) >= 5 and reading != UNCLEAR:
            verdict = NOT_REPRODUCED
        ratio = {"estimate": means["none"] / means["decay"], "low": low, "high": high, "reading": reading}
        found.append(dict(zip(keys, place, strict=True)) | {"seeds": len(pairs)} | means | ratio | {"verdict": verdict})
    return pd.DataFrame(found)


def robust_by_decay(robustness: pd.DataFrame, none: str, decay: str) -> pd.DataFrame:
    """C14 and C15: does decay help at 24 pixels, and does it hurt with noise?

    Args:
        robustness: from `robustness` of every network, the untouched images first, with the columns arm and seed.
        none: the arm without decay.
        decay: the arm with it.

    Returns:
        Four rows, as far as the table goes: claim statistic seeds estimate low high verdict. C14 at 24 pixels,
        accuracy, with minus without decay (above .06); C14, the same of the change from each model's own clean
        accuracy; C15, the drop from clean at noise of .05, with minus without decay (above 0); C15, the accuracy
        there, without minus with decay (above 0): a network that is better on clean images has more to lose.
    """
    asked = [
        ("C14", "accuracy at 24 pixels", "pixels:24", "top1", 1, 0.06),
        ("C14", "change from clean at 24 pixels", "pixels:24", "d_top1", 1, 0.06),
        ("C15", "drop from clean at noise of .05", "noise:0.05", "d_top1", -1, 0.0),
        ("C15", "accuracy lost at noise of .05", "noise:0.05", "top1", -1, 0.0),
    ]
    found = []
    for claim, statistic, variant, column, sign, above in asked:
        rows = robustness[robustness.variant == variant]
        wide = rows.pivot(index="seed", columns="arm", values=column).reindex(columns=[none, decay]).dropna()
        values = (sign * (wide[decay] - wide[none])).rename("estimate").reset_index()
        values = values.assign(claim=claim, statistic=statistic)
        found.append(over_seeds_of(values, ["claim", "statistic"], above=above))
    return pd.concat(found, ignore_index=True)


def baseline(arm: str) -> str:
    """Return the arm without decay that was trained like another one.

    Args:
        arm: its name; the length of its training may stand behind a comma.

    Returns:
        "adam-0" for the arms of Adam and AdamW, else "decay-0", with the same length.

    Example:
        >>> baseline("adamw"), baseline("decay-1e-3, 50 epochs")
        ('adam-0', 'decay-0, 50 epochs')
    """
    name, comma, length = arm.partition(",")
    return ("adam-0" if name.startswith("adam") else "decay-0") + comma + length


def against_none(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Hold what came of every training against the same seed without decay.

    Args:
        outcomes: indexed by arm and seed, one column an outcome; NaN where it is not known.

    Returns:
        One row an arm other than those without decay and an outcome that both have: arm outcome and what
        `over_seeds_of` returns of the differences, each for itself.

    Example:
        >>> names = pd.MultiIndex.from_product([["decay-0", "dropout"], [0]], names=["arm", "seed"])
        >>> against_none(pd.DataFrame({"clean": [88.0, 89.5]}, names))[["arm", "estimate"]].values.tolist()
        [['dropout', 1.5]]
    """
    arms, seeds = (outcomes.index.get_level_values(name) for name in ("arm", "seed"))
    without = outcomes.reindex(pd.MultiIndex.from_arrays([arms.map(baseline), seeds])).set_axis(outcomes.index)
    differences = (outcomes - without).rename_axis(columns="outcome").stack().dropna().rename("estimate").reset_index()
    return over_seeds_of(differences[differences.arm != differences.arm.map(baseline)], ["arm", "outcome"], above=0)


def _reading(definition: str, none: pd.Series, decay: pd.Series) -> str:
    """Say whether there is growth in both arms, by the interval of each mean."""
    if definition.startswith(OVER_DC):
        return ENERGIES
    rows = pd.concat([none, decay], keys=["none", "decay"], names=["arm"]).rename("estimate") * _GROWTH[definition]
    grows = over_seeds_of(rows.reset_index(), ["arm"], above=0).set_index("arm").verdict
    if grows.none == NOT_REPRODUCED:
        return "no growth without decay"
    if grows.none != REPRODUCED or grows.decay == INCONCLUSIVE:
        return UNCLEAR
    return BOTH_GROW if grows.decay == REPRODUCED else "decay undoes all growth"


def _fieller(above: NDArray, below: NDArray) -> tuple[float, float]:
    """The interval of a ratio of means of paired values: all q for which mean(above - q below) may be 0."""
    n = len(above)
    (a, ab), (_, b) = np.cov(above, below) / n
    t = stats.t.ppf(0.975, n - 1) ** 2
    x, y = np.mean(above), np.mean(below)
    square, middle, last = y * y - t * b, x * y - t * ab, x * x - t * a
    inside = middle * middle - square * last
    if square <= 0 or inside < 0:
        return -np.inf, np.inf
    return (middle - np.sqrt(inside)) / square, (middle + np.sqrt(inside)) / square
