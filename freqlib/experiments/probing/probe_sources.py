"""Where the features of a probe come from: the network's maps, or what takes their place in a control."""

import zlib
from dataclasses import dataclass

import torch
from torch import Tensor

from freqlib.experiments.evaluation.onepass import layer_outputs
from freqlib.experiments.probing.band_features import BandFeatures
from freqlib.signal import Bands, band_coefficients, band_power, fourier_crop, shuffled
from freqlib.vision import Images, Layer, VisionModel, choose_layers, untrained

BATCH = 64
# Images, drawn from those that are fitted on, from which the units of the numbers are taken.
OBSERVED = 256
# Sides to which images are reduced before all their pixels are projected.
PIXELS = 32


@dataclass(frozen=True)
class Cell:
    """One probe: a layer, a kind and the position of a band.

    Args:
        layer: whose maps are probed.
        kind: of the probe.
        band: a position among the bands.
    """

    layer: Layer
    kind: str
    band: int

    @property
    def power(self) -> bool:
        return self.kind == "power"

    def size(self, bands: Bands) -> int:
        """How many numbers the layer has in the band."""
        blank = torch.zeros(self.layer.height, self.layer.width)
        return self.layer.channels * (band_power if self.power else band_coefficients)(blank, bands)[self.band].numel()

    def __str__(self) -> str:
        return f"{self.layer.name}/{self.kind}/{self.band}/"


def read_features(
    source: str,
    model: VisionModel,
    cells: list[Cell],
    data: tuple[Images, Images],
    bands: Bands,
    dimension: int | None,
    seed: int,
) -> dict[tuple[str, int], Tensor]:
    """Read all features that some probes need in one pass over the images.

    Args:
        source: "" for the model, or the control whose place it takes: "untrained", "shuffled", "pixels", "projection".
        model: in eval mode.
        cells: the probes, all of them of power or none.
        data: the images that are fitted on, and those that are scored.
        bands: the bands.
        dimension: of the random directions, or None.
        seed: of directions and untrained weights.

    Returns:
        For the name of each layer and the position of each band (images, numbers), fitted images first; float16, or
        float32 for power, whose squares do not fit into float16.
    """
    layers = list({cell.layer.name: cell.layer for cell in cells}.values())
    power = cells[0].power
    kept = torch.float32 if power else torch.float16
    if source == "untrained":
        model = untrained(model, seed)
        layers = choose_layers(model, data[0].shape, [layer.name for layer in layers])
    sizes = {(cell.layer.name, cell.band): cell.size(bands) for cell in cells}
    # Each layer has directions of its own, whichever layers are read beside it.
    readers = {
        layer.name: BandFeatures(bands, power, dimension, seed * 1009 + zlib.crc32(layer.name.encode()))
        for layer in layers
    }
    found: dict[tuple[str, int], list[Tensor]] = {place: [] for place in sizes}

    def maps_of(x: Tensor, index: Tensor) -> list[Tensor]:
        if source == "pixels":
            return [_reduced(model.resize(x), layer.height, layer.width) for layer in layers]
        maps, _ = layer_outputs(model, layers, x)
        return [shuffled(m, index, seed) for m in maps] if source == "shuffled" else maps

    if source != "projection":  # whose numbers are pixels
        # Drawn, since images may lie in the order of their classes.
        drawn = torch.randperm(len(data[0]), generator=torch.Generator().manual_seed(seed))[:OBSERVED]
        for pixels, _, index in data[0].select(drawn).batches(BATCH):
            for layer, maps in zip(layers, maps_of(pixels.to(model.device), index), strict=True):
                readers[layer.name].observe(maps)
    for images in data:
        for pixels, _, index in images.batches(BATCH):
            x = pixels.to(model.device)
            if source == "projection":
                flat = _reduced(x, PIXELS, PIXELS).flatten(1)
                for (name, band), parts in found.items():
                    reader = readers[name]
                    some = reader.project(flat, band, min(sizes[name, band], dimension or sizes[name, band]))
                    parts.append((some.square() if power else some).to(kept).cpu())
                continue
            for layer, maps in zip(layers, maps_of(x, index), strict=True):
                for band, part in enumerate(readers[layer.name](maps)):
                    if (layer.name, band) in found:
                        found[layer.name, band].append(part.to(kept).cpu())
    return {place: torch.cat(parts) for place, parts in found.items()}


def _reduced(x: Tensor, height: int, width: int) -> Tensor:
    """Images at a grid's resolution, or as they are along a side where the grid is finer."""
    return fourier_crop(x, min(height, x.shape[-2]), min(width, x.shape[-1]))
