import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.experiments import confusion, f1_history, record_f1
from freqlib.vision import as_images


class Bright(nn.Module):
    """Class 1 above a mean of one half, class 0 below, class 2 never."""

    def forward(self, x):
        mean = x.mean((1, 2, 3))
        return torch.stack([0.5 - mean, mean - 0.5, torch.full_like(mean, -1.0)], 1)


def images(values, labels):
    pixels = torch.tensor(values)[:, None, None, None].expand(-1, 1, 4, 4).contiguous()
    data = as_images((pixels, torch.tensor(labels)))
    data.classes = ["dark", "bright", "none"]
    return data


DATA = images([0.1, 0.2, 0.9, 0.8, 0.9], [0, 0, 0, 1, 1])


def test_f1_by_hand():
    """Dark: precision 1, recall 2/3. Bright: precision 2/3, recall 1."""
    found = record_f1(DATA)(Bright(), 0)
    assert found == pytest.approx({"f1 dark": 0.8, "f1 bright": 0.8, "f1 none": 0.0})


def test_the_history_counts_steps_from_the_start():
    history = pd.DataFrame({"epoch": [0, 1, 2], "steps": [0, 12, 12], "f1 dark": [0.0, 0.5, 1.0]})
    table = f1_history(history)
    assert table.values.tolist() == [["dark", 0, 0.0], ["dark", 12, 0.5], ["dark", 24, 1.0]]


def test_confusion_by_hand_and_relative_to_the_first_set():
    other = images([0.9, 0.9, 0.9, 0.1, 0.9], [0, 0, 0, 1, 1])
    table = confusion(Bright(), {"first": DATA, "other": other}).set_index(["set", "true", "predicted"]).sort_index()
    assert table.loc[("first", "dark", "dark"), "share"] == pytest.approx(2 / 3)
    assert table.loc[("other", "dark", "bright"), ["share", "relative"]].tolist() == pytest.approx([1, 2 / 3])
    assert table.loc[("other", "bright", "bright"), "relative"] == pytest.approx(-0.5)
    assert table.loc[("first", "none")].share.isna().all()
    assert table.loc[("first", "dark"), "n"].tolist() == [3, 3, 3]


class Beyond(Bright):
    """Class 2 above a mean of one half, class 1 below."""

    def forward(self, x):
        return super().forward(x).roll(1, 1)


def test_images_that_are_taken_for_no_class_of_the_data_still_count():
    two = images([0.1, 0.9, 0.9, 0.9], [0, 0, 1, 1])
    two.classes = ["dark", "bright"]
    table = confusion(Beyond(), {"two": two})
    assert table.n.tolist() == [2, 2, 2, 2]
    assert table.share.tolist() == [0, 0.5, 0, 0]
