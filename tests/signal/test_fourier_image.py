import math

import pytest
import torch

from freqlib.signal import fourier_image


@pytest.mark.parametrize(("h", "w"), [(8, 8), (7, 5), (28, 28)])
def test_the_image_can_be_had_back(h: int, w: int) -> None:
    x = torch.rand(3, h, w, dtype=torch.float64)
    magnitude, phase = fourier_image(x).chunk(2)
    amplitude = (magnitude * math.log(h * w)).exp() - 1e-6
    spectrum = torch.polar(amplitude, 2 * math.pi * (phase - 0.5))
    assert torch.allclose(torch.fft.ifft2(torch.fft.ifftshift(spectrum, dim=(-2, -1))).real, x, atol=1e-6)


def test_a_wave_shows_as_two_points_about_the_middle() -> None:
    wave = torch.cos(2 * math.pi * 3 * torch.arange(16) / 16).expand(1, 16, 16)
    magnitude = fourier_image(wave)[0]
    assert magnitude.flatten().topk(2).indices.sort().values.tolist() == [8 * 16 + 5, 8 * 16 + 11]
