"""The figures that compare networks over relative depth: centroids, steps of blocks, indices."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase

from freqlib.experiments.collapse import SLOPE
from freqlib.report.panels import panels
from freqlib.report.plots import plot_spectra

STEPS = {"attention": 0, "token mixing": 1, "block": 2, "MLP": 3}


def plot_layers(tables: Mapping[str, pd.DataFrame]) -> FigureBase:
    """Draw the relative log-amplitude of every layer, one panel a network.

    Args:
        tables: from `feature_spectra`, by the name of the panel.

    Returns:
        The figure, from shallow (dark) to deep (light); all panels share their axes.
    """
    figure, axes = panels(len(tables), sharey=True)
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        plot_spectra(table, ax=ax, legend=False).set(title=name, xlabel="", ylabel="", xlim=(0, 2**0.5))
    figure.supxlabel("radial frequency (1 = Nyquist)")
    figure.supylabel("relative log-amplitude")
    return figure


def plot_centroids(
    tables: Mapping[str, pd.DataFrame], untrained: Mapping[str, pd.DataFrame] | None = None
) -> FigureBase:
    """Draw the spectral centroid of every layer and that of its null over depth, one panel a network.

    Args:
        tables: from `collapse`, by the name of the panel.
        untrained: the same of networks with random weights, of some panels or all.

    Returns:
        The figure; bars are 95 % intervals.
    """
    figure, axes = panels(len(tables))
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        rows = table[table.layer != SLOPE]
        _with_bars(ax, rows, "centroid", "measured", 0)
        ax.plot(rows.depth, rows.null, "--", color="0.4", label="places shuffled")
        if untrained and name in untrained:
            fresh = untrained[name][untrained[name].layer != SLOPE]
            ax.plot(fresh.depth, fresh.centroid, ":", color=sns.color_palette("colorblind")[1], label="untrained")
        top = 1.1 * max(rows.null.max(), rows.centroid_high.max())
        ax.set(title=name, xlabel="relative depth", xlim=(-0.03, 1.03), ylim=(0, top))
    axes[0].legend(frameon=False)
    figure.supylabel("centroid (cycles per image)")
    return figure


def plot_steps(tables: Mapping[str, pd.DataFrame]) -> FigureBase:
    """Draw what each step of each block does to high frequencies over depth, one panel a network.

    Args:
        tables: from `block_steps`, by the name of the panel.

    Returns:
        The figure; above zero a step raises high frequencies, below it lowers them; bars are 95 % intervals.
    """
    figure, axes = panels(len(tables))
    for ax, (name, table) in zip(axes, tables.items(), strict=True):
        for step, rows in table.groupby("step", sort=False):
            _with_bars(ax, rows, "change", str(step), STEPS[str(step)])
        ax.axhline(0, color="0.4", lw=0.8)
        ax.set(title=name, xlabel="relative depth", xlim=(-0.03, 1.03))
        ax.legend(frameon=False)
    figure.supylabel("change of relative log-amplitude, r ≥ 0.5")
    return figure


def plot_indices(tables: Mapping[str, pd.DataFrame]) -> FigureBase:
    """Draw the invariance index of every layer over depth: all networks in one panel, plain and size-matched.

    Args:
        tables: from `invariance`, by the name of the line.

    Returns:
        The figure; small means that the bands are alike to the network; bars are 95 % intervals.
    """
    figure, axes = panels(2)
    for ax, (column, title) in zip(axes, (("invariance", "plain"), ("matched", "size-matched")), strict=True):
        for i, (name, table) in enumerate(tables.items()):
            _with_bars(ax, table, column, name, i)
        ax.set(title=title, xlabel="relative depth", xlim=(-0.03, 1.03), ylim=(0, None))
    axes[0].set_ylabel("invariance index")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False)
    return figure


def plot_nothing(tables: Mapping[str, pd.DataFrame]) -> Axes:
    """Draw what a network still knows when a layer's whole map is gone, such as by its class token, over depth.

    Args:
        tables: from `sweep`, with mode "isolate", by the name of the line.

    Returns:
        The axes: top-1 of the row "nothing" in per cent, zero-filled, with 95 % intervals.
    """
    ax = panels(1, (5.2, 3.4))[1][0]
    for i, (name, table) in enumerate(tables.items()):
        rows = table[(table.band == "nothing") & (table.fill == "zero")]
        shares = {c: 100 * rows[c] for c in ("top1", "top1_low", "top1_high")}
        _with_bars(ax, rows.assign(**shares), "top1", name, i)
    ax.set(xlabel="relative depth", ylabel="top-1 without the map (%)", xlim=(-0.03, 1.03), ylim=(0, None))
    ax.legend(frameon=False)
    return ax


def _with_bars(ax: Axes, rows: pd.DataFrame, column: str, label: str, colour: int) -> None:
    """Draw a column over depth with the interval that stands beside it."""
    value = rows[column].to_numpy(float)
    reach = [value - rows[f"{column}_low"].to_numpy(float), rows[f"{column}_high"].to_numpy(float) - value]
    shade = sns.color_palette("colorblind")[colour]
    ax.errorbar(rows.depth, value, np.clip(reach, 0, None), fmt="o-", ms=3.5, lw=1.2, color=shade, label=label)
