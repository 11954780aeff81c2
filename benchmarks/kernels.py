"""The spectra of all kernels of a ResNet-18.

- *kernels*: as they are stored, and *folded*: with the batch norms folded in; a training records both.
- *peer*: fft2 of every kernel, padded with zeros to 32x32, against the kernels as they are stored.
- *epoch*: 390 steps of 128 images of 32x32 at the cost of one, forward and backward.

In float32; the least of five (a step: of three, the peer: of two).
"""

import pandas as pd
import torch
from timing import least, report

import freqlib as fl

STEPS, BATCH, PADDED = 390, 128, 32


def padded(kernels: torch.Tensor) -> None:
    for part in kernels.split(8):  # a few output channels at a time, which fit the cache
        torch.fft.fft2(part, s=(PADDED, PADDED)).abs().square().mean((0, 1))


def measure() -> pd.DataFrame:
    torch.manual_seed(0)
    model = fl.load_model("cifar:resnet18")
    weights = [m.weight.detach() for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    x = torch.rand(BATCH, 3, PADDED, PADDED)
    fl.kernel_spectra(model, fold_bn=True)
    ours = least({"stored": lambda: fl.kernel_spectra(model), "folded": lambda: fl.kernel_spectra(model, fold_bn=True)})
    peer = least({"peer": lambda: [padded(w) for w in weights if w.shape[-1] > 1]}, rounds=2).peer
    model.train()
    epoch = STEPS * least({"step": lambda: model.network(x).logsumexp(1).sum().backward()}, rounds=3).step
    row = {"convolutions": len(weights), "kernels (ms)": 1e3 * ours.stored, "folded (ms)": 1e3 * ours.folded}
    row |= {"both, of an epoch (%)": 100 * ours.sum() / epoch, "peer / kernels": peer / ours.stored}
    return pd.DataFrame([row])


if __name__ == "__main__":
    report(measure, __file__)
