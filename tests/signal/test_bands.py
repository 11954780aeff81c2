from math import inf

import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import Bands, orbits, radius
from freqlib.signal.frequencies import signed_index


def test_bands_partition_every_grid():
    for bands in (Bands.seven(), Bands.four(), Bands((0, 2, 5, inf), unit="cycles/image")):
        for h in range(1, 34):
            for w in range(1, 36):
                masks = bands.masks(h, w)
                assert (masks.sum(0) == 1).all(), (h, w)
                assert torch.equal(masks.sum((1, 2)), bands.cells(h, w))


@pytest.mark.parametrize(
    ("side", "cells"), [(7, [1, 0, 4, 4, 12, 8, 20]), (8, [1, 0, 4, 4, 12, 16, 27]), (4, [1, 0, 0, 0, 4, 4, 7])]
)
def test_trap_01_the_seven_bands_on_small_maps(side, cells):
    assert Bands.seven().cells(side, side).tolist() == cells


def test_trap_01_below_forty_cells_the_lowest_band_is_dc_alone():
    lowest = [int(Bands.seven().cells(n, n)[0]) for n in range(1, 60)]
    assert lowest[:39] == [1] * 39
    assert lowest[40] > 1  # 41 cells a side


def test_four_bands_are_unions_of_the_seven():
    seven, four = Bands.seven().masks(33, 20), Bands.four().masks(33, 20)
    unions = [seven[[0]], seven[[1, 2]], seven[[3, 4]], seven[[5, 6]]]
    assert all(torch.equal(four[i], union.any(0)) for i, union in enumerate(unions))


def test_radius_is_the_distance_in_nyquist_units():
    for h, w in [(8, 8), (7, 9), (1, 4)]:
        fy, fx = torch.fft.fftfreq(h).double()[:, None], torch.fft.fftfreq(w).double()[None]
        assert torch.allclose(radius(h, w), (fy**2 + fx**2).sqrt() / 0.5, atol=1e-6)
    assert float(radius(8, 8)[4, 4]) == pytest.approx(2**0.5)
    assert float(radius(8, 8)[4, 0]) == 1


def test_cycles_per_image_counts_whole_periods():
    assert radius(32, 64, "cycles/image")[3, 4] == 5
    bands = Bands((0, 5, inf), unit="cycles/image")
    masks = bands.masks(32, 64)
    assert masks[1, 3, 4]  # [low, high): 5 belongs to the upper band
    assert masks[0, 2, 4]


def test_an_edge_that_is_hit_exactly_belongs_to_the_band_above():
    # On 20 cells index 3 lies at .3 of Nyquist, index 5 at .5, index 7 at .7, index 9 at .9.
    names = [Bands.seven().names[i] for i in Bands.seven().masks(20, 20)[:, 0, [3, 5, 7, 9]].int().argmax(0)]
    assert names == ["mid", "mid-high", "high", "ultra-high"]


def test_trap_06_the_conjugate_of_index_k_is_n_minus_k_mod_n():
    for h, w in [(7, 7), (8, 8), (5, 8), (1, 3)]:
        masks = Bands.seven().masks(h, w)
        mirror = masks[:, (-torch.arange(h)) % h][:, :, (-torch.arange(w)) % w]
        assert torch.equal(masks, mirror)


def test_orbits_are_the_sets_of_equal_absolute_indices():
    for h, w in [(7, 7), (8, 6), (1, 5)]:
        ids, sizes = orbits(h, w)
        ky, kx = signed_index(h).abs(), signed_index(w).abs()
        for i in range(h):
            for j in range(w):
                same = (ky[:, None] == ky[i]) & (kx[None] == kx[j])
                assert torch.equal(ids == ids[i, j], same)
                assert sizes[ids[i, j]] == same.sum()


@pytest.mark.parametrize(
    ("edges", "part"),
    [
        ([0, 0.5, 0.3, inf], "must increase"),
        ([0, 0.5, 0.5, inf], "must increase"),
        ([-0.1, 0.5, inf], "negative"),
        ([0.1, 0.5, inf], "start at 0"),
        ([0, 0.5, 1], "end at inf"),
        ([0, float("nan"), inf], "NaN"),
    ],
)
def test_edges_that_make_no_bands_are_refused(edges, part):
    with pytest.raises(InputError, match=part):
        Bands(edges)


def test_unknown_bands_units_and_names_are_refused_with_the_choices():
    with pytest.raises(InputError, match="choose one of: ultra-low, low, mid, high"):
        Bands.four().positions("middle")
    with pytest.raises(InputError, match="Band 4 does not exist"):
        Bands.four().positions(4)
    with pytest.raises(InputError, match="must be a name"):
        Bands.four().positions([])
    with pytest.raises(InputError, match="cycles/image"):
        Bands((0, inf), unit="hertz")
    with pytest.raises(InputError, match="2 different ones"):
        Bands((0, 1, inf), names=("a", "a"))


def test_bands_are_found_by_name_position_or_list():
    bands = Bands.four()
    assert bands.positions("mid") == bands.positions(2) == bands.positions(-2) == (2,)
    assert bands.positions(["high", 0, "high"]) == (0, 3)
    assert torch.equal(bands.mask(9, 9, [0, 1, 2, 3]), torch.ones(9, 9, dtype=torch.bool))


def test_a_cell_on_an_edge_of_many_digits_belongs_to_the_band_above():
    thirds = Bands((0, 1 / 3, 2 / 3, inf))
    assert thirds.masks(6, 6)[:, 0, :4].int().argmax(0).tolist() == [0, 1, 2, 2]
    diagonal = Bands((0, 0.5**0.5, inf))
    assert bool(diagonal.masks(4, 4)[1, 1, 1])


def test_whoever_changes_the_radii_changes_no_one_elses():
    radius(4, 4).zero_()
    assert radius(4, 4)[0].tolist() == [0, 0.5, 1, 0.5]


def test_positions_of_several_bands_rise_whatever_their_order():
    bands = Bands((0, *(k / 10 for k in range(1, 10)), inf))
    assert bands.positions([8, 1]) == bands.positions([1, 8, 1]) == (1, 8)


def test_the_narrowest_first_band_holds_dc():
    assert Bands([0, 1e-12, 0.3, inf]).cells(8, 8).tolist() == [1, 4, 59]
