import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import fourier_heatmap
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
    assert table.attrs["clean_error"] == 0
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


def test_every_cell_of_the_grid_has_a_row_and_mirrors_agree():
    table = fourier_heatmap(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), noise(), **QUIET)
    assert sorted(set(table.ky)) == sorted(set(table.kx)) == list(range(-4, 4))
    for ky, kx in ((1, 2), (-3, 1), (2, 0)):
        assert at(table, ky, kx).l2 == at(table, -ky, -kx).l2


def test_an_interrupted_map_goes_on_where_it_stopped(tmp_path):
    net, data, path = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), noise(), tmp_path / "map.npz"
    whole = fourier_heatmap(net, data, batch=2, **QUIET)
    calls = []

    def stop(module, args):
        calls.append(1)
        if len(calls) > 40:
            raise KeyboardInterrupt

    handle = net.register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt):
        fourier_heatmap(net, data, batch=2, resume=path, **QUIET)
    handle.remove()
    counted = []
    net.register_forward_pre_hook(lambda module, args: counted.append(1))
    resumed = fourier_heatmap(net, data, batch=2, resume=path, **QUIET)
    assert 0 < len(counted) < 3 * 35
    assert resumed.equals(whole)
    with pytest.raises(InputError, match="another experiment"):
        fourier_heatmap(net, data, eps=1.0, resume=path, **QUIET)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"eps": 0.0}, "eps=0.0"),
        ({"phase": "sine"}, "choose one of: cos, google, random"),
        ({"size": 9}, "size is 9"),
        ({"layers": ["2"]}, "2"),
    ],
)
def test_what_makes_no_map_is_refused(options, sentence):
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(InputError, match=sentence):
        fourier_heatmap(net, noise(), **options, **QUIET)
