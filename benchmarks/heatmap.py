"""A Fourier heatmap of a ResNet-20 at 32x32.

- *floor*: one forward pass for each of the 514 distinct waves, and one without any.
- *peer*: the straightforward loop; for every one of the 1,024 cells, a wave by an inverse transform and a forward pass
  in NCHW.

Some waves and cells stand for all, since each costs the same. In float32; the sides in turn, the least of fifteen.
"""

import copy

import pandas as pd
import torch
from timing import least, report

import freqlib as fl

IMAGES, SIDE, SIZE = 128, 32, 9
WAVES = 41  # distinct waves of the SIZE x SIZE lowest frequencies
ALL_WAVES, ALL_CELLS = 514, SIDE * SIDE


@torch.inference_mode()
def forward(model, x, times: int) -> None:
    for _ in range(times):
        model(x)


@torch.inference_mode()
def peer(model, x, labels) -> None:
    for cell in range(WAVES):
        spectrum = torch.zeros(SIDE, SIDE, dtype=torch.complex64)
        spectrum[cell // SIDE, cell % SIDE] = 1
        wave = torch.fft.ifft2(spectrum).real
        sign = torch.randint(2, (len(x), 3, 1, 1)) * 2 - 1
        (model((x + 4 * sign * wave / wave.norm()).clamp(0, 1)).argmax(1) != labels).sum()


def measure() -> pd.DataFrame:
    torch.manual_seed(0)
    model = fl.load_model("cifar:resnet20").eval()
    plain = copy.deepcopy(model).to(memory_format=torch.contiguous_format)
    x, labels = torch.rand(IMAGES, 3, SIDE, SIDE), torch.arange(IMAGES) % 10
    works = {
        "ours": lambda: fl.fourier_heatmap(model, (x, labels), size=SIZE, batch=IMAGES, progress=False),
        "floor": lambda: forward(model, x, WAVES + 1),
        "peer": lambda: peer(plain, x, labels),
    }
    works["ours"]()
    time = least(works, rounds=15)
    row = {"ours / floor": time.ours / time.floor}
    row |= {"peer / ours": time.peer / WAVES * ALL_CELLS / (time.ours / (WAVES + 1) * (ALL_WAVES + 1))}
    return pd.DataFrame([row])


if __name__ == "__main__":
    report(measure, __file__)
