"""What is left of images in another form: how much, at which frequencies, and of which colours."""

from collections.abc import Iterable

import pandas as pd
from torch import Tensor

from freqlib.signal import SpectrumMeter
from freqlib.vision import Images, as_images, variant

BATCH = 1000


def image_statistics(data: Images | tuple[Tensor, Tensor], variants: str | Iterable[str] = "original") -> pd.DataFrame:
    """Describe several forms of the same images.

    Args:
        data: images and labels.
        variants: names as `variant` takes them.

    Returns:
        One row a variant: variant n mean, variance (of pixels about each image's channel means) centroid (mean radius
        of that variance's energy, Nyquist = 1; NaN where there is none) high_share (of it at r >= .5) colour_share (of
        the energy of all pixels, what differs between the channels; NaN for grey images and without energy).

    Raises:
        InputError: as by `variant`.

    Example:
        >>> import torch
        >>> table = image_statistics((torch.rand(4, 3, 8, 8), torch.zeros(4, dtype=torch.int64)), ["original", "low:2"])
        >>> bool(table.centroid[0] > table.centroid[1])
        True
    """
    images = as_images(data)
    names = [variants] if isinstance(variants, str) else list(variants)
    return pd.DataFrame([{"variant": name, "n": len(images), **_describe(variant(images, name))} for name in names])


def _describe(images: Images) -> dict[str, float]:
    meter, total, energy, colour = SpectrumMeter(), 0.0, 0.0, 0.0
    for pixels, _, _ in images.batches(BATCH):
        meter.update(pixels)
        total += float(pixels.double().mean((1, 2, 3)).sum())
        energy += float(pixels.double().square().sum())
        colour += float((pixels - pixels.mean(1, keepdim=True)).double().square().sum())
    spectrum = pd.DataFrame({name: values.numpy() for name, values in meter.compute().items()})
    rings = spectrum[spectrum.radius_nyquist > 0]
    variance = float(rings.energy.sum())
    shares = rings.energy / variance if variance > 0 else rings.energy * float("nan")
    return {
        "mean": total / len(images),
        "variance": variance,
        "centroid": float((shares * rings.radius_nyquist).sum(skipna=False)),
        "high_share": float(shares[rings.radius_nyquist >= 0.5].sum(skipna=False)),
        "colour_share": colour / energy if energy > 0 and images.shape[0] > 1 else float("nan"),
    }
