"""The ResNets of He et al. for CIFAR, held to the paper, the public weights and their accuracy."""

import pickle

import pytest
import torch
from torch import nn

from freqlib.vision.networks.cifar_resnet import BasicBlock, CifarResNet
from freqlib.vision.networks.models import load_model


# Millions of parameters in table 6 of the paper, which leaves out batch norm's.
@pytest.mark.parametrize(("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85)])
def test_the_number_of_parameters_is_the_papers(depth, millions):
    network = CifarResNet(depth)
    assert sum(p.numel() for p in network.parameters()) / 1e6 == pytest.approx(millions, abs=0.01)
    weighted = [m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(weighted) == depth


def test_the_shortcut_takes_every_second_pixel_and_pads_with_zeros():
    block = BasicBlock(4, 8, stride=2).eval()
    nn.init.zeros_(block.bn2.weight)  # the residual branch gives nothing
    x = torch.rand(2, 4, 6, 10)
    y = block(x)
    assert y.shape == (2, 8, 3, 5)
    assert torch.equal(y[:, 2:6], x[:, :, ::2, ::2])
    assert y[:, :2].abs().sum() == y[:, 6:].abs().sum() == 0


def test_other_sizes_classes_and_channels():
    assert CifarResNet(20, 7, in_chans=1).eval()(torch.zeros(2, 1, 28, 28)).shape == (2, 7)


@pytest.mark.parametrize(("depth", "accuracy"), [(20, 0.9173), (56, 0.9339)])
def test_public_weights_reach_their_accuracy(requires_data, depth, accuracy):
    weights = requires_data(f"weights/resnet{depth}_cifar10.safetensors")
    batch = requires_data("cifar-10-batches-py") / "test_batch"
    with batch.open("rb") as file:
        content = pickle.load(file, encoding="bytes")
    n = 1000 if depth == 20 else 300
    images = torch.tensor(content[b"data"][:n]).view(-1, 3, 32, 32).float() / 255
    labels = torch.tensor(content[b"labels"][:n])
    model = load_model(f"cifar:resnet{depth}", weights)
    with torch.inference_mode():
        top1 = (model(images).argmax(1) == labels).float().mean()
    # Three standard errors of a sample of n.
    assert abs(top1 - accuracy) < 3 * (accuracy * (1 - accuracy) / n) ** 0.5
