import numpy as np
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.spectra.collapse import SLOPE, collapse
from freqlib.signal import radius
from freqlib.vision import Images


def still():
    """A network that hands its image on, and then a blurred one."""
    blur = nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    blur.weight.data.fill_(1 / 9)
    return nn.Sequential(nn.Identity(), blur, nn.Flatten(), nn.LazyLinear(2))


def noise(n=60, side=16, seed=0):
    return torch.rand(n, 1, side, side, generator=torch.Generator().manual_seed(seed))


def test_trap_04_the_null_is_what_shuffled_places_give():
    x = noise().cumsum(-1).cumsum(-2) / 256  # far from white
    places = torch.stack([torch.randperm(256) for _ in range(len(x))])
    shuffled = x.flatten(2).gather(2, places[:, None]).reshape(x.shape)
    labels = torch.zeros(len(x)).long()
    net = still()
    table = collapse(net, (x, labels), "input").set_index("layer").loc["input"]
    moved = collapse(net, (shuffled, labels), "input").set_index("layer").loc["input"]
    assert table.centroid_high < table.null
    assert table.collapse_low > 0
    assert moved.centroid_low < moved.null < moved.centroid_high
    assert moved.collapse_low < 0 < moved.collapse_high


def test_a_plane_wave_has_its_own_frequency_as_centroid():
    y, x = torch.arange(16.0)[:, None] / 16, torch.arange(16.0) / 16
    wave = torch.cos(2 * torch.pi * (3 * y + 4 * x)).expand(5, 1, 16, 16) + 1  # DC does not count
    row = collapse(still(), (wave, torch.zeros(5).long()), "input").iloc[0]
    assert row.centroid == pytest.approx(5, abs=1e-3)
    assert row.low_share == pytest.approx(1)


def test_a_blur_lowers_the_centroid_by_its_response():
    x = noise()
    table = collapse(still(), (x, torch.zeros(60).long()), ["input", "1"]).set_index("layer")
    f = torch.fft.fftfreq(16).double()
    box = (1 + 2 * torch.cos(2 * torch.pi * f)) / 3
    power = torch.fft.fft2(x.double()).abs().square().sum((0, 1)) * (box[:, None] * box).square()
    power[0, 0] = 0
    expected = float((power * radius(16, 16, "cycles/image")).sum() / power.sum())
    assert table.centroid["1"] == pytest.approx(expected, rel=1e-4)
    depth = table.depth[["input", "1"]].to_numpy()
    slope = (table.centroid["1"] - table.centroid["input"]) / (depth[1] - depth[0])
    assert table.centroid[SLOPE] == pytest.approx(slope)
    assert table.null[SLOPE] == pytest.approx(0)
    assert table.beyond_high[SLOPE] < 0
    assert table.within_grid[SLOPE] == pytest.approx(table.log_ratio[SLOPE])  # both layers are on one grid


def test_on_a_shrinking_grid_the_ratio_tells_what_the_difference_hides():
    """White noise, then every second cell of it: the centroid halves with the grid, and so does the null."""
    every_second = nn.Conv2d(1, 1, 1, stride=2, bias=False)
    every_second.weight.data.fill_(1)
    net = nn.Sequential(nn.Identity(), every_second, nn.Flatten(), nn.LazyLinear(2))
    x, labels = noise(200, side=32), torch.zeros(200).long()
    plain = collapse(net, (x, labels), ["input", "1"]).set_index("layer")
    assert plain.log_ratio_low[SLOPE] < 0 < plain.log_ratio_high[SLOPE]
    # Without frequencies above the new Nyquist the coarser grid holds the same waves.
    smooth = torch.fft.ifft2(torch.fft.fft2(x) * (radius(32, 32) < 0.3)).real
    sunk = collapse(net, (smooth, labels), ["input", "1"]).set_index("layer")
    assert sunk.centroid["1"] == pytest.approx(sunk.centroid["input"], rel=1e-3)  # no frequency is lost
    assert sunk.beyond_low[SLOPE] > 0  # by the difference the maps rise, since the null falls
    depth = sunk.depth[["input", "1"]].to_numpy()
    expected = np.log(sunk.null["input"] / sunk.null["1"]) / (depth[1] - depth[0])
    assert sunk.log_ratio[SLOPE] == pytest.approx(expected, rel=1e-3)
    assert np.isnan(sunk.within_grid[SLOPE])  # no grid has two layers


def test_within_grids_the_slope_is_free_of_what_a_stride_does():
    """A map that sinks on each of two grids, with a stride between them that lifts it against the null."""
    blurs = [still()[1] for _ in range(2)]
    every_second = nn.Conv2d(1, 1, 1, stride=2, bias=False)
    every_second.weight.data.fill_(1)
    net = nn.Sequential(nn.Identity(), blurs[0], every_second, blurs[1], nn.Flatten(), nn.LazyLinear(2))
    spectrum = radius(32, 32).clamp_min(0.05) ** -1.5
    x = torch.fft.ifft2(torch.fft.fft2(noise(100, side=32)) * spectrum).real.float() / 64
    table = collapse(net, (x, torch.zeros(100).long()), ["input", "1", "2", "3"]).set_index("layer")
    ratio, depth = table.log_ratio, table.depth
    apart = np.array([depth["1"] - depth["input"], depth["3"] - depth["2"]])
    fell = np.array([ratio["1"] - ratio["input"], ratio["3"] - ratio["2"]])
    assert ratio["2"] > ratio["1"]
    assert table.within_grid[SLOPE] == pytest.approx((apart * fell).sum() / np.square(apart).sum())
    assert table.within_grid_high[SLOPE] < 0


def test_channels_count_alike_where_strong_ones_would_hide_the_others():
    def wave(k, size):
        return size * torch.cos(2 * torch.pi * k * torch.arange(16.0) / 16).expand(5, 1, 16, 16)

    x = torch.cat([wave(5, 100.0), wave(3, 1.0), torch.zeros(5, 1, 16, 16)], 1)  # the third is silent
    net = nn.Sequential(nn.Identity(), nn.Flatten(), nn.LazyLinear(2))
    row = collapse(net, (x, torch.zeros(5).long()), "input").iloc[0]
    assert row.centroid == pytest.approx(5, abs=0.01)
    assert row.channels == pytest.approx(np.log(4 / row.null), abs=1e-3)


def test_the_collapse_index_is_no_number_where_the_grid_decides_it():
    table = collapse(still(), (noise(side=8), torch.zeros(60).long()), "input")
    assert table.null_low_share[0] == 1
    assert np.isnan(table.collapse[0])


@pytest.mark.parametrize(("side", "share"), [(7, 0.34), (32, 0.07)])
def test_trap_04_a_ramp_wraps_around_and_a_window_takes_most_of_it_away(side, share):
    """A pure ramp: its jump from edge to edge puts energy above r = .5, more on a small map."""
    ramp = (torch.arange(float(side)) / side).expand(1, 1, side, side)
    power = torch.fft.fft2(ramp[0, 0].double()).abs().square()
    power[0, 0] = 0
    assert float(power[radius(side, side) >= 0.5].sum() / power.sum()) == pytest.approx(share, abs=0.01)
    data = (ramp, torch.zeros(1).long())
    plain, tapered = (collapse(still(), data, "input", window=w).centroid[0] for w in ("none", "hann"))
    assert tapered < 0.8 * plain


def test_intervals_are_over_groups_where_there_are_some():
    x = noise(6).repeat_interleave(10, 0)  # each image ten times
    labels = torch.zeros(60).long()
    alone = collapse(still(), Images(x, labels), "input").iloc[0]
    grouped = collapse(still(), Images(x, labels, groups=torch.arange(6).repeat_interleave(10)), "input").iloc[0]
    assert grouped.centroid == pytest.approx(alone.centroid)
    width = (grouped.centroid_high - grouped.centroid_low) / (alone.centroid_high - alone.centroid_low)
    assert width == pytest.approx(np.sqrt(10), rel=0.4)


def test_one_image_has_no_interval():
    table = collapse(still(), (noise(1), torch.zeros(1).long()), "input")
    assert table[["centroid_low", "centroid_high"]].isna().all(axis=None)
    assert table.centroid.notna().all()


def test_an_unknown_window_is_refused():
    with pytest.raises(InputError, match="choose one of: none, hann"):
        collapse(still(), (noise(2), torch.zeros(2).long()), window="boxcar")


def test_a_layer_that_is_silent_has_no_centroid():
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    table = collapse(net, (-torch.rand(6, 1, 8, 8), torch.arange(6) % 2), "0").set_index("layer")
    assert np.isnan(table.centroid["0"])


def test_eight_cycles_an_image_are_no_longer_low():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(2 * 1024, 2))
    row = collapse(net, (torch.rand(3, 1, 32, 32), torch.zeros(3).long()), ["input"]).iloc[0]
    k = np.fft.fftfreq(32, 1 / 32)
    assert row.null_low_share == pytest.approx(((np.hypot(k[:, None], k) < 8).sum() - 1) / 1023)


def test_the_window_lets_no_mean_through():
    x, labels = 0.1 * torch.rand(3, 1, 16, 16), torch.zeros(3).long()
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Flatten(), nn.Linear(512, 2))
    dark, bright = (collapse(net, (x + a, labels), ["input"], window="hann").centroid[0] for a in (0, 0.9))
    assert bright == pytest.approx(dark, rel=1e-3)
