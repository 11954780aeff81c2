import pandas as pd
import pytest

from freqlib.errors import InputError
from freqlib.report.results import save_table
from freqlib.report.results.chapter import Chapter, check_tables, kept_as

PROFILE = """
01_one:
  - run: small
    parameters: {results: a, parts: 2}
  - run: large
    parameters: {results: b, parts: 1}
  - run: later
    parameters: {results: c, parts: 1}
02_other:
  - run: small
    parameters: {results: z, parts: 1}
"""
PARTS = ["halves", "collapse-hann"]


@pytest.fixture
def chapter(tmp_path):
    (tmp_path / "full.yml").write_text(PROFILE)
    for name, model in (("a_halves", "net"), ("a_collapse-hann", "net"), ("b_halves", "other")):
        save_table(pd.DataFrame({"model": [model] * 2, "n": [7, 8]}), tmp_path / "01_one" / f"{name}.csv", {"of": name})
    save_table(pd.DataFrame({"model": ["far"]}), tmp_path / "02_other" / "z_halves.csv", {})
    return Chapter("01_one", tmp_path, tmp_path / "full.yml")


def test_a_chapter_knows_its_own_tables_and_runs(chapter):
    assert list(chapter.tables) == ["a_collapse-hann", "a_halves", "b_halves"]
    assert list(chapter.runs) == ["small", "large", "later"]
    assert list(chapter.of("halves")) == ["a", "b"]
    assert not chapter.of("hann")


def test_tables_of_one_part_are_joined_as_far_as_wanted(chapter):
    assert chapter.joined("halves").model.tolist() == ["net", "net", "other", "other"]
    only = chapter.joined("halves", lambda run, table: table.attrs["provenance"]["parameters"]["of"] == "b_halves")
    assert only.model.tolist() == ["other", "other"]
    assert chapter.joined("nowhere").empty


def test_a_run_is_missing_until_all_its_tables_are_there(chapter):
    assert chapter.missing(lambda run: PARTS[: run["parts"]]) == ["later"]
    assert chapter.missing(lambda run: PARTS) == ["large (collapse-hann)", "later"]
    assert not chapter.missing(lambda run: [])


def test_the_overview_has_a_row_a_run(chapter):
    table = chapter.overview(images="n", network="model")
    assert table.columns.tolist() == ["run", "images", "network", "date", "processor", "tables"]
    assert table[["run", "images", "network", "tables"]].to_numpy().tolist() == [
        ["a", 7, "net", 2],
        ["b", 7, "other", 1],
    ]


def test_runs_that_differ_in_the_seed_alone_share_a_row_of_the_overview(tmp_path):
    (tmp_path / "full.yml").write_text("one: []")
    longer = [kept_as(run, 10) for run in ("net-0", "net-1", "decay-1e-3")]
    for run in ("net-0", "net-1", "net-10", "decay-1e-3", "decay-1e-4", "other-2", "net", *longer):
        save_table(pd.DataFrame({"n": [7]}), tmp_path / "one" / f"{run}_part.csv", {})
    save_table(pd.DataFrame({"n": [7]}), tmp_path / "one" / "net-10_more.csv", {})
    table = Chapter("one", tmp_path, tmp_path / "full.yml").overview(images="n")
    assert dict(zip(table.run, table.tables, strict=True)) == {
        "decay-1e-3": 1, "decay-1e-4": 1, "net": 1, "net-0, 1": 1, "net-10": 2, "other-2": 1,
        "decay-1e-3-10-epochs": 1, "net-10-epochs-0, 1": 1,
    }  # fmt: skip


def test_without_results_there_is_an_empty_overview(tmp_path):
    (tmp_path / "full.yml").write_text(PROFILE)
    chapter = Chapter("01_one", tmp_path, tmp_path / "full.yml")
    assert chapter.overview(model="model").columns.tolist() == ["run", "model", "date", "processor", "tables"]
    assert len(chapter.missing(lambda run: PARTS)) == 3


def test_a_table_that_was_changed_is_refused(chapter, tmp_path):
    path = tmp_path / "01_one" / "a_halves.csv"
    path.write_text(path.read_text() + "net,9\n")
    with pytest.raises(InputError, match="was changed after it was computed"):
        Chapter("01_one", tmp_path, tmp_path / "full.yml")


def test_tables_of_longer_trainings_are_kept_beside_those_of_the_recipes(tmp_path):
    profile = tmp_path / "full.yml"
    profile.write_text("one: [{run: long, parameters: {results: a, epochs: 30}}, {run: own, parameters: {results: a}}]")
    save_table(pd.DataFrame({"x": [1]}), tmp_path / "one" / "a_part.csv", {})
    assert Chapter("one", tmp_path, profile).missing(lambda run: ["part"]) == ["long"]
    save_table(pd.DataFrame({"x": [2]}), tmp_path / "one" / f"{kept_as('a', 30)}_part.csv", {})
    assert not Chapter("one", tmp_path, profile).missing(lambda run: ["part"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ((["area"], ["areas"], "a"), "Unknown table 'area'; choose one of: areas"),
        ((["areas"], ["areas"], ""), "name the results that they are part of"),
        (([], ["areas"], "a", 2), "only whole trainings have results"),
    ],
)
def test_tables_that_cannot_be_computed_are_refused(asked, told):
    with pytest.raises(InputError, match=told):
        check_tables(*asked)
