from itertools import pairwise

import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import accuracy, attack, class_spectra
from freqlib.vision import as_images


def linear(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 2))


def convolutional():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2))


def images(n=12):
    torch.manual_seed(1)
    return as_images((0.3 + 0.4 * torch.rand(n, 1, 8, 8), torch.arange(n) % 2))


@pytest.mark.parametrize("kind", ["fgsm", "pgd"])
def test_the_attack_on_a_linear_model_is_the_sign_of_its_weights(kind):
    """The loss of two classes rises along -(w_y - w_other); within a box the best step is its sign."""
    net, data, eps = linear(), images(), 0.05
    found = attack(net, data, kind, eps, steps=20).pixels - data.pixels
    toward = (net[1].weight[1] - net[1].weight[0]).detach().reshape(1, 8, 8).sign()
    away = torch.stack([toward if label == 0 else -toward for label in data.labels.tolist()])
    assert torch.allclose(found, eps * away, atol=1e-5)


@pytest.mark.parametrize("kind", ["fgsm", "pgd"])
def test_an_attack_stays_in_its_box_and_in_the_picture_and_leaves_the_model_alone(kind):
    net = convolutional().train()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    data = as_images((torch.rand(6, 1, 8, 8), torch.arange(6) % 2))
    changed = attack(net, data, kind, 0.3, steps=3)
    assert (changed.pixels - data.pixels).abs().max() <= 0.3 + 1e-6
    assert changed.pixels.min() >= 0
    assert changed.pixels.max() <= 1
    assert torch.equal(changed.labels, data.labels)
    assert torch.equal(changed.index, data.index)
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())
    assert net.training
    assert all(p.grad is None for p in net.parameters())


def test_an_attack_repeats_from_its_seed_and_lowers_accuracy():
    net, data = convolutional().eval(), images(64)
    first, second, other = (attack(net, data, "pgd", 0.1, steps=2, seed=seed).pixels for seed in (0, 0, 1))
    assert torch.equal(first, second)
    assert not torch.equal(first, other)
    assert accuracy(net, attack(net, data, "fgsm", 0.2)) < accuracy(net, data)


@pytest.mark.parametrize("kind", ["fgsm", "pgd"])
def test_an_attack_needs_no_gradients_of_the_caller_and_draws_nothing_of_the_callers(kind):
    net, data = linear(), images()
    state = torch.get_rng_state()
    expected = attack(net, data, kind).pixels
    with torch.no_grad():
        assert torch.equal(attack(net, data, kind).pixels, expected)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_attack_on_a_model_that_reads_one_frequency_has_that_frequency():
    wave = torch.cos(2 * torch.pi * 3 * torch.arange(8) / 8).expand(8, 8).reshape(-1)
    net = linear()
    net[1].weight.data = torch.stack([wave, -wave])
    data = images()
    added = attack(net, data, "fgsm", 0.05).pixels - data.pixels
    spectrum = class_spectra((added, torch.zeros(len(added), dtype=torch.int64)))
    # The sign of the wave has its frequency and odd multiples of it, which fold to 1 and 3 of 8.
    assert spectrum[spectrum.energy_share > 1e-6].radius_nyquist.round(4).tolist() == [0.25, 0.75]


@pytest.mark.parametrize(
    ("kind", "eps", "steps", "told"),
    [
        ("cw", 0.1, 1, "Unknown attack 'cw'; choose one of: fgsm, pgd"),
        ("pgd", 0.0, 1, "eps=0.0 with steps=1 makes no attack"),
        ("pgd", 0.1, 0, "eps=0.1 with steps=0 makes no attack"),
    ],
)
def test_refusals(kind, eps, steps, told):
    with pytest.raises(InputError, match=told):
        attack(linear(), images(), kind, eps, steps)


def test_an_attack_leaves_the_callers_gradients():
    net = nn.Sequential(nn.Flatten(), nn.Linear(16, 2))
    x, labels = torch.rand(3, 1, 4, 4), torch.tensor([0, 1, 1])
    net(x).sum().backward()
    before = net[1].weight.grad.clone()
    attack(net, (x, labels), "fgsm", eps=0.1)
    assert torch.equal(net[1].weight.grad, before)


def test_pgd_takes_as_many_steps_as_asked_none_larger_than_its_size():
    seen = []
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh(), nn.Flatten(), nn.Linear(72, 2))
    net.register_forward_pre_hook(
        lambda _, args: seen.append(args[0].detach().clone()) if args[0].requires_grad else None
    )
    attack(net, (0.3 + 0.4 * torch.rand(2, 1, 8, 8), torch.tensor([0, 1])), "pgd", 0.1, steps=10)
    assert len(seen) == 10
    moved = [float((later - earlier).abs().max()) for earlier, later in pairwise(seen)]
    assert 0 < max(moved) <= 2.5 * 0.1 / 10 + 1e-6


def test_one_step_is_enough_for_pgd():
    assert attack(convolutional(), images(3), "pgd", 0.1, steps=1).shape == images(3).shape
