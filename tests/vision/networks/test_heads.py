import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.vision import layers, load_model
from freqlib.vision.networks.heads import HEADS, make_head


@pytest.mark.parametrize("kind", HEADS)
def test_what_a_head_reads_of_a_map(kind):
    """A head behind the average sees DC alone: what is added to the map with mean zero moves no logit."""
    torch.manual_seed(0)
    head = make_head(kind, (16, 8, 8), 3).eval()
    x = torch.rand(2, 16, 8, 8)
    board = ((torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2 - 1).float()
    change = (head(x + 0.2 * board) - head(x)).abs().max()
    assert change < 1e-5 if kind in ("linear", "mlp") else change > 1e-3
    assert (head(x + 0.2) - head(x)).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("kind", "shape", "told"),
    [
        ("deep", (16, 8, 8), "Unknown head 'deep'; choose one of: linear"),
        ("conv", (16, 2, 2), "A head of kind 'conv' does not fit a map of 2x2; 3x3 or more is due"),
        ("attention", (10, 8, 8), "does not fit a map of 10 channels; a multiple of 16"),
        ("linear", (64, 0, 0), r"fits no map of shape \(64, 0, 0\)"),
    ],
)
def test_heads_that_do_not_fit_are_refused(kind, shape, told):
    with pytest.raises(InputError, match=told):
        make_head(kind, shape, 3)


@pytest.mark.parametrize("head", ["conv", "attention"])
def test_images_whose_last_map_is_too_small_for_the_head_are_refused(head):
    model = load_model(f"cifar:resnet8-{head}")
    assert model(torch.rand(1, 3, 28, 28)).shape == (1, 10)
    with pytest.raises(InputError, match=f"kind '{head}' does not fit a map of 2x2"):
        model(torch.rand(1, 3, 8, 8))
    assert load_model("cifar:resnet8-mlp")(torch.rand(1, 3, 8, 8)).shape == (1, 10)


@pytest.mark.parametrize("head", HEADS[1:])
def test_networks_with_different_heads_begin_with_the_same_backbone(head):
    states = []
    for name in ("cifar:resnet8", f"cifar:resnet8-{head}"):
        torch.manual_seed(0)
        states.append(load_model(name).network.state_dict())
    plain, other = states
    shared = [key for key in plain if key in other]
    assert {key.partition(".")[0] for key in plain} - {key.partition(".")[0] for key in shared} == {"linear"}
    assert all(torch.equal(plain[key], other[key]) for key in shared)


def test_the_anti_aliased_network_has_the_same_weights_and_blurs_before_it_halves():
    torch.manual_seed(0)
    plain = load_model("cifar:resnet8")
    blurred = load_model("cifar:resnet8-blur")
    blurred.network.load_state_dict(plain.network.state_dict())
    shortcut = blurred.network.layer2[0].blur
    board = ((torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2 - 1).float().expand(1, 1, 8, 8)
    # Every second pixel of a checkerboard is constant: aliasing. The blurred one is 0.
    assert shortcut(board).abs().max() < 1e-6
    assert shortcut(torch.ones(1, 1, 8, 8)).sub(1).abs().max() < 1e-6
    x = torch.rand(2, 3, 32, 32)
    assert plain(x).shape == blurred(x).shape
    assert not torch.allclose(plain(x), blurred(x), atol=1e-3)


@pytest.mark.parametrize(("blurred", "plain"), [("cifar:resnet8-blur", "cifar:resnet8"), ("resnetblur18", "resnet18")])
def test_the_layers_of_an_anti_aliased_network_are_those_of_the_plain_one(blurred, plain):
    """Blur pads by reflection, which still is a map of the whole image."""
    names = [layers(load_model(name)).query("default")[["name", "height", "width"]] for name in (blurred, plain)]
    assert names[0].values.tolist() == names[1].values.tolist()


def test_the_convolutional_head_looks_at_neighbours_and_leaves_the_mean_to_its_batch_norm():
    (convolution,) = (module for module in make_head("conv", (4, 8, 8), 3).modules() if isinstance(module, nn.Conv2d))
    assert convolution.kernel_size == (3, 3)
    assert convolution.bias is None
