"""Executing many runs through any `concurrent.futures.Executor`: processes on this machine, or a Dask cluster."""

import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path

from freqlib.errors import InputError
from freqlib.report.runs.execution import Outcome, Task, run_one
from freqlib.report.runs.profiles import Run

# Seconds for one run, by profile; a hang must not last for ever, and the runs of a study are long.
TIME_LIMITS = {"smoke": 900.0, "default": 3600.0, "full": 7 * 86400.0}
SCHEDULER_SECONDS = 10.0
ORPHAN_SECONDS = 5.0


def run_notebooks(
    runs: Sequence[Run], folder: Path, jobs: int = 1, scheduler: str | None = None, timeout: float | None = None
) -> list[Outcome]:
    """Execute runs, with a line on standard error for each that ends.

    Args:
        runs: what is to be run, from `freqlib.report.runs.profiles.plan`.
        folder: gets the executed notebooks, one `NAME.ipynb` a run.
        jobs: how many at once; with more than one, each kernel computes in one thread.
        scheduler: the address of a Dask scheduler, whose workers share this file system; None for processes here.
        timeout: seconds that each run may take; by default 15 minutes for the profile smoke, 7 days for full,
            an hour for any other.

    Returns:
        The outcomes, in the order of the runs.

    Raises:
        InputError: no positive number of jobs or seconds; a scheduler without dask.distributed, or that is silent.

    Example:
        >>> run_notebooks([], Path("."), jobs=0)
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: jobs is 0, but must be 1 or more.
    """
    if jobs < 1:
        raise InputError(f"jobs is {jobs}, but must be 1 or more.")
    if timeout is not None and not timeout > 0:
        raise InputError(f"timeout is {timeout:g}, but must be a positive number of seconds.")
    if not runs:
        return []
    tasks = [
        Task(
            run,
            folder / f"{run.name}.ipynb",
            run.root / ".cache" / f"stop-{uuid.uuid4().hex}",
            timeout or TIME_LIMITS.get(run.profile, 3600.0),
            threads=1 if jobs > 1 and scheduler is None else None,
            bar=jobs == 1 and scheduler is None and sys.stderr.isatty(),
        )
        for run in runs
    ]
    print(f"{len(tasks)} to run: {', '.join(run.name for run in runs)}", file=sys.stderr)
    with open_executor(min(jobs, len(tasks)), scheduler) as executor:
        return run_all(tasks, executor)


@contextmanager
def open_executor(jobs: int = 1, scheduler: str | None = None) -> Iterator[Executor]:
    """Give an executor for the length of a block.

    Args:
        jobs: the number of processes on this machine.
        scheduler: the address of a Dask scheduler, to use its workers instead.

    Yields:
        The executor.

    Raises:
        InputError: dask.distributed is not installed, or no scheduler answers.

    Example:
        >>> with open_executor(2) as executor:
        ...     type(executor).__name__
        'ProcessPoolExecutor'
    """
    if scheduler is None:
        # Spawned, since a fork of a process that runs threads (torch, zmq) may lock up; interrupts are our business.
        with ProcessPoolExecutor(jobs, get_context("spawn"), _begin_worker) as pool:
            yield pool
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            f"The scheduler {scheduler} needs dask.distributed, which is not installed; "
            "run: pip install 'freqlib[cluster]'."
        ) from None
    try:
        client = Client(scheduler, timeout=SCHEDULER_SECONDS)
    except (OSError, ValueError) as error:
        raise InputError(f"No Dask scheduler answers at {scheduler} ({type(error).__name__}).") from None
    with client:
        yield client.get_executor(pure=False)  # otherwise equal calls are merged


def _begin_worker() -> None:
    """Leave interrupts to the parent, and end soon after it: a worker without work waits for more for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent_process(),), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    time.sleep(ORPHAN_SECONDS)  # for a run to notice, which ends its kernel
    os._exit(1)


def run_all(tasks: Sequence[Task], executor: Executor) -> list[Outcome]:
    """Execute many runs; one that fails does not keep the others from finishing.

    Args:
        tasks: what is to be run.
        executor: processes, threads or a cluster that shares the checkout's file system.
        report: called with each outcome as it comes in.

    Returns:
        The outcomes, in the order of the tasks.

    Raises:
        KeyboardInterrupt: after every kernel has been ended; what had finished by then is in place.

    Example:
        >>> from concurrent.futures import ThreadPoolExecutor
        >>> run_all([], ThreadPoolExecutor(1))
        []
    """
    futures: dict[Future[Outcome], Task] = {}
    outcomes: dict[str, Outcome] = {}
    try:
        for task in tasks:
            futures[executor.submit(run_one, task)] = task
        for future in as_completed(futures):
            outcome = _outcome(future, futures[future])
            outcomes[outcome.run] = outcome
            print(f"{outcome.run}: {outcome.status} after {outcome.seconds:.0f} s", file=sys.stderr)
    except BaseException:
        for stop in {task.stop for task in tasks}:
            stop.parent.mkdir(parents=True, exist_ok=True)
            stop.touch()
        for future in futures:
            future.cancel()
        executor.shutdown(wait=True)
        raise
    finally:
        for task in tasks:
            task.stop.unlink(missing_ok=True)
    return [outcomes[task.run.name] for task in tasks]


def _outcome(future: Future[Outcome], task: Task) -> Outcome:
    try:
        return future.result()
    except BrokenExecutor:
        message = f"{task.run.name} failed: the process that ran it died, as happens when memory runs out."
    except Exception as error:
        message = f"{task.run.name} failed: {type(error).__name__}: {error}"
    return Outcome(task.run.name, "failed", 0.0, None, message, None)
