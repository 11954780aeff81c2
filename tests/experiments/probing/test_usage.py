import pandas as pd
import pytest

from freqlib.experiments.probing.usage import last_found, usage


def probes(usable, half=0.02, **more):
    rows = []
    for (layer, band, kind), value in usable.items():
        cell = {
            "layer": layer,
            "depth": float(layer[-1]),
            "band": band,
            "band_low": 0.0,
            "band_high": 1.0,
            "kind": kind,
        }
        if value is None:
            rows.append(cell | {"status": "empty"})
        else:
            rows.append(
                cell | {"usable": value, "usable_low": value - half, "usable_high": value + half, "status": "ok"}
            )
    return pd.DataFrame(rows)


def removed(changes, half=0.02):
    rows = []
    for fill in ("zero", "mean"):  # rows of the other fill must not be taken
        for (layer, band), change in changes.items():
            change = change if fill == "mean" else -0.9
            rows.append(
                {"layer": layer, "band": band, "mode": "remove", "fill": fill, "d_top1": change, "status": "ok",
                 "d_top1_low": change - half, "d_top1_high": change + half}
            )  # fmt: skip
    return pd.DataFrame(rows)


def test_where_the_architecture_decides_the_use_is_not_called_a_finding():
    cells = {("l1", "low", "linear"): 0.3, ("l1", "high", "linear"): 0.0}
    decided = removed({("l1", "low"): 0.0, ("l1", "high"): 0.0}).assign(status="no-effect by construction")
    table = usage(probes(cells), decided)
    assert table.finding.tolist() == ["found, but its use is decided by construction", "not found"]


def test_the_three_findings():
    cells = {("l1", "low", "linear"): 0.3, ("l1", "mid", "linear"): 0.3, ("l1", "high", "linear"): 0.0}
    changes = {("l1", "low"): -0.4, ("l1", "mid"): 0.01, ("l1", "high"): 0.0}
    assert usage(probes(cells), removed(changes)).finding.tolist() == ["used", "found but unused", "not found"]


def test_used_stands_even_where_no_probe_finds_it():
    """Not found is not absent: what the network loses, it had."""
    table = usage(probes({("l1", "low", "linear"): -0.1}), removed({("l1", "low"): -0.4}))
    assert table.finding.tolist() == ["used, though not found"]


def test_the_probe_that_finds_most_counts():
    table = usage(probes({("l1", "low", "linear"): 0.0, ("l1", "low", "power"): 0.2}), removed({("l1", "low"): 0.0}))
    assert table.kind.tolist() == ["power"]
    assert table.finding.tolist() == ["found but unused"]


def test_trap_14_many_cells_widen_the_intervals():
    one = probes({("l1", "a", "linear"): 0.022})
    assert usage(one, removed({("l1", "a"): 0.0})).finding.tolist() == ["found but unused"]
    bands = [str(i) for i in range(40)]
    many = probes({("l1", band, "linear"): 0.022 for band in bands})
    table = usage(many, removed({("l1", band): -0.022 for band in bands}))
    assert set(table.finding) == {"not found"}
    assert table.usable_low[0] == pytest.approx(0.022 - 0.02 * 3.2272 / 1.9600, abs=1e-4)


def test_where_a_band_is_lost():
    cells = {
        ("l1", "low", "linear"): 0.3, ("l2", "low", "linear"): 0.3, ("l3", "low", "linear"): 0.3,
        ("l1", "mid", "linear"): 0.3, ("l2", "mid", "linear"): 0.3, ("l3", "mid", "linear"): 0.0,
        ("l1", "high", "linear"): 0.3, ("l2", "high", "linear"): None, ("l3", "high", "linear"): None,
        ("l1", "top", "linear"): 0.0, ("l2", "top", "linear"): None, ("l3", "top", "linear"): None,
    }  # fmt: skip
    table = last_found(probes(cells)).set_index("band")
    assert table.loc["low"].tolist() == ["l3", "", ""]
    assert table.loc["mid"].tolist() == ["l2", "l3", "not found"]
    assert table.loc["high"].tolist() == ["l1", "l2", "no cell"]
    assert table.loc["top"].tolist() == ["", "", ""]
