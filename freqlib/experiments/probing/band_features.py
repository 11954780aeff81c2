"""What a probe reads from a layer's maps, band by band: coefficients, or the power of each frequency."""

import torch
from torch import Tensor

from freqlib.errors import InputError
from freqlib.signal import Bands, band_coefficients, band_power

# Of a power's unit, as a share of the mean of all: one that is silent in the observed maps may speak in others.
SMALLEST = 1e-3


class BandFeatures:
    """Turn maps into one row of numbers an image for every band.

    Args:
        bands: the bands.
        power: False for the real Fourier coefficients of every channel, over their root mean square; True for their
            squares summed over each (+-ky, +-kx), which a shift of the map leaves alone, each over its own mean (or a
            thousandth of the mean of all, where its own is less). Means are those of the maps that were observed.
        dimension: bands with more numbers are projected onto so many random orthonormal directions, so that bands of
            different sizes can be compared; None leaves them.
        seed: of the directions.

    Example:
        >>> read = BandFeatures(Bands((0, 0.5, torch.inf)), dimension=20)
        >>> [tuple(x.shape) for x in read(torch.randn(5, 3, 8, 8))]
        [(5, 20), (5, 20)]
    """

    def __init__(self, bands: Bands, power: bool = False, dimension: int | None = None, seed: int = 0) -> None:
        if dimension is not None and dimension < 1:
            raise InputError(f"dimension is {dimension}, but must be 1 or more.")
        self.bands, self.power, self.dimension, self.seed = bands, power, dimension, seed
        self._observed, self._sums = 0, []
        self._directions: dict[tuple[int, int], Tensor] = {}

    def __call__(self, maps: Tensor) -> list[Tensor]:
        """Return for every band (n, numbers) float32; a band without a cell has no numbers.

        Args:
            maps: (n, c, h, w).
        """
        if not self._observed:
            self.observe(maps)
        return [self.project(x / self._scale(band), band) for band, x in enumerate(self._rows(maps))]

    def observe(self, maps: Tensor) -> None:
        """Take the units of the numbers from some maps, and those of further calls; by default from the first read.

        Args:
            maps: (n, c, h, w); a sample of all, since those of one class have other units.
        """
        sums = [(x if self.power else x.square()).sum(0) for x in self._rows(maps)]
        self._sums = [a + b for a, b in zip(self._sums, sums, strict=True)] if self._observed else sums
        self._observed += len(maps)

    def _rows(self, maps: Tensor) -> list[Tensor]:
        parts = (band_power if self.power else band_coefficients)(maps, self.bands)
        return [part.flatten(1).float() for part in parts]

    def _scale(self, band: int) -> Tensor:
        # Whatever the network's units, the numbers fit into half precision.
        mean = self._sums[band] / self._observed
        whole = mean.mean().nan_to_num()
        scale = mean.maximum(SMALLEST * whole) if self.power else whole.sqrt()
        return scale.clamp_min(torch.finfo(torch.float32).tiny)

    def project(self, x: Tensor, band: int = 0, dimension: int | None = None) -> Tensor:
        """Return (n, d) numbers in at most so many random directions, the same ones in every call.

        Args:
            x: (n, d).
            band: a position; every band has directions of its own.
            dimension: how many; by default as many as for bands.
        """
        dimension = dimension or self.dimension
        if dimension is None or x.shape[1] <= dimension:
            return x
        place = (band, x.shape[1])
        if place not in self._directions:
            generator = torch.Generator().manual_seed(self.seed * 1_000_003 + band)
            drawn = torch.randn(x.shape[1], dimension, generator=generator)
            self._directions[place] = torch.linalg.qr(drawn).Q.to(x)
        return x @ self._directions[place]
