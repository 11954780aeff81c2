"""The house keeps its form: floors, sizes, names, and a docstring with a running example for all that is public."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import types
from pathlib import Path

import pytest

import freqlib

PACKAGE = Path(freqlib.__file__).parent
FLOORS = ("signal", "vision", "experiments", "report", "cli")
GROUND = ("errors", "boundary", "atomic")  # single modules on which every floor stands
# From the ground up: a room stands on those before it. A floor's face stands behind its rooms.
ROOMS = (
    *GROUND,
    *("signal",),
    *("vision.images", "vision.networks", "vision.maps", "vision"),
    *("experiments.evaluation", "experiments.training", "experiments.spectra", "experiments.probing"),
    *("experiments.sweeps", "experiments.perturbations", "experiments.shortcuts", "experiments"),
    *("report.results", "report.networks", "report.claims", "report.plots", "report.runs", "report"),
    *("cli",),
)
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(module.name for module in pkgutil.walk_packages(freqlib.__path__, "freqlib."))
PUBLIC = list(getattr(freqlib, "__all__", []))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports, wherever in it, `if TYPE_CHECKING` included."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            found |= {f"{module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] == "freqlib"}


def room_of(name: str) -> int | None:
    """Where in ROOMS a module, or a name in it, lives; None for `freqlib` itself, which re-exports from all."""
    parts = name.split(".")[1:]
    places = [".".join(parts[:length]) for length in (2, 1)]
    return next((ROOMS.index(place) for place in places if place in ROOMS), None)


@pytest.mark.parametrize("path", [path for path in FILES if path != PACKAGE / "__init__.py"], ids=name_of)
def test_imports_run_downward_only(path: Path) -> None:
    room = room_of(name_of(path))
    assert room is not None, f"{path.name} is in no room"
    for name in imported(path):
        # `import freqlib` is the whole house, which only the command line stands on.
        assert (len(ROOMS) - 1 if room_of(name) is None else room_of(name)) <= room, f"{name_of(path)} imports {name}"


def test_the_check_of_imports_sees_every_form_of_import(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path / "freqlib")
    path = tmp_path / "freqlib" / "signal" / "bands.py"
    path.parent.mkdir(parents=True)
    lines = ["import freqlib.vision", "from ..report import results", "def f():\n    from freqlib import cli, errors"]
    path.write_text("\n".join([*lines, "import torch"]))
    assert imported(path) == {"freqlib.vision", "freqlib.report.results", "freqlib.cli", "freqlib.errors"}


def test_a_room_stands_on_those_before_it() -> None:
    names = ("atomic", "signal.bands", "vision.images.root.data_root", "vision.maps.layers", "vision.Images")
    places = [room_of(f"freqlib.{name}") for name in (*names, "experiments.training.train", "report.runs", "cli.main")]
    assert places == sorted(set(places))
    assert room_of("freqlib") is None


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_holds_one_concept_on_few_lines(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") < 250
    assert path.stem not in ("util", "utils", "helpers", "misc", "common")
    assert path.name == "__init__.py" or ast.get_docstring(ast.parse(text))


def code_lines(path: Path) -> int:
    """How many lines of a file are code: no docstring, no comment, not empty."""
    text = path.read_text()
    places = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, places) and ast.get_docstring(n)]
    said = {line for n in nodes for line in range(n.body[0].lineno, n.body[0].end_lineno + 1)}
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip(" #")) and not line.strip().startswith("#") and i not in said for i, line in lines)


def test_the_package_is_small() -> None:
    # The design says about 4,000; what it grew to may not grow unseen.
    assert sum(map(code_lines, FILES)) < 7820


def test_the_package_gives_its_public_names_and_nothing_else() -> None:
    assert len(set(PUBLIC)) == len(PUBLIC)
    for name in PUBLIC:
        assert getattr(freqlib, name).__module__.startswith("freqlib.")
    modules = {name for name, value in vars(freqlib).items() if isinstance(value, types.ModuleType)}
    assert {name for name in dir(freqlib) if not name.startswith("_")} - modules == set(PUBLIC)
    # jaxtyping's import hook leaves its own name in every module.
    assert modules - {*FLOORS, *GROUND, "jaxtyping"} == set()


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_says_what_it_takes_gives_and_how_it_is_used(name: str) -> None:
    thing = getattr(freqlib, name)
    text = inspect.getdoc(thing) or ""
    assert text.split("\n\n")[0].endswith(".")
    assert "Example:" in text
    assert ">>> " in text
    if isinstance(thing, type) and issubclass(thing, Exception):
        return
    assert "Args:" in text
    for parameter in inspect.signature(thing).parameters:
        assert f"{parameter}:" in text or f"*{parameter}" in text, f"{name} does not describe {parameter}"
    assert "Returns:" in text or isinstance(thing, type)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name: str, tmp_path: Path, monkeypatch) -> None:
    if name.endswith("__main__"):
        pytest.skip("importing it would start the command line")
    module = importlib.import_module(name)
    monkeypatch.chdir(tmp_path)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    result = doctest.testmod(module, optionflags=options)
    assert result.failed == 0
