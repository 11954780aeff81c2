"""Where data sets, and weights and lists beside them, lie on this machine."""

import json
import os
from pathlib import Path
from typing import Any

from freqlib.errors import InputError


def data_root() -> Path:
    """Return the folder under which data sets are looked for and downloaded to.

    Returns:
        The environment variable FREQLIB_DATA where it is set; else data/downloads in a checkout of
        the project; else freqlib in the user's cache folder.

    Example:
        >>> data_root().name in ("downloads", "freqlib") or "FREQLIB_DATA" in os.environ
        True
    """
    if chosen := os.environ.get("FREQLIB_DATA"):
        return Path(chosen).expanduser()
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").is_file() and (checkout / "notebooks").is_dir():
        return checkout / "data" / "downloads"
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "freqlib"


def find_file(path: str | Path) -> Path:
    """Return a file's path as given, or below the data root where only there such a file is.

    Args:
        path: of a file; need not exist.

    Returns:
        The path.

    Example:
        >>> find_file("nowhere.json").name
        'nowhere.json'
    """
    path = Path(path).expanduser()
    below = data_root() / path
    return below if not path.exists() and below.is_file() else path


def read_json(path: str | Path, what: str) -> Any:
    """Return what a JSON file holds that a user names, as given or below the data root.

    Args:
        path: of the file.
        what: the argument that names it and what would do, for the refusal.

    Returns:
        The value.

    Raises:
        InputError: a file that cannot be read, or is no JSON.

    Example:
        >>> read_json("nowhere.json", "classes must be the path of a JSON list")
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: 'nowhere.json' cannot be read as JSON (no such file); classes must be ...
    """
    try:
        return json.loads(find_file(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        reason = "no such file"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise InputError(f"{str(path)!r} cannot be read as JSON ({reason}); {what}.")
