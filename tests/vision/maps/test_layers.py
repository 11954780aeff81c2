"""Which layers are found, of which kind and layout, and why others are refused."""

import copy
import sys

import pytest
import timm
import torch
import torchvision
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.vision.maps.dataflow import record
from freqlib.vision.maps.layers import choose_layers, find_layers, layers
from freqlib.vision.maps.skeleton import evaluating
from freqlib.vision.networks.models import VisionModel, as_model, load_model

# Default layers by hand: (name, height, width, channels, layout, prefix tokens) of first and last.
FAMILIES = {
    "cifar:resnet20": (["layer1", "layer2", "layer3"], (32, 32, 16, "nchw", 0), (8, 8, 64, "nchw", 0)),
    "cifar:vit": ([f"blocks.{i}" for i in range(6)], (8, 8, 96, "tokens", 1), (8, 8, 96, "tokens", 1)),
    "resnet18": (["layer1", "layer2", "layer3", "layer4"], (56, 56, 64, "nchw", 0), (7, 7, 512, "nchw", 0)),
    "convnext_atto": (
        ["stages.0", "stages.1", "stages.2", "stages.3"],
        (56, 56, 40, "nchw", 0),
        (7, 7, 320, "nchw", 0),
    ),
    "mobilenetv3_small_100": (
        ["blocks.0", "blocks.1", "blocks.3", "blocks.5"],
        (56, 56, 16, "nchw", 0),
        (7, 7, 576, "nchw", 0),
    ),
    "torchvision:squeezenet1_1": (
        ["features.4", "features.7", "features.12"],
        (55, 55, 128, "nchw", 0),
        (13, 13, 512, "nchw", 0),
    ),
    "torchvision:mobilenet_v3_small": (
        ["features.1", "features.3", "features.8", "features.12"],
        (56, 56, 16, "nchw", 0),
        (7, 7, 576, "nchw", 0),
    ),
    "swin_tiny_patch4_window7_224": (
        [f"layers.{s}.blocks.{b}" for s, n in enumerate([2, 2, 6, 2]) for b in range(n)],
        (56, 56, 96, "nhwc", 0),
        (7, 7, 768, "nhwc", 0),
    ),
    "torchvision:swin_t": (
        [f"features.{s}.{b}" for s, n in zip([1, 3, 5, 7], [2, 2, 6, 2], strict=True) for b in range(n)],
        (56, 56, 96, "nhwc", 0),
        (7, 7, 768, "nhwc", 0),
    ),
    "vit_tiny_patch16_224": (
        [f"blocks.{i}" for i in range(12)],
        (14, 14, 192, "tokens", 1),
        (14, 14, 192, "tokens", 1),
    ),
    "deit_tiny_distilled_patch16_224": (
        [f"blocks.{i}" for i in range(12)],
        (14, 14, 192, "tokens", 2),
        (14, 14, 192, "tokens", 2),
    ),
    "mixer_s16_224": ([f"blocks.{i}" for i in range(8)], (14, 14, 512, "tokens", 0), (14, 14, 512, "tokens", 0)),
    "test_efficientnet": ([f"blocks.{i}" for i in range(5)], (80, 80, 16, "nchw", 0), (5, 5, 64, "nchw", 0)),
    "test_mambaout": ([f"stages.{i}" for i in range(4)], (40, 40, 16, "nhwc", 0), (5, 5, 64, "nhwc", 0)),
    "test_nfnet": ([f"stages.{i}" for i in range(4)], (40, 40, 32, "nchw", 0), (5, 5, 128, "nchw", 0)),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_default_layers(name):
    names, first, last = FAMILIES[name]
    table = layers(name)
    default = table[table.default]
    assert default.name.tolist() == names
    columns = ["height", "width", "channels", "layout", "prefix_tokens"]
    assert tuple(default[columns].iloc[0]) == first
    assert tuple(default[columns].iloc[-1]) == last


def test_the_columns_are_the_contract():
    table = layers("cifar:resnet20")
    assert table.columns.tolist()[:8] == [
        *("name", "kind", "height", "width", "channels", "layout", "prefix_tokens", "default")
    ]
    assert tuple(table.iloc[0][:8]) == ("input", "input", 32, 32, 3, "nchw", 0, False)
    kinds = dict(zip(table.name, table.kind, strict=True))
    assert kinds["conv1"] == kinds["bn1"] == kinds["act1"] == "stem"
    assert kinds["layer1.2"] == "block"
    assert kinds["layer1"] == "stage"
    assert "layer1.2.act2" not in kinds  # the same tensor as layer1.2
    assert "layer1.2.conv1" not in kinds  # inside the residual branch
    # By hand: 20 weighted modules, of which 1, 7, 13 and 19 are done.
    depth = dict(zip(table.name, table.depth, strict=True))
    assert [depth[n] for n in ("input", "conv1", "layer1", "layer2", "layer3")] == [
        *(0, 1 / 20, 7 / 20, 13 / 20, 19 / 20)
    ]


def test_every_block_of_a_squeezenet_and_every_norm_of_a_vit_is_found():
    table = layers("torchvision:squeezenet1_1")
    fires = [f"features.{i}" for i in (3, 4, 6, 7, 9, 10, 11, 12)]
    assert table[table.kind == "block"].name.tolist() == fires
    table = layers("vit_tiny_patch16_224").set_index("name")
    assert table.kind["norm"] == "layer"  # tokens after the last norm are a grid
    assert table.layout["patch_embed.proj"] == "nchw"
    assert table.prefix_tokens["patch_embed"] == 0
    assert table.prefix_tokens["pos_drop"] == 1


# Small networks of every family, and a layer of each for which little of the image was mixed.
SMALL = {
    "cifar:resnet20": ("layer1.0", 32, None),
    "cifar:vit": ("blocks.0", 32, None),
    "test_resnet": ("layer1", 160, None),
    "test_convnext": ("stages.0", 160, None),
    "test_mambaout": ("stages.0", 160, None),
    "test_maxvit": ("stages.0", 160, None),
    "torchvision:squeezenet1_1": ("features.3", 224, None),
    "registers": (
        "blocks.0",
        32,
        lambda: timm.models.VisionTransformer(
            img_size=32, patch_size=4, embed_dim=24, depth=2, num_heads=2, reg_tokens=4
        ),
    ),
    "distilled": (
        "blocks.0",
        32,
        lambda: timm.models.VisionTransformerDistilled(img_size=32, patch_size=4, embed_dim=24, depth=2, num_heads=2),
    ),
    "mixer": ("blocks.0", 32, lambda: timm.models.MlpMixer(img_size=32, patch_size=4, num_blocks=2, embed_dim=24)),
    "swin": (
        "layers.0.blocks.1",
        64,
        lambda: timm.models.SwinTransformer(img_size=64, embed_dim=24, depths=(2, 2), num_heads=(2, 4), window_size=4),
    ),
    "torchvision swin": (
        "features.1.1",
        64,
        lambda: torchvision.models.SwinTransformer([4, 4], 24, [2, 2], [2, 4], [4, 4]),
    ),
    "torchvision vit": (
        "encoder.layers.encoder_layer_0",
        32,
        lambda: torchvision.models.VisionTransformer(32, 4, 2, 2, 24, 48),
    ),
}


def loaded(name: str) -> VisionModel:
    _, size, build = SMALL[name]
    if build is None:
        return load_model(name)
    return VisionModel(build(), input_shape=(3, size, size)).eval()


def outputs_of(model: VisionModel, x: Tensor, chosen) -> list[Tensor]:
    found = {}
    handles = [
        layer.module.register_forward_hook(lambda m, a, o, n=layer.name: found.update({n: o})) for layer in chosen
    ]
    with torch.no_grad():
        model(x)
    for handle in handles:
        handle.remove()
    return [found[layer.name] for layer in chosen]


@pytest.mark.parametrize("name", SMALL)
def test_trap_07_the_top_right_corner_of_the_image_is_that_of_the_grid(name):
    """A transposed grid, another axis order or a shift by prefix tokens would move the corner."""
    model = loaded(name)
    _, h, w = model.input_shape
    x = torch.rand(1, *model.input_shape)
    marked = x.clone()
    marked[:, :, : h // 8, -(w // 8) :] += 3 * torch.randn(3, h // 8, w // 8)
    (layer,) = choose_layers(model, names=SMALL[name][0])
    (output,) = outputs_of(model, torch.cat([x, marked]), [layer])
    grid = layer.grid(output)
    moved = (grid[1] - grid[0]).square().sum(0)
    row, column = divmod(int(moved.argmax()), layer.width)
    assert row < layer.height / 4
    assert column >= 3 * layer.width / 4


@pytest.mark.parametrize("name", ["cifar:resnet20", "test_convnext", "torchvision:squeezenet1_1"])
def test_a_tall_image_has_tall_grids(name):
    model = load_model(name, resize="none")
    for layer in choose_layers(model, (3, 192, 96)):
        assert layer.height > 1.5 * layer.width
        assert layer.layout == "nchw"


@pytest.mark.parametrize("name", SMALL)
def test_trap_18_hooking_every_layer_with_a_no_op_moves_no_logit(name):
    model = loaded(name)
    x = torch.rand(2, *model.input_shape)
    found = [layer for layer in find_layers(model) if layer.module is not None and layer.editable]
    with torch.no_grad():
        expected = model(x)

    def copies(layer):
        def hook(module, args, output):
            copy = output[:2].clone()
            layer.grid(copy).copy_(layer.grid(output[:2]).float())
            return torch.cat([output, copy])

        return hook

    # A few of them, the batch growing behind each, as in a sweep.
    some = found[:: max(1, len(found) // 5)]
    handles = [layer.module.register_forward_hook(copies(layer)) for layer in some]
    with torch.no_grad():
        logits = model(x)
    for handle in handles:
        handle.remove()
    assert logits.shape[0] == 2 * (1 + len(some))
    for rows in logits.split(2):
        assert (rows - expected).abs().max() <= 1e-4


# Of timm's tiny models those that are not among the families above.
@pytest.mark.parametrize("name", sorted(set(timm.list_models("test_*")) - set(FAMILIES) - set(SMALL)))
def test_timms_tiny_models_have_blocks(name):
    table = layers(name)
    assert table.default.any()
    assert (table.kind == "block").any()
    assert not table[table.kind == "stem"].default.any()


def test_attention_that_shrinks_the_grid_keeps_its_places():
    """Where its values come from is told by the keys for nothing, and by the queries alone."""
    table = layers("levit_128s")
    assert sorted(set(table[table.default].height), reverse=True) == [14, 7, 4]


@pytest.mark.parametrize(
    "padded",
    [
        nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 4, 3, stride=2)),
        nn.Sequential(nn.ConstantPad2d((1, 2, 1, 2), 0.0), nn.Conv2d(3, 4, 4)),
        nn.Sequential(nn.ZeroPad2d(2), nn.MaxPool2d(3, 2), nn.Conv2d(3, 4, 1)),
    ],
)
def test_maps_behind_padding_are_maps(padded):
    table = layers(nn.Sequential(padded, nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)), (3, 8, 8))
    assert len(table) > 1
    assert set(table.layout) == {"nchw"}


def test_networks_that_pad_as_tensorflow_does_list_their_stages():
    found = layers("tf_mobilenetv3_small_minimal_100", (3, 64, 64))
    assert found.default.sum() >= 3


class Permuted(nn.Module):
    """Channels last, with as many channels as rows and columns."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.head = nn.Conv2d(3, 8, 1), nn.LayerNorm(8), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.norm(self.conv(x).permute(0, 2, 3, 1)).mean((1, 2)))


class Tokens(nn.Module):
    """Patches in an order of our choice, with a constant token where we choose."""

    def __init__(self, order: str, where: str) -> None:
        super().__init__()
        self.order, self.where = order, where
        self.embed, self.extra = nn.Linear(12, 16), nn.Parameter(torch.randn(1, 1, 16))
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 2)

    def forward(self, x: Tensor) -> Tensor:
        patches = x.unflatten(3, (4, 2)).unflatten(2, (4, 2)).permute(0, 2, 4, 1, 3, 5)
        if self.order == "columns":
            patches = patches.transpose(1, 2)
        if self.order == "windows":
            patches = patches.unflatten(2, (2, 2)).unflatten(1, (2, 2)).transpose(2, 3).flatten(3, 4)
            patches = patches.flatten(1, 2)
        tokens = self.embed(patches.flatten(1, -4).flatten(2))
        extra = self.extra.expand(len(x), -1, -1)
        both = {"first": [extra, tokens], "last": [tokens, extra], "none": [tokens]}[self.where]
        return self.head(self.norm(torch.cat(both, dim=1)).mean(1))


def test_trap_07_the_layout_is_found_where_sizes_cannot_tell_it():
    found = {layer.name: layer for layer in find_layers(as_model(Permuted()), (3, 8, 8))}
    assert found["conv"].layout == "nchw"
    assert found["norm"].layout == "nhwc"


def test_trap_07_tokens_out_of_row_order_are_refused():
    found = {layer.name: layer for layer in find_layers(as_model(Tokens("rows", "first")), (3, 8, 8))}
    assert (found["norm"].height, found["norm"].prefix_tokens) == (4, 1)
    found = {layer.name: layer for layer in find_layers(as_model(Tokens("rows", "none")), (3, 8, 8))}
    assert (found["norm"].height, found["norm"].prefix_tokens) == (4, 0)
    for network in (Tokens("columns", "first"), Tokens("windows", "none"), Tokens("rows", "last")):
        with pytest.raises(InputError, match=r"shape \(b, 1[67], 16\) is no grid of positions"):
            choose_layers(as_model(network), (3, 8, 8), "norm")


class Odd(nn.Module):
    """What real networks do to the unwary, one of each."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
        self.act, self.inplace = nn.ReLU(), nn.ReLU(inplace=True)
        self.side, self.unused = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)
        self.norm, self.pool = nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.conv1(x)) + self.side(x)
        batch = len(x)
        x = self.inplace(self.norm(self.conv2(self.act(x))))
        return self.fc(self.pool(x).view(batch, -1))


def test_what_cannot_be_edited_is_refused_with_the_reason():
    model = as_model(Odd()).eval()
    reasons = {
        "conv1": "lies off the trunk",
        "side": "lies off the trunk",
        "act": "runs 2 times",
        "unused": "does not run",
        "conv2": "a longer batch does not pass",
        "norm": "a longer batch does not pass",
        "pool": r"shape \(b, 4, 1, 1\) is no grid",
        "fc": r"shape \(b, 3\) is no grid",
    }
    for name, reason in reasons.items():
        with pytest.raises(InputError, match=f"Layer '{name}' of Odd cannot be edited: .*{reason}"):
            choose_layers(model, (3, 8, 8), ["input", name], editable=True)
    with pytest.raises(InputError, match="Unknown layer of Odd 'conv3'; choose one of: input"):
        choose_layers(model, (3, 8, 8), "conv3")
    with pytest.raises(InputError, match=r"No layer of Odd is chosen, or taken by default.*; name some of: input"):
        choose_layers(model, (3, 8, 8), [])


def test_what_cannot_be_edited_can_be_recorded():
    table = layers(Odd(), (3, 8, 8)).set_index("name")
    assert table.editable[["input", "inplace"]].tolist() == [True, False]
    assert [layer.name for layer in choose_layers(as_model(Odd()), (3, 8, 8), "inplace")] == ["inplace"]
    with pytest.raises(InputError, match=r"Layer 'side' of Odd cannot be recorded: .*off the trunk"):
        choose_layers(as_model(Odd()), (3, 8, 8), "side")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mixnet_s", ["blocks.0", "blocks.1", "blocks.2", "blocks.4", "blocks.5"]),
        ("gcvit_xxtiny", ["stages.0", "stages.1", "stages.2", "stages.3"]),
        ("efficientvit_b0", ["stem", "stages.0", "stages.1", "stages.2", "stages.3"]),
        ("repvit_m1_0", [*(f"stages.{n}.downsample.pre_block" for n in (1, 2, 3)), "stages.3.blocks"]),
    ],
)
def test_default_layers_are_no_parts_of_blocks(name, expected):
    table = layers(name)
    assert table.name[table.default].tolist() == expected


def test_refusals_say_what_would_do():
    model = load_model("resnet18")
    with pytest.raises(InputError, match=r"joins behind it; name 'layer2\.1', which holds it\.$"):
        choose_layers(model, names="layer2.1.conv1")
    with pytest.raises(InputError, match=r"same tensor as 'layer2\.1'; name that one\.$"):
        choose_layers(model, names="layer2.1.act2")
    assert [layer.name for layer in choose_layers(model, names=["layer4", "input", "layer4"])] == [*("input", "layer4")]


def test_shapes_are_refused_before_anything_runs():
    with pytest.raises(InputError, match=r"pass shape=\(channels, height, width\)"):
        layers(nn.Conv2d(3, 4, 3))
    with pytest.raises(InputError, match="1 channel, but cifar:resnet20 takes 3"):
        layers("cifar:resnet20", (1, 32, 32))
    with pytest.raises(InputError, match=r"cannot be run on images of shape \(3, 30, 30\)"):
        layers(nn.Linear(8, 2), (3, 30, 30))


def test_plain_modules_end_each_resolution_after_the_nonlinearity():
    network = nn.Sequential(
        *(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True)),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)),
    )
    table = layers(network, (3, 16, 16))
    assert table.name.tolist() == ["input", "0", "1", "2", "3", "4", "5"]
    assert table[table.default].name.tolist() == ["1", "5"]
    assert set(table.kind) == {"input", "layer"}


class Deciding(nn.Module):
    """Looks at values, which a network without values cannot do; and keeps a tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 4, 3), nn.Linear(4, 2)
        self.seen = None

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        self.seen = x.shape
        if x.sum() > 1e9:
            raise RuntimeError
        return self.fc(x.mean((2, 3)))


def test_a_network_that_decides_by_values_is_run_for_real_and_left_as_it_was():
    network = Deciding().train()
    before = copy.deepcopy(network.state_dict())
    assert [layer.name for layer in find_layers(as_model(network), (3, 8, 8))] == ["input", "conv"]
    assert network.training
    assert network.fc.training
    assert not network._forward_hooks
    assert not network.conv._forward_hooks
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_listing_layers_leaves_the_network_as_it_was():
    network = timm.create_model("test_vit").train()
    before = copy.deepcopy(network.state_dict())
    state = torch.get_rng_state()
    layers(network)
    assert network.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(p.device.type == "cpu" and p.requires_grad for p in network.parameters())


def test_a_survey_is_made_once_and_anew_for_a_changed_network(monkeypatch):
    runs = []
    module = sys.modules["freqlib.vision.maps.layers"]  # the package's attribute of that name is the function
    monkeypatch.setattr(module, "record", lambda network, x: runs.append(x.shape) or record(network, x))
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    network(torch.zeros(1, 3, 8, 8))
    for _ in range(2):
        assert layers(network, (3, 8, 8)).channels.tolist() == [3, 4, 4]
    assert len(runs) == 1
    assert layers(network, (3, 8, 8)).height.tolist() == [8, 6, 6]
    network[0] = nn.Conv2d(3, 9, 3, padding=1)
    network[3] = nn.Linear(9 * 64, 2)
    assert layers(network, (3, 8, 8)).channels.tolist() == [3, 9, 9]
    assert len(runs) == 2


def test_what_places_values_by_an_index_or_transforms_them_holds_no_grid():
    class Placed(nn.Module):
        def __init__(self, how):
            super().__init__()
            self.conv, self.how, self.placed = nn.Conv2d(1, 4, 3, padding=1), how, nn.Identity()
            self.last = nn.Linear(4, 2)

        def forward(self, x):
            return self.last(self.placed(self.how(self.conv(x))).mean((2, 3)))

    def turned(x):
        grid = nn.functional.affine_grid(x.new_tensor([[[0.0, 1, 0], [-1, 0, 0]]]).expand(len(x), 2, 3), x.shape, False)
        return nn.functional.grid_sample(x, grid, align_corners=False)

    def copied(x):
        return torch.zeros_like(x).index_copy_(2, torch.arange(8).flip(0).to(x.device), x)

    for how in (lambda x: torch.fft.fft2(x).abs(), turned, copied):
        table = layers(Placed(how), (1, 8, 8))
        assert table.name.tolist() == ["input", "conv"]


def test_a_mode_that_does_more_than_a_flag_is_restored():
    class Merging(nn.Linear):
        merged = False

        def train(self, mode=True):
            self.merged = not mode
            return super().train(mode)

    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), Merging(72, 2)).train()
    with evaluating(net):
        assert net[2].merged
    assert not net[2].merged
