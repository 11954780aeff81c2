"""The figures that chapters share, drawn from the tables of `sweep` and `feature_spectra`."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.patches import Patch

from freqlib.errors import InputError, one_of
from freqlib.experiments.intervals import simultaneous
from freqlib.report.heat import draw_frequencies, draw_heat
from freqlib.report.panels import panels

# What a cell of a map is drawn with when its number is no finding.
MARKS = {
    "empty": {"facecolor": "white", "label": "no cell in this band"},
    "no-effect by construction": {"facecolor": "0.85", "hatch": "///", "label": "no effect by construction"},
    "constant output by construction": {
        "facecolor": "0.85",
        "hatch": "...",
        "label": "constant output by construction",
    },
}
SHARES = {"top1", "d_top1", "energy"}
LABELS = {
    "top1": "top-1 (%)", "d_top1": "change of top-1 (points)", "gt_rank": "mean rank of the true class",
    "d_gt_rank": "change of the mean rank", "margin": "mean margin (logits)", "energy": "share of energy (%)",
}  # fmt: skip


def plot_cells(table: pd.DataFrame, mode: str, value: str = "top1", fill: str = "zero", ax: Axes | None = None) -> Axes:
    """Draw one number of a sweep for every layer and band.

    Args:
        table: from `sweep`, of one model.
        mode: "isolate", "remove" or "perturb".
        value: a numeric column: "top1", "d_top1", "gt_rank", "d_gt_rank", "margin" or "energy".
        fill: of the rows to draw; perturbations have none.
        ax: where to draw; by default new axes that fit.

    Returns:
        The axes: layers downward in the order of depth, bands to the right; rates in per cent. Cells that are empty
        or decided by construction are marked instead of coloured.

    Raises:
        InputError: an unknown column, or a table that holds no such row.

    Example:
        >>> row = {"layer": "a", "mode": "remove", "fill": "zero", "band": "low", "d_top1": -0.1, "status": "ok"}
        >>> plot_cells(pd.DataFrame([row]), "remove", "d_top1").get_ylabel()
        'layer'
    """
    one_of(value, LABELS, "column")
    rows = _rows(table, mode, fill)
    layers, bands = list(dict.fromkeys(rows.layer)), list(dict.fromkeys(rows.band))
    ax = ax or panels(1, (1.5 + 0.85 * len(bands), 1.2 + 0.34 * len(layers)))[1][0]
    grid, status = (rows.pivot(index="layer", columns="band", values=v).loc[layers, bands] for v in (value, "status"))
    shown = grid.where(~status.isin(list(MARKS))) * (100 if value in SHARES else 1)
    if value.startswith("d_"):
        reach = max(float(shown.abs().max().max()), 1e-9)
        limits = {"cmap": "vlag_r" if value == "d_top1" else "vlag", "vmin": -reach, "vmax": reach}
    else:
        limits = {"cmap": "viridis"} | ({"vmin": 0, "vmax": 100} if value in {"top1", "energy"} else {})
    text = shown.map(f"{{:.{1 if len(layers) < 20 else 0}f}}".format)
    draw_heat(shown.astype(float), ax, text, LABELS[value], **limits)
    for (i, j), state in np.ndenumerate(status.to_numpy()):
        if state in MARKS:
            ax.add_patch(plt.Rectangle((j, i), 1, 1, edgecolor="0.6", lw=0, **MARKS[state]))
    if handles := [Patch(edgecolor="0.6", **look) for state, look in MARKS.items() if (status == state).any(axis=None)]:
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, -0.16 - 1.2 / (2 + len(layers)))}
        ax.legend(handles=handles, frameon=False, fontsize=8, **place)
    ax.set(xlabel="band", ylabel="layer")
    ax.tick_params(axis="x", rotation=30)
    return ax


def plot_controls(
    table: pd.DataFrame,
    mode: str,
    fill: str = "zero",
    layers: Sequence[str] | None = None,
    figure: FigureBase | None = None,
) -> FigureBase:
    """Draw top-1 per band beside its size-matched control, one panel a layer.

    Args:
        table: from `sweep`, of one model.
        mode: "isolate", "remove" or "perturb".
        fill: of the rows to draw; perturbations have none.
        layers: names; by default all.
        figure: where to draw, such as one of several subfigures; by default a new one that fits.

    Returns:
        The figure. All its error bars hold together with 95 % (Bonferroni). The dotted line is the untouched model;
        hollow marks are rows decided by construction.

    Raises:
        InputError: a table that holds no such row.
    """
    rows = _rows(table, mode, fill)
    rows = rows[(rows.band != "nothing") & (rows.status != "empty")]
    names = list(layers) if layers is not None else list(dict.fromkeys(rows.layer))
    bands = [band for band in dict.fromkeys(_rows(table, mode, fill).band) if band != "nothing"]
    figure, axes = panels(len(names), (2.75, 2.5), most=4, figure=figure, sharex=True, sharey=True)
    untouched = 100 * table[table["mode"] == "none"].set_index("layer").top1
    found = [c for c in ("orbits", "energy", "norm") if f"top1_{c}" in table]
    for ax, name in zip(axes, names, strict=True):
        part = rows[rows.layer == name].set_index("band")
        place = np.array([bands.index(band) for band in part.index], dtype=float)
        left = place - 0.15 * len(found) / 2
        series = {"the band": ("top1", "o")} | {f"control: {c}": (f"top1_{c}", "s") for c in found}
        for shift, (label, (column, mark)) in enumerate(series.items()):
            middle, low, high = (100 * part[column + end].to_numpy(float) for end in ("", "_low", "_high"))
            low, high = simultaneous(middle, low, high, comparisons=len(rows) * len(series))
            reach = [(middle - low).clip(min=0), (high - middle).clip(min=0)]
            colour = sns.color_palette("colorblind")[shift]
            ax.errorbar(left + 0.15 * shift, middle, reach, fmt=mark, ms=4, lw=1, color=colour, label=label)
        decided = (part.status != "ok").to_numpy()
        ax.plot(left[decided], 100 * part.top1[decided], "o", ms=2.5, color="white", zorder=5)
        ax.axhline(untouched.get(name, untouched.iloc[0]), color="0.4", ls=":", lw=1)
        ax.set(title=name, ylim=(-3, 103))
        ax.set_xticks(range(len(bands)), bands, rotation=45, ha="right", fontsize=8)
    figure.supylabel("top-1 (%)")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def plot_spectra(spectra: pd.DataFrame, ax: Axes | None = None, legend: bool = True) -> Axes:
    """Draw the radial spectrum of every layer, from shallow (dark) to deep (light), or of every class.

    Args:
        spectra: from `feature_spectra`, of one model, or from `class_spectra`.
        ax: where to draw; by default new axes.
        legend: name the layers or classes.

    Returns:
        The axes: relative log-amplitude over the radius in Nyquist (1 along an axis, sqrt 2 in the corner).
    """
    ax = ax or panels(1, (5.2, 3.4))[1][0]
    # Rings are many on large grids: the eye needs their mean over steps of a twentieth of Nyquist.
    step = (spectra.radius_nyquist * 20).round() / 20
    hue, palette = ("layer", "viridis") if "layer" in spectra else ("class", "husl")
    if hue == "class" and spectra[hue].nunique() <= 20:
        palette = sns.color_palette("tab20", spectra[hue].nunique())
    look = {"x": "radius", "y": "relative_log_amplitude", "hue": hue, "palette": palette, "errorbar": None}
    sns.lineplot(spectra.assign(radius=step), ax=ax, **look)
    ax.set(xlabel="radial frequency (1 = Nyquist)", ylabel="relative log-amplitude")
    ax.axvline(1, color="0.8", lw=0.8, zorder=0)
    if legend:
        ax.legend(title=None, frameon=False, fontsize=7, loc="lower left", ncols=2)
    else:
        ax.get_legend().remove()
    return ax


def plot_over_depth(
    rows: pd.DataFrame, value: str, label: str, panel: str | None = None, line: str = "network"
) -> FigureBase:
    """Draw a column over relative depth with the interval that stands beside it.

    Args:
        rows: with depth, the column and, with _low and _high behind its name, its interval.
        value: the column.
        label: what it is called on the axis.
        panel: the column that makes the panels; None for one.
        line: the column that makes the lines.

    Returns:
        The figure; a line without intervals is dashed, and the axis starts at 0 if nothing lies below.
    """
    names = list(dict.fromkeys(rows[panel])) if panel else [""]
    lines = list(dict.fromkeys(rows[line]))
    figure, axes = panels(len(names), (3.5, 2.9) if panel else (5.2, 3.6))
    for ax, name in zip(axes, names, strict=True):
        for series, part in (rows[rows[panel] == name] if panel else rows).groupby(line, sort=False):
            middle, low, high = (part[value + end].to_numpy(float) for end in ("", "_low", "_high"))
            colour = sns.color_palette("colorblind")[lines.index(series)]
            style = {"fmt": "--" if np.isnan(low).all() else "o-", "ms": 3.5, "lw": 1.2, "color": colour}
            ax.errorbar(part.depth, middle, np.clip([middle - low, high - middle], 0, None), label=series, **style)
        ax.set(title=name, xlabel="relative depth", xlim=(-0.03, 1.03))
        if rows[value].min() >= 0:
            ax.set_ylim(bottom=0)
    figure.supylabel(label)
    found = {name: handle for ax in axes for handle, name in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(found.values(), found, loc="outside lower center", ncols=3, frameon=False)
    return figure


def plot_heatmap(table: pd.DataFrame, layer: str = "output", value: str = "error", ax: Axes | None = None) -> Axes:
    """Draw a Fourier heatmap as the field does: DC in the middle, ky downward, kx to the right.

    Args:
        table: from `fourier_heatmap`, `gradient_heatmap`, or of one class from `find_shortcuts`.
        layer: whose rows.
        value: "error", "l2" or "cosine"; "loss" of a gradient map, "score" of a finder.
        ax: where to draw; by default new axes.

    Returns:
        The axes, in signed indices.

    Raises:
        InputError: an unknown layer or column, or the error of an inner layer.
    """
    one_of(value, [name for name in ("error", "l2", "cosine", "loss", "score") if name in table], "column")
    rows = table[table.layer == one_of(layer, list(table.layer.unique()), "layer of the table")]
    if rows[value].isna().all():
        raise InputError(f"Layer {layer} has no {value}; it has l2 and cosine.")
    ax = ax or panels(1, (4.4, 3.6))[1][0]
    image = draw_frequencies(rows, value, ax, interpolation="none", cmap="rocket")
    ax.set(xlabel="kx (cycles per image)", ylabel="ky (cycles per image)")
    ax.figure.colorbar(image, ax=ax, label=value)
    return ax


def _rows(table: pd.DataFrame, mode: str, fill: str) -> pd.DataFrame:
    rows = table[(table["mode"] == mode) & (table.fill == ("none" if mode == "perturb" else fill))]
    if rows.empty:
        raise InputError(
            f"The table holds no row of mode {mode!r} and fill {fill!r}; it has "
            f"{', '.join(sorted(set(table['mode'] + ' / ' + table.fill)))}."
        )
    return rows
