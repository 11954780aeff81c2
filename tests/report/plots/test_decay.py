import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from freqlib.report.plots.decay import ALL, high_shares, moving_picture, plot_growth, plot_levels, plot_radii


@pytest.fixture
def kernels():
    rows = [
        {"arm": arm, "seed": seed, "epoch": epoch, "layer": layer, "radius_nyquist": radius, "cells": cells,
         "energy_share": share, "null_share": null}
        for arm in ("none", "decay") for seed in (0, 1) for epoch in (0, 1)
        for layer, spread in (("conv1", [(0, 1, 0.4, 1 / 9), (0.667, 4, 0.4, 4 / 9), (0.943, 4, 0.2, 4 / 9)]),
                              ("conv2", [(0, 1, 0.8, 1 / 9), (0.667, 4, 0.1, 4 / 9), (0.943, 4, 0.1, 4 / 9)]),
                              ("narrow", [(0, 1, 1.0, 1.0)]))
        for radius, cells, share, null in spread
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_all_layers_count_alike_and_1x1_kernels_do_not(kernels):
    shares = high_shares(kernels).query("arm == 'none' and seed == 0 and epoch == 1").set_index("layer")
    assert shares.share.round(6).to_dict() == {ALL: 0.4, "conv1": 0.6, "conv2": 0.2}
    assert shares.null[ALL] == pytest.approx(8 / 9)


def test_growth_has_a_panel_an_arm_with_all_layers_first(kernels):
    figure = plot_growth(kernels)
    assert [ax.get_title() for ax in figure.axes[:2]] == ["none", "decay"]
    assert [t.get_text() for t in figure.axes[0].get_yticklabels()] == [ALL, "conv1", "conv2"]
    assert [t.get_text() for t in figure.axes[0].texts] == ["40", "40", "60", "60", "20", "20"]
    plt.close(figure)


def test_a_layer_of_zeros_has_no_share(kernels):
    kernels.loc[kernels.layer == "conv2", "energy_share"] = float("nan")
    shares = high_shares(kernels).groupby("layer").share.mean()
    assert shares.isna().to_dict() == {ALL: False, "conv1": False, "conv2": True}


def test_radii_have_a_panel_a_layer_with_energy_over_that_of_white_kernels(kernels):
    figure = plot_radii(kernels.query("arm == 'none'"))
    panels = {ax.get_title(): ax for ax in figure.axes if ax.get_title()}
    assert list(panels) == [ALL, "conv1", "conv2"]
    (mesh,) = panels["conv1"].collections
    last = mesh.get_array()[:, 1]  # radii downward, the last epoch
    assert (2**last).tolist() == pytest.approx([3.6, 0.9, 0.45])
    (mesh,) = panels[ALL].collections
    assert (2 ** mesh.get_array()[:, 0]).tolist() == pytest.approx([5.4, 0.5625, 0.3375])
    plt.close(figure)


def test_levels_have_a_panel_a_kind_and_the_untouched_images_none():
    rows = [
        {"arm": arm, "seed": 0, "variant": variant, "top1": 0.5, "d_top1": -0.1 * (variant != "original")}
        for arm in ("none", "decay") for variant in ("original", "noise:0.05", "noise:0.1", "pixels:24", "pixels:16")
    ]  # fmt: skip
    figure = plot_levels(pd.DataFrame(rows), "d_top1")
    noise, pixels = figure.axes[:2]
    assert (noise.get_title(), pixels.get_title()) == ("noise", "pixels")
    assert pixels.xaxis_inverted()
    assert noise.lines[0].get_xdata().tolist() == [0, 0.05, 0.1]
    assert pixels.lines[0].get_xdata().tolist() == [16, 24, 32]
    assert noise.lines[0].get_ydata().tolist() == pytest.approx([0, -10, -10])
    plt.close(figure)


def test_the_moving_picture_has_a_frame_an_epoch_with_its_own_bars(kernels):
    rows = kernels.query("arm == 'none' and seed == 0").copy()
    rows.loc[(rows.epoch == 1) & (rows.radius_nyquist == 0), "energy_share"] = 0.1
    html = moving_picture(rows)
    data = html.split("base64,")[1].rstrip('">')
    picture, frames = Image.open(io.BytesIO(base64.b64decode(data))), []
    assert picture.n_frames == 2
    for k in range(2):
        picture.seek(k)
        frames.append(np.asarray(picture.convert("RGB"), int)[30:])  # below the title
    blue = [(frame[..., 2] > frame[..., 0] + 60).sum() for frame in frames]
    assert blue[1] < 0.8 * blue[0]
    assert 'alt="' in html
