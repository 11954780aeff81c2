"""The set-up: pyproject, lock and environment.yml hold the same dependencies; the Makefile explains itself."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / "requirements.lock").read_text().splitlines()

# conda-forge calls PyTorch so, and has Dask's scheduler as a package instead of an extra
CONDA_NAMES = {"torch": "pytorch"}
CONDA_ONLY = {"python", "pip", "distributed"}


def direct() -> list[Requirement]:
    """Every direct dependency, those of the extras too."""
    project = PYPROJECT["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def locked() -> dict[str, list[Requirement]]:
    """Each package of the lock, once for every marker."""
    packages: dict[str, list[Requirement]] = {}
    for line in LOCK:
        requirement = Requirement(line)
        packages.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return packages


def conda() -> dict[str, Requirement]:
    """The conda packages of environment.yml."""
    lines = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    parsed = [Requirement(line) for line in lines if isinstance(line, str)]
    return {requirement.name: requirement for requirement in parsed}


def test_lock_holds_plain_pins_only():
    for line in LOCK:
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[^\s;@/]+( ; .+)?", line), line
        assert "://" not in line


@pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
def test_every_direct_dependency_is_locked_in_range(requirement):
    pins = locked()[canonicalize_name(requirement.name)]
    for pin in pins:
        version = str(pin.specifier).removeprefix("==")
        assert requirement.specifier.contains(version), f"{pin} is outside of {requirement}"


@pytest.mark.parametrize("requirement", direct(), ids=lambda requirement: requirement.name)
def test_environment_has_every_direct_dependency_with_the_same_range(requirement):
    package = conda()[CONDA_NAMES.get(requirement.name, requirement.name)]
    assert package.specifier == requirement.specifier
    for extra in requirement.extras:
        assert conda()[extra].specifier == requirement.specifier


def test_environment_has_nothing_else():
    names = {CONDA_NAMES.get(requirement.name, requirement.name) for requirement in direct()}
    assert set(conda()) - names == CONDA_ONLY


def test_python_range_is_the_same_everywhere():
    wanted = PYPROJECT["project"]["requires-python"]
    assert str(conda()["python"].specifier) == wanted
    minor = Version(wanted.removeprefix(">=")).minor
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py3{minor}"
    assert f"(3, {minor})" in (ROOT / "Makefile").read_text()


def test_torch_and_torchvision_are_locked_as_a_matching_pair():
    for line in PYPROJECT["tool"]["uv"]["constraint-dependencies"]:
        constraint = Requirement(line)
        assert [pin.specifier for pin in locked()[constraint.name]] == [constraint.specifier]


def test_the_package_is_built_with_what_is_locked():
    for requirement in map(Requirement, PYPROJECT["build-system"]["requires"]):
        [pin] = locked()[requirement.name]
        assert requirement.specifier.contains(str(pin.specifier).removeprefix("=="))


def test_citation_names_the_current_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PYPROJECT["project"]["version"]


@pytest.fixture
def makefile(tmp_path):
    """A folder with the Makefile and what it depends on, but without an environment."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    if shutil.which("make") is None:
        pytest.skip("make is not installed: the Makefile is not tested")
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True)


def test_make_alone_lists_every_command(makefile):
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^  make (\w+) +\S", make(makefile).stdout, re.MULTILINE)
    assert sorted(listed) == sorted(phony[1].split())


def test_make_refuses_an_old_python_in_one_sentence(makefile):
    old = makefile / "python3.9"
    old.write_text(
        f'#!/bin/sh\nexec {sys.executable} -c "import sys; sys.version_info = (3, 9); exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    answer = make(makefile, "venv", f"PYTHON={old}")
    assert answer.returncode != 0
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert "is 3.9" in answer.stderr
    assert not (makefile / ".venv").exists()


@pytest.mark.parametrize(
    "path", [".venv/bin/python", "_build/html/index.html", "book/notebooks/01_layerwise.ipynb", "data/downloads/x.bin"]
)
def test_git_ignores_what_is_made_or_fetched(path):
    answer = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT, capture_output=True)
    if answer.returncode == 128:
        pytest.skip("this is no git checkout: .gitignore is not tested")
    assert answer.returncode == 0
