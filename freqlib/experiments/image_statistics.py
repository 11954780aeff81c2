"""What is left of images in another form: how much, at which frequencies, and of which colours."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.fft import dctn
from torch import Tensor

from freqlib.vision import Images, as_images, variant

BATCH = 1000


def image_statistics(data: Images | tuple[Tensor, Tensor], variants: str | Iterable[str] = "original") -> pd.DataFrame:
    """Describe several forms of the same images.

    Frequencies are those of the cosine transform (DCT-II), which mirrors an image at its edges as the filters do. The
    Fourier transform joins opposite edges, and of a blurred image sees little but the jump between them.

    Args:
        data: images and labels.
        variants: names as `variant` takes them.

    Returns:
        One row a variant: variant n mean, variance (of pixels about each image's channel means) centroid (mean radius
        of that variance's energy; cell (ky, kx) of h x w has ky / 2h and kx / 2w cycles per pixel, Nyquist = 1; NaN
        where there is none) high_share (of it at r >= .5) colour_share (of the energy of all pixels, what differs
        between the channels; NaN for grey images and without energy).

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
    channels, h, w = images.shape
    radius = np.hypot(np.arange(h)[:, None] / h, np.arange(w) / w)
    cells, total, energy, colour = np.zeros((h, w)), 0.0, 0.0, 0.0
    for pixels, _, _ in images.batches(BATCH):
        x = pixels.double().numpy()
        total += x.sum()
        energy += np.square(x).sum()
        colour += np.square(x - x.mean(1, keepdims=True)).sum()
        cells += np.square(dctn(x, axes=(2, 3), norm="ortho")).sum((0, 1))
    cells[0, 0] = 0  # the mean is no variance
    count, varying = len(images) * channels * h * w, cells.sum()
    shares = cells / varying if varying > 0 else np.full((h, w), np.nan)
    return {
        "mean": total / count,
        "variance": varying / count,
        "centroid": (shares * radius).sum(),
        "high_share": shares[radius >= 0.5].sum(),
        "colour_share": colour / energy if energy > 0 and channels > 1 else np.nan,
    }
