"""Kernels without what is left in them of the weights that they started from."""

import copy

import pandas as pd
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.spectra.kernel_spectra import kernel_spectra
from freqlib.vision import as_model, convolutions


def learned_kernels(model: nn.Module, start: nn.Module, fold_bn: bool = False) -> pd.DataFrame:
    """Measure the spectra of what a training has added to the kernels of every convolution.

    Random weights are white, so that a network which keeps more of them holds more high frequencies, whatever it
    learned. The weights w of an output channel are a multiple of those that it started from, w0, and a rest at right
    angles to them, w - (w.w0 / w0.w0) w0, which is measured here.

    Args:
        model: trained.
        start: the same network before its training; it is left as it was, and so is the model.
        fold_bn: as for `kernel_spectra`, with the batch norms of the trained model.

    Returns:
        What `kernel_spectra` returns, of the rest, and kept: the share of the energy of a layer's w that the multiples
        of w0 hold.

    Raises:
        InputError: networks of different architectures, or a channel that started from zeros.

    Example:
        >>> import torch
        >>> net, start = nn.Conv2d(1, 1, 2, bias=False), nn.Conv2d(1, 1, 2, bias=False)
        >>> start.weight.data, net.weight.data = torch.ones(1, 1, 2, 2), torch.tensor([[[[3.0, 1], [1, 3]]]])
        >>> learned_kernels(nn.Sequential(net), nn.Sequential(start)).energy_share.round(decimals=6).tolist()
        [0.0, 0.0, 1.0]
    """
    network, before = copy.deepcopy(as_model(model)), convolutions(as_model(start), paired=False)
    after = convolutions(network, paired=False)
    if [(c.name, c.module.weight.shape) for c in after] != [(c.name, c.module.weight.shape) for c in before]:
        raise InputError("The model and its start are of different architectures; pass the same network twice.")
    kept = {}
    for convolution, first in zip(after, before, strict=True):
        w, w0 = (c.module.weight.detach().flatten(1) for c in (convolution, first))
        energy = w0.square().sum(1, keepdim=True)
        if not energy.all():
            raise InputError(f"{first.name!r} started from zeros, which have no direction; pass other weights.")
        old = (w * w0).sum(1, keepdim=True) / energy * w0
        kept[convolution.name] = float(old.square().sum() / w.square().sum())
        convolution.module.weight.data = (w - old).reshape(convolution.module.weight.shape)
    return kernel_spectra(network, fold_bn).assign(kept=lambda table: table.layer.map(kept))
