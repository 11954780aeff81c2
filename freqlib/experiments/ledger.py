"""Per-image results of a sweep, kept on disk while it runs."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from freqlib.experiments.outcomes import Outcomes
from freqlib.experiments.progress import Progress


class Ledger:
    """Hit, rank and margin of every row and image.

    Args:
        rows: how many rows the sweep has, the untouched one included.
        images: how many images.
        path: a file to keep them in, or None.
        identity: as for `Progress`.

    Attributes:
        done: how many images are in.
        hit, rank, margin: (rows, images) arrays, of which the first `done` columns are filled.
        still: what else the sweep wants back on resuming, arrays by name.

    Raises:
        InputError: as by `Progress`.
    """

    def __init__(self, rows: int, images: int, path: str | Path | None, identity: dict) -> None:
        self.progress = Progress(path, identity)
        found = self.progress.found
        self.done = int(found.pop("done", 0))
        self.hit: NDArray = found.pop("hit", np.zeros((rows, images), dtype=bool))
        self.rank, self.margin = (found.pop(name, np.zeros((rows, images), np.float32)) for name in ("rank", "margin"))
        self.still: dict[str, NDArray] = found

    def add(self, batch: Outcomes, still: dict[str, torch.Tensor]) -> None:
        """Add the next images' results, (rows, b) each, and save when the last saving is long ago."""
        span = slice(self.done, self.done + batch.hit.shape[1])
        self.hit[:, span], self.rank[:, span], self.margin[:, span] = (
            values.numpy() for values in (batch.hit, batch.rank, batch.margin)
        )
        self.done = span.stop
        self.still = {name: values.numpy() for name, values in still.items()}
        if self.progress.due:
            self.save()

    def save(self) -> None:
        """Write the file."""
        arrays = {"done": self.done, "hit": self.hit, "rank": self.rank, "margin": self.margin}
        self.progress.save(**arrays, **self.still)
