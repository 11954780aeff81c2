import math

import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import fourier_wave, frequency_pairs


@pytest.mark.parametrize(("h", "w"), [(32, 32), (7, 7), (4, 6), (5, 4), (1, 1)])
def test_pairs_and_their_mirrors_are_every_cell_once(h, w):
    pairs = frequency_pairs(h, w).tolist()
    cells = {(ky % h, kx % w) for ky, kx in pairs} | {(-ky % h, -kx % w) for ky, kx in pairs}
    assert len(cells) == h * w
    alone = sum((2 * ky) % h == 0 and (2 * kx) % w == 0 for ky, kx in pairs)
    assert 2 * len(pairs) - alone == h * w
    assert pairs[0] == [0, 0]


def test_there_are_514_at_32_and_25_at_7():
    assert len(frequency_pairs(32, 32)) == 514
    assert len(frequency_pairs(7, 7)) == 25


def test_size_keeps_the_lowest_frequencies():
    pairs = frequency_pairs(8, 8, size=3)
    assert len(pairs) == 5
    assert pairs.abs().max() == 1
    assert len(frequency_pairs(7, 7, size=7)) == len(frequency_pairs(7, 7))


@pytest.mark.parametrize("phase", ["cos", "sin", "google", 1.0])
@pytest.mark.parametrize(("h", "w"), [(32, 32), (7, 7), (7, 6)])
def test_a_wave_has_unit_norm_and_energy_at_its_pair_alone(h, w, phase):
    for ky, kx in frequency_pairs(h, w).tolist():
        if phase == "sin" and (2 * ky) % h == 0 and (2 * kx) % w == 0:
            continue
        wave = fourier_wave(ky, kx, h, w, phase)
        assert float(wave.norm()) == pytest.approx(1, abs=1e-6)
        power = torch.fft.fft2(wave.double()).abs().square() / (h * w)
        on = {(ky % h, kx % w), (-ky % h, -kx % w)}
        assert float(sum(power[cell] for cell in on)) == pytest.approx(1, abs=1e-6)


def test_a_frequency_that_is_its_own_mirror_has_no_sine():
    for ky, kx in ((0, 0), (-4, 0), (0, -4), (-4, -4)):
        with pytest.raises(InputError, match="its own mirror"):
            fourier_wave(ky, kx, 8, 8, "sin")
    assert torch.allclose(fourier_wave(-4, -4, 8, 8).abs(), torch.full((8, 8), 1 / 8))


def test_waves_are_orthogonal_and_the_published_phase_correlates_by_one_over_root_two():
    waves = torch.stack([fourier_wave(ky, kx, 6, 6).flatten() for ky, kx in frequency_pairs(6, 6).tolist()])
    assert torch.allclose(waves @ waves.T, torch.eye(len(waves)), atol=1e-6)
    one, other, sine = (fourier_wave(2, 5, 32, 32, phase) for phase in ("cos", "google", "sin"))
    assert float((one * other).sum()) == pytest.approx(1 / math.sqrt(2), abs=1e-6)
    assert float((one * sine).sum()) == pytest.approx(0, abs=1e-6)


def test_the_published_code_is_the_phase_it_is_named_for():
    spectrum = torch.zeros(8, 8, dtype=torch.complex128)
    spectrum[2, 1], spectrum[-2, -1] = 0.5 + 0.5j, 0.5 - 0.5j
    theirs = torch.fft.ifft2(spectrum).real
    assert torch.allclose((theirs / theirs.norm()).float(), fourier_wave(2, 1, 8, 8, "google"), atol=1e-6)


def test_angles_come_one_an_image():
    waves = fourier_wave(1, 2, 8, 8, torch.tensor([0.0, math.pi / 4]))
    assert torch.equal(waves[0], fourier_wave(1, 2, 8, 8, "cos"))
    assert torch.allclose(waves[1], fourier_wave(1, 2, 8, 8, "google"), atol=1e-6)


@pytest.mark.parametrize("size", [0, 9, 4])
def test_a_size_that_does_not_fit_is_refused(size):
    with pytest.raises(InputError, match=f"lowest {size} x {size} frequencies .* must be odd and from 1 to 8"):
        frequency_pairs(8, 12, size)


def test_an_unknown_phase_is_refused():
    with pytest.raises(InputError, match="must be cos, sin, google"):
        fourier_wave(1, 1, 8, 8, "tan")


@pytest.mark.parametrize(("ky", "kx"), [(0, 0), (-4, 0), (-4, -4)])
def test_of_a_frequency_that_is_its_own_mirror_the_angle_leaves_the_sign(ky, kx):
    one, other = fourier_wave(ky, kx, 8, 8, torch.tensor([2.0, 2.0 + math.pi]))
    assert torch.equal(one, -other)
    assert one[0, 0] < 0  # the cosine of 2
