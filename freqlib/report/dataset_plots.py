"""The figures of data sets and their variants: which class has more of a frequency, and train against test form."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Rectangle

from freqlib.report.heat import draw_frequencies, draw_heat
from freqlib.report.panels import panels
from freqlib.report.recipes import FORMS
from freqlib.vision.variants import ORIGINAL


def plot_adcs(table: pd.DataFrame) -> FigureBase:
    """Draw the map of every class, DC in the middle, ky downward, kx to the right.

    Args:
        table: from `adcs`.

    Returns:
        The figure: red where the class has more of a frequency than most others, blue where it has less.
    """
    names = list(dict.fromkeys(table["class"]))
    figure, axes = panels(len(names), (1.75, 1.85), most=6, sharex=True, sharey=True)
    reach = len(names) - 1
    for ax, name in zip(axes, names, strict=True):
        image = draw_frequencies(table[table["class"] == name], "adcs", ax, cmap="vlag", vmin=-reach, vmax=reach)
        ax.set_title(name, fontsize=8)
    figure.colorbar(image, ax=axes, label="classes below minus above", shrink=0.8)
    figure.supxlabel("kx (cycles per image)", fontsize=9)
    figure.supylabel("ky", fontsize=9)
    return figure


def plot_matrix(matrix: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw top-1 of every network on every form of the test images, the mean over seeds.

    Args:
        matrix: from `robustness` of several networks, with the columns trained_on and seed.
        ax: where to draw; by default new axes that fit.

    Returns:
        The axes: what a network was trained on downward, what it is tested on to the right, in per cent, with the
        standard deviation over seeds; a frame around the form that a network was trained on.
    """
    there = [set(matrix[column]) for column in ("trained_on", "variant")]
    own = {form: of.get("variant", ORIGINAL) for form, of in FORMS.items()}
    trained = [form for form in own if form in there[0]]
    tested = [variant for variant in dict.fromkeys(own.values()) if variant in there[1]]
    ax = ax or panels(1, (2.6 + 0.95 * len(tested), 1.4 + 0.36 * len(trained)))[1][0]
    top1 = 100 * matrix.groupby(["trained_on", "variant"]).top1.agg(["mean", "std"]).unstack().loc[trained]
    means, spread = (top1[name][tested] for name in ("mean", "std"))
    seeds = matrix.groupby("trained_on").seed.nunique()
    means.index = [f"{form} ({seeds[form]})" for form in trained]
    text = means.map("{:.1f}".format) + spread.set_axis(means.index).map(lambda s: f" ± {s:.1f}" if s == s else "")
    draw_heat(means, ax, text, "top-1 (%)", cmap="viridis", vmin=0, vmax=100)
    for row, form in enumerate(trained):
        if own[form] in tested:
            ax.add_patch(Rectangle((tested.index(own[form]), row), 1, 1, fill=False, ec="0.1", lw=1.5))
    ax.set(xlabel="tested on", ylabel="trained on (seeds)")
    return ax
