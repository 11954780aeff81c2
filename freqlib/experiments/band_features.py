"""What a probe reads from a layer's maps, band by band: coefficients, or the power of each frequency."""

import torch
from torch import Tensor

from freqlib.errors import InputError
from freqlib.signal import Bands, band_coefficients, band_power


class BandFeatures:
    """Turn maps into one row of numbers an image for every band.

    Args:
        bands: the bands.
        power: False for the real Fourier coefficients of every channel, over their root mean square on the first maps
            that are read; True for their squares summed over each (+-ky, +-kx), which a shift of the map leaves alone,
            each over its own mean there.
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
        self._scales: list[Tensor] | None = None
        self._directions: dict[tuple[int, int], Tensor] = {}

    def __call__(self, maps: Tensor) -> list[Tensor]:
        """Return for every band (n, numbers) float32; a band without a cell has no numbers.

        Args:
            maps: (n, c, h, w).
        """
        parts = (band_power if self.power else band_coefficients)(maps, self.bands)
        rows = [part.flatten(1).float() for part in parts]
        if self._scales is None:  # whatever the network's units, the numbers fit into half precision
            means = [x.mean(0) if self.power else x.square().mean().sqrt() for x in rows]
            self._scales = [mean.nan_to_num().clamp_min(torch.finfo(torch.float32).tiny) for mean in means]
        rows = [x / scale for x, scale in zip(rows, self._scales, strict=True)]
        return [self.project(x, band) for band, x in enumerate(rows)]

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
