"""Images: one form for tensors in memory and for files, and what is refused."""

import re

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader
from torchvision.transforms.v2 import functional as transform

from freqlib.errors import InputError
from freqlib.vision.images.image_files import common_shape, decode
from freqlib.vision.images.images import Images, as_images

LABELS = torch.tensor([0, 2, 1, 0, 2])


def grey(n=5, size=8):
    return torch.arange(n * size * size).remainder(256).to(torch.uint8).reshape(n, 1, size, size)


def write(folder, name, height=8, width=8, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    file = folder / name
    Image.fromarray(pixels).save(file)
    return file, torch.from_numpy(pixels).permute(2, 0, 1)


def test_bytes_become_float32_in_0_to_1():
    data = Images(grey(), LABELS)
    image, label, index = data[1]
    assert image.dtype == torch.float32
    assert torch.equal(image, grey()[1].float() / 255)
    assert (label, index) == (2, 1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_type_becomes_float32(dtype):
    data = Images(torch.full((2, 1, 4, 4), 0.5, dtype=dtype), torch.tensor([0, 1]))
    assert next(data.batches(2))[0].dtype == torch.float32


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
def test_batches_of_any_size_hold_every_image_once_in_order(size):
    data = Images(grey(), LABELS, index=torch.tensor([7, 3, 9, 1, 4]))
    images, labels, index = (torch.cat(part) for part in zip(*data.batches(size), strict=True))
    assert torch.equal(images, grey().float() / 255)
    assert torch.equal(labels, LABELS)
    assert index.tolist() == [7, 3, 9, 1, 4]


def test_a_batch_does_not_share_memory_with_the_set():
    # Noise added in place to a batch must not reach the data.
    data = Images(torch.zeros(2, 1, 4, 4), torch.tensor([0, 1]))
    next(data.batches(2))[0].add_(1)
    data[0][0].add_(1)
    assert data.pixels.sum() == 0


def test_it_serves_a_data_loader():
    loader = DataLoader(Images(grey(), LABELS), batch_size=2)
    assert torch.equal(torch.cat([labels for _, labels, _ in loader]), LABELS)


def test_select_keeps_index_labels_and_groups():
    data = Images(grey(), LABELS, groups=torch.tensor([5, 5, 6, 6, 7]), classes=list("abc"))
    twice = data.select([4, 2, 0]).select(torch.tensor([True, False, True]))
    assert twice.index.tolist() == [4, 0]
    assert twice.labels.tolist() == [2, 0]
    assert twice.groups.tolist() == [7, 5]
    assert twice.classes == ["a", "b", "c"]
    assert torch.equal(twice[0][0], data[4][0])
    assert len(data) == 5


def test_files_are_read_lazily_and_exactly(tmp_path):
    files, pixels = zip(*[write(tmp_path, f"{i}.png", seed=i) for i in range(5)], strict=True)
    data = Images(files, LABELS)
    assert data.shape == (3, 8, 8)
    images = torch.cat([images for images, _, _ in data.batches(2)])
    assert torch.equal(images, torch.stack(pixels) / 255)
    assert torch.equal(data.select([3])[0][0], pixels[3] / 255)
    files[3].unlink()
    assert torch.equal(data[2][0], pixels[2] / 255)
    with pytest.raises(InputError, match=re.escape(str(files[3]))):
        data[3]


def test_grey_and_palette_files_are_read_as_rgb(tmp_path):
    for mode in ("L", "P", "1", "RGBA", "CMYK"):
        Image.new(mode, (4, 4)).save(tmp_path / f"{mode}.{'tif' if mode == 'CMYK' else 'png'}")
    assert {decode(file).shape for file in tmp_path.iterdir()} == {torch.Size([3, 4, 4])}


def test_16_bit_files_are_refused_instead_of_clipped(tmp_path):
    Image.fromarray(np.full((4, 4), 40000, dtype=np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(InputError, match=r"deep\.png has pixels of mode 'I;16'"):
        decode(tmp_path / "deep.png")


def test_size_resizes_the_shorter_side_and_crops_the_centre(tmp_path):
    file, pixels = write(tmp_path, "a.png", height=40, width=60)
    expected = transform.resize(pixels, [24, 36], antialias=True)[:, :, 6:30]
    assert (decode(file, 24).int() - expected.int()).abs().max() <= 1  # rounding of 8 bits
    data = Images(pixels[None], torch.tensor([0]), size=24)
    assert data.shape == (3, 24, 24)
    expected = transform.resize(pixels / 255, [24, 36], antialias=True)[:, :, 6:30]
    assert torch.allclose(data[0][0], expected, atol=1e-6)


def test_resizing_is_antialiased(tmp_path):
    # A grating at Nyquist has no place at half the size: it must fade, not fold to another wave.
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    assert decode(tmp_path / "stripes.png", 32).float().std() < 5  # 127 before


def test_files_of_unequal_size_are_refused(tmp_path):
    files = [write(tmp_path, "a.png")[0], write(tmp_path, "b.png", height=9)[0]]
    with pytest.raises(InputError, match=r"b\.png is 9x8, but .*a\.png is 8x8; pass size=N"):
        Images(files, torch.tensor([0, 1]))
    assert Images(files, torch.tensor([0, 1]), size=4).shape == (3, 4, 4)


def test_a_truncated_file_is_named(tmp_path):
    file, _ = write(tmp_path, "whole.jpg", 64, 64)
    (tmp_path / "cut.jpg").write_bytes(file.read_bytes()[:700])
    assert common_shape([tmp_path / "cut.jpg"]) == (3, 64, 64)  # the header is still whole
    data = Images([file, tmp_path / "cut.jpg"], torch.tensor([0, 1]))
    with pytest.raises(InputError, match=r"cut\.jpg cannot be read: .*truncated"):
        list(data.batches(2))


def test_a_corrupt_file_is_named_before_any_computing(tmp_path):
    file, _ = write(tmp_path, "a.png")
    (tmp_path / "b.png").write_bytes(b"no image at all")
    with pytest.raises(InputError, match=r"b\.png cannot be read: it is no image"):
        Images([file, tmp_path / "b.png"], torch.tensor([0, 1]))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinite_pixels_are_refused(bad):
    images = torch.zeros(3, 1, 4, 4)
    images[2, 0, 1, 1] = bad
    with pytest.raises(InputError, match="Image 2 holds NaN or infinite"):
        as_images((images, torch.tensor([0, 0, 1])))


@pytest.mark.parametrize(
    ("images", "labels", "sentence"),
    [
        (torch.zeros(3, 4, 4), torch.tensor([0, 0, 1]), r"images\.unsqueeze\(1\)"),
        (torch.zeros(3, 1, 4, 4, dtype=torch.int64), torch.tensor([0, 0, 1]), "Images are int64"),
        (torch.zeros(3, 1, 4, 4), torch.tensor([0, 1]), "2 labels for 3 images"),
        (torch.zeros(3, 1, 4, 4), torch.tensor([0, -1, 1]), "smallest of the labels is -1"),
        (torch.zeros(3, 1, 4, 4), torch.tensor([0.0, 1.0, 1.0]), "type float32"),
        (torch.zeros(3, 1, 4, 4), torch.eye(3).long(), r"shape \(3, 3\)"),
        (torch.zeros(0, 1, 4, 4), torch.zeros(0).long(), "holds no images"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(images, labels, sentence):
    with pytest.raises(InputError, match=sentence):
        as_images((images, labels))


def test_labels_beyond_the_classes_are_refused():
    with pytest.raises(InputError, match="A label of 'images' is 2, but only 2 classes"):
        Images(grey(), LABELS, classes=["a", "b"])


def test_as_images_takes_images_as_they_are_and_refuses_the_rest():
    data = Images(grey(), LABELS)
    assert as_images(data) is data
    for other in ("cifar10", None, [1, 2], DataLoader(data)):
        with pytest.raises(InputError, match="pass what load_data returns, or a pair"):
            as_images(other)


def test_selections_and_batches_of_nothing_are_refused():
    data = Images(grey(), LABELS)
    with pytest.raises(InputError, match="Nothing of 'images' is selected"):
        data.select([])
    with pytest.raises(InputError, match="batch size is 0"):
        next(data.batches(0))
    with pytest.raises(InputError, match="size is 0"):
        Images(grey(), LABELS, size=0)


def test_floats_that_run_to_255_are_refused():
    with pytest.raises(InputError, match=r"run up to 200, .* divide by 255, or pass uint8"):
        Images(torch.full((2, 1, 8, 8), 200.0), torch.tensor([0, 1]))
    Images(torch.full((2, 1, 8, 8), 200, dtype=torch.uint8), torch.tensor([0, 1]))


def test_slices_and_masks_of_another_length_are_refused():
    data = Images(torch.rand(4, 1, 8, 8), torch.arange(4) % 2)
    for places in (slice(0, 2), [0, 1], torch.tensor([0, 1])):
        with pytest.raises(InputError, match=r"use select\(positions\)"):
            data[places]
    with pytest.raises(InputError, match="A mask of 3 entries selects from 4 images"):
        data.select(torch.ones(3, dtype=torch.bool))
    with pytest.raises(InputError, match=r"positions have shape \(1,\) and type float32, but \(1,\) integers"):
        data.select(torch.tensor([0.7]))
    with pytest.raises(InputError, match=r"positions have shape \(1, 2\)"):
        data.select(torch.tensor([[0, 1]]))
    with pytest.raises(InputError, match="Image 4 of 'images' is selected, which holds 4; the last is 3"):
        data.select([0, 4])
    with pytest.raises(InputError, match="The smallest of the positions is -1"):
        data.select([-1])


def test_labels_of_any_whole_type_are_taken():
    assert as_images((torch.rand(3, 1, 4, 4), torch.tensor([0, 1, 1], dtype=torch.uint16))).labels.tolist() == [0, 1, 1]
