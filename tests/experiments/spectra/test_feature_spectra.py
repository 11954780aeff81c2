import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import feature_spectra, sweep
from freqlib.signal import SpectrumMeter


def test_a_convolution_multiplies_the_spectrum_by_its_response():
    """Circular convolution with a box: energy = |X|^2 |K|^2, cell by cell, so ring by ring for white input."""
    torch.manual_seed(0)
    box = nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    box.weight.data.fill_(1 / 9)
    net = nn.Sequential(box, nn.Flatten(), nn.Linear(64, 2))
    x = torch.rand(20, 1, 8, 8)
    table = feature_spectra(net, (x, torch.zeros(20).long()), layers=["input", "0"])
    f = torch.fft.fftfreq(8).double()
    response = (1 + 2 * torch.cos(2 * torch.pi * f)) / 3
    expected = SpectrumMeter()
    filtered = torch.fft.ifft2(torch.fft.fft2(x.double()) * response[:, None] * response[None]).real
    expected.update(filtered)
    after = table[table.layer == "0"]
    assert after.energy.tolist() == pytest.approx(expected.compute()["energy"].tolist(), rel=1e-3, abs=1e-9)
    before = table[table.layer == "input"]
    assert before.energy.sum() == pytest.approx(float(x.square().mean()), rel=1e-5)
    assert (before.depth == 0).all()
    assert (after.depth > 0).all()


def test_trap_04_a_rectifier_makes_dc_out_of_white_noise():
    """The mean of max(z, 0) is 1 / sqrt(2 pi) and its mean square 1 / 2: a DC share of 1 / pi."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(256, 2))
    x = torch.randn(400, 1, 16, 16)
    table = feature_spectra(net, (x, torch.zeros(400).long()), layers="0")
    assert table.energy_share.iloc[0] == pytest.approx(1 / torch.pi, abs=0.01)


class Sized(nn.Module):
    """Keeps the batch's size and calls view with it, so that nothing can be appended to the batch."""

    def __init__(self):
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 3, padding=1), nn.Linear(128, 2)

    def forward(self, x):
        batch = x.size(0)
        return self.head(self.conv(x).relu().view(batch, -1))


def test_networks_that_cannot_be_edited_are_recorded():
    images = (torch.rand(2, 1, 8, 8), torch.zeros(2).long())
    assert set(feature_spectra(Sized(), images).layer) == {"conv"}
    with pytest.raises(InputError, match="'conv' cannot be edited: a longer batch does not pass"):
        sweep(Sized(), images)


def test_an_unknown_layer_is_refused():
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(InputError, match="layer7"):
        feature_spectra(net, (torch.rand(2, 1, 8, 8), torch.zeros(2).long()), layers="layer7")
