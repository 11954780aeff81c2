"""The book: stale notebooks run, good ones do not, and a failure leaves the book that was there."""

import subprocess
import sys
from pathlib import Path

import pytest

from freqlib.errors import InputError
from freqlib.report.runs import build
from freqlib.report.runs.cache import content_hash
from freqlib.report.runs.execution import Outcome


@pytest.fixture
def book(root: Path, monkeypatch) -> Path:
    """A checkout with a book's frame, where executing and rendering only leave their traces."""
    (root / "book").mkdir()
    (root / "book" / "_toc.yml").touch()
    (root / "_config.yml").touch()

    def run_notebooks(runs, folder, jobs, scheduler, timeout):
        outcomes = []
        for run in runs:
            output = folder / f"{run.name}.ipynb"
            good = "flag" not in run.source.read_text().partition("# %%\n")[2]
            if good:
                folder.mkdir(exist_ok=True)
                output.write_text(f'{{"metadata": {{"freqlib": {{"content": "{content_hash(run)}"}}}}}}')
            outcomes.append(Outcome(run.name, "ok" if good else "failed", 0.0, str(output), "", None))
        return outcomes

    monkeypatch.setattr(build, "run_notebooks", run_notebooks)
    for name in ("tiny", "other"):
        (root / "notebooks" / f"{name}.py").write_text("# %% tags=['parameters']\nnumber: int = 1  # a number\n")
    return root


@pytest.fixture
def renders(monkeypatch) -> list[Path]:
    """The checkouts whose pages were rendered."""
    seen: list[Path] = []

    def render(root: Path, outcomes: list[Outcome]) -> build.Book:
        seen.append(root)
        return build.Book(outcomes, root / "_build" / "html" / "index.html", "")

    monkeypatch.setattr(build, "_render", render)
    return seen


def executed(book: build.Book) -> list[str]:
    return [outcome.run for outcome in book.outcomes]


def test_only_what_changed_is_executed(book: Path, renders: list[Path]) -> None:
    assert executed(build.build_book(book)) == ["other", "tiny"]
    assert executed(build.build_book(book)) == []
    with open(book / "notebooks" / "tiny.py", "a") as file:
        file.write("\n# %%\n2\n")
    assert executed(build.build_book(book)) == ["tiny"]
    assert executed(build.build_book(book, force=True)) == ["other", "tiny"]
    assert executed(build.build_book(book, profile="smoke")) == ["tiny"]
    assert executed(build.build_book(book)) == ["tiny"]
    assert renders == [book] * 6


def test_a_failed_notebook_stops_the_book_and_the_last_good_one_stays(book: Path, renders: list[Path]) -> None:
    build.build_book(book)
    good = (book / "book" / "notebooks" / "tiny.ipynb").read_text()
    with open(book / "notebooks" / "tiny.py", "a") as file:
        file.write("\n# %%\nflag\n")
    result = build.build_book(book)
    assert result.page is None
    assert "since tiny did not succeed" in result.message
    assert (book / "book" / "notebooks" / "tiny.ipynb").read_text() == good
    assert len(renders) == 1
    assert executed(build.build_book(book)) == ["tiny"]  # not taken for good the next time


def test_a_profile_of_studies_makes_no_book(book: Path, renders: list[Path]) -> None:
    with pytest.raises(InputError, match="freqlib run --profile full"):
        build.build_book(book, profile="full")
    assert not renders


def test_a_checkout_without_a_book_is_refused(root: Path) -> None:
    with pytest.raises(InputError, match="no book to build"):
        build.build_book(root)


@pytest.mark.parametrize("code", [0, 3])
def test_rendering_is_a_strict_build_in_the_checkout_and_its_words_are_shown(
    book: Path, monkeypatch, capfd, code: int
) -> None:
    commands = []
    run = subprocess.run

    def start(command: list[str], **settings: object) -> subprocess.CompletedProcess:
        commands.append((command, settings["cwd"]))
        script = f"print('a warning'); raise SystemExit({code})"
        return run([sys.executable, "-c", script], **settings)

    monkeypatch.setattr(build.subprocess, "run", start)
    result = build.build_book(book)
    ((command, cwd),) = commands
    wanted = "build book --config _config.yml --path-output . -n -W --keep-going"
    assert " ".join(command).endswith(wanted)
    assert cwd == book
    captured = capfd.readouterr()
    assert captured.out == ""  # standard output is for the answer
    assert "a warning" in captured.err
    assert (result.page is None, bool(result.message)) == ((False, False) if code == 0 else (True, True))
