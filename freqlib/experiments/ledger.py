"""Per-image results of a sweep, kept on disk while it runs so that an interrupted one goes on where it stopped."""

import hashlib
import io
import json
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.experiments.outcomes import Outcomes

SAVE_EVERY_S = 30.0


class Ledger:
    """Hit, rank and margin of every row and image.

    Args:
        rows: how many rows the sweep has, the untouched one included.
        images: how many images.
        path: a file to keep them in, or None.
        identity: what the sweep is (model, data, layers, ...); a file of another sweep is refused.

    Attributes:
        done: how many images are in.
        seconds: spent on them, earlier parts included; NaN where a file does not say.
        hit, rank, margin: (rows, images) arrays, of which the first `done` columns are filled.
        still: what else the sweep wants back on resuming, arrays by name.

    Raises:
        InputError: the file belongs to another sweep, or cannot be read.
    """

    def __init__(self, rows: int, images: int, path: str | Path | None, identity: dict) -> None:
        self.path = Path(path) if path else None
        self.key = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
        self.done = 0
        self.seconds = 0.0
        self.hit = np.zeros((rows, images), dtype=bool)
        self.rank = np.zeros((rows, images), dtype=np.float32)
        self.margin = np.zeros((rows, images), dtype=np.float32)
        self.still: dict[str, NDArray] = {}
        self._saved = self._added = time.monotonic()
        if self.path and self.path.exists():
            self._load()

    def _load(self) -> None:
        try:
            with np.load(self.path, allow_pickle=False) as file:
                stored = {name: file[name] for name in file.files}
            key, done = str(stored.pop("key")), int(stored.pop("done"))
            seconds = float(stored.pop("seconds", np.nan))
            arrays = {name: stored.pop(name) for name in ("hit", "rank", "margin")}
        except Exception as error:  # a zip file may be broken in many ways
            raise InputError(
                f"{self.path} cannot be read as a sweep's progress ({error}); delete it or name another file."
            ) from None
        if key != self.key:
            raise InputError(
                f"{self.path} holds the progress of another sweep (other model, weights, data or settings); "
                "delete it or name another file."
            )
        self.done, self.seconds, self.still = done, seconds, stored
        self.hit, self.rank, self.margin = (arrays[name] for name in ("hit", "rank", "margin"))

    def add(self, batch: Outcomes, still: dict[str, torch.Tensor]) -> None:
        """Add the next images' results, (rows, b) each, and save when the last saving is long ago."""
        span = slice(self.done, self.done + batch.hit.shape[1])
        self.hit[:, span], self.rank[:, span], self.margin[:, span] = (
            values.numpy() for values in (batch.hit, batch.rank, batch.margin)
        )
        self.done = span.stop
        now = time.monotonic()
        self.seconds, self._added = self.seconds + now - self._added, now
        self.still = {name: values.numpy() for name, values in still.items()}
        if time.monotonic() - self._saved > SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Write the file as a whole, so that the last good one survives anything."""
        if self.path is None:
            return
        buffer = io.BytesIO()
        np.savez(
            buffer, key=self.key, done=self.done, seconds=self.seconds, hit=self.hit, rank=self.rank,
            margin=self.margin, **self.still,
        )  # fmt: skip
        atomic.write(self.path, buffer.getvalue())
        self._saved = time.monotonic()
