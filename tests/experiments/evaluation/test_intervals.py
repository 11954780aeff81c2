import numpy as np
import pytest
from scipy import stats

from freqlib.experiments.evaluation.intervals import mean_difference, rate, rate_difference, simultaneous


def test_wilsons_interval_has_its_published_values():
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, n, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        assert rate(np.arange(n) < hits) == pytest.approx((low, high), abs=1e-4)


def test_the_paired_interval_covers_the_truth():
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(400):
        reference = rng.random(200) < 0.8
        hits = np.where(rng.random(200) < 0.1, ~reference, reference)  # truth: .1 * (.2 - .8)
        low, high = rate_difference(hits, reference)
        covered += low <= -0.06 <= high
    assert 0.92 <= covered / 400 <= 0.985


def test_pairing_makes_the_interval_narrow():
    rng = np.random.default_rng(0)
    reference = rng.random(500) < 0.5
    hits = reference.copy()
    hits[:5] = ~hits[:5]
    low, high = rate_difference(hits, reference)
    unpaired = rate(hits)
    assert high - low < (unpaired[1] - unpaired[0]) / 2


def test_trap_14_dependent_images_widen_the_interval():
    """Twenty copies of each of fifty images hold no more than fifty."""
    rng = np.random.default_rng(1)
    hits = rng.random(50) < 0.5
    copies, groups = np.repeat(hits, 20), np.repeat(np.arange(50), 20)
    naive, honest = rate(copies), rate(copies, groups)
    alone = rate(hits)
    assert honest[1] - honest[0] > 3 * (naive[1] - naive[0])
    assert honest[1] - honest[0] == pytest.approx(alone[1] - alone[0], rel=0.2)


def test_the_mean_difference_is_students():
    values, reference = np.array([1.0, 4.0, 2.0, 8.0]), np.array([0.0, 1.0, 3.0, 2.0])
    expected = stats.ttest_rel(values, reference).confidence_interval(0.95)
    assert mean_difference(values, reference) == pytest.approx((expected.low, expected.high))


def test_trap_14_many_intervals_are_read_together():
    low, high = simultaneous(np.zeros(3), -np.ones(3), np.ones(3), comparisons=100)
    stretch = stats.norm.isf(0.025 / 100) / stats.norm.isf(0.025)
    assert high == pytest.approx(np.full(3, stretch))
    assert low == pytest.approx(np.full(3, -stretch))
    assert simultaneous(np.zeros(1), -np.ones(1), np.ones(1), 1)[1] == pytest.approx(1)


def test_groups_that_are_all_alike_still_leave_a_width():
    """No resample differs from another: the formula for as many images as there are groups takes its place."""
    groups = np.repeat(np.arange(5), 4)
    sure = np.ones(20, dtype=bool)
    assert rate(sure, groups) == rate(sure[:5])
    assert rate_difference(sure, sure, groups) == rate_difference(sure[:5], sure[:5])
    low, high = rate_difference(sure, np.arange(20) % 2 == 0, groups)
    assert 0 < low <= high


def test_the_bootstrap_over_groups_has_the_width_of_the_spread_between_them():
    groups = np.repeat(np.arange(200), 5)
    hits = np.random.default_rng(0).random(200)[groups] < 0.3
    hits[:100] = False  # the first groups are unlike the others
    half = stats.norm.ppf(0.975) * hits.reshape(200, 5).mean(1).std(ddof=1) / np.sqrt(200)
    assert rate(hits, groups) == pytest.approx((hits.mean() - half, hits.mean() + half), abs=0.02)


def test_the_bootstrap_of_a_difference_has_the_width_of_the_differences_between_groups():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 5)
    reference = rng.random(1000) < 0.9
    hits = reference & (rng.random(200) < 0.8)[groups]
    by_group = (hits.astype(float) - reference).reshape(200, 5).mean(1)
    half = stats.norm.ppf(0.975) * by_group.std(ddof=1) / np.sqrt(200)
    expected = (by_group.mean() - half, by_group.mean() + half)
    assert rate_difference(hits, reference, groups) == pytest.approx(expected, abs=0.02)


def test_large_groups_count_for_their_images():
    groups = np.repeat(np.arange(200), np.tile([1, 9], 100))
    hits = groups % 2 == 1  # all of the large groups, none of the small ones: .9 of the images
    half = stats.norm.ppf(0.975) * np.sqrt(200 * 0.9**2) / 1000  # of a ratio, linearized: a group's residual is +-.9
    assert rate(hits, groups) == pytest.approx((0.9 - half, 0.9 + half), abs=0.01)
