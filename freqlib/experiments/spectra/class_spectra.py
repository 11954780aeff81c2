"""What frequencies the images of each class hold."""

import pandas as pd
from torch import Tensor

from freqlib.signal import SpectrumMeter
from freqlib.vision import Images, as_images

BATCH = 256


def class_spectra(data: Images | tuple[Tensor, Tensor]) -> pd.DataFrame:
    """Measure the radial spectrum of the images of every class.

    Args:
        data: from `load_data`, or a pair of images and labels.

    Returns:
        One row a class and radius, for the classes that have an image: class images radius_nyquist cycles_per_image
        log_amplitude (mean over images, channels and the ring of ln(|fft2| + 1e-6)) relative_log_amplitude (minus its
        value at radius 0) energy (mean square of the images that lies on the ring) energy_share (NaN of silence) cells.

    Example:
        >>> import torch
        >>> flat, board = torch.ones(2, 1, 4, 4), (torch.arange(16).reshape(4, 4) // 4 + torch.arange(4)) % 2
        >>> table = class_spectra((torch.cat([flat, board.expand(3, 1, 4, 4)]), torch.tensor([0, 0, 1, 1, 1])))
        >>> table[table.energy > 1e-9][["class", "images", "radius_nyquist", "energy"]].round(2).values.tolist()
        [['0', 2, 0.0, 1.0], ['1', 3, 0.0, 0.25], ['1', 3, 1.41, 0.25]]
    """
    images = as_images(data)
    meters: dict[int, SpectrumMeter] = {}
    for pixels, labels, _ in images.batches(BATCH):
        for label in labels.unique().tolist():
            meters.setdefault(label, SpectrumMeter()).update(pixels[labels == label])
    tables = []
    for label, meter in sorted(meters.items()):
        spectrum = {name: values.numpy() for name, values in meter.compute().items()}
        head = {"class": str(images.classes[label]), "images": int((images.labels == label).sum())}
        tables.append(pd.DataFrame(head | spectrum))
    return pd.concat(tables, ignore_index=True)
