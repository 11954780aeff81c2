import copy

import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import kernel_spectra, learned_kernels
from freqlib.vision import load_model


def convolution(kernel):
    net = nn.Conv2d(1, 1, 3, bias=False)
    net.weight.data = torch.as_tensor(kernel, dtype=torch.float32).reshape(1, 1, 3, 3)
    return nn.Sequential(net)


DELTA = [[0, 0, 0], [0, 1, 0], [0, 0, 0]]  # white
BOX = [[1, 1, 1], [1, 1, 1], [1, 1, 1]]  # all DC


def test_the_rest_is_at_right_angles_to_the_start_by_hand():
    # w = box + 3 delta, w0 = delta: w.w0 / w0.w0 = 4, so that the rest is the box without its middle.
    start, model = convolution(DELTA), convolution(torch.tensor(BOX) + 3 * torch.tensor(DELTA))
    table = learned_kernels(model, start)
    # Its transform is 9 - 1 at DC and -1 elsewhere: 64 on one cell, 1 on each of eight.
    assert table.mean_power.tolist() == pytest.approx([64, 1, 1], rel=1e-5)
    assert table.energy_share.tolist() == pytest.approx([64 / 72, 4 / 72, 4 / 72], rel=1e-5)
    assert table.kept.tolist() == pytest.approx([16 / (16 + 8)] * 3)


def test_every_output_channel_has_a_multiple_of_its_own():
    start, model = (nn.Sequential(nn.Conv2d(1, 2, 3, bias=False)) for _ in range(2))
    start[0].weight.data[:] = torch.tensor(DELTA)
    model[0].weight.data[0] = 5 * torch.tensor(DELTA)  # nothing but its start
    model[0].weight.data[1] = torch.tensor(BOX) - torch.tensor(DELTA)  # nothing of it
    table = learned_kernels(model, start)
    assert table.mean_power.tolist() == pytest.approx([64 / 2, 1 / 2, 1 / 2], rel=1e-5)
    assert table.kept.tolist() == pytest.approx([25 / (25 + 8)] * 3)


def test_what_was_learned_does_not_depend_on_how_much_of_the_start_is_kept():
    model = load_model("cifar:resnet8")
    start, faded = copy.deepcopy(model), copy.deepcopy(model)
    torch.manual_seed(1)
    for p, q, first in zip(model.parameters(), faded.parameters(), start.parameters(), strict=True):
        added = torch.randn_like(p)
        faded_by = 0.1 * torch.arange(1, len(p) + 1).reshape(-1, *[1] * (p.ndim - 1))  # another share in every channel
        p.data, q.data = first + added, faded_by * first + added
    whole, less = (learned_kernels(net, start) for net in (model, faded))
    assert whole.energy_share.tolist() == pytest.approx(less.energy_share.tolist(), rel=1e-4)
    assert whole.kept.tolist() != pytest.approx(less.kept.tolist(), rel=0.1)


def test_folding_uses_the_trained_models_norms_and_nothing_is_changed():
    model, start = load_model("cifar:resnet8"), load_model("cifar:resnet8")
    norm = model.network.bn1
    norm.weight.data *= 3
    before = copy.deepcopy(model.state_dict())
    plain, folded = learned_kernels(model, start), learned_kernels(model, start, fold_bn=True)
    scale = 9 / (norm.running_var[0] + norm.eps)
    assert folded.mean_power[0] == pytest.approx(float(scale) * plain.mean_power[0], rel=1e-5)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_network_that_learned_nothing_has_nothing_left():
    start = load_model("cifar:resnet8")
    table = learned_kernels(start, start)
    assert table.kept.tolist() == pytest.approx([1] * len(table))
    assert table.mean_power.max() < 1e-10 * kernel_spectra(start).mean_power.max()


def test_networks_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="different architectures"):
        learned_kernels(load_model("cifar:resnet8"), load_model("cifar:resnet20"))
    with pytest.raises(InputError, match="'0' started from zeros"):
        learned_kernels(convolution(DELTA), convolution(torch.zeros(3, 3)))
