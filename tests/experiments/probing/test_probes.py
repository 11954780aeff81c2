import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from freqlib.errors import InputError
from freqlib.experiments import probe
from freqlib.experiments.probing import linear
from freqlib.experiments.probing.linear import fit_strengths
from freqlib.signal import Bands, remove

# The seven without "low", which has no cell on 8x8.
EDGES = (0, 0.15, 0.3, 0.5, 0.7, 0.9, float("inf"))
SIX = Bands(EDGES, [name for name in Bands.seven().names if name != "low"])


def planted(n=120, band="mid", side=8):
    """Noise in every band, and in one band a fixed pattern whose sign is the label."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    noise = torch.randn(n, 1, side, side, generator=generator)
    pattern = torch.randn(1, side, side, generator=generator)
    pattern = pattern - remove(pattern, SIX, band)
    return remove(noise, SIX, band) + (2.0 * labels - 1)[:, None, None, None] * pattern, labels


def test_a_planted_signal_is_found_in_its_band_and_nowhere_else():
    features, labels = planted()
    table = probe(features, labels, bands=SIX, strength=0.1).set_index("band")
    assert table.top1["mid"] == 1
    others = table.drop(["mid", "all"])
    assert (others.top1_low < 0.5).all()
    assert (others.top1_high > 0.5).all()
    assert table.converged.all()


def test_the_fit_is_scikit_learns_on_the_plain_features():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(80, 30, generator=generator).double()
    labels = torch.randint(3, (80,), generator=generator)
    x[labels == 1, 0] += 2
    (fit,) = fit_strengths(x, labels, [0.01], tolerance=1e-7)
    z = (x - x.mean(0)) / (x - x.mean(0)).square().mean().sqrt()
    reference = LogisticRegression(C=1 / (80 * 0.01), max_iter=5000, tol=1e-9).fit(z.numpy(), labels.numpy())
    expected = reference.predict_proba(z.numpy())
    assert np.allclose(fit(x).softmax(1).numpy(), expected, atol=1e-3)
    assert fit.converged
    assert fit.residual < 1e-3


def test_a_fit_that_was_cut_short_says_so_with_its_residual(monkeypatch):
    monkeypatch.setattr(linear, "ITERATIONS", 1)
    x = torch.randn(80, 30, generator=torch.Generator().manual_seed(1)) / (1 + torch.arange(30)) ** 2
    table = probe(x, (x[:, :3]).argmax(1), strength=1e-6, folds=2)
    assert not table.converged.any()
    assert (table.residual > linear.TOLERANCE).all()


def test_features_that_tell_nothing_need_no_step():
    (fit,) = fit_strengths(torch.ones(12, 3), torch.arange(12) % 3, [0.01])
    assert fit.converged
    assert fit.residual < 1e-12
    assert fit(torch.ones(1, 3)).softmax(1).tolist() == [pytest.approx([1 / 3] * 3)]


def test_more_features_than_samples_are_fitted_exactly():
    generator = torch.Generator().manual_seed(1)
    x, labels = torch.randn(20, 500, generator=generator), torch.arange(20) % 3
    (fit,) = fit_strengths(x, labels, [0.01], tolerance=1e-7)
    z = (x - x.mean(0)) / (x - x.mean(0)).square().mean().sqrt()
    # In double precision, since in single scikit-learn stops short of its own tolerance.
    reference = LogisticRegression(C=1 / (20 * 0.01), max_iter=5000, tol=1e-9).fit(z.double().numpy(), labels.numpy())
    new = torch.randn(10, 500, generator=generator)
    scaled = (new - x.mean(0)) / (x - x.mean(0)).square().mean().sqrt()
    assert np.allclose(fit(new).softmax(1).numpy(), reference.predict_proba(scaled.double().numpy()), atol=1e-3)


def test_trap_17_the_penalty_is_blind_to_rotations():
    generator = torch.Generator().manual_seed(2)
    x, labels = torch.randn(60, 12, generator=generator).double(), torch.arange(60) % 2
    x[:, 3] *= 10  # standardizing each feature would undo this, and with it the invariance
    rotation = torch.linalg.qr(torch.randn(12, 12, generator=generator).double())[0]
    plain, rotated = (fit_strengths(z, labels, [0.1], tolerance=1e-7)[0] for z in (x, x @ rotation))
    assert torch.allclose(plain(x).softmax(1), rotated(x @ rotation).softmax(1), atol=1e-3)


def test_groups_are_never_split():
    """Each group repeats one random image; a probe that saw a copy would know the label."""
    generator = torch.Generator().manual_seed(3)
    originals = torch.randn(30, 1, 8, 8, generator=generator)
    labels, groups = (torch.arange(30) % 2).repeat_interleave(6), torch.arange(30).repeat_interleave(6)
    features = originals.repeat_interleave(6, 0)
    leaking = probe(features, labels).top1[0]
    honest = probe(features, labels, groups=groups).top1[0]
    assert leaking > 0.95
    assert honest < 0.75


def test_the_mlp_finds_what_no_linear_classifier_can_tell():
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(400, 2, generator=generator)
    labels = (x[:, 0] * x[:, 1] > 0).long()
    linear, mlp = (probe(x, labels, kind).iloc[0] for kind in ("linear", "mlp"))
    assert linear.top1_high < 0.7  # 400 draws are never quite balanced
    assert mlp.top1_low > 0.85
    assert mlp.top1_permuted_low < 0.5 < mlp.top1_permuted_high + 0.05


def test_permuted_labels_leave_nothing_to_find():
    features, labels = planted()
    table = probe(features, labels, bands=SIX, strength=0.1).set_index("band")
    assert table.top1["mid"] == 1
    assert (table.top1_permuted_low < 0.5).all()


def test_the_strength_that_does_best_is_chosen():
    """Too strong a penalty leaves the bias alone, which always answers the larger class."""
    generator = torch.Generator().manual_seed(5)
    labels = (torch.arange(80) % 4 == 0).long()
    x = torch.randn(80, 3, generator=generator) + 6 * labels[:, None]
    assert probe(x, labels, strength=1e4).top1[0] == 0.75
    chosen = probe(x, labels, strength=[1e-2, 1e4]).iloc[0]
    assert chosen.strength == 1e-2
    assert chosen.top1 > 0.95


def test_given_test_images_are_scored_and_nothing_else():
    features, labels = planted()
    wrong = 1 - labels[:30]
    row = probe(features, labels, test=(features[:30], wrong), strength=0.1).iloc[0]
    assert row.n == 30
    assert row.top1 == 0


def test_bands_seen_through_as_many_directions_have_one_dimension():
    features, labels = planted()
    table = probe(features, labels, bands=SIX, dimension=4).set_index("band")
    assert set(table.dimension.drop("ultra-low")) == {4}
    assert table.dimension["ultra-low"] == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"kind": "forest"}, "choose one of: linear, mlp, power"),
        ({"strength": 0.0}, "strength is 0.0"),
        ({"strength": []}, "must be numbers, one or more"),
        ({"seed": -1}, "seed is -1"),
        ({"dimension": 0}, "dimension is 0"),
        ({"test": (torch.randn(3, 1, 8, 8), torch.zeros(2).long())}, "one each is needed"),
        ({"test": (torch.randn(2, 1, 8, 8), torch.tensor([0, 7]))}, "Class 7 has no example among the 120"),
        ({"folds": 100}, "choose from 2 to"),
        ({"labels": torch.zeros(3).long()}, "one each is needed"),
        ({"labels": torch.zeros(120).long(), "folds": 2}, "two or more"),
    ],
)
def test_what_cannot_be_probed_is_refused(arguments, part):
    features, labels = planted()
    arguments = {"labels": labels} | arguments
    with pytest.raises(InputError, match=part):
        probe(features, **arguments)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_features_that_carry_gradients_are_probed_as_the_same_without(kind):
    features, labels = planted()
    still, moving = probe(features, labels, kind), probe(features.clone().requires_grad_(True), labels, kind)
    assert moving.equals(still)


def test_vectors_have_no_bands_and_nan_is_refused():
    with pytest.raises(InputError, match="have no bands"):
        probe(torch.randn(20, 4), torch.arange(20) % 2, bands=SIX)
    with pytest.raises(InputError, match="have no bands"):
        probe(torch.randn(20, 4), torch.arange(20) % 2, "power")
    with pytest.raises(InputError, match="NaN"):
        probe(torch.full((20, 4), torch.nan), torch.arange(20) % 2)


def test_a_band_without_a_cell_is_refused_with_what_would_do():
    features, labels = planted()
    with pytest.raises(InputError, match=r"Band 'low' has no cell on maps of 8x8; leave out the edge 0.05"):
        probe(features, labels, bands=Bands.seven())


def test_features_of_very_unequal_size_take_tens_of_steps(monkeypatch):
    """In units of the curvature's bound along principal axes; as they are, these take more than a thousand."""
    seen = []

    def counted(loss, *arguments, **options):
        return minimize(lambda place: seen.append(1) or loss(place), *arguments, **options)

    monkeypatch.setattr(linear, "minimize", counted)
    x = torch.randn(500, 40) / (1 + torch.arange(40)) ** 2
    x = x @ torch.linalg.qr(torch.randn(40, 40)).Q
    fit = fit_strengths(x, (x[:, :4] + 0.1 * torch.randn(500, 4)).argmax(1), [1e-5])[0]
    assert fit.converged
    assert 0 < len(seen) < 150


def test_fewer_groups_than_folds_are_refused():
    features, labels = planted()
    with pytest.raises(InputError, match="there are 2 groups; give at most as many folds"):
        probe(features, labels, groups=torch.arange(len(labels)) % 2)


def test_features_that_are_all_alike_leave_every_class_its_share():
    (fit,) = fit_strengths(torch.ones(4, 3), torch.tensor([0, 1, 0, 1]), [1e-3])
    assert fit.converged
    assert fit.residual < 1e-6
    assert fit(torch.ones(1, 3)).softmax(1)[0].tolist() == pytest.approx([0.5, 0.5])


def test_copies_of_examples_narrow_no_interval():
    x, y = torch.randn(40, 3, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 2
    copies = torch.arange(40).repeat_interleave(5)
    alone, many = probe(x, y).iloc[0], probe(x[copies], y[copies], groups=copies).iloc[0]
    assert many.top1_high - many.top1_low > 0.6 * (alone.top1_high - alone.top1_low)


def test_features_and_labels_of_small_types_are_read():
    x, y = 60 * torch.rand(400, 512).half(), torch.arange(400) % 2  # their sum is beyond float16
    assert probe(x, y).equals(probe(x.float(), y.to(torch.uint8)))
