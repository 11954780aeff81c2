import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from freqlib.errors import InputError
from freqlib.report import claims


def test_a_verdict_needs_its_interval_clear_of_the_threshold():
    assert claims.decide(0.01, 0.2, above=0) == "reproduced"
    assert claims.decide(-0.2, -0.01, above=0) == "not reproduced"
    assert claims.decide(-0.1, 0.1, above=0) == "inconclusive"
    assert claims.decide(0.01, 0.02, below=0.05) == "reproduced"
    assert claims.decide(0.06, 0.1, below=0.05) == "not reproduced"
    assert claims.decide(0.05, 0.05, below=0.05) == "inconclusive"


def test_a_claim_about_every_model_falls_with_one():
    assert claims.together(["reproduced"] * 3) == "reproduced"
    assert claims.together(["reproduced", "reproduced", "inconclusive"]) == "inconclusive"
    assert claims.together(["reproduced", "inconclusive", "not reproduced"]) == "not reproduced"
    assert claims.together([]) == "inconclusive"


def halves(low_top1, high_top1):
    row = {"model": "m", "dataset": "d", "fill": "zero", "mode": "isolate", "layer": "input", "n": 100}
    row |= {"top1_orbits": 0.2, "top1_orbits_low": 0.2 - 0.04, "top1_orbits_high": 0.2 + 0.03}
    bands = [
        {"band": ">=0.3", "band_low": 0.3, "cells": 55, "energy": 0.1, "top1_orbits": 0.7},
        {"band": "0-0.3", "band_low": 0.0, "cells": 9, "energy": 0.9},
    ]
    bands[0] |= {"top1_orbits_low": 0.7 - 0.04, "top1_orbits_high": 0.7 + 0.03}
    rates = [{"top1": t, "top1_low": t - 0.03, "top1_high": t + 0.04} for t in (high_top1, low_top1)]
    return pd.DataFrame([row | band | rate for band, rate in zip(bands, rates, strict=True)])


def test_c1_is_the_difference_of_the_halves_with_newcombes_interval():
    (row,) = claims.low_against_high(halves(0.8, 0.3)).itertuples()
    assert row.estimate == pytest.approx(0.5)
    assert (row.low, row.high) == pytest.approx((0.5 - 0.05, 0.5 + 0.05))  # 3, 4, 5
    assert row.verdict == "reproduced"
    assert claims.low_against_high(halves(0.3, 0.8)).verdict.item() == "not reproduced"
    assert claims.low_against_high(halves(0.5, 0.49)).verdict.item() == "inconclusive"


def test_c1_shows_what_each_half_gives_beyond_as_many_random_cells():
    (row,) = claims.low_against_high(halves(0.3, 0.8)).itertuples()
    assert (row.low_cells, row.high_cells, row.low_orbits, row.high_orbits) == (9, 55, 0.2, 0.7)
    assert row.size_matched == pytest.approx((0.3 - 0.2) - (0.8 - 0.7))
    # Each half: (.03, .04) and (.04, .03) give sqrt(.03^2 + .03^2) below and sqrt(.04^2 + .04^2) above.
    reach = (0.03 + 0.04) / 2 * 2**0.5
    assert (row.size_matched_low, row.size_matched_high) == pytest.approx((-2 * reach, 2 * reach))


def blocks(d_top1, half=0.004, stages=(8, 8, 8, 4, 4, 4), top1=0.9, status="ok"):
    rows = []
    for i, (d, grid) in enumerate(zip(d_top1, stages, strict=True)):
        rows.append(
            {
                "model": "m", "dataset": "d", "layer": f"b{i}", "depth": (i + 1) / 10, "grid_height": grid,
                "mode": "remove", "fill": "mean", "band": ">=0.5", "band_low": 0.5, "band_high": np.inf,
                "d_top1": d, "d_top1_low": d - half, "d_top1_high": d + half,
                "top1": top1 + d, "top1_low": top1 + d - 0.01, "top1_high": top1 + d + 0.01,
                "n": 1000, "cells": grid * grid - 4, "energy": 0.4, "top1_orbits": 0.5, "grid_width": grid,
                "status": status if i == len(d_top1) - 1 else "ok",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def test_c3_reads_the_last_stage_but_its_last_block():
    table = claims.last_stage_removal(blocks([-0.3, -0.3, -0.3, 0.0, -0.004, -0.9]), classes=10)
    assert table.layer.tolist() == ["b3", "b4"]
    assert table.cell_share.tolist() == [0.75, 0.75]
    assert table.C3a.tolist() == ["reproduced"] * 2
    assert table.C3b.tolist() == ["not reproduced"] * 2
    gone = claims.last_stage_removal(blocks([0, 0, 0, -0.85, -0.85, 0]), classes=10)
    assert gone.C3a.tolist() == ["not reproduced"] * 2
    assert gone.C3b.tolist() == ["reproduced"] * 2  # .05 +- .01 is below twice chance
    close = claims.last_stage_removal(blocks([0, 0, 0, -0.008, 0, 0]), classes=10)
    assert close.C3a.tolist() == ["inconclusive", "reproduced"]


def test_c5_compares_the_thirds_and_leaves_out_what_is_decided_by_construction():
    found = claims.early_against_late(blocks([-0.01, 0.01, -0.1, -0.1, -0.2, -0.2]))
    assert found["early"] == pytest.approx(0.01)
    assert found["late"] == pytest.approx(0.2)
    assert (found["early_orbits"], found["late_orbits"]) == pytest.approx((0.4, 0.4))  # top-1 of .9, of .5 with them
    assert (found["low"], found["high"]) == pytest.approx((-0.198, -0.182))
    assert found["verdict"] == "reproduced"
    last_is_void = claims.early_against_late(
        blocks([-0.1, -0.1, -0.1, -0.2, -0.2, 0.0], status="no-effect by construction")
    )
    assert last_is_void["late"] == pytest.approx(0.2)
    assert claims.early_against_late(blocks([-0.3, -0.3, 0, 0, 0, 0]))["verdict"] == "not reproduced"


def test_c5_asks_for_the_spread_beyond_random_cells():
    rows = []
    for layer, depth in (("a", 0.1), ("b", 0.5), ("c", 0.9)):
        for i, band in enumerate(("low", "mid", "high")):
            control = 0.9 - 0.1 * i  # larger bands hurt more, as random cells do
            top1 = control + (0.2 * i if layer != "a" else 0.001 * i)
            beyond = top1 - control
            ends = {"beyond_orbits": beyond, "beyond_orbits_low": beyond - 0.007, "beyond_orbits_high": beyond + 0.007}
            rows.append(
                {
                    "model": "m",
                    "dataset": "d",
                    "n": 100,
                    "layer": layer,
                    "depth": depth,
                    "mode": "remove",
                    "fill": "zero",
                    "band": band,
                    "status": "ok",
                }
                | ends
            )
    table = pd.DataFrame(rows)
    found = claims.early_specificity(table)
    assert found["estimate"] == pytest.approx(0.001 * (2 / 3) ** 0.5)
    assert found["verdict"] == "reproduced"
    table.loc[table.layer == "a", "beyond_orbits"] = [0.0, -0.3, 0.2]
    assert claims.early_specificity(table)["verdict"] == "not reproduced"
    whole = claims.early_specificity(table.assign(fill="mean"), "mean", share=1)  # all three layers count
    assert whole["estimate"] == pytest.approx((np.std([0.0, -0.3, 0.2]) + 2 * np.std([0.0, 0.2, 0.4])) / 3)
    assert whole["fill"] == "mean"


def test_tables_that_cannot_decide_are_refused():
    with pytest.raises(InputError, match="mean-filled"):
        claims.last_stage_removal(blocks([0] * 6).assign(fill="zero"), classes=10)
    with pytest.raises(InputError, match="compares 2 bands"):
        claims.low_against_high(halves(0.5, 0.5).iloc[:1])


def high_band(linear, richer, kind="mlp", half=0.01, band_low=0.5):
    cell = {"model": "m", "layer": "a", "depth": 0.5, "band": "high", "band_low": band_low, "status": "ok"}
    return pd.DataFrame(
        [
            cell
            | {"kind": k, "top1": 0.5 + value, "usable": value, "usable_low": value - half, "usable_high": value + half}
            for k, value in (("linear", linear), (kind, richer))
        ]
    )


@pytest.mark.parametrize(
    ("linear", "richer", "verdict"),
    [
        (-0.05, 0.05, "reproduced"),
        (-0.05, 0.00, "not reproduced"),  # nobody finds anything
        (0.05, 0.20, "not reproduced"),  # the linear probe finds it too
        (-0.05, 0.025, "inconclusive"),
    ],
)
def test_c6_asks_for_what_only_the_richer_probe_finds(linear, richer, verdict):
    assert claims.richer_head(high_band(linear, richer)).verdict.tolist() == [verdict]


def test_c6_against_the_controls_of_the_same_band():
    """The projection is the hardest control; without it the linear probe finds the band as well."""
    rates = {"top1": 0.40, "permuted": 0.10, "untrained": 0.20, "pixels": 0.32, "projection": 0.45}
    ends = {("top1" if n == "top1" else f"top1_{n}"): v for n, v in rates.items()}
    ends |= {f"{n}_low": v - 0.03 for n, v in ends.items()} | {f"{n}_high": v + 0.04 for n, v in ends.items()}
    linear = high_band(-0.05, 0.05).assign(best_control="projection", **ends)
    found = claims.against(linear)
    assert set(found.best_control) == {"pixels"}
    assert found.usable.tolist() == pytest.approx([0.08, 0.08])
    assert found.usable_low.tolist() == pytest.approx([0.08 - np.hypot(0.03, 0.04)] * 2)  # the control's upper reach
    assert found.usable_high.tolist() == pytest.approx([0.08 + np.hypot(0.04, 0.03)] * 2)
    assert set(claims.against(linear, ["permuted"]).best_control) == {"permuted"}
    with pytest.raises(InputError, match="none of the controls shuffled"):
        claims.against(linear, ["shuffled"])
    assert claims.richer_head(linear).verdict.tolist() == ["reproduced"]
    assert claims.richer_head(found).verdict.tolist() == ["not reproduced"]


def test_c6_can_hold_every_kind_against_the_hardest_control_of_any():
    rates = {"top1": [0.40, 0.60], "top1_permuted": [0.10, 0.10], "top1_projection": [0.45, 0.50]}
    ends = {f"{n}{end}": v for n, v in rates.items() for end in ("", "_low", "_high")}
    probes = high_band(-0.05, 0.05).assign(**ends)
    own = claims.against(probes, ["permuted", "projection"])
    assert own.usable.tolist() == pytest.approx([0.40 - 0.45, 0.60 - 0.50])
    any_kind = claims.against(probes, ["permuted", "projection"], across_kinds=True)
    assert any_kind.usable.tolist() == pytest.approx([0.40 - 0.50, 0.60 - 0.50])


def test_c6_is_open_where_the_linear_probe_may_find_as_much():
    unsure = high_band(-0.01, 0.10)
    unsure.loc[unsure.kind == "linear", "usable_high"] = 0.05
    assert claims.richer_head(unsure).verdict.tolist() == ["inconclusive"]


def test_c6_looks_at_high_bands_and_needs_both_probes():
    both = pd.concat([high_band(-0.05, 0.05, band_low=0.3), high_band(-0.05, 0.0)])
    assert claims.richer_head(both).verdict.tolist() == ["not reproduced"]
    with pytest.raises(InputError, match="lacks one of them"):
        claims.richer_head(high_band(0.0, 0.0, kind="linear"))


def test_c6_widens_its_intervals_with_the_number_of_cells():
    many = pd.concat([high_band(-0.05, 0.031).assign(layer=f"l{i}") for i in range(30)])
    assert claims.richer_head(high_band(-0.05, 0.033)).verdict.tolist() == ["reproduced"]
    assert set(claims.richer_head(many).verdict) == {"inconclusive"}


def slope(beyond, half=0.2, model="m"):
    row = {"model": model, "dataset": "d", "n": 9, "layer": "slope over depth", "centroid": beyond - 3.0, "null": -3.0}
    other = row | {"layer": "layer1", "grid_height": 8, "grid_width": 8, "depth": 0.5}
    ends = {"beyond": beyond, "beyond_low": beyond - half, "beyond_high": beyond + half}
    ends |= {"log_ratio": 0.5, "log_ratio_low": 0.4, "log_ratio_high": 0.6}
    ends |= {"within_grid": -0.5, "within_grid_low": -0.6, "within_grid_high": -0.4}
    ends |= {"channels": -0.1, "channels_low": -0.6, "channels_high": 0.4}
    return pd.DataFrame([other, row | ends])


def test_c2_is_the_slope_beyond_that_of_the_null():
    found = claims.collapses(slope(-1.0))
    assert (found["estimate"], found["low"], found["high"]) == pytest.approx((-1.0, -1.2, -0.8))
    assert found["verdict"] == "reproduced"  # although the grid alone explains a slope of -3
    beside = [found[f"{name} verdict"] for name in ("log_ratio", "within_grid", "channels")]
    assert beside == ["not reproduced", "reproduced", "inconclusive"]
    assert claims.collapses(slope(0.5))["verdict"] == "not reproduced"
    assert claims.collapses(slope(-0.1))["verdict"] == "inconclusive"
    with pytest.raises(InputError, match="the table has 0"):
        claims.collapses(slope(1.0).iloc[:1])


def test_c2_says_how_low_its_slope_could_be_behind_the_first_grid():
    depth, sides, null = np.array([0.1, 0.4, 0.6, 1.0]), np.array([8, 8, 4, 2]), np.array([4.0, 4.0, 2.0, 1.1])
    first = np.array([2.5, 2.0])
    layers = {"layer": ["a", "b", "c", "d"], "depth": depth, "grid_height": sides, "grid_width": sides, "null": null}
    table = pd.concat([pd.DataFrame(layers).assign(centroid=[*first, 1.3, 1.2]), slope(1.0).iloc[1:]])
    corners = 2**0.5 * sides[2:] / 2
    rng = np.random.default_rng(0)
    any_maps = np.vstack([rng.uniform(1, corners, (500, 2)), [[1.0, 1.0]], [[1.0, corners[1]]], [corners]])
    slopes = [np.polyfit(depth, np.array([*first, *rest]) - null, 1)[0] for rest in any_maps]
    assert claims.collapses(table)["reachable"] == pytest.approx(min(slopes))
    assert math.isnan(claims.collapses(slope(1.0))["reachable"])  # one grid: any slope could come out


def test_c4_compares_the_sizes_of_the_slopes():
    assert claims.collapses_less(slope(-0.5), slope(-2.0))["verdict"] == "reproduced"
    assert claims.collapses_less(slope(2.0), slope(-0.5))["verdict"] == "not reproduced"
    near = claims.collapses_less(slope(0.5), slope(-0.8))
    assert near["estimate"] == pytest.approx(-0.3)
    assert (near["low"], near["high"]) == pytest.approx((-0.7, 0.1))
    assert near["verdict"] == "inconclusive"
    with pytest.raises(InputError, match="on the same images"):
        claims.collapses_less(slope(0.5), slope(-0.8).assign(n=10))


def isolated(spreads, depths, images="d", half=0.01):
    """A sweep whose layers have two bands that differ by twice the given spread, with a clean top-1 of 1."""
    shared = {"model": "m", "dataset": images, "split": "test", "n": 50, "fill": "zero", "status": "ok"}
    rows = [shared | {"layer": "none", "mode": "none", "band": "all", "top1": 1.0, "depth": 0.0}]
    for i, (spread, depth) in enumerate(zip(spreads, depths, strict=True)):
        gone = {"layer": f"b{i}", "mode": "isolate", "band": "nothing", "depth": depth, "top1": 0.1}
        rows.append(shared | gone)
        for sign in (-1, 1):
            row = {"layer": f"b{i}", "mode": "isolate", "band": str(sign), "depth": depth}
            for column in ("top1", "beyond_orbits"):
                value = 0.5 + sign * spread
                row |= {column: value, f"{column}_low": value - half, f"{column}_high": value + half}
            rows.append(shared | row)
    return pd.DataFrame(rows)


def test_c4_compares_each_layer_beyond_a_quarter_with_the_nearest_one():
    vit, cnn = isolated([0.4, 0.1, 0.1], [0.2, 0.5, 0.8]), isolated([0.2, 0.3], [0.4, 0.9])
    even = claims.more_even(vit, cnn)
    assert even.layer.tolist() == ["b1"] * 4 + ["b2"] * 4  # b0 lies before .25
    assert even.other.tolist() == ["b0"] * 4 + ["b1"] * 4
    assert even["index"].tolist() == ["plain", "size-matched", "in points", "shared bands"] * 2
    assert even.estimate.tolist() == pytest.approx([-0.1] * 4 + [-0.2] * 4)
    assert (even.high - even.estimate).tolist() == pytest.approx([0.02] * 8)  # two reaches of .01, each of 95 %
    assert even.headroom.tolist() == pytest.approx([0.9] * 8)
    assert (even.verdict == "reproduced").all()
    assert set(claims.more_even(isolated([0.4], [0.5]), cnn).verdict) == {"not reproduced"}
    with pytest.raises(InputError, match="on the same images"):
        claims.more_even(vit, isolated([0.2], [0.4], images="other"))


def test_one_layer_refutes_c4_only_if_its_interval_holds_together_with_the_others():
    # Two layers: a difference of .022 is clear at 95 % (reach .02), but not at 97.5 % (reach .0229).
    cnn = isolated([0.2, 0.2], [0.5, 0.8])
    both = claims.more_even(isolated([0.222, 0.1], [0.5, 0.8]), cnn)
    assert both[both["index"] == "plain"].verdict.tolist() == ["inconclusive", "reproduced"]
    both = claims.more_even(isolated([0.224, 0.1], [0.5, 0.8]), cnn)
    assert both[both["index"] == "plain"].verdict.tolist() == ["not reproduced", "reproduced"]


def test_c4_in_points_is_not_divided_and_shared_bands_are_those_of_both_layers():
    vit, cnn = isolated([0.1], [0.5]), isolated([0.2], [0.5])
    vit.loc[vit["mode"] == "none", "top1"] = 0.5
    third = vit.iloc[[-1]].assign(band="2", beyond_orbits=0.9, top1=0.9)  # a band that the other layer does not have
    even = claims.more_even(pd.concat([vit, third], ignore_index=True), cnn).set_index("index")
    whole = np.std([0.4, 0.6, 0.9])
    assert even.value["size-matched"] == pytest.approx(whole / 0.5)
    assert even.value["in points"] == pytest.approx(whole)
    assert even.value["shared bands"] == pytest.approx(0.1 / 0.5)
    assert even.other_value.tolist() == pytest.approx([0.2] * 4)
    other = cnn.replace({"band": {"-1": "a", "1": "b"}})
    assert claims.more_even(vit, other)["index"].tolist() == ["plain", "size-matched", "in points"]


def test_a_claim_on_training_needs_five_seeds_or_an_effect_beyond_doubt():
    assert claims.over_seeds([1, 2, 1, 2, 1.5], above=0)["verdict"] == "reproduced"
    assert claims.over_seeds([1, 2, 1, 2, 1.5], below=0)["verdict"] == "not reproduced"
    assert claims.over_seeds([-1, 2, 1, -2, 0.5], above=0)["verdict"] == "inconclusive"
    assert claims.over_seeds([1, 2, 3], above=0)["verdict"] == "inconclusive"  # two standard deviations
    assert claims.over_seeds([1.0, 1.1, 1.2], above=0)["verdict"] == "reproduced"  # eleven
    found = claims.over_seeds([1.0, 2.0, 3.0], above=0)
    assert (found["low"], found["high"]) == pytest.approx((2 - 4.303 / 3**0.5, 2 + 4.303 / 3**0.5), abs=1e-3)
    assert claims.over_seeds([1.0, 1.0], above=0) == {"seeds": 2, "estimate": 1.0, "verdict": "inconclusive"}


def test_every_group_has_its_own_verdict_over_seeds():
    values = {"a": [-2.0, -2.1, -1.9], "b": [0.4, -0.3, 0.1]}
    rows = pd.DataFrame([{"network": name, "estimate": value} for name, vs in values.items() for value in vs])
    found = claims.over_seeds_of(rows, ["network"], below=0).set_index("network")
    assert found.verdict.to_dict() == {"a": "reproduced", "b": "inconclusive"}
    assert found.estimate["a"] == pytest.approx(-2)
    assert claims.over_seeds_of(rows.iloc[:0], ["network"], below=0).empty


def halves_of(fine, coarse):
    """Top-1 with r >= .5 alone, one a seed, at the input and at one layer."""
    row = {"dataset": "d", "mode": "isolate", "fill": "mean", "band_low": 0.5, "status": "ok"}
    cells = [(layer, kind, seed) for layer in ("input", "a") for kind in ("original", "coarse") for seed in range(5)]
    tops = {"original": fine, "coarse": coarse}
    high = [
        row | {"layer": layer, "trained_on": kind, "seed": seed, "top1": tops[kind][seed]}
        for layer, kind, seed in cells
    ]
    low = [r | {"band_low": 0.0, "top1": 0.9} for r in high]
    untouched = {"original": 0.96, "coarse": 0.95}
    clean = [r | {"mode": "none", "layer": "none", "top1": untouched[r["trained_on"]]} for r in high[:10]]
    return pd.DataFrame([*high, *low, *clean])


def test_c7_pairs_the_seeds_of_fine_and_coarse_training():
    halves = halves_of([0.60, 0.61, 0.62, 0.63, 0.64], [0.55, 0.56, 0.57, 0.58, 0.60])
    table = claims.finer_higher(halves)
    assert list(dict.fromkeys(table.layer)) == ["input", "a"]
    at_input = table[table.layer == "input"].set_index("statistic")
    leads = {"high": 0.048, "low": 0, "untouched": 0.01, "high − low": 0.048, "high − untouched": 0.038}
    leads["untouched − low"] = 0.01
    assert at_input.estimate.to_dict() == pytest.approx(leads)
    assert (at_input.fine.high, at_input.coarse.low) == pytest.approx((0.62, 0.9))
    assert at_input.loc[["high", "high − untouched"], "verdict"].tolist() == ["reproduced"] * 2
    alone = halves[(halves.trained_on == "original") & (halves.seed == 0)].assign(seed=9, top1=0.0)
    assert claims.finer_higher(pd.concat([halves, alone])).estimate.tolist() == pytest.approx(table.estimate.tolist())
    ranks = halves.rename(columns={"top1": "area"})  # as from `two_classes`
    assert claims.finer_higher(ranks, value="area").estimate.tolist() == pytest.approx(table.estimate.tolist())
    less = claims.finer_higher(halves_of([0.5, 0.51, 0.5, 0.5, 0.51], [0.6, 0.6, 0.61, 0.61, 0.6]))
    assert less.verdict[0] == "not reproduced"


def test_c7_decides_nothing_where_the_layers_behind_cannot_see_the_band():
    table = halves_of([0.60, 0.61, 0.62, 0.63, 0.64], [0.55, 0.56, 0.57, 0.58, 0.60])
    table.loc[(table.layer == "a") & (table.band_low == 0.5), "status"] = "constant output by construction"
    found = claims.finer_higher(table).query("statistic == 'high'")
    assert found.verdict.tolist() == ["reproduced", "zero by construction"]


def test_c16_reads_the_diagonal_and_holds_residuals_against_chance():
    own = {"original": 0.8, "low-2": 0.6, "low-4": 0.4, "high-2": 0.7, "high-4": 0.105}
    rows = [
        {"dataset": "d", "trained_on": form, "seed": seed, "variant": other.replace("-", ":"),
         "top1": top1 + 0.001 * seed if other == form else 0.99}
        for form, top1 in own.items() for other in own for seed in range(3)
    ]  # fmt: skip
    table = claims.learned(pd.DataFrame(rows)).set_index("statement")
    assert table.estimate.tolist() == pytest.approx([0.2, 0.2, 0.701, 0.106])
    assert table.verdict.tolist() == ["reproduced", "reproduced", "not reproduced", "reproduced"]
    assert table.seeds.tolist() == [3] * 4
    few = claims.learned(pd.DataFrame([r for r in rows if r["trained_on"] != "low-4"]))
    assert few.statement.tolist() == ["blur of 2 costs", "nothing from high-pass 2", "nothing from high-pass 4"]


def test_a_form_costs_what_its_network_lacks_of_that_of_the_originals_of_the_same_seeds():
    tops = {("original", 0): 0.80, ("original", 1): 0.82, ("original", 2): 0.81, ("original", 3): 0.1,
            ("high-2", 0): 0.79, ("high-2", 1): 0.82, ("high-2", 2): 0.82, ("fourier", 0): 0.5}  # fmt: skip
    variants = {"original": "original", "high-2": "high:2", "fourier": "original"}
    rows = [
        {"dataset": "d", "trained_on": form, "seed": seed, "variant": v, "top1": top if v == variants[form] else 0.99}
        for (form, seed), top in tops.items()
        for v in ("original", "high:2")
    ]
    high, fourier = claims.form_costs(pd.DataFrame(rows)).itertuples()
    assert (high.form, high.seeds, high.verdict) == ("high-2", 3, "inconclusive")
    assert (high.original, high.own, high.estimate) == pytest.approx((0.81, 0.81, 0), abs=1e-9)
    half = 4.303 * 0.01 / 3**0.5  # of the one row with three seeds; a single run beside it widens nothing
    assert (high.low, high.high) == pytest.approx((-half, half), abs=1e-4)
    assert (fourier.form, fourier.seeds, fourier.own) == ("fourier", 1, 0.5)


def growth(none, decay, definition="absolute"):
    rows = [("none", s, v) for s, v in enumerate(none)] + [("decay", s, v) for s, v in enumerate(decay)]
    table = pd.DataFrame(rows, columns=["arm", "seed", "value"])
    return table.assign(definition=definition, layer="conv1")


def test_c13_is_a_ratio_of_means_with_fiellers_interval():
    none, decay = [-4.4, -4.6, -4.5, -4.7, -4.3], [-1.4, -1.6, -1.5, -1.45, -1.55]
    (row,) = claims.three_times(growth(none, decay), "none", "decay").itertuples()
    assert row.estimate == pytest.approx(4.5 / 1.5)
    assert row.low < 3 < row.high
    assert row.verdict == "reproduced"
    # At each end the mean of none - q decay is as far from 0 as Student's quantile allows.
    for end in (row.low, row.high):
        apart = np.array(none) - end * np.array(decay)
        assert abs(apart.mean()) / (apart.std(ddof=1) / 5**0.5) == pytest.approx(2.7764, rel=1e-3)
    twice = claims.three_times(
        growth([-2.0, -2.1, -1.9, -2.0, -2.0], [-1.0, -1.02, -0.98, -1.0, -1.01]), "none", "decay"
    )
    assert twice.verdict[0] == "not reproduced"


def test_c13_without_bounds_or_seeds_decides_nothing():
    vague = claims.three_times(growth([-1.0, -2.0, -3.0, -2.0, -1.0], [-1.0, 0.9, 0.5, -0.5, -0.1]), "none", "decay")
    assert vague.low[0] == -np.inf
    assert vague.verdict[0] == "inconclusive"
    assert claims.three_times(growth([-3.0, -3.1], [-1.0, -1.01]), "none", "decay").verdict[0] == "inconclusive"
    with pytest.raises(InputError, match="there is 1 such seed"):
        claims.three_times(growth([-3.0], [-1.0]), "none", "decay")


def test_c13_asks_for_growth_and_for_more_than_no_effect():
    shrunk = claims.three_times(growth([0.60, 0.61, 0.59, 0.6, 0.6], [0.2, 0.21, 0.19, 0.2, 0.2]), "none", "decay")
    assert shrunk.low[0] < 3 < shrunk.high[0]
    assert (shrunk.reading[0], shrunk.verdict[0]) == ("no growth without decay", "not reproduced")
    wide = claims.three_times(growth([-1.0, -4.0, -2.0, -1.5, -3.5], [-1.0, -0.9, -1.1, -1.0, -1.05]), "none", "decay")
    assert wide.low[0] < 1 < 3 < wide.high[0]
    assert (wide.reading[0], wide.verdict[0]) == ("both grow", "inconclusive")


NONE = [-2.7, -2.8, -2.6, -2.75, -2.65]


@pytest.mark.parametrize(
    ("decay", "reading", "verdict"),
    [
        ([0.5, 0.52, 0.48, 0.5, 0.5], "decay undoes all growth", "not reproduced"),
        ([0.1, -0.2, 0.3, -0.1, 0.02], "unclear", "inconclusive"),
        ([-0.1, 0.2, -0.3, 0.1, -0.02], "unclear", "inconclusive"),  # the other sign of the mean
        ([-0.9, -0.92, -0.88, -0.91, -0.89], "both grow", "reproduced"),
    ],
)
def test_c13_reads_the_sign_of_growth_by_its_interval(decay, reading, verdict):
    (row,) = claims.three_times(growth(NONE, decay), "none", "decay").itertuples()
    assert (row.reading, row.verdict) == (reading, verdict)


def test_c13_compares_energies_whether_they_grew_or_not():
    none, decay = [2.7, 2.71, 2.69, 2.7, 2.7], [0.9, 0.905, 0.895, 0.9, 0.9]
    (row,) = claims.three_times(growth(none, decay, "energy over DC"), "none", "decay").itertuples()
    assert (row.reading, row.verdict) == ("a ratio of energies", "reproduced")


def test_c14_and_c15_pair_the_seeds():
    rows = [
        {"arm": arm, "seed": seed, "variant": variant, "top1": top1 + 0.001 * seed, "d_top1": change}
        for arm, variant, top1, change in (
            ("none", "pixels:24", 0.7, -0.2), ("decay", "pixels:24", 0.8, -0.18),
            ("none", "noise:0.05", 0.7, -0.1), ("decay", "noise:0.05", 0.7, -0.15),
        ) for seed in range(5)
    ]  # fmt: skip
    table = claims.robust_by_decay(pd.DataFrame(rows), "none", "decay")
    assert table.claim.tolist() == ["C14", "C14", "C15", "C15"]
    # Of the drop of .05 nothing is left in the accuracy itself: who was better has more to lose.
    assert table.estimate.tolist() == pytest.approx([0.1, 0.02, 0.05, 0.0])
    assert table.verdict.tolist() == ["reproduced", "not reproduced", "reproduced", "inconclusive"]


def test_suppression_is_each_training_against_its_own_start():
    rows = [
        {"arm": arm, "seed": 0, "epoch": epoch, "layer": layer, "radius_nyquist": radius, "mean_power": power}
        for arm, grown in (("none", 4.0), ("decay", 2.0)) for epoch in (0, 1, 2) for layer in ("conv1", "conv2")
        for radius, power in ((0.0, 1.0), *((radius, (1.0, 1.6, grown)[epoch]) for radius in (0.667, 0.943)))
    ]  # fmt: skip
    table = claims.suppression(pd.DataFrame(rows)).pivot(index=["definition", "layer"], columns="arm", values="value")
    assert table.loc[("absolute", "conv1")].to_dict() == {"decay": -1, "none": -3}
    assert table.loc[("relative", "conv1")].to_dict() == pytest.approx(
        {"decay": 1 - 4 / 5 * 3 / 2, "none": 1 - 8 / 9 * 1.5}
    )
    assert table.loc[("growth", "all")].to_dict() == {"decay": 1, "none": 3}
    assert table.loc[("energy over DC", "conv1")].to_dict() == {"decay": 2, "none": 4}
    assert table.loc[("absolute since epoch 1", "conv1")].to_dict() == pytest.approx({"decay": -0.25, "none": -1.5})
    since_first = table.loc[("energy over DC since epoch 1", "conv1")].to_dict()
    assert since_first == pytest.approx({"decay": 1.25, "none": 2.5})


def test_every_arm_is_held_against_its_own_without_decay_seed_by_seed():
    values = {"decay-0": (70, 71, 72), "decay-1e-3": (60, 62, 61), "adam-0": (50,), "adamw": (55, 66)}
    values |= {"decay-0, 50 epochs": (40,), "decay-1e-3, 50 epochs": (44,)}
    rows = {(arm, seed): {"high": x} for arm, xs in values.items() for seed, x in enumerate(xs)}
    outcomes = pd.DataFrame(rows).T.rename_axis(["arm", "seed"]).assign(other=math.nan)
    table = claims.against_none(outcomes)
    assert table.outcome.unique().tolist() == ["high"]
    assert table.estimate.tolist() == pytest.approx([-10, 5, 4])  # the second seed of AdamW has no partner
    assert table.arm.tolist() == ["decay-1e-3", "adamw", "decay-1e-3, 50 epochs"]
    t = stats.t.ppf(0.975, 2) * np.std([-10, -9, -11], ddof=1) / 3**0.5
    assert (table.low[0], table.high[0]) == pytest.approx((-10 - t, -10 + t))
    assert table.low[1:].isna().all()


def test_trainings_without_something_are_held_against_the_plain_one_of_their_seed():
    rows = [
        {"set": "syn-1", "seed": seed, "trained_on": what, "class": "C0", "step": step,
         "f1": base + change + (step == 1) * 5}
        for seed, base in enumerate((0.5, 0.6, 0.7))
        for what, change in (("as they are", 0.0), ("less", (-0.1, -0.12, -0.11)[seed]), ("more", 0.2))
        for step in (3, 1, 2)
    ]  # fmt: skip
    table = claims.trained_without(pd.DataFrame(rows), looks=2).set_index("trained_on")  # the first look is left out
    assert table.estimate.to_dict() == pytest.approx({"less": -0.11, "more": 0.2})
    assert table.verdict.to_dict() == {"less": "not reproduced", "more": "reproduced"}


def test_the_recall_that_a_doubling_of_cells_saves_by_hand():
    rows = [
        {"network": "a", "set": name, "seed": seed, "share": share, "restored": False, "cells": cells,
         "recall": 0.9 - share * (0.8 - slope * np.log2(cells / 100))}
        for seed, slope in enumerate((0.1, 0.12, 0.11)) for share in (0.0, 0.5)
        for name, cells in (("syn-1", 100), ("syn-2", 200), ("syn-3", 400))
    ]  # fmt: skip
    rows += [row | {"set": row["set"] + "-matched", "recall": 0.9 - 0.3 * row["share"]} for row in rows]
    rows += [row | {"restored": True, "recall": 0.8} for row in rows if row["share"]]
    table = claims.lost_per_doubling(pd.DataFrame(rows)).set_index(["kind", "restored"])
    assert len(table) == 4
    assert table.seeds.unique().tolist() == [3]
    row = table.loc[("plain", False)]
    assert row.estimate == pytest.approx(-0.5 * 0.11)
    assert row.verdict == "reproduced"
    # All others lose the same of all their sets: .3 of .5, or .1 from .9 to .8.
    assert table.estimate.drop(("plain", False)).tolist() == pytest.approx([0, 0, 0], abs=1e-12)


def strategies(column, differences, plain=0.5, **shared):
    """One row a seed and strategy; each strategy differs from the plain training by what is given, seed by seed."""
    names = {"original": [0.0] * 5, **differences}
    return pd.DataFrame(
        [
            {"strategy": name, "seed": seed, column: plain + 0.01 * seed + gap, **shared}
            for name, gaps in names.items() for seed, gap in enumerate(gaps)
        ]
    )  # fmt: skip


def test_c8_holds_for_a_change_of_either_sign_and_is_never_refuted():
    clear, vague = [-0.2, -0.21, -0.19, -0.2, -0.2], [-0.1, 0.1, 0.05, -0.05, 0.0]
    centroids = strategies("centroid", {"conv": clear, "mlp": vague}, layer="last")
    probes = strategies("usable", {"conv": vague, "mlp": vague}, layer="last", kind="power", band_low=0.5)
    low = strategies("usable", {"conv": clear, "mlp": clear}, layer="last", kind="power", band_low=0.0)
    other = strategies("centroid", {"conv": vague, "mlp": clear}, layer="first")
    found = claims.changed_by_head(pd.concat([centroids, other]), pd.concat([probes, low]), "last")
    table = found.set_index(["statistic", "strategy"])
    assert len(table) == 4
    assert table.loc[("centroid", "conv"), "estimate"] == pytest.approx(-0.2)
    assert table.loc[("centroid", "conv"), "linear"] == pytest.approx(0.52)
    assert table.verdict.to_dict() == {
        ("centroid", "conv"): "reproduced", ("centroid", "mlp"): "inconclusive",
        ("usable, power probe", "conv"): "inconclusive", ("usable, power probe", "mlp"): "inconclusive",
    }  # fmt: skip


def test_c17_is_held_against_the_plain_network_and_corrected_for_the_number_of_rows():
    gains = [0.02, 0.03, 0.01, 0.02, 0.025]
    one = strategies("top1", {"blur": gains}, variant="noise:0.05")
    (alone,) = claims.filters_help(one).itertuples()
    assert alone.estimate == pytest.approx(0.021)
    assert alone.verdict == "reproduced"
    others = [strategies("top1", {"blur": gains, "constrained": gains}, variant=v) for v in ("original", "pixels:24")]
    many = claims.filters_help(pd.concat([one, *others])).set_index(["strategy", "variant"])
    places = [("blur", "noise:0.05"), ("blur", "original"), ("blur", "pixels:24")]
    assert many.index.tolist() == [*places, ("constrained", "original"), ("constrained", "pixels:24")]
    assert many.loc[("blur", "noise:0.05"), "low"] < alone.low


def reached(steps, seeds=5):
    """F1 rows in which each class reaches .9 at its step."""
    rows = [
        {"network": "n", "set": "syn-1", "seed": seed, "class": name, "step": step, "f1": 1.0 if step >= at else 0.2}
        for seed in range(seeds) for name, at in steps.items() for step in (0, 10, 20, 30)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_c9_asks_every_seed_which_class_is_first():
    (first,) = claims.learned_first(reached({"C0": 99, "C1": 30, "C2": 20, "C3": 10})).itertuples()
    assert (first.seeds, first.first, first.steps, first.steps_others) == (5, 5, 10, 20)
    assert first.verdict == "reproduced"
    later = claims.learned_first(reached({"C0": 10, "C1": 30, "C2": 20, "C3": 20}))
    assert (later.later[0], later.verdict[0]) == (5, "not reproduced")
    tie = claims.learned_first(reached({"C0": 10, "C1": 30, "C2": 20, "C3": 10}))
    assert (tie["first"][0], tie.later[0], tie.verdict[0]) == (0, 0, "inconclusive")
    assert claims.learned_first(reached({"C0": 99, "C1": 30, "C2": 20, "C3": 10}, seeds=3)).verdict[0] == "inconclusive"
    never = claims.learned_first(reached({"C0": 99, "C1": 99, "C2": 99, "C3": 99}))
    assert np.isinf(never.steps[0])
    assert never.verdict[0] == "inconclusive"


def test_c10_is_the_distance_to_the_recipes_own_ceiling():
    rows = [
        {"network": "n", "set": "syn-1", "bands": bands, "seed": seed, "true": true, "predicted": predicted,
         "share": (right if true == predicted else 1 - right) + 0.001 * seed}
        for bands, right in (("1234", 0.9), ("123", 0.72), ("124", 0.5), ("12", 0.1)) for seed in range(5)
        for true in "ab" for predicted in "ab"
    ]  # fmt: skip
    ceilings = pd.DataFrame({"set": "syn-1", "bands": ["123", "124", "12"], "ceiling": [0.75, 0.75, 0.75]})
    table = claims.one_band_less(pd.DataFrame(rows), ceilings).set_index("bands")
    assert table.accuracy.to_dict() == pytest.approx({"123": 0.722, "124": 0.502})
    assert table.accuracy_all.tolist() == pytest.approx([0.902, 0.902])
    assert table.verdict.to_dict() == {"123": "reproduced", "124": "not reproduced"}
    # Of the 9.8 points that are missing with all bands, and the 25 that the ceiling falls, neither is the band's.
    assert table.lost.to_dict() == pytest.approx({"123": -0.07, "124": 0.15})
    assert table.lost_verdict.to_dict() == {"123": "reproduced", "124": "not reproduced"}
    # Another network, or another half of the rows, changes no interval of this one.
    twice = pd.concat([pd.DataFrame(rows), pd.DataFrame(rows).assign(network="other")])
    again = claims.one_band_less(twice, ceilings).set_index(["network", "bands"])
    assert again.loc[("n", "124"), "low"] == table.low["124"]


def test_c11_is_a_share_above_one_half():
    rows = pd.DataFrame({"network": "n", "set": "s", "noise": "B1", "seed": range(5), "share": 0.6})
    assert claims.nothing_special(rows.assign(share=[0.6, 0.61, 0.59, 0.6, 0.6])).verdict[0] == "reproduced"
    assert claims.nothing_special(rows.assign(share=[0.2, 0.21, 0.19, 0.2, 0.2])).verdict[0] == "not reproduced"
    # All sets and kinds of noise count alike; each apart is asked for.
    other = rows.assign(noise="B2", share=[0.9, 0.91, 0.89, 0.9, 0.9])
    both = pd.concat([rows.assign(share=[0.2, 0.21, 0.19, 0.2, 0.2]), other])
    assert claims.nothing_special(both).estimate[0] == pytest.approx(0.55)
    assert claims.nothing_special(both, ["noise"]).verdict.tolist() == ["not reproduced", "reproduced"]


def test_c12_recalls_the_truth_from_each_map():
    truth = np.zeros((4, 4), dtype=bool)
    truth[1, 0] = truth[3, 0] = True
    index = [0, 1, -2, -1]
    rows = [
        {"network": "n", "set": "s", "seed": seed, "layer": layer, "ky": ky, "kx": kx,
         "l2": sign * (truth[ky, kx] + 0.01 * abs(ky))}
        for seed in range(5) for layer, sign in (("output", 1), ("inner", -1)) for ky in index for kx in index
    ]  # fmt: skip
    (inner,) = claims.inner_maps(pd.DataFrame(rows), {"s": truth}).itertuples()
    assert (inner.recall, inner.recall_output, inner.estimate) == (0.0, 1.0, -1.0)
    assert inner.correlation == pytest.approx(-1)
    assert inner.chance == pytest.approx(2 / 15)
    assert inner.verdict == "reproduced"
    # The cosine is 1 where nothing changes.
    angles = pd.DataFrame(rows).assign(cosine=lambda t: 1 - t.l2).drop(columns="l2")
    assert claims.inner_maps(angles, {"s": truth}, "cosine").estimate[0] == inner.estimate
    # An output that finds nothing itself cannot tell whether inner maps say little.
    (blind,) = claims.inner_maps(pd.DataFrame(rows).assign(l2=lambda t: -t.l2), {"s": truth}).itertuples()
    assert (blind.recall_output, blind.verdict) == (0.0, "inconclusive")


def test_c15_counts_what_the_network_with_decay_is_worse_by():
    rows = [
        {"arm": arm, "seed": seed, "variant": "noise:0.05", "top1": top1 + 0.001 * seed, "d_top1": 0.0}
        for arm, top1 in (("none", 0.7), ("decay", 0.6)) for seed in range(5)
    ]  # fmt: skip
    table = claims.robust_by_decay(pd.DataFrame(rows), "none", "decay").set_index("statistic")
    assert table.estimate["accuracy lost at noise of .05"] == pytest.approx(0.1)


def test_fewer_than_five_seeds_need_more_than_an_interval():
    found = claims.over_seeds([2, 3, 4], above=0)  # a mean of three standard deviations
    assert found["low"] > 0
    assert found["verdict"] == "inconclusive"
