from math import log, pi

import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import SpectrumMeter, radius

EULER = 0.5772156649015329


def meter_of(*batches):
    meter = SpectrumMeter()
    for x in batches:
        meter.update(x)
    return meter


def measure(*batches):
    return meter_of(*batches).compute()


def test_a_plane_wave_has_its_closed_form():
    h = w = 16
    y, x = torch.meshgrid(torch.arange(h).double(), torch.arange(w).double(), indexing="ij")
    spectrum = measure((3 * torch.cos(2 * pi * (2 * y + x) / 16) + 5)[None])
    ring = spectrum["radius_nyquist"].sub(5**0.5 / 8).abs().argmin()
    assert float(spectrum["energy"][0]) == pytest.approx(25)
    assert float(spectrum["energy"][ring]) == pytest.approx(4.5)  # A^2 / 2
    assert float(spectrum["energy"].sum()) == pytest.approx(29.5)
    assert float(spectrum["log_amplitude"][0]) == pytest.approx(log(5 * 256))
    assert float(spectrum["cycles_per_image"][ring]) == pytest.approx(5**0.5)


def test_trap_11_the_profile_reaches_the_corners():
    spectrum = measure(torch.randn(2, 7, 7))
    assert int(spectrum["cells"].sum()) == 49
    assert int(spectrum["cells"][spectrum["radius_nyquist"] < 1].sum()) == 37
    assert float(spectrum["radius_nyquist"].max()) == pytest.approx(6 / 7 * 2**0.5)


def test_trap_11_the_mean_of_the_log_is_not_the_log_of_the_mean():
    # Half the maps are a hundred times louder: the mean of ln is ln 10 above the quiet ones, not ln 50.
    quiet = torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(0)).double()
    alone = measure(quiet)["log_amplitude"]
    both = measure(torch.cat([quiet, 100 * quiet]))["log_amplitude"]
    assert torch.allclose(both - alone, torch.full_like(both, log(10)), atol=1e-4)


def test_parseval_and_independence_of_the_batches():
    x = torch.randn(12, 3, 9, 14).double()
    whole, parts = measure(x), measure(x[:5], x[5:6], x[6:])
    assert float(whole["energy"].sum()) == pytest.approx(float(x.square().mean()))
    assert float(whole["energy_share"].sum()) == pytest.approx(1)
    for name, values in whole.items():
        assert torch.allclose(values.double(), parts[name].double()), name


def test_rings_are_the_distinct_radii():
    spectrum = measure(torch.randn(1, 8, 8))
    r = radius(8, 8)
    assert torch.equal(spectrum["radius_nyquist"], r.unique())
    assert spectrum["cells"].tolist() == [int((r == value).sum()) for value in r.unique()]


def test_relative_log_amplitude_is_zero_at_dc():
    spectrum = measure(torch.rand(2, 3, 8, 8))
    assert spectrum["relative_log_amplitude"][0] == 0
    expected = spectrum["log_amplitude"] - spectrum["log_amplitude"][0]
    assert torch.equal(spectrum["relative_log_amplitude"], expected)


def test_an_empty_meter_and_another_size_are_refused():
    with pytest.raises(InputError, match="0 maps"):
        SpectrumMeter().compute()
    with pytest.raises(InputError, match="8x8 cells came after"):
        measure(torch.zeros(1, 7, 7), torch.zeros(1, 8, 8))


@pytest.mark.parametrize("along", ["rings", "diagonal"])
def test_the_log_amplitude_of_white_noise_is_its_closed_form(along):
    """|F|^2 of n white cells is n times chi-square: E ln |F| = (ln n - gamma) / 2, (ln 2) / 2 less where real."""
    x = torch.randn(6000, 8, 8, generator=torch.Generator().manual_seed(0))
    spectrum = meter_of(x).compute(along)
    complex_cell, real_cell = (log(64) - EULER) / 2, (log(64) - EULER - log(2)) / 2
    assert float(spectrum["log_amplitude"][0]) == pytest.approx(real_cell, abs=0.05)
    assert float(spectrum["log_amplitude"][1]) == pytest.approx(complex_cell, abs=0.05)
    assert float(spectrum["relative_log_amplitude"][2]) == pytest.approx(log(2) / 2, abs=0.06)


@pytest.mark.parametrize(("side", "last"), [(7, 6 / 7), (14, 6 / 7), (28, 13 / 14)])
def test_trap_11_the_diagonal_ends_where_it_ends(side, last):
    """The published axis runs to pi; its last sample lies at .857 pi an axis on 7x7 and 14x14, at .929 pi on 28x28."""
    x = torch.randn(3, side, side, generator=torch.Generator().manual_seed(0)).double()
    spectrum = meter_of(x).compute("diagonal")
    assert float(spectrum["radius_nyquist"][-1]) == pytest.approx(last * 2**0.5)
    assert len(spectrum["cells"]) == (side + 1) // 2
    # As published: shift, take the lower right quadrant, read its diagonal.
    shifted = torch.fft.fftshift(torch.fft.fft2(x).abs().add(1e-6).log().mean(0))
    centre = side // 2
    diagonal = shifted[centre:, centre:].diagonal()
    assert torch.allclose(spectrum["log_amplitude"], diagonal)
    assert torch.allclose(spectrum["relative_log_amplitude"], diagonal - diagonal[0])


def test_an_unknown_path_is_refused():
    with pytest.raises(InputError, match="choose one of: rings, diagonal"):
        meter_of(torch.rand(1, 4, 4)).compute("row")
