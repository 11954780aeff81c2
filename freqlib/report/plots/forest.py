"""Estimates and their intervals one below the other: the forest plot."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

MARKERS = "osD^v"
APART = 0.16  # of the series of one row, in rows


def draw_intervals(series: Mapping[str, pd.DataFrame], names: Sequence[str], ax: Axes, times: float = 1) -> Axes:
    """Draw estimates with their intervals.

    Args:
        series: tables with a row for each name: estimate, low, high, and solid, if not all marks are to be filled; by
            their label.
        names: of the rows, downward.
        ax: where to draw.
        times: what the numbers are multiplied with, such as 100 for per cent.

    Returns:
        The axes, one mark and colour per series.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> rows = pd.DataFrame({"estimate": [0.1, 0.2], "low": [0.0, 0.1], "high": [0.2, 0.3]})
        >>> ax = draw_intervals({"top-1": rows}, ["low", "high"], plt.figure().add_subplot(), times=100)
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['low', 'high']
    """
    for i, (label, rows) in enumerate(series.items()):
        middle, low, high = (times * rows[name].to_numpy(float) for name in ("estimate", "low", "high"))
        at = np.arange(len(names)) + APART * (i - (len(series) - 1) / 2)
        style = {"fmt": MARKERS[i], "ms": 4.5, "lw": 1, "mfc": "white", "label": label}
        bars = ax.errorbar(middle, at, xerr=[middle - low, high - middle], **style)
        solid = rows.get("solid", pd.Series(True, rows.index)).to_numpy(bool)
        ax.plot(middle[solid], at[solid], MARKERS[i], ms=4.5, color=bars[0].get_color(), zorder=3)
    ax.set_yticks(range(len(names)), names, fontsize=8)
    ax.set_ylim(len(names) - 0.5, -0.5)
    return ax
