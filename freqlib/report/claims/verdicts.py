"""How a verdict is reached: an interval against a threshold that was fixed beforehand.

A claim is "reproduced" if the interval of its statistic (95 %) lies clear of the threshold on the claimed side, "not
reproduced" if it lies clear on the other, and "inconclusive" otherwise. Rows that are decided by construction take no
part.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy import stats

REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE = "reproduced", "not reproduced", "inconclusive"
FEWEST = 3  # seeds that an interval needs


def decide(low: float, high: float, above: float | None = None, below: float | None = None) -> str:
    """Hold an interval against a threshold.

    Args:
        low: end of the interval.
        high: end of the interval.
        above: the claim is that the statistic is larger than this.
        below: the claim is that the statistic is smaller than this; exactly one of the two is given.

    Returns:
        "reproduced", "not reproduced" or "inconclusive".

    Example:
        >>> decide(0.1, 0.3, above=0), decide(0.1, 0.3, below=0), decide(-0.1, 0.3, above=0)
        ('reproduced', 'not reproduced', 'inconclusive')
    """
    if above is None:
        low, high, above = -high, -low, -below
    return REPRODUCED if low > above else NOT_REPRODUCED if high < above else INCONCLUSIVE


def together(verdicts: Iterable[str]) -> str:
    """Join the verdicts of several models or fills on a claim about every one of them.

    Args:
        verdicts: any number.

    Returns:
        "reproduced" if all are; "not reproduced" if one is, since the claim is about all; else "inconclusive".

    Example:
        >>> together(["reproduced", "reproduced"]), together(["reproduced", "not reproduced"])
        ('reproduced', 'not reproduced')
    """
    found = set(verdicts)
    if found == {REPRODUCED}:
        return REPRODUCED
    return NOT_REPRODUCED if NOT_REPRODUCED in found else INCONCLUSIVE


def anywhere(verdicts: Iterable[str]) -> str:
    """Join the verdicts of several places on a claim that something exists.

    Args:
        verdicts: any number.

    Returns:
        "reproduced" if one is; "not reproduced" if all are; else "inconclusive".

    Example:
        >>> anywhere(["inconclusive", "reproduced"]), anywhere(["inconclusive", "not reproduced"])
        ('reproduced', 'inconclusive')
    """
    found = set(verdicts)
    if REPRODUCED in found:
        return REPRODUCED
    return NOT_REPRODUCED if found == {NOT_REPRODUCED} else INCONCLUSIVE


def largest(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Keep one table for each model and data set, that with the most images, so that none is counted twice.

    Args:
        tables: from `sweep`, by name.

    Returns:
        Those that are kept, in their order.

    Example:
        >>> few, all_ = (pd.DataFrame([{"model": "m", "dataset": "d", "n": n}]) for n in (10, 20))
        >>> list(largest({"few": few, "all": all_}))
        ['all']
    """
    best: dict[tuple[str, str], str] = {}
    for name, table in tables.items():
        key = (table.model[0], table.dataset[0])
        if key not in best or table.n[0] > tables[best[key]].n[0]:
            best[key] = name
    return {name: tables[name] for name in tables if name in best.values()}


def over_seeds(
    values: Sequence[float], above: float | None = None, below: float | None = None, comparisons: int = 1
) -> dict:
    """Hold a statistic of several trainings against a threshold; the unit is the seed.

    Args:
        values: of the statistic, one a seed.
        above: the claim is that the statistic is larger than this.
        below: the claim is that the statistic is smaller than this; exactly one of the two is given.
        comparisons: statistics whose intervals are to hold together (Bonferroni).

    Returns:
        seeds, estimate (the mean), low and high (Student's interval, 95 %), verdict. With fewer than five seeds it is
        "inconclusive" unless, besides, every seed lies on the same side, by a mean of more than five standard
        deviations.

    Example:
        >>> over_seeds([0.50, 0.52, 0.51], above=0)["verdict"], over_seeds([0.1, 0.5, 0.9], above=0)["verdict"]
        ('reproduced', 'inconclusive')
    """
    seeds = np.asarray(values, float)
    if len(seeds) < FEWEST:
        return {"seeds": len(seeds), "estimate": seeds.mean(), "verdict": INCONCLUSIVE}
    spread = float(seeds.std(ddof=1))
    reach = stats.t.ppf(1 - 0.025 / comparisons, len(seeds) - 1) * spread / np.sqrt(len(seeds))
    mean = float(seeds.mean())
    threshold = below if above is None else above
    verdict = decide(mean - reach, mean + reach, above, below)
    if len(seeds) < 5:
        agree = len(set(np.sign(seeds - threshold))) == 1 and abs(mean - threshold) > 5 * spread
        verdict = verdict if agree else INCONCLUSIVE
    return {"seeds": len(seeds), "estimate": mean, "low": mean - reach, "high": mean + reach, "verdict": verdict}


def over_seeds_of(
    rows: pd.DataFrame, keys: list[str], above: float | None = None, below: float | None = None, comparisons: int = 1
) -> pd.DataFrame:
    """Hold a statistic of several trainings against a threshold, for each network or place of a table.

    Args:
        rows: one a seed and group, with the statistic in the column estimate.
        keys: the columns that make a group.
        above: as for `over_seeds`.
        below: as for `over_seeds`.
        comparisons: as for `over_seeds`; by default nothing corrects for the number of groups.

    Returns:
        One row a group, in their order: the keys and what `over_seeds` returns. A group of fewer than three seeds is
        "inconclusive", without an interval.

    Example:
        >>> rows = pd.DataFrame({"network": ["a"] * 3, "estimate": [0.50, 0.52, 0.51]})
        >>> over_seeds_of(rows, ["network"], above=0).verdict.tolist()
        ['reproduced']
    """
    groups = rows.groupby(keys, sort=False).estimate
    found = [dict(zip(keys, k, strict=True)) | over_seeds(v.tolist(), above, below, comparisons) for k, v in groups]
    return pd.DataFrame(found, columns=[*keys, "seeds", "estimate", "low", "high", "verdict"])


def decided_groups(rows: pd.DataFrame, keys: list[str]) -> int:
    """Count the groups that have an interval of their own, so that a single run beside them widens no other's.

    Args:
        rows: one a seed and group.
        keys: the columns that make a group.

    Returns:
        How many groups have the seeds that `over_seeds` asks for; 1 at least.

    Example:
        >>> decided_groups(pd.DataFrame({"form": ["a", "a", "a", "b"]}), ["form"])
        1
    """
    return max(1, int((rows.groupby(keys).size() >= FEWEST).sum()))
