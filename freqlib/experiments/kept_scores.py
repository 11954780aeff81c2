"""Probe scores kept on disk cell by cell."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from freqlib.experiments.held_out import Score
from freqlib.experiments.progress import Progress


class KeptScores:
    """Scores by name, in memory and in a file.

    Args:
        path: of the file, or None to keep nothing.
        identity: as for `Progress`.

    Raises:
        InputError: as by `Progress`.

    Example:
        >>> kept = KeptScores(None, {})
        >>> kept["layer1/linear"] = Score(np.array([True, False]), 0.1, True, 0.0)
        >>> float(kept["layer1/linear"].hits.mean())
        0.5
    """

    def __init__(self, path: str | Path | None, identity: dict) -> None:
        self.progress = Progress(path, identity)
        self._scores: dict[str, Score] = {}
        if found := self.progress.found:
            hits = np.unpackbits(found["hits"], axis=1, count=int(found["n"])).astype(bool)
            numbers = json.loads(str(found["numbers"]))
            self._scores = {name: Score(row, **numbers[name]) for name, row in zip(numbers, hits, strict=True)}

    def __contains__(self, name: str) -> bool:
        return name in self._scores

    def __getitem__(self, name: str) -> Score:
        return self._scores[name]

    def __setitem__(self, name: str, score: Score) -> None:
        self._scores[name] = score
        numbers = {n: {k: v for k, v in asdict(s).items() if k != "hits"} for n, s in self._scores.items()}
        hits = np.packbits(np.stack([s.hits for s in self._scores.values()]), axis=1)
        self.progress.save(hits=hits, numbers=json.dumps(numbers), n=len(score.hits))
