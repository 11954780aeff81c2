import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from freqlib.errors import InputError
from freqlib.experiments import detection
from freqlib.experiments.perturbations.detection import COLOURS, END, RINGS
from freqlib.signal import Bands, isolate


def noise(n=60, c=3, seed=0):
    return torch.randn(n, c, 16, 16, generator=torch.Generator().manual_seed(seed))


def by(table):
    return table.set_index("by")


def test_the_area_of_the_plainest_detector_is_that_of_the_roc_curve_but_for_an_image_and_itself():
    clean, changed = noise(), 1.05 * noise() + 0.1 * noise(seed=1)
    energy = [isolate(x, Bands.seven(), "ultra-high").square().sum((1, 2, 3)) for x in (clean, changed)]
    whole = roc_auc_score([0] * 60 + [1] * 60, torch.cat(energy)) * 60 * 60
    itself = float((energy[1] > energy[0]).sum())
    assert by(detection(clean, changed)).area[END] == pytest.approx((whole - itself) / (60 * 59))


def test_where_nothing_was_changed_nothing_is_told():
    for factor in (1, 1 + 1e-7):  # so little that every image lies above itself, and above no other
        row = by(detection(noise(), factor * noise())).loc[END]
        assert row[["area", "area_low", "area_high"]].tolist() == pytest.approx([0.5] * 3)


def test_the_interval_of_a_plain_score_covers_what_it_should():
    """Two draws of one law, again and again: .5 is missed by about one interval in twenty."""
    tables = [by(detection(noise(40, 1, 2 * k), noise(40, 1, 2 * k + 1))).loc[END] for k in range(60)]
    assert sum(t.area_low <= 0.5 <= t.area_high for t in tables) >= 52


def test_a_small_change_of_every_image_is_beyond_chance_where_it_is_beyond_that_of_other_images():
    scale = torch.linspace(0.5, 2, 60)[:, None, None, None]
    row = by(detection(scale * noise(), 1.2 * scale * noise())).loc[END]
    assert 0.5 < row.area_low < row.area < 0.65  # independent samples of 60 would have .5 +- .1


def test_rings_that_are_summed_over_channels_are_blind_to_colour_and_those_of_its_differences_are_not():
    grey = noise(c=1).expand(-1, 3, -1, -1)  # each channel has the law that it has in the other set
    table = by(detection(grey, noise(seed=1)))
    assert table.area[COLOURS] > 0.99
    assert table.area[RINGS] < 0.7
    assert list(by(detection(grey[:, :1], noise(c=1, seed=1))).index) == [END, RINGS]


def test_images_of_one_group_are_neither_rivals_nor_split():
    """Copies of ten images tell no more than the ten do."""
    ten, other = noise(10), noise(10, seed=1)
    times = torch.arange(30) % 10
    alone, copied = (by(d) for d in (detection(ten, other), detection(ten[times], other[times], times)))
    columns = ["area", "area_low", "area_high"]
    assert copied.loc[END, columns].tolist() == pytest.approx(alone.loc[END, columns].tolist())


def test_a_single_ring_is_found():
    wave = torch.cos(2 * np.pi * 3 * torch.arange(16) / 16).expand(60, 3, 16, 16)
    table = by(detection(noise(), noise() + wave))
    assert table.area[RINGS] > 0.99
    assert table.area[END] == pytest.approx(0.5, abs=0.01)  # but for rounding


@pytest.mark.parametrize(("a", "b"), [((12, 3, 8, 8), (11, 3, 8, 8)), ((9, 3, 8, 8), (9, 3, 8, 8))])
def test_what_makes_no_pairs_is_refused(a, b):
    with pytest.raises(InputError, match="make no pairs"):
        detection(torch.rand(a), torch.rand(b))


def test_images_without_numbers_or_frequencies_are_refused():
    with pytest.raises(InputError, match="NaN or infinite"):
        detection(noise(), noise() * torch.nan)
    with pytest.raises(InputError, match="3x3 or larger"):
        detection(torch.rand(12, 3, 1, 1), torch.rand(12, 3, 1, 1))


def test_who_has_seen_a_copy_of_an_image_is_not_asked_about_it():
    one, other = torch.randn(2, 20, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    groups = torch.arange(20).repeat(5)
    assert detection(one[groups], other[groups], groups).set_index("by").area[RINGS] < 0.75  # both are noise
