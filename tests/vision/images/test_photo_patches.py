"""photo-patches: no pixel of a photograph in two splits, honest labels, the same everywhere."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

from freqlib.errors import InputError
from freqlib.experiments.probing.linear import fit_strengths
from freqlib.vision.images import photo_patches as photos
from freqlib.vision.images.datasets import load_data

SPLITS = ("train", "val", "test")


def coverage(cut: photos.Patches, number: int) -> np.ndarray:
    """Which pixels of a photograph, at its native size, some patch of the split is made from."""
    photo = cut.photographs[number]
    _, height, width = photos.read(photo).shape
    seen = np.zeros((height, width), bool)
    for y, x in cut.corner[cut.photograph == number].tolist():
        assert 0 <= y <= height - 32
        assert 0 <= x <= width - 32
        seen[y : y + 32, x : x + 32] = True
    return seen


@pytest.mark.parametrize("colour", [False, True])
def test_no_pixel_is_in_two_splits(colour):
    cuts = [photos.photo_patches(split, colour) for split in SPLITS]
    for number in range(len(cuts[0].photographs)):
        times = sum(coverage(cut, number).astype(int) for cut in cuts)
        assert times.max() == 1
        assert times.mean() > 0.5  # and most of the picture is used


def test_grey_and_colour_share_their_regions():
    # Otherwise a model trained on one could be tested on what it saw in the other.
    grey, colour = ({s: set(photos.photo_patches(s, c).region.tolist()) for s in SPLITS} for c in (False, True))
    for split in SPLITS:
        assert colour[split] <= grey[split]


def test_a_patch_is_what_lies_at_its_corner():
    cut = photos.photo_patches("test")
    for i in range(0, len(cut.pixels), 97):
        y, x = cut.corner[i].tolist()
        picture = photos.read(cut.photographs[cut.photograph[i]])
        expected = torch.tensor(picture[:, y : y + 32, x : x + 32])
        assert torch.equal(cut.pixels[i], expected)


def test_regions_are_disjoint_and_groups_are_regions():
    cut = photos.photo_patches("train")
    for number, photo in enumerate(cut.photographs):
        _, tops = photos.regions(photo)
        mine = cut.photograph == number
        owner = [
            np.flatnonzero(((corner >= tops) & (corner + 32 <= tops + 48)).all(1))
            for corner in cut.corner[mine].numpy()
        ]
        assert all(len(o) == 1 for o in owner)  # inside exactly one region
        shift = cut.region[mine].numpy() - np.concatenate(owner)
        assert len(set(shift.tolist())) == 1  # the group is that region, counted from an offset


def test_every_photograph_gives_the_same_and_every_region_nearly_the_same():
    for split, each in photos.PATCHES.items():
        cut = photos.photo_patches(split)
        assert cut.photograph.bincount().tolist() == [each] * 12
        for number in range(12):
            _, counts = cut.region[cut.photograph == number].unique(return_counts=True)
            assert counts.max() - counts.min() <= 1
            assert len(counts) >= 6


def test_no_patch_is_cut_twice():
    for split in SPLITS:
        cut = photos.photo_patches(split)
        places = torch.cat([cut.photograph[:, None], cut.corner], 1)
        assert len(places.unique(dim=0)) == len(places)


def test_every_split_sees_all_of_a_picture():
    # In each half, left and right, upper and lower, lie test regions of every photograph.
    for photo in photos.PHOTOGRAPHS:
        split, tops = photos.regions(photo)
        middle = (tops.min(0) + tops.max(0)) / 2
        test = tops[split == "test"]
        assert ((test < middle).any(0) & (test > middle).any(0)).all()


def test_it_is_the_same_set_after_building_it_anew():
    before = photos.photo_patches("test")
    for cached in (photos.photo_patches, photos.regions, photos.read):
        cached.cache_clear()
    np.random.seed(1)  # noqa: NPY002 (the global state must not matter)
    after = photos.photo_patches("test")
    assert before.pixels is not after.pixels
    assert torch.equal(before.pixels, after.pixels)
    assert torch.equal(before.region, after.region)


def test_fine_and_coarse_labels():
    fine, coarse = (load_data("photo-patches", labels=labels) for labels in ("fine", "coarse"))
    kind = {photo.name: photo.kind for photo in photos.PHOTOGRAPHS}
    assert fine.classes == list(kind)
    assert [kind[fine.classes[i]] for i in fine.labels] == [coarse.classes[i] for i in coarse.labels]
    assert coarse.labels.bincount().tolist() == [600] * 4
    assert torch.equal(fine.index, coarse.index)


def test_colour_is_rgb_and_grey_is_its_luma():
    data = load_data("photo-patches-rgb", "val")
    assert data.shape == (3, 32, 32)
    chelsea = next(p for p in photos.PHOTOGRAPHS if p.name == "chelsea")
    red, green, blue = photos.read(chelsea, colour=True).astype(float)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue  # ITU-R BT.601
    assert np.abs(photos.read(chelsea)[0] - luma).max() <= 1


def test_reduction_mixes_no_two_regions():
    # The proof above is on reduced coordinates; a filter that reached across would break it.
    for photo in photos.PHOTOGRAPHS:
        if photo.reduce > 1:
            with Image.open(photos.locate(photo)) as image:
                native = np.asarray(image.convert("L"))
            step = 48 * photo.reduce
            first = [n % step // 2 for n in native.shape]
            _, tops = photos.regions(photo)
            for y, x in tops[::7]:
                top, left = y * photo.reduce + first[0], x * photo.reduce + first[1]
                alone = Image.fromarray(native[top : top + step, left : left + step])
                alone = alone.resize((48, 48), Image.Resampling.LANCZOS)
                expected = np.asarray(alone)
                assert np.array_equal(photos.read(photo)[0, y : y + 48, x : x + 48], expected)


def test_reduction_is_antialiased():
    # Taking every third pixel folds what lies above the new Nyquist into what lies below it.
    waves = 127.5 + 127.5 * np.cos(2 * np.pi * 0.45 * np.arange(144))  # Nyquist / 3 is 1 / 6
    image = Image.fromarray(np.tile(waves.astype(np.uint8), (144, 1)))
    assert np.asarray(image)[:, ::3].std() > 80
    assert np.asarray(photos._reduced(image, 144))[:, 4:-4].std() < 3


def test_a_missing_photograph_is_named():
    gone = photos.Photograph("gone", "object", "skimage", "data/gone.png")
    with pytest.raises(InputError, match=r"'gone' is not at .*gone\.png; install"):
        photos.read(gone)


def test_how_much_brightness_and_contrast_tell_is_as_documented():
    (x, labels, _), (scored, truth, _) = (next(iter(load_data("photo-patches", s).batches(9600))) for s in SPLITS[::2])

    def tells(*statistics):
        fitted, told = (torch.stack([s(t, (1, 2, 3)) for s in statistics], 1).numpy() for t in (x, scored))
        scores = (c.fit(fitted, labels).score(told, truth) for c in (NearestCentroid(), KNeighborsClassifier(50)))
        return [f"{100 * score:.0f} %" for score in scores]

    (mean, near), (both, near_both) = tells(torch.mean), tells(torch.mean, torch.std)
    linear = float((fit_strengths(x, labels, [0.1])[0](scored).argmax(1) == truth).float().mean())
    text = (Path(__file__).parents[3] / "data" / "README.md").read_text("utf-8")
    assert f"alone gives {mean} (nearest class mean) to {near} (50 nearest neighbours)" in text
    assert f"mean and standard deviation together {both.split()[0]} to {near_both}" in text
    assert f"pixels (penalty 0.1) {100 * linear:.0f} %" in text
