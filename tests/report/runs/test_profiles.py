"""From notebooks, profiles and overrides to a list of runs."""

from pathlib import Path

import pytest

from freqlib.errors import InputError
from freqlib.report.runs.profiles import checkout, list_notebooks, plan


def summary(runs: list) -> list[tuple]:
    return [(run.name, run.source.stem, dict(run.parameters)) for run in runs]


def test_notebooks_are_found_by_listing(root: Path) -> None:
    assert list_notebooks(root) == ["other", "tiny"]
    assert summary(plan(root)) == [("other", "other", {}), ("tiny", "tiny", {})]


@pytest.mark.parametrize("name", ["tiny", "tiny.py", "notebooks/tiny.py", "notebooks/tiny.ipynb"])
def test_a_notebook_may_be_given_by_name_or_file(root: Path, name: str) -> None:
    assert summary(plan(root, [name])) == [("tiny", "tiny", {})]


def test_a_profile_sets_parameters_and_the_command_line_wins(root: Path) -> None:
    assert summary(plan(root, profile="smoke")) == [("other", "other", {}), ("tiny", "tiny", {"number": 1})]
    assert summary(plan(root, ["tiny"], "smoke", {"number": "9", "word": "x"})) == [
        ("tiny", "tiny", {"number": 9, "word": "x"})
    ]


def test_a_study_is_a_list_of_named_runs(root: Path) -> None:
    both = [("tiny-three", "tiny", {"number": 3}), ("tiny-four", "tiny", {"number": 4})]
    assert summary(plan(root, profile="full")) == both
    assert summary(plan(root, profile="full", only=["four"])) == both[1:]
    assert summary(plan(root, profile="full", only=["four", "tiny-three"])) == both


def test_a_run_of_one_name_is_meant_in_every_notebook_that_has_it(root: Path) -> None:
    (root / "notebooks" / "profiles" / "odd.yml").write_text("tiny: [{run: a}, {run: b}]\nother: [{run: a}]")
    assert [run.name for run in plan(root, profile="odd", only=["a"])] == ["other-a", "tiny-a"]
    assert [run.name for run in plan(root, profile="odd", only=["tiny-a"])] == ["tiny-a"]


def test_a_profile_may_hold_runs_of_one_notebook_and_parameters_of_another(root: Path) -> None:
    (root / "notebooks" / "profiles" / "odd.yml").write_text("tiny: {number: 5}\nother: [{run: a}]")
    assert [run.name for run in plan(root, profile="odd")] == ["other-a", "tiny"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"notebooks": ["tinny"]}, "Unknown notebook 'tinny'; choose one of: other, tiny"),
        ({"profile": "fast"}, "Unknown profile 'fast'; choose one of: default, full, smoke"),
        ({"profile": "full", "only": ["five"]}, "Unknown run of profile full 'five'"),
        ({"profile": "full", "notebooks": ["other"]}, "Profile full has no runs of other; it has runs of tiny"),
        ({"overrides": {"nummer": "1"}}, "no parameter 'nummer'"),
        ({"overrides": {"number": "1e-3"}}, "is 1e-3, but must be int"),
    ],
)
def test_what_does_not_exist_is_refused(root: Path, arguments: dict, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        plan(root, **arguments)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tiny: [", "is no YAML"),
        ("- tiny", "must map notebooks to parameters"),
        ("tinny: {}", r"Unknown notebook in odd\.yml 'tinny'"),
        ("tiny: 5", "needs a mapping of parameters or a list"),
        ("tiny: [{parameters: {}}]", "needs a mapping of parameters or a list"),
        ("tiny: [{run: ../up}]", "needs a mapping of parameters or a list"),
        ("tiny: [{run: a, number: 1}]", "needs a mapping of parameters or a list"),
        ("tiny: [{run: a}, {run: a}]", "names runs of tiny twice: a, a"),
        ("tiny: {number: 1.5}", "'number' of notebook tiny is 1.5, but must be int"),
        ("tiny: [{run: a, parameters: {n: 1}}]", "no parameter 'n'"),
        ("tiny: []", "names no runs"),
    ],
)
def test_a_profile_that_is_wrong_is_refused_before_anything_runs(root: Path, text: str, sentence: str) -> None:
    (root / "notebooks" / "profiles" / "odd.yml").write_text(text)
    with pytest.raises(InputError, match=sentence):
        plan(root, profile="odd")


def test_an_empty_profile_leaves_the_notebooks_as_they_stand(root: Path) -> None:
    (root / "notebooks" / "profiles" / "empty.yml").write_text("# nothing yet\n")
    assert summary(plan(root, ["tiny"], "empty")) == [("tiny", "tiny", {})]


def test_the_checkout_is_found_from_below_it(root: Path) -> None:
    assert checkout(root / "notebooks" / "profiles") == root.resolve()


def test_outside_of_a_checkout_there_is_nothing_to_run(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("freqlib.report.runs.profiles.PACKAGE", tmp_path / "site-packages" / "freqlib")
    with pytest.raises(InputError, match="lies in no checkout"):
        checkout(tmp_path)


def test_a_notebook_that_is_no_text_is_refused(root: Path) -> None:
    (root / "notebooks" / "tiny.py").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read as a notebook"):
        plan(root, ["tiny"])
