"""Probing seven bands with three strengths of the penalty.

- *ours*: one fit on the coefficients of a band, the strengths after each other.
- *peer*: scikit-learn's LogisticRegression on the flattened maps of each isolated band, one fit a strength, with its
  own tolerance, which is ours too.

In float32; the sides in turn, the least of three. *same prediction* is the share of the images on which both say the
same, in the band where it is smallest.
"""

from functools import partial

import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from timing import least, report

from freqlib.experiments.probing.linear import fit_strengths
from freqlib.signal import Bands, band_coefficients, isolate

BANDS = Bands.seven()
STRENGTHS = [1e-1, 1e-2, 1e-3]
IMAGES, CLASSES = 1500, 10


def maps(channels: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise with a class's pattern in it, both falling with frequency as trained maps do."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(IMAGES) % CLASSES
    patterns = torch.randn(CLASSES, channels, side, side, generator=generator)
    x = torch.randn(IMAGES, channels, side, side, generator=generator) + 0.2 * patterns[labels]
    return sum(part / (1 + band) for band, part in enumerate(isolate(x, BANDS, b) for b in BANDS.names)), labels


def ours(x, labels):
    parts = [part.flatten(1) for part in band_coefficients(x, BANDS)]
    return [fit_strengths(part, labels, STRENGTHS)[-1](part).softmax(1) for part in parts if part.shape[1]]


def peer(x, labels):
    probabilities = []
    for band, cells in zip(BANDS.names, BANDS.cells(*x.shape[-2:]).tolist(), strict=True):
        if not cells:
            continue
        flat = isolate(x, BANDS, band).flatten(1)
        flat = flat - flat.mean(0)
        # The common scale of ours: the mean square of a coefficient, not of a pixel.
        flat = (flat / flat.square().mean().sqrt() * (cells / x[0, 0].numel()) ** 0.5).numpy()
        for strength in STRENGTHS:
            model = LogisticRegression(C=1 / (len(flat) * strength), max_iter=5000)
            model.fit(flat, labels.numpy())
        probabilities.append(torch.from_numpy(model.predict_proba(flat)))
    return probabilities


def measure() -> pd.DataFrame:
    rows = []
    for channels, side in ((64, 8), (32, 16), (16, 32), (256, 7)):  # of a ResNet-20 on CIFAR-10, and a wide late layer
        x, labels = maps(channels, side)
        both = zip(ours(x, labels), peer(x, labels), strict=True)
        agree = [float((p.argmax(1) == q.argmax(1)).float().mean()) for p, q in both]
        works = {"ours": partial(ours, x, labels), "peer": partial(peer, x, labels)}
        time = least(works, rounds=3)
        row = {"maps": f"{channels}x{side}x{side}", "ours (s)": time.ours, "peer / ours": time.peer / time.ours}
        rows.append(row | {"same prediction (%)": 100 * min(agree)})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    report(measure, __file__)
