"""Probe scores kept on disk cell by cell, so that an interrupted study goes on where it stopped."""

import hashlib
import io
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.experiments.held_out import Score


class KeptScores:
    """Scores by name, in memory and in a file.

    Args:
        path: of the file, or None to keep nothing.
        identity: what the study is (model, data, settings); a file of another study is refused.

    Raises:
        InputError: the file belongs to another study, or cannot be read.

    Example:
        >>> kept = KeptScores(None, {})
        >>> kept["layer1/linear"] = Score(np.array([True, False]), 0.1, True, 0.0)
        >>> float(kept["layer1/linear"].hits.mean())
        0.5
    """

    def __init__(self, path: str | Path | None, identity: dict) -> None:
        self.path = Path(path) if path else None
        self.key = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
        self._scores: dict[str, Score] = {}
        self._before, self._started = 0.0, time.monotonic()
        if self.path and self.path.exists():
            self._load(self.path)

    @property
    def seconds(self) -> float:
        """Time since the study began, earlier parts included."""
        return self._before + time.monotonic() - self._started

    def __contains__(self, name: str) -> bool:
        return name in self._scores

    def __getitem__(self, name: str) -> Score:
        return self._scores[name]

    def __setitem__(self, name: str, score: Score) -> None:
        self._scores[name] = score
        if self.path is None:
            return
        numbers = {n: {k: v for k, v in asdict(s).items() if k != "hits"} for n, s in self._scores.items()}
        buffer = io.BytesIO()
        hits = np.packbits(np.stack([s.hits for s in self._scores.values()]), axis=1)
        whole = {"key": self.key, "numbers": json.dumps(numbers), "n": len(score.hits), "seconds": self.seconds}
        np.savez_compressed(buffer, hits=hits, **whole)
        atomic.write(self.path, buffer.getvalue())

    def _load(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                key, numbers, before = str(file["key"]), json.loads(str(file["numbers"])), float(file["seconds"])
                hits = np.unpackbits(file["hits"], axis=1, count=int(file["n"])).astype(bool)
        except Exception as error:  # a zip file may be broken in many ways
            raise InputError(
                f"{path} cannot be read as the scores of a study ({error}); delete it or name another file."
            ) from None
        if key != self.key:
            raise InputError(
                f"{path} holds the scores of another study (other model, weights, data or settings); "
                "delete it or name another file."
            )
        self._before = before
        self._scores = {name: Score(row, **numbers[name]) for name, row in zip(numbers, hits, strict=True)}
