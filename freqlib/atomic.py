"""Writing files so that whoever reads, writes or is interrupted meanwhile never meets half of one."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from freqlib.errors import InputError


def check_free(path: Path) -> None:
    """Refuse a path to which no file can be written, for commands that compute before they write.

    Args:
        path: of the file.

    Raises:
        InputError: it is a folder, lies below a file, or in a folder that takes no files.

    Example:
        >>> check_free(Path("bands.csv"))
    """
    if path.is_dir() or any(parent.is_file() for parent in path.parents):
        raise InputError(f"{path} cannot be written, since a file or folder is in the way.")
    there = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        tempfile.TemporaryFile(dir=there).close()
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); name another file.") from None


def write(path: Path, content: str | bytes) -> None:
    """Write a file as a whole: it is there in full, or what was there before still is.

    Args:
        path: the file; its folder is made where it is missing.
        content: what it shall hold; text is written as UTF-8.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write(Path(folder) / "new" / "note.txt", "done")
        ...     (Path(folder) / "new" / "note.txt").read_text()
        'done'
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, since only there os.replace is atomic; a name of its own for every writer.
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def one_writer(folder: Path) -> Iterator[None]:
    """Let one process at a time into a block that writes several files of a folder which belong together.

    Args:
        folder: an existing folder; the lock is on the folder itself, ends with the process and leaves no file behind.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, one_writer(Path(folder)):
        ...     write(Path(folder) / "a.csv", "")
    """
    import fcntl  # here, since not every system has it, and experiments, which lock nothing, do without

    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
