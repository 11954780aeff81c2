import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import train
from freqlib.experiments.training.band_filters import band_filters, outside, straying


def power(weight):
    """Energy of each filter by radius, by a transform of its own."""
    cells = torch.fft.fft2(weight.double()).abs().square().sum(1)
    index = torch.fft.fftfreq(3)
    radius = (index[:, None] ** 2 + index**2).sqrt() * 2
    rings = [radius < 0.1, (radius > 0.6) & (radius < 0.7), radius > 0.9]
    return torch.stack([cells[:, ring].sum(1) for ring in rings], 1)


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 4, 1), nn.Flatten(), nn.Linear(256, 2)
    )


def task():
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(96) % 2
    return torch.rand(96, 1, 8, 8, generator=generator) * 0.5 + 0.5 * labels[:, None, None, None], labels


def trained(**options):
    return train(network(), task(), **{"epochs": 3, "batch": 16, "progress": False, **options})


def test_a_constrained_filter_stays_inside_its_band_after_training():
    model, history = trained(filters="constrained")
    shares = power(model[0].weight.detach())
    shares = shares / shares.sum(1, keepdim=True)
    expected = torch.eye(3).repeat(2, 1).double()
    assert torch.allclose(shares, expected, atol=1e-6)
    assert type(model[0]) is nn.Conv2d
    assert history.loss.iloc[-1] < history.loss.iloc[1]


def test_a_penalty_moves_filters_into_their_bands_and_leaves_1x1_kernels_alone():
    free, held = (trained(filters=how, epochs=30)[0] for how in (None, "penalized"))
    assert outside(held[0].weight).mean() < 0.5 * outside(free[0].weight).mean()


def test_the_share_outside_is_that_of_the_transform():
    weight = torch.randn(5, 2, 3, 3)
    shares = power(weight)
    own = shares[torch.arange(5), torch.arange(5) % 3]
    assert torch.allclose(outside(weight).double(), 1 - own / shares.sum(1), atol=1e-5)


def test_the_filters_are_plain_again_whatever_happens():
    net = network()
    with pytest.raises(KeyError), band_filters(net, "constrained"):
        raise KeyError
    assert type(net[0]) is nn.Conv2d
    assert outside(net[0].weight).max() < 1e-5
    assert [name for name, _ in net.named_parameters()] == [name for name, _ in network().named_parameters()]


def test_a_constrained_training_goes_on_to_the_same_weights(tmp_path):
    whole, _ = trained(filters="constrained")

    def dies(model, epoch):
        if epoch == 2:
            raise KeyboardInterrupt
        return {}

    state = tmp_path / "training.state"
    with pytest.raises(KeyboardInterrupt):
        trained(filters="constrained", resume=state, record=dies)
    again, _ = trained(filters="constrained", resume=state, record=lambda model, epoch: {})
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def test_refusals():
    with pytest.raises(InputError, match="Unknown training of filters 'held'; choose one of: constrained, penalized"):
        trained(filters="held")
    with pytest.raises(InputError, match="no convolution"):
        train(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), task(), 1, filters="penalized", progress=False)


def test_convolutions_of_one_tap_have_no_bands():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 2, 5))
    assert straying(net).layer.tolist() == ["0", "2"]


def test_frozen_convolutions_stay_as_they_are():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3), nn.Flatten(), nn.Linear(64, 2))
    before = net[0].weight.clone()
    train(net, task(), 1, filters="constrained", only="1", progress=False)
    assert torch.equal(net[0].weight, before)
    assert outside(net[1].weight.detach()).max() < 1e-6
    with pytest.raises(InputError, match="no convolution larger than 1x1 moves"):
        train(net, task(), 1, filters="penalized", only="3", progress=False)


def test_a_weight_that_is_computed_from_others_is_refused():
    net = nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 4, 3)), nn.Flatten(), nn.Linear(144, 2))
    with pytest.raises(InputError, match="0 computes its weight from others"):
        train(net, task(), 1, filters="constrained", progress=False)
