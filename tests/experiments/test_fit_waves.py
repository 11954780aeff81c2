import pytest

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
    import torch

    before = torch.get_rng_state()
    one, two = (fit_waves(1e-4, steps=5, every=5, seed=3, progress=False) for _ in range(2))
    assert one.equals(two)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(("options", "sentence"), [({"penalty": -1.0}, "penalty=-1.0"), ({"steps": 0}, "steps=0")])
def test_what_is_out_of_range_is_refused(options, sentence):
    with pytest.raises(InputError, match=sentence):
        fit_waves(progress=False, **options)
