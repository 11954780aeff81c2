import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import class_spectra, image_statistics, robustness
from freqlib.vision import Images, load_data, load_model


class Checkers(nn.Module):
    """Says 1 where the image alternates from pixel to pixel."""

    def forward(self, x):
        rough = (x[..., 1:] - x[..., :-1]).abs().mean((1, 2, 3))
        return torch.stack([0.3 - rough, rough - 0.3], 1)


@pytest.fixture
def boards() -> Images:
    board = ((torch.arange(16)[:, None] + torch.arange(16)) % 2).float()
    x = torch.stack([board if i % 2 else torch.full((16, 16), 0.5) for i in range(20)])[:, None]
    return Images(x, torch.arange(20) % 2, name="boards")


def test_a_model_that_reads_one_frequency_fails_without_it(boards: Images) -> None:
    table = robustness(Checkers(), boards, ["original", "high:2", "low:2", "pixels:8"], progress=False)
    assert table.top1.tolist() == [1, 1, 0.5, 0.5]
    assert table.d_top1.tolist() == [0, 0, -0.5, -0.5]
    assert (table.top1_low <= table.top1).all()
    assert (table.d_top1_high[2:] < 0).all()
    assert table.n.unique().tolist() == [20]


def test_everything_is_checked_before_any_work(boards: Images) -> None:
    network = load_model("cifar:resnet20", num_classes=2, in_chans=1)
    with pytest.raises(InputError, match="'lower'"):
        robustness(network, boards, ["original", "lower"], progress=False)
    with pytest.raises(InputError, match="images have 2 channels"):
        robustness(network, boards, ["original", "fourier"], progress=False)


def test_statistics_of_a_board_and_of_what_a_blur_leaves(boards: Images) -> None:
    table = image_statistics(boards, ["original", "low:4", "high:4"]).set_index("variant")
    assert table["mean"]["original"] == pytest.approx(0.5)
    assert table.variance["original"] == pytest.approx(0.125)  # half of the images vary, by a quarter
    assert table.high_share["high:4"] == pytest.approx(table.high_share["original"], abs=0.01)
    assert table.variance["low:4"] < 1e-3
    assert table["mean"]["high:4"] == pytest.approx(0, abs=1e-3)
    assert table.colour_share.isna().all()


def test_frequencies_of_images_are_those_of_their_cosines() -> None:
    """Mirrored at its edges, a cosine is one frequency; a ramp has none that is high, though its edges do not meet."""
    y, x = ((torch.arange(n) + 0.5) / n for n in (8, 16))
    wave = torch.cos(3 * torch.pi * y)[:, None] * torch.cos(8 * torch.pi * x)  # 3 / 8 and 8 / 16 of Nyquist
    ramp = torch.linspace(0, 1, 16).expand(8, 16)
    label = torch.zeros(1, dtype=torch.int64)
    of_wave, of_ramp = (image_statistics((image[None, None], label)).iloc[0] for image in (wave, ramp))
    assert of_wave.centroid == pytest.approx(0.625)
    assert of_wave.high_share == pytest.approx(1)
    assert of_wave.variance == pytest.approx(0.25)
    assert of_ramp.variance == pytest.approx(float(ramp.var(correction=0)))
    assert of_ramp.high_share < 0.005
    assert class_spectra((ramp[None, None], label)).query("radius_nyquist >= 0.5").energy_share.sum() > 0.02


def test_colour_is_what_differs_between_channels() -> None:
    x = torch.zeros(1, 3, 4, 4)
    x[:, 0] = 1  # of the energy 1 a third is grey
    table = image_statistics((x, torch.zeros(1, dtype=torch.int64)))
    assert table.colour_share[0] == pytest.approx(2 / 3)
    assert table.centroid.isna()[0]


def test_the_published_blur_takes_the_colours_and_its_residual_everything(requires_data) -> None:
    requires_data("cifar-10-batches-py")
    data = load_data("cifar10", limit=50)
    table = image_statistics(data, ["low:2", "published-low:2", "published-high:2"]).set_index("variant")
    assert table.colour_share["published-low:2"] < 0.1 * table.colour_share["low:2"]
    assert table.variance["published-high:2"] == 0


def test_normalized_images_are_not_clamped_in_silence() -> None:
    data = (2 * torch.randn(16, 1, 8, 8), torch.arange(16) % 2)
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    with pytest.raises(InputError, match="must lie in"):
        robustness(net, data, ["original", "noise:0.01"], progress=False)
    assert len(robustness(net, data, ["original", "noise-unclamped:0.01"], progress=False)) == 2


def test_copies_of_an_image_in_one_group_do_not_narrow_the_interval() -> None:
    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    alone = Images(torch.rand(30, 1, 8, 8), torch.arange(30) % 2)
    copies = alone.select(torch.arange(30).repeat_interleave(5))
    copies.groups = torch.arange(30).repeat_interleave(5)
    once, many = (robustness(net, images, ["original"], progress=False) for images in (alone, copies))
    wide, narrow = (t.top1_high - t.top1_low for t in (many, once))
    assert (wide > 0.6 * narrow).all()  # of five times as many images alone it would be 0.45 of it
