"""Where a number comes from: the code, the packages and the machine that computed it."""

import os
import platform
import re
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]

# What a number can depend on; the whole list is in the lock file of the commit.
_PACKAGES = ("freqlib", "torch", "torchvision", "timm", "numpy", "scipy", "pandas", "scikit-learn", "scikit-image")


def record() -> dict:
    """Return all that this module knows, to be written beside a result.

    Returns:
        `date` (UTC, ISO), `commit`, `hardware` and `versions`.

    Example:
        >>> list(record())
        ['date', 'commit', 'hardware', 'versions']
    """
    date = datetime.now(UTC).isoformat(timespec="seconds")
    versions = {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
    return {"date": date, "commit": commit(), "hardware": hardware(), "versions": versions}


def commit() -> str | None:
    """Return the commit of the package's sources.

    Returns:
        The full hash, with "-dirty" appended where files differ from it (results aside, since the tables that one
        study writes would mark each other); None where the package is no git checkout.

    Example:
        >>> commit()  # doctest: +SKIP
        '4b825dc642cb6eb9a060e54bf8d69288fbee4904-dirty'
    """
    root = PACKAGE.parent
    top = _git("rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != root:
        return None  # an installed copy that happens to lie in somebody's repository
    head = _git("rev-parse", "--verify", "--quiet", "HEAD")
    changes = _git("status", "--porcelain", "--", ".", ":(exclude,glob)*/results/**")
    return f"{head}-dirty" if head and changes else head


def hardware() -> dict[str, str | int | None]:
    """Return what this machine computes with.

    Returns:
        `cpu`, its model; `cores`, those this process may use; `gpu`, its model, or None without one.

    Example:
        >>> sorted(hardware())
        ['cores', 'cpu', 'gpu']
    """
    torch = sys.modules.get("torch")  # not imported for this: what has not loaded torch used no GPU through it
    gpu = torch.cuda.get_device_name() if torch is not None and torch.cuda.is_available() else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()  # macOS and Windows
    return {"cpu": _cpu(), "cores": cores, "gpu": gpu}


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    named = re.search(r"^model name\s*:\s*(.*)", info.read_text(), re.M) if info.exists() else None
    return named[1] if named else platform.processor() or platform.machine()


def _git(*arguments: str) -> str | None:
    """Return what git says about the package's sources, or None if it cannot say."""
    command = ["git", "-C", str(PACKAGE.parent), *arguments]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
