"""Tables that are kept: what is begun goes on, what is finished is not done twice, unless by other code."""

from pathlib import Path

import pandas as pd
import pytest

from freqlib.errors import InputError
from freqlib.experiments import progress
from freqlib.experiments.progress import Progress
from freqlib.report import stored as module
from freqlib.report.stored import stored


@pytest.fixture
def made(tmp_path: Path, monkeypatch) -> list:
    """Runs an experiment with progress in an empty folder; each entry is one time that it did its work."""
    monkeypatch.chdir(tmp_path)
    return []


def work(made: list, stop: bool = False):
    def experiment(resume: Path) -> pd.DataFrame:
        kept = Progress(resume, {"model": "m"})
        if "done" not in kept.found:
            made.append(len(made))
            kept.save(done=1)
            if stop:
                raise KeyboardInterrupt
        return pd.DataFrame({"n": [1]})

    return experiment


def version(monkeypatch, name: str) -> None:
    for place in (progress, module):
        monkeypatch.setattr(place, "code", lambda: name)


def test_what_is_finished_is_done_anew_by_other_code_alone(made, monkeypatch):
    for name, times in (("a", 1), ("a", 1), ("b", 2), ("b", 2)):
        version(monkeypatch, name)
        stored(work(made), "01_layerwise/x_bands.csv", {})
        assert len(made) == times


def test_what_other_code_has_begun_is_refused_and_kept(made, monkeypatch):
    version(monkeypatch, "a")
    with pytest.raises(KeyboardInterrupt):
        stored(work(made, stop=True), "01_layerwise/x_bands.csv", {})
    version(monkeypatch, "b")
    with pytest.raises(InputError, match="or version of freqlib"):
        stored(work(made), "01_layerwise/x_bands.csv", {})
    version(monkeypatch, "a")
    stored(work(made), "01_layerwise/x_bands.csv", {})
    assert len(made) == 1
