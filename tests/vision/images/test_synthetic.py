import itertools

import pytest
import torch

import freqlib as fl
from freqlib.errors import InputError
from freqlib.vision.images.band_noise import band_noise, featureless
from freqlib.vision.images.synthetic import BANDS, Specification, band_masks, synthetic

SETS = [Specification(band, pattern) for band in BANDS for pattern in ("all", "inside")]
PAIRS = [(u, u) for u in range(1, 16, 2)] + [(-u, -u) for u in range(1, 16, 2)]
# Of the power of a cell that is off, rounding to float32 leaves so much at most; one that is on has 44 on average.
NOTHING = 1e-10


def power(images):
    """|fft2|^2 of every image, DC apart."""
    found = torch.fft.fft2(torch.cat([x for x, _, _ in images.batches(500)])[:, 0].double()).abs().square()
    found[:, 0, 0] = 0
    return found


def test_bands_hold_every_cell_but_dc_once_and_the_pattern_twice_each():
    masks = band_masks()
    whole = masks.sum(0)
    assert whole[0, 0] == 0
    assert whole.sum() == 32 * 32 - 1
    assert whole.max() == 1
    # By integers, cell by cell.
    for ky, kx in itertools.product(range(-16, 16), repeat=2):
        if ky or kx:
            band = sum(ky * ky + kx * kx >= edge for edge in (32, 128, 288))
            assert masks[band, ky, kx]
    assert [sum(bool(mask[cell]) for cell in PAIRS) for mask in masks] == [4, 4, 4, 4]


@pytest.mark.parametrize("band", BANDS)
def test_the_recipe_word_by_word(band):
    table = Specification(band).table()
    d, others = f"B{band}", [f"B{b}" for b in BANDS if b != band]
    assert table.loc["C0", others].tolist() == ["whole"] * 3
    assert table.loc["C0", d] == "pattern alone"
    assert table.loc["C1"].tolist() == ["" if column == d else "without pattern" for column in table]
    assert table.loc["C2"].tolist() == ["without pattern"] * 4
    assert table.loc["C3"].tolist() == ["without pattern" if column == d else "" for column in table]
    assert Specification(band, "inside").table().loc["C0", d] == ""


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("pattern", ["all", "inside"])
def test_the_pattern_is_eight_pairs_on_the_diagonal_that_class_0_alone_holds(band, pattern):
    special = band_masks()[band - 1]
    masks = Specification(band, pattern).masks()
    pairs = torch.zeros(32, 32, dtype=torch.bool)
    for cell in PAIRS:
        pairs[cell] = True
    shown = pairs if pattern == "all" else pairs & ~special
    assert torch.equal(masks[0] & special, shown & special)
    assert torch.equal(masks[0] & ~special & ~masks[1], pairs & ~special)
    assert not (masks[1:] & pairs).any()


def test_a_specification_of_no_set_is_refused():
    with pytest.raises(InputError, match="Band 5 cannot be class 3's; choose one of 1, 2, 3, 4"):
        Specification(5)
    with pytest.raises(InputError, match="Unknown pattern 'foo'"):
        Specification(1, "foo")


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("pattern", ["all", "inside"])
def test_images_have_exactly_the_spectrum_of_their_specification(band, pattern):
    data = synthetic(f"syn-{band}", 40, pattern=pattern)
    found = power(data)
    on = data.truth[data.labels]
    assert found[~on].max() < NOTHING
    assert (found > NOTHING).sum() == on.sum()
    pixels = torch.cat([x for x, _, _ in data.batches(100)])
    assert pixels.mean((1, 2, 3)).tolist() == pytest.approx([0.5] * 40, abs=1e-6)


def test_cells_that_are_on_have_one_law_in_every_class():
    data = synthetic("syn-2", 4000, "train")
    found = power(data)
    for mask, images in ((data.truth[c], found[data.labels == c]) for c in range(4)):
        # E|F|^2 = hw scale^2 E[gain^2], with the gain uniform on (.5, 1.5): 1 + 1/12.
        assert float(images[:, mask].mean()) == pytest.approx(1024 * 0.04 * (13 / 12), rel=0.03)
        # Cell by cell too: no frequency of a class stands out.
        each = images[:, mask].mean(0)
        assert float(each.std() / each.mean()) < 0.1


def test_no_class_can_be_told_by_more_than_its_cells():
    data = synthetic("syn-1", 4000, "train")
    pixels = torch.cat([x for x, _, _ in data.batches(500)])[:, 0]
    assert pixels.mean((1, 2)).std() < 1e-6
    # Energy over the number of cells that are on is the gain alone, drawn alike for all classes.
    energy = (pixels - 0.5).square().sum((1, 2)) / data.truth.sum((1, 2))[data.labels]
    by_class = torch.stack([energy[data.labels == c].log() for c in range(4)])
    assert float((by_class.mean(1) - by_class.mean()).abs().max()) < 0.06  # three times its standard error
    # And phases are uniform: the mean image of a class is flat.
    for c in range(4):
        assert pixels[data.labels == c].mean(0).sub(0.5).abs().max() < 0.05


@pytest.mark.parametrize("bands", [BANDS, (1, 3)])
def test_matched_sets_differ_by_one_factor_a_class_and_have_one_contrast(bands):
    plain, matched = (
        synthetic("syn-1", 4000, "train", bands=bands),
        synthetic("syn-1-matched", 4000, "train", bands=bands),
    )
    assert torch.equal(plain.truth, matched.truth)
    ratio = (matched.pixels - 0.5).square().sum((1, 2, 3)) / (plain.pixels - 0.5).square().sum((1, 2, 3))
    held = Specification(1).masks().sum((1, 2))
    assert ratio.tolist() == pytest.approx((1024 / held)[plain.labels].tolist(), rel=1e-4)
    if bands == BANDS:
        contrast = (matched.pixels - 0.5).square().mean((1, 2, 3)).log()
        means = torch.stack([contrast[plain.labels == c].mean() for c in range(4)])
        assert float((means - means.mean()).abs().max()) < 0.06  # three times its standard error


@pytest.mark.parametrize("specification", SETS, ids=str)
def test_an_ideal_classifier_written_from_the_specification_reaches_every_ceiling(specification):
    for count in range(1, 5):
        for bands in itertools.combinations(BANDS, count):
            data = synthetic(f"syn-{specification.special}", 80, bands=bands, pattern=specification.pattern, seed=count)
            on = (power(data) > NOTHING).flatten(1)
            # It names the first class whose cells are those that it sees.
            fits = (on[:, None] == data.truth.flatten(1)[None]).all(2)
            assert fits.any(1).all()
            hits = (fits.int().argmax(1) == data.labels).double().mean()
            assert float(hits) == specification.ceiling(bands)


def test_ceilings_of_the_recipe():
    for band in BANDS:
        others = [b for b in BANDS if b != band]
        assert Specification(band).ceiling([band]) == 0.75
        assert Specification(band, "inside").ceiling([band]) == 0.5
        for count in (1, 2, 3):
            for some in itertools.combinations(others, count):
                assert Specification(band).ceiling(some) == 0.75
                assert Specification(band).ceiling([*some, band]) == 1.0


def test_an_image_depends_on_seed_split_and_index_alone():
    few, many = synthetic("syn-3", 8), synthetic("syn-3", 20)
    assert torch.equal(few[5][0], many[5][0])
    for other in (synthetic("syn-3", 8, seed=1), synthetic("syn-3", 8, "train")):
        assert not torch.equal(few[5][0], other[5][0])


def test_the_sets_load_by_name():
    data = fl.load_data("syn-4", limit=40)
    assert (len(data), data.shape, data.classes) == (40, (1, 32, 32), ["C0", "C1", "C2", "C3"])
    assert torch.equal(data.labels.bincount(), torch.tensor([10] * 4))
    with pytest.raises(InputError, match="'coarse', but 'syn-4' has none"):
        fl.load_data("syn-4", labels="coarse")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"name": "syn-5"}, "choose one of: syn-1, syn-2, syn-3, syn-4"),
        ({"split": "val"}, "choose one of: train, test"),
        ({"n": 3}, "n is 3, but must be 4 or more"),
        ({"bands": [1, 5]}, r"bands is \[1, 5\], but must be some of 1, 2, 3, 4"),
        ({"pattern": "none"}, "choose one of: all, inside"),
    ],
)
def test_what_is_no_set_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        synthetic(**{"name": "syn-1", "n": 8} | options)


def test_noise_of_no_class_has_its_cells_and_nothing_else():
    for special in (1, 4):
        for cells in featureless(Specification(special)).values():
            assert not (cells & Specification(special).features()).any()
            assert not any(torch.equal(cells, mask) for mask in Specification(special).masks())
            amplitude = torch.fft.fft2(band_noise(cells, 3).pixels[:, 0] - 0.5).abs()
            assert amplitude[:, ~cells].max() < 1e-3
            assert amplitude[:, cells].min() > 0


@pytest.mark.parametrize("special", [1, 2, 3, 4])
def test_the_features_are_class_3s_band_and_what_class_0_holds_of_the_pattern(special):
    whole, inside = (Specification(special, pattern) for pattern in ("all", "inside"))
    special_band = band_masks()[special - 1]
    pattern = whole.masks()[0] & ~whole.masks()[1]
    assert torch.equal(whole.features(), special_band | pattern)
    assert torch.equal(inside.features(), whole.features() & ~(special_band & pattern))
