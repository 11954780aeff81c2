"""What is left of images in another form: how much, at which frequencies, and of which colours."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
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


def cosine_energy(x: Tensor) -> NDArray:
    """Return the energy of every cell of the cosine transform (DCT-II, orthonormal).

    Args:
        x: (n, c, h, w).

    Returns:
        (n, c, h, w) float64; its sum is that of the squares of `x`.
    """
    return np.square(dctn(x.double().numpy(), axes=(2, 3), norm="ortho"))


def cosine_radius(h: int, w: int) -> NDArray:
    """Return the radius of every cell of the cosine transform: (ky, kx) has ky / 2h and kx / 2w cycles per pixel.

    Args:
        h: height of the image.
        w: width of the image.

    Returns:
        (h, w) float64, Nyquist = 1.

    Example:
        >>> cosine_radius(2, 4)[0].tolist()
        [0.0, 0.25, 0.5, 0.75]
    """
    return np.hypot(np.arange(h)[:, None] / h, np.arange(w) / w)


def _describe(images: Images) -> dict[str, float]:
    channels, h, w = images.shape
    radius, cells, total, energy, colour = cosine_radius(h, w), np.zeros((h, w)), 0.0, 0.0, 0.0
    for pixels, _, _ in images.batches(BATCH):
        x = pixels.double()
        total += float(x.sum())
        energy += float(x.square().sum())
        colour += float((x - x.mean(1, keepdim=True)).square().sum())
        cells += cosine_energy(x).sum((0, 1))
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
