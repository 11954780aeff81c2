"""Tables of verdicts as they are read: percentages with their intervals, and how many of which kind."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from freqlib.experiments.evaluation.intervals import written


def readable(rows: pd.DataFrame, *names: str, what: str = "points") -> pd.DataFrame:
    """Make a table of verdicts fit to be read.

    Args:
        rows: with shares of 1 in estimate, low and high, and seeds and verdict.
        names: of the columns in front, which are kept as they are.
        what: the estimate is, once a hundred times as large.

    Returns:
        The names, the estimate with its interval in one text, the verdict and seeds.

    Example:
        >>> from freqlib.report.claims.verdicts import over_seeds
        >>> rows = pd.DataFrame([{"form": "low-2"} | over_seeds([0.10, 0.11, 0.12], above=0)])
        >>> list(map(str, readable(rows, "form").iloc[0]))
        ['low-2', '11.0 [8.5, 13.5]', 'reproduced', '3']
    """
    table = rows.reindex(columns=list(names)).assign(**{f"{what} [95 %]": written(rows, times=100)})
    return table.assign(verdict=rows.verdict, seeds=rows.seeds.astype(int) if len(rows) else rows.seeds)


def counted(verdicts: Iterable[str]) -> str:
    """Say how many verdicts of a list are of which kind.

    Args:
        verdicts: any number.

    Returns:
        One text, the most frequent first.

    Example:
        >>> counted(["inconclusive", "reproduced", "reproduced"]), counted([])
        ('2 reproduced, 1 inconclusive', 'none yet')
    """
    return ", ".join(f"{number} {verdict}" for verdict, number in Counter(verdicts).most_common()) or "none yet"
