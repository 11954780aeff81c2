import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from freqlib.errors import InputError
from freqlib.report.probe_plots import COLOURS, plot_usable, plot_usage


def probes():
    cell = {"layer": "a", "depth": 0.5, "status": "ok"}
    rows = [
        cell | {"kind": kind, "band": band, "usable": value, "usable_low": value - 0.01, "usable_high": value + 0.01}
        for kind, band, value in (("linear", "low", 0.2), ("linear", "high", 0.0), ("power", "low", -0.1))
    ]
    return pd.DataFrame([*rows, cell | {"kind": "power", "band": "high", "status": "empty"}])


def test_usable_information_is_in_points_and_bracketed_where_it_is_not_clear():
    figure = plot_usable(probes(), "m")
    linear, power = figure.axes[:2]
    assert [t.get_text() for t in linear.texts] == ["20.0", "(0.0)"]
    assert [t.get_text() for t in power.texts] == ["(-10.0)"]
    assert (linear.get_title(), power.get_title()) == ("linear", "power")
    plt.close(figure)


def test_a_table_without_controls_has_nothing_usable():
    with pytest.raises(InputError, match="at least one control"):
        plot_usable(probes().drop(columns=["usable"]))


def test_the_map_colours_findings_and_names_both_numbers():
    row = {"layer": "a", "band": "low", "band_low": 0.0, "usable": 0.2, "used": -0.001, "finding": "found but unused"}
    below = row | {"layer": "b", "band": "high", "band_low": 0.5, "usable": -0.004, "used": 0.3, "finding": "used"}
    ax = plot_usage(pd.DataFrame([below, row]), ["a", "b"])
    assert [t.get_text() for t in ax.texts] == ["0 / 30", "20 / 0"]
    assert [p.get_facecolor() for p in ax.patches] == [to_rgba(COLOURS[f]) for f in ("used", "found but unused")]
    assert [p.get_xy() for p in ax.patches] == [(1, 1), (0, 0)]  # bands by frequency, layers downward
    assert ax.yaxis_inverted()
    plt.close(ax.figure)
