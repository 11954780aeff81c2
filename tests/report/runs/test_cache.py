"""When an executed notebook is stale: when, and only when, something that it depends on has changed."""

import json
from pathlib import Path

import pytest

from freqlib.report.runs import cache
from freqlib.report.runs.profiles import Run


@pytest.fixture
def package(tmp_path: Path, monkeypatch) -> Path:
    package = tmp_path / "freqlib"
    package.mkdir()
    (package / "a.py").write_text("a = 1")
    monkeypatch.setattr(cache, "PACKAGE", package)
    return package


def run(root: Path, **parameters: object) -> Run:
    return Run("tiny", root / "notebooks" / "tiny.py", root, parameters)


CHANGES = {
    "notebook": lambda root, package: (root / "notebooks" / "tiny.py").write_text("2"),
    "package": lambda root, package: (package / "a.py").write_text("a = 2"),
    "new module": lambda root, package: (package / "b.py").write_text("a = 1"),
    "lock": lambda root, package: (root / "requirements.lock").write_text("torch==2.16.0\n"),
    "results": lambda root, package: (root / "data" / "results" / "a.csv").write_text("2"),
    "published": lambda root, package: (root / "data" / "published" / "a.csv").write_text("1"),
    "profile": lambda root, package: (root / "notebooks" / "profiles" / "full.yml").write_text("{}"),
    "checkpoints": lambda root, package: (root / "data" / "checkpoints" / "a.safetensors").write_text("1"),
    "renamed": lambda root, package: (root / "data" / "results" / "a.csv").rename(root / "data" / "results" / "b.csv"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_thing_that_an_output_depends_on_changes_the_hash(root: Path, package: Path, change: str) -> None:
    for name in ("results", "checkpoints", "published"):
        (root / "data" / name).mkdir(parents=True)
    (root / "data" / "results" / "a.csv").write_text("1")
    before = cache.content_hash(run(root))
    assert cache.content_hash(run(root)) == before
    CHANGES[change](root, package)
    assert cache.content_hash(run(root)) != before


def test_parameters_change_the_hash_and_their_order_does_not(root: Path, package: Path) -> None:
    assert cache.content_hash(run(root, a=1)) != cache.content_hash(run(root, a=2))
    assert cache.content_hash(run(root, a=1, b=2)) == cache.content_hash(run(root, b=2, a=1))


def test_other_files_do_not_change_the_hash(root: Path, package: Path) -> None:
    before = cache.content_hash(run(root))
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.pyc").write_text("1")
    (root / "notebooks" / "other.py").write_text("2")
    (root / "README.md").write_text("2")
    assert cache.content_hash(run(root)) == before


@pytest.mark.parametrize(
    ("text", "fresh"),
    [
        (json.dumps({"metadata": {"freqlib": {"content": "abc"}}}), True),
        (json.dumps({"metadata": {"freqlib": {"content": "abd"}}}), False),
        (json.dumps({"metadata": {}}), False),
        ("[]", False),
        ("{", False),
    ],
)
def test_an_output_is_fresh_if_it_was_made_from_this_content(tmp_path: Path, text: str, fresh: bool) -> None:
    (tmp_path / "a.ipynb").write_text(text)
    assert cache.is_fresh(tmp_path / "a.ipynb", "abc") is fresh
