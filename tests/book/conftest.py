"""The book, built once for all tests of this folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("pyproject.toml", "requirements.lock", "_config.yml", "notebooks", "book", "data")
NOT_NEEDED = shutil.ignore_patterns("downloads", "_generated", "*.ipynb")


@pytest.fixture(scope="session")
def built_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rendered book of a copy of the checkout, whose notebooks were run in their shortest form."""
    if not sorted((ROOT / "notebooks").glob("*.py")):
        pytest.skip("there is no notebook yet: the built book is not tested")
    root = tmp_path_factory.mktemp("book") / "checkout"
    root.mkdir()
    for name in NEEDED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=NOT_NEEDED)
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, root / name)
    command = [sys.executable, "-m", "freqlib.cli", "build", "--profile", "smoke"]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True)
    # Strict: any warning, such as a broken reference, fails the build.
    assert answer.returncode == 0, answer.stderr[-5000:]
    return root / "_build" / "html"
