"""Splitting maps into seven bands.

- *split*: real matrix products.
- *rfft2*: one real FFT, one inverse a band.
- *peer*: fft2, fftshift, mask and inverse for every band.

Of eight maps in float32; the sides in turn, the least of nine. The last row has the largest of all errors.
"""

from functools import partial

import pandas as pd
import torch
from scipy.stats import gmean
from timing import least, report

from freqlib.signal import Bands, split

SIZES = {56: 64, 32: 64, 28: 128, 14: 256, 8: 512, 7: 512}  # side: channels
BANDS = Bands.seven()


def by_rfft(x):
    spectrum = torch.fft.rfft2(x)
    masks = BANDS.masks(*x.shape[-2:])[..., : spectrum.shape[-1]]
    return torch.stack([torch.fft.irfft2(spectrum * mask, s=x.shape[-2:]) for mask in masks])


def peer(x):
    parts = []
    for mask in torch.fft.fftshift(BANDS.masks(*x.shape[-2:]), dim=(-2, -1)):
        spectrum = torch.fft.fftshift(torch.fft.fft2(x), dim=(-2, -1)) * mask
        parts.append(torch.fft.ifft2(torch.fft.ifftshift(spectrum, dim=(-2, -1))).real)
    return torch.stack(parts)


def measure() -> pd.DataFrame:
    torch.manual_seed(0)
    rows = []
    for side, channels in SIZES.items():
        x = torch.randn(8, channels, side, side)
        error = float((split(x, BANDS) - peer(x)).abs().max())
        works = {"split": partial(split, x, BANDS), "rfft2": partial(by_rfft, x), "peer": partial(peer, x)}
        time = least(works, rounds=9)
        ratios = time / time["split"]
        row = {"maps": f"{channels}x{side}x{side}", "rfft2 / split": ratios.rfft2, "peer / split": ratios.peer}
        rows.append(row | {"largest error": error})
    table = pd.DataFrame(rows)
    means = {"maps": "geometric mean"} | {name: gmean(table[name]) for name in ("rfft2 / split", "peer / split")}
    return pd.concat([table, pd.DataFrame([means | {"largest error": table["largest error"].max()}])])


if __name__ == "__main__":
    report(measure, __file__)
