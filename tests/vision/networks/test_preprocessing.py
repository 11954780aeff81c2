"""Resizing and normalization inside the model, against timm's and torchvision's own."""

import numpy as np
import pytest
import timm
import torch
import torchvision
from PIL import Image
from skimage.data import astronaut
from torch import nn

from freqlib.errors import InputError
from freqlib.vision.networks.models import load_model
from freqlib.vision.networks.preprocessing import Resize, make_normalize, make_resize


@pytest.fixture
def picture() -> np.ndarray:
    """A photograph, higher than wide: (400, 310, 3) bytes."""
    return np.ascontiguousarray(astronaut()[:400, 100:410])


def as_tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.tensor(picture).permute(2, 0, 1)[None].float() / 255


def test_torchvisions_recipe_is_followed(picture):
    model = load_model("torchvision:squeezenet1_1")
    recipe = torchvision.models.SqueezeNet1_1_Weights.IMAGENET1K_V1.transforms()
    x = as_tensor(picture)
    ours = model.normalize(model.resize(x))
    assert ours.shape == (1, 3, 224, 224)
    assert torch.allclose(ours, recipe(x), atol=1e-5)


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "mobilenetv3_small_100"])
def test_timms_evaluation_is_followed(picture, name):
    model = load_model(name)
    recipe = timm.data.create_transform(**timm.data.resolve_data_config(model=model.network))
    ours, theirs = (model.normalize(model.resize(as_tensor(picture))), recipe(Image.fromarray(picture)))
    # timm rounds to bytes between the steps, and cubic interpolation leaves [0, 1] where bytes stop.
    difference = (ours[0] - theirs).abs() * torch.tensor(model.normalize.std).view(-1, 1, 1)
    assert difference.mean() < 1 / 255
    assert difference.quantile(0.99) < 3 / 255


def test_images_of_the_right_size_pass_bit_unchanged():
    x = torch.rand(2, 3, 24, 16)
    for resize in (Resize((24, 16)), Resize((24, 16), scale=(30, 20))):
        assert torch.equal(resize(x), x)
    assert load_model("torchvision:squeezenet1_1").resize(x).shape == (2, 3, 224, 224)


def test_direct_resizing_ignores_the_aspect_ratio_and_cropping_keeps_it():
    ramp = torch.linspace(0, 1, 64).expand(1, 1, 32, 64)
    squashed = Resize((16, 16))(ramp)
    assert squashed[0, 0, 0, -1] - squashed[0, 0, 0, 0] > 0.9
    cropped = Resize((16, 16), scale=(16, 16))(ramp)
    assert cropped[0, 0, 0, -1] - cropped[0, 0, 0, 0] == pytest.approx(0.5, abs=0.05)


def test_values_are_not_clamped():
    x = torch.rand(1, 1, 16, 16) * 4 - 2
    assert Resize((8, 8), interpolation="bicubic")(x + 7).mean() > 5


def test_normalization_by_name_pair_and_channels():
    x = torch.rand(2, 3, 4, 4)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (x - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    assert torch.allclose(make_normalize("imagenet", 3)(x), expected)
    assert torch.allclose(make_normalize("half", 3)(x), 2 * x - 1)
    assert torch.equal(make_normalize("none", 3)(x), x)
    assert torch.allclose(make_normalize((0.5, 0.25), 3)(x), (x - 0.5) / 0.25)
    grey = make_normalize("imagenet", 1)
    assert grey.mean == pytest.approx([mean.mean().item()])
    assert len(grey.state_dict()) == 0
    module = nn.Identity()
    assert make_normalize(module, 3) is module
    assert make_resize(module) is module


@pytest.mark.parametrize("choice", ["imagnet", (0.5,), 3, ((0.5, 0.5), (0.0, 1.0)), ("a", "b"), []])
def test_other_normalizations_are_refused(choice):
    with pytest.raises(InputError, match=r"^normalize is .*, but"):
        make_normalize(choice, None)


@pytest.mark.parametrize("choice", [0, -3, "224", (224,), (224, 0), 2.5, True, None])
def test_other_sizes_are_refused(choice):
    with pytest.raises(InputError, match=r"^resize is .*, but must be 'none'"):
        make_resize(choice)
