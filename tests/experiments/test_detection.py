import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from freqlib.errors import InputError
from freqlib.experiments import detection
from freqlib.experiments.detection import COLOURS, END, RINGS
from freqlib.signal import Bands, isolate


def noise(n=60, c=3, seed=0):
    return torch.randn(n, c, 16, 16, generator=torch.Generator().manual_seed(seed))


def by(table):
    return table.set_index("by")


def test_the_area_of_the_plainest_detector_is_that_of_the_roc_curve():
    clean, changed = noise(), 1.05 * noise() + 0.1 * noise(seed=1)
    energy = [isolate(x, Bands.seven(), "ultra-high").square().sum((1, 2, 3)) for x in (clean, changed)]
    expected = roc_auc_score([0] * 60 + [1] * 60, torch.cat(energy))
    assert by(detection(clean, changed)).area[END] == pytest.approx(expected)


def test_where_nothing_was_changed_nothing_is_told():
    table = by(detection(noise(), noise()))
    assert table.area[END] == 0.5
    assert (table.area_low <= 0.5).all()
    assert (table.area_high >= 0.5).all()
    other = by(detection(noise(150), noise(150, seed=1)))  # another draw of the same law, fitted on and told apart
    assert ((other.area_low < 0.5) & (other.area_high > 0.5)).all()


def test_a_small_change_of_every_image_is_beyond_chance_since_the_images_are_pairs():
    """Energies scatter far more between images than they change; independent samples would not show it."""
    scale = torch.linspace(0.5, 2, 60)[:, None, None, None]
    row = by(detection(scale * noise(), 1.03 * scale * noise())).loc[END]
    assert 0.5 < row.area_low < row.area < 0.6


def test_rings_that_are_summed_over_channels_are_blind_to_colour_and_rings_of_each_are_not():
    grey = noise(c=1).expand(-1, 3, -1, -1)  # what the channels share, and the same energy in each for itself
    table = by(detection(grey, noise(seed=1)))
    assert table.area[COLOURS] > 0.99
    assert list(by(detection(grey[:, :1], noise(c=1, seed=1))).index) == [END, RINGS]


def test_a_single_ring_is_found():
    wave = torch.cos(2 * np.pi * 3 * torch.arange(16) / 16).expand(60, 3, 16, 16)
    table = by(detection(noise(), noise() + wave))
    assert table.area[RINGS] > 0.99
    assert table.area[END] == pytest.approx(0.5, abs=1e-3)  # but for rounding


@pytest.mark.parametrize(("a", "b"), [((12, 3, 8, 8), (11, 3, 8, 8)), ((9, 3, 8, 8), (9, 3, 8, 8))])
def test_what_makes_no_pairs_is_refused(a, b):
    with pytest.raises(InputError, match="make no pairs"):
        detection(torch.rand(a), torch.rand(b))
