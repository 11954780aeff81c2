import pytest
import torch

from freqlib.signal import Bands, orbits, random_orbits, real_basis, same_energy, same_norm

SEVEN = Bands.seven()


@pytest.mark.parametrize("grid", [(4, 4), (7, 7), (8, 8), (5, 8), (14, 14), (32, 32), (33, 35)])
def test_random_orbits_hold_as_many_cells_as_the_band_and_never_dc(grid):
    _, sizes = orbits(*grid)
    for mask in SEVEN.masks(*grid):
        cells = int(mask.sum())
        # On odd grids DC is the only cell that is its own mirror image: an odd band has it, and goes without.
        expected = cells - 1 if cells % 2 and (sizes[1:] != 1).all() else cells
        drawn = random_orbits(*grid, cells, torch.arange(30), seed=0)
        assert (drawn.sum((1, 2)) == expected).all()
        assert not drawn[:, 0, 0].any()


@pytest.mark.parametrize(("grid", "cells"), [((5, 8), 37), ((5, 7), 22), ((7, 10), 54), ((7, 7), 30), ((9, 4), 33)])
def test_random_orbits_hold_as_many_cells_also_where_the_pairs_run_out(grid, cells):
    ids, sizes = orbits(*grid)
    drawn = random_orbits(*grid, cells, torch.arange(400), seed=0)
    assert (drawn.sum((1, 2)) == cells).all()
    assert all((drawn[:, ids == orbit].float().std(1, correction=0) == 0).all() for orbit in range(len(sizes)))


def test_trap_05_whole_orbits_are_drawn_and_are_diagonal_in_the_real_basis():
    ids, sizes = orbits(8, 8)
    drawn = random_orbits(8, 8, 12, torch.arange(20), seed=0)
    for mask in drawn:
        for orbit in range(len(sizes)):
            assert mask[ids == orbit].unique().numel() == 1
    # A whole orbit commutes with the real basis: the filter by FFT has no off-diagonal entry there.
    basis = torch.kron(real_basis(8), real_basis(8))
    maps = basis.unflatten(1, (8, 8))
    filtered = torch.fft.ifft2(torch.fft.fft2(maps) * drawn[0]).real.flatten(1)
    assert torch.allclose(filtered @ basis.T, torch.diag(drawn[0].flatten().double()), atol=1e-10)
    # A single conjugate pair is not diagonal: this is why pairs are not drawn.
    pair = torch.zeros(8, 8)
    pair[1, 2] = pair[-1, -2] = 1
    filtered = torch.fft.ifft2(torch.fft.fft2(maps) * pair).real.flatten(1)
    product = filtered @ basis.T
    assert (product - torch.diag(product.diag())).abs().max() > 0.1


def test_trap_05_every_image_has_its_own_draw_whatever_its_batch():
    whole = random_orbits(14, 14, 24, torch.arange(10), 0, "mid")
    assert torch.equal(whole[4:6], random_orbits(14, 14, 24, torch.tensor([4, 5]), 0, "mid"))
    assert len({tuple(m.flatten().tolist()) for m in whole}) == 10
    assert not torch.equal(whole, random_orbits(14, 14, 24, torch.arange(10), 1, "mid"))


def test_random_orbits_reach_every_cell():
    share = random_orbits(7, 7, 12, torch.arange(2000), 0).float().mean(0)
    assert share[0, 0] == 0
    assert (share.flatten()[1:] > 0.15).all()
    assert (share.flatten()[1:] < 0.35).all()  # 12 of 48 cells


def test_same_energy_is_a_random_direction_of_the_edits_energy_without_dc():
    x, noise = torch.randn(2, 3, 8, 8), torch.randn(2, 3, 8, 8)
    edited = x * 0.5
    added = same_energy(x, edited, noise) - x
    assert torch.allclose(added.square().sum((-2, -1)), (edited - x).square().sum((-2, -1)), rtol=1e-4)
    assert added.mean((-2, -1)).abs().max() < 1e-6
    assert torch.equal(same_energy(x, x, noise), x)


def test_same_norm_has_the_old_norm_and_the_edits_direction():
    x = torch.randn(3, 4, 7, 7)
    edited = x.clone()
    edited[:, 0] = 0
    edited[2] = 0
    rescaled = same_norm(x, edited)
    norms = rescaled.flatten(1).norm(dim=1)
    assert torch.allclose(norms[:2], x.flatten(1).norm(dim=1)[:2], rtol=1e-5)
    assert norms[2] == 0
    cosine = torch.nn.functional.cosine_similarity(rescaled[:2].flatten(1), edited[:2].flatten(1))
    assert torch.allclose(cosine, torch.ones(2))
