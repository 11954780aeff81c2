"""The figures of chapter 02 show the numbers of their tables."""

import numpy as np
import pandas as pd
import pytest

from freqlib.experiments.collapse import SLOPE
from freqlib.report import architecture_plots


def over_depth(column, values, half=0.5, **more):
    depth = np.linspace(0.2, 0.9, len(values))
    table = pd.DataFrame({"depth": depth, column: values, "layer": [f"b{i}" for i in range(len(values))], **more})
    return table.assign(**{f"{column}_low": table[column] - half, f"{column}_high": table[column] + half})


def points(ax, label):
    """The y values of the line with that label."""
    handles, labels = ax.get_legend_handles_labels()
    return handles[labels.index(label)][0].get_ydata().tolist()


@pytest.mark.parametrize(("count", "rows"), [(1, 1), (3, 1), (4, 2), (5, 2)])
def test_panels_are_as_many_as_asked_for(count, rows):
    figure, axes = architecture_plots.panels(count)
    assert len(axes) == count
    assert len({ax.get_subplotspec().rowspan.start for ax in axes}) == rows
    assert sum(ax.axison for ax in figure.axes) == count


def test_centroids_stand_beside_their_null_and_the_slope_is_no_layer():
    table = over_depth("centroid", [6.0, 4.0, 2.0], null=[12.0, 6.0, 3.0])
    table.loc[len(table)] = table.iloc[0].to_dict() | {"layer": SLOPE, "centroid": -9.0}
    (ax,) = architecture_plots.plot_centroids({"net": table}).axes
    assert points(ax, "measured") == [6.0, 4.0, 2.0]
    assert ax.get_ylim()[1] > 12
    assert ax.get_title() == "net"


def test_each_kind_of_step_is_a_line():
    table = over_depth("change", [0.3, -0.2, 0.1, -0.1], step=["attention", "MLP"] * 2)
    (ax,) = architecture_plots.plot_steps({"net": table}).axes
    assert points(ax, "attention") == [0.3, 0.1]
    assert points(ax, "MLP") == [-0.2, -0.1]


def test_both_indices_are_drawn_for_every_network():
    table = over_depth("invariance", [0.1, 0.2]).merge(over_depth("matched", [0.3, 0.4]))
    plain, matched = architecture_plots.plot_indices({"one": table, "two": table}).axes
    assert points(plain, "two") == [0.1, 0.2]
    assert points(matched, "one") == [0.3, 0.4]


def test_what_remains_without_the_map_is_in_per_cent():
    table = over_depth("top1", [0.1, 0.6], half=0.05, band="nothing", fill="zero")
    assert points(architecture_plots.plot_nothing({"net": table}), "net") == pytest.approx([10, 60])


def test_layers_share_their_scale():
    spectrum = pd.DataFrame({"layer": ["a", "a"], "radius_nyquist": [0.0, 1.0], "relative_log_amplitude": [0.0, -3.0]})
    one, two = architecture_plots.plot_layers({"x": spectrum, "y": spectrum}).axes
    assert one.get_ylim() == two.get_ylim()
    assert one.get_xlim() == two.get_xlim() == (0, 2**0.5)
