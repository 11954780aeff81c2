"""A heat map with a number in every cell.

seaborn draws the whole figure once for each of its heat maps, to see whether tick labels overlap; a figure of many
panels takes a minute that way.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.image import AxesImage
from seaborn.utils import relative_luminance


def draw_heat(
    values: pd.DataFrame, ax: Axes, text: pd.DataFrame, label: str | None, size: float = 8, **options: Any
) -> Colorbar | None:
    """Draw a table as a heat map: rows downward, columns to the right.

    Args:
        values: numbers; NaN is left blank.
        ax: where to draw.
        text: of each cell, shaped like `values`.
        label: of the colour bar; None draws none.
        size: of the text.
        options: for matplotlib's pcolormesh, such as cmap, vmin and vmax.

    Returns:
        The colour bar.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> table = pd.DataFrame([[0.1, 0.9]], index=["layer1"], columns=["low", "high"])
        >>> ax = plt.figure().add_subplot()
        >>> draw_heat(table, ax, table.astype(str), None)
        >>> [t.get_text() for t in ax.texts]
        ['0.1', '0.9']
    """
    mesh = ax.pcolormesh(np.ma.masked_invalid(values.to_numpy(float)), edgecolors="white", linewidth=0.5, **options)
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "in_layout": False}
    for (i, j), value in np.ndenumerate(values.to_numpy(float)):
        if np.isfinite(value):
            colour = "0.15" if relative_luminance(mesh.to_rgba(value)) > 0.41 else "white"
            ax.text(j + 0.5, i + 0.5, text.iat[i, j], color=colour, **style)
    ax.set(xlim=(0, values.shape[1]), ylim=(values.shape[0], 0))
    ax.set_xticks(np.arange(values.shape[1]) + 0.5, values.columns)
    ax.set_yticks(np.arange(values.shape[0]) + 0.5, values.index)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    return None if label is None else ax.figure.colorbar(mesh, ax=ax, label=label)


def draw_frequencies(table: pd.DataFrame, value: str, ax: Axes, **options: Any) -> AxesImage:
    """Draw a column of a table by ky and kx, DC in the middle, ky downward, kx to the right."""
    grid = table.pivot(index="ky", columns="kx", values=value)
    (top, bottom), (left, right) = ((axis[0] - 0.5, axis[-1] + 0.5) for axis in (grid.index, grid.columns))
    return ax.imshow(grid.to_numpy(float), extent=(left, right, bottom, top), **options)
