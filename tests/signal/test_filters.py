from math import inf, pi

import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import (
    Bands,
    band_coefficients,
    fourier_crop,
    isolate,
    perturb,
    radius,
    real_basis,
    remove,
    split,
    transform,
)
from freqlib.signal.transform import KRONECKER_CELLS

GRIDS = [(1, 1), (1, 7), (2, 2), (3, 5), (7, 7), (8, 8), (14, 14), (16, 16), (17, 16), (23, 40), (32, 32), (56, 56)]
SEVEN = Bands.seven()


def by_fft(x, mask):
    """The textbook filter: complex FFT, mask, inverse, real part; its imaginary leakage must vanish."""
    y = torch.fft.ifft2(torch.fft.fft2(x.double()) * mask)
    assert y.imag.abs().max() < 1e-9
    return y.real


@pytest.mark.parametrize("grid", GRIDS)
def test_every_band_equals_the_complex_fft(grid):
    x = torch.randn(2, 3, *grid, generator=torch.Generator().manual_seed(0))
    for part, mask, name in zip(split(x, SEVEN), SEVEN.masks(*grid), SEVEN.names, strict=True):
        expected = by_fft(x, mask)
        assert torch.allclose(part.double(), expected, atol=1e-5)
        assert torch.allclose(isolate(x, SEVEN, name).double(), expected, atol=1e-5)
        assert torch.allclose(remove(x, SEVEN, name).double(), x - expected, atol=1e-5)


def test_the_grids_cover_both_ways_of_computing():
    small = {h * w <= KRONECKER_CELLS for h, w in GRIDS}
    assert small == {True, False}


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9, 32])
def test_the_real_basis_is_orthonormal_and_ordered_like_an_fft(n):
    basis = real_basis(n)
    assert torch.allclose(basis @ basis.T, torch.eye(n, dtype=torch.float64), atol=1e-12)
    power = torch.fft.fft(basis).abs()
    k = torch.arange(n)
    off = (k[None] != k[:, None]) & (k[None] != (-k[:, None]) % n)
    assert power[off].abs().max() < 1e-9 if n > 2 else True


@pytest.mark.parametrize("grid", GRIDS)
def test_split_sums_to_the_map_and_keeps_the_energy(grid):
    x = torch.randn(4, *grid, generator=torch.Generator().manual_seed(1))
    parts = split(x, SEVEN)
    assert torch.allclose(parts.sum(0), x, atol=1e-6)
    # Parseval, with the energy in the coefficients as an independent count.
    plan = transform(*grid, x.dtype, x.device)
    energy = plan.energy(plan.forward(x), SEVEN.masks(*grid))
    fourier = torch.fft.fft2(x.double()).abs().square() / (grid[0] * grid[1])
    expected = torch.stack([(fourier * m).sum((-2, -1)) for m in SEVEN.masks(*grid)], -1)
    assert torch.allclose(energy.double(), expected, rtol=1e-4, atol=1e-5)
    assert torch.allclose(parts.double().square().sum((-2, -1)).T, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("grid", [(7, 7), (8, 8), (32, 32), (19, 40)])
def test_isolating_twice_is_isolating_once(grid):
    x = torch.randn(3, *grid, generator=torch.Generator().manual_seed(2))
    for name in SEVEN.names:
        once = isolate(x, SEVEN, name)
        assert torch.allclose(isolate(once, SEVEN, name), once, atol=1e-5)
        assert remove(once, SEVEN, name).abs().max() < 1e-5


@pytest.mark.parametrize("grid", [(7, 7), (8, 8), (32, 32), (12, 33)])
def test_a_plane_wave_lands_in_its_band(grid):
    h, w = grid
    y, x = torch.meshgrid(torch.arange(h).double(), torch.arange(w).double(), indexing="ij")
    r, where = radius(h, w), SEVEN.masks(h, w).int().argmax(0)
    for ky in range(h // 2 + 1):
        for kx in range(w // 2 + 1):
            wave = torch.cos(2 * pi * (ky * y / h + kx * x / w) + 0.3)
            energy = split(wave, SEVEN).square().sum((1, 2))
            assert energy.argmax() == where[ky, kx]
            assert energy.max() / energy.sum() == pytest.approx(1)
            low, high = SEVEN.edges[where[ky, kx]], SEVEN.edges[where[ky, kx] + 1]
            assert low <= r[ky, kx] < high


def test_a_list_of_bands_is_their_union():
    x = torch.randn(2, 9, 9)
    union = isolate(x, SEVEN, ["low", "mid", "ultra-high"])
    parts = split(x, SEVEN)
    assert torch.allclose(union, parts[1] + parts[3] + parts[6], atol=1e-5)
    assert torch.allclose(isolate(x, SEVEN, list(SEVEN.names)), x, atol=1e-5)
    assert torch.allclose(isolate(x, Bands((0, inf)), 0), x, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_every_floating_type_is_kept_and_computed_in_float32_or_better(dtype):
    x = torch.randn(2, 3, 7, 7).to(dtype)
    y = isolate(x, SEVEN, "mid-high")
    assert y.dtype == split(x, SEVEN).dtype == remove(x, SEVEN, 0).dtype == perturb(x, SEVEN, 3).dtype == dtype
    exact = isolate(x.double(), SEVEN, "mid-high")
    # The only rounding is that of the result itself.
    assert ((y.double() - exact).abs() <= exact.abs() * torch.finfo(dtype).eps + 1e-6).all()


def test_trap_06_filters_stay_in_float32_under_autocast():
    x = torch.randn(2, 3, 7, 7)
    for side in (7, 24):
        x = torch.randn(2, 3, side, side)
        expected = split(x, SEVEN)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(split(x, SEVEN), expected)
            assert torch.allclose(isolate(x, SEVEN, "high"), expected[5], atol=1e-5)


def test_noncontiguous_maps_are_filtered_like_any_other():
    tokens = torch.randn(2, 49, 5)
    grid = tokens.transpose(1, 2).unflatten(2, (7, 7))
    assert torch.allclose(isolate(grid, SEVEN, 4), isolate(grid.contiguous(), SEVEN, 4), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "part"),
    [
        (torch.zeros(3, 3, dtype=torch.uint8), "uint8"),
        (torch.zeros(3, 3, dtype=torch.complex64), "complex64"),
        (torch.zeros(5), "holds no maps"),
        (torch.zeros(2, 0, 3), "holds no maps"),
    ],
)
def test_tensors_that_are_no_real_maps_are_refused(x, part):
    with pytest.raises(InputError, match=part):
        split(x, SEVEN)


def test_trap_09_a_residual_is_never_formed_in_integers():
    with pytest.raises(InputError, match="convert them to a real floating type"):
        remove(torch.zeros(1, 3, 8, 8, dtype=torch.uint8), SEVEN, "low")


def test_trap_09_channels_are_filtered_apart_and_the_parts_sum_to_the_image():
    x = torch.rand(1, 3, 32, 32)
    x[:, 1] = 0
    low = isolate(x, SEVEN, ["ultra-low", "low", "mid-low"])
    assert (low[:, 1] == 0).all()
    assert torch.allclose(low + remove(x, SEVEN, ["ultra-low", "low", "mid-low"]), x, atol=1e-6)


@pytest.mark.parametrize("side", [13, 37])
def test_filters_have_gradients_after_they_were_first_used_without(side):
    bands = Bands((0, 0.3, inf))
    x = torch.randn(2, side, side)
    with torch.inference_mode():
        isolate(x, bands, 0), split(x, bands), band_coefficients(x, bands), fourier_crop(x, side - 2, side - 2)
    for filtered in (
        lambda x: isolate(x, bands, 0),
        lambda x: remove(x, bands, 0),
        lambda x: band_coefficients(x, bands)[0],
        lambda x: fourier_crop(x, side - 2, side - 2),
    ):
        leaf = x.clone().requires_grad_()
        filtered(leaf).square().sum().backward()
        assert leaf.grad.abs().sum() > 0


def test_a_last_band_without_a_cell_stays_empty():
    parts = split(torch.randn(3, 8, 8), Bands((0, 0.5, 2, inf)))  # no frequency lies above sqrt 2
    assert (parts[2] == 0).all()
