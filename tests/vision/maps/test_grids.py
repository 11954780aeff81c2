"""A layer's output as a grid and back, for every layout."""

import pytest
import torch

from freqlib.errors import InputError
from freqlib.vision.maps.layers import Layer

B, C, H, W = 4, 6, 3, 5
SHAPES = {"nchw": (B, C, H, W), "nhwc": (B, H, W, C), "tokens": (B, H * W, C)}


def layer(layout: str, prefix: int = 0) -> Layer:
    return Layer("x", "block", H, W, C, layout, prefix)


@pytest.mark.parametrize("prefix", [0, 1, 5])
def test_a_cell_of_the_grid_is_the_right_token(prefix):
    output = torch.arange(prefix + H * W).float().view(1, -1, 1).expand(B, -1, C)
    there = layer("tokens", prefix).grid(output)
    assert there[0, 0, 1, 2] == prefix + 1 * W + 2


@pytest.mark.parametrize("layout", SHAPES)
def test_the_grid_is_a_view(layout):
    output = torch.zeros(SHAPES[layout])
    layer(layout).grid(output)[0, 1, 2, 3] = 7
    assert output.sum() == 7


def test_trap_07_prefix_tokens_are_no_part_of_the_grid():
    output = torch.randn(B, 2 + H * W, C)
    here, before = layer("tokens", 2), output.clone()
    here.grid(output).zero_()
    assert torch.equal(output[:, :2], before[:, :2])
    assert output[:, 2:].abs().sum() == 0


def test_another_shape_is_refused():
    with pytest.raises(InputError, match="'x' returned a tensor of shape"):
        layer("nchw").grid(torch.zeros(B, C, W, H))
