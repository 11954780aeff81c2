"""The notebooks: each script has its .ipynb twin without outputs, and holds no algorithm."""

import ast
from pathlib import Path

import jupytext
import nbformat
import pytest
from jupytext.compare import compare_notebooks

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))
LONGEST = 8  # lines of a function that only arranges what is shown; anything more belongs in the package

pytestmark = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


def twin(script: Path) -> nbformat.NotebookNode:
    path = script.with_suffix(".ipynb")
    assert path.is_file(), f"{path.name} is missing; write it with `make notebooks`"
    return nbformat.read(path, as_version=4)


def test_twin_holds_the_same_cells(script):
    try:
        compare_notebooks(twin(script), jupytext.read(script), compare_outputs=False, compare_ids=False)
    except jupytext.compare.NotebookDifference as difference:
        pytest.fail(f"{script.name} and its .ipynb differ; write it with `make notebooks`: {difference}")


def test_twin_has_no_outputs(script):
    for cell in twin(script).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_twin_has_stable_cell_ids(script):
    assert [cell.id for cell in twin(script).cells] == [str(i) for i in range(len(twin(script).cells))]


def test_notebook_runs_where_its_paths_begin(script):
    first = next(c for c in jupytext.read(script).cells if c.cell_type == "code")
    assert "\nos.chdir(checkout())" in first.source  # Jupyter starts it in its own folder


def test_notebook_has_one_parameters_cell_of_commented_literals(script):
    cells = [c for c in jupytext.read(script).cells if "parameters" in c.metadata.get("tags", [])]
    assert len(cells) == 1
    for node in ast.parse(cells[0].source).body:
        assert isinstance(node, ast.AnnAssign), f"not `name: type = value`: {ast.unparse(node)}"
        ast.literal_eval(node.value)
        assert "#" in cells[0].source.splitlines()[node.end_lineno - 1], f"no comment: {ast.unparse(node)}"


def test_no_line_of_prose_is_taken_for_a_comment(script):
    """MyST drops a line that begins with a per cent sign."""
    prose = [cell.source for cell in twin(script).cells if cell.cell_type == "markdown"]
    assert not [line for text in prose for line in text.splitlines() if line.lstrip().startswith("%")]


def test_notebook_holds_no_algorithm(script):
    for node in ast.walk(ast.parse(script.read_text())):
        assert not isinstance(node, ast.ClassDef), f"class {node.name} belongs in the package"
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno - node.lineno < LONGEST, f"{node.name} belongs in the package"
