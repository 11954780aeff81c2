"""A copy of a network with weights that no training has seen."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from freqlib.vision import as_model
from freqlib.vision.networks.untrained import untrained


def old_norm(conv):
    with pytest.warns(FutureWarning, match="weight_norm"):
        return nn.utils.weight_norm(conv)


@pytest.mark.parametrize(
    "wrap", [lambda conv: conv, old_norm, parametrizations.weight_norm, parametrizations.spectral_norm]
)
def test_a_weight_that_is_computed_from_others_is_drawn_anew(wrap):
    torch.manual_seed(0)
    conv = wrap(nn.Conv2d(1, 4, 3))
    net = nn.Sequential(conv, nn.Flatten(), nn.Linear(144, 2))
    net(torch.rand(2, 1, 8, 8)).sum().backward()  # leaves a weight that was computed with a gradient
    x = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        before, after = conv(x), untrained(as_model(net)).network[0](x)
    likeness = nn.functional.cosine_similarity(before.flatten(2), after.flatten(2), dim=2)
    assert likeness.abs().mean() < 0.99


def test_what_all_weights_of_a_kind_share_stays():
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 2))
    fresh = untrained(as_model(net)).network
    assert torch.equal(fresh[1].weight, torch.ones(4))
    assert torch.equal(fresh[1].bias, torch.zeros(4))
