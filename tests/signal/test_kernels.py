import math

import pytest
import torch

from freqlib.signal import kernel_profile


def shares(kernels):
    return kernel_profile(kernels)["energy_share"].tolist()


def test_trap_15_white_kernels_have_shares_of_one_four_and_four_ninths():
    kernels = torch.randn(20_000, 3, 3, generator=torch.Generator().manual_seed(0))
    # Over n white kernels the relative error of the energy on m real coefficients is sqrt(2 / (n m)).
    assert shares(kernels) == pytest.approx([1 / 9, 4 / 9, 4 / 9], rel=5 * math.sqrt(2 / 20_000))
    profile = kernel_profile(kernels)
    assert profile["null_share"].tolist() == pytest.approx([1 / 9, 4 / 9, 4 / 9])
    assert profile["radius"].tolist() == pytest.approx([0, 2 / 3, 2 / 3 * math.sqrt(2)])


def test_a_delta_is_white_and_a_box_is_all_dc():
    delta, box = torch.zeros(3, 3), torch.ones(3, 3)
    delta[2, 0] = 5
    assert kernel_profile(delta)["mean_power"].tolist() == pytest.approx([25, 25, 25])
    assert shares(box) == pytest.approx([1, 0, 0], abs=1e-12)
    assert float(kernel_profile(box)["centroid"]) == pytest.approx(0, abs=1e-12)


def test_a_difference_has_its_closed_form():
    kernel = torch.zeros(3, 3)
    kernel[1, 0], kernel[1, 1] = 1, -1
    # |F(ky, kx)|^2 = 2 - 2 cos(2 pi kx / 3) = 3 for kx = +-1, whatever ky: half the middle ring, all of the last.
    assert kernel_profile(kernel)["mean_power"].tolist() == pytest.approx([0, 3 * 2 / 4, 3], abs=1e-6)
    assert shares(kernel) == pytest.approx([0, 6 / 18, 12 / 18], abs=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (2, 2), (3, 3), (4, 6), (16, 16)])
def test_parseval_and_the_transform_of_every_kernel(size):
    kernels = torch.randn(5, 2, *size, generator=torch.Generator().manual_seed(1))
    profile = kernel_profile(kernels)
    energy = float((profile["mean_power"] * profile["cells"]).sum())
    assert energy == pytest.approx(size[0] * size[1] * float(kernels.square().sum((-1, -2)).mean()), rel=1e-5)
    assert float(profile["energy_share"].sum()) == pytest.approx(1)
    # Ring by ring, kernel by kernel; the rings are those of whole numbers, squared and brought to one denominator.
    ky, kx = (torch.fft.fftfreq(n, 1 / n).long().square() for n in size)
    ring = (ky[:, None] * size[1] ** 2 + kx[None, :] * size[0] ** 2).flatten()
    power = torch.fft.fft2(kernels.double()).abs().square().flatten(2)
    by_hand = [float(power[..., ring == level].mean()) for level in ring.unique()]
    assert profile["cells"].tolist() == [int((ring == level).sum()) for level in ring.unique()]
    assert profile["mean_power"].tolist() == pytest.approx(by_hand, rel=1e-5)


def test_trap_11_shares_are_ratios_of_means():
    small, large = torch.zeros(3, 3), torch.zeros(3, 3)
    small[1, 1], large[:] = 1, 10  # white, energy 9; all DC, energy 8100
    pooled = shares(torch.stack([small, large]))
    assert pooled == pytest.approx([8101 / 8109, 4 / 8109, 4 / 8109])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.half])
def test_every_floating_type_is_taken(dtype):
    kernels = torch.randn(4, 3, 3, generator=torch.Generator().manual_seed(2)).to(dtype)
    assert shares(kernels) == pytest.approx(shares(kernels.double()), abs=1e-5)


def test_kernels_of_zero_have_no_share():
    assert all(math.isnan(share) for share in shares(torch.zeros(2, 3, 3)))


@pytest.mark.parametrize("shape", [(4, 16, 3, 3), (6, 1, 7, 7), (5, 3, 16, 16), (8, 12, 1, 1), (3, 5, 5), (4, 3)])
@pytest.mark.parametrize("channels_last", [False, True])
def test_the_power_is_that_of_fft2_in_any_layout(shape, channels_last):
    kernels = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    if channels_last and len(shape) == 4:
        kernels = kernels.contiguous(memory_format=torch.channels_last)
    profile = kernel_profile(kernels)
    whole = torch.fft.fft2(kernels.double()).abs().square().reshape(-1, *shape[-2:]).mean(0).sum()
    assert float((profile["mean_power"] * profile["cells"]).sum()) == pytest.approx(float(whole), rel=1e-5)
    dc = kernels.double().sum((-2, -1)).square().mean()
    assert float(profile["mean_power"][0]) == pytest.approx(float(dc), rel=1e-5)
