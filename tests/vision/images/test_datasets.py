"""load_data: each set as its own package reads it, honest labels, stable draws, clear refusals."""

import json
import pickle
import re

import numpy as np
import pytest
import scipy.io
import torch
from PIL import Image
from torchvision import datasets
from torchvision.transforms.functional import to_tensor

from freqlib.errors import InputError
from freqlib.vision.images.datasets import data_status, draw, load_data
from freqlib.vision.images.root import data_root
from freqlib.vision.images.synthetic import SETS


def write_images(root, folders, each=3, size=(8, 8)):
    """`each` distinct images per folder; red tells the folder, green the image."""
    for f, folder in enumerate(folders):
        (root / folder).mkdir(parents=True)
        for i in range(each):
            Image.new("RGB", size, (f, i, 0)).save(root / folder / f"{i:03}.png")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty data root."""
    monkeypatch.setenv("FREQLIB_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


# Draws


@pytest.mark.parametrize("limit", [1, 5, 7, 12, 100, 1199])
def test_a_limit_takes_equally_many_of_each_class(limit):
    counts = load_data("photo-patches", "val", limit=limit).labels.bincount(minlength=12)
    assert counts.sum() == limit
    assert counts.max() - counts.min() <= 1


def test_a_class_too_small_for_its_share_is_taken_whole():
    labels = torch.tensor([0] * 50 + [1] * 3 + [2] * 50)
    assert labels[draw(labels, 23)].bincount().tolist() == [10, 3, 10]
    assert draw(labels, 1000).tolist() == list(range(103))


def test_a_draw_is_seeded_and_nested_and_no_first_n():
    labels = torch.arange(300) % 3
    first, again, other = draw(labels, 30, 1), draw(labels, 30, 1), draw(labels, 30, 2)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert set(first.tolist()) <= set(draw(labels, 60, 1).tolist())
    assert first.tolist() == sorted(first.tolist())
    # The largest of 30 uniform draws from 300 lies below 150 with a chance of 2^-30.
    assert first.max() >= 150


def test_every_image_is_drawn_as_often_as_any_other():
    labels = torch.tensor([0] * 20 + [1] * 20)
    times = sum(torch.bincount(draw(labels, 10, seed), minlength=40) for seed in range(400))
    # Binomial(400, 1/4): mean 100, standard deviation 8.7; five of them for 40 images.
    assert (times - 100).abs().max() < 45


def test_a_limit_keeps_the_index_and_the_groups_of_the_full_split():
    full, some = load_data("photo-patches"), load_data("photo-patches", limit=50, seed=3)
    assert not torch.equal(some.index, torch.arange(50))
    for i in range(50):
        image, label, index = some[i]
        assert torch.equal(image, full[index][0])
        assert (label, some.groups[i]) == (full.labels[index], full.groups[index])


def test_fine_and_coarse_labels_draw_the_same_images():
    fine, coarse = (load_data("photo-patches", limit=50, labels=k) for k in ("fine", "coarse"))
    assert torch.equal(fine.index, coarse.index)


# Real sets, where they are


@pytest.mark.requires_data("cifar-10-batches-py")
@pytest.mark.parametrize("split", ["train", "test"])
def test_cifar10_is_what_torchvision_reads(split):
    data = load_data("cifar10", split)
    theirs = datasets.CIFAR10(data_root(), train=split == "train")
    assert len(data) == len(theirs)
    assert data.classes == theirs.classes
    assert data.labels.tolist() == theirs.targets
    assert data.shape == (3, 32, 32)
    for i in range(0, len(data), 977):
        image, label = theirs[i]
        assert torch.equal(data[i][0], to_tensor(image))
        assert data[i][1:] == (label, i)


@pytest.mark.requires_data("cifar-10-batches-py")
def test_cifar10_coarse_is_animal_or_vehicle():
    fine, coarse = (load_data("cifar10", limit=100, labels=k) for k in ("fine", "coarse"))
    pairs = {(fine.classes[f], coarse.classes[c]) for f, c in zip(fine.labels, coarse.labels, strict=True)}
    vehicles = {"airplane", "automobile", "ship", "truck"}
    assert pairs == {(n, "vehicle" if n in vehicles else "animal") for n in fine.classes}


@pytest.mark.requires_data("FashionMNIST/raw")
def test_fashion_mnist_is_what_torchvision_reads():
    data = load_data("fashion-mnist")
    theirs = datasets.FashionMNIST(data_root(), train=False)
    assert data.shape == (1, 28, 28)
    assert torch.equal(data.pixels[:, 0], theirs.data)
    assert torch.equal(data.labels, theirs.targets)


@pytest.mark.requires_data("flowers17")
def test_flowers17_splits_are_disjoint_and_even():
    parts = [load_data("flowers17", split) for split in ("train", "val", "test")]
    files = [file for part in parts for file in part.pixels]
    assert len(files) == len(set(files)) == 17 * 80
    assert [part.labels.bincount().tolist() for part in parts] == [[40] * 17, [20] * 17, [20] * 17]
    assert parts[0].shape == (3, 128, 128)
    assert parts[0][0][0].shape == (3, 128, 128)


# The other sets, in the layout of their publishers, made here


def pickled(file, content):
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(pickle.dumps(content))


def test_cifar100_coarse_labels_are_those_of_its_files(root, monkeypatch):
    folder, n = root / "cifar-100-python", 6
    pixels = np.arange(n * 3072, dtype=np.uint32).astype(np.uint8).reshape(n, 3072)
    fine, coarse = [5, 0, 99, 3, 3, 1], [4, 19, 0, 7, 7, 2]
    pickled(folder / "test", {"data": pixels, "fine_labels": fine, "coarse_labels": coarse})
    names = {"fine_label_names": [f"f{i}" for i in range(100)]}
    pickled(folder / "meta", names | {"coarse_label_names": [f"c{i}" for i in range(20)]})
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *args: True)
    data = load_data("cifar100", labels="coarse")
    assert data.labels.tolist() == coarse
    assert data.classes == [f"c{i}" for i in range(20)]
    assert load_data("cifar100").labels.tolist() == fine
    # The files hold all of red, then green, then blue, each row by row.
    assert torch.equal(data.pixels[2].flatten(), torch.from_numpy(pixels[2]))


def test_flowers102_reads_the_split_and_labels_of_its_files(root, monkeypatch):
    folder = root / "flowers-102"
    (folder / "jpg").mkdir(parents=True)
    for i in range(1, 5):
        Image.new("RGB", (300, 260), (40 * i, 0, 0)).save(folder / f"jpg/image_{i:05}.jpg")
    sets = {"trnid": [[1, 9]], "valid": [[9, 9]], "tstid": [[4, 2]]}
    scipy.io.savemat(folder / "setid.mat", sets)
    scipy.io.savemat(folder / "imagelabels.mat", {"labels": [[102, 7, 1, 3]]})  # count from 1
    monkeypatch.setattr("torchvision.datasets.flowers102.check_integrity", lambda *args: True)
    data = load_data("flowers102")
    assert data.labels.tolist() == [2, 6]
    assert data.shape == (3, 256, 256)
    assert data[0][0][0].mean() * 255 == pytest.approx(160, abs=2)
    assert len(data.classes) == 102


def test_pets_are_cats_and_dogs(root):
    folder = root / "oxford-iiit-pet"
    (folder / "annotations").mkdir(parents=True)
    write_images(folder, ["images"], size=(300, 260))
    for i, name in enumerate(("Abyssinian_1", "beagle_2")):
        (folder / f"images/00{i}.png").rename(folder / f"images/{name}.jpg")
    (folder / "annotations/trainval.txt").write_text("beagle_2 2 2 1\nAbyssinian_1 1 1 1\n")
    fine, coarse = (load_data("pets", "train", labels=kind) for kind in ("fine", "coarse"))
    assert [fine.classes[i] for i in fine.labels] == ["Beagle", "Abyssinian"]
    assert [coarse.classes[i] for i in coarse.labels] == ["dog", "cat"]


def test_imagenet_labels_are_the_sorted_synsets(root):
    write_images(root / "imagenet/val", ["n02", "n01", "n10", "n11"], each=2, size=(300, 260))
    names = {"n01": ("tench", "Tinca tinca"), "n02": ("goldfish",), "n10": ("crane",), "n11": ("crane",)}
    torch.save((names, []), root / "imagenet/meta.bin")
    data = load_data("imagenet-val")
    assert data.classes == ["tench", "goldfish", "crane (n10)", "crane (n11)"]  # a bird and a machine
    assert data.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert (data.name, data.split, data.shape) == ("imagenet", "val", (3, 256, 256))
    with pytest.raises(InputError, match=r"Unknown split of 'imagenet' 'test'; .* train, val"):
        load_data("imagenet")
    with pytest.raises(InputError, match="split of 'imagenet-val' 'train'"):
        load_data("imagenet-val", split="train")


# Folders of images


def test_trap_12_folders_named_by_class_index_are_no_sorted_labels(tmp_path):
    write_images(tmp_path, ["0017", "0353", "9"])
    data = load_data(f"imagefolder:{tmp_path}", classes="index")
    assert data.labels.tolist() == [17] * 3 + [353] * 3 + [9] * 3
    assert len(data.classes) == 354
    # Sorted-folder labels, which torchvision gives, would have been wrong for every image.
    assert datasets.ImageFolder(tmp_path).targets == [0] * 3 + [1] * 3 + [2] * 3
    for i, (red, _, _) in enumerate(load_data_colours(data)):
        assert data.labels[i] == [17, 353, 9][red]  # the label is that of the folder of this image


def load_data_colours(data):
    return [[round(255 * v.item()) for v in data[i][0][:, 0, 0]] for i in range(len(data))]


def test_trap_12_a_checkpoints_order_is_its_own(tmp_path):
    write_images(tmp_path / "images", ["ant", "bee", "cat"])
    (tmp_path / "order.json").write_text(json.dumps(["cat", "dog", "ant", "bee"]))
    for order in (str(tmp_path / "order.json"), ["cat", "dog", "ant", "bee"]):
        data = load_data(f"imagefolder:{tmp_path / 'images'}", classes=order)
        names = [["ant", "bee", "cat"][red] for red, _, _ in load_data_colours(data)]
        assert [data.classes[i] for i in data.labels] == names
        assert sorted(set(data.labels.tolist())) == [0, 2, 3]  # dog, 1, has no image


def test_trap_12_the_first_n_files_are_no_sample(tmp_path):
    write_images(tmp_path, ["0", "1", "2"], each=40)
    data = load_data(f"imagefolder:{tmp_path}", classes="index", limit=30)
    assert data.labels.bincount().tolist() == [10, 10, 10]
    position = data.index % 40  # within the folder
    assert position.max() >= 20  # missed by the first ten, or by chance once in 2^30
    assert data.index.tolist() != [*range(10), *range(40, 50), *range(80, 90)]
    for i, (red, green, _) in enumerate(load_data_colours(data)):
        assert data.index[i] == 40 * red + green  # the index in the full set


def test_a_folder_of_splits_and_a_folder_below_the_data_root(root):
    write_images(root / "mine/train", ["a", "b"], each=4)
    write_images(root / "mine/val", ["b"], each=2)
    assert len(load_data("imagefolder:mine", "train", classes="sorted")) == 8
    assert load_data("imagefolder:mine", "val", classes=["a", "b"]).labels.tolist() == [1, 1]
    assert load_data("imagefolder:mine/val", classes=["a", "b"]).labels.tolist() == [1, 1]
    with pytest.raises(InputError, match=r"split of 'imagefolder:mine' 'test'; .* train, val\."):
        load_data("imagefolder:mine", classes="sorted")


@pytest.mark.parametrize(
    ("classes", "sentence"),
    [
        (None, 'does not say which label a folder has; pass classes="index"'),
        ("index", "folder 'ant' of .* is no class index"),
        (["bee", "ants"], "class, the folder of .* named 'ant'; choose one of: bee, ants"),
        (["ant", "ant"], "classes names 'ant' twice"),
        ("order.json", "'order.json' cannot be read as JSON .no such file.; pass classes="),
    ],
)
def test_folders_whose_labels_are_unclear_are_refused(tmp_path, classes, sentence):
    write_images(tmp_path, ["ant", "bee"])
    with pytest.raises(InputError, match=sentence):
        load_data(f"imagefolder:{tmp_path}", classes=classes)


def test_two_folders_of_one_class_index_are_refused(tmp_path):
    write_images(tmp_path, ["7", "007"])
    with pytest.raises(InputError, match="name one class index"):
        load_data(f"imagefolder:{tmp_path}", classes="index")


@pytest.mark.parametrize(("text", "sentence"), [("[1, 2]", "must be a list"), ("{", "cannot be read as JSON")])
def test_a_class_file_that_is_no_list_of_names_is_refused(tmp_path, text, sentence):
    write_images(tmp_path / "images", ["ant"])
    (tmp_path / "order.json").write_text(text)
    with pytest.raises(InputError, match=sentence):
        load_data(f"imagefolder:{tmp_path / 'images'}", classes=str(tmp_path / "order.json"))


def test_folders_without_classes_or_images_are_refused(tmp_path):
    with pytest.raises(InputError, match="holds no class folders"):
        load_data(f"imagefolder:{tmp_path}", classes="index")
    (tmp_path / "0").mkdir()
    with pytest.raises(InputError, match="hold no image files"):
        load_data(f"imagefolder:{tmp_path}", classes="index")


def test_a_folder_that_is_not_there_is_named_with_where_it_was_looked_for(root):
    with pytest.raises(InputError, match=re.escape(f"and at {root / 'gone'}.")):
        load_data("imagefolder:gone", classes="index")


# Refusals


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "cifar"}, "Unknown data set 'cifar'; choose one of: photo-patches, .*PATH"),
        ({"name": "cifar10", "split": "val"}, "split of 'cifar10' 'val'; .* train, test"),
        ({"name": "photo-patches", "labels": "super"}, "labels 'super'; choose one of: fine"),
        ({"name": "fashion-mnist", "labels": "coarse"}, "'fashion-mnist' has none; these have: ph"),
        ({"name": "imagefolder:x", "labels": "coarse"}, "'imagefolder:x' has none; these have"),
        ({"name": "photo-patches", "classes": "index"}, "'photo-patches' has classes of its own"),
        ({"name": "photo-patches", "limit": 0}, "limit is 0, but must be"),
        ({"name": "photo-patches", "seed": -1}, "seed is -1, but must be"),
        ({"name": "photo-patches", "size": 0}, "size is 0, but must be"),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(root, arguments, sentence):
    with pytest.raises(InputError, match=sentence) as refusal:
        load_data(**arguments)
    assert "\n" not in str(refusal.value)
    assert not list(root.iterdir())  # nothing was fetched first


@pytest.mark.parametrize(
    ("name", "split", "folder", "hint"),
    [
        ("cifar10", "test", "cifar-10-batches-py", "cifar-10-python.tar.gz"),
        ("cifar100", "train", "cifar-100-python", "cifar-100-python.tar.gz"),
        ("fashion-mnist", "test", "FashionMNIST", "four idx files"),
        ("flowers102", "val", "flowers-102", "102flowers.tgz"),
        ("pets", "test", "oxford-iiit-pet", "annotations.tar.gz"),
        ("flowers17", "test", "flowers17", "17flowers.tgz"),
        ("imagenet", "val", "imagenet", "ILSVRC2012_devkit_t12.tar.gz"),
    ],
)
def test_a_missing_set_says_where_it_was_looked_for_and_how_to_get_it(root, name, split, folder, hint):
    with pytest.raises(InputError, match=re.escape(str(root / folder))) as refusal:
        load_data(name, split)
    sentence = str(refusal.value)
    assert hint in sentence
    assert "\n" not in sentence
    assert ("could not be downloaded" in sentence) == (name not in ("flowers17", "imagenet"))


def test_a_damaged_set_is_refused(root):
    pickled(root / "cifar-10-batches-py/test_batch", {"data": []})
    with pytest.raises(InputError, match=r"'cifar10' .* missing or damaged"):
        load_data("cifar10")


# Where data lie


def test_the_data_root(tmp_path, monkeypatch):
    monkeypatch.setenv("FREQLIB_DATA", str(tmp_path))
    assert data_root() == tmp_path
    monkeypatch.delenv("FREQLIB_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "house/freqlib/vision/images").mkdir(parents=True)
    file = tmp_path / "house/freqlib/vision/images/root.py"
    monkeypatch.setattr("freqlib.vision.images.root.__file__", str(file))
    assert data_root() == tmp_path / "cache/freqlib"
    (tmp_path / "house/pyproject.toml").touch()
    (tmp_path / "house/notebooks").mkdir()
    assert data_root() == tmp_path / "house/data/downloads"


def test_the_status_says_what_is_here_and_how_to_get_the_rest(root):
    write_images(root / "flowers17", ["00"])
    (root / "FashionMNIST/raw").mkdir(parents=True)  # what a failed download leaves behind
    status = data_status().set_index("name")
    assert set(status.index[status.here]) == {"photo-patches", "photo-patches-rgb", "flowers17", *SETS}
    assert status["where"]["cifar10"] == str(root / "cifar-10-batches-py")
    assert (status[["how", "terms", "splits"]].map(len) > 0).all(axis=None)


def test_who_changes_a_set_changes_it_for_oneself():
    data = load_data("photo-patches")
    data.pixels.zero_()
    data.labels.zero_()
    again = load_data("photo-patches")
    assert int(again.pixels.sum()) > 0
    assert len(again.labels.unique()) == 12


def test_a_folder_whose_name_is_not_in_utf8_is_refused(tmp_path):
    write_images(tmp_path, ["a"], each=1)
    (tmp_path / "caf\udce9").mkdir()
    with pytest.raises(InputError, match=r"'caf\\udce9' .* is not in UTF-8"):
        load_data(f"imagefolder:{tmp_path}", classes="sorted")
