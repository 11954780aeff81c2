"""Radial frequency bands: which cells of a transform are called low, mid or high."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import inf
from numbers import Integral

import torch
from torch import Tensor

from freqlib.errors import InputError, as_numbers, one_of
from freqlib.signal.frequencies import UNITS, radius


@dataclass(frozen=True)
class Bands:
    """Radial bands [edge, next edge) that together hold every cell of every grid.

    Args:
        edges: n + 1 increasing numbers, the first 0 and the last inf, so that the corners belong to the last band.
        names: n different names; by default the edges themselves.
        unit: of the edges: "nyquist" (1 is Nyquist along an axis) or "cycles/image" (for grids of one image size).

    Raises:
        InputError: edges that do not increase, are negative or do not run from 0 to inf; names that do not fit.

    Source: the seven bands are those of S1's layer-wise study, the four are unions of them.

    Example:
        >>> bands = Bands.seven()
        >>> dict(zip(bands.names, bands.cells(7, 7).tolist()))
        {'ultra-low': 1, 'low': 0, 'mid-low': 4, 'mid': 4, 'mid-high': 12, 'high': 8, 'ultra-high': 20}
    """

    edges: Iterable[float]
    names: Sequence[str] | None = None
    unit: str = "nyquist"

    def __post_init__(self) -> None:
        edges = as_numbers(self.edges, "Band edges", "[0, 0.3, inf]")
        if edges[:1] != (0,) or edges[-1:] != (inf,) or not all(low < high for low, high in pairwise(edges)):
            raise InputError(
                f"Band edges are {list(edges)}, but they must start at 0, must increase (none negative, none NaN) and "
                "must end at inf, so that every frequency has its band."
            )
        ranges = (*(f"{low:g}-{high:g}" for low, high in pairwise(edges[:-1])), f">={edges[-2]:g}")
        names = ranges if self.names is None else tuple(self.names)
        if not all(isinstance(n, str) for n in names) or not len(names) == len(set(names)) == len(edges) - 1:
            raise InputError(
                f"{len(edges) - 1} bands have the names {list(names)}, but need {len(edges) - 1} different ones."
            )
        one_of(self.unit, UNITS, "unit")
        object.__setattr__(self, "edges", edges)
        object.__setattr__(self, "names", names)

    @classmethod
    def seven(cls) -> "Bands":
        """Return the seven bands with edges 0, .05, .15, .3, .5, .7, .9, inf of Nyquist.

        Returns:
            Bands named ultra-low, low, mid-low, mid, mid-high, high, ultra-high.

        Example:
            >>> Bands.seven().edges
            (0.0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9, inf)
        """
        names = ("ultra-low", "low", "mid-low", "mid", "mid-high", "high", "ultra-high")
        return cls((0, 0.05, 0.15, 0.3, 0.5, 0.7, 0.9, inf), names)

    @classmethod
    def four(cls) -> "Bands":
        """Return the four bands with edges 0, .05, .3, .7, inf of Nyquist, unions of the seven.

        Returns:
            Bands named ultra-low, low, mid, high.

        Example:
            >>> Bands.four().names
            ('ultra-low', 'low', 'mid', 'high')
        """
        return cls((0, 0.05, 0.3, 0.7, inf), ("ultra-low", "low", "mid", "high"))

    def __len__(self) -> int:
        return len(self.names)

    def masks(self, h: int, w: int) -> Tensor:
        """Return which cells belong to each band.

        Args:
            h: height of the map.
            w: width of the map.

        Returns:
            (n_bands, h, w) bool, fft2 order; exactly one band holds each cell.

        Example:
            >>> Bands.four().masks(8, 8).sum(0).unique().tolist()
            [1]
        """
        return _assignment(self, h, w) == torch.arange(len(self))[:, None, None]

    def cells(self, h: int, w: int) -> Tensor:
        """Return how many cells each band holds.

        Args:
            h: height of the map.
            w: width of the map.

        Returns:
            (n_bands,) int64, summing to h * w.

        Example:
            >>> Bands.seven().cells(4, 4).tolist()
            [1, 0, 0, 0, 4, 4, 7]
        """
        return torch.bincount(_assignment(self, h, w).flatten(), minlength=len(self))

    def positions(self, band: str | int | Iterable[str | int]) -> tuple[int, ...]:
        """Return the positions of one band or of several.

        Args:
            band: a name, a position (negative ones count from the end), or a list of them.

        Returns:
            Positions in `names`, increasing and each once.

        Raises:
            InputError: a name or position that is not there, or an empty list.

        Example:
            >>> Bands.four().positions(["high", "low"])
            (1, 3)
        """
        if isinstance(band, str):
            return (self.names.index(one_of(band, self.names, "band")),)
        if isinstance(band, Integral) and not isinstance(band, bool):
            if not -len(self) <= band < len(self):
                raise InputError(f"Band {band} does not exist; there are {len(self)}: {', '.join(self.names)}.")
            return (band % len(self),)
        if not isinstance(band, Iterable) or not (several := list(band)):
            raise InputError(f"Band is {band!r}, but must be a name, a position or a list: {', '.join(self.names)}.")
        return tuple(sorted({p for b in several for p in self.positions(b)}))

    def mask(self, h: int, w: int, band: str | int | Iterable[str | int]) -> Tensor:
        """Return which cells belong to a band or to any of several.

        Args:
            h: height of the map.
            w: width of the map.
            band: a name, a position, or a list of them.

        Returns:
            (h, w) bool, fft2 order.

        Raises:
            InputError: a band that is not there.

        Example:
            >>> int(Bands.four().mask(8, 8, ["ultra-low", "low"]).sum())
            5
        """
        return self.masks(h, w)[list(self.positions(band))].any(0)


@lru_cache(maxsize=256)
@torch.inference_mode(False)  # what is kept must serve gradients, too
def _assignment(bands: Bands, h: int, w: int) -> Tensor:
    edges = torch.tensor(bands.edges[1:-1], dtype=torch.float64).round(decimals=9).clamp_min(1e-9)  # as radii are
    return torch.bucketize(radius(h, w, bands.unit), edges, right=True)
