import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import sweep, two_classes
from freqlib.signal import Bands, isolate

HALVES = Bands((0, 0.5, float("inf")), ("low", "high"))


def data(n=40):
    torch.manual_seed(0)
    labels = torch.arange(n) % 2
    return torch.rand(n, 1, 8, 8) + 0.1 * labels[:, None, None, None], labels


def net(bias=0.0):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with torch.no_grad():
        model[1].bias += torch.tensor([0.0, bias])
    return model


def test_top1_is_that_of_the_sweep_at_the_input_with_either_fill():
    swept = sweep(net(), data(), "input", HALVES, "isolate", ("zero", "mean"), (), progress=False)
    ours = two_classes(net(), data(), HALVES)
    keys = ["mode", "fill", "band"]
    both = ours.merge(swept, on=keys, suffixes=("", "_swept"))
    assert len(both) == len(ours) == 5
    assert both.top1.tolist() == pytest.approx(both.top1_swept.tolist())


def test_the_area_is_that_of_the_margin_and_no_threshold_moves_it():
    x, labels = data()
    logits = net()(isolate(x, HALVES, "high"))
    row = two_classes(net(), data(), HALVES, "zero").set_index("band").loc["high"]
    assert row.area == pytest.approx(roc_auc_score(labels, (logits[:, 1] - logits[:, 0]).detach()))
    biased = two_classes(net(bias=100.0), data(), HALVES, "zero").set_index("band").loc["high"]
    assert biased.area == pytest.approx(row.area)
    assert (biased.second, biased.top1, biased.is_second) == (1.0, 0.5, 0.5)


def test_other_than_two_classes_are_refused():
    three = nn.Sequential(nn.Flatten(), nn.Linear(64, 3))
    with pytest.raises(InputError, match="3 outputs and the images 2 classes"):
        two_classes(three, data(), HALVES)
    x, labels = data()
    with pytest.raises(InputError, match="2 outputs and the images 1 classes"):
        two_classes(net(), (x, 0 * labels), HALVES)


class Brightness(nn.Module):
    """Says class 1 of images with a mean above .55."""

    def forward(self, x):
        return torch.stack([torch.full((len(x),), 0.55), x.mean((1, 2, 3))], 1)


def test_the_mean_takes_the_place_of_what_is_removed_and_of_nothing_else():
    labels = torch.arange(20) % 2
    x = 0.1 * torch.rand(20, 1, 8, 8) + 0.45 + 0.1 * labels[:, None, None, None]
    x[labels == 1, :, 0, 0] += 0.01
    table = two_classes(Brightness(), (x, labels), HALVES, "mean").set_index("band")
    assert table.top1.tolist() == [1.0, 1.0, 0.5]  # whole; the low band has the brightness, the high one nothing of it
