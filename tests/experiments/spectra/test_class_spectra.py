import math

import pytest
import torch

from freqlib.errors import InputError
from freqlib.experiments import adcs, class_spectra
from freqlib.signal import SpectrumMeter
from freqlib.vision import Images


def wave(ky, kx, n=8, amplitude=1.0):
    y, x = torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij")
    return amplitude * torch.cos(2 * math.pi * (ky * y + kx * x) / n)[None]


def test_every_class_has_the_energy_of_its_own_wave():
    images = torch.stack([wave(0, 1), wave(0, 1, amplitude=3.0), wave(2, 2)])
    table = class_spectra((images, torch.tensor([0, 0, 3])))
    assert table["class"].unique().tolist() == ["0", "3"]  # a class without images has no row
    held = table[table.energy > 1e-9]
    # A cosine of amplitude a has a mean square of a^2 / 2; class 0 averages those of 1 and 3.
    assert held.radius_nyquist.tolist() == pytest.approx([0.25, 0.5 * math.sqrt(2)])
    assert held.energy.tolist() == pytest.approx([(1 + 9) / 4, 0.5])
    assert held.images.tolist() == [2, 1]
    assert table.groupby("class").energy_share.sum().tolist() == pytest.approx([1, 1])


def test_a_class_alone_has_the_spectrum_of_its_images():
    x = torch.rand(300, 2, 6, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(300) % 3
    meter = SpectrumMeter()
    meter.update(x[labels == 1])
    table = class_spectra((x, labels))
    assert table[table["class"] == "1"].log_amplitude.tolist() == pytest.approx(
        meter.compute()["log_amplitude"].tolist()
    )


def cells(table, name):
    return table[table["class"] == name].set_index(["ky", "kx"]).adcs


def test_adcs_by_hand_for_three_classes():
    images = torch.stack([wave(0, 1, amplitude=a) for a in (3.0, 1.0, 2.0)])
    table = adcs((images, torch.tensor([0, 1, 2])))
    assert [cells(table, name)[0, 1] for name in "012"] == [2, -2, 0]
    assert [cells(table, name)[0, -1] for name in "012"] == [2, -2, 0]
    assert len(table) == 3 * 64
    assert table.adcs.abs().max() == 2


def test_excess_is_the_amplitude_over_the_mean_of_the_classes():
    images = torch.stack([wave(0, 1, 4, amplitude) for amplitude in (1.0, 2.0, 6.0)])
    table = adcs((images, torch.arange(3)))
    held = table[(table.ky == 0) & (table.kx == 1)]
    assert held.excess.tolist() == pytest.approx([-2 / 3, -1 / 3, 1])


def test_adcs_as_published_favours_the_class_with_more_images():
    images = torch.stack([wave(0, 1, amplitude=a) for a in (1.0, 1.0, 1.0, 2.0)])
    data = (images, torch.tensor([0, 0, 0, 1]))
    assert cells(adcs(data), "0")[0, 1] == -1  # a mean amplitude of 1 against 2
    assert cells(adcs(data, corrected=False), "0")[0, 1] == 1  # a sum of 3 against 2


def test_adcs_is_the_same_in_any_order_and_by_direct_means():
    x = torch.rand(520, 3, 4, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(520) % 4
    means = torch.stack([torch.fft.fft2(x[labels == i].double()).abs().mean((0, 1)) for i in range(4)])
    expected = (means[:, None] - means[None]).sign().sum(1)
    assert adcs((x, labels)).adcs.tolist() == expected.int().flatten().tolist()
    order = torch.randperm(520, generator=torch.Generator().manual_seed(1))
    assert adcs((x[order], labels[order])).adcs.tolist() == expected.int().flatten().tolist()


def test_trap_14_adcs_is_held_against_shuffled_labels():
    generator = torch.Generator().manual_seed(0)
    x, labels = torch.rand(90, 1, 8, 8, generator=generator), torch.arange(90) % 3
    table = adcs((x, labels), permutations=39, seed=1)
    # Two values of three are extreme by chance alone, so that a map full of them says nothing.
    assert (table.adcs.abs() == 2).mean() > 0.6
    assert (table[table.adcs.abs() == 2].p < 0.05).mean() < 0.1
    marked = x + (labels == 0)[:, None, None, None] * wave(1, 2)
    found = adcs((marked, labels), permutations=39, seed=1)
    planted = found[(found["class"] == "0") & (found.ky.abs() == 1) & (found.kx == 2 * found.ky)]
    assert planted.adcs.tolist() == [2, 2]
    assert planted.p.tolist() == [1 / 40] * 2
    # Corrected for the number of frequencies, nothing is left but the planted one.
    assert (table.p_all > 0.05).all()
    beyond = found[found.p_all <= 0.05]
    assert planted.p_all.tolist() == [1 / 40] * 2
    assert set(zip(beyond.ky, beyond.kx, strict=True)) == {(1, 2), (-1, -2)}
    assert (found.p_all >= found.p - 1e-9).all()
    assert (found.p < 0.05).mean() < 0.1  # and elsewhere by chance alone


def test_frequencies_that_no_class_holds_have_no_sign():
    generator = torch.Generator().manual_seed(0)
    low = sum(torch.rand(40, 1, 1, 1, generator=generator) * wave(ky, 1, 16) for ky in range(3))
    table = adcs((0.5 + 0.1 * low, torch.arange(40) % 2))
    assert (table[table.radius_nyquist > 0.5].adcs == 0).all()
    assert (table.adcs != 0).any()


def test_faint_differences_on_bright_images_have_their_sign():
    """The mean of an image is a thousand times as large as what tells classes apart; only rounding counts as none."""
    x = 0.5 + 1e-3 * torch.randn(60, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(60) % 3
    means = torch.stack([torch.fft.fft2(x[labels == i].double()).abs().mean((0, 1)) for i in range(3)])
    expected = (means[:, None] - means[None]).sign().sum(1).int().flatten()
    found = torch.tensor(adcs((x, labels)).adcs.to_numpy())
    assert (found == expected).float().mean() > 0.998


def test_trap_14_images_of_one_group_keep_together():
    generator = torch.Generator().manual_seed(0)
    regions = torch.rand(20, 1, 8, 8, generator=generator).repeat_interleave(20, 0)
    groups = torch.arange(20).repeat_interleave(20)
    data = Images(regions, groups % 2, groups=groups)
    # Twenty copies of twenty images are twenty images.
    assert (adcs(data, permutations=39).p <= 0.05).mean() < 0.15
    with pytest.raises(InputError, match="several classes"):
        adcs(Images(regions, torch.arange(400) % 2, groups=groups), permutations=3)


@pytest.mark.parametrize(
    ("labels", "permutations", "told"),
    [([0, 0], 0, "Of 1 class there are images in 'images'; two or more"), ([0, 1], -1, "permutations is -1, but must")],
)
def test_what_cannot_be_compared_is_refused(labels, permutations, told):
    with pytest.raises(InputError, match=told):
        adcs((torch.rand(2, 1, 4, 4), torch.tensor(labels)), permutations=permutations)


def test_of_two_classes_one_is_as_far_from_chance_as_the_other():
    x = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    table = adcs((x, torch.arange(40) % 2), permutations=19)
    one, other = (table[table["class"] == name] for name in "01")
    assert one.p.tolist() == other.p.tolist()
    assert one.p_all.tolist() == other.p_all.tolist()


def test_a_loud_frequency_that_tells_nothing_does_not_hide_a_faint_one_that_does():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(60) % 2
    loudness = torch.rand(60, 1, 1, 1, generator=generator)
    x = 0.1 * torch.rand(60, 1, 8, 8, generator=generator) + wave(0, 3) * 10 * loudness
    table = adcs((x + labels[:, None, None, None] * 0.2 * wave(1, 2), labels), permutations=39)
    seen = table[table.p_all <= 0.05]
    assert set(zip(seen.ky, seen.kx, strict=True)) == {(1, 2), (-1, -2)}
