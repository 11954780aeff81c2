"""Training with band-pass convolutions: every filter keeps to one band of its own spectrum, or pays for leaving it.

A kernel of 3x3 has three radii, 0, .667 and .943 of Nyquist, with 1, 4 and 4 cells. The filters of a convolution take
the bands "low", "mid" and "high" in turn, so that every layer has a third of each. Kernels of 1x1 have nothing but DC
and are left alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from freqlib.errors import InputError, one_of
from freqlib.signal import Bands, split
from freqlib.vision import as_model, convolutions
from freqlib.vision.maps.convolutions import Convolution

FILTERS = ("constrained", "penalized")
FILTER_BANDS = Bands((0, 0.5, 0.8, inf), ("low", "mid", "high"))
# Of the penalty, the sum over filters of the share of energy outside the band, beside a cross-entropy. A mean would
# pull less at each filter the more there are.
STRENGTH = 0.02


class InBand(nn.Module):
    """The part of every filter that lies in its band, as a parametrization of a convolution's weight."""

    def forward(self, weight: Tensor) -> Tensor:
        """Map (out, in, h, w) to the same shape.

        Example:
            >>> InBand()(torch.ones(3, 1, 3, 3)).sum((1, 2, 3)).round().tolist()
            [9.0, 0.0, 0.0]
        """
        parts = split(weight, FILTER_BANDS)
        return parts[torch.arange(len(weight)) % len(FILTER_BANDS), torch.arange(len(weight))]


def outside(weight: Tensor) -> Tensor:
    """Return the share of its energy that each filter has outside its band.

    Args:
        weight: (out, in, h, w).

    Returns:
        (out,), from 0 to 1; 0 of a filter that is all zeros.

    Example:
        >>> outside(torch.ones(2, 1, 3, 3)).round().tolist()
        [0.0, 1.0]
    """
    energy, kept = (part.square().sum((1, 2, 3)) for part in (weight, InBand()(weight)))
    return (energy - kept) / energy.clamp_min(1e-12)


def straying(model: nn.Module) -> pd.DataFrame:
    """Measure how far the filters of a model are from the bands that a training could hold them to.

    Args:
        model: whose convolutions are larger than 1x1.

    Returns:
        One row a convolution: layer; outside, the mean over its filters of the share of energy outside the band.

    Raises:
        InputError: a model without such convolutions.

    Example:
        >>> float(straying(nn.Sequential(nn.Conv2d(1, 3000, 3))).outside.round(1)[0])
        0.7
    """
    shares = {c.name: outside(c.module.weight.detach()).mean().clamp_min(0).item() for c in _spatial(model)}
    return pd.DataFrame(shares.items(), columns=["layer", "outside"])


def _spatial(model: nn.Module) -> list[Convolution]:
    found = [c for c in convolutions(as_model(model), paired=False) if min(c.module.kernel_size) > 1]
    if not found:
        raise InputError("The model has no convolution larger than 1x1 whose filters could be held to a band.")
    return found


@contextmanager
def band_filters(model: nn.Module, how: str | None) -> Iterator[list[nn.Module]]:
    """Hold the filters of a model to their bands for as long as the context lasts.

    Args:
        model: whose convolutions are larger than 1x1; those that are frozen stay as they are.
        how: "constrained": what lies outside is taken away, at every step; "penalized": nothing is done to the filters,
            and it is for the training to add `outside` to its loss; None: nothing is done.

    Returns:
        Context of the convolutions that are penalized. Behind it the model is as it was, with plain weights, those of
        a constrained one within their bands.

    Raises:
        InputError: an unknown word, a model without such convolutions, or one that is frozen or computes them.

    Source: the aim of S4, a training that shapes the frequency response of the filters.

    Example:
        >>> net = nn.Sequential(nn.Conv2d(1, 3, 3))
        >>> with band_filters(net, "constrained"):
        ...     pass
        >>> bool(outside(net[0].weight).max() < 1e-6)
        True
    """
    if how is None:
        yield []
        return
    one_of(how, FILTERS, "training of filters")
    found = {c.name: c.module for c in _spatial(model) if c.module.weight.requires_grad}
    if not found:
        raise InputError(f"filters is {how!r}, but no convolution larger than 1x1 moves; leave it out, or only=.")
    if fixed := [name for name, m in found.items() if "weight" not in dict(m.named_parameters(recurse=False))]:
        raise InputError(f"{fixed[0]} computes its weight from others (weight_norm, say); train it with a plain one.")
    if how == "penalized":
        yield list(found.values())
        return
    for module in found.values():
        parametrize.register_parametrization(module, "weight", InBand())
    try:
        yield []
    finally:
        for module in found.values():
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=True)
            if module.bias is not None:  # comes behind the weight again, as optimizers count parameters
                bias = module.bias
                del module.bias
                module.register_parameter("bias", bias)
