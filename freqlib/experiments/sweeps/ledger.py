"""Per-image results of a sweep, kept on disk while it runs."""

from pathlib import Path

import torch
from torch import Tensor

from freqlib.experiments.evaluation.outcomes import Outcomes
from freqlib.experiments.evaluation.progress import Progress


class Ledger:
    """Hit, rank and margin of every row and image.

    Args:
        rows: how many rows the sweep has, the untouched one included.
        images: how many images.
        path: a file to keep them in, or None.
        identity: as for `Progress`.

    Attributes:
        done: how many images are in.
        hit, rank, margin: (rows, images) tensors, of which the first `done` columns are filled.
        still: what else the sweep wants back on resuming, tensors by name.

    Raises:
        InputError: as by `Progress`.
    """

    def __init__(self, rows: int, images: int, path: str | Path | None, identity: dict) -> None:
        self.progress = Progress(path, identity)
        found = self.progress.found
        self.done, self.still = found.get("done", 0), found.get("still", {})
        self.hit = found.get("hit", torch.zeros(rows, images, dtype=torch.bool))
        self.rank, self.margin = (found.get(name, torch.zeros(rows, images)) for name in ("rank", "margin"))

    def add(self, batch: Outcomes, still: dict[str, Tensor]) -> None:
        """Add the next images' results, (rows, b) each, and save when the last saving is long ago."""
        span = slice(self.done, self.done + batch.hit.shape[1])
        self.hit[:, span], self.rank[:, span], self.margin[:, span] = batch.hit, batch.rank, batch.margin
        self.done, self.still = span.stop, still
        if self.progress.due:
            self.save()

    def save(self) -> None:
        """Write the file."""
        self.progress.save(done=self.done, hit=self.hit, rank=self.rank, margin=self.margin, still=self.still)
