"""Where data sets, and weights and lists beside them, lie on this machine."""

import os
from pathlib import Path


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
    checkout = Path(__file__).resolve().parents[2]
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
