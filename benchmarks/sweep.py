"""A sweep of every layer, band and mode.

- *floor*: one clean forward pass, and the bare suffix of the network for every edit that is not empty.
- *peer*: a hook and one whole forward pass for every edit, by fft2, fftshift and a mask, in float32 and NCHW.

The sides in turn, the least of five (the peer: once).
"""

from contextlib import nullcontext

import pandas as pd
import torch
import torch.nn.functional as F
from timing import least, report

from freqlib.experiments.evaluation.edits import Editing, MapEditor
from freqlib.experiments.evaluation.onepass import Cut, OnePass
from freqlib.signal import Bands, random_orbits
from freqlib.vision import choose_layers, load_model

MODELS = ("torchvision:resnet18", "cifar:resnet20", "vit_tiny_patch16_224")


def suffix_of(model, layer, shape):
    """The network behind a layer as a function of its maps, by skipping everything up to it."""
    network, names = model.network, [name for name, _ in model.network.named_children()]
    if layer.name in names:  # a ResNet's stages
        rest = names[names.index(layer.name) + 1 :]

        def run(x):
            for name in rest:
                x = getattr(network, name)(x)
                if name == "avgpool":
                    x = x.flatten(1)
            return x.mean((2, 3)) if x.ndim == 4 else x

        return run
    group, position = layer.name.split(".")  # a ViT's blocks

    def run(x):
        for block in getattr(network, group)[int(position) + 1 :]:
            x = block(x)
        return network.forward_head(network.norm(x))

    return run


def resnet20_suffix(model, layer):
    network = model.network
    stages = ["layer1", "layer2", "layer3"]

    def run(x):
        for name in stages[stages.index(layer.name) + 1 :]:
            x = getattr(network, name)(x)
        head = network.linear if hasattr(network, "linear") else network.fc
        return head(F.adaptive_avg_pool2d(x, 1).flatten(1))

    return run


def peer_edit(x, mask, mode, generator):
    """The textbook edit of one map."""
    mask = torch.fft.fftshift(mask)

    def keep(z):
        f = torch.fft.fftshift(torch.fft.fft2(z), dim=(-2, -1)) * mask
        return torch.fft.ifft2(torch.fft.ifftshift(f, dim=(-2, -1))).real

    band = keep(x)
    if mode == "isolate":
        return band
    if mode == "remove":
        return x - band
    noise = keep(torch.randn(x.shape, generator=generator))
    return x + noise * (band.square().sum((-2, -1), keepdim=True) / noise.square().sum((-2, -1), keepdim=True)).sqrt()


def peer(model, layers, plans, bands, images):
    """One hook and one whole forward pass for every edit."""
    generator = torch.Generator().manual_seed(0)
    logits = [model(images)]
    for layer, plan in zip(layers, plans, strict=True):
        masks = bands.masks(layer.height, layer.width)
        for edit in plan:
            mask = torch.zeros_like(masks[0]) if edit.band is None else masks[edit.band]
            if edit.control == "orbits":
                index = torch.arange(len(images))
                mask = random_orbits(layer.height, layer.width, int(mask.sum()), index, 0)[:, None]

            def hook(module, args, output, layer=layer, mask=mask, edit=edit):
                edited = output.clone()
                layer.grid(edited).copy_(peer_edit(layer.grid(output).float(), mask, edit.mode, generator))
                return edited

            handle = layer.module.register_forward_hook(hook)
            logits.append(model(images))
            handle.remove()
    return torch.stack(logits)


def cost(name: str, controls: tuple[str, ...], autocast: torch.dtype | None) -> dict:
    torch.manual_seed(0)
    side, batch = (32, 16) if name.startswith("cifar:") else (224, 4)
    model = load_model(name)
    images = torch.rand(batch, 3, side, side)
    layers = choose_layers(model, (3, side, side), None)
    editing = Editing(Bands.seven(), ("isolate", "remove", "perturb"), ("zero",), controls)
    plans = [editing.plan(layer.height, layer.width) for layer in layers]
    cuts = [Cut(layer, len(p), MapEditor(editing, p, None).write) for layer, p in zip(layers, plans, strict=True)]
    one_pass, index = OnePass(model, cuts, autocast), torch.arange(batch)
    with torch.inference_mode():
        clean = _raw_outputs(model, layers, images, autocast)
        suffixes = [
            resnet20_suffix(model, layer) if name.startswith("cifar:resnet") else suffix_of(model, layer, side)
            for layer in layers
        ]
        context = torch.autocast("cpu", autocast) if autocast else nullcontext()

        def floor():
            with context:
                model(images)
                for suffix, maps, plan in zip(suffixes, clean, plans, strict=True):
                    suffix(maps.repeat(len(plan), *[1] * (maps.ndim - 1)))

        with context:
            for suffix, maps in zip(suffixes, clean, strict=True):
                assert torch.allclose(suffix(maps).float(), model(images).float(), atol=0.5 if autocast else 1e-3)
        compared = one_pass(images, index)
        looped = peer(model, layers, plans, editing.bands, images)
        # Noise is drawn otherwise in the peer: only the edits without noise and control are compared.
        fixed = [0] + [
            1 + i for i, e in enumerate(e for p in plans for e in p) if e.mode != "perturb" and not e.control
        ]
        error = float((compared[fixed] - looped[fixed]).abs().max())
        time = least({"sweep": lambda: one_pass(images, index), "floor": floor}, rounds=5)
        slow = least({"peer": lambda: peer(model, layers, plans, editing.bands, images)}, rounds=1)
    return {
        "model": name, "pixels": side, "batch": batch, "controls": "+".join(controls) or "none",
        "type": "float32" if autocast is None else str(autocast).removeprefix("torch."),
        "edits": sum(map(len, plans)), "sweep (s)": time.sweep, "sweep / floor": time.sweep / time.floor,
        "peer / sweep": slow.peer / time.sweep, "largest logit error": error,
    }  # fmt: skip


def _raw_outputs(model, layers, images, autocast):
    """The layers' outputs in the network's own type and layout."""
    found = []
    handles = [layer.module.register_forward_hook(lambda m, a, o: found.append(o.clone())) for layer in layers]
    with torch.autocast("cpu", autocast) if autocast else nullcontext():
        model(images)
    for handle in handles:
        handle.remove()
    return found


def measure() -> pd.DataFrame:
    precisions = (None, torch.bfloat16)
    return pd.DataFrame(
        [cost(name, controls, p) for name in MODELS for controls in ((), ("orbits",)) for p in precisions]
    )


if __name__ == "__main__":
    report(measure, __file__)
