"""The invariance index against numbers worked out by hand, and on a network that is known to use one band."""

import numpy as np
import pandas as pd
import pytest

from freqlib.errors import InputError
from freqlib.experiments.invariance import invariance

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


def test_a_table_without_controls_is_refused():
    with pytest.raises(InputError, match="the control orbits"):
        invariance(table([0.2, 0.4], [0.0, 0.0]).drop(columns="beyond_orbits"))
