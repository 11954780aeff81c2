"""The book: its stale notebooks executed, then its pages rendered."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from freqlib.errors import InputError
from freqlib.report.runs.cache import content_hash, is_fresh
from freqlib.report.runs.execution import Outcome
from freqlib.report.runs.profiles import load_profile, plan
from freqlib.report.runs.runner import run_notebooks


@dataclass(frozen=True)
class Book:
    """What became of a build.

    Args:
        outcomes: of the notebooks that were executed; those that were still good are not among them.
        page: the rendered book's first page, or None if it was not rendered.
        message: one sentence; empty if all went well.

    Example:
        >>> Book([], Path("_build/html/index.html"), "").message
        ''
    """

    outcomes: list[Outcome]
    page: Path | None
    message: str


def build_book(
    root: Path,
    profile: str = "default",
    force: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    timeout: float | None = None,
) -> Book:
    """Execute every notebook that is not up to date into book/notebooks, then render the book into _build/html.

    Args:
        root: of the checkout.
        profile: with whose parameters the notebooks run; one that holds studies of several runs makes no book.
        force: whether to execute all notebooks, up to date or not.
        jobs: how many notebooks run at once.
        scheduler: the address of a Dask scheduler to run them on.
        timeout: seconds that each notebook may take; None for the profile's limit.

    Returns:
        What became of it. The book is rendered only if every notebook succeeded.

    Raises:
        InputError: an unknown profile, or one that cannot make a book; no book in this checkout.

    Example:
        >>> build_book(Path("nowhere"))
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: nowhere has no book/_toc.yml and _config.yml, so there is no book to build.
    """
    if not all((root / file).is_file() for file in ("book/_toc.yml", "_config.yml")):
        raise InputError(f"{root} has no book/_toc.yml and _config.yml, so there is no book to build.")
    if any(isinstance(study, list) for study in load_profile(root, profile).values()):
        raise InputError(
            f"Profile {profile} holds studies of several runs and makes no book; "
            f"use `freqlib run --profile {profile}` for it."
        )
    folder = root / "book" / "notebooks"
    stale = [
        run
        for run in plan(root, profile=profile)
        if force or not is_fresh(folder / f"{run.name}.ipynb", content_hash(run))
    ]
    outcomes = run_notebooks(stale, folder, jobs, scheduler, timeout)
    failed = [outcome.run for outcome in outcomes if outcome.status != "ok"]
    if failed:
        return Book(outcomes, None, f"The book was not built, since {', '.join(failed)} did not succeed.")
    return _render(root, outcomes)


def _render(root: Path, outcomes: list[Outcome]) -> Book:
    start = "from jupyter_book.cli.main import main; main()"
    options = ["book", "--config", "_config.yml", "--path-output", ".", "-n", "-W", "--keep-going"]
    # Standard output is for the answer.
    rendered = subprocess.run([sys.executable, "-c", start, "build", *options], cwd=root, stdout=2)
    if rendered.returncode:
        return Book(outcomes, None, "The book's pages could not be rendered, as said above.")
    return Book(outcomes, root / "_build" / "html" / "index.html", "")
