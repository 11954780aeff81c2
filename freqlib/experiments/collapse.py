"""Do a network's maps sink toward low frequencies with depth, beyond what their grids alone bring about?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from freqlib.errors import one_of
from freqlib.experiments.intervals import LEVEL, columns, resamples
from freqlib.experiments.onepass import layer_maps
from freqlib.signal import radius
from freqlib.vision import Images, as_images, as_model, choose_layers

BATCH = 64
# Cycles per image below which energy counts as low.
LOW = 8.0
WINDOWS = ("none", "hann")
SLOPE = "slope over depth"


def collapse(
    model: nn.Module,
    data: Images | tuple[Tensor, Tensor],
    layers: str | Iterable[str] | None = None,
    window: str = "none",
) -> pd.DataFrame:
    """Measure the spectral centroid of every layer's maps against that of the same maps with their places shuffled.

    DC is left out, since a rectifier makes DC out of anything. Of maps whose places are shuffled at random, every other
    frequency has the same expected energy, so the null is closed: the mean over the grid's cells.

    Args:
        model: from `load_model`, or any nn.Module.
        data: from `load_data`, or a pair of images and labels.
        layers: names as `layers(model)` lists them; None for the default ones. Grids of one cell are left out.
        window: "hann" tapers the maps, mean removed, before the transform, so that opposite edges that do not meet add
            no high frequencies; "none" does not.

    Returns:
        One row a layer: model dataset layer depth grid_height grid_width n; centroid, the mean of the frequency over
        the maps' energy (cycles per image), null and beyond, centroid minus null; low_share, the share of energy below
        8 cycles per image, null_low_share and their difference, collapse (NaN on grids that hold nothing else);
        log_ratio, the logarithm of centroid over null. A last row, layer "slope over depth", has the slopes of
        centroid, null, their difference and log_ratio, per unit of relative depth. Where the grid shrinks, so does the
        null, and the difference with it, whatever the maps hold; the ratio does not. Intervals (95 %) of centroid,
        beyond, collapse and log_ratio: by bootstrap over images (over groups where the data have them), all layers
        resampled together. Energy is summed over channels, so that strong channels count most.

    Raises:
        InputError: as for `feature_spectra`, or an unknown window.

    Source: collapse with depth after S1; the null is this project's.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(32, 2))
        >>> table = collapse(net, (torch.rand(6, 1, 8, 8), torch.zeros(6).long()), ["input", "0"])
        >>> table.layer.tolist()
        ['input', '0', 'slope over depth']
    """
    one_of(window, WINDOWS, "window")
    images, model = as_images(data), as_model(model)
    chosen = [c for c in choose_layers(model, images.shape, layers) if c.height * c.width > 1]
    sums = _image_sums(model, images, chosen, window)  # (layers, 3, images)
    units = np.arange(len(images)) if images.groups is None else images.groups.numpy()
    _, unit = np.unique(units, return_inverse=True)
    totals = np.stack([[np.bincount(unit, weights=part) for part in layer] for layer in sums])
    drawn = totals @ resamples(totals.shape[-1]).T  # (layers, 3, resamples)
    whole = totals.sum(-1, keepdims=True)
    centroid, low_share = (np.concatenate([s[:, i] / s[:, 0] for s in (whole, drawn)], axis=1) for i in (1, 2))
    grids = [_frequencies(c.height, c.width) for c in chosen]
    null = np.array([float(grid.mean()) for grid in grids])
    null_low = np.array([float((grid < LOW).double().mean()) for grid in grids])
    rows = []
    for i, layer in enumerate(chosen):
        rows.append(
            {
                "model": model.name, "dataset": images.name, "layer": layer.name, "depth": layer.depth,
                "grid_height": layer.height, "grid_width": layer.width, "n": len(images),
                **_interval("centroid", centroid[i]), "null": null[i], **_interval("beyond", centroid[i] - null[i]),
                "low_share": low_share[i, 0], "null_low_share": null_low[i],
                **_interval("collapse", low_share[i] - null_low[i] if null_low[i] < 1 else low_share[i] * np.nan),
                **_interval("log_ratio", np.log(centroid[i] / null[i])),
            }
        )  # fmt: skip
    depth = np.array([layer.depth for layer in chosen])
    if len(set(depth)) > 1:
        weights = (depth - depth.mean()) / np.square(depth - depth.mean()).sum()
        own, expected, ratio = weights @ centroid, float(weights @ null), weights @ np.log(centroid / null[:, None])
        rows.append(
            {"model": model.name, "dataset": images.name, "layer": SLOPE, "n": len(images),
             **_interval("centroid", own), "null": expected, **_interval("beyond", own - expected),
             **_interval("log_ratio", ratio)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _image_sums(model: nn.Module, images: Images, layers: list, window: str) -> NDArray:
    """For each layer and image: energy, energy times frequency, and energy below the low limit; DC apart."""
    found: list[list[Tensor]] = [[] for _ in layers]
    for maps in layer_maps(model, layers, images, BATCH):
        for parts, x in zip(found, maps, strict=True):
            h, w = x.shape[-2:]
            if window == "hann":
                taper = [torch.hann_window(n, periodic=True, device=x.device) for n in (h, w)]
                x = (x - x.mean((-2, -1), keepdim=True)) * taper[0][:, None] * taper[1]
            power = torch.fft.fft2(x).abs().square().sum(1, dtype=torch.float64).flatten(1)[:, 1:].cpu()
            frequency = _frequencies(h, w)
            kinds = torch.stack([torch.ones_like(frequency), frequency, (frequency < LOW).double()])
            parts.append(power @ kinds.T)
    return torch.stack([torch.cat(parts).T for parts in found]).numpy()


def _frequencies(h: int, w: int) -> Tensor:
    """The frequency of every cell but DC, in cycles per image, fft2 order."""
    return radius(h, w, "cycles/image").flatten()[1:]


def _interval(name: str, values: NDArray) -> dict[str, float]:
    """Name the estimate, which comes first, and the percentile interval of the resamples behind it."""
    low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    return columns(name, float(values[0]), (low, high))
