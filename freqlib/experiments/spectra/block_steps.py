"""What the steps of a block do to high frequencies: attention, MLP, convolution."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace

import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import columns, mean_difference
from freqlib.signal import radius
from freqlib.signal.spectra import LOG_FLOOR
from freqlib.vision import Images, Layer, as_inputs, choose_layers, evaluating, layers

BATCH = 32
# From which radius on a frequency counts as high (Nyquist = 1).
HIGH = 0.5
# The parts of a block's second step, by timm and by torchvision. Whichever runs first reads the map between the steps:
# the norm, or the MLP where the norm comes behind it (Swin v2).
SECOND_STEPS = ("norm2", "ln_2", "mlp", "mlp_channels")
# By an attribute of the block, what its first step is; the second one is an MLP.
FIRST_STEPS = {"attn": "attention", "self_attention": "attention", "mlp_tokens": "token mixing"}


def block_steps(
    model: nn.Module, data: Images | tuple[Tensor, Tensor], blocks: str | Iterable[str] | None = None
) -> pd.DataFrame:
    """Measure by how much each step of each block raises or lowers the high frequencies of the map.

    The measure is Park and Kim's relative log-amplitude, per image the mean over channels of ln(|fft2| + 1e-6),
    averaged over the cells with r >= .5 and taken relative to DC: its value behind a step minus that before it. What a
    step does to DC counts in it as much as what it does to high frequencies; taken relative to the lowest frequencies
    instead, DC plays no part.

    Args:
        model: from `load_model`, or any nn.Module.
        data: from `load_data`, or a pair of images and labels.
        blocks: names as `layers(model)` lists them; None for all of kind "block".

    Returns:
        One row a step: model dataset block depth step; change with its interval, and change_ring with its own, relative
        to the lowest frequencies instead of DC; n. A transformer's block has the steps "attention" and "MLP", a mixer's
        "token mixing" and "MLP"; any other block is one step, "block". Blocks that change the grid are left out, since
        their maps have no frequencies in common. Intervals: 95 %, over images (over groups where the data have them).

    Raises:
        InputError: as for `feature_spectra`, or no block that keeps its grid.

    Source: Park & Kim, "How do vision transformers work?" (ICLR 2022), figure 2.

    Example:
        >>> from freqlib.vision import load_model
        >>> table = block_steps(load_model("cifar:vit"), (torch.rand(2, 3, 32, 32), torch.zeros(2).long()), "blocks.0")
        >>> table.step.tolist()
        ['attention', 'MLP']
    """
    model, images = as_inputs(model, data)
    if blocks is None:
        found = layers(model, images.shape)
        blocks = found[found.kind == "block"].name.tolist()
    chosen = [layer for layer in choose_layers(model, images.shape, blocks) if layer.module] if blocks else []
    levels: dict[str, list[dict[str, Tensor]]] = {layer.name: [] for layer in chosen}
    with evaluating(model):
        for pixels, _, _ in images.batches(BATCH):
            for name, points in _run(model, chosen, pixels.to(model.device)).items():
                levels[name].append(points)
    groups = None if images.groups is None else images.groups.numpy()
    rows = []
    for layer in chosen:
        joined = {point: torch.cat([p[point] for p in levels[layer.name]]).numpy() for point in levels[layer.name][0]}
        for step, before, behind in _steps(layer, joined):
            row = {"model": model.name, "dataset": images.name, "block": layer.name, "depth": layer.depth, "step": step}
            for name, a, b in zip(("change", "change_ring"), before.T, behind.T, strict=True):
                row |= columns(name, float((b - a).mean()), mean_difference(b, a, groups))
            rows.append(row | {"n": len(images)})
    if not rows:
        raise InputError(f"{model.name} has no block that keeps its grid; feature_spectra compares its other layers.")
    return pd.DataFrame(rows)


@torch.no_grad()
def _run(model: nn.Module, blocks: list[Layer], pixels: Tensor) -> dict[str, dict[str, Tensor]]:
    """Return, for each block, the levels of high frequencies (b, 2) before, between and behind its steps."""
    found: dict[str, dict[str, Tensor]] = {layer.name: {} for layer in blocks}

    def keep(layer: Layer, point: str) -> Callable:
        def hook(module: nn.Module, args: tuple, output: Tensor | None = None) -> None:
            x = args[0] if output is None else output
            if layer.layout == "nhwc" and x.ndim == 3:  # some blocks flatten their map for the second step
                x = x.unflatten(1, (layer.height, layer.width))
            channels = x.shape[1 if layer.layout == "nchw" else -1]  # a block may take others than it gives
            with suppress(InputError):  # and another grid
                if point not in found[layer.name]:
                    found[layer.name][point] = _high_level(replace(layer, channels=channels).grid(x))

        return hook

    with ExitStack() as stack:
        for layer in blocks:
            stack.callback(layer.module.register_forward_pre_hook(keep(layer, "before")).remove)
            stack.callback(layer.module.register_forward_hook(keep(layer, "behind")).remove)
            for part in _second_step(layer):
                stack.callback(part.register_forward_pre_hook(keep(layer, "between")).remove)
        model(pixels)
    return found


def _steps(layer: Layer, levels: dict[str, NDArray]) -> list[tuple[str, NDArray, NDArray]]:
    """Pair the points of a block to steps: name, levels before, levels behind."""
    if "before" not in levels:
        return []
    if "between" not in levels:
        return [("block", levels["before"], levels["behind"])]
    first = next(step for name, step in FIRST_STEPS.items() if hasattr(layer.module, name))
    return [(first, levels["before"], levels["between"]), ("MLP", levels["between"], levels["behind"])]


def _second_step(layer: Layer) -> list[nn.Module]:
    """Return the parts of a block's second step, if it has two."""
    two_steps = any(hasattr(layer.module, name) for name in FIRST_STEPS)
    return [getattr(layer.module, name) for name in SECOND_STEPS if two_steps and hasattr(layer.module, name)]


def _high_level(maps: Tensor) -> Tensor:
    """Log-amplitude of the high frequencies, relative to DC and to the lowest ring: (b, c, h, w) maps to (b, 2)."""
    logs = (torch.fft.fft2(maps.float()).abs() + LOG_FLOOR).log().mean(1, dtype=torch.float64).cpu()
    r = radius(*maps.shape[-2:])
    against = [logs[:, r == edge].mean(1) for edge in (0, r[r > 0].min())]
    return logs[:, r >= HIGH].mean(1, keepdim=True) - torch.stack(against, 1)
