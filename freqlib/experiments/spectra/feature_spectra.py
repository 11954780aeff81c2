"""What frequencies the maps of each layer hold."""

from collections.abc import Iterable

import pandas as pd
from torch import Tensor, nn

from freqlib.errors import one_of
from freqlib.experiments.evaluation.onepass import layer_maps
from freqlib.signal import SpectrumMeter
from freqlib.signal.spectra import PATHS
from freqlib.vision import Images, as_inputs, choose_layers

BATCH = 32


def feature_spectra(
    model: nn.Module | str,
    data: Images | tuple[Tensor, Tensor],
    layers: str | Iterable[str] | None = None,
    along: str = "rings",
) -> pd.DataFrame:
    """Measure the radial spectrum of every layer's maps.

    Args:
        model: from `load_model`, any nn.Module, or a name (random weights).
        data: from `load_data`, or a pair of images and labels.
        layers: names as `layers(model)` lists them; None for the default ones.
        along: "rings" of equal radius, corners included, or the "diagonal" below Nyquist, as Park & Kim draw it.

    Returns:
        One row a layer and ring, or cell of the diagonal: layer depth radius_nyquist cycles_per_image
        log_amplitude (mean over images, channels and the ring of ln(|fft2| + 1e-6)) relative_log_amplitude (minus its
        value at radius 0) energy (mean square of the maps that lies on the ring) energy_share (NaN of silence) cells.
        Prefix tokens are left out.

    Raises:
        InputError: an unknown layer, or one whose output is no grid; an unknown path.

    Source: Park & Kim, "How do vision transformers work?" (ICLR 2022), with the axis in Nyquist. (Their axis ends at
    1.0 pi where the last sample is at .857 pi an axis on 7x7 and 14x14 maps.)

    Example:
        >>> import torch
        >>> net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(128, 2))
        >>> table = feature_spectra(net, (torch.rand(4, 1, 8, 8), torch.zeros(4).long()))
        >>> round(float(table.energy_share.sum()), 6)
        1.0
    """
    model, images = as_inputs(model, data)
    one_of(along, PATHS, "path through the spectrum")  # before any computing
    chosen = choose_layers(model, images.shape, layers)
    meters = [SpectrumMeter() for _ in chosen]
    for maps in layer_maps(model, chosen, images, BATCH):
        for meter, x in zip(meters, maps, strict=True):
            meter.update(x)
    tables = []
    for layer, meter in zip(chosen, meters, strict=True):
        columns = {name: values.numpy() for name, values in meter.compute(along).items()}
        tables.append(pd.DataFrame({"layer": layer.name, "depth": layer.depth} | columns))
    return pd.concat(tables, ignore_index=True)
