"""Tables that are kept: what is begun goes on, what is finished is not done twice, unless by other code."""

from pathlib import Path

import pandas as pd
import pytest

from freqlib.errors import InputError
from freqlib.experiments.evaluation import progress
from freqlib.experiments.evaluation.progress import Progress
from freqlib.report.results import load_table
from freqlib.report.results import stored as module
from freqlib.report.results.stored import each, stored


@pytest.fixture
def made(tmp_path: Path, monkeypatch) -> list:
    """Runs an experiment with progress in an empty folder; each entry is one time that it did its work."""
    monkeypatch.chdir(tmp_path)
    return []


def work(made: list, stop: bool = False):
    def experiment(resume: Path) -> pd.DataFrame:
        kept = Progress(resume, {"model": "m", "version of freqlib": progress.code()})
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
    with pytest.raises(InputError, match="with version of freqlib='a', not 'b'"):
        stored(work(made), "01_layerwise/x_bands.csv", {})
    version(monkeypatch, "a")
    stored(work(made), "01_layerwise/x_bands.csv", {})
    assert len(made) == 1


def test_of_several_networks_those_that_are_done_are_not_done_again(made):
    def experiment(network: str, resume: Path) -> pd.DataFrame:
        kept = Progress(resume, {"model": network})
        if "done" not in kept.found:
            made.append(network)
            if made == ["a", "b"]:
                raise KeyboardInterrupt
            kept.save(done=1)
        return pd.DataFrame({"n": [1]})

    def of_both(resume: Path) -> pd.DataFrame:
        return each(experiment, {("x", 0): "a", ("x", 1): "b"}, ["arm", "seed"], resume=resume)

    with pytest.raises(KeyboardInterrupt):
        stored(of_both, "01_layerwise/x_bands.csv", {})
    table = stored(of_both, "01_layerwise/x_bands.csv", {})
    assert made == ["a", "b", "b"]
    assert table[["arm", "seed"]].values.tolist() == [["x", 0], ["x", 1]]


def test_the_record_has_the_seed_and_nothing_that_changes_no_number(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    def experiment(seed: int, memory: float, progress: bool) -> pd.DataFrame:
        return pd.DataFrame({"n": [1]})

    stored(experiment, "01_layerwise/x_bands.csv", {"images": 9}, seed=3, memory=2e9, progress=False)
    record = load_table("01_layerwise/x_bands.csv").attrs["provenance"]
    assert record["seeds"] == 3
    assert record["parameters"] == {"images": 9, "experiment": {"seed": "3"}}
