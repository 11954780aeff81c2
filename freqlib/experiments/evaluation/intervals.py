"""95 % intervals of rates and of paired differences, by image or by group of dependent images."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95
RESAMPLES = 999


def rate(hits: NDArray, groups: NDArray | None = None) -> tuple[float, float]:
    """Return the interval of a rate.

    Args:
        hits: (n,) bool.
        groups: (n,) integers, the units of the bootstrap where images are not independent; None: every image.

    Returns:
        low and high: Wilson's score interval, or the percentile bootstrap over groups; where all images are alike,
        Wilson's of as many images as there are groups.

    Source: Wilson, JASA 22 (1927).

    Example:
        >>> [round(bound, 3) for bound in rate(np.array([True] * 8 + [False] * 2))]
        [0.49, 0.943]
    """
    if groups is not None and 0 < hits.mean() < 1:
        return _by_group(hits, groups)
    if groups is not None:  # no resample of what is all alike differs: as many images as there are groups
        hits = hits[: len(np.unique(groups))]
    result = stats.binomtest(int(hits.sum()), len(hits)).proportion_ci(LEVEL, method="wilson")
    return float(result.low), float(result.high)


def rate_difference(hits: NDArray, reference: NDArray, groups: NDArray | None = None) -> tuple[float, float]:
    """Return the interval of the difference of two rates on the same images.

    Args:
        hits: (n,) bool.
        reference: (n,) bool, on the same images.
        groups: as in `rate`.

    Returns:
        low and high of mean(hits) - mean(reference): Wald's paired interval with one image added to each kind of
        disagreement, so that no disagreement at all still has a width; or, where there is some, the percentile
        bootstrap over groups.

    Source: Bonett & Price, Journal of Educational and Behavioral Statistics 37 (2012).

    Example:
        >>> same = np.ones(98, dtype=bool)
        >>> [round(bound, 3) for bound in rate_difference(same, same)]
        [-0.028, 0.028]
    """
    if groups is not None and (hits != reference).any():
        return _by_group(hits.astype(float) - reference, groups)
    n = len(hits) if groups is None else len(np.unique(groups))
    gained = (np.sum(hits & ~reference) + 1) / (n + 2)
    lost = (np.sum(~hits & reference) + 1) / (n + 2)
    half = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt((gained + lost - (gained - lost) ** 2) / (n + 2))
    return float(np.clip(gained - lost - half, -1, 1)), float(np.clip(gained - lost + half, -1, 1))


def unpaired_difference(value: Any, bounds: Sequence[Any], other: Any, others: Sequence[Any]) -> tuple[Any, Any]:
    """Return the interval of the difference of two rates as if on different images.

    Args:
        value: a rate, or an array of them.
        bounds: its low and high.
        other: the rate, or rates, to subtract.
        others: its low and high.

    Returns:
        low and high of value - other: Newcombe's hybrid score interval. Where the same images are hard for both, it is
        wider than a paired one.

    Source: Newcombe, Statistics in Medicine 17 (1998), 873-890, method 10.

    Example:
        >>> [round(float(bound), 2) for bound in unpaired_difference(0.5, (0.4, 0.6), 0.5, (0.4, 0.6))]
        [-0.14, 0.14]
    """
    down, up = np.hypot(value - bounds[0], others[1] - other), np.hypot(bounds[1] - value, other - others[0])
    return value - other - down, value - other + up


def mean_difference(values: NDArray, reference: NDArray, groups: NDArray | None = None) -> tuple[float, float]:
    """Return the interval of the mean of paired differences.

    Args:
        values: (n,) numbers.
        reference: (n,) numbers, on the same images.
        groups: as in `rate`.

    Returns:
        low and high of mean(values - reference): Student's interval, or the percentile bootstrap over groups.

    Example:
        >>> low, high = mean_difference(np.array([1.0, 2.0, 3.0]), np.zeros(3))
        >>> round(low, 2), round(high, 2)
        (-0.48, 4.48)
    """
    difference = values.astype(float) - reference
    if groups is not None:
        return _by_group(difference, groups)
    n = len(difference)
    error = difference.std(ddof=1) / np.sqrt(n) if n > 1 else np.inf
    half = stats.t.ppf((1 + LEVEL) / 2, max(n - 1, 1)) * error
    return float(difference.mean() - half), float(difference.mean() + half)


def columns(name: str, value: float, bounds: tuple[float, float]) -> dict[str, float]:
    """Return an estimate and its interval as columns of a table.

    Args:
        name: of the estimate.
        value: the estimate.
        bounds: low and high.

    Returns:
        NAME, NAME_low and NAME_high.

    Example:
        >>> columns("top1", 0.5, (0.4, 0.6))
        {'top1': 0.5, 'top1_low': 0.4, 'top1_high': 0.6}
    """
    return {name: value, f"{name}_low": bounds[0], f"{name}_high": bounds[1]}


def written(table: pd.DataFrame, name: str = "estimate", digits: int = 1, times: float = 1) -> list[str]:
    """Write the estimates of a table with their intervals.

    Args:
        table: with the columns "estimate", "low" and "high", or NAME, NAME_low and NAME_high.
        name: of the estimates; one that is NaN leaves an empty text, an interval that is NaN is left out.
        digits: behind the point.
        times: what numbers are multiplied by, such as 100 for per cent.

    Returns:
        One text a row.

    Example:
        >>> nan = float("nan")
        >>> table = pd.DataFrame({"top1": [0.5, 0.25, nan], "top1_low": [0.4, nan, nan], "top1_high": [0.6, nan, nan]})
        >>> written(table, "top1", times=100)
        ['50.0 [40.0, 60.0]', '25.0', '']
    """
    columns = [name, "low", "high"] if name == "estimate" else [name, f"{name}_low", f"{name}_high"]
    texts = []
    for x, low, high in (times * table[columns].to_numpy(float)).round(digits) + 0.0:  # no minus before a zero
        interval = f" [{low:.{digits}f}, {high:.{digits}f}]" if low == low else ""
        texts.append(f"{x:.{digits}f}{interval}" if x == x else "")
    return texts


def _by_group(values: NDArray, groups: NDArray) -> tuple[float, float]:
    """Percentile bootstrap of a mean over whole groups; the seed is fixed, so that rows of a table stay paired."""
    _, group = np.unique(groups, return_inverse=True)
    totals, counts = np.bincount(group, weights=values), np.bincount(group)
    times = resamples(len(counts))
    return percentiles((times @ totals) / (times @ counts))


@lru_cache(maxsize=2)
def resamples(units: int) -> NDArray:
    """Return how often each unit is drawn, once each for the estimate and then in each resample of a bootstrap.

    Args:
        units: how many there are.

    Returns:
        (1 + 999, units) counts; the seed is fixed, so that what is resampled alike stays paired. NaN for a single unit,
        which says nothing about others, but in the first row.
    """
    drawn = np.random.default_rng(0).multinomial(units, np.full(units, 1 / units), size=RESAMPLES).astype(float)
    return np.vstack([np.ones(units), drawn if units > 1 else drawn * np.nan])


def percentiles(values: NDArray) -> tuple[float, float]:
    """Return the percentile interval of a bootstrap.

    Args:
        values: (1 + 999,) of the statistic with the counts of `resamples`, the estimate first.

    Returns:
        low and high.

    Example:
        >>> counts = resamples(2)  # of two units, 0 and 1
        >>> percentiles(counts @ np.array([0.0, 1.0]) / 2)
        (0.0, 1.0)
    """
    low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return low, high


def simultaneous(value: NDArray, low: NDArray, high: NDArray, comparisons: int) -> tuple[NDArray, NDArray]:
    """Widen 95 % intervals so that all of them together hold with 95 % (Bonferroni).

    Args:
        value: (n,) estimates.
        low: (n,) lower bounds at 95 %.
        high: (n,) upper bounds at 95 %.
        comparisons: how many intervals are read together.

    Returns:
        low and high, both sides stretched about the estimate by the ratio of the normal quantiles.

    Example:
        >>> low, high = simultaneous(np.zeros(1), np.array([-1.0]), np.array([1.0]), 20)
        >>> round(float(high[0]), 2)
        1.54
    """
    tail = (1 - LEVEL) / 2
    stretch = stats.norm.isf(tail / max(comparisons, 1)) / stats.norm.isf(tail)
    return value - (value - low) * stretch, value + (high - value) * stretch
