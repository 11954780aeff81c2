"""Loading models by name and weights from files; what is refused, and when."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import nn
from torchvision.transforms.v2 import RGB, Normalize

from freqlib.errors import InputError
from freqlib.experiments import fourier_heatmap, robustness, train
from freqlib.experiments.evaluation.logits import logits_of
from freqlib.vision.networks import architectures
from freqlib.vision.networks.models import VisionModel, as_model, load_model


def state_of(model: VisionModel) -> dict[str, torch.Tensor]:
    """The weights as safetensors takes them: contiguous, whatever the layout in memory."""
    return {k: v.contiguous() for k, v in model.network.state_dict().items()}


@pytest.fixture
def saved(tmp_path):
    """The weights of a ResNet-20 for seven classes of grey images, in a file."""
    model = load_model("cifar:resnet20", num_classes=7, in_chans=1)
    path = tmp_path / "grey.safetensors"
    save_file(state_of(model), path)
    return model, path


def logits(model: VisionModel, channels: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        return model(torch.rand(3, channels, 32, 32, generator=generator))


def test_weights_from_a_file_bring_their_classes_and_channels(saved):
    model, path = saved
    again = load_model("cifar:resnet20", path)
    assert again.num_classes == 7
    assert again.input_shape == (1, 32, 32)
    assert not again.training
    assert torch.equal(logits(again), logits(model))
    assert again.name == "cifar:resnet20"


@pytest.mark.parametrize("wrap", [dict, lambda s: {"state_dict": {f"module.{k}": s[k] for k in s}}])
def test_a_pth_file_is_read_without_running_its_code(saved, tmp_path, wrap):
    model, _ = saved
    path = tmp_path / "weights.pth"
    torch.save(wrap(state_of(model)), path)
    assert torch.equal(logits(load_model("cifar:resnet20", path)), logits(model))
    torch.save({"weight": print}, path)
    with pytest.raises(InputError, match=r"weights\.pth' cannot be read"):
        load_model("cifar:resnet20", path)


def test_float16_weights_become_float32(saved, tmp_path):
    model, _ = saved
    path = tmp_path / "half.safetensors"
    state = state_of(model)
    save_file({k: v.half() if v.is_floating_point() else v for k, v in state.items()}, path)
    again = load_model("cifar:resnet20", path)
    assert {p.dtype for p in again.parameters()} == {torch.float32}
    assert torch.allclose(logits(again), logits(model), atol=0.05)
    assert not torch.equal(logits(again), logits(model))


def test_notes_beside_the_weights_decide_unless_an_argument_does(saved):
    _, path = saved
    path.with_suffix(".json").write_text(json.dumps({"normalize": "half", "resize": 16, "seed": 3}))
    noted = load_model("cifar:resnet20", path)
    assert noted.normalize.mean == [0.5]
    assert noted.resize.size == (16, 16)
    told = load_model("cifar:resnet20", path, normalize=(0.25, 0.5), resize="none")
    assert told.normalize.mean == [0.25]
    assert isinstance(told.resize, nn.Identity)
    path.with_suffix(".json").write_text("[")
    with pytest.raises(InputError, match=r"grey\.json' cannot be read as JSON"):
        load_model("cifar:resnet20", path)


def test_weights_that_do_not_fit_are_refused_with_the_first_keys(saved, tmp_path):
    model, path = saved
    with pytest.raises(InputError) as refusal:
        load_model("cifar:resnet32", path)
    assert "\n" not in str(refusal.value)
    start = 'do not fit cifar:resnet32 (Missing key(s) in state_dict: "layer1.3.conv1.weight", "layer1.3.bn1.weight"'
    assert start in str(refusal.value)
    state = state_of(model)
    state["linear.weight"] = state["linear.weight"][:, :5].contiguous()
    state["head.weight"] = torch.zeros(1)
    other = tmp_path / "other.safetensors"
    save_file(state, other)
    with pytest.raises(InputError) as refusal:
        load_model("cifar:resnet20", other, num_classes=7)
    assert 'Unexpected key(s) in state_dict: "head.weight". size mismatch for linear.weight' in str(refusal.value)


def test_files_that_are_no_weights_are_refused(saved, tmp_path):
    _, path = saved
    with pytest.raises(InputError, match="There is no weights file 'pretraind'"):
        load_model("cifar:resnet20", "pretraind")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(InputError, match=r"cut\.safetensors' cannot be read"):
        load_model("cifar:resnet20", cut)
    text = tmp_path / "weights.txt"
    text.write_text("x")
    with pytest.raises(InputError, match=r"weights\.txt' cannot be read"):
        load_model("cifar:resnet20", text)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("resnet81", "resnet18"),
        ("resnet20", "cifar:resnet20"),
        ("cifar:resnet21", "choose one of: resnet8, resnet20, resnet32, resnet44, resnet56, resnet18, vit"),
        ("torchvision:resnet81", "resnet18"),
        ("tv:resnet18", "choose torchvision:NAME, cifar:NAME"),
        ("resnet18.a9_in1k", "resnet18.a1_in1k"),
        ("", "known"),
    ],
)
def test_unknown_names_are_refused_before_anything_is_built(monkeypatch, name, told):
    monkeypatch.setattr(architectures.timm, "create_model", lambda *a, **k: pytest.fail("built"))
    with pytest.raises(InputError, match="Unknown") as refusal:
        load_model(name)
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["resnet18", "vit_tiny_patch16_224.augreg_in21k_ft_in1k"])
def test_weights_that_cannot_be_fetched_are_refused_at_once(name):
    start = time.perf_counter()
    with pytest.raises(InputError, match=r"could not be fetched .*pass weights=PATH"):
        load_model(name, "pretrained")
    assert time.perf_counter() - start < 10
    with pytest.raises(InputError, match=r"could not be fetched .*pass weights=PATH"):
        load_model("torchvision:squeezenet1_1", "pretrained")


def test_what_a_source_does_not_offer_is_refused():
    with pytest.raises(InputError, match="'cifar:vit' has no pretrained weights"):
        load_model("cifar:vit", "pretrained")
    with pytest.raises(InputError, match="torchvision's models take 3 channels"):
        load_model("torchvision:squeezenet1_1", in_chans=1)
    with pytest.raises(InputError, match="select logits by outputs="):
        load_model("torchvision:squeezenet1_1", "pretrained", num_classes=10)
    with pytest.raises(InputError, match="num_classes is 0"):
        load_model("cifar:vit", num_classes=0)
    with pytest.raises(InputError, match=r"a module \(Linear\) is given"):
        load_model(nn.Linear(2, 2), num_classes=3)


def test_random_weights_follow_torchs_seed():
    def seeded(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return logits(load_model("cifar:vit"), 3)

    assert torch.equal(seeded(0), seeded(0))
    assert not torch.equal(seeded(0), seeded(1))


def test_timm_takes_classes_and_channels():
    model = load_model("test_resnet", num_classes=4, in_chans=1)
    assert model.input_shape == (1, 160, 160)
    assert model(torch.rand(2, 1, 40, 60)).shape == (2, 4)
    # timm has three statistics; a grey image gets their average.
    assert len(model.normalize.mean) == 1


def test_outputs_select_and_order(tmp_path):
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 1000))
    x = torch.rand(2, 3, 2, 2)
    expected = network(x)
    chosen = tmp_path / "classes.json"
    chosen.write_text(json.dumps(["n01443537", "n01440764"]))
    for outputs in ([1, 0], ["n01443537", "n01440764"], chosen, str(chosen)):
        model = load_model(network, outputs=outputs)
        assert torch.equal(model(x), expected[:, [1, 0]])
        assert model.num_classes == 2
        assert "outputs" not in model.state_dict()


@pytest.mark.parametrize(
    ("outputs", "told"),
    [
        ([0, 10], "names logit 10, but indices must be from 0 to 9"),
        ([-1], "names logit -1"),
        ([1, 2, 1], "names 1 more than once"),
        ([], "at least one entry"),
        ([1, "n01443537"], "must be a list of indices"),
        (["n01443537"], "10 logits instead of ImageNet's 1000"),
        ("nowhere.json", "cannot be read as JSON .no such file."),
    ],
)
def test_other_outputs_are_refused(outputs, told):
    with pytest.raises(InputError, match=told):
        load_model("cifar:resnet20", outputs=outputs)


def test_outputs_are_checked_where_the_number_of_logits_is_not_known_before():
    model = load_model(nn.Sequential(nn.Flatten(), nn.Linear(12, 5)), outputs=[5])
    with pytest.raises(InputError, match="names logit 5, but indices must be from 0 to 4"):
        model(torch.rand(1, 3, 2, 2))


def test_images_that_do_not_fit_are_refused():
    model = load_model("cifar:resnet20")
    with pytest.raises(InputError, match=r"1 channel, but cifar:resnet20 takes 3; .*a model for 1"):
        model(torch.rand(2, 1, 32, 32))
    with pytest.raises(InputError, match=r"uint8 of shape \(2, 3, 32, 32\)"):
        model(torch.zeros(2, 3, 32, 32, dtype=torch.uint8))
    with pytest.raises(InputError, match=r"shape \(3, 32, 32\)"):
        model(torch.rand(3, 32, 32))


def test_as_model_wraps_without_preprocessing():
    network = nn.Sequential(nn.Flatten(), nn.Linear(12, 5)).train()
    model, x = as_model(network), torch.rand(2, 3, 2, 2)
    assert as_model(model) is model
    assert model.name == "Sequential"
    assert model.training
    assert torch.equal(model(x), network(x))
    assert as_model("cifar:vit").name == "cifar:vit"


def read(path) -> torch.Tensor:
    return torch.tensor(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1)[None] / 255


def accuracy(model: VisionModel, files: list, labels: list[int]) -> float:
    with torch.inference_mode():
        hits = [int(model(read(f)).argmax()) == k for f, k in zip(files, labels, strict=True)]
    return sum(hits) / len(hits)


def test_squeezenet_reaches_its_accuracy_on_the_imagenet_sample(requires_data):
    weights = requires_data("weights/squeezenet1_1_imagenet_fp16.safetensors")
    files = sorted(requires_data("imagenet-sample").glob("*/*.*g"))
    model = load_model("torchvision:squeezenet1_1", weights)
    labels = [int(file.parent.name) for file in files]
    assert len(files) == 160
    assert accuracy(model, files, labels) == pytest.approx(0.49, abs=0.03)


def test_vit_tiny_reaches_its_accuracy_on_tiny_imagenet(requires_data):
    weights = requires_data("weights/vit_tiny_patch16_224_tinyimagenet200_fp16.safetensors")
    classes = json.loads(requires_data("weights/vit_tiny_patch16_224_tinyimagenet200_classes.json").read_text())
    folder = requires_data("tiny-imagenet-200/val")
    files = [min(f for f in (folder / name).rglob("*") if f.is_file()) for name in classes[::2]]
    model = load_model("vit_tiny_patch16_224", weights, resize=224)
    assert model.num_classes == 200
    # 69.3 % on the full validation set; three standard errors of 100 images.
    assert accuracy(model, files, list(range(0, 200, 2))) == pytest.approx(0.693, abs=0.14)


def test_alexnet_has_the_layers_of_its_authors():
    net = load_model("cifar:alexnet", num_classes=4, in_chans=1).network
    shapes = [tuple(m.weight.shape) for m in net.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert shapes == [
        (96, 1, 3, 3), (256, 96, 3, 3), (384, 256, 3, 3), (384, 384, 3, 3), (256, 384, 3, 3),
        (4096, 1024), (4096, 4096), (4, 4096),
    ]  # fmt: skip
    kinds = [type(m).__name__ for m in net.features]
    assert kinds[:4] == ["Conv2d", "ReLU", "BatchNorm2d", "MaxPool2d"]
    assert kinds.count("MaxPool2d") == 3
    assert all(m.bias is None for m in net.features if isinstance(m, nn.Conv2d))


class Viewing(nn.Module):
    """The network of many a tutorial: view() on maps needs them in their usual order."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4 * 64, 2)

    def forward(self, x):
        return self.fc(self.conv(x).view(x.size(0), -1))


def test_a_module_of_ones_own_that_uses_view_is_loaded_trained_and_left_as_it_was():
    net = Viewing()
    data = (torch.rand(8, 8, 8, 3).permute(0, 3, 1, 2), torch.arange(8) % 2)  # as from an array with channels last
    model = load_model(net, normalize=([0.5] * 3, [0.25] * 3))
    assert model(torch.rand(2, 3, 8, 8)).shape == (2, 2)
    assert net(torch.rand(2, 3, 8, 8)).shape == (2, 2)
    assert logits_of(net, data).shape == (8, 2)
    train(net, data, epochs=1, batch=4, progress=False)


def test_images_that_do_not_fit_a_module_are_refused_and_other_errors_are_not():
    with pytest.raises(InputError, match=r"Viewing cannot take images of shape \(3, 16, 16\) \(.*mat1 and mat2"):
        logits_of(Viewing(), (torch.rand(2, 3, 16, 16), torch.arange(2)))
    with pytest.raises(InputError, match="a float32 model"):
        load_model(Viewing().double())(torch.rand(2, 3, 8, 8))

    narrow = load_model(timm.create_model("vit_tiny_patch16_224", num_classes=2))
    few = (torch.rand(2, 3, 32, 32), torch.arange(2))
    for look in (lambda: narrow(few[0]), lambda: robustness(narrow, few), lambda: fourier_heatmap(narrow, few, size=1)):
        with pytest.raises(InputError, match=r"cannot take images of shape \(3, 32, 32\) \(.*doesn't match model"):
            look()

    small = timm.create_model("test_vit", num_classes=2)
    normed = nn.Sequential(nn.LayerNorm([3, 8, 8]), nn.Flatten(), nn.Linear(192, 2))
    for net in (small, normed, nn.Sequential(nn.BatchNorm2d(4)), nn.Sequential(nn.ReflectionPad2d(40))):
        with pytest.raises(InputError, match="cannot take images of shape"):
            robustness(net, (torch.rand(2, 3, 24, 24), torch.arange(2)))

    class Masked(nn.Module):
        def forward(self, x, mask):
            return x

    with pytest.raises(InputError, match=r"Masked cannot take images .*missing 1 required positional argument: 'mask'"):
        load_model(Masked())(few[0])

    class Faulty(Masked):
        def forward(self, x):  # what is wrong inside is the user's to see
            return self.helper() if x.shape[-1] == 32 else _never(x)

        def helper(self, y):
            return y

    def _never(x):
        assert x is None

    with pytest.raises(TypeError, match="helper"):
        load_model(Faulty())(few[0])
    with pytest.raises(AssertionError):
        load_model(Faulty())(torch.rand(2, 3, 8, 8))

    class Full(nn.Module):
        def forward(self, x):
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        load_model(Full())(torch.rand(2, 3, 8, 8))


def test_what_gives_no_logits_is_refused():
    with pytest.raises(InputError, match="must return"):
        logits_of(nn.Conv2d(3, 10, 1), (torch.rand(2, 3, 8, 8), torch.arange(2)))


def test_the_environment_names_the_device(monkeypatch):
    monkeypatch.setenv("FREQLIB_DEVICE", "meta")
    with pytest.raises(InputError, match="Device 'meta' holds no numbers"):
        load_model("cifar:resnet8")
    assert load_model("cifar:resnet8", device="cpu").device.type == "cpu"
    monkeypatch.setenv("FREQLIB_DEVICE", "gpu9")
    with pytest.raises(InputError, match="Device 'gpu9' is not there"):
        load_model("cifar:resnet8")


def test_numbers_of_normalize_that_fit_no_channel_are_refused():
    with pytest.raises(InputError, match="one number for each of 3 channels"):
        load_model("cifar:resnet8", normalize=([0.1, 0.9], [0.2, 0.4]))
    for numbers in (([0.1, 0.9], [0.2, 0.4]), ([0.5], [0.2, 0.4])):
        with pytest.raises(InputError, match="but the images have 3 channels"):
            load_model(Viewing(), normalize=numbers)(torch.rand(2, 3, 8, 8))
    coloured = load_model(Viewing(), normalize="imagenet", resize=RGB())  # grey images become RGB before
    assert torch.equal(coloured(torch.rand(2, 1, 8, 8)).isfinite(), torch.ones(2, 2).bool())


def test_other_checkpoints_are_unwrapped_or_refused_with_what_would_do(tmp_path):
    model = load_model("cifar:resnet8")
    for key, prefix in (("model_state_dict", ""), ("net", "module.")):
        state = {f"{prefix}{name}": value for name, value in state_of(model).items()}
        torch.save({key: state, "epoch": 3}, tmp_path / "tutorial.pth")
        again = load_model("cifar:resnet8", weights=tmp_path / "tutorial.pth")
        assert torch.equal(again.network.conv1.weight, model.network.conv1.weight)
    torch.save(model.network, tmp_path / "whole.pth")
    (tmp_path / "broken.pth").write_text("hello")
    for name in ("whole.pth", "broken.pth"):
        with pytest.raises(InputError, match=r"cannot be read \(.*\); save model.state_dict\(\) again"):
            load_model("cifar:resnet8", weights=tmp_path / name)
    with pytest.raises(InputError, match="it holds more than tensors"):
        load_model("cifar:resnet8", weights=tmp_path / "whole.pth")
    with pytest.raises(InputError, match=f"'mine.pth' in {Path.cwd()}"):
        load_model("cifar:resnet8", weights="mine.pth")


def test_a_network_that_works_in_place_leaves_the_images_as_they_were():
    x = torch.rand(2, 1, 8, 8)
    before = x.clone()
    net = nn.Sequential(nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(64, 3))
    for model in (load_model(net), load_model(net, normalize=Normalize([0.5], [0.5], inplace=True))):
        model(x)
        assert torch.equal(x, before)


def test_what_is_loaded_is_not_loaded_again_and_a_file_is_no_name():
    with pytest.raises(InputError, match=r"pass its own module, model\.network"):
        load_model(load_model("cifar:resnet8"), outputs=[0, 1])
    for name in ("./mine.py", "weights/mine.safetensors"):
        with pytest.raises(InputError, match="is a file, and no model's name"):
            load_model(name)
    with pytest.raises(InputError, match="divide by 255"):
        load_model("cifar:resnet8", normalize=([123.7, 116.3, 103.5], [58.4, 57.1, 57.4]))


def test_the_weights_of_a_wrapped_network_fit_it(tmp_path):
    net = nn.DataParallel(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()))
    torch.save(net.state_dict(), tmp_path / "wrapped.pth")
    load_model(nn.DataParallel(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten())), weights=tmp_path / "wrapped.pth")
    load_model(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), weights=tmp_path / "wrapped.pth")


@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
def test_networks_that_rescale_their_images_do_so_whatever_their_weights():
    """With pretrained=True torchvision switches it on; weights from a file are these weights."""
    for name in ("googlenet", "inception_v3"):
        assert load_model(f"torchvision:{name}").network.transform_input
