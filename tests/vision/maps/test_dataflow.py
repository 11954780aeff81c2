"""The recorded forward pass: trunk by brute force, in-place writes, and where values come from."""

import pytest
import torch
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision.maps.centres import map_centres, read_layout
from freqlib.vision.maps.dataflow import record, trunk
from freqlib.vision.maps.skeleton import on_skeleton, survivors


def reaches(edges: list[tuple[int, int]], end: int, without: int | None) -> bool:
    found = {0} - {without}
    for earlier, later in edges:
        if earlier in found and later != without:
            found.add(later)
    return end in found


@pytest.mark.parametrize("seed", range(40))
def test_the_trunk_is_what_no_path_avoids(seed):
    generator = torch.Generator().manual_seed(seed)
    n = 12
    edges = []
    for later in range(1, n):  # every tensor is computed from one before it, and perhaps from more
        own = later - 1 - int(torch.randint(min(later, 2), (), generator=generator))
        more = [v for v in range(later) if float(torch.rand((), generator=generator)) < 0.06]
        edges += [(earlier, later) for earlier in sorted({own, *more})]
    expected = {0, n - 1} | {v for v in range(n) if not reaches(edges, n - 1, v)}
    assert trunk(edges, {n - 1}) == expected


class InPlace(nn.Module):
    """A shortcut whose tensor is overwritten before it is added."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.act, self.other = nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True), nn.Conv2d(2, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        kept = x
        y = self.other(self.act(x))
        y[:, :1] += 1
        return y + kept


def test_writes_in_place_are_followed():
    network = InPlace().eval()
    x = torch.rand(2, 1, 4, 4)
    flow = record(network, x)
    node = {name: calls[0].node for name, calls in flow.calls.items()}
    assert node["conv"] in flow.trunk
    assert node["act"] in flow.trunk  # by then `kept` is the same memory
    assert node["other"] not in flow.trunk
    # But `kept` is another reference: only a longer batch behind act finds that out.
    assert survivors(network, x, ["conv", "act"]) == {"conv"}


class Attending(nn.Module):
    """Softmax attention written out, and a gate that is no attention."""

    def __init__(self, gate: bool) -> None:
        super().__init__()
        self.q, self.gate = nn.Linear(4, 4), gate

    def forward(self, x: Tensor) -> Tensor:
        y = self.q(x)
        return x + (y.sigmoid() * x if self.gate else (y @ x.transpose(1, 2)).softmax(-1) @ x)


@pytest.mark.parametrize("gate", [False, True])
def test_attention_is_told_from_gates_and_linear_maps(gate):
    flow = record(Attending(gate), torch.rand(2, 3, 4))
    assert bool(flow.attention) is not gate
    assert len(flow.joins) == 1


def test_centres_follow_pooling_flipping_and_patches():
    image = map_centres((2, 3, 8, 12))
    assert read_layout(image) == ("nchw", 8, 12, 3, 0)
    assert read_layout(image._replace(y=image.y.flip(2))) is None  # upside down
    assert read_layout(image._replace(y=image.x, x=image.y)) is None  # transposed
    tokens = image._replace(y=image.y.flatten(2).transpose(1, 2), x=image.x.flatten(2).transpose(1, 2))
    assert read_layout(tokens) == ("tokens", 8, 12, 3, 0)
    assert read_layout(map_centres((2, 3, 1, 1))) is None
    assert read_layout(None) is None


def test_a_network_without_the_image_and_one_that_fails_are_refused():
    class Constant(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.zeros(len(x), 2)

    with pytest.raises(InputError, match="does not depend on the image"):
        on_skeleton(Constant(), (3, 4, 4), record)
    with pytest.raises(InputError, match=r"cannot be run on images of shape \(1, 4, 4\) \(RuntimeError"):
        on_skeleton(nn.Conv2d(3, 4, 3), (1, 4, 4), record)


@pytest.mark.parametrize("size", [8, 4096])
def test_a_skeleton_costs_no_memory_and_keeps_no_values(size):
    def work(network: nn.Module, x: Tensor) -> str:
        return f"{network.weight.device} {x.device} {network.training}"

    assert on_skeleton(nn.Linear(size, 2), (3, 4, 4), work) == "meta meta False"
