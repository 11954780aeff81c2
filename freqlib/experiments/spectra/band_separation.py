"""How far the energy of an image in each band is decided by its class."""

import numpy as np
import pandas as pd
from torch import Tensor

from freqlib.errors import InputError
from freqlib.experiments.evaluation.intervals import LEVEL, columns, resamples
from freqlib.experiments.spectra.image_statistics import BATCH, cosine_energy, cosine_radius
from freqlib.signal import Bands
from freqlib.signal.frequencies import UNITS
from freqlib.vision import Images, as_images


def band_separation(data: Images | tuple[Tensor, Tensor], bands: Bands | None = None) -> pd.DataFrame:
    """Measure how much of the differences between images in a band's energy lies between classes.

    The energy is that of the cosine transform, as in `image_statistics`, as a share of all but the mean's, so that
    neither brightness nor contrast counts; of its logarithm the variance between classes over the whole is taken.

    Args:
        data: images and labels.
        bands: by default the seven.

    Returns:
        One row a band that has cells other than the mean's: dataset band band_low band_high n classes; between, the
        share of the variance beyond what labels in random order have in the mean, (classes - 1) / (units - 1), as a
        share of the rest (0 to 1, but for chance), with its interval (95 %, bootstrap over units: images, or groups
        where they depend on each other; moved to the estimate, since resampling adds to the share).

    Raises:
        InputError: as by `as_images`, bands in cycles per image, or an image that is constant.

    Source: epsilon squared, Kelley, PNAS 21 (1935): the correlation ratio of an analysis of variance without its bias.

    Example:
        >>> import torch
        >>> noise, ramp = torch.rand(16, 1, 8, 8), torch.linspace(0, 1, 8)[:, None].expand(8, 8)
        >>> images = torch.cat([noise[:8], ramp + 0.01 * noise[8:]])
        >>> table = band_separation((images, torch.arange(16) // 8))
        >>> bool(table.between.iloc[-1] > 0.8)
        True
    """
    images, bands = as_images(data), bands or Bands.seven()
    if bands.unit != UNITS[0]:
        raise InputError(f"Bands are in {bands.unit}, but must be in Nyquist units here; leave unit= out.")
    place = np.digitize(cosine_radius(*images.shape[1:]), bands.edges[1:])
    place[0, 0] = -1  # the mean
    there = [i for i in range(len(bands)) if (place == i).any()]
    parts = []
    for pixels, _, _ in images.batches(BATCH):
        energy = cosine_energy(pixels).sum(1)
        parts.append(np.stack([energy[:, place == i].sum(1) for i in there], axis=1))
    energy = np.concatenate(parts)
    if (constant := np.flatnonzero(energy.sum(1) == 0)).size:
        raise InputError(
            f"Image {int(images.index[constant[0]])} is constant, so that no band has a share of it; leave it out."
        )
    logarithms = np.log((energy / energy.sum(1, keepdims=True)).clip(1e-12))
    present, own = np.unique(images.labels.numpy(), return_inverse=True)
    member = np.eye(len(present))[own]
    groups = images.index if images.groups is None else images.groups
    _, unit = np.unique(groups.numpy(), return_inverse=True)
    units = int(unit.max()) + 1
    drawn = resamples(units)[:, unit]
    size = drawn.sum(1)
    counts = drawn @ member
    # With no more units than classes, chance explains all.
    chance, rows = (len(present) - 1) / (units - 1) if units > len(present) else np.nan, []
    for i, x in zip(there, (logarithms - logarithms.mean(0)).T, strict=True):
        sums, middle = drawn @ (member * x[:, None]), drawn @ x / size
        explained = (sums**2 / counts.clip(1)).sum(1) / size - middle**2
        share = (explained / (drawn @ x**2 / size - middle**2) - chance) / (1 - chance)
        ends = share[0] + np.quantile(share[1:] - share[1:].mean(), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        rows.append(
            {"dataset": images.name, "band": bands.names[i], "band_low": bands.edges[i],
             "band_high": bands.edges[i + 1], "n": len(x), "classes": len(present),
             **columns("between", share[0], (ends[0], ends[1]))}
        )  # fmt: skip
    return pd.DataFrame(rows)
