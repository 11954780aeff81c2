"""The networks of a notebook and the layers that its parameter means."""

import pytest
import torch
from safetensors.torch import save_file

import freqlib as fl
from freqlib.errors import InputError
from freqlib.report.networks.compared import load_networks, name_layers


def save(path):
    state = fl.load_model("cifar:resnet8").network.state_dict()
    save_file({name: value.contiguous() for name, value in state.items()}, path)


def test_one_architecture_with_several_weights_is_several_networks(tmp_path):
    """Tables and panels go by name, so that of two networks with one name one would stand for both."""
    for name in ("a", "b"):
        save(tmp_path / f"{name}.safetensors")
    models, files = ["cifar:resnet8"] * 3, [str(tmp_path / "a.safetensors"), str(tmp_path / "b.safetensors"), ""]
    networks = load_networks(models, files, outputs="", resize=16)
    assert list(networks) == ["cifar:resnet8 (a)", "cifar:resnet8 (b)", "cifar:resnet8 (random)"]
    first, second, _ = (network.network.conv1.weight for network in networks.values())
    assert not torch.equal(first, second)
    data = (torch.rand(2, 3, 32, 32), torch.arange(2))
    table = fl.sweep(networks["cifar:resnet8 (b)"], data, "conv1", progress=False)
    assert table.model.unique() == ["cifar:resnet8 (b)"]


def test_files_of_one_name_in_two_folders_are_told_apart(tmp_path):
    files = [tmp_path / folder / "net.safetensors" for folder in ("a", "b")]
    for path in files:
        path.parent.mkdir()
        save(path)
    networks = load_networks(["cifar:resnet8"] * 3 + ["cifar:mixer"], [*map(str, files), "", ""])
    told = [*map(str, files), "random"]
    assert list(networks) == [*(f"cifar:resnet8 ({name})" for name in told), "cifar:mixer"]


@pytest.mark.parametrize(
    ("models", "weights", "told"),
    [
        ([], [], "0 models"),
        (["cifar:resnet8"], [], "1 models and 0 weights"),
        (["cifar:resnet8", "cifar:resnet8"], ["", ""], "named twice"),
    ],
)
def test_networks_that_cannot_be_told_apart_are_refused(models, weights, told):
    with pytest.raises(InputError, match=told):
        load_networks(models, weights)


def test_named_layers_may_stand_with_blanks():
    network = fl.load_model("cifar:resnet8")
    assert name_layers(network, (3, 32, 32), " layer1 , input") == ["layer1", "input"]
    assert set(name_layers(network, (3, 32, 32), "blocks")) < set(fl.layers(network, (3, 32, 32)).name)
