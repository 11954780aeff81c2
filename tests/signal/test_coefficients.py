from math import inf, pi

import pytest
import torch

from freqlib.signal import Bands, band_coefficients, band_power, fourier_crop, isolate

SEVEN = Bands.seven()
SIZES = [(1, 1), (7, 7), (8, 8), (16, 17), (20, 32), (33, 35)]


@pytest.mark.parametrize(("h", "w"), SIZES)
def test_coefficients_are_a_rotation_of_the_isolated_maps(h, w):
    x = torch.randn(6, h, w, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for name, cells, part in zip(SEVEN.names, SEVEN.cells(h, w).tolist(), band_coefficients(x, SEVEN), strict=True):
        assert part.shape == (6, cells)
        alone = isolate(x, SEVEN, name).flatten(1)
        assert torch.allclose(part @ part.T, alone @ alone.T, atol=1e-9)


@pytest.mark.parametrize(("h", "w"), SIZES)
def test_power_is_the_squared_fft_summed_over_orbits(h, w):
    x = torch.randn(3, h, w, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    (power,) = band_power(x, Bands((0, inf)))
    squares = torch.fft.fft2(x, norm="ortho").abs().square()
    rows, columns = h // 2 + 1, w // 2 + 1
    expected = torch.zeros(3, rows, columns, dtype=torch.float64)
    for i in range(h):
        for j in range(w):
            expected[:, min(i, h - i), min(j, w - j)] += squares[:, i, j]
    assert torch.allclose(power, expected.flatten(1), atol=1e-9)


def test_power_does_not_see_a_shift_and_coefficients_do():
    x = torch.randn(2, 32, 32, dtype=torch.float64)
    moved = x.roll((5, 9), (-2, -1))
    for before, after in zip(band_power(x, SEVEN), band_power(moved, SEVEN), strict=True):
        assert torch.allclose(before, after)
    assert not torch.allclose(band_coefficients(x, SEVEN)[-1], band_coefficients(moved, SEVEN)[-1])


@pytest.mark.parametrize(("old", "new"), [((32, 32), (8, 8)), ((9, 12), (7, 5)), ((6, 6), (6, 6)), ((5, 4), (1, 1))])
def test_cropping_keeps_plane_waves_that_fit_and_drops_the_others(old, new):
    def wave(h, w, ky, kx):
        y, x = torch.arange(h, dtype=torch.float64)[:, None] / h, torch.arange(w, dtype=torch.float64) / w
        return torch.cos(2 * torch.pi * (ky * y + kx * x) + 0.3)

    for ky in range(old[0] // 2):
        for kx in range(-(old[1] // 2) + 1, old[1] // 2):
            cropped = fourier_crop(wave(*old, ky, kx), *new)
            if 2 * ky < new[0] and 2 * abs(kx) < new[1]:
                assert torch.allclose(cropped, wave(*new, ky, kx))
            elif 2 * ky > new[0] or 2 * abs(kx) > new[1]:
                assert cropped.abs().max() < 1e-9


def test_a_map_cropped_to_its_own_size_is_itself():
    x = torch.randn(6, 7, dtype=torch.float64)
    assert torch.allclose(fourier_crop(x, 6, 7), x)


def test_at_the_nyquist_frequency_of_the_coarser_axis_a_crop_keeps_the_cosine_alone():
    place = torch.arange(8, dtype=torch.float64) * pi / 2
    kept, gone = (fourier_crop(wave[:, None].expand(8, 8), 4, 4)[:, 0] for wave in (place.cos(), place.sin()))
    assert torch.allclose(kept, 0.5**0.5 * torch.tensor([1.0, -1, 1, -1]).double())
    assert gone.abs().max() < 1e-12
