"""The book: its stale notebooks executed, then its pages rendered."""

import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from freqlib.errors import InputError
from freqlib.report.cache import content_hash, is_fresh
from freqlib.report.execution import Outcome
from freqlib.report.profiles import load_profile, plan
from freqlib.report.runner import run_notebooks


@dataclass(frozen=True)
class Book:
    """What became of a build.

    Args:
        outcomes: of the notebooks that were executed; those that were still good are not among them.
        page: the rendered book's first page, or None if it was not rendered.
        message: one sentence; empty if all went well.
        log: what the renderer said, where it was called.

    Example:
        >>> Book([], Path("_build/html/index.html"), "", None).message
        ''
    """

    outcomes: list[Outcome]
    page: Path | None
    message: str
    log: Path | None


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
        return Book(outcomes, None, f"The book was not built, since {', '.join(failed)} did not succeed.", None)
    return _render(root, outcomes)


def _render(root: Path, outcomes: list[Outcome]) -> Book:
    log = root / ".cache" / "logs" / f"book-{datetime.now():%Y%m%d-%H%M%S}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    start = "from jupyter_book.cli.main import main; main()"
    options = ["book", "--config", "_config.yml", "--path-output", ".", "-n", "-W", "--keep-going"]
    command = [sys.executable, "-c", start, "build", *options]
    with (
        open(log, "w", encoding="utf-8") as file,
        subprocess.Popen(
            command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
        ) as process,
    ):
        try:
            for line in process.stdout or ():
                file.write(line)
                sys.stderr.write(line)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        return Book(outcomes, None, f"The book's pages could not be rendered; see {log}.", log)
    return Book(outcomes, root / "_build" / "html" / "index.html", "", log)
