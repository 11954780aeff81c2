"""Panels of one size side by side."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase


def panels(
    count: int, size: tuple[float, float] = (3.5, 2.9), most: int = 3, figure: FigureBase | None = None, **sharing: bool
) -> tuple[FigureBase, list[Axes]]:
    """Return a figure of so many panels.

    Args:
        count: of the panels, one or more.
        size: of one, width and height in inches.
        most: side by side; four in rows of three are two and two.
        figure: where to draw, such as one of several subfigures; by default a new one that fits.
        sharing: for matplotlib, such as sharey.

    Returns:
        The figure and its axes, in reading order.

    Example:
        >>> figure, axes = panels(4)
        >>> len(axes), figure.get_size_inches().tolist()
        (4, [7.0, 5.8])
    """
    columns = 2 if (count, most) == (4, 3) else min(count, most)
    rows = -(-count // columns)
    figure = figure or plt.figure(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **sharing).flat
    for ax in axes[count:]:
        ax.axis("off")
    return figure, list(axes[:count])
