import math

import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import gaussian_high_pass, gaussian_low_pass


@pytest.mark.parametrize("sigma", [0.7, 2.0, 4.0])
def test_low_and_high_pass_sum_to_the_image_in_every_channel(sigma: float) -> None:
    x = torch.rand(2, 3, 28, 32)
    assert torch.allclose(gaussian_low_pass(x, sigma) + gaussian_high_pass(x, sigma), x, atol=1e-6)


@pytest.mark.parametrize(("k", "sigma"), [(1, 1.0), (5, 1.0), (3, 2.0), (2, 4.0)])
def test_a_cosine_that_the_mirror_continues_keeps_the_share_of_the_closed_form(k: int, sigma: float) -> None:
    n = 64
    wave = torch.cos(math.pi * k * (torch.arange(n, dtype=torch.float64) + 0.5) / n)  # k / 2n cycles per pixel
    share = math.exp(-2 * (math.pi * sigma * k / (2 * n)) ** 2)
    assert torch.allclose(gaussian_low_pass(wave.expand(8, n), sigma), share * wave.expand(8, n), atol=2e-4)


def test_trap_09_no_colour_runs_into_another() -> None:
    x = torch.zeros(1, 3, 16, 16)
    x[:, 0] = torch.rand(16, 16)
    assert gaussian_low_pass(x, 2.0)[:, 1:].abs().max() == 0
    assert torch.allclose(gaussian_low_pass(x, 2.0)[:, :1], gaussian_low_pass(x[:, :1], 2.0))


def test_the_type_is_kept_and_bytes_are_refused() -> None:
    assert gaussian_low_pass(torch.rand(4, 4, dtype=torch.bfloat16), 1.0).dtype == torch.bfloat16
    with pytest.raises(InputError, match="real floating type"):
        gaussian_high_pass(torch.zeros(4, 4, dtype=torch.uint8), 1.0)


@pytest.mark.parametrize("sigma", [0, -1.0, math.inf, math.nan, 4.1])
def test_a_sigma_that_is_not_positive_or_wider_than_the_map_is_refused(sigma: float) -> None:
    with pytest.raises(InputError, match="must be above 0"):
        gaussian_low_pass(torch.rand(4, 4), sigma)


def test_sigma_may_be_as_large_as_the_longer_side() -> None:
    assert gaussian_low_pass(torch.rand(4, 8), 8.0).shape == (4, 8)
    with pytest.raises(InputError, match=r"sigma is 8\.1"):
        gaussian_low_pass(torch.rand(4, 8), 8.1)
