import copy

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments import kernel_spectra, ssr
from freqlib.vision import as_model, convolutions, load_model


def with_statistics(model, seed=0):
    """Batch norms as a training leaves them, so that folding is no identity."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            for t in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                t.copy_(torch.rand(t.shape, generator=generator) + 0.5)
    return model.eval()


@pytest.mark.parametrize("name", ["cifar:resnet20", "test_resnet", "test_efficientnet"])
def test_the_folded_network_gives_the_same_outputs(name):
    model = with_statistics(load_model(name, num_classes=3))
    x = torch.rand(2, *model.input_shape, generator=torch.Generator().manual_seed(1))
    folded = copy.deepcopy(model)
    found = [c for c in convolutions(folded) if c.norm is not None]
    assert len(found) == sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    for pair in found:
        _, convolution, norm = pair
        weight = pair.kernels(fold_bn=True).clone()
        shift = norm.bias - norm.running_mean * norm.weight / (norm.running_var + norm.eps).sqrt()
        convolution.weight.data = weight
        convolution.bias = None
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.weight.data.fill_(1)
        norm.bias.data = shift.detach()
    with torch.no_grad():
        assert torch.allclose(folded(x), model(x), atol=1e-4)


def test_trap_15_rescaling_before_a_batch_norm_changes_no_share():
    model = with_statistics(load_model("cifar:resnet20"))
    plain, folded = kernel_spectra(model), kernel_spectra(model, fold_bn=True)
    network = model.network
    network.conv1.weight.data *= 7
    network.bn1.running_mean *= 7
    network.bn1.running_var *= 49
    network.bn1.eps *= 49
    assert kernel_spectra(model).energy_share.tolist() == pytest.approx(plain.energy_share.tolist(), rel=1e-5)
    assert kernel_spectra(model, True).mean_power.tolist() == pytest.approx(folded.mean_power.tolist(), rel=1e-5)
    # The raw power is another; that is why it means little.
    assert kernel_spectra(model).mean_power[0] == pytest.approx(49 * plain.mean_power[0], rel=1e-5)


def test_every_convolution_has_rows_whatever_its_kernel_groups_and_dilation():
    net = nn.Sequential(
        nn.Conv2d(1, 4, (1, 7), padding=(0, 3)),
        nn.Conv2d(4, 4, 5, groups=4, padding=2),
        nn.Conv2d(4, 2, 3, dilation=2, padding=2),
        nn.Conv2d(2, 2, 1),
    )
    table = kernel_spectra(net)
    assert table.groupby("layer").cells.sum().tolist() == [7, 25, 9, 1]
    assert table.groupby("layer").energy_share.sum().tolist() == pytest.approx([1] * 4)
    assert table.groupby("layer").null_share.sum().tolist() == pytest.approx([1] * 4)


def test_a_folded_norm_weighs_the_channels():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, bias=False), nn.BatchNorm2d(2)).eval()
    net[0].weight.data.zero_()
    net[0].weight.data[0, 0, 1, 1] = 1  # white
    net[0].weight.data[1] = 1 / 3  # all DC, of the same energy
    net[1].weight.data = torch.tensor([0.0, 2.0])
    net[1].eps = 1e-12  # 0 is refused by some versions of torch
    model = as_model(net)
    assert not kernel_spectra(model).folded.any()
    assert kernel_spectra(model).energy_share.tolist() == pytest.approx([5 / 9, 2 / 9, 2 / 9])
    folded = kernel_spectra(model, fold_bn=True, shape=(1, 8, 8))
    assert folded.folded.all()
    assert folded.energy_share.tolist() == pytest.approx([1, 0, 0], abs=1e-6)
    assert folded.mean_power[0] == pytest.approx(4 * 9 / 2)


@pytest.mark.parametrize("inplace", [True, False])
def test_a_norm_behind_a_rectifier_is_not_folded(inplace):
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(inplace=inplace), nn.BatchNorm2d(2), nn.Conv2d(2, 2, 3))
    assert not kernel_spectra(net, fold_bn=True, shape=(1, 8, 8)).folded.any()


def test_models_without_a_spectrum_are_refused():
    with pytest.raises(InputError, match="has no convolution"):
        kernel_spectra(nn.Linear(2, 2))
    with pytest.raises(InputError, match=r"shape .* is not known"):
        kernel_spectra(nn.Conv2d(1, 1, 3), fold_bn=True)


def state(*powers):
    rows = [("a", 0.0, powers[0]), ("a", 0.667, powers[1]), ("a", 0.943, powers[2]), ("point", 0.0, 9.0)]
    rows += [("b", 0.0, powers[3]), ("b", 0.667, powers[4]), ("b", 0.943, powers[5])]
    return pd.DataFrame(rows, columns=["layer", "radius_nyquist", "mean_power"])


@pytest.mark.parametrize(
    ("definition", "a", "b", "together"),
    [
        # a: H from (1 + 1) / 1 to (3 + 1) / 4; b: from (2 + 2) / 2 to (8 + 4) / 2. All: over its total a layer has
        # 1/3 at DC and 2/3 above; then a 1/2 and 1/2, b 1/7 and 6/7; so H from 2 to (1/2 + 6/7) / (1/2 + 1/7) = 19/9.
        ("absolute", (2 - 1) / 2, (2 - 6) / 2, (2 - 19 / 9) / 2),
        # H / T: a from 2 / 3 to 4 / 8; b from 4 / 6 to 12 / 14; all to the mean of these.
        ("relative", 1 - (4 / 8) / (2 / 3), 1 - (12 / 14) / (4 / 6), 1 - (4 / 8 + 12 / 14) / 2 / (2 / 3)),
        ("growth", 4 / 2 - 1, 12 / 4 - 1, 16 / 6 - 1),
    ],
)
def test_every_definition_of_the_ratio_by_hand(definition, a, b, together):
    table = ssr(state(1, 1, 1, 2, 2, 2), state(4, 3, 1, 2, 8, 4), definition)
    assert table.layer.tolist() == ["a", "b", "all"]  # a 1x1 convolution has no high frequency
    assert table.ssr.tolist() == pytest.approx([a, b, together])


@pytest.mark.parametrize("definition", ["absolute", "relative", "growth"])
@pytest.mark.parametrize("odd", [0.0, float("nan")])
def test_the_row_of_all_layers_is_of_the_same_ones_before_and_after(definition, odd):
    one, other = state(1, 1, 1, 2, 2, 2), state(odd, odd, odd, 2, 2, 2)
    together = ssr(one, other, definition).set_index("layer").ssr
    assert together["b"] == 0
    grown = odd == 0 and definition == "growth"  # nothing is left of a, which is a number
    assert together["all"] == pytest.approx(-1 / 3) if grown else np.isnan(together["all"])


def test_the_scale_of_a_layer_counts_in_growth_alone():
    one, other = state(1, 1, 1, 2, 2, 2), state(4, 3, 1, 2, 8, 4)
    scaled = other.assign(mean_power=other.mean_power.where(other.layer != "a", 100 * other.mean_power))
    for definition in ("absolute", "relative"):
        assert ssr(one, scaled, definition).ssr.tolist() == pytest.approx(ssr(one, other, definition).ssr.tolist())
    assert ssr(one, scaled, "growth").ssr.iloc[-1] > ssr(one, other, "growth").ssr.iloc[-1]


def test_a_table_that_was_written_and_read_can_be_compared(tmp_path):
    table = kernel_spectra(nn.Sequential(nn.Conv2d(1, 3, 4)))
    table.to_csv(tmp_path / "a.csv", index=False, float_format="%.6g")
    assert ssr(pd.read_csv(tmp_path / "a.csv"), table).ssr.tolist() == pytest.approx([0, 0], abs=1e-4)


def test_ratios_that_make_no_sense_are_refused():
    one = state(1, 1, 1, 1, 1, 1)
    with pytest.raises(InputError, match="folded into one of the two tables only"):
        ssr(one.assign(folded=False), one.assign(folded=True))
    with pytest.raises(InputError, match="different architectures: layer"):  # which comes before
        ssr(kernel_spectra("cifar:resnet8"), kernel_spectra("cifar:resnet20"))
    with pytest.raises(InputError, match="choose one of: absolute, relative, growth"):
        ssr(one, one, "energy")
    with pytest.raises(InputError, match="different architectures"):
        ssr(one, one[one.layer != "b"])
    with pytest.raises(InputError, match="larger than 1x1"):
        ssr(one[one.layer == "point"], one[one.layer == "point"])


def test_growth_is_of_what_lies_beyond_half_of_nyquist():
    before, after = (
        pd.DataFrame({"layer": "a", "radius_nyquist": [0, 0.4, 0.8], "mean_power": power})
        for power in ([1.0, 1, 1], [1.0, 5, 2])
    )
    assert ssr(before, after, "growth").ssr.tolist() == [1, 1]
    assert ssr(before, after).ssr[0] == -1


def test_a_weight_that_is_computed_before_each_pass_is_read_as_the_next_pass_has_it():
    with pytest.warns(FutureWarning, match="weight_norm"):
        net = nn.Sequential(nn.utils.weight_norm(nn.Conv2d(1, 4, 3)), nn.Flatten(), nn.Linear(144, 2))
    net.load_state_dict({name: torch.randn_like(t) for name, t in net.state_dict().items()})
    found = kernel_spectra(net).energy_share
    net(torch.rand(1, 1, 8, 8))
    assert found.equals(kernel_spectra(net).energy_share)
    plain = nn.Conv2d(1, 4, 3)
    plain.weight.data = net[0].weight.detach()
    assert found.tolist() == pytest.approx(kernel_spectra(nn.Sequential(plain)).energy_share.tolist())


def test_a_convolution_with_two_norms_is_not_folded():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.one, self.two = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.BatchNorm2d(4)

        def forward(self, x):
            maps = self.conv(x)
            return (self.one(maps) + self.two(maps)).mean((2, 3))

    net = Shared().eval()
    net.two.running_var.fill_(100)
    assert not kernel_spectra(as_model(net), fold_bn=True, shape=(1, 8, 8)).folded.any()
