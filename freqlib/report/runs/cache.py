"""Whether an executed notebook is still what running it again would give: a hash of all that it depends on."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from freqlib.report.results.provenance import PACKAGE
from freqlib.report.runs.profiles import PROFILES, Run


def content_hash(run: Run) -> str:
    """Return a hash of everything that a run's output depends on.

    Args:
        run: what would be run.

    Returns:
        Hexadecimal sha256 of the notebook's text, its parameters, the package's sources, the committed files in data,
        the profiles, and the lock file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     source = Path(folder) / "one.py"
        ...     _ = source.write_text("1 + 1")
        ...     a, b = (content_hash(Run("one", source, Path(folder), {"n": n})) for n in (1, 2))
        >>> a == b
        False
    """
    read = [*(run.root / "data" / name for name in ("results", "checkpoints", "published")), run.root / PROFILES]
    parts = {
        "notebook": hashlib.sha256(run.source.read_bytes()).hexdigest(),
        "parameters": dict(run.parameters),
        "package": _hash_files(PACKAGE, sorted(PACKAGE.rglob("*.py"))),
        "data": _hash_files(run.root, sorted(p for folder in read for p in folder.rglob("*") if p.is_file())),
        "lock": _hash_files(run.root, [p for p in [run.root / "requirements.lock"] if p.is_file()]),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def is_fresh(output: Path, content: str) -> bool:
    """Return whether an executed notebook was made from just this content.

    Args:
        output: the executed notebook.
        content: from `content_hash`.

    Returns:
        False also where there is no such notebook, or none that can be read.

    Example:
        >>> is_fresh(Path("nowhere.ipynb"), "abc")
        False
    """
    try:
        metadata = json.loads(output.read_text("utf-8"))["metadata"]
        return metadata["freqlib"]["content"] == content
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _hash_files(root: Path, files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        if not path.name.startswith("."):  # what somebody is writing, or an editor's
            total.update(f"{path.relative_to(root).as_posix()}:{path.stat().st_size}:".encode())
            total.update(path.read_bytes())
    return total.hexdigest()
