"""Cost of the spectra of all convolutions of a ResNet-18, against an epoch of its training and a padded transform.

kernels  as they are stored, and folded: with the batch norms folded in, as a training records both
peer     fft2 of every kernel, padded with zeros to 32x32, against the kernels as they are stored
epoch    390 steps of 128 images of 32x32 at the cost of one, forward and backward

Everything in this process, on one thread, float32; thread CPU time, the least of three (the peer and the step: of two).
"""

import time

import pandas as pd
import torch

import freqlib as fl

STEPS, BATCH, PADDED = 390, 128, 32


def seconds(work) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


def padded(kernels: torch.Tensor) -> None:
    for part in kernels.split(8):  # a few output channels at a time, which fit the cache
        torch.fft.fft2(part, s=(PADDED, PADDED)).abs().square().mean((0, 1))


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = fl.load_model("cifar:resnet18")
    weights = [m.weight.detach() for m in model.modules() if isinstance(m, torch.nn.Conv2d)]
    x = torch.rand(BATCH, 3, PADDED, PADDED)
    fl.kernel_spectra(model, fold_bn=True)
    stored = min(seconds(lambda: fl.kernel_spectra(model)) for _ in range(3))
    folded = min(seconds(lambda: fl.kernel_spectra(model, fold_bn=True)) for _ in range(3))
    peer = min(seconds(lambda: [padded(w) for w in weights if w.shape[-1] > 1]) for _ in range(2))
    model.train()
    epoch = STEPS * min(seconds(lambda: model.network(x).logsumexp(1).sum().backward()) for _ in range(2))
    row = {"convolutions": len(weights), "kernels (ms)": 1e3 * stored, "folded (ms)": 1e3 * folded}
    row |= {"both, of an epoch (%)": 100 * (stored + folded) / epoch, "peer / kernels": peer / stored}
    print(pd.DataFrame([row]).to_string(index=False, float_format="%.3g"))


if __name__ == "__main__":
    main()
