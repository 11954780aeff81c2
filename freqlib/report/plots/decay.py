"""The figures of kernels in training and of robustness: spectra over epochs, accuracy over the strength of a change."""

import base64
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.figure import FigureBase
from matplotlib.ticker import MaxNLocator

from freqlib.report.claims import baseline
from freqlib.report.plots.heat import draw_heat
from freqlib.report.plots.panels import panels
from freqlib.vision.images.variants import ORIGINAL

ALL = "all layers"
LEVELS = {"noise": "standard deviation", "low": "sigma (pixels)", "box": "width (pixels)", "pixels": "pixels a side"}


def high_shares(kernels: pd.DataFrame) -> pd.DataFrame:
    """Return the share of energy at r >= .5 of every layer and of all together, beside that of white kernels.

    Args:
        kernels: rows of `kernel_history`, of one training or several that the columns arm and seed tell apart.

    Returns:
        One row a training, epoch and layer: share, null. 1x1 kernels are left out; in "all layers" every layer counts
        alike, since the scale of one before a batch norm means nothing.
    """
    keys = [column for column in ("arm", "seed", "epoch", "layer") if column in kernels]
    spatial = kernels[kernels.groupby("layer").radius_nyquist.transform("max") > 0]
    high = spatial[spatial.radius_nyquist >= 0.5]
    each = high.groupby(keys, sort=False)[["energy_share", "null_share"]].sum(min_count=1).reset_index()
    whole = each.groupby(keys[:-1], sort=False)[["energy_share", "null_share"]].mean().reset_index()
    both = pd.concat([whole.assign(layer=ALL), each], ignore_index=True)
    return both.rename(columns={"energy_share": "share", "null_share": "null"})


def plot_growth(kernels: pd.DataFrame) -> FigureBase:
    """Draw the share of high frequencies of every layer over the epochs, one heat map an arm, the mean over seeds.

    Args:
        kernels: rows of `kernel_history` with the columns arm and seed.

    Returns:
        The figure: layers downward, all together first, at most nine epochs to the right, in per cent. White kernels
        have 88.9.
    """
    shares = high_shares(kernels)
    arms, layers = (list(dict.fromkeys(shares[column])) for column in ("arm", "layer"))
    figure, axes = panels(len(arms), (9.5 / np.clip(len(arms), 2, 3), 1.2 + 0.3 * len(layers)), sharey=True)
    limits = {"vmin": 100 * shares.share.min(), "vmax": 100 * shares.share.max(), "cmap": "viridis"}
    for ax, arm in zip(axes, arms, strict=True):
        means = 100 * shares[shares.arm == arm].groupby(["layer", "epoch"]).share.mean().unstack().reindex(layers)
        shown = np.unique(np.linspace(0, means.shape[1] - 1, min(9, means.shape[1])).round().astype(int))
        means = means.iloc[:, shown]
        label = "energy at r ≥ 0.5 (%)" if arm == arms[-1] else None
        draw_heat(means, ax, means.map("{:.0f}".format), label, size=7, **limits)
        ax.set(title=arm, xlabel="epoch")
    return figure


def plot_arms(kernels: pd.DataFrame) -> FigureBase:
    """Draw the share of high frequencies of all layers over the epochs, one panel for arms that are held together.

    Args:
        kernels: rows of `kernel_history` with the columns arm and seed.

    Returns:
        The figure: one panel an arm without decay, one line each arm that is held against it, the mean over seeds, in
        per cent.
    """
    whole = high_shares(kernels).query("layer == @ALL")
    rows = whole.assign(share=100 * whole.share, beside=whole.arm.map(baseline))
    figure, axes = panels(rows.beside.nunique(), (3.6, 3.0), sharey=True)
    for ax, (name, part) in zip(axes, rows.groupby("beside", sort=False), strict=True):
        sns.lineplot(part, x="epoch", y="share", hue="arm", errorbar=None, palette="colorblind", ax=ax)
        ax.set(title=f"against {name}", ylabel="energy at r ≥ 0.5 (%)")
        ax.legend(title=None, frameon=False, fontsize=7)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def plot_radii(kernels: pd.DataFrame) -> FigureBase:
    """Draw the energy at every radius over the epochs, one panel a layer, the mean over seeds.

    Args:
        kernels: rows of `kernel_history` of one arm, with the column seed.

    Returns:
        The figure: all layers together first, radii downward, epochs to the right; energy over that of white kernels
        as a logarithm of base 2, cut off at a quarter and four times. 1x1 kernels are left out.
    """
    rows = _with_all(kernels).groupby(["layer", "radius_nyquist", "epoch"], sort=False).mean(numeric_only=True)
    ratio = np.log2(rows.energy_share / rows.null_share).unstack()
    layers = ratio.index.unique("layer")
    figure, axes = panels(len(layers), (1.7, 1.15), most=5)
    for ax, layer in zip(axes, layers, strict=True):
        part = ratio.loc[layer]
        mesh = ax.pcolormesh(part, cmap="vlag", vmin=-2, vmax=2)
        ax.set_yticks(np.arange(len(part)) + 0.5, [f"{r:.2f}" for r in part.index])
        ax.set_xticks([0.5, part.shape[1] - 0.5], [part.columns[0], part.columns[-1]])
        ax.invert_yaxis()
        ax.set_title(layer, fontsize=7)
        ax.tick_params(labelsize=6)
    figure.colorbar(mesh, ax=axes, label="log2 of energy over white kernels'", fraction=0.02)
    figure.supxlabel("epoch", fontsize=8)
    figure.supylabel("r", fontsize=8)
    return figure


def plot_levels(table: pd.DataFrame, value: str = "top1", side: int = 32, chance: float | None = None) -> FigureBase:
    """Draw accuracy over the strength of each kind of change, one panel a kind and one line an arm.

    Args:
        table: from `robustness` of every network, with the columns arm and seed.
        value: "top1" or "d_top1", the change from the network's own clean accuracy.
        side: of the images, where the lines of fewer pixels start.
        chance: top-1 of a constant answer, drawn dotted, or None.

    Returns:
        The figure; points are seeds, lines their means. Each starts from the untouched images.
    """
    kinds = table.variant.str.partition(":")
    rows = table.assign(kind=kinds[0], level=pd.to_numeric(kinds[2], errors="coerce"), shown=100 * table[value])
    names = list(dict.fromkeys(rows.dropna(subset="level").kind))
    start = {name: side if name.startswith("pixels") else name == "box" for name in names}
    clean = [rows[rows.variant == ORIGINAL].assign(kind=name, level=float(start[name])) for name in names]
    rows = pd.concat([*clean, rows.dropna(subset="level")], ignore_index=True)
    figure, axes = panels(len(names), (3.0, 2.6), sharey=True)
    for ax, kind in zip(axes, names, strict=True):
        part, first = rows[rows.kind == kind], ax is axes[0]
        sns.lineplot(part, x="level", y="shown", hue="arm", errorbar=None, ax=ax, legend=first)
        sns.scatterplot(part, x="level", y="shown", hue="arm", s=14, ax=ax, legend=False)
        if chance is not None:
            ax.axhline(100 * chance, color="0.5", lw=0.8, ls=":")
        ax.set_xticks(sorted(part.level.unique()))  # where it was measured
        ax.set(title=kind, xlabel=LEVELS.get(kind.partition("-")[0], ""), ylabel="")
        if kind.startswith("pixels"):
            ax.invert_xaxis()
    figure.supylabel("top-1 (%)" if value == "top1" else "change of top-1 (points)")
    axes[0].legend(title=None, frameon=False, fontsize=7)
    return figure


def moving_picture(kernels: pd.DataFrame) -> str:
    """Return the spectra of all layers as a picture that moves through the epochs.

    Args:
        kernels: rows of `kernel_history` of one training.

    Returns:
        An HTML image with its data in it: for every layer with kernels of the commonest size, all together first, bars
        of the energy share by radius; white kernels dashed.
    """
    rows = _with_all(kernels).round({"radius_nyquist": 6})
    whole = rows[rows.layer == ALL].drop_duplicates("radius_nyquist")
    rows = rows[rows.radius_nyquist.isin(whole.radius_nyquist)]
    epochs = {epoch: part.pivot(index="radius_nyquist", columns="layer", values="energy_share")[rows.layer.unique()]
              for epoch, part in rows.groupby("epoch")}  # fmt: skip
    figure, (ax,) = panels(1, (9.5, 3.2))
    next(iter(epochs.values())).T.plot.bar(ax=ax, width=0.8, color=sns.color_palette("viridis", len(whole)), xlabel="")
    for share, bars in zip(whole.null_share, ax.containers, strict=True):
        ax.axhline(share, color=bars[0].get_facecolor(), ls="--", lw=0.8)
    ax.set(ylim=(0, 1), ylabel="share of energy")
    ax.legend(ax.containers, [f"r = {r:.2f}" for r in whole.radius_nyquist], frameon=False, ncols=len(whole))
    ax.tick_params(axis="x", labelsize=7)

    def show(epoch: int) -> None:
        ax.set_title(f"epoch {epoch}", fontsize=9)
        for bars, shares in zip(ax.containers, epochs[epoch].to_numpy(), strict=True):
            for bar, share in zip(bars, shares, strict=True):
                bar.set_height(share)

    show(min(epochs))
    figure.canvas.draw()
    figure.set_layout_engine("none")  # once is enough, and takes longer than all the rest
    with TemporaryDirectory() as folder:
        path = Path(folder) / "kernels.gif"
        FuncAnimation(figure, show, list(epochs)).save(path, PillowWriter(fps=2), dpi=80)
        data = base64.b64encode(path.read_bytes()).decode()
    plt.close(figure)
    alt = "Bars of energy share by radius for every layer, epoch by epoch"
    return f'<img alt="{alt}" src="data:image/gif;base64,{data}">'


def _with_all(kernels: pd.DataFrame) -> pd.DataFrame:
    """The rows of kernels larger than 1x1, and first those of all layers of the commonest size, counted alike."""
    largest = kernels.groupby("layer").radius_nyquist.transform("max")
    spatial = kernels[largest > 0]
    common = spatial[np.isclose(largest[largest > 0], largest[largest > 0].mode()[0], atol=1e-4)]
    keys = [column for column in ("arm", "seed", "epoch") if column in kernels]
    whole = common.assign(place=common.groupby([*keys, "layer"]).cumcount()).groupby([*keys, "place"])
    means = whole[["radius_nyquist", "energy_share", "null_share"]].mean().reset_index()
    return pd.concat([means.assign(layer=ALL), spatial], ignore_index=True)
