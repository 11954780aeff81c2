"""The spectra of kernels in the course of a training, kept in its history so that they survive a stop."""

import pandas as pd
from torch import nn

from freqlib.errors import InputError
from freqlib.experiments.spectra.kernel_spectra import kernel_spectra

PREFIXES = {False: "kernel ", True: "folded "}


def record_kernels(model: nn.Module, epoch: int, fold_bn: bool = False) -> dict[str, float]:
    """Return the mean power of every convolution on every radius, for `train(record=...)`.

    Args:
        model: in training.
        epoch: as `train` passes it.
        fold_bn: as for `kernel_spectra`.

    Returns:
        One number a convolution and radius, named "kernel LAYER RADIUS", or "folded LAYER RADIUS".

    Raises:
        InputError: as for `kernel_spectra`.

    Example:
        >>> list(record_kernels(nn.Sequential(nn.Conv2d(1, 2, 2)), 0))
        ['kernel 0 0', 'kernel 0 1', 'kernel 0 1.41421']
    """
    table = kernel_spectra(model, fold_bn)
    return {f"{PREFIXES[fold_bn]}{row.layer} {row.radius_nyquist:.6g}": row.mean_power for row in table.itertuples()}


def kernel_history(history: pd.DataFrame, model: nn.Module, fold_bn: bool = False) -> pd.DataFrame:
    """Return the spectra of kernels that a training recorded.

    Args:
        history: from `train` with `record_kernels`, or the CSV of it.
        model: that was trained, or another of its architecture.
        fold_bn: those that were recorded with the batch norms folded in.

    Returns:
        One row an epoch, convolution and radius: epoch layer radius_nyquist cells mean_power energy_share null_share.
        The rows of one epoch are a table that `ssr` takes.

    Raises:
        InputError: the history holds no kernels, or those of another architecture.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 2, 3))
        >>> history = pd.DataFrame([{"epoch": epoch, **record_kernels(net, epoch)} for epoch in (0, 1)])
        >>> kernel_history(history, net).groupby("epoch").energy_share.sum().round(6).tolist()
        [1.0, 1.0]
    """
    grid = kernel_spectra(model)[["layer", "radius_nyquist", "cells", "null_share"]]
    names = [name for name in history if name.startswith(PREFIXES[fold_bn])]
    if names != [name.replace(PREFIXES[False], PREFIXES[fold_bn], 1) for name in record_kernels(model, 0)]:
        raise InputError(
            f"The history holds {len(names)} kernel spectra, but the model has {len(grid)} of its own; train with "
            "record=record_kernels, and pass the model that was trained."
        )
    table = history[["epoch"]].merge(grid, how="cross").assign(mean_power=history[names].to_numpy(float).ravel())
    energy = table.mean_power * table.cells
    return table.assign(energy_share=energy / energy.groupby([table.epoch, table.layer]).transform("sum"))
