"""The invariance index against numbers worked out by hand, and on a network that is known to use one band."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import sweep
from freqlib.experiments.sweeps.invariance import invariance
from freqlib.signal import Bands, remove

CLEAN = 0.8


def table(tops, beyond, nothing=0.1, half=0.02, statuses=None, layer="b"):
    shared = {"model": "m", "dataset": "d", "split": "test", "n": 100, "fill": "zero", "depth": 0.5}
    rows = [shared | {"layer": "none", "mode": "none", "band": "all", "top1": CLEAN, "status": "ok"}]
    rows.append(shared | {"layer": layer, "mode": "isolate", "band": "nothing", "top1": nothing, "status": "ok"})
    for i, (top, more) in enumerate(zip(tops, beyond, strict=True)):
        row = {"layer": layer, "mode": "isolate", "band": f"band {i}", "status": (statuses or ["ok"] * len(tops))[i]}
        for column, value in (("top1", top), ("beyond_orbits", more)):
            row |= {column: value, f"{column}_low": value - half, f"{column}_high": value + half}
        rows.append(shared | row)
    return pd.DataFrame(rows)


def test_the_index_is_the_spread_over_bands_in_shares_of_the_clean_accuracy():
    row = invariance(table([0.2, 0.4, 0.6], [np.nan, 0.1, 0.3])).iloc[0]
    assert row.invariance == pytest.approx(np.std([0.2, 0.4, 0.6]) / CLEAN)
    assert row.matched == pytest.approx(0.1 / CLEAN)  # of .1 and .3; the band without a control takes no part
    assert (row.invariance_low, row.invariance_high) == pytest.approx(
        (row.invariance - 0.02 / CLEAN, row.invariance + 0.02 / CLEAN)
    )


def test_bands_that_are_empty_or_decided_by_construction_do_not_count():
    statuses = ["ok", "empty", "ok", "constant output by construction"]
    row = invariance(table([0.3, 0.1, 0.5, 0.1], [0.0, 0.0, 0.0, 0.0], statuses=statuses)).iloc[0]
    assert row.bands == 2
    assert row.invariance == pytest.approx(0.1 / CLEAN)
    decided = ["ok", *["no-effect by construction"] * 3]
    assert invariance(table([0.3, 0.1, 0.5, 0.1], [0.0] * 4, statuses=decided)).empty


def test_equal_bands_have_the_index_zero_and_the_interval_stays_above_it():
    row = invariance(table([0.4, 0.4], [0.0, 0.0])).iloc[0]
    assert row.invariance == row.invariance_low == 0 < row.invariance_high


def test_the_headroom_is_what_the_network_loses_without_the_map():
    assert invariance(table([0.3, 0.5], [0.1, 0.2], nothing=0.6)).headroom.iloc[0] == pytest.approx(0.25)


def test_a_layer_with_a_head_of_its_own_has_a_clean_accuracy_of_its_own():
    own, other = table([0.2, 0.4], [0.1, 0.3], layer="a"), table([0.2, 0.4], [0.1, 0.3], layer="b")
    own.loc[0, ["layer", "top1"]], other.loc[0, ["layer", "top1"]] = ["a", 0.8], ["b", 0.4]
    found = invariance(pd.concat([own, other], ignore_index=True))
    assert found.invariance.tolist() == pytest.approx([0.1 / 0.8, 0.1 / 0.4])


def test_one_control_alone_has_no_spread():
    row = invariance(table([0.3, 0.5], [np.nan, 0.2])).iloc[0]
    assert np.isnan(row.matched)
    assert row.invariance > 0


def test_the_fill_is_chosen_and_the_input_takes_no_part():
    both = pd.concat([table([0.3, 0.5], [0.0, 0.1]), table([0.2, 0.8], [0.0, 0.1]).iloc[1:].assign(fill="mean")])
    both = pd.concat([both, table([0.0, 0.8], [0.0, 0.1], layer="input").iloc[1:]])
    assert invariance(both).invariance.tolist() == pytest.approx([0.1 / CLEAN])
    assert invariance(both, "mean").invariance.tolist() == pytest.approx([0.3 / CLEAN])


class OneBand(nn.Module):
    """Tells its two classes by the sign of one wave, and listens to everything else a little."""

    def __init__(self):
        super().__init__()
        self.body = nn.Conv2d(1, 1, 1, bias=False)
        self.body.weight.data.fill_(1.0)
        wave = torch.cos(2 * torch.pi * 3 * torch.arange(16.0) / 16).expand(16, 16)
        self.head = nn.Linear(256, 2)
        a_little = 0.01 * torch.randn(2, 256, generator=torch.Generator().manual_seed(1))
        self.head.weight.data.copy_(torch.stack([-wave.flatten(), wave.flatten()]) + a_little)
        self.head.bias.data.zero_()

    def forward(self, x):
        return self.head(self.body(x).flatten(1))


def test_a_network_that_uses_one_band_is_as_uneven_as_can_be():
    net = OneBand()
    labels = torch.arange(40) % 2
    wave = net.head.weight[1].detach().reshape(16, 16)
    noise = torch.randn(40, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    images = 0.5 + (2.0 * labels - 1)[:, None, None, None] * wave + remove(0.1 * noise, Bands.four(), "mid")
    swept = sweep(net, (images, labels), "body", Bands.four(), "isolate", progress=False)
    clean, tops = swept.top1[0], swept[(swept["mode"] == "isolate") & (swept.band != "nothing")].set_index("band").top1
    assert clean == tops["mid"] == 1
    row = invariance(swept).iloc[0]
    others = tops.drop("mid")
    assert row.invariance == pytest.approx(np.std(tops.to_numpy()))
    assert row.invariance > 0.15
    assert (others < 0.9).all()


def test_a_table_without_controls_is_refused():
    with pytest.raises(InputError, match="the control orbits"):
        invariance(table([0.2, 0.4], [0.0, 0.0]).drop(columns="beyond_orbits"))
