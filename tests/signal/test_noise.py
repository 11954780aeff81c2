import pytest
import torch

from freqlib.errors import InputError
from freqlib.signal import Bands, isolate, perturb, split, white_noise
from freqlib.signal.noise import generators

SEVEN = Bands.seven()


@pytest.mark.parametrize("grid", [(7, 7), (8, 8), (24, 31)])
def test_noise_lies_in_its_band_with_the_asked_share_of_the_bands_energy(grid):
    x = torch.randn(3, 4, *grid)
    own = split(x, SEVEN).square().sum((-2, -1))
    for band, name in enumerate(SEVEN.names):
        for strength in (0.0, 0.25, 1.0, 4.0):
            added = perturb(x, SEVEN, name, strength) - x
            assert torch.allclose(added.square().sum((-2, -1)), strength * own[band], rtol=1e-3, atol=1e-5)
            assert torch.allclose(isolate(added, SEVEN, name), added, atol=1e-4)


def test_trap_08_an_images_draw_depends_on_its_index_and_the_seed_alone():
    x = torch.randn(6, 3, 8, 8)
    whole = perturb(x, SEVEN, "high", seed=3)
    for batch in (1, 2, 4):
        parts = [
            perturb(x[i : i + batch], SEVEN, "high", seed=3, index=range(i, min(i + batch, 6)))
            for i in range(0, 6, batch)
        ]
        assert torch.allclose(torch.cat(parts), whole, atol=1e-6)
    assert not torch.allclose(perturb(x, SEVEN, "high", seed=4), whole)
    assert not torch.allclose(perturb(x, SEVEN, "high", seed=3, index=range(1, 7)), whole)


def test_channels_and_images_get_different_noise():
    noise = white_noise(torch.zeros(3, 2, 8, 8), torch.arange(3), 0)
    assert len({round(float(n), 6) for n in noise.sum((-2, -1)).flatten()}) == 6


def test_white_noise_is_white():
    noise = white_noise(torch.zeros(200, 4, 8, 8), torch.arange(200), 1)
    power = torch.fft.fft2(noise.double(), norm="ortho").abs().square().mean((0, 1))
    # 800 maps: the mean power of a cell has a standard error below .05.
    assert ((power - 1).abs() < 0.25).all()
    assert abs(float(noise.mean())) < 0.02


def test_generators_repeat_and_differ_by_purpose():
    def draw(*arguments):
        return [float(torch.rand((), generator=g)) for g in generators(*arguments)]

    index = torch.tensor([5, 7])
    assert draw(index, 0) == draw(index, 0)
    assert len({*draw(index, 0), *draw(index, 1), *draw(index, 0, "orbits")}) == 6


def test_one_image_without_a_batch_is_perturbed_too():
    x = torch.randn(3, 8, 8)
    assert torch.equal(perturb(x, SEVEN, 3), perturb(x[None], SEVEN, 3)[0])
    assert perturb(x[0], SEVEN, 3).shape == (8, 8)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"strength": -1.0}, "strength is -1.0"),
        ({"strength": float("nan")}, "strength is nan"),
        ({"index": [1]}, "but there are 2 images"),
        ({"band": "hig"}, "choose one of"),
    ],
)
def test_what_cannot_be_done_is_refused(arguments, part):
    with pytest.raises(InputError, match=part):
        perturb(torch.randn(2, 1, 8, 8), SEVEN, **({"band": "high"} | arguments))


def test_an_index_may_come_as_whole_floats():
    x = torch.randn(2, 1, 8, 8)
    floats, integers = (perturb(x, SEVEN, "high", index=i) for i in (torch.tensor([3.0, 4.0]), [3, 4]))
    assert torch.equal(floats, integers)
    assert not torch.equal(floats, x)


def test_every_word_of_a_purpose_sets_its_draws_apart():
    words = (("orbits",), ("orbits", "mid"), ("orbits", "high"), ("mid", "orbits"))
    drawn = {float(torch.rand((), generator=g)) for w in words for g in generators(torch.tensor([5]), 0, *w)}
    assert len(drawn) == 4
