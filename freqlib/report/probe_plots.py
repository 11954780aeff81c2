"""The figures of what probes find in a network, and of what the network makes of it."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch

from freqlib.errors import InputError
from freqlib.experiments.usage import DECIDED, MISSED, NOT_FOUND, UNUSED, USED, corrected
from freqlib.report.heat import draw_heat
from freqlib.report.panels import panels

COLOURS = {NOT_FOUND: "0.92", UNUSED: "#e1b35a", USED: "#3f7fb5", MISSED: "#b9d3e8", DECIDED: "#f3e3c0"}


def plot_usable(probes: pd.DataFrame, title: str = "", figure: FigureBase | None = None) -> FigureBase:
    """Draw what each kind of probe finds beyond its best control, for every layer and band.

    Args:
        probes: from `probe_layers`, of one model, with controls.
        title: of the figure.
        figure: where to draw, such as one of several subfigures; by default a new one that fits.

    Returns:
        The figure: one heat map a kind, in points of top-1; cells whose interval does not lie above 0 (all cells
        together with 95 %) are in brackets, bands without a cell are blank.

    Raises:
        InputError: a table without controls.
    """
    if "usable" not in probes:
        raise InputError("The table of probes has no column 'usable'; run probe_layers with at least one control.")
    kinds, layers, bands = (list(dict.fromkeys(probes[column])) for column in ("kind", "layer", "band"))
    sure = corrected(probes)
    size = (0.8 + 2.8 * len(kinds), 1.9 + 0.32 * len(layers))
    figure = figure or plt.figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, len(kinds), sharey=True, squeeze=False)
    reach = max(1.0, 100 * float(probes.usable.abs().max()))
    for ax, kind in zip(axes.flat, kinds, strict=True):
        cells = sure[sure.kind == kind]
        value = (100 * cells.pivot(index="layer", columns="band", values="usable")).reindex(layers, columns=bands)
        above = cells.assign(above=(cells.usable_low > 0).astype(float))
        found = above.pivot(index="layer", columns="band", values="above").reindex(layers, columns=bands)
        text = value.map(lambda v: "" if np.isnan(v) else f"{v:.1f}").where(found == 1, value.map(_bracketed))
        label = "usable information (points)" if ax is axes.flat[-1] else None
        draw_heat(value, ax, text, label, cmap="vlag_r", vmin=-reach, vmax=reach)
        ax.set(title=kind, xlabel="band", ylabel="layer" if ax is axes.flat[0] else "")
        ax.tick_params(axis="x", rotation=45)
    figure.suptitle(title)
    return figure


def plot_usage(table: pd.DataFrame, layers: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the map of a network: for each layer and band whether it is found, and whether it is used.

    Args:
        table: from `usage`.
        layers: names, from the first downward; by default those of the table.
        ax: where to draw; by default new axes that fit.

    Returns:
        The axes; each cell says usable / used information in points of top-1.
    """
    layers = list(dict.fromkeys(table.layer)) if layers is None else list(layers)
    bands = list(table.sort_values("band_low").band.drop_duplicates())
    ax = ax or panels(1, (1.6 + 1.05 * len(bands), 1.5 + 0.42 * len(layers)))[1][0]
    for row in table.itertuples():
        j, i = bands.index(row.band), layers.index(row.layer)
        ax.add_patch(plt.Rectangle((j, i), 1, 1, facecolor=COLOURS[row.finding], edgecolor="white", lw=1.5))
        usable, used = (round(100 * share) for share in (row.usable, row.used))  # whole numbers have no minus zero
        text = f"{usable} / {used}"
        colour = "white" if row.finding == USED else "black"
        ax.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=8, color=colour)
    ax.set(xlim=(0, len(bands)), ylim=(len(layers), 0), xlabel="band", ylabel="layer")
    ax.set_xticks(np.arange(len(bands)) + 0.5, bands, rotation=30)
    ax.set_yticks(np.arange(len(layers)) + 0.5, layers)
    ax.tick_params(length=0)
    sns.despine(ax=ax, left=True, bottom=True)
    handles = [Patch(facecolor=colour, edgecolor="0.7", label=finding) for finding, colour in COLOURS.items()]
    ax.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False, fontsize=8)
    return ax


def _bracketed(value: float) -> str:
    return "" if np.isnan(value) else f"({value:.1f})"
