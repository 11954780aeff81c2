"""Cost of probing seven bands with three strengths: band coefficients against flattened maps.

peer   scikit-learn's LogisticRegression on the flattened maps of each isolated band, one fit a strength, with its own
       tolerance, which is ours too

Every side runs in turn in this process, on one thread, float32; thread CPU time, the least of three.
"""

import time

import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression

from freqlib.experiments.linear import fit_strengths
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


def seconds(work) -> tuple[float, list]:
    start = time.thread_time()
    result = work()
    return time.thread_time() - start, result


def main() -> None:
    torch.set_num_threads(1)
    rows = []
    for channels, side in ((64, 8), (32, 16), (16, 32), (256, 7)):  # of a ResNet-20 on CIFAR-10, and a wide late layer
        x, labels = maps(channels, side)
        works = {"ours": lambda x=x, y=labels: ours(x, y), "peer": lambda x=x, y=labels: peer(x, y)}
        runs = [{name: seconds(work) for name, work in works.items()} for _ in range(3)]
        least = {name: min(run[name][0] for run in runs) for name in works}
        a, b = (runs[0][name][1] for name in works)
        agree = [float((p.argmax(1) == q.argmax(1)).float().mean()) for p, q in zip(a, b, strict=True)]
        row = {
            "maps": f"{channels}x{side}x{side}",
            "ours (s)": least["ours"],
            "peer / ours": least["peer"] / least["ours"],
        }
        rows.append(row | {"same prediction (%)": 100 * min(agree)})
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3g"))


if __name__ == "__main__":
    main()
