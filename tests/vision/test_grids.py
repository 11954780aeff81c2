"""A layer's output as a grid and back, for every layout."""

import pytest
import torch

from freqlib.errors import InputError
from freqlib.vision.layers import Layer

B, C, H, W = 4, 6, 3, 5
SHAPES = {"nchw": (B, C, H, W), "nhwc": (B, H, W, C), "tokens": (B, H * W, C)}


def layer(layout: str, prefix: int = 0) -> Layer:
    return Layer("x", "block", H, W, C, layout, prefix)


@pytest.mark.parametrize("layout", SHAPES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_grid_and_back_is_bit_exact(layout, dtype):
    output = torch.randn(SHAPES[layout]).to(dtype)
    there = layer(layout).grid(output)
    assert there.shape == (B, C, H, W)
    back = layer(layout).ungrid(there, output)
    assert back.dtype == dtype
    assert back.is_contiguous()
    assert torch.equal(back, output)


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


def test_trap_07_prefix_tokens_are_untouched_and_repeated_edit_by_edit():
    output = torch.randn(B, 2 + H * W, C)
    here = layer("tokens", 2)
    grid = here.grid(output)
    edited = torch.cat([grid * 0, grid + 1, -grid])
    back = here.ungrid(edited, output)
    assert back.shape == (3 * B, 2 + H * W, C)
    for k in range(3):
        rows = back[k * B : (k + 1) * B]
        assert torch.equal(rows[:, :2], output[:, :2])
        assert torch.equal(here.grid(rows), edited[k * B : (k + 1) * B])


def test_edits_in_float32_return_to_the_type_of_the_network():
    output = torch.randn(B, 1 + H * W, C).bfloat16()
    here = layer("tokens", 1)
    assert here.ungrid(here.grid(output).float(), output).dtype == torch.bfloat16


def test_another_shape_is_refused():
    with pytest.raises(InputError, match="'x' returned a tensor of shape"):
        layer("nchw").grid(torch.zeros(B, C, W, H))
    with pytest.raises(InputError, match="5 rows"):
        layer("nchw").ungrid(torch.zeros(5, C, H, W), torch.zeros(B, C, H, W))
