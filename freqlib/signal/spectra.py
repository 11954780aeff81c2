"""Spectra of maps, averaged while they stream by: energy and log-amplitude on rings, or along the diagonal."""

import torch
from torch import Tensor

from freqlib.errors import InputError, one_of
from freqlib.signal.frequencies import radius
from freqlib.signal.transform import as_maps

# Added to an amplitude before its logarithm, as in Park & Kim (ICLR 2022).
LOG_FLOOR = 1e-6
PATHS = ("rings", "diagonal")


class SpectrumMeter:
    """The mean spectrum of maps that arrive in batches.

    With F = fft2 (unnormalized) of one map and <> the mean over images and channels, the meter keeps, cell by cell,
    <|F|^2> / (hw)^2, the energy in the unit of the map's mean square, and <ln(|F| + 1e-6)>. The mean of the logarithm
    is not the logarithm of the mean: both are kept apart.

    Source: log-amplitude after Park & Kim, "How do vision transformers work?" (ICLR 2022).

    Example:
        >>> meter = SpectrumMeter()
        >>> meter.update(torch.ones(2, 3, 4, 4))
        >>> {k: v.tolist()[0] for k, v in meter.compute().items()}["energy"]
        1.0
    """

    def __init__(self) -> None:
        self.maps = 0
        self.power: Tensor | None = None
        self.log_amplitude: Tensor | None = None

    def update(self, x: Tensor) -> None:
        """Add a batch.

        Args:
            x: (..., h, w) real maps, all of one size over the life of the meter.

        Raises:
            InputError: maps of another size than before.
        """
        maps = as_maps(x)
        h, w = maps.shape[-2:]
        amplitude = torch.fft.fft2(maps).abs().reshape(-1, h, w)
        if self.power is None:
            self.power = torch.zeros(h, w, dtype=torch.float64)
            self.log_amplitude = torch.zeros(h, w, dtype=torch.float64)
        if self.power.shape != (h, w):
            raise InputError(
                f"A map of {h}x{w} cells came after maps of {tuple(self.power.shape)}; one size is needed."
            )
        self.maps += len(amplitude)
        self.power += amplitude.square().sum(0, dtype=torch.float64).cpu() / (h * w) ** 2
        self.log_amplitude += (amplitude + LOG_FLOOR).log().sum(0, dtype=torch.float64).cpu()

    def compute(self, along: str = "rings") -> dict[str, Tensor]:
        """Return the spectrum by radius.

        Args:
            along: "rings": one entry for every radius that the grid has, corners included; "diagonal": one for each
                cell (i, i) below Nyquist, as Park & Kim draw it. (The Nyquist cell of an even grid is real, as DC is,
                and the logarithm of a real amplitude has another mean.)

        Returns:
            (n,) each: `radius_nyquist` (1 is Nyquist along an axis, sqrt 2 the corner), `cycles_per_image` (the mean
            over the ring), `log_amplitude` (mean over the ring, natural logarithm), `relative_log_amplitude` (minus its
            value at radius 0), `energy` (summed over the ring, so that rings sum to the mean square of the maps),
            `energy_share` of all cells and `cells` (int64).

        Raises:
            InputError: nothing was added yet, or an unknown path.
        """
        one_of(along, PATHS, "path through the spectrum")
        if self.power is None:
            raise InputError("The spectrum holds 0 maps; add at least one batch before computing it.")
        h, w = self.power.shape
        steps = torch.arange((min(h, w) + 1) // 2)
        taken = torch.arange(h * w) if along == "rings" else steps * (w + 1)
        rings, ring = radius(h, w).flatten()[taken].unique(return_inverse=True)
        cells = torch.bincount(ring)

        def total(values: Tensor) -> Tensor:
            return torch.zeros(len(rings), dtype=torch.float64).index_add_(0, ring, values.flatten()[taken])

        energy = total(self.power) / self.maps
        log_amplitude = total(self.log_amplitude) / self.maps / cells
        return {
            "radius_nyquist": rings,
            "cycles_per_image": total(radius(h, w, "cycles/image")) / cells,
            "log_amplitude": log_amplitude,
            "relative_log_amplitude": log_amplitude - log_amplitude[0],
            "energy": energy,
            "energy_share": energy * self.maps / self.power.sum(),
            "cells": cells,
        }
