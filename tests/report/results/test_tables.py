"""Result tables: what is written is what is read, with its provenance, whoever else writes."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from freqlib import atomic
from freqlib.errors import InputError
from freqlib.report.results import provenance
from freqlib.report.results.tables import check_name, load_table, save_table

TABLE = pd.DataFrame(
    {
        "mode": ["none", "isolate", "isolate"],
        "band": ["none", "nothing", "NA"],
        "band_high": [np.nan, 0.05, np.inf],
        "cells": [64, 1, 7],
        "top1": [1 / 3, 123456.789, 1e-12],
        "default": [True, False, True],
        "code": ["007", "1e3", "nan"],
    }
)


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    again = load_table(save_table(TABLE, tmp_path / "a.csv", {}))
    for column in ("mode", "band", "code"):
        assert again[column].tolist() == TABLE[column].tolist()
    assert again.cells.dtype == np.int64
    assert again.default.dtype == bool
    assert again.cells.tolist() == TABLE.cells.tolist()
    assert again.default.tolist() == TABLE.default.tolist()
    np.testing.assert_allclose(again.top1, TABLE.top1, rtol=5e-6)
    np.testing.assert_array_equal(again.band_high, TABLE.band_high)


def test_missing_values_come_back_missing(tmp_path: Path) -> None:
    table = pd.DataFrame({"band": ["low", None], "top1": [np.nan, 1.0], "n": pd.array([1, None], "Int64")})
    again = load_table(save_table(table, tmp_path / "a.csv", {}))
    assert again.isna().to_numpy().tolist() == [[False, True, False], [True, False, True]]


def test_steps_on_a_table_do_not_copy_its_record(tmp_path: Path) -> None:
    table = load_table(save_table(TABLE, tmp_path / "a.csv", {}))
    later = table[table.band != ""].copy()
    assert later.attrs["provenance"] is table.attrs["provenance"]


def test_provenance_says_how_the_table_came_about(tmp_path: Path) -> None:
    given = {"model": "resnet18", "edges": (0, 0.3, float("inf")), "out": Path("a"), "n": np.int64(3)}
    save_table(TABLE, tmp_path / "a.csv", given, seeds=[0, 1], duration=61.23, precision="bfloat16")
    record = json.loads((tmp_path / "a.json").read_text(), parse_constant=pytest.fail)
    assert record == load_table(tmp_path / "a.csv").attrs["provenance"]
    assert record["parameters"] == {"model": "resnet18", "edges": [0, 0.3, "inf"], "out": "a", "n": 3}
    assert (record["seeds"], record["duration_seconds"], record["precision"]) == ([0, 1], 61.2, "bfloat16")
    assert record["threads"] >= 1
    assert record["hardware"]["cpu"]
    assert record["hardware"]["cores"] >= 1
    assert "gpu" in record["hardware"]
    assert {"python", "torch", "timm", "numpy"} <= set(record["versions"])
    assert record["date"].endswith("+00:00")
    assert "commit" in record


def test_the_commit_is_that_of_the_package_and_says_if_it_differs(tmp_path: Path, monkeypatch) -> None:
    package = tmp_path / "freqlib"
    package.mkdir()
    monkeypatch.setattr(provenance, "PACKAGE", package)
    assert provenance.commit() is None  # no repository

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        command = ["git", "-C", str(tmp_path), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    assert provenance.commit() is None  # nothing committed yet
    (package / "a.py").write_text("1")
    git("add", ".")
    git("commit", "--quiet", "--message", "one")
    head = git("rev-parse", "HEAD")
    assert provenance.commit() == head
    (tmp_path / "data" / "results").mkdir(parents=True)
    (tmp_path / "data" / "results" / "a.csv").write_text("a")
    assert provenance.commit() == head  # the tables of one study do not mark each other
    (package / "b.py").write_text("2")
    assert provenance.commit() == f"{head}-dirty"

    inner = tmp_path / "venv" / "freqlib"
    inner.mkdir(parents=True)
    monkeypatch.setattr(provenance, "PACKAGE", inner)
    assert provenance.commit() is None  # installed inside somebody else's repository


@pytest.mark.parametrize("name", ["a.json", "a", "a.csv.gz"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match=r"must end in \.csv"):
        save_table(TABLE, tmp_path / name, {})


def test_a_name_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="in the way"):
        check_name(tmp_path / "file" / "a.csv")


def test_a_json_of_another_kind_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text("{}")
    with pytest.raises(InputError, match="would be lost"):
        save_table(pd.DataFrame({"a": [1]}), tmp_path / "mine.csv", {})
    assert (tmp_path / "mine.json").read_text() == "{}"


def test_columns_named_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different strings"):
        save_table(pd.DataFrame([[1, 2]], columns=["a", "a"]), tmp_path / "a.csv", {})
    assert not list(tmp_path.iterdir())


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"b\.csv is not there"):
        load_table(tmp_path / "b.csv")


def test_a_table_without_provenance_is_refused(tmp_path: Path) -> None:
    save_table(TABLE, tmp_path / "a.csv", {})
    (tmp_path / "a.json").unlink()
    with pytest.raises(InputError, match=r"a\.json is not there"):
        load_table(tmp_path / "a.csv")


def test_a_table_that_was_changed_by_hand_is_refused(tmp_path: Path) -> None:
    path = save_table(TABLE, tmp_path / "a.csv", {})
    path.write_text(path.read_text().replace("0.333333", "0.999999"))
    with pytest.raises(InputError, match="changed after it was computed"):
        load_table(path)


def test_a_broken_record_is_refused(tmp_path: Path) -> None:
    path = save_table(TABLE, tmp_path / "a.csv", {})
    path.with_suffix(".json").write_text("{")
    with pytest.raises(InputError, match="write the table anew"):
        load_table(path)


def test_a_checkout_with_windows_line_ends_is_still_the_table(tmp_path: Path) -> None:
    path = save_table(TABLE, tmp_path / "a.csv", {})
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load_table(path).code.tolist() == TABLE.code.tolist()


def test_writers_and_readers_at_once_never_meet_half_a_table(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(provenance, "commit", lambda: None)  # git takes long
    tables = [pd.DataFrame({"writer": [i] * (50 * i + 1)}) for i in range(8)]
    save_table(tables[0], tmp_path / "a.csv", {"writer": 0})

    def write(i: int) -> None:
        save_table(tables[i], tmp_path / "a.csv", {"writer": i})

    def read(_: int) -> None:
        found = load_table(tmp_path / "a.csv")
        i = found.attrs["provenance"]["parameters"]["writer"]
        assert found.writer.tolist() == tables[i].writer.tolist()

    with ThreadPoolExecutor(8) as pool:
        for job in [pool.submit(f, i % 8) for i in range(48) for f in (write, read)]:
            job.result()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "a.json"]


# What a run does: tables of its own, and one that the other run writes and both read.
RUN = """
import sys, time
from pathlib import Path
import pandas as pd
from freqlib.report.results import provenance
from freqlib.report.results import load_table, save_table

provenance.commit = lambda: None  # git takes long, and is not what is tested
folder, run = Path(sys.argv[1]), int(sys.argv[2])
(folder / f"here-{run}").touch()
begun = time.monotonic()
while len(list(folder.glob("here-*"))) < 2:  # the other is still being started
    assert time.monotonic() < begun + 120, "the other never came"
    time.sleep(0.01)
for i in range(20):
    table = pd.DataFrame({"run": [run] * (50 * run + i + 1)})
    save_table(table, folder / f"run-{run}_{i}.csv", {"run": run})
    for _ in range(20):
        save_table(table, folder / "both.csv", {"run": run})
        load_table(folder / "both.csv")  # refuses the CSV of one run beside the JSON of the other
"""


def test_two_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    runs = [subprocess.Popen([sys.executable, "-c", RUN, tmp_path, str(run)]) for run in (1, 2)]
    assert [run.wait() for run in runs] == [0, 0]
    own = {f"run-{run}_{i}": 50 * run + i + 1 for run in (1, 2) for i in range(20)}
    assert {p.stem: len(load_table(p)) for p in tmp_path.glob("run-*.csv")} == own
    both = load_table(tmp_path / "both.csv")
    assert both.run.tolist() == [both.attrs["provenance"]["parameters"]["run"]] * (50 * both.run[0] + 20)
    assert len(list(tmp_path.iterdir())) == 2 * len(own) + 2 + 2  # what each left to be seen by the other


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "a.txt"
    atomic.write(path, "good")
    monkeypatch.setattr(atomic.os, "replace", lambda *_: pytest.fail("disk full"))
    with pytest.raises(pytest.fail.Exception):
        atomic.write(path, "half")
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "good"


def test_a_table_without_columns_is_refused(tmp_path):
    with pytest.raises(InputError, match="one or more"):
        save_table(pd.DataFrame(), tmp_path / "empty.csv", {})
