"""The figures that chapters share, drawn from the tables of `sweep` and `feature_spectra`."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from freqlib.errors import InputError, check_columns, one_of
from freqlib.report.plots.heat import draw_frequencies, draw_heat
from freqlib.report.plots.panels import panels

# What a cell of a map is drawn with when its number is no finding.
MARKS = {
    "empty": {"facecolor": "white", "label": "no cell in this band"},
    "no-effect by construction": {"facecolor": "0.85", "hatch": "///", "label": "no effect by construction"},
    "constant output by construction": {"facecolor": "0.85", "hatch": "...", "label": "constant by construction"},
}
# Radii that are drawn as they are, and layers or classes that a legend names.
MOST_RADII, MOST_NAMED = 40, 20
LEGEND_INCHES, MARK_INCHES = 0.85, 1.9  # from the axes to the legend below the bands' names; the width of an entry
SHARES = {"top1", "d_top1", "energy"}
LABELS = {
    "top1": "top-1 (%)", "d_top1": "change of top-1 (points)", "gt_rank": "mean rank of the true class",
    "d_gt_rank": "change of the mean rank", "margin": "mean margin (logits)", "energy": "share of energy (%)",
}  # fmt: skip


def plot_cells(
    table: pd.DataFrame, mode: str, value: str = "top1", fill: str = "zero", ax: Axes | None = None, reach: float = 0
) -> Axes:
    """Draw one number of a sweep for every layer and band.

    Args:
        table: from `sweep`, of one model.
        mode: "isolate", "remove" or "perturb".
        value: a numeric column: "top1", "d_top1", "gt_rank", "d_gt_rank", "margin" or "energy".
        fill: of the rows to draw; perturbations have none.
        ax: where to draw; by default new axes that fit.
        reach: of the colours of a change, in the units drawn, for panels to share; 0 for the table's largest.

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
    check_columns(table, ("layer", "band", "mode", "fill", "status", value), "sweep")
    rows = table[(table["mode"] == mode) & (table.fill == ("none" if mode == "perturb" else fill))]
    if rows.empty:
        raise InputError(
            f"The table holds no row of mode {mode!r} and fill {fill!r}; it has "
            f"{', '.join(sorted(set(table['mode'] + ' / ' + table.fill)))}."
        )
    layers, bands = list(dict.fromkeys(rows.layer)), list(dict.fromkeys(rows.band))
    ax = ax or panels(1, (1.5 + 0.85 * len(bands), 1.6 + 0.34 * len(layers)))[1][0]
    grid, status = (rows.pivot(index="layer", columns="band", values=v).loc[layers, bands] for v in (value, "status"))
    shown = grid.where(~status.isin(list(MARKS))) * (100 if value in SHARES else 1)
    if value.startswith("d_"):
        reach = reach or max(float(shown.abs().max().max()), 1e-9)
        limits = {"cmap": "vlag_r" if value == "d_top1" else "vlag", "vmin": -reach, "vmax": reach}
    else:
        limits = {"cmap": "viridis"} | ({"vmin": 0, "vmax": 100} if value in {"top1", "energy"} else {})
    text = shown.map(f"{{:.{1 if len(layers) < 20 else 0}f}}".format)
    draw_heat(shown.astype(float), ax, text, LABELS[value], **limits)
    for (i, j), state in np.ndenumerate(status.to_numpy()):
        if state in MARKS:
            ax.add_patch(plt.Rectangle((j, i), 1, 1, edgecolor="0.6", lw=0, **MARKS[state]))
    if handles := [Patch(edgecolor="0.6", **look) for state, look in MARKS.items() if (status == state).any(axis=None)]:
        # Below the names of the bands, whatever the height of the axes.
        below = ax.transAxes + ScaledTranslation(0, -LEGEND_INCHES, ax.figure.dpi_scale_trans)
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": below}
        beside = max(1, int(ax.get_window_extent().width / ax.figure.dpi / MARK_INCHES))
        ax.legend(handles=handles, frameon=False, fontsize=8, ncols=beside, **place)
    ax.set(xlabel="band", ylabel="layer")
    ax.tick_params(axis="x", rotation=30)
    return ax


def plot_spectra(
    spectra: pd.DataFrame, value: str = "relative_log_amplitude", ax: Axes | None = None, legend: bool = True
) -> Axes:
    """Draw the radial spectrum of every layer, from shallow (dark) to deep (light), or of every class.

    Args:
        spectra: from `feature_spectra`, of one model, or from `class_spectra`.
        value: "relative_log_amplitude", or "log_amplitude", which brightness and contrast shift; then without DC.
        ax: where to draw; by default new axes.
        legend: name the layers or classes, if they are not too many for the axes.

    Returns:
        The axes: log-amplitude over the radius in Nyquist (1 along an axis, sqrt 2 in the corner).

    Raises:
        InputError: another value.
    """
    one_of(value, ["relative_log_amplitude", "log_amplitude"], "column")
    check_columns(spectra, ("radius_nyquist", value), "feature_spectra or class_spectra")
    if value == "log_amplitude":
        spectra = spectra[spectra.radius_nyquist > 0]
    ax = ax or panels(1, (5.2, 3.4))[1][0]
    # Rings are many on large grids: the eye needs their mean over steps of a twentieth of Nyquist.
    radii = spectra.radius_nyquist
    step = (radii * 20).round() / 20 if radii.nunique() > MOST_RADII else radii
    hue, palette = ("layer", "viridis") if "layer" in spectra else ("class", "husl")
    if hue == "class" and spectra[hue].nunique() <= 20:
        palette = sns.color_palette("tab20", spectra[hue].nunique())
    look = {"x": "radius", "y": value, "hue": hue, "palette": palette, "errorbar": None}
    sns.lineplot(spectra.assign(radius=step), ax=ax, **look)
    ax.set(xlabel="radial frequency (1 = Nyquist)", ylabel=value.replace("log_", "log-").replace("_", " "))
    ax.axvline(1, color="0.8", lw=0.8, zorder=0)
    if legend and spectra[hue].nunique() <= MOST_NAMED:
        ax.legend(title=None, frameon=False, fontsize=7, loc="lower left", ncols=2)
    else:
        ax.get_legend().remove()
    return ax


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
    check_columns(table, ("layer", "ky", "kx"), "fourier_heatmap")
    one_of(value, [name for name in ("error", "l2", "cosine", "loss", "score") if name in table], "column")
    rows = table[table.layer == one_of(layer, list(table.layer.unique()), "layer of the table")]
    if rows[value].isna().all():
        raise InputError(f"Layer {layer} has no {value}; it has l2 and cosine.")
    ax = ax or panels(1, (4.4, 3.6))[1][0]
    image = draw_frequencies(rows, value, ax, interpolation="none", cmap="rocket")
    ax.set(xlabel="kx (cycles per image)", ylabel="ky (cycles per image)")
    ax.figure.colorbar(image, ax=ax, label=value)
    return ax
