"""A checkout in small: two notebooks, made of one tiny script, and its profiles."""

import shutil
from pathlib import Path

import pytest

TINY = Path(__file__).parent / "fixtures" / "tiny.py"
PROFILES = {
    "smoke": "tiny: {number: 1}\n",
    "full": "tiny:\n  - run: three\n    parameters: {number: 3}\n  - {run: four, parameters: {number: 4}}\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The checkout's folder."""
    root = tmp_path / "checkout"
    profiles = root / "notebooks" / "profiles"
    profiles.mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "requirements.lock").write_text("torch==2.15.0\n")
    for name in ("tiny", "other"):
        shutil.copy(TINY, root / "notebooks" / f"{name}.py")
    for name, text in PROFILES.items():
        (profiles / f"{name}.yml").write_text(text)
    return root
