import importlib
import math

import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import fit_waves


def test_the_slow_wave_is_learned_before_the_fast_one():
    table = fit_waves(frequencies=(1, 30), steps=150, every=50, progress=False)
    explained = table.pivot(index="step", columns="frequency", values="explained")
    assert explained[1].iloc[0] == pytest.approx(0, abs=0.3)
    assert explained[1].iloc[-1] > 0.8
    assert explained[30].iloc[-1] < 0.3


def test_a_heavy_penalty_leaves_nothing_to_be_learned():
    free, bound = (fit_waves(p, (1,), steps=100, every=100, progress=False).explained.iloc[-1] for p in (0.0, 1.0))
    assert free > 0.5
    assert abs(bound) < 0.05


def test_a_seed_repeats_and_leaves_torchs_own_state_alone():
    before = torch.get_rng_state()
    one, two = (fit_waves(1e-4, steps=5, every=5, seed=3, progress=False) for _ in range(2))
    assert one.equals(two)
    assert torch.equal(torch.get_rng_state(), before)


def test_explained_is_one_minus_the_error_at_the_frequency(monkeypatch):
    class Half(nn.Module):
        """Half of the first wave, and none of the second."""

        def __init__(self, *sizes):
            super().__init__()
            self.scale = nn.Parameter(torch.tensor(0.5))

        def forward(self, x):
            return self.scale * torch.sin(3 * x)

    monkeypatch.setattr(importlib.import_module("freqlib.experiments.training.fit_waves"), "MLP", Half)
    first = fit_waves(frequencies=(3, 7), steps=1, every=1, progress=False).query("step == 0")
    assert first.explained.tolist() == pytest.approx([1 - 0.5**2, 0], abs=1e-5)
    assert first.loss.iloc[0] == pytest.approx(0.25 / 2 + 1 / 2, rel=0.1)  # the means of squares of sines
    penalized = fit_waves(10.0, (3, 7), steps=200, every=200, lr=0.01, progress=False)
    # (s - 1)^2 / 2 + 10 s^2 is least at s = 1 / 21, and half of that wave's power is 1 - (20 / 21)^2.
    assert penalized.explained.iloc[-2] == pytest.approx(1 - (20 / 21) ** 2, abs=0.02)
    assert math.isfinite(penalized.loss.iloc[-1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"penalty": -1.0}, "penalty=-1.0"),
        ({"penalty": float("inf")}, "penalty=inf"),
        ({"steps": 0}, "steps=0"),
        ({"lr": -1.0}, "lr=-1.0"),
        ({"frequencies": (600,)}, r"frequencies is \[600\], but must be some of 1 to 511"),
        ({"frequencies": ()}, r"frequencies is \[\]"),
    ],
)
def test_what_is_out_of_range_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        fit_waves(progress=False, **options)
