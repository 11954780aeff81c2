"""The sweep against closed forms and against editing one layer at a time."""

from math import inf

import numpy as np
import pytest
import timm
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.evaluation.edits import Editing, MapEditor
from freqlib.experiments.evaluation.intervals import rate_difference
from freqlib.experiments.evaluation.onepass import Cut, OnePass, layer_outputs
from freqlib.experiments.evaluation.outcomes import outcomes
from freqlib.experiments.sweeps import study
from freqlib.experiments.sweeps.readout import linear_readout
from freqlib.experiments.sweeps.sweep import sweep
from freqlib.signal import Bands, isolate, perturb, random_orbits, remove, same_energy, same_norm, split, white_noise
from freqlib.vision import Images, as_images, as_model, choose_layers, load_model

SEVEN = Bands.seven()
# Tiny members of as many families as timm has, and two that keep their maps channels-last.
FAMILIES = [
    "test_resnet", "test_vit", "test_vit2", "test_vit4", "test_convnext", "test_convnext3", "test_efficientnet",
    "test_byobnet", "test_mambaout", "test_nfnet", "swin_tiny_patch4_window7_224", "mobilenetv3_small_050",
]  # fmt: skip


def pictures(n, channels, side, classes, seed=0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.rand(n, channels, side, side, generator=generator)
    return as_images((x, torch.randint(classes, (n,), generator=generator)))


def small_cnn(classes=5, pooled=False):
    torch.manual_seed(0)
    trunk = [nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.Conv2d(6, 4, 3, padding=1), nn.ReLU()]
    pooling = [nn.AdaptiveAvgPool2d(1)] if pooled else []
    return nn.Sequential(*trunk, *pooling, nn.Flatten(), nn.Linear(4 if pooled else 256, classes)).eval()


def one_at_a_time(model, layer, edit, images, index):
    """The straightforward way: a hook, one edit, one whole forward pass."""
    if layer.module is None:
        with torch.inference_mode():
            return model(edit(images, index))

    def hook(module, args, output):
        edited = output.clone()
        layer.grid(edited).copy_(edit(layer.grid(output).float(), index))
        return edited

    handle = layer.module.register_forward_hook(hook)
    try:
        with torch.inference_mode():
            return model(images)
    finally:
        handle.remove()


@pytest.mark.parametrize("family", FAMILIES)
def test_one_pass_equals_one_edit_at_a_time(family):
    torch.manual_seed(0)
    network = timm.create_model(family, pretrained=False, num_classes=7)
    model = load_model(network)
    side = timm.data.resolve_data_config(model=network)["input_size"][-1]
    images = pictures(3, 3, side, 7)
    pixels, _, index = next(iter(images.batches(3)))
    layers = choose_layers(model, images.shape, None)
    layers = choose_layers(model, images.shape, ["input", layers[0].name, layers[-1].name])
    edits = [
        lambda x, i: isolate(x, SEVEN, "ultra-high"),
        lambda x, i: remove(x, SEVEN, "ultra-low"),
        lambda x, i: perturb(x, SEVEN, "mid-high", index=i),
        lambda x, i: isolate(x, SEVEN, list(SEVEN.names)),  # changes nothing
    ]

    def write(x, index, out):
        for slot, edit in zip(out, edits, strict=True):
            slot.copy_(edit(x, index))

    logits = OnePass(model, [Cut(layer, len(edits), write) for layer in layers])(pixels, index)
    with torch.inference_mode():
        assert torch.allclose(logits[0], model(pixels), atol=1e-4)
    expected = [one_at_a_time(model, layer, edit, pixels, index) for layer in layers for edit in edits]
    assert torch.allclose(logits[1:], torch.stack(expected), atol=1e-4, rtol=1e-4)
    for i in range(len(layers)):  # trap 18
        assert (logits[4 * (i + 1)] - logits[0]).abs().max() <= 1e-4


def test_trap_18_a_no_op_moves_no_logit():
    model, images = as_model(small_cnn()), pictures(9, 1, 8, 5)
    table = sweep(
        model, images, layers=["input", "1", "3"], bands=Bands((0, float("inf"))), fill=("zero", "mean"), progress=False
    )
    rows = table[(table["mode"] == "isolate") & (table.band == ">=0")]
    assert len(rows) == 6
    assert (rows.margin - table.margin[0]).abs().max() < 1e-4
    assert (rows.d_top1 == 0).all()


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_every_row_equals_the_public_filters(fill):
    model, images = as_model(small_cnn()), pictures(11, 1, 8, 5)
    pixels, labels, index = next(iter(images.batches(11)))
    table = sweep(model, images, layers=["input", "1", "3"], fill=fill, progress=False, memory=9e5)
    for layer in choose_layers(model, images.shape, ["input", "1", "3"]):
        maps = []
        one_at_a_time(model, layer, lambda x, i, maps=maps: maps.append(x) or x, pixels, index)
        mean = maps[0].mean(0) if fill == "mean" else torch.zeros_like(maps[0][0])
        for band, name in enumerate(SEVEN.names):
            of_mean = split(mean, SEVEN)[band]
            edits = {
                ("isolate", fill): lambda x, i: isolate(x, SEVEN, name) + mean - of_mean,  # noqa: B023
                ("remove", fill): lambda x, i: remove(x, SEVEN, name) + of_mean,  # noqa: B023
                ("perturb", "none"): lambda x, i: perturb(x, SEVEN, name, index=i),  # noqa: B023
            }
            for (mode, filled), edit in edits.items():
                logits = one_at_a_time(model, layer, edit, pixels, index)
                row = table[
                    (table.layer == layer.name)
                    & (table["mode"] == mode)
                    & (table.fill == filled)
                    & (table.band == name)
                ]
                assert len(row) == 1
                true = logits.gather(1, labels[:, None])[:, 0]
                others = logits.scatter(1, labels[:, None], -torch.inf).amax(1)
                assert row.margin.item() == pytest.approx(float((true - others).mean()), abs=1e-4)
                assert row.top1.item() == pytest.approx(float((logits.argmax(1) == labels).float().mean()))
                rank = (logits > true[:, None]).sum(1).float() + 1
                assert row.gt_rank.item() == pytest.approx(float(rank.mean()))


def test_the_orbits_control_equals_the_public_draw():
    model, images = as_model(small_cnn()), pictures(7, 1, 8, 5)
    pixels, labels, index = next(iter(images.batches(7)))
    table = sweep(model, images, layers="1", modes="remove", progress=False)
    (layer,) = choose_layers(model, images.shape, "1")
    for band in ("mid", "high"):
        cells = int(SEVEN.cells(8, 8)[SEVEN.positions(band)[0]])
        mask = random_orbits(8, 8, cells, index, 0, "orbits", band)[:, None]

        def without(x, index, mask=mask):
            return x - torch.fft.ifft2(torch.fft.fft2(x) * mask).real

        logits = one_at_a_time(model, layer, without, pixels, index)
        row = table.query("band == @band and mode == 'remove'")
        hits = (logits.argmax(1) == labels).numpy()
        assert row.top1_orbits.item() == pytest.approx(hits.mean())

        def banded(x, index, band=band):
            return remove(x, SEVEN, band)

        own = (one_at_a_time(model, layer, banded, pixels, index).argmax(1) == labels).numpy()
        assert row.beyond_orbits.item() == pytest.approx(own.mean() - hits.mean())
        low, high = rate_difference(own, hits)
        assert (row.beyond_orbits_low.item(), row.beyond_orbits_high.item()) == pytest.approx((low, high))


def test_a_linear_models_logits_equal_the_closed_form():
    """W vec(P_b x) + c, with P_b the band's projector written out cell by cell."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 3)).eval()
    model, images = as_model(network), pictures(6, 1, 8, 3)
    pixels, labels, index = next(iter(images.batches(6)))
    (layer,) = choose_layers(model, images.shape, "input")
    weight, bias = network[1].weight.detach().double(), network[1].bias.detach().double()
    fourier = torch.fft.fft(torch.eye(8, dtype=torch.float64), norm="ortho")
    fourier = torch.kron(fourier, fourier)
    for band, mask in zip(SEVEN.names, SEVEN.masks(8, 8), strict=True):
        projector = (fourier.conj().T @ torch.diag(mask.flatten()).to(fourier.dtype) @ fourier).real
        expected = pixels.flatten(1).double() @ projector.T @ weight.T + bias
        cut = Cut(layer, 1, lambda x, i, out: out.copy_(isolate(x, SEVEN, band)[None]))  # noqa: B023
        assert torch.allclose(OnePass(model, [cut])(pixels, index)[1].double(), expected, atol=1e-5)
    table = sweep(model, images, layers="input", modes="isolate", progress=False)
    hits = [float((weight @ (fourier.conj().T @ torch.diag(m.flatten()).to(fourier.dtype) @ fourier).real
                   @ pixels.flatten(1).double().T + bias[:, None]).argmax(0).eq(labels).double().mean())
            for m in SEVEN.masks(8, 8) if m.any()]  # fmt: skip
    rows = table[(table["mode"] == "isolate") & (table.cells > 0)]
    assert rows.top1.tolist() == pytest.approx(hits)


def test_a_model_that_reads_one_band_only_is_found_out():
    """Class 1 has a wave at index 3 of 16 (r = .375, mid), class 0 has none; the model looks at nothing else."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(60, 1, 16, 16, generator=generator)
    labels = torch.arange(60) % 2
    wave = torch.cos(2 * torch.pi * 3 * torch.arange(16) / 16).expand(16, 16)
    x = remove(x, SEVEN, "mid") + 0.5 * labels[:, None, None, None] * wave

    class Detector(nn.Module):
        def forward(self, images):
            found = (images * wave).mean((1, 2, 3))
            return torch.stack([torch.full_like(found, 0.1), found], 1)

    table = sweep(Detector(), (x, labels), layers="input", fill=("zero", "mean"), progress=False)
    assert table.top1[0] == 1
    hurt = table[(table["mode"] == "remove") & (table.d_top1_high < 0)]
    assert set(hurt.band) == {"mid"}
    assert set(hurt.fill) == {"zero", "mean"}
    enough = table[(table["mode"] == "isolate") & (table.top1 == 1)]
    assert set(enough.band) == {"mid"}
    # The size-matched control keeps the mid band's cells only by chance.
    assert (table[(table["mode"] == "remove") & (table.band == "mid")].top1_orbits > 0.6).all()
    assert (table[(table["mode"] == "remove") & (table.band != "mid") & (table.band != "nothing")].d_top1 == 0).all()


def test_trap_08_no_number_depends_on_the_batch_size(monkeypatch):
    model, images = as_model(small_cnn()), pictures(13, 1, 8, 5)
    tables = []
    for size in (1, 4, 13):  # 4 leaves a last batch that is not full
        monkeypatch.setattr(study, "choose_batch", lambda *a, size=size: size)
        tables.append(
            sweep(
                model,
                images,
                layers=["input", "1", "3"],
                fill=("zero", "mean"),
                controls=("orbits", "energy", "norm"),
                progress=False,
            )
        )
    for table in tables[1:]:
        numbers = table.select_dtypes("number").columns
        assert np.allclose(table[numbers], tables[0][numbers], atol=1e-5, equal_nan=True)
        assert table.status.equals(tables[0].status)


def test_trap_01_empty_bands_are_flagged_and_cost_nothing():
    model, images = as_model(small_cnn()), pictures(8, 1, 8, 5)
    table = sweep(model, images, layers="1", progress=False)
    low = table[table.band == "low"].set_index("mode")
    assert (low.status == "empty").all()
    assert (low.cells == 0).all()
    assert low.d_top1[["remove", "perturb"]].tolist() == [0, 0]
    assert low.margin["isolate"] == table[table.band == "nothing"].margin.item()


def test_trap_02_global_pooling_reads_dc_alone():
    torch.manual_seed(0)
    table = sweep(
        small_cnn(pooled=True), pictures(8, 1, 8, 5), layers=["1", "3"], fill=("zero", "mean"), progress=False
    )
    last = table[(table.layer == "3") & (table.status != "empty")]
    dc, rest = last[last.band == "ultra-low"], last[~last.band.isin(["ultra-low", "nothing"])]
    assert set(rest[rest["mode"] != "isolate"].status) == {"no-effect by construction"}
    assert set(rest[rest["mode"] == "isolate"].status) == {"constant output by construction"}
    assert set(dc[dc["mode"] == "remove"].status) == {"constant output by construction"}
    assert set(dc[dc["mode"] == "isolate"].status) == {"no-effect by construction"}
    assert set(last[last.band == "nothing"].status) == {"constant output by construction"}
    assert set(dc[dc["mode"] == "perturb"].status) == {"ok"}
    settled = last[last.status == "no-effect by construction"]  # no interval: more images would show nothing else
    assert settled.filter(regex=r"^d_(top1|gt_rank)_").eq(0).all(axis=None)
    assert (dc[dc["mode"] == "perturb"].d_top1_low < 0).all()
    # One convolution and one ReLU earlier nothing is decided by construction, bar the row that keeps nothing.
    first = table[(table.layer == "1") & ~table.status.isin(["empty"])]
    assert set(first[first.band == "nothing"].status) == {"constant output by construction"}
    assert set(first[first.band != "nothing"].status) == {"ok"}


def test_trap_02_patch_tokens_after_the_last_block_never_reach_a_class_token_head():
    torch.manual_seed(0)
    model = load_model("cifar:vit", num_classes=5)
    images = pictures(6, 3, 32, 5)
    names = [layer.name for layer in choose_layers(model, images.shape, None)]
    table = sweep(model, images, layers=[names[0], names[-1]], modes=("isolate", "remove"), progress=False)
    last = table[(table.layer == names[-1]) & (table.status != "empty")]
    assert set(last.status) == {"no-effect by construction"}
    first = table[(table.layer == names[0]) & (table.status != "empty")]
    assert "no-effect by construction" not in set(first.status)


def test_trap_02_a_small_effect_is_not_called_none_by_construction():
    """A network that nearly ignores high frequencies: no logit moves by 1e-4, but loud noise is heard."""

    class NearlyDeaf(nn.Module):
        def __init__(self):
            super().__init__()
            wave = torch.cos(torch.pi * torch.arange(8.0)).expand(8, 8)
            self.register_buffer("wave", wave)

        def forward(self, images):
            dc = images.mean((1, 2, 3))
            heard = 2e-4 * (images * self.wave).mean((1, 2, 3))
            return torch.stack([dc, heard], 1)

    images = pictures(16, 1, 8, 2)
    table = sweep(NearlyDeaf(), images, layers="input", modes="remove", progress=False).set_index("band")
    assert table.status["ultra-high"] == "ok"
    assert table.status["mid"] == "no-effect by construction"


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_trap_02_the_unit_of_the_logits_decides_nothing(scale):
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.network = small_cnn(pooled=True)

        def forward(self, images):
            return self.scale * self.network(images)

    tables = []
    for Scaled.scale in (1.0, scale):
        torch.manual_seed(0)
        names = ["network.1", "network.3"]
        tables.append(sweep(Scaled(), pictures(8, 1, 8, 5), layers=names, modes=["isolate", "remove"], progress=False))
    assert tables[0].status.tolist() == tables[1].status.tolist()
    assert len(set(tables[0].status)) == 4


def test_trap_02_an_output_that_is_the_same_for_all_images_tells_nothing_of_the_network():
    model = small_cnn(pooled=True)
    nn.init.zeros_(model[-1].weight)
    table = sweep(model, pictures(8, 1, 8, 5), layers="1", modes="remove", progress=False)
    assert set(table.status) <= {"ok", "empty"}


def test_images_that_were_normalized_before_are_refused_where_the_model_normalizes():
    normalized = torch.randn(4, 3, 32, 32), torch.arange(4) % 2
    with pytest.raises(InputError, match="before any normalization"):
        sweep(load_model("cifar:resnet8", num_classes=2), normalized, progress=False)
    assert len(sweep(load_model("cifar:resnet8", num_classes=2, normalize="none"), normalized, "input", progress=False))


def test_a_module_that_cannot_be_asked_for_its_length_is_swept():
    class Wrapper(nn.Module):  # as torch.compile makes it
        def __init__(self):
            super().__init__()
            self.inner = small_cnn()

        def __len__(self):
            raise TypeError("does not support len()")

        def forward(self, images):
            return self.inner(images)

    assert len(sweep(nn.Sequential(Wrapper()), pictures(4, 1, 8, 5), "input", modes="remove", progress=False)) > 1


def test_trap_03_the_mean_stands_in_for_what_is_removed():
    """A band that is the same in every image carries nothing: zeroing it moves the output, filling it does not."""
    generator = torch.Generator().manual_seed(0)
    wave = 3 * torch.cos(2 * torch.pi * 3 * torch.arange(16) / 16).expand(16, 16)
    x = remove(torch.rand(20, 1, 16, 16, generator=generator), SEVEN, "mid") + wave
    labels = torch.ones(20, dtype=torch.int64)  # the wave is class 1

    class Threshold(nn.Module):
        def forward(self, images):
            found = (images * wave).mean((1, 2, 3))
            return torch.stack([4.0 - found, found], 1)

    table = sweep(Threshold(), (x, labels), layers="input", modes="remove", fill=("zero", "mean"), progress=False)
    rows = table[table.band == "mid"].set_index("fill")
    assert rows.margin["mean"] == pytest.approx(table.margin[0], abs=1e-4)
    assert abs(rows.margin["zero"] - table.margin[0]) > 0.5
    assert rows.d_gt_rank["mean"] == 0


def test_the_energy_and_norm_controls_equal_the_public_functions():
    model, images = as_model(small_cnn()), pictures(40, 1, 8, 5)
    pixels, labels, index = next(iter(images.batches(40)))
    table = sweep(model, images, layers="1", modes="remove", controls=("energy", "norm"), progress=False)
    (layer,) = choose_layers(model, images.shape, "1")

    def redirected(x, index):
        noise = white_noise(x, index, 0, "energy")
        return same_energy(x, remove(x, SEVEN, "mid-high"), noise)

    def rescaled(x, index):
        return same_norm(x, remove(x, SEVEN, "mid-high"))

    row = table[(table.band == "mid-high") & (table["mode"] == "remove")]
    for column, edit in {"top1_energy": redirected, "top1_norm": rescaled}.items():
        logits = one_at_a_time(model, layer, edit, pixels, index)
        assert row[column].item() == pytest.approx(float((logits.argmax(1) == labels).float().mean()))


def test_trap_03_the_nothing_row_shows_what_a_class_token_still_knows():
    """A network with a side path past the map, as a class token is: nothing is left of the map, and half is known."""

    class SidePath(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Identity()

        def forward(self, images):
            flat = images.flatten(2).transpose(1, 2)
            known = flat.mean((1, 2), keepdim=True)
            tokens = self.tokens(torch.cat([known, flat], 1))
            return torch.stack([torch.full_like(tokens[:, 0, 0], 0.5), tokens[:, 0, 0]], 1)

    labels = torch.arange(20) % 2
    x = torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.1 + 0.9 * labels[:, None, None, None]
    table = sweep(SidePath(), (x, labels), layers="tokens", modes="isolate", progress=False)
    gone = table[table.band == "nothing"]
    assert gone.top1.item() == table.top1[0] == 1
    assert gone.status.item() == "no-effect by construction"


def test_one_image_cannot_show_that_the_output_is_constant():
    table = sweep(small_cnn(), pictures(1, 1, 8, 5), layers="1", progress=False)
    assert "constant output by construction" not in set(table.status)


def test_trap_08_the_input_is_edited_before_normalization_and_never_clamped():
    seen = []

    class Spy(nn.Module):
        def forward(self, images):
            seen.append(images)
            return images.mean((2, 3)).repeat(1, 2)

    model = load_model(Spy(), normalize=([0.5], [0.25]))
    images = pictures(4, 1, 8, 2)
    pixels, _, index = next(iter(images.batches(4)))
    (layer,) = choose_layers(model, images.shape, "input")
    seen.clear()
    edited = perturb(pixels, SEVEN, "mid", strength=50.0, index=index)
    OnePass(model, [Cut(layer, 1, lambda x, i, out: out.copy_(perturb(x, SEVEN, "mid", 50.0, index=i)[None]))])(
        pixels, index
    )
    assert edited.min() < 0
    assert edited.max() > 1
    assert torch.allclose(seen[-1][4:], (edited - 0.5) / 0.25, atol=1e-5)


def test_the_controls_of_a_band_that_is_dc_alone():
    table = sweep(small_cnn(), pictures(8, 1, 8, 5), layers="1", controls=("orbits", "energy", "norm"), progress=False)
    dc = table[(table.band == "ultra-low") & (table["mode"] == "remove")]
    assert dc.top1_orbits.isna().all()
    assert dc.beyond_orbits.isna().all()
    assert dc.top1_energy.notna().all()
    assert dc.top1_norm.notna().all()


def test_the_bands_energy_shares_are_those_of_the_maps():
    model, images = as_model(small_cnn()), pictures(10, 1, 8, 5)
    table = sweep(model, images, layers="input", modes="remove", controls=(), progress=False)
    pixels = next(iter(images.batches(10)))[0]
    energy = split(pixels.double(), SEVEN).square().sum((1, 2, 3, 4))
    assert table[table["mode"] == "remove"].energy.tolist() == pytest.approx((energy / energy.sum()).tolist(), rel=1e-4)


def test_the_columns_are_the_contract():
    table = sweep(small_cnn(), pictures(6, 1, 8, 5), progress=False)
    expected = """
        model dataset split layer depth grid_height grid_width mode fill band band_low band_high cells energy n
        top1 top1_low top1_high gt_rank margin d_top1 d_top1_low d_top1_high d_gt_rank
        top1_orbits top1_orbits_low top1_orbits_high beyond_orbits beyond_orbits_low beyond_orbits_high status
    """.split()  # noqa: SIM905
    assert [c for c in table.columns if c in expected] == expected
    assert table["mode"][0] == "none"
    assert table["mode"].eq("none").sum() == 1
    assert ((table.top1_low <= table.top1) & (table.top1 <= table.top1_high)).all()


def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path, monkeypatch):
    model, images = as_model(small_cnn()), pictures(12, 1, 8, 5)
    monkeypatch.setattr(study, "choose_batch", lambda *a: 3)
    arguments = {"layers": ["1", "3"], "fill": ("zero", "mean"), "progress": False}
    whole = sweep(model, images, **arguments)
    path = tmp_path / "progress.npz"
    calls = []
    original = OnePass.__call__

    def stops(self, pixels, index):
        calls.append(len(index))
        if sum(calls) > 6:
            raise KeyboardInterrupt
        return original(self, pixels, index)

    monkeypatch.setattr(OnePass, "__call__", stops)
    with pytest.raises(KeyboardInterrupt):
        sweep(model, images, resume=path, **arguments)
    ran = sum(calls[:-1])
    assert ran > 0
    calls.clear()
    monkeypatch.setattr(OnePass, "__call__", lambda self, p, i: calls.append(len(i)) or original(self, p, i))
    resumed = sweep(model, images, resume=path, **arguments)
    again = sweep(model, images, resume=path, **arguments)  # finished: only the table is made
    numbers = whole.select_dtypes("number").columns
    for table in (resumed, again):
        assert np.allclose(table[numbers], whole[numbers], atol=1e-6, equal_nan=True)
        assert table.status.equals(whole.status)
    with pytest.raises(InputError, match="holds other progress, with "):
        sweep(model, images, resume=path, **(arguments | {"fill": "zero"}))
    path.write_bytes(b"broken")
    with pytest.raises(InputError, match="cannot be read as kept progress"):
        sweep(model, images, resume=path, **arguments)


def test_autocast_reaches_the_network_and_not_the_edits():
    model, images = as_model(small_cnn()), pictures(10, 1, 8, 5)
    exact = sweep(model, images, layers="1", progress=False)
    coarse = sweep(model, images, layers="1", autocast="bfloat16", progress=False)
    assert not np.allclose(exact.margin, coarse.margin, atol=1e-7)
    assert np.allclose(exact.margin, coarse.margin, atol=0.05)
    assert coarse.status.equals(exact.status)


def test_training_mode_is_left_as_it_was():
    network = small_cnn().train()
    sweep(network, pictures(4, 1, 8, 5), layers="1", progress=False)
    assert network.training


def test_a_linear_head_is_the_classifier_of_every_layer():
    """S1: a linear classifier on the reconstructed features; without an edit it is scikit-learn's."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(80) % 4
    x = torch.rand(80, 1, 8, 8, generator=generator) * 0.3 + labels[:, None, None, None] * 0.15
    model, train, test = small_cnn(), (x[:40], labels[:40]), (x[40:], labels[40:])
    state = torch.get_rng_state()
    table = sweep(model, test, layers=["input", "1"], head="linear", train=train, progress=False)
    assert torch.equal(torch.get_rng_state(), state)
    untouched = table[table["mode"] == "none"].set_index("layer")
    assert list(untouched.index) == ["input", "1"]
    assert (untouched.top1 > 0.6).all()
    kept = table[(table["mode"] == "isolate") & (table.band == "ultra-low")].set_index("layer")
    gone = table[(table["mode"] == "isolate") & (table.band == "nothing")].set_index("layer")
    assert kept.top1["input"] > gone.top1["input"] == 0.25


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"layers": "layer9"}, "layer9"),
        ({"modes": "delete"}, "choose one of: isolate, remove, perturb"),
        ({"modes": ()}, "at least one mode"),
        ({"fill": "median"}, "choose one of: zero, mean"),
        ({"controls": "placebo"}, "choose one of: orbits, energy, norm"),
        ({"head": "quadratic"}, "choose one of: model, linear"),
        ({"head": "linear"}, "train="),
        ({"train": pictures(4, 1, 8, 5)}, "leave it out"),
        ({"strength": -2.0}, "strength is -2.0"),
        ({"autocast": "float8"}, "bfloat16, float16"),
        ({"memory": 1000.0}, "allow at least"),
        ({"memory": 1000.0, "fill": "mean"}, "allow at least"),
        ({"strength": float("inf")}, "strength is inf"),
        ({"device": "gpu0"}, "Device 'gpu0'"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(arguments, part, monkeypatch):
    monkeypatch.setattr(OnePass, "__call__", lambda *a: pytest.fail("work began"))
    monkeypatch.setattr(study, "_mean_maps", lambda *a: pytest.fail("work began"))
    with pytest.raises(InputError, match=part) as refusal:
        sweep(small_cnn(), pictures(4, 1, 8, 5), progress=False, **arguments)
    assert "\n" not in str(refusal.value)


def test_data_that_do_not_fit_the_model_are_refused(monkeypatch):
    images = pictures(4, 1, 8, 9)
    monkeypatch.setattr(OnePass, "__call__", lambda *a: pytest.fail("work began"))
    with pytest.raises(InputError, match="has 5 outputs"):
        sweep(small_cnn(), (images.pixels, torch.full((4,), 8)), layers="1", progress=False)
    with pytest.raises(InputError, match="NaN"):
        sweep(small_cnn(), (images.pixels * torch.nan, images.labels), layers="1", progress=False)
    broken = small_cnn()
    broken[0].weight.data[0] = torch.nan
    with pytest.raises(InputError, match="NaN"):
        sweep(broken, pictures(4, 1, 8, 5), layers="1", progress=False)


def test_edits_that_a_linear_head_sees_cost_the_network_behind_no_memory():
    """The widest map lies behind the layer, and with a head of its own no edit ever gets there."""
    net = nn.Sequential(nn.Conv2d(1, 1, 1), nn.Upsample(scale_factor=16), nn.Flatten(), nn.Linear(64 * 64, 2)).eval()
    data = as_images((torch.rand(4, 1, 4, 4), torch.arange(4) % 2))
    options = {"layers": "0", "modes": "remove", "memory": 2.0**18, "progress": False}
    with pytest.raises(InputError, match="allow at least"):
        sweep(net, data, **options)
    assert len(sweep(net, data, head="linear", train=data, **options)) > 1


def test_a_network_that_normalizes_by_its_batch_is_refused():
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4, track_running_stats=False), nn.Flatten(), nn.Linear(256, 2)
    )
    with pytest.raises(InputError, match="1 normalizes by the statistics of its batch"):
        sweep(net, (torch.rand(4, 1, 8, 8), torch.arange(4) % 2), "0", progress=False)


def test_copies_of_an_image_in_one_group_do_not_narrow_the_intervals():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3))
    alone = Images(torch.rand(30, 1, 8, 8), torch.arange(30) % 3)
    copies = alone.select(torch.arange(30).repeat_interleave(5))
    copies.groups = torch.arange(30).repeat_interleave(5)
    chosen = {"bands": Bands((0, 0.5, inf)), "modes": "remove", "controls": ("norm",), "progress": False}
    once, many = (sweep(net, images, "input", **chosen)[1:] for images in (alone, copies))
    for name in ("top1", "d_top1", "d_gt_rank", "top1_norm", "beyond_norm"):
        assert many[name].tolist() == pytest.approx(once[name].tolist(), abs=1e-6)
        wide, narrow = (t[f"{name}_high"] - t[f"{name}_low"] for t in (many, once))
        assert (wide >= 0.6 * narrow).all()  # of five times as many images alone it would be 0.45 of it


def test_a_linear_head_is_as_exact_on_edited_maps_of_more_features_than_images():
    """Where the fit stops short of its optimum, images like those that it saw hide it, edited ones do not."""
    generator = torch.Generator().manual_seed(0)
    labels, place = torch.arange(120) % 3, torch.arange(16.0)
    x = torch.rand(120, 3, 16, 16, generator=generator)
    x[labels == 1] += 0.1 * torch.cos(place * 6 * torch.pi / 16)
    x[labels == 2] += 0.1 * torch.cos(place * 12 * torch.pi / 16)[:, None]
    train, test = Images(x[:60], labels[:60]), x[60:]
    model = as_model(nn.Sequential(nn.Flatten(), nn.Linear(768, 3)).eval())
    (layer,) = choose_layers(model, train.shape, ["input"])
    ours = linear_readout(model, layer, train)
    flat = (x - x[:60].mean(0)).flatten(1).double()
    scale = flat[:60].square().mean().sqrt()
    known = LogisticRegression(C=1 / (60 * 1e-3), tol=1e-10, max_iter=10000).fit(flat[:60] / scale, labels[:60])
    edited = remove(test, Bands.seven(), "ultra-low")
    expected = known.decision_function((edited - x[:60].mean(0)).flatten(1).double() / scale)
    logits = ours(edited).double().numpy()
    logits = logits - logits.mean(1, keepdims=True)
    assert np.abs(logits - expected).max() < 0.02 * np.abs(expected).max()


def test_a_linear_head_needs_an_example_of_every_class():
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3))
    data = Images(torch.rand(9, 1, 8, 8), torch.arange(9) % 3)
    with pytest.raises(InputError, match="Class '1' has no example"):
        sweep(net, data, "1", head="linear", train=data.select(data.labels != 1), progress=False)
    with pytest.raises(InputError, match="Class '2' has no example among the 6 images to fit on"):
        sweep(net, data, "1", head="linear", train=data.select(data.labels != 2), progress=False)
    wide = Images(torch.rand(9, 1, 8, 16), torch.arange(9) % 3)
    with pytest.raises(InputError, match=r"The images to fit on \(train\) have shape \(1, 8, 16\), but those to score"):
        sweep(net, data, "1", head="linear", train=wide, progress=False)


def test_a_linear_head_equals_scikit_learns_classifier():
    torch.manual_seed(0)
    labels = torch.arange(90) % 3
    data = Images(torch.rand(90, 1, 4, 4) + 0.1 * labels[:, None, None, None] * torch.rand(1, 1, 4, 4), labels)
    model = as_model(nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)).eval())
    (layer,) = choose_layers(model, data.shape, ["0"])
    head = linear_readout(model, layer, data)
    x = data.pixels.flatten(1).double()
    x = x - x.mean(0)
    x = (x / x.square().mean().sqrt()).numpy()
    known = LogisticRegression(C=1 / (90 * 1e-3), tol=1e-8, max_iter=5000).fit(x, labels.numpy())
    ours = head(data.pixels).softmax(1).detach().numpy()
    assert np.abs(ours - known.predict_proba(x)).max() < 5e-3


def test_changes_are_what_each_row_lies_above_the_untouched_network():
    table = sweep(small_cnn(), pictures(40, 1, 8, 5), layers=["input", "1"], progress=False)
    assert (table.d_top1 != 0).any()
    assert table.d_top1.tolist() == pytest.approx((table.top1 - table.top1[0]).tolist())
    assert table.d_gt_rank.tolist() == pytest.approx((table.gt_rank - table.gt_rank[0]).tolist(), abs=1e-5)
    for name in ("d_top1", "d_gt_rank"):
        assert table[name].between(table[f"{name}_low"] - 1e-9, table[f"{name}_high"] + 1e-9).all()


def test_the_untouched_row_holds_every_frequency():
    table = sweep(small_cnn(), pictures(6, 1, 8, 5), layers="1", modes="remove", progress=False)
    assert table.loc[0, ["band_low", "band_high", "cells", "energy"]].tolist() == [0, inf, 64, 1]
    oblong = Images(torch.rand(4, 1, 4, 8), torch.arange(4) % 2)
    net = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(32, 2))
    own = sweep(net, oblong, "0", head="linear", train=oblong, modes="remove", progress=False)
    assert own.loc[0, "cells"] == own[own["mode"] == "remove"].cells.sum() == 32


def test_maps_that_are_all_zero_have_no_energy():
    net = small_cnn()
    nn.init.zeros_(net[2].weight)
    nn.init.zeros_(net[2].bias)
    table = sweep(net, pictures(4, 1, 8, 5), layers="3", modes="remove", progress=False)
    assert table.energy[1:].tolist() == [0] * 7


def test_a_mode_alone_does_what_it_does_beside_others():
    data = pictures(6, 1, 8, 5)
    alone, both = (sweep(small_cnn(), data, "1", modes=m, progress=False) for m in ("perturb", ("remove", "perturb")))
    margins = [table[table["mode"] == "perturb"].margin.tolist() for table in (alone, both)]
    assert margins[0] == pytest.approx(margins[1], abs=1e-5)


def test_noise_has_the_asked_strength_in_its_band_and_its_control_in_random_orbits():
    editing = Editing(SEVEN, ("perturb",), ("zero",), ("orbits",), strength=0.5)
    edits, x, index = editing.plan(8, 8), torch.randn(3, 2, 8, 8), torch.arange(3)
    out = torch.empty(len(edits), *x.shape)
    MapEditor(editing, edits, None).write(x, index, out)
    own = split(x, SEVEN).square().sum((-2, -1))
    for edit, added in zip(edits, out - x, strict=True):
        cells = SEVEN.masks(8, 8)[edit.band].expand(3, 1, 8, 8)
        if edit.control:
            cells = random_orbits(8, 8, int(cells[0].sum()), index, 0, "orbits", SEVEN.names[edit.band])[:, None]
        assert (torch.fft.fft2(added).abs() * ~cells).max() < 1e-3
        assert torch.allclose(added.square().sum((-2, -1)), 0.5 * own[edit.band], rtol=1e-3)


def test_strength_and_seed_reach_the_noise():
    images = pictures(9, 1, 8, 5)
    pixels, labels, index = next(iter(images.batches(9)))
    table = sweep(small_cnn(), images, "input", modes=("remove", "perturb"), strength=3.0, seed=4, progress=False)
    with torch.no_grad():
        logits = small_cnn()(perturb(pixels, SEVEN, "high", 3.0, seed=4, index=index))
    row = table[(table["mode"] == "perturb") & (table.band == "high")]
    assert row.margin.item() == pytest.approx(float(outcomes(logits, labels).margin.mean()), abs=1e-4)
    with pytest.raises(InputError, match="seed is -1"):
        sweep(small_cnn(), images, "input", seed=-1, progress=False)


def test_maps_of_negative_mean_have_their_status():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)).eval()
    net[0].bias.data -= 5
    table = sweep(net, pictures(8, 1, 8, 3), "0", modes="remove", controls=(), progress=False).set_index("band")
    assert table.status["high"] == "no-effect by construction"
    assert table.status["ultra-low"] == "constant output by construction"


def test_a_module_that_works_in_place_changes_no_recorded_map():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(128, 2)).eval()
    model, x = as_model(net), torch.rand(3, 1, 8, 8)
    (maps,), _ = layer_outputs(model, choose_layers(model, (1, 8, 8), ["0"]), x)
    assert torch.equal(maps, net[0](x))


@pytest.mark.parametrize(
    "layer",
    [
        lambda x: nn.functional.batch_norm(x, None, None, training=True),
        lambda x: x - x.mean(0),
        lambda x: nn.functional.dropout(x, training=True),
    ],
)
def test_a_network_that_sees_its_batch_or_draws_by_chance_is_refused(layer):
    class Mixing(nn.Sequential):
        def forward(self, x):
            return super().forward(layer(x))

    net = Mixing(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(144, 2))
    with pytest.raises(InputError, match="gives an image other logits beside another image, or when it is run again"):
        sweep(net, pictures(8, 1, 8, 2), "input", progress=False)
    norm = nn.Sequential(nn.Conv2d(1, 4, 3), nn.SyncBatchNorm(4, track_running_stats=False), nn.Flatten())
    with pytest.raises(InputError, match="1 normalizes by the statistics of its batch"):
        sweep(norm, pictures(8, 1, 8, 2), "0", progress=False)
