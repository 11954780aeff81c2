import sys
from math import inf

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import probe_layers, sweep
from freqlib.experiments.probing import held_out
from freqlib.experiments.probing.band_features import BandFeatures
from freqlib.experiments.probing.held_out import folds_of, score
from freqlib.experiments.probing.layer_probes import CONTROLS
from freqlib.experiments.probing.linear import LinearFit
from freqlib.experiments.probing.probe_sources import Cell, read_features
from freqlib.signal import Bands, isolate
from freqlib.vision import Images, as_model, check_fitted, choose_layers, untrained

HALVES = Bands((0, 0.5, inf), ("low", "high"))


def textures(n, seed, amplitude=1.0):
    """Two classes: noise above r = .5 that is loud or soft, over equal noise below; no mean tells them apart."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 2
    x = torch.randn(n, 1, 16, 16, generator=generator)
    loud = 1 + amplitude * labels.float()[:, None, None, None]
    return Images(0.5 + 0.05 * (isolate(x, HALVES, "low") + loud * isolate(x, HALVES, "high")), labels, name="t")


class Square(nn.Module):
    def forward(self, x):
        return (x - 0.5).square()


def rectifier():
    """Turns the loudness of a texture into a mean, which a linear classifier can read."""
    return nn.Sequential(nn.Identity(), Square(), nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(512, 2)).eval()


def test_a_model_in_training_is_probed_as_it_would_answer_and_left_as_it_was():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(512, 2))
    options = {"layers": "1", "bands": HALVES, "kinds": "linear", "controls": (), "strength": 0.1, "progress": False}
    before = net[1].running_mean.clone()
    expected = probe_layers(net.eval(), textures(60, 0), textures(60, 1), **options)
    net.train()
    net[0].eval()
    found = probe_layers(net, textures(60, 0), textures(60, 1), **options)
    assert found.top1.tolist() == expected.top1.tolist()
    assert torch.equal(net[1].running_mean, before)
    assert [module.training for module in net] == [False, True, True, True]


def test_shuffled_places_leave_the_strength_of_a_map_and_nothing_of_its_frequencies():
    options = {"layers": "0", "bands": HALVES, "kinds": "power", "strength": 0.01, "progress": False}
    cut = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(256, 2))
    # High frequencies that are louder in one class make the map louder, too: its strength alone tells the classes.
    loud = probe_layers(cut, textures(300, 0), textures(200, 1), controls="shuffled", **options)
    assert loud.top1_shuffled.min() > 0.9
    # The same energy in both classes, moved from one half to the other: only the frequencies tell.
    moved = [moved_energy(300, 0), moved_energy(200, 1)]
    told = probe_layers(cut, *moved, controls="shuffled", **options)
    assert told.top1.min() > 0.95
    assert told.top1_shuffled.max() < 0.65
    assert (told.best_control == "shuffled").all()


def moved_energy(n, seed):
    """Two classes of one energy: most of it below r = .5, or most of it above."""
    x = torch.randn(n, 1, 16, 16, generator=torch.Generator().manual_seed(seed))
    labels = torch.arange(n) % 2
    low, high = isolate(x, HALVES, "low"), isolate(x, HALVES, "high")
    low, high = (part / part.square().sum((-2, -1), keepdim=True).sqrt() for part in (low, high))
    share = 0.3 + 0.4 * labels.float()[:, None, None, None]
    return Images(share.sqrt() * low + (1 - share).sqrt() * high, labels, name="t")


def test_a_choice_of_strengths_needs_one_strength_or_two_images_of_every_class():
    few = textures(40, 0)
    few.labels = torch.tensor([1] + [0] * 39)
    options = {"layers": "input", "bands": HALVES, "kinds": "linear", "controls": (), "progress": False}
    with pytest.raises(InputError, match="a class has 1 image; give one strength"):
        probe_layers(rectifier(), few, few, strength=[0.1, 1.0], **options)
    with pytest.raises(InputError, match="must be numbers, one or more"):
        probe_layers(rectifier(), few, few, strength=[], **options)


def test_power_finds_the_texture_that_linear_misses():
    table = probe_layers(
        rectifier(),
        textures(300, 0),
        textures(300, 1),
        "input",
        HALVES,
        ("linear", "power"),
        "permuted",
        progress=False,
    ).set_index(["kind", "band"])
    assert table.usable_low["power", "high"] > 0.3
    assert table.usable_high["linear", "high"] < 0.3
    for kind in ("linear", "power"):
        assert table.top1_low[kind, "low"] < 0.52
        assert table.top1[kind, "low"] < 0.62


def test_what_the_network_adds_is_usable_and_what_the_pixels_hold_is_not():
    """Behind the square a linear probe reads the texture from DC; at the input it cannot, whatever the control."""
    dc = Bands((0, 0.01, inf), ("dc", "rest"))
    options = {"bands": dc, "kinds": "linear", "controls": ("permuted", "pixels", "projection"), "progress": False}
    table = probe_layers(rectifier(), textures(300, 0), textures(300, 1), ["input", "1"], **options)
    table = table.set_index(["layer", "band"])
    assert table.usable_low["1", "dc"] > 0.3
    assert table.usable_low["input", "dc"] < 0.02
    assert table.top1_pixels["input", "dc"] == table.top1["input", "dc"]


def test_the_untrained_control_is_another_draw_of_the_same_architecture():
    model = as_model(nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.LazyLinear(2)))
    model(torch.zeros(2, 1, 16, 16))
    model.network[1].running_mean += 5
    before = [p.clone() for p in model.parameters()]
    state = torch.get_rng_state()
    fresh = untrained(model, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert not (fresh.network[0].weight == model.network[0].weight).any()
    assert torch.equal(fresh.network[1].running_mean, torch.zeros(3))
    assert torch.equal(untrained(model, seed=3).network[0].weight, fresh.network[0].weight)


def test_an_untrained_network_measures_its_statistics_where_images_are_given():
    model = as_model(nn.Sequential(nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(588, 2)))
    images = Images(torch.rand(128, 1, 16, 16), torch.arange(128) % 2)
    fresh = untrained(model, seed=3, images=images)
    maps = fresh.network[0](images.pixels)
    assert torch.allclose(fresh.network[1].running_mean, maps.mean((0, 2, 3)), atol=1e-6)
    assert torch.equal(fresh.network[0].weight, untrained(model, seed=3).network[0].weight)
    assert not any(module.training for module in fresh.modules())


def test_bands_of_different_sizes_are_read_in_as_many_directions():
    x = torch.randn(5, 4, 16, 16)
    parts = BandFeatures(Bands.seven(), dimension=12)(x)
    assert [part.shape[1] for part in parts] == [4, 12, 12, 12, 12, 12, 12]
    whole = BandFeatures(Bands.seven())(x)
    assert [part.shape[1] for part in whole] == (4 * Bands.seven().cells(16, 16)).tolist()
    (wide,) = BandFeatures(Bands((0, inf)), dimension=1000)(x)
    (narrow,) = BandFeatures(Bands((0, inf)), dimension=1000)(x)
    assert torch.equal(wide, narrow)
    directions = BandFeatures(Bands((0, inf)), dimension=6).project(torch.eye(40))
    assert torch.allclose(directions.T @ directions, torch.eye(6), atol=1e-5)


def test_a_study_goes_on_where_it_stopped(tmp_path, monkeypatch):
    options = {"bands": HALVES, "kinds": ("linear", "power"), "controls": ("permuted", "untrained")}
    options |= {"strength": (0.1, 1.0), "progress": False}
    data = textures(60, 0), textures(40, 1)
    torch.manual_seed(0)
    network = rectifier()
    whole = probe_layers(network, *data, ["input", "1"], **options)
    scored = []

    def interrupted(*arguments):
        if len(scored) == 5:
            raise KeyboardInterrupt
        scored.append(1)
        return score(*arguments)

    module = sys.modules["freqlib.experiments.probing.layer_probes"]
    monkeypatch.setattr(module, "score", interrupted)
    path = tmp_path / "scores.npz"
    with pytest.raises(KeyboardInterrupt):
        probe_layers(network, *data, ["input", "1"], resume=path, **options)
    counted = []
    monkeypatch.setattr(module, "score", lambda *a: counted.append(1) or score(*a))
    resumed = probe_layers(network, *data, ["input", "1"], resume=path, **options)
    assert len(counted) == 2 * 2 * 2 * 3 - 5
    pd.testing.assert_frame_equal(resumed, whole)
    with pytest.raises(InputError, match="holds other progress, with seed=0, not 1"):
        probe_layers(network, *data, ["input", "1"], resume=path, seed=1, **options)


def test_half_precision_storage_moves_no_score():
    """Features are kept in float16; the probe on the exact ones must not differ."""
    train, test = textures(200, 0), textures(200, 1)
    table = probe_layers(rectifier(), train, test, "input", HALVES, "linear", (), strength=0.01, progress=False)
    pixels = torch.cat([next(iter(part.batches(200)))[0] for part in (train, test)])
    exact = BandFeatures(HALVES)(pixels)[0]
    splits = [(np.arange(200), np.arange(200, 400))]
    hits = score(exact, torch.cat([train.labels, test.labels]), splits, "linear", [0.01]).hits
    assert abs(table.top1[0] - hits.mean()) < 0.015


def test_bands_without_a_cell_are_marked():
    table = probe_layers(
        rectifier(), textures(40, 0), textures(40, 1), "input", Bands.seven(), "linear", (), progress=False
    ).set_index("band")
    assert table.status["ultra-low"] == "ok"
    small = Images(torch.rand(20, 1, 4, 4), torch.arange(20) % 2)
    tiny = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    table = probe_layers(tiny, small, small, "input", Bands.seven(), "linear", (), progress=False).set_index("band")
    assert table.status["low"] == "empty"
    assert table.cells["low"] == 0
    assert np.isnan(table.top1["low"])


def test_sets_whose_labels_mean_other_classes_are_refused():
    """As where the folders of two splits were numbered apart; classes without names go with any."""
    plain = textures(20, 0)
    pets, others = (Images(plain.pixels, plain.labels, classes=names) for names in (["cat", "dog"], ["dog", "owl"]))
    options = {"bands": HALVES, "kinds": "linear", "controls": (), "progress": False}
    for run in (
        lambda train, test: probe_layers(rectifier(), train, test, "input", **options),
        lambda train, test: sweep(rectifier(), test, "input", head="linear", train=train, progress=False),
    ):
        with pytest.raises(InputError, match="Label 0 is 'cat' among the fitted images and 'dog' among the scored"):
            run(pets, others)
        assert len(run(pets, pets)) == len(run(plain, pets))
    digits = [Images(plain.pixels, plain.labels, classes=names) for names in (["0", "1", "2"], ["0", "2"])]
    with pytest.raises(InputError, match="Label 1 is '1' among the fitted images and '2' among the scored"):
        check_fitted(*digits)
    longer = (Images(plain.pixels, plain.labels, classes=["cat", "dog", name]) for name in ("bird", "fish"))
    check_fitted(*longer)  # no image is of the third class


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"kinds": "forest"}, "choose one of: linear, mlp, power"),
        ({"controls": "luck"}, "choose one of: permuted, untrained, shuffled, pixels"),
        ({"layers": "99"}, "layer of Sequential"),
        ({"dimension": 0}, "dimension is 0"),
        ({"strength": -1.0}, "strength is -1.0"),
        ({"test": Images(torch.rand(4, 1, 8, 8), torch.arange(4) % 2)}, "but those to score on"),
        ({"test": Images(torch.rand(4, 1, 16, 16), torch.arange(4))}, "Class '2' has no example"),
        ({"strength": float("inf")}, "strength is inf"),
    ],
)
def test_what_cannot_be_probed_is_refused(change, part):
    arguments = {"train": textures(20, 0), "test": textures(20, 1), "progress": False, "bands": HALVES} | change
    with pytest.raises(InputError, match=part):
        probe_layers(rectifier(), **arguments)


@pytest.mark.parametrize("kind", ["linear", "power"])
@pytest.mark.parametrize("scale", [1e-8, 1e5])
def test_the_units_of_a_map_move_no_score(kind, scale):
    """Half precision ends at 65,504, and below 6e-8; a map, or its power, may lie beyond."""

    class Scaled(nn.Module):
        def forward(self, x):
            return scale * x

    net = nn.Sequential(Scaled(), nn.Flatten(), nn.Linear(256, 2)).eval()
    plain = nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(256, 2)).eval()
    options = {"kinds": kind, "controls": (), "strength": 0.1, "progress": False}
    other, own = (probe_layers(m, textures(200, 0), textures(200, 1), "0", HALVES, **options) for m in (net, plain))
    assert other.top1.tolist() == pytest.approx(own.top1.tolist(), abs=0.02)


@pytest.mark.parametrize("kind", ["linear", "power"])
def test_the_order_of_the_images_moves_no_number(kind):
    # Each class has a wave of its own, at which the first batch, all of one class, is silent.
    labels = torch.arange(240) // 80
    grid = torch.arange(16) * 2 * torch.pi / 16
    waves = torch.stack([(k * grid).cos().expand(16, 16) for k in (1, 3, 6)])[labels]
    noise = 1e-3 * torch.randn(240, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    data = Images(0.5 + 0.2 * waves[:, None] + noise, labels)
    order = torch.randperm(240, generator=torch.Generator().manual_seed(1))
    model = as_model(nn.Sequential(nn.Identity(), nn.Flatten(), nn.Linear(256, 3)).eval())
    (layer,) = choose_layers(model, data.shape, ["0"])
    cells = [Cell(layer, kind, band) for band in range(2)]
    some = data.select([0, 100, 200])
    one, other = (
        read_features("", model, cells, (images, some), HALVES, None, 0) for images in (data, data.select(order))
    )
    for place, x in one.items():
        assert x.float().isfinite().all()
        assert x.abs().max() < 1e4
        torch.testing.assert_close(x[:240][order].float(), other[place][:240].float(), rtol=2e-3, atol=1e-3)
        torch.testing.assert_close(x[240:].float(), other[place][240:].float(), rtol=2e-3, atol=1e-3)


def test_the_best_control_is_the_one_to_beat_and_copies_in_a_group_narrow_nothing():
    net, train = rectifier(), textures(120, 0)
    alone = textures(40, 1)
    copies = alone.select(torch.arange(40).repeat_interleave(5))
    copies.groups = torch.arange(40).repeat_interleave(5)
    chosen = {"layers": ["input", "1"], "bands": HALVES, "kinds": "linear", "progress": False}
    once, many = (probe_layers(net, train, images, **chosen) for images in (alone, copies))
    tops = once[[f"top1_{control}" for control in CONTROLS]]
    assert once.best_control.tolist() == [f"{name[5:]}" for name in tops.idxmax(axis=1)]
    assert once.usable.tolist() == pytest.approx((once.top1 - tops.max(axis=1)).tolist())
    for name in ("top1", "usable", "top1_pixels"):
        assert many[name].tolist() == pytest.approx(once[name].tolist())
        wide, narrow = (t[f"{name}_high"] - t[f"{name}_low"] for t in (many, once))
        assert (wide > 0.6 * narrow).all()  # of five times as many images alone it would be 0.45 of it


class Copy(nn.Module):
    def forward(self, x):
        return 1 * x


def test_every_layer_has_directions_of_its_own():
    model = as_model(nn.Sequential(nn.ReLU(), Copy(), nn.Flatten(), nn.Linear(256, 2)).eval())
    data = textures(8, 0)
    layers = choose_layers(model, data.shape, ["0", "1"])
    found = read_features("", model, [Cell(layer, "linear", 1) for layer in layers], (data, data), HALVES, 12, 0)
    one, other = (found[name, 1].float() for name in ("0", "1"))
    assert one.shape == other.shape == (16, 12)
    assert (one - other).abs().mean() > 0.5 * one.abs().mean()  # of one and the same map


def reader():
    """A network, its one cell, and images to fit and score on, as `read_features` takes them."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(192, 2)).eval()
    model, data = as_model(net), Images(torch.rand(12, 1, 8, 8), torch.arange(12) % 2)
    return model, [Cell(choose_layers(model, data.shape, ["0"])[0], "linear", 1)], (data, data)


def test_the_untrained_control_reads_a_network_that_the_seed_draws():
    model, cells, data = reader()
    fresh = untrained(model, 3)
    its_cells = [Cell(choose_layers(fresh, data[0].shape, ["0"])[0], "linear", 1)]
    found, other, trained = (
        read_features(source, model, cells, data, HALVES, None, seed)["0", 1]
        for source, seed in (("untrained", 3), ("untrained", 4), ("", 3))
    )
    assert torch.equal(found, read_features("", fresh, its_cells, data, HALVES, None, 3)["0", 1])
    assert not torch.allclose(found, other, atol=1e-2)
    assert not torch.allclose(found, trained, atol=1e-2)


def test_random_directions_are_drawn_by_the_seed():
    model, cells, data = reader()
    one, other = (read_features("", model, cells, data, HALVES, 5, seed)["0", 1].float() for seed in (0, 1))
    assert (one - other).abs().mean() > 0.5 * one.abs().mean()


def test_a_strength_is_chosen_without_copies_of_an_image_on_both_sides(monkeypatch):
    seen = []

    def watched(labels, folds, groups, seed):
        seen.append(groups)
        return folds_of(labels, folds, groups, seed)

    groups = np.repeat(np.arange(12), 4)
    x, y = torch.randn(48, 3), torch.from_numpy(groups % 2)
    (fold, *_) = folds_of(y, 3, groups, 0)
    monkeypatch.setattr(held_out, "folds_of", watched)
    score(x, y, [fold], "linear", [0.1, 1.0], groups)
    (chosen_by,) = seen
    assert np.array_equal(chosen_by, groups[fold[0]])
    seen.clear()
    data = Images(torch.rand(48, 1, 8, 8), y, groups=torch.from_numpy(groups))
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(64, 2)).eval()
    probe_layers(net, data, data, "0", HALVES, "linear", (), strength=(0.1, 1.0), progress=False)
    assert seen
    assert all(np.array_equal(found, groups) for found in seen)


def test_of_strengths_that_do_equally_well_the_strongest_is_taken():
    y = torch.arange(40) % 2
    x = torch.randn(40, 2) + 9 * y[:, None]
    assert score(x, y, folds_of(y, 4, None, 0), "linear", [0.1, 1.0, 0.01]).strength == 1.0


def test_one_fit_that_did_not_end_is_enough_to_say_so(monkeypatch):
    ends = iter([(True, 1e-5), (False, 1e-2), (True, 1e-6)])
    fitted = lambda *_: [LinearFit(torch.zeros(2, 2), torch.zeros(2), *next(ends))]  # noqa: E731
    monkeypatch.setattr(held_out, "_fit", fitted)
    y = torch.arange(12) % 2
    found = score(torch.randn(12, 2), y, folds_of(y, 3, None, 0), "linear", [0.1])
    assert (found.converged, found.residual) == (False, 1e-2)
