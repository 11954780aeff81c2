"""Cost of splitting maps into seven bands: real matrix products against FFTs.

rfft2  one real FFT, one inverse a band
peer   fft2 + fftshift + mask + inverse for every band

Every side runs in turn in this process, on one thread, float32; thread CPU time, the least of five.
"""

import time

import pandas as pd
import torch
from scipy.stats import gmean

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


def seconds(work, x) -> float:
    start = time.thread_time()
    work(x)
    return time.thread_time() - start


def main() -> None:
    torch.set_num_threads(1)
    rows = []
    for side, channels in SIZES.items():
        x = torch.randn(8, channels, side, side)
        works = {"split": lambda x: split(x, BANDS), "rfft2": by_rfft, "peer": peer}
        error = float((works["split"](x) - peer(x)).abs().max())
        least = {
            name: min(t)
            for name, t in zip(
                works, zip(*[[seconds(w, x) for w in works.values()] for _ in range(5)], strict=True), strict=True
            )
        }
        row = {
            "side": side,
            "rfft2 / split": least["rfft2"] / least["split"],
            "peer / split": least["peer"] / least["split"],
        }
        rows.append(row | {"largest error": error})
    print(pd.DataFrame(rows).to_string(index=False, float_format="%.3g"))
    print("geometric mean of peer / split:", round(float(gmean([row["peer / split"] for row in rows])), 2))


if __name__ == "__main__":
    main()
