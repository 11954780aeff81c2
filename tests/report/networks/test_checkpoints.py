import json

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from freqlib.errors import InputError
from freqlib.experiments import kernel_history, kernel_spectra, ssr
from freqlib.report.networks import checkpoints
from freqlib.report.networks.checkpoints import initial, train_checkpoint, trained
from freqlib.report.networks.recipes import ARMS, FORMS, RECIPES
from freqlib.vision import Images, load_data, load_model, variant


@pytest.mark.parametrize("form", ["coarse", "high-2", "fourier"])
def test_a_network_is_trained_on_the_form_its_recipe_names(form: str, tmp_path) -> None:
    name = f"photo-patches_resnet20_{form}_0"
    model, _ = train_checkpoint(name, tmp_path, epochs=1, steps=2, progress=False)
    notes = json.loads((tmp_path / f"{name}.json").read_text())
    assert model.num_classes == (4 if form == "coarse" else 12)
    assert model.input_shape[0] == (2 if form == "fourier" else 1)
    assert notes["variant"] == FORMS[form].get("variant", "original")
    assert notes["labels"] == ("coarse" if form == "coarse" else "fine")
    again = load_model("cifar:resnet20", weights=tmp_path / f"{name}.safetensors")
    seen = next(iter(variant(load_data("photo-patches", limit=4), notes["variant"]).batches(4)))[0]
    with torch.no_grad():
        assert torch.equal(again(seen), model(seen))


def test_the_history_holds_the_spectra_of_maps_and_kernels(tmp_path) -> None:
    name = "photo-patches_resnet20"
    model, _ = train_checkpoint(name, tmp_path, epochs=1, steps=1, progress=False)
    history = pd.read_csv(tmp_path / f"{name}.csv")
    assert {"high layer1", "high layer2", "high layer3"} <= set(history)
    kernels = kernel_history(history, model)
    states = [kernels[kernels.epoch == epoch] for epoch in (0, 1)]
    assert ssr(*states).layer.iloc[-1] == "all"
    assert kernels.groupby(["epoch", "layer"]).energy_share.sum().tolist() == pytest.approx([1] * 38)


def test_the_first_weights_are_those_that_the_training_started_from(tmp_path) -> None:
    name = "photo-patches_resnet8_decay-0_1"
    path = trained(name, tmp_path, epochs=1, steps=2)
    history = pd.read_csv(path.with_suffix(".csv"))
    start = initial(path)
    recorded = kernel_history(history, start)
    drawn = kernel_spectra(start).mean_power.tolist()
    assert drawn == pytest.approx(recorded[recorded.epoch == 0].mean_power.tolist(), rel=1e-4)
    assert drawn != pytest.approx(recorded[recorded.epoch == 1].mean_power.tolist(), rel=1e-4)


def test_forms_and_arms_are_recipes_that_differ_in_what_they_say() -> None:
    few = Images(torch.rand(2, 3, 32, 32), torch.tensor([0, 1]))
    for form, changes in FORMS.items():
        assert RECIPES[f"cifar10_resnet20_{form}_0"].items() >= changes.items()
        variant(few, changes.get("variant", "original"))
    for arm in ARMS:
        assert RECIPES[f"cifar10_resnet20_{arm}_4"]["training"]["epochs"] == 16
    assert "fashion-mnist_resnet20_coarse_0" not in RECIPES
    with pytest.raises(InputError, match=r"that of decay-0_1 is for: cifar10 with resnet20, cifar10 with resnet18"):
        train_checkpoint("syn-1_resnet8_decay-0_1", ".")
    with pytest.raises(InputError, match="'cifar10_resnet21'"):
        train_checkpoint("cifar10_resnet21", ".")


def test_dropout_acts_before_the_head_and_in_training_only(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(
        RECIPES,
        "dropped",
        {"data": "photo-patches", "model": "cifar:resnet8", "seed": 0, "dropout": 0.5, "training": {"epochs": 1}},
    )
    seen = []
    monkeypatch.setattr(torch.nn.functional, "dropout", lambda x, share, on: seen.append((x.shape[1], share, on)) or x)
    train_checkpoint("dropped", tmp_path, steps=1, progress=False)
    assert (64, 0.5, True) in seen
    assert {(64, 0.5, True), (64, 0.5, False)} == set(seen)


def test_a_network_that_was_trained_otherwise_is_never_taken_for_the_one_that_is_asked(tmp_path) -> None:
    name = "photo-patches_resnet8_decay-0_0"
    with pytest.raises(InputError, match="is not there; let it be trained"):
        trained(name, tmp_path, epochs=1, steps=1, missing=False)
    path = trained(name, tmp_path, epochs=1, steps=1)
    before = path.stat().st_mtime_ns
    assert trained(name, tmp_path, epochs=1, steps=1, missing=False) == path
    assert path.stat().st_mtime_ns == before
    with pytest.raises(InputError, match="was trained with epochs=1, not 2"):
        trained(name, tmp_path, missing=False)
    trained(name, tmp_path, epochs=1, steps=2)
    with pytest.raises(InputError, match="was trained with autocast=None, not bfloat16"):
        trained(name, tmp_path, epochs=1, steps=2, autocast="bfloat16", missing=False)
    assert json.loads(path.with_suffix(".json").read_text())["training"]["steps"] == 2


def test_a_frozen_backbone_is_that_of_the_plain_network_statistics_and_all(tmp_path) -> None:
    train_checkpoint("photo-patches_resnet8_frozen-conv_0", tmp_path, epochs=1, steps=2, progress=False)
    plain, frozen = (
        load_file(tmp_path / f"photo-patches_resnet8_{arm}_0.safetensors") for arm in ("original", "frozen-conv")
    )
    backbone = [name for name in plain if not name.startswith("linear.")]
    assert any(name.endswith("running_var") for name in backbone)
    assert all(torch.equal(plain[name], frozen[name]) for name in backbone)
    assert {name.partition(".")[0] for name in set(frozen) - set(backbone)} == {"head"}


def test_networks_that_are_to_be_matched_look_at_the_test_images_and_no_others_do(tmp_path, monkeypatch) -> None:
    seen = {}

    def watched(model, data, **options):
        seen.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoints, "train", watched)
    for name, training in (("matched", {"epochs": 1, "until": 0.5}), ("plain", {"epochs": 1})):
        recipe = {"data": "photo-patches", "model": "cifar:resnet8", "seed": 0, "training": training}
        monkeypatch.setitem(RECIPES, name, recipe)
        with pytest.raises(KeyboardInterrupt):
            train_checkpoint(name, tmp_path, progress=False)
        assert (seen["validate"] is not None) == (name == "matched")
