import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import gradient_heatmap
from freqlib.signal import fourier_wave, frequency_pairs


def case(channels=1, size=8):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(channels * size * size, 3))
    return net, (torch.rand(5, channels, size, size), torch.tensor([0, 1, 2, 1, 0]))


@pytest.mark.parametrize("phase", ["cos", "google"])
@pytest.mark.parametrize("size", [7, 8])
def test_the_map_is_the_product_of_gradient_and_wave(phase, size):
    net, (x, labels) = case(size=size)
    table = gradient_heatmap(net, (x, labels), eps=2.0, phase=phase).set_index(["ky", "kx"])
    leaf = x.clone().requires_grad_(True)
    nn.functional.cross_entropy(net(leaf), labels, reduction="sum").backward()
    assert len(table) == size * size
    for ky, kx in frequency_pairs(size, size).tolist():
        products = (leaf.grad[:, 0] * fourier_wave(ky, kx, size, size, phase)).sum((1, 2)).abs()
        assert table.loc[(ky, kx), "loss"] == pytest.approx(2 * float(products.mean()), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
def test_the_map_needs_no_gradients_of_the_caller(off):
    net, data = case()
    expected = gradient_heatmap(net, data)
    with off():
        assert gradient_heatmap(net, data).equals(expected)


def test_the_map_is_the_change_of_the_loss_when_little_is_added():
    net, (x, labels) = case()
    eps, k = 1e-3, (2, 1)
    table = gradient_heatmap(net, (x, labels), eps=eps).set_index(["ky", "kx"])
    both = [
        nn.functional.cross_entropy(net(x + s * eps * fourier_wave(*k, 8, 8)), labels, reduction="none")
        for s in (-1, 1)
    ]
    change = (both[1] - both[0]).abs().detach() / 2
    assert table.loc[k, "loss"] == pytest.approx(float(change.mean()), rel=1e-2)


def test_the_channels_signs_are_independent():
    """Of two channels with equal gradients the root of the mean square is sqrt 2 times that of one."""
    net, (x, labels) = case()
    twice = nn.Sequential(nn.Flatten(), nn.Linear(128, 3))
    twice[1].weight.data = net[1].weight.data.repeat(1, 2) / 2
    twice[1].bias.data = net[1].bias.data
    one, two = gradient_heatmap(net, (x, labels)), gradient_heatmap(twice, (x.repeat(1, 2, 1, 1), labels))
    assert torch.allclose(torch.tensor(two.loss.to_numpy()), torch.tensor(one.loss.to_numpy()) / 2**0.5, rtol=1e-4)


def test_refusals():
    net, data = case()
    for options, told in (
        ({"eps": 0.0}, "eps is 0.0"),
        ({"phase": "sin"}, "Unknown phase"),
        ({"size": 4}, "lowest 4 x 4"),
    ):
        with pytest.raises(InputError, match=told):
            gradient_heatmap(net, data, **options)
