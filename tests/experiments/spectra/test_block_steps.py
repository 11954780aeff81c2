"""What a step does to high frequencies, held to blocks whose steps are known."""

from math import log

import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.spectra.block_steps import block_steps
from freqlib.vision import Images, load_model


class Deviation(nn.Module):
    """Adds k times what deviates from the mean over places: every frequency but DC grows by 1 + k."""

    def __init__(self, factor):
        super().__init__()
        self.factor = nn.Parameter(torch.full((1, 1), factor))

    def forward(self, x):
        return self.factor * (x - x.mean((-2, -1), keepdim=True))


class Mean(Deviation):
    """Adds k times the mean over places: DC alone grows by 1 + k."""

    def forward(self, x):
        return self.factor * x.mean((-2, -1), keepdim=True).expand_as(x)


class TwoSteps(nn.Module):
    def __init__(self, first, second):
        super().__init__()
        self.norm1, self.attn, self.norm2, self.mlp = nn.Identity(), Deviation(first), nn.Identity(), Mean(second)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PostNorm(TwoSteps):
    """The norm comes behind each step, as in Swin v2."""

    def __init__(self, first, second):
        super().__init__(first, second)
        self.norm1, self.norm2 = Double(), Double()

    def forward(self, x):
        x = x + self.norm1(self.attn(x))
        return x + self.norm2(self.mlp(x))


class Double(nn.Module):
    def forward(self, x):
        return 2 * x


class OneStep(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.conv = Deviation(factor)

    def forward(self, x):
        return x + self.conv(x)


class Rectified(OneStep):
    def forward(self, x):
        return x + self.conv(x).relu()


def network(*blocks):
    return nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), *blocks, nn.Flatten(), nn.LazyLinear(2))


def noise(n=20):
    return torch.rand(n, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def test_two_steps_are_told_apart_and_have_their_closed_form():
    table = block_steps(network(TwoSteps(1.0, 2.0), TwoSteps(-0.5, 0.0)), (noise(), torch.zeros(20).long()))
    assert table.block.tolist() == ["1", "1", "2", "2"]
    assert table.step.tolist() == ["attention", "MLP"] * 2
    assert table.change.tolist() == pytest.approx([log(2), -log(3), -log(2), 0], abs=1e-4)
    # Neither step treats one frequency but DC otherwise than another.
    assert table.change_ring.tolist() == pytest.approx([0, 0, 0, 0], abs=1e-4)


def test_a_norm_behind_the_step_does_not_hide_the_map_between():
    table = block_steps(network(PostNorm(1.0, 2.0)), (noise(), torch.zeros(20).long()))
    assert table.step.tolist() == ["attention", "MLP"]
    assert table.change.tolist() == pytest.approx([log(3), -log(5)], abs=1e-4)


def test_the_image_is_no_block():
    with pytest.raises(InputError, match="has no block"):
        block_steps(network(OneStep(1.0)), (noise(), torch.zeros(20).long()), "input")


def test_a_block_of_one_step():
    table = block_steps(network(OneStep(1.0)), (noise(), torch.zeros(20).long()))
    assert table.step.tolist() == ["block"]
    assert table.change[0] == pytest.approx(log(2), abs=1e-4)


def test_a_block_that_changes_the_grid_is_left_out():
    table = block_steps(load_model("cifar:resnet20"), (torch.rand(2, 3, 32, 32), torch.zeros(2).long()))
    assert "layer1.0" in set(table.block)  # 16 channels before and behind
    assert not {"layer2.0", "layer3.0"} & set(table.block)


def test_a_block_may_change_its_channels():
    table = block_steps(load_model("torchvision:squeezenet1_1"), (torch.rand(1, 3, 96, 96), torch.zeros(1).long()))
    assert table.block.tolist() == [
        f"features.{place}" for place in (3, 4, 6, 7, 9, 10, 11, 12)
    ]  # all of its fire modules


@pytest.mark.parametrize(
    ("name", "size", "step"),
    [
        ("cifar:mixer", 32, "token mixing"),
        ("cifar:convnext", 32, "block"),
        ("torchvision:vit_b_16", 224, "attention"),
        ("swin_tiny_patch4_window7_224", 224, "attention"),
    ],
)
def test_the_families_that_have_two_steps(name, size, step):
    model = load_model(name)
    table = block_steps(model, (torch.rand(1, 3, size, size), torch.zeros(1).long()))
    assert table.step[0] == step
    assert set(table.step) == ({step} if step == "block" else {step, "MLP"})
    assert table.change.notna().all()


def test_the_interval_is_over_groups_where_there_are_some():
    x, labels = noise(6).repeat_interleave(10, 0), torch.zeros(60).long()  # each image ten times
    torch.manual_seed(0)
    net = network(OneStep(1.0), Rectified(1.0))
    groups = torch.arange(6).repeat_interleave(10)
    alone, grouped = (
        block_steps(net, images, "2").iloc[0] for images in ((x, labels), Images(x, labels, groups=groups))
    )
    assert grouped.change == pytest.approx(alone.change)
    assert grouped.change_high - grouped.change_low > 2 * (alone.change_high - alone.change_low)


def test_a_network_without_blocks_is_refused():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.LazyLinear(2))
    with pytest.raises(InputError, match="has no block that keeps its grid"):
        block_steps(net, (noise(2), torch.zeros(2).long()))
