import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import fourier_heatmap, gradient_heatmap
from freqlib.signal import fourier_wave, frequency_pairs
from freqlib.vision import as_images, load_model

QUIET = {"progress": False}


def noise(n=6, channels=1, size=8):
    x = 0.25 + 0.5 * torch.rand(n, channels, size, size, generator=torch.Generator().manual_seed(0))
    return as_images((x, torch.arange(n) % 2))


def at(table, ky, kx, layer="output"):
    return table[(table.layer == layer) & (table.ky == ky) & (table.kx == kx)].iloc[0]


def test_the_map_of_a_linear_model_is_its_closed_form():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    table = fourier_heatmap(net, noise(), eps=0.5, clamp=False, **QUIET)
    assert len(table) == 64
    for ky, kx in frequency_pairs(8, 8).tolist():
        expected = 0.5 * float((net[1].weight.detach() @ fourier_wave(ky, kx, 8, 8).flatten()).norm())
        assert at(table, ky, kx).l2 == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_public_codes_have_their_faults():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    ours, google, gatheluck = (
        fourier_heatmap(net, noise(), eps=0.5, clamp=False, published=code, **QUIET)
        for code in (None, "google", "gatheluck")
    )
    assert google.l2.tolist() == pytest.approx((2 * ours.l2).tolist(), rel=1e-4)  # 1 is added, not .5
    assert gatheluck[gatheluck.ky == -4].l2.isna().all()
    assert gatheluck[gatheluck.ky != -4].l2.tolist() == ours[ours.ky != -4].l2.tolist()
    with pytest.raises(InputError, match="Unknown public code 'other'"):
        fourier_heatmap(net, noise(), published="other", **QUIET)


def test_the_change_of_the_loss_is_that_of_first_order_for_little_noise():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(128, 2))
    exact = fourier_heatmap(net, noise(), eps=1e-2, clamp=False, layers=["1"], **QUIET)
    slope = gradient_heatmap(net, noise(), eps=1e-2)
    both = slope.merge(exact[exact.layer == "output"], on=["ky", "kx"], suffixes=("", "_exact"))
    assert both.loss_exact.to_numpy() == pytest.approx(both.loss.to_numpy(), rel=0.02, abs=1e-6)
    assert exact[exact.layer == "1"].loss.isna().all()


class OneFrequency(nn.Module):
    """Class 1 if there is more of one frequency than a threshold; its cosine and its sine count alike."""

    def __init__(self, ky, kx):
        super().__init__()
        angles = torch.tensor([0.0, torch.pi / 2])
        self.register_buffer("waves", fourier_wave(ky, kx, 8, 8, angles).flatten(1))

    def forward(self, x):
        amount = (x.mean(1).flatten(1) @ self.waves.T).norm(dim=1)
        return torch.stack([torch.full_like(amount, 0.5), amount], 1)


@pytest.mark.parametrize("phase", ["cos", "google", "random"])
def test_the_map_of_a_model_that_looks_at_one_frequency_peaks_there(phase):
    flat = as_images((torch.full((4, 3, 8, 8), 0.5), torch.zeros(4).long()))
    table = fourier_heatmap(OneFrequency(2, -3), flat, eps=2.0, phase=phase, clamp=False, **QUIET)
    seen = table[table.l2 > 1e-4]
    assert {(row.ky, row.kx) for row in seen.itertuples()} == {(2, -3), (-2, 3)}
    assert (table.clean_error == 0).all()
    assert table[table.error > 0].index.isin(seen.index).all()
    assert seen.error.max() > 0


def test_trap_08_the_map_is_the_same_for_any_batch():
    net = load_model("cifar:resnet20", num_classes=2)
    data = as_images((torch.rand(5, 3, 32, 32, generator=torch.Generator().manual_seed(1)), torch.arange(5) % 2))
    options = {"size": 3, "layers": ["layer1", "layer3"], "phase": "random", **QUIET}
    one, many = (fourier_heatmap(net, data, batch=batch, **options) for batch in (2, 5))
    assert one.layer.unique().tolist() == ["output", "layer1", "layer3"]
    assert len(one) == 3 * 9
    assert one.error.equals(many.error)
    for column in ("l2", "cosine"):
        assert one[column].tolist() == pytest.approx(many[column].tolist(), rel=1e-4, abs=1e-5)


def test_trap_08_noise_is_added_to_pixels_and_clamped_there():
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2, bias=False))
    net[1].weight.data = torch.ones(2, 64)
    bright = as_images((torch.ones(2, 1, 8, 8), torch.zeros(2).long()))
    wave = 8 * fourier_wave(0, 0, 8, 8)  # all ones
    free, clamped = (at(fourier_heatmap(net, bright, eps=8.0, clamp=c, size=1, **QUIET), 0, 0) for c in (False, True))
    assert free.l2 == pytest.approx(2**0.5 * 64)
    signs = torch.cat([torch.randint(2, (1, 1), generator=g) * 2 - 1 for g in _generators(2)])
    assert clamped.l2 == pytest.approx(float((signs < 0).float().mean()) * 2**0.5 * 64)
    assert torch.allclose(wave, torch.ones(8, 8))


def _generators(n):
    from freqlib.signal.noise import generators

    return generators(torch.arange(n), 0, "heatmap")


class Difference(nn.Module):
    """The logit of class 1 is the correlation of the difference of two channels with one wave."""

    def forward(self, x):
        amount = ((x[:, 0] - x[:, 1]) * fourier_wave(1, 2, 8, 8)).sum((1, 2))
        return torch.stack([torch.zeros_like(amount), amount], 1)


def test_every_channel_and_frequency_and_image_has_its_own_sign():
    flat = as_images((torch.full((64, 2, 8, 8), 0.5), torch.zeros(64).long()))
    seen = at(fourier_heatmap(Difference(), flat, eps=1.0, clamp=False, **QUIET), 1, 2)
    # Two channels: the signs agree in half the images, and cancel; else the distance is 2.
    assert 0.6 < seen.l2 < 1.4
    assert 0.1 < seen.error < 0.4  # class 1 wins where the first channel's sign is + and the second's -
    swapped = as_images((torch.full((64, 2, 8, 8), 0.5), torch.ones(64).long()))
    table = fourier_heatmap(Difference(), swapped, eps=1.0, clamp=False, **QUIET)
    assert (table.clean_error == 1).all()  # a tie goes to class 0
    assert (table.n == 64).all()


def test_two_frequencies_do_not_share_their_signs():
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2, bias=False))
    a, b = fourier_wave(1, 2, 8, 8).flatten(), fourier_wave(2, 1, 8, 8).flatten()
    net[1].weight.data = torch.stack([torch.zeros(64), a + b])
    flat = as_images((torch.full((40, 1, 8, 8), 0.5), torch.zeros(40).long()))
    table = fourier_heatmap(net, flat, clamp=False, **QUIET)
    errors = {at(table, 1, 2).error, at(table, 2, 1).error}
    assert len(errors) == 2  # the share of positive signs among 40, of either frequency
    assert all(0.2 < error < 0.8 for error in errors)


def test_cosine_and_inner_layers_by_hand():
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.Flatten(), nn.Linear(128, 2))
    net[0].weight.data = torch.tensor([3.0, 4.0])[:, None, None, None]
    flat = as_images((torch.full((4, 1, 8, 8), 0.5), torch.zeros(4).long()))
    table = fourier_heatmap(net, flat, eps=2.0, layers=["0"], clamp=False, **QUIET)
    # The map is (3, 4) x: a wave of norm 2 moves it by 10, at right angles to the flat map of norm 5 * 8 / 2 = 20.
    inner = at(table, 3, 1, layer="0")
    assert inner.l2 == pytest.approx(10, rel=1e-5)
    assert inner.cosine == pytest.approx(20 / (20**2 + 10**2) ** 0.5, rel=1e-5)
    assert table[table.layer == "0"].error.isna().all()
    # Parallel to the flat map, at DC, the cosine stays 1 for either sign.
    assert at(table, 0, 0, layer="0").cosine == pytest.approx(1, rel=1e-5)


def test_prefix_tokens_are_left_out_of_inner_maps():
    model = load_model("cifar:vit", num_classes=2)
    with torch.no_grad():
        model.network.cls_token += 100
    data = as_images((torch.rand(2, 3, 32, 32), torch.tensor([0, 1])))
    table = fourier_heatmap(model, data, size=1, layers=["blocks.0"], **QUIET)
    # With the class token in it, the map would hardly turn.
    assert at(table, 0, 0, layer="blocks.0").cosine < 0.9999


def test_draws_do_not_depend_on_the_size():
    data = noise(channels=3)
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 2))
    some, all_ = (fourier_heatmap(net, data, size=size, phase="random", **QUIET) for size in (3, None))
    for ky, kx in ((0, 0), (1, 1), (0, -1)):
        assert at(some, ky, kx).l2 == pytest.approx(at(all_, ky, kx).l2, rel=1e-6)


def test_other_images_do_not_go_on_from_the_same_file(tmp_path):
    net, path = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), tmp_path / "map.npz"
    data = noise()
    fourier_heatmap(net, data, size=1, resume=path, **QUIET)
    pixels, labels, _ = next(iter(data.batches(10)))
    with pytest.raises(InputError, match="holds other progress, with "):
        fourier_heatmap(net, as_images((1 - pixels, labels)), size=1, resume=path, **QUIET)


def test_an_output_that_is_no_table_of_logits_is_refused():
    with pytest.raises(InputError, match=r"returns \(6, 2, 8, 8\)"):
        fourier_heatmap(nn.Conv2d(1, 2, 1), noise(), size=1, **QUIET)


def test_every_cell_of_the_grid_has_a_row_and_mirrors_agree():
    table = fourier_heatmap(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), noise(), **QUIET)
    assert sorted(set(table.ky)) == sorted(set(table.kx)) == list(range(-4, 4))
    for ky, kx in ((1, 2), (-3, 1), (2, 0)):
        assert at(table, ky, kx).l2 == at(table, -ky, -kx).l2


@pytest.mark.parametrize(("batch", "most"), [(2, 40), (128, 20)])
def test_an_interrupted_map_goes_on_where_it_stopped(tmp_path, monkeypatch, batch, most):
    monkeypatch.setattr("freqlib.experiments.evaluation.progress.SAVE_EVERY_S", 0.0)
    net, data, path = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), noise(), tmp_path / "map.npz"
    calls = []
    net.register_forward_pre_hook(lambda module, args: calls.append(1))
    whole = fourier_heatmap(net, data, batch=batch, **QUIET)
    needed = len(calls)
    calls.clear()

    def stop(module, args):
        if len(calls) > most:
            raise KeyboardInterrupt

    handle = net.register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        fourier_heatmap(net, data, batch=batch, resume=path, **QUIET)
    handle.remove()
    calls.clear()
    assert fourier_heatmap(net, data, batch=batch, resume=path, **QUIET).equals(whole)
    assert 0 < len(calls) < needed - most + 5
    for other in ({"eps": 1.0, "batch": batch}, {"batch": 3}):
        with pytest.raises(InputError, match="holds other progress, with "):
            fourier_heatmap(net, data, resume=path, **other, **QUIET)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"eps": 0.0}, "eps is 0.0"),
        ({"eps": float("inf")}, "eps is inf"),
        ({"phase": "sine"}, "choose one of: cos, google, random"),
        ({"size": 9}, "lowest 9 x 9"),
        ({"layers": ["2"]}, "2"),
    ],
)
def test_what_makes_no_map_is_refused(options, sentence):
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(InputError, match=sentence):
        fourier_heatmap(net, noise(), **options, **QUIET)


def test_pixels_that_clamping_would_spoil_are_refused():
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    normalized = (torch.randn(4, 1, 8, 8) * 3, torch.arange(4) % 2)
    with pytest.raises(InputError, match="pass images before any normalization"):
        fourier_heatmap(net, normalized, progress=False)
    assert len(fourier_heatmap(net, normalized, clamp=False, size=1, progress=False)) == 1


def test_the_radii_of_a_heatmap_are_those_of_the_bands():
    net = nn.Sequential(nn.Flatten(), nn.Linear(400, 2))
    data = (torch.rand(2, 1, 20, 20), torch.tensor([0, 1]))
    for table in (fourier_heatmap(net, data, progress=False), gradient_heatmap(net, data)):
        on_edge = table[(table.ky == 0) & (table.kx.abs() == 7)]
        assert on_edge.radius_nyquist.tolist() == [0.7] * len(on_edge)


def test_radii_are_those_of_the_grid_also_of_oblong_images():
    net = nn.Sequential(nn.Flatten(), nn.Linear(48, 2))
    data = (torch.rand(2, 1, 8, 6), torch.tensor([0, 1]))
    for table in (fourier_heatmap(net, data, progress=False), gradient_heatmap(net, data)):
        radii = (table.ky / 4) ** 2 + (table.kx / 3) ** 2
        assert (table.radius_nyquist**2).tolist() == pytest.approx(radii.tolist(), abs=1e-8)
        assert (table.n == 2).all()
