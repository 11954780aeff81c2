import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import find_shortcuts, found_cells, random_cells, score_shortcuts, without_cells
from freqlib.experiments.evaluation.outcomes import losses
from freqlib.experiments.shortcuts.finders import FINDERS, _patches, mirrored
from freqlib.signal import fourier_wave
from freqlib.vision import as_images

FIRST, SECOND = (2, 3), (5, -1)


class TwoFrequencies(nn.Module):
    """The logit of each class is the energy at one frequency of its own, less a threshold for the second."""

    def __init__(self, size=16):
        super().__init__()
        angles = torch.tensor([0.0, torch.pi / 2])
        for name, (ky, kx) in (("first", FIRST), ("second", SECOND)):
            self.register_buffer(name, fourier_wave(ky, kx, size, size, angles).flatten(1))

    def forward(self, x):
        flat = x.mean(1).flatten(1)
        return torch.stack([(flat @ waves.T).square().sum(1) for waves in (self.first, self.second)], 1)


def images(size=16, n=8):
    """Class 0 has the first frequency, class 1 the second, beside weak noise."""
    torch.manual_seed(0)
    labels = torch.arange(n) % 2
    waves = torch.stack([fourier_wave(*(FIRST, SECOND)[label], size, size, 0.3 * i) for i, label in enumerate(labels)])
    return as_images((0.5 + (3 * waves + 0.05 * torch.randn(n, size, size))[:, None], labels))


def best(table, name):
    rows = table[(table["class"] == name) & (table.radius_nyquist > 0)]
    top = rows[rows.score >= rows.score.max() - 1e-9]
    return {(row.ky, row.kx) for row in top.itertuples()}


@pytest.mark.parametrize("how", ["dominant", "gradient", "hierarchical"])
def test_a_model_that_reads_two_frequencies_is_found_out(how):
    table = find_shortcuts(TwoFrequencies(), images(), how)
    for name, (ky, kx) in (("0", FIRST), ("1", SECOND)):
        assert {(ky, kx), (-ky, -kx)} <= best(table, name)
        assert len(best(table, name)) <= 4


@pytest.mark.parametrize("how", ["dominant", "gradient", "hierarchical"])
def test_networks_that_are_sure_of_themselves_are_found_out_too(how):
    sure = nn.Sequential(TwoFrequencies(), nn.Linear(2, 2, bias=False))
    sure[1].weight.data = 2.2 * torch.eye(2)
    logits = sure(images().pixels).detach()
    assert (nn.functional.cross_entropy(logits, images().labels, reduction="none") == 0).all()
    assert (losses(logits, images().labels) > 0).all()
    for name, (ky, kx) in (("0", FIRST), ("1", SECOND)):
        assert {(ky, kx), (-ky, -kx)} <= best(find_shortcuts(sure, images(), how), name)


def test_the_heatmap_finds_both_frequencies_for_both_classes_and_the_images_their_own():
    data = images()
    added = find_shortcuts(TwoFrequencies(), data, "heatmap")
    for name in "01":
        rows = added[added["class"] == name].nlargest(4, "score")
        assert {(r.ky, r.kx) for r in rows.itertuples()} == {FIRST, (-2, -3), SECOND, (-5, 1)}
    more = find_shortcuts(TwoFrequencies(), data, "adcs").set_index(["class", "ky", "kx"]).score
    assert more["0", *FIRST] == more["1", *SECOND] == 1
    assert more["1", *FIRST] == more["0", *SECOND] == -1


def test_the_first_order_is_exact_for_a_loss_that_is_nearly_linear():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    net[1].weight.data *= 1e-3
    data = (torch.rand(6, 1, 8, 8), torch.arange(6) % 2)
    exact, first = (find_shortcuts(net, data, how).score.to_numpy() for how in ("dominant", "gradient"))
    assert np.allclose(exact, first, rtol=1e-2, atol=1e-6)


@pytest.mark.parametrize(("how", "passes"), [("dominant", 131), ("heatmap", 131), ("gradient", 3), ("adcs", 0)])
def test_the_cost_is_counted_in_passes(how, passes):
    assert find_shortcuts(TwoFrequencies(), images(), how).attrs["passes"] == passes


def test_the_search_by_patches_costs_less_than_every_pair():
    assert find_shortcuts(TwoFrequencies(), images(), "hierarchical").attrs["passes"] < 131


def test_the_published_mirror_is_wrong_where_n_is_even():
    """The cells of the smallest patches and their mirrors: n - 1 - k of the centred spectrum is the mirror of k + 1."""
    right, wrong = (_patches(16, 16, 1, published) for published in (False, True))
    assert all(torch.equal(cells, mirrored(cells)) for cells in right)
    assert not any(torch.equal(cells, mirrored(cells)) for cells in wrong)
    odd = _patches(15, 15, 1, published=True)
    assert all(torch.equal(cells, mirrored(cells)) for cells in odd)
    table = find_shortcuts(TwoFrequencies(), images(), "hierarchical", published=True)
    assert table.how.iloc[0] == "hierarchical (published)"


def scored(scores):
    """A table as `find_shortcuts` makes it, of classes a, b, ..."""
    count, h, w = scores.shape
    signed = [[(k + n // 2) % n - n // 2 for k in range(n)] for n in (h, w)]
    cells = pd.MultiIndex.from_product([["a", "b", "c"][:count], *signed], names=["class", "ky", "kx"])
    return cells.to_frame(index=False).assign(how="hand", score=scores.double().flatten().numpy())


def test_the_search_goes_on_where_there_are_fewer_than_four_patches():
    table = find_shortcuts(TwoFrequencies(8), images(8), "hierarchical")
    assert {tuple(cell) for cell in found_cells(table, "0", 0.03).nonzero().tolist()} == {FIRST, (8 - 2, 8 - 3)}


def test_scores_against_a_truth_by_hand():
    truth = torch.zeros(2, 4, 4, dtype=torch.bool)
    truth[0, 1, 0] = truth[0, 3, 0] = True
    truth[1, 0, 1] = truth[1, 0, 3] = truth[1, 2, 2] = True
    good = truth.double()
    bad = 1 - good
    right, wrong = (score_shortcuts(scored(scores), truth, share=2 / 15) for scores in (good, bad))
    assert right.average_precision.tolist() == [1.0, 1.0]
    assert right.precision.tolist() == [1.0, 1.0]
    assert right.recall.tolist() == pytest.approx([1.0, 2 / 3])
    assert right.chance.tolist() == pytest.approx([2 / 15, 3 / 15])
    assert wrong.recall_at_cells.tolist() == [0.0, 0.0]
    assert right.cells.tolist() == [2, 3]


def test_rows_in_another_order_are_the_same_scores():
    truth = torch.rand(2, 6, 6) < 0.3
    table = scored(torch.rand(2, 6, 6))
    other = table.sample(frac=1, random_state=0).sort_values("class", kind="stable")
    assert score_shortcuts(other, truth).equals(score_shortcuts(table, truth))
    assert torch.equal(found_cells(other, "b", 0.3), found_cells(table, "b", 0.3))
    with pytest.raises(InputError, match="The rows of the classes are mixed"):
        score_shortcuts(table.sort_values("score"), truth)


def test_of_equal_scores_no_more_cells_are_found_than_are_due():
    table = scored(torch.ones(1, 16, 16))
    for share in (0.1, 0.2, 0.5):
        cells = found_cells(table, "a", share)
        assert torch.equal(cells, mirrored(cells))
        assert int(cells.sum()) in (round(share * 255), round(share * 255) + 1)


def test_scores_of_equal_numbers_are_those_of_chance():
    truth = torch.rand(1, 32, 32) < 0.2
    truth[0, 0, 0] = False
    found = score_shortcuts(scored(torch.zeros(1, 32, 32)), truth).iloc[0]
    assert found.average_precision == pytest.approx(found.chance)
    assert found.recall_at_cells == pytest.approx(found.chance, abs=0.08)


def test_images_without_some_frequencies():
    data = images()
    cells = torch.zeros(16, 16, dtype=torch.bool)
    cells[FIRST] = cells[-FIRST[0], -FIRST[1]] = True
    changed = without_cells(data, cells)
    amplitude = torch.fft.fft2(changed.pixels).abs()
    assert amplitude[..., cells].max() < 1e-4
    others = torch.fft.fft2(next(iter(data.batches(8)))[0]).abs()
    assert torch.allclose(amplitude[..., ~cells], others[..., ~cells], atol=1e-4)
    assert torch.equal(mirrored(cells), cells)


def test_the_cells_that_were_found_are_the_highest_that_are_no_rounding():
    table = find_shortcuts(TwoFrequencies(), images(), "dominant")
    first = found_cells(table, "0", share=0.01)
    assert {tuple(cell) for cell in first.nonzero().tolist()} == {FIRST, (16 - 2, 16 - 3)}
    for share in (0.05, 0.1, 1.0):
        cells = found_cells(table, "0", share)
        assert torch.equal(cells, mirrored(cells))
        assert not cells[0, 0]
        assert int(cells.sum()) <= round(share * 255) + 1
    for share in (2.0, 0.001):
        with pytest.raises(InputError, match=f"share is {share}, but must leave 1 or more of 255"):
            found_cells(table, "0", share)
    with pytest.raises(InputError, match="Unknown class 'x'"):
        found_cells(table, "x")


def test_scores_that_are_rounding_are_not_found():
    own = torch.zeros(16, 16, dtype=torch.bool)
    own[1:4, 1:4] = True
    own |= mirrored(own)
    noise = torch.rand(16, 16, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    scores = torch.where(own, 1e-8 * (0.01 + noise), 5e-14 * noise)  # as of a network that is sure of itself
    scores = torch.minimum(scores, mirrored(scores))
    signed = range(-8, 8)
    order = torch.tensor([k % 16 for k in signed])
    grid = scores[order][:, order].flatten()
    cells = [(ky, kx) for ky in signed for kx in signed]
    table = pd.DataFrame(cells, columns=["ky", "kx"]).assign(score=grid.numpy())
    table = table.assign(**{"class": "a"}, y=table.ky % 16, x=table.kx % 16).sort_values(["y", "x"])
    assert torch.equal(found_cells(table, "a", 0.5), own)


def test_random_cells_are_pairs_from_those_that_are_given():
    among = torch.zeros(16, 16, dtype=torch.bool)
    among[2:5, 3:9] = True
    among |= mirrored(among)
    nyquist = among.clone()
    nyquist[8, 0] = nyquist[0, 8] = nyquist[8, 8] = True  # each its own mirror
    share = torch.stack([random_cells(nyquist, 20, seed) for seed in range(600)]).double().mean(0)[nyquist]
    assert share.min() > 0.4  # 20 of 39, or one more
    assert share.max() < 0.65
    drawn = [random_cells(among, 12, seed) for seed in range(200)]
    assert all(int(cells.sum()) == 12 and torch.equal(cells, mirrored(cells)) for cells in drawn)
    assert not any((cells & ~among).any() for cells in drawn)
    often = torch.stack(drawn).double().mean(0)[among]
    assert often.min() > 0.15  # 12 of 36 on average
    assert often.max() < 0.55
    assert torch.equal(random_cells(among, 12, 3), drawn[3])
    assert not random_cells(among, 0).any()
    with pytest.raises(InputError, match="37 cells are to be drawn, but there are 36"):
        random_cells(among, 37)


def test_no_patch_of_the_search_holds_dc_but_in_the_public_code():
    assert not any(cells[0, 0] for side in (8, 4, 2, 1) for cells in _patches(16, 16, side, False))
    assert any(cells[0, 0] for cells in _patches(16, 16, 8, True))


def test_refusals():
    data, net = images(), TwoFrequencies()
    with pytest.raises(InputError, match="Labels run from 0 to 5, but the model has 2 outputs"):
        find_shortcuts(net, (data.pixels, torch.arange(8).clamp(max=5)))
    with pytest.raises(InputError, match="Unknown finder 'best'; choose one of: dominant"):
        find_shortcuts(net, data, "best")
    with pytest.raises(InputError, match="No public code of 'gradient' has a fault"):
        find_shortcuts(net, data, "gradient", published=True)
    alone = torch.zeros(16, 16, dtype=torch.bool)
    alone[1, 1] = True
    with pytest.raises(InputError, match="with their mirrors"):
        without_cells(data, alone)
    with pytest.raises(InputError, match=r"A truth of shape \(1, 4, 4\)"):
        score_shortcuts(find_shortcuts(net, data, "adcs"), torch.zeros(1, 4, 4, dtype=torch.bool))
    assert set(FINDERS) == {"dominant", "gradient", "hierarchical", "heatmap", "adcs"}


def test_the_published_search_takes_diagonal_quarters_for_mirrors():
    squares = [torch.fft.fftshift(square) for square in _patches(8, 8, 4, published=True)]
    corner = torch.zeros(8, 8, dtype=torch.bool)
    corner[:4, :4] = corner[4:, 4:] = True
    assert any(torch.equal(square, corner) for square in squares)
