"""The figures of the Syn sets: F1 of classes in training, confusion on band-filtered sets, and maps side by side."""

from collections.abc import Mapping
from itertools import product

import pandas as pd
import seaborn as sns
from matplotlib.figure import FigureBase

from freqlib.report.claims.synthetic import REACHED
from freqlib.report.heat import draw_heat
from freqlib.report.panels import panels
from freqlib.report.plots import plot_heatmap


def plot_f1(f1: pd.DataFrame, by: str = "set") -> FigureBase:
    """Draw the F1 of every class over the steps of the training, one panel a set.

    Args:
        f1: rows of `f1_history` with the columns named by `by` and seed.
        by: the column that makes the panels.

    Returns:
        The figure: lines are means over the seeds, bands span them; dotted, an F1 of .9.
    """
    names = list(dict.fromkeys(f1[by]))
    figure, axes = panels(len(names), sharey=True)
    for ax, name in zip(axes, names, strict=False):
        rows, first = f1[f1[by] == name], name == names[0]
        sns.lineplot(
            rows, x="step", y="f1", hue="class", errorbar=("pi", 100), palette="colorblind", ax=ax, legend=first
        )
        ax.axhline(REACHED, color="0.4", ls=":", lw=0.8)
        ax.set(title=name, xlabel="step", ylabel="F1", ylim=(-0.02, 1.05))
    axes[0].legend(title=None, frameon=False, fontsize=7)
    return figure


def plot_confusions(confusions: pd.DataFrame) -> FigureBase:
    """Draw which class is taken for which, sets downward, subsets of bands to the right.

    Args:
        confusions: rows of `confusion` with the columns set, bands and seed.

    Returns:
        The figure: true classes downward, predicted ones to the right, in per cent, means over the seeds.
    """
    sets, bands = (list(dict.fromkeys(confusions[column])) for column in ("set", "bands"))
    places = list(product(sets, bands))
    figure, axes = panels(len(places), (2.15, 2.0), most=len(bands), sharex=True, sharey=True)
    for ax, (name, kept) in zip(axes, places, strict=True):
        part = confusions[(confusions["set"] == name) & (confusions.bands == kept)]
        shares = 100 * part.pivot_table(index="true", columns="predicted", values="share")
        draw_heat(shares, ax, shares.map("{:.0f}".format), None, cmap="Blues", vmin=0, vmax=100)
        ax.set(title=f"{name}, B{kept}", xlabel="", ylabel="")
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("true", fontsize=9)
    return figure


def plot_maps(maps: Mapping[str, tuple[pd.DataFrame, str]]) -> FigureBase:
    """Draw heatmaps beside each other, each on a scale of its own.

    Args:
        maps: by title, a table with ky and kx of one layer or class, and the column to draw, as for `plot_heatmap`.

    Returns:
        The figure: DC in the middle, ky downward, kx to the right.
    """
    figure, axes = panels(len(maps))
    for ax, (title, (table, value)) in zip(axes, maps.items(), strict=False):
        plot_heatmap(table.assign(layer="output"), value=value, ax=ax).set_title(title, fontsize=8)
    return figure
