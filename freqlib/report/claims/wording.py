"""Tables of verdicts as they are read: percentages with their intervals, and which rows lie on which side."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from freqlib.experiments.intervals import written
from freqlib.report.claims.verdicts import INCONCLUSIVE, NOT_REPRODUCED, REPRODUCED


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


def sides(
    rows: pd.DataFrame, group: str, member: str, words: Sequence[str] = ("clear", "clear the other way", "open")
) -> str:
    """Say which rows of a table of verdicts lie on which side.

    Args:
        rows: with a verdict.
        group: a column by which the rows are put together.
        member: a column that tells those of one group apart.
        words: for rows that are reproduced, not reproduced and inconclusive.

    Returns:
        One text.

    Example:
        >>> rows = [("blur", "clean", REPRODUCED), ("blur", "noise", INCONCLUSIVE), ("band", "noise", NOT_REPRODUCED)]
        >>> sides(pd.DataFrame(rows, columns=["filters", "images", "verdict"]), "filters", "images")
        'clear: blur (clean); clear the other way: band (noise); open: blur (noise)'
    """
    said = dict(zip((REPRODUCED, NOT_REPRODUCED, INCONCLUSIVE), words, strict=True))
    members = rows.groupby(["verdict", group], sort=False)[member].agg(", ".join)
    texts = {v: ", ".join(f"{g} ({m})" for (at, g), m in members.items() if at == v) for v in said}
    return "; ".join(f"{said[v]}: {text}" for v, text in texts.items() if text)
