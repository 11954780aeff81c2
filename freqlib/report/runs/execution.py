"""Executing one notebook headless, in a kernel of its own and within a time limit.

A run that fails, takes too long or is interrupted leaves the last good output as it was; how far it came is kept in
`.cache/failed`, what it wrote while running in `.cache/logs`.
"""

import logging
import os
import shutil
import tempfile
import threading
import time
import traceback
import uuid
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import nbformat

from freqlib import atomic
from freqlib.report.results import provenance
from freqlib.report.runs.cache import content_hash
from freqlib.report.runs.profiles import Run, load_notebook


@dataclass(frozen=True)
class Outcome:
    """What became of a run.

    Args:
        run: its name.
        status: "ok", "refused" (an InputError in the notebook), "failed", "timed out" or "interrupted".
        seconds: how long it took.
        output: the executed notebook: the result if the status is ok, else how far it came; None if it never began.
        message: one sentence; empty if the status is ok.
        log: what was printed while it ran.

    Example:
        >>> Outcome("01_layerwise", "ok", 61.0, "book/notebooks/01_layerwise.ipynb", "", None).status
        'ok'
    """

    run: str
    status: str
    seconds: float
    output: str | None
    message: str
    log: str | None


@dataclass(frozen=True)
class Task:
    """A run, with where its output goes and what bounds it; all that a worker needs, here or on another machine.

    Args:
        run: what is to be executed.
        output: the executed notebook.
        stop: a file that, once it exists, ends the run.
        seconds: the limit for the whole run.
        threads: for torch and the like in the kernel; None leaves it to them.
        bar: whether to draw a progress bar of cells on standard error.

    Example:
        >>> run = Run("one", Path("notebooks/one.py"), Path("."))
        >>> Task(run, Path("one.ipynb"), Path("stop"), 60.0).threads is None
        True
    """

    run: Run
    output: Path
    stop: Path
    seconds: float
    threads: int | None = None
    bar: bool = False


def run_one(task: Task) -> Outcome:
    """Execute one run.

    Args:
        task: what is to be run.

    Returns:
        The outcome. Only if its status is "ok" has `task.output` been written, and then as a whole.

    Example:
        >>> run_one(Task(run, output, stop, 3600.0)).status  # doctest: +SKIP
        'ok'
    """
    run, started = task.run, time.monotonic()
    if task.stop.exists():
        return Outcome(run.name, "interrupted", 0.0, None, f"{run.name} was not begun.", None)
    cache = run.root / ".cache"
    log = cache / "logs" / f"{run.name}-{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # Below the system's temporary folder, since the name of a socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="freqlib-"))
    written = folder / "run.ipynb"
    try:
        content = content_hash(run)  # of what it is made from, whatever changes meanwhile
        status, message = _execute(task, written, log)
        output = task.output if status == "ok" else cache / "failed" / f"{run.name}.ipynb"
        if status == "ok":
            atomic.write(output, _tidy(written, task, content))
        elif written.exists():
            atomic.write(output, written.read_text("utf-8"))
        else:
            output = None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    seconds = round(time.monotonic() - started, 1)
    return Outcome(run.name, status, seconds, output and str(output), message, str(log))


def _execute(task: Task, written: Path, log: Path) -> tuple[str, str]:
    """Run papermill in a thread and watch it, so that a hang anywhere, even after the last cell, comes to an end."""
    from freqlib.report.runs.kernel import kernel_class  # here, since Jupyter's client takes long to load

    run = task.run
    limits = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    threads = {k: str(task.threads) for k in limits if task.threads and k not in os.environ}
    with open(log, "a", encoding="utf-8") as file:
        kernel = kernel_class(written.parent, run.root, threads, file)
        errors: list[Exception] = []
        worker = threading.Thread(target=_papermill, args=(task, written, kernel, file, errors), daemon=True)
        worker.start()
        ended, deadline = None, time.monotonic() + task.seconds
        while worker.is_alive():
            worker.join(0.2)
            if ended is None and (ended := _why_end(task, deadline)):
                deadline = time.monotonic() + 30  # for papermill to notice
            elif ended and time.monotonic() > deadline:
                break  # the client itself hangs; its thread ends with this process
            if ended:
                for process in kernel.running:
                    process.kill()
        if ended == "timed out":
            return (ended, f"{run.name} took longer than its limit of {task.seconds:g} seconds and was ended.")
        if ended:
            return ended, f"{run.name} was interrupted."
        if not errors:
            return "ok", ""
        traceback.print_exception(errors[0], file=file)
        return _explain(run.name, errors[0])


def _why_end(task: Task, deadline: float) -> str | None:
    parent = parent_process()
    if task.stop.exists() or (parent is not None and not parent.is_alive()):
        return "interrupted"
    return "timed out" if time.monotonic() > deadline else None


def _papermill(task: Task, written: Path, kernel: type, log: Any, errors: list[Exception]) -> None:
    import papermill
    from jupyter_core.utils import ensure_event_loop

    logging.getLogger("papermill").setLevel(logging.CRITICAL)  # what went wrong is in the outcome
    try:
        papermill.execute_notebook(
            load_notebook(task.run.source),
            written,
            dict(task.run.parameters),
            kernel_name="python3",
            language="python",
            kernel_manager_class=kernel,
            start_timeout=120,
            iopub_timeout=60,  # a busy machine may be slow to hand over the last output of a cell
            progress_bar={"desc": task.run.name} if task.bar else False,
            stdout_file=log,
            stderr_file=log,
        )
    except Exception as error:
        errors.append(error)
    finally:
        ensure_event_loop().close()  # the client made one for this thread, and leaves it open


def _explain(name: str, error: Exception) -> tuple[str, str]:
    """Return the status of a failed run and one sentence: where it failed, and the last line of the error."""
    kind = getattr(error, "ename", None)  # papermill's error of a cell
    if type(error).__name__ == "DeadKernelError":
        return "failed", f"{name} failed: its kernel died, as happens when memory runs out."
    if kind is None:
        return "failed", f"{name} could not be executed: {type(error).__name__}: {_line(error)}"
    cell, line = error.exec_count, _line(error.evalue)
    if kind == "InputError":
        return "refused", f"{name} was refused in cell [{cell}]: {line}"
    return "failed", f"{name} failed in cell [{cell}]: {kind}: {line}"


def _line(text: object) -> str:
    return " ".join(str(text).split())[:1000]


def _tidy(written: Path, task: Task, content: str) -> str:
    """Return the executed notebook as it goes to readers."""
    notebook = nbformat.read(written, as_version=4)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("hide-input")
    # papermill stores the whole notebook as the path that it came from
    notebook.metadata.papermill.input_path = task.run.source.relative_to(task.run.root).as_posix()
    notebook.metadata.papermill.output_path = task.output.name
    notebook.metadata.freqlib = provenance.record() | {"profile": task.run.profile, "content": content}
    return nbformat.writes(notebook) + "\n"
