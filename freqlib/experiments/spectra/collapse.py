"""Do a network's maps sink toward low frequencies with depth, beyond what their grids alone bring about?"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from freqlib.errors import one_of
from freqlib.experiments.evaluation.intervals import columns, percentiles, resamples
from freqlib.experiments.evaluation.onepass import layer_maps
from freqlib.signal import radius
from freqlib.vision import Images, as_inputs, choose_layers

BATCH = 64
# Cycles per image below which energy counts as low.
LOW = 8.0
WINDOWS = ("none", "hann")
SLOPE = "slope over depth"


def collapse(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    layers: str | Iterable[str] | None = None,
    window: str = "none",
) -> pd.DataFrame:
    """Measure the spectral centroid of every layer's maps against that of the same maps with their places shuffled.

    DC is left out, since a rectifier makes DC out of anything. Of maps whose places are shuffled at random, every other
    frequency has the same expected energy, so the null is closed: the mean over the grid's cells.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        data: from `load_data`, or a pair of images and labels.
        layers: names as `layers(model)` lists them; None for the default ones. Grids of one cell are left out.
        window: "hann" tapers the maps, mean removed, before the transform, so that opposite edges that do not meet add
            no high frequencies; "none" does not.

    Returns:
        One row a layer: model dataset layer depth grid_height grid_width n; centroid, the mean of the frequency over
        the maps' energy (cycles per image), null and beyond, centroid minus null; low_share, the share of energy below
        8 cycles per image, null_low_share and their difference, collapse (NaN on grids that hold nothing else);
        log_ratio, the logarithm of centroid over null. There energy is summed over channels, so that strong channels
        count most; channels is the logarithm of the mean over channels of each one's own centroid, over the null.
        A last row, layer "slope over depth", has the slopes of these and of the null, per unit of relative depth, and
        within_grid, the slope of log_ratio among layers of the same grid (NaN where no grid has two). The others mix
        what the maps do with what a stride does: where the grid shrinks, so does the null, and the difference with it,
        whatever the maps hold; and log_ratio rises at a stride wherever a map holds more at low frequencies than at
        high ones. Intervals (95 %), but of null and the low shares: by bootstrap over images (over groups where the
        data have them), all layers resampled together.

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
    model, images = as_inputs(model, data)
    chosen = [c for c in choose_layers(model, images.shape, layers) if c.height * c.width > 1]
    units = np.arange(len(images)) if images.groups is None else images.groups.numpy()
    names, unit = np.unique(units, return_inverse=True)
    drawn = resamples(len(names))
    summed = [_drawn_sums(sums, unit, drawn) for sums in _image_sums(model, images, chosen, window)]
    centroid, low_share, own = (np.stack(values) for values in zip(*summed, strict=True))
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
                **_interval("channels", np.log(own[i] / null[i])),
            }
        )  # fmt: skip
    depth = np.array([layer.depth for layer in chosen])
    if len(set(depth)) > 1:
        weights, ratio = _slope_weights(depth), np.log(centroid / null[:, None])
        slope, expected = weights @ centroid, float(weights @ null)
        within = _slope_weights(depth, [(layer.height, layer.width) for layer in chosen])
        rows.append(
            {"model": model.name, "dataset": images.name, "layer": SLOPE, "n": len(images),
             **_interval("centroid", slope), "null": expected, **_interval("beyond", slope - expected),
             **_interval("log_ratio", weights @ ratio), **_interval("within_grid", within @ ratio),
             **_interval("channels", weights @ np.log(own / null[:, None]))}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _drawn_sums(sums: NDArray, unit: NDArray, drawn: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """From sums (images, channels, 3), for each draw of units: centroid, low share, mean centroid of the channels."""
    totals = np.zeros((drawn.shape[1], *sums.shape[1:]))
    np.add.at(totals, unit, sums)
    resampled = np.tensordot(drawn, totals, 1)
    energy, moment, low = resampled.sum(1).T
    with np.errstate(invalid="ignore"):  # a channel that is silent has no centroid, nor has a layer
        each = np.ma.masked_invalid(resampled[..., 1] / resampled[..., 0])
        return moment / energy, low / energy, each.mean(axis=1).filled(np.nan)


def _slope_weights(depth: NDArray, grids: list | None = None) -> NDArray:
    """The weights that make the least-squares slope over depth, of all layers or among those of the same grid."""
    table = pd.DataFrame({"depth": depth, "grid": 0 if grids is None else grids})
    apart = (table.depth - table.groupby("grid").depth.transform("mean")).to_numpy()
    return apart / np.square(apart).sum() if apart.any() else np.full(len(depth), np.nan)


def _image_sums(model: nn.Module, images: Images, layers: list, window: str) -> list[NDArray]:
    """Of every layer (images, channels, 3): energy, energy times frequency, energy below the low limit; DC apart."""
    found: list[list[Tensor]] = [[] for _ in layers]
    for maps in layer_maps(model, layers, images, BATCH):
        for parts, x in zip(found, maps, strict=True):
            h, w = x.shape[-2:]
            if window == "hann":
                taper = [torch.hann_window(n, periodic=True, device=x.device) for n in (h, w)]
                x = (x - x.mean((-2, -1), keepdim=True)) * taper[0][:, None] * taper[1]
            power = torch.fft.fft2(x).abs().square().flatten(2)[..., 1:].double().cpu()
            frequency = _frequencies(h, w)
            kinds = torch.stack([torch.ones_like(frequency), frequency, (frequency < LOW).double()])
            parts.append(power @ kinds.T)
    return [torch.cat(parts).numpy() for parts in found]


def _frequencies(h: int, w: int) -> Tensor:
    """The frequency of every cell but DC, in cycles per image, fft2 order."""
    return radius(h, w, "cycles/image").flatten()[1:]


def _interval(name: str, values: NDArray) -> dict[str, float]:
    """Name the estimate, which comes first, and the percentile interval of the resamples behind it."""
    return columns(name, float(values[0]), percentiles(values))
