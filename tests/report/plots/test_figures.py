import matplotlib as mpl
import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import class_spectra, feature_spectra, sweep
from freqlib.report import plots
from freqlib.report.plots.figures import MARKS

mpl.use("Agg")


@pytest.fixture(scope="module")
def pooled():
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
    return net, (torch.rand(12, 1, 8, 8), torch.arange(12) % 3)


@pytest.fixture(scope="module")
def table(pooled):
    return sweep(*pooled, layers=["input", "1"], progress=False)


def test_cells_show_the_numbers_and_mark_what_is_no_finding(table):
    ax = plots.plot_cells(table, "isolate")
    assert [t.get_text() for t in ax.get_yticklabels()] == ["input", "1"]
    bands = [t.get_text() for t in ax.get_xticklabels()]
    assert bands[0] == "nothing"
    assert bands[1:] == ["ultra-low", "low", "mid-low", "mid", "mid-high", "high", "ultra-high"]
    decided = table[(table["mode"] == "isolate") & (table.status != "ok")]
    assert len(ax.patches) == len(decided)
    shown = sorted(float(t.get_text()) for t in ax.texts if t.get_text())
    sound = table[(table["mode"] == "isolate") & (table.status == "ok")]
    assert shown == pytest.approx(sorted(100 * sound.top1), abs=0.051)
    legend = {t.get_text() for t in ax.get_legend().get_texts()}
    assert "no cell in this band" in legend


def test_changes_are_coloured_alike_in_panels_that_share_a_reach(table):
    least, most = plots.plot_cells(table, "remove", "d_top1", reach=40).collections[0].get_clim()
    assert (least, most) == (-40, 40)
    lost = table.assign(d_top1=-0.25)
    assert plots.plot_cells(lost, "remove", "d_top1").collections[0].get_clim() == (-25, 25)


def test_spectra_have_a_line_a_layer(pooled):
    ax = plots.plot_spectra(feature_spectra(*pooled, layers=["input", "0", "1"]))
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"input", "0", "1"}
    assert "Nyquist" in ax.get_xlabel()


def test_log_amplitudes_are_drawn_without_dc(pooled):
    spectra = class_spectra(pooled[1])
    for value, starts_at_dc in (("relative_log_amplitude", True), ("log_amplitude", False)):
        lines = [line.get_xdata() for line in plots.plot_spectra(spectra, value).lines if len(line.get_xdata()) > 2]
        assert len(lines) == 3
        assert all((radii.min() == 0) == starts_at_dc for radii in lines)
    with pytest.raises(InputError, match="log_amplitude"):
        plots.plot_spectra(spectra, "amplitude")


def test_what_cannot_be_drawn_is_refused(table):
    with pytest.raises(InputError, match="choose one of: top1"):
        plots.plot_cells(table, "remove", "accuracy")
    with pytest.raises(InputError, match="holds no row of mode 'remove' and fill 'mean'"):
        plots.plot_cells(table, "remove", fill="mean")


def test_a_heatmap_has_dc_in_the_middle_ky_downward_and_kx_to_the_right():
    cells = [(ky, kx) for ky in range(-4, 4) for kx in range(-4, 4)]
    table = pd.DataFrame({"layer": "output", "ky": [c[0] for c in cells], "kx": [c[1] for c in cells]})
    table["error"] = [float(c == (2, -3)) for c in cells]
    ax = plots.plot_heatmap(table)
    image = ax.images[0]
    left, right, bottom, top = image.get_extent()
    assert (left, right) == (-4.5, 3.5)
    assert (top, bottom) == (-4.5, 3.5)  # the y axis points downward
    assert ax.get_ylim() == (3.5, -4.5)
    row, column = divmod(int(image.get_array().argmax()), 8)
    assert (row - 4, column - 4) == (2, -3)
    few = pd.DataFrame(
        {"layer": ["a", "b"] * 2, "band": ["low", "low", "high", "high"], "mode": "remove", "fill": "zero"}
    )
    few = few.assign(top1=0.5, status=[*MARKS, "ok"])
    narrow = plots.plot_cells(few, "remove")
    narrow.figure.draw_without_rendering()
    assert narrow.get_window_extent().width > 0.4 * narrow.figure.bbox.width
    assert narrow.get_legend().get_window_extent().x0 >= 0
    for draw, source in ((plots.plot_spectra, "feature_spectra"), (lambda t: plots.plot_cells(t, "remove"), "sweep")):
        with pytest.raises(InputError, match=rf"The table lacks .*; pass what {source}"):
            draw(table)
    with pytest.raises(InputError, match=r"The table lacks ky, kx; pass what fourier_heatmap returns"):
        plots.plot_heatmap(table.drop(columns=["ky", "kx"]))
    with pytest.raises(InputError, match="has no l2"):
        plots.plot_heatmap(table.assign(l2=float("nan")), value="l2")
