"""The small networks of timm's blocks: sizes, and the grids that their papers' designs imply."""

import pytest
import torch

from freqlib.vision.maps.layers import layers
from freqlib.vision.networks.cifar_timm import cifar_convnext, cifar_mixer, cifar_resnet18, cifar_vit
from freqlib.vision.networks.models import load_model


@pytest.mark.parametrize("build", [cifar_vit, cifar_mixer, cifar_convnext])
def test_they_are_about_as_large_as_a_resnet20(build):
    assert 0.27e6 < sum(p.numel() for p in build().parameters()) < 1e6
    assert build(7, in_chans=1).eval()(torch.zeros(2, 1, 32, 32)).shape == (2, 7)


def test_the_resnet18_is_the_one_usual_for_cifar():
    assert sum(p.numel() for p in cifar_resnet18().parameters()) == 11_173_962
    found = layers("cifar:resnet18")
    assert found[found.default].height.tolist() == [32, 16, 8, 4]


def test_only_the_first_vit_has_a_class_token():
    assert cifar_vit().num_prefix_tokens == 1
    assert load_model("cifar:vit-mean").network.num_prefix_tokens == 0


@pytest.mark.parametrize(
    ("name", "grids"), [("cifar:mixer", [8] * 6), ("cifar:vit-mean", [8] * 6), ("cifar:convnext", [16, 8, 4])]
)
def test_their_default_layers_have_the_grids_of_the_design(name, grids):
    found = layers(name)
    assert found[found.default].height.tolist() == grids
