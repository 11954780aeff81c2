import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.signal import fourier_image, gaussian_low_pass
from freqlib.vision import Images, coarse_groups, load_data, load_model, variant


@pytest.fixture
def images() -> Images:
    return Images(torch.rand(6, 3, 16, 16), torch.arange(6) % 3, name="few", index=torch.arange(10, 16))


def pixels_of(images: Images) -> torch.Tensor:
    return next(iter(images.batches(len(images))))[0]


def test_low_and_high_pass_sum_to_the_images(images: Images) -> None:
    both = pixels_of(variant(images, "low:2")) + pixels_of(variant(images, "high:2"))
    assert torch.allclose(both, pixels_of(images), atol=1e-6)


def test_changes_are_done_in_turn_and_labels_stay(images: Images) -> None:
    changed = variant(images, "low:2+fourier")
    assert torch.allclose(pixels_of(changed), fourier_image(gaussian_low_pass(pixels_of(images), 2.0)))
    assert changed.shape == (6, 16, 16)
    assert changed.name == "few low:2+fourier"
    assert changed.labels.tolist() == images.labels.tolist()
    assert changed.index.tolist() == images.index.tolist()
    assert images.name == "few"


def test_the_original_is_the_set_itself(images: Images) -> None:
    assert variant(images, "original") is images


def test_what_changes_nothing_changes_nothing(images: Images) -> None:
    for name in ("noise:0", "pixels:16"):
        assert torch.equal(pixels_of(variant(images, name)), pixels_of(images))


def test_trap_08_an_images_noise_depends_on_its_index_alone(images: Images) -> None:
    some = pixels_of(variant(images.select([4, 1]), "noise-unclamped:0.1"))
    assert torch.equal(some, pixels_of(variant(images, "noise-unclamped:0.1"))[[4, 1]])
    noise = some - pixels_of(images)[[4, 1]]
    assert noise.std() == pytest.approx(0.1, rel=0.1)
    assert torch.equal(pixels_of(variant(images.select([4, 1]), "noise:0.1")), some.clamp(0, 1))


def test_fewer_pixels_leave_nothing_above_their_nyquist() -> None:
    board = ((torch.arange(16)[:, None] + torch.arange(16)) % 2).float().expand(1, 1, 16, 16)
    coarse = pixels_of(variant((board, torch.zeros(1, dtype=torch.int64)), "pixels:8"))
    assert coarse[..., 2:-2, 2:-2].std() < 0.01
    assert coarse.mean() == pytest.approx(0.5, abs=0.01)


def test_the_published_filters_have_their_faults() -> None:
    x = torch.zeros(1, 3, 16, 16)
    x[:, 0] = 1
    labels = torch.zeros(1, dtype=torch.int64)
    grey = pixels_of(variant((x, labels), "published-low:4"))[0, :, 8, 8]
    assert grey.max() - grey.min() < 0.01
    assert pixels_of(variant((torch.rand(1, 3, 16, 16), labels), "published-high:2")).abs().max() == 0
    step = torch.zeros(1, 1, 16, 16)
    step[..., 8:] = 1
    # Left of an edge the residual is negative: as a byte it is large.
    assert pixels_of(variant((step, labels), "published-high:2"))[0, 0, 8, 7] > 0.5
    assert pixels_of(variant((step, labels), "high:2"))[0, 0, 8, 7] < 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("blur", "'blur'.*low"),
        ("low", "'low' needs a number"),
        ("low:two", "needs a number"),
        ("fourier:2", "takes none"),
        ("low:0", "sigma is 0.0, but must be above 0"),
        ("high:-1", "sigma is -1.0"),
        ("noise:-0.1", "noise is -0.1"),
        ("pixels:17", "whole number from 1 to 16"),
        ("pixels:2.5", "whole number from 1 to 16"),
        ("pixels:nan", "finite"),
        ("noise:inf", "finite"),
        ("box:2", "odd number"),
        ("box:0", "odd number"),
        ("original+low", "needs a number"),
    ],
)
def test_a_variant_that_does_not_exist_is_refused(images: Images, name: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        variant(images, name)


def test_grouped_outputs_are_the_largest_logit_of_each_group() -> None:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 5))
    x = torch.rand(4, 3, 2, 2)
    logits = network(x)
    model = load_model(network, outputs=[[0, 3], [4], [1, 2]])
    assert model.num_classes == 3
    expected = torch.stack([logits[:, [0, 3]].amax(1), logits[:, 4], logits[:, [1, 2]].amax(1)], 1)
    assert torch.equal(model(x), expected)
    # The winner's group is the group of the winner.
    of_class = torch.tensor([0, 2, 2, 0, 1])
    assert torch.equal(model(x).argmax(1), of_class[logits.argmax(1)])


@pytest.mark.parametrize("outputs", [[[0, 1], [1]], [[0], []], [["n01443537"], [1]]])
def test_groups_that_overlap_or_are_empty_are_refused(outputs: list) -> None:
    with pytest.raises(InputError, match="outputs"):
        load_model(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 5)), outputs=outputs)


def test_the_groups_of_cifar10_are_animals_and_vehicles(requires_data) -> None:
    requires_data("cifar-10-batches-py")
    fine, coarse = (load_data("cifar10", limit=40, labels=kind) for kind in ("fine", "coarse"))
    assert coarse_groups(fine, coarse) == [[2, 3, 4, 5, 6, 7], [0, 1, 8, 9]]


def test_labels_that_cannot_be_made_coarse_are_refused() -> None:
    x = torch.zeros(4, 1, 2, 2)
    fine = Images(x, torch.tensor([0, 0, 1, 2]))
    with pytest.raises(InputError, match="two coarse classes"):
        coarse_groups(fine, Images(x, torch.tensor([0, 1, 1, 1])))
    with pytest.raises(InputError, match="not the same images"):
        coarse_groups(fine, Images(x[:2], torch.tensor([0, 1])))
    with pytest.raises(InputError, match="'3' has no image"):
        coarse_groups(
            Images(x, torch.tensor([0, 0, 1, 2]), classes=list("0123")), Images(x, torch.tensor([0, 0, 1, 1]))
        )
    with pytest.raises(InputError, match="'b' has no image"):
        coarse_groups(fine, Images(x, torch.zeros(4, dtype=torch.int64), classes=["a", "b"]))


def test_a_box_spreads_a_point_evenly_and_is_no_wider_than_the_image() -> None:
    point = torch.zeros(1, 1, 16, 16)
    point[..., 8, 8] = 1
    expected = torch.zeros(1, 1, 16, 16)
    expected[..., 6:11, 6:11] = 1 / 25
    data = (point, torch.zeros(1, dtype=torch.int64))
    assert torch.allclose(variant(data, "box:5").pixels, expected, atol=1e-7)
    with pytest.raises(InputError, match="odd number of pixels from 1 to 16"):
        variant(data, "box:17")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("pixels", {"mode": "bilinear", "antialias": True}),
        ("pixels-bicubic", {"mode": "bicubic", "antialias": True}),
        ("pixels-nearest", {"mode": "nearest-exact"}),
        ("pixels-aliased", {"mode": "bilinear"}),
    ],
)
def test_fewer_pixels_are_those_of_the_filter_that_is_named(kind, options) -> None:
    x = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    there = nn.functional.interpolate(x, (6, 6), **options)
    back = nn.functional.interpolate(there, (16, 16), **options)
    assert torch.allclose(variant((x, torch.zeros(2, dtype=torch.int64)), f"{kind}:6").pixels, back, atol=1e-6)


@pytest.mark.parametrize("kind", ["pixels", "pixels-bicubic", "pixels-nearest", "pixels-aliased"])
@pytest.mark.parametrize("side", [24, 20, 16, 12, 10, 8])
def test_fewer_pixels_do_not_move_the_picture(kind, side):
    ramp = torch.arange(32.0).expand(1, 1, 32, 32) / 31
    moved = 31 * (variant((ramp, torch.zeros(1, dtype=torch.int64)), f"{kind}:{side}").pixels - ramp).mean()
    # Every second pixel alone has its middle half a pixel aside.
    assert abs(float(moved)) <= (0.51 if kind == "pixels-nearest" else 0.01)
