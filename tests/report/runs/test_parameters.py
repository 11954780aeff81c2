"""Parameters of notebooks: unknown names and wrong types are refused before anything runs."""

from typing import Any

import nbformat
import pytest

from freqlib.errors import InputError
from freqlib.report.runs.parameters import check, parse, read_parameters

CELL = """\
epochs: int = 5  # passes over the training set
rate: float = 1e-3  # of learning
model: str = "resnet18"  # name of the model
layers: list[str] = []  # of the model
grey: bool = True
sizes: list[int] = [1, 2]
"""


def notebook(*cells: str, tags: tuple[str, ...] = ("parameters",)) -> nbformat.NotebookNode:
    made = [nbformat.v4.new_code_cell(cell, metadata={"tags": list(tags)}) for cell in cells]
    return nbformat.v4.new_notebook(cells=made)


PARAMETERS = read_parameters(notebook(CELL), "train")


def test_the_cell_is_read_with_types_defaults_and_help() -> None:
    assert {p.name: p.default for p in PARAMETERS.values()} == {
        "epochs": 5,
        "rate": 1e-3,
        "model": "resnet18",
        "layers": [],
        "grey": True,
        "sizes": [1, 2],
    }
    assert PARAMETERS["epochs"].describe() == "epochs: int (passes over the training set)"
    assert PARAMETERS["layers"].describe() == "layers: list[str] (of the model)"
    assert PARAMETERS["grey"].help == ""
    assert PARAMETERS["sizes"].type == list[int]


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ('name: str = "# no help"', ""),
        ('name: str = "é # no help"  # é, help # all of it', "é, help # all of it"),
        ('name: list[str] = [\n    "a",  # no help\n    "#",\n]  # help', "help"),
    ],
)
def test_help_is_the_comment_behind_the_value(cell: str, told: str) -> None:
    assert read_parameters(notebook(cell), "train")["name"].help == told


def test_a_notebook_without_the_cell_has_no_parameters() -> None:
    plain = read_parameters(notebook("epochs = 5", tags=()), "train")
    assert plain == {}
    with pytest.raises(InputError, match="no parameter 'epochs'; it has none"):
        parse({"epochs": "5"}, plain, "train")


@pytest.mark.parametrize(
    "line",
    [
        "epochs = 2 * n",
        "import os",
        "epochs: int = 1.5",
        "epochs: int",
        "epochs = 1",
        "weights: str | None = None",
        "a = b = 1",
        "epochs: Path = 1",
        "epochs: os.system('true') = 1",
    ],
)
def test_a_cell_of_anything_but_literals_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="The parameters cell of train has the line"):
        read_parameters(notebook(line), "train")


def test_a_cell_that_is_no_python_is_refused() -> None:
    with pytest.raises(InputError, match="no Python"):
        read_parameters(notebook("epochs: int ="), "train")


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("epochs", "7", 7),
        ("rate", "1e-2", 1e-2),
        ("rate", "1", 1),
        ("model", "5", "5"),
        ("model", "none", "none"),
        ("grey", "false", False),
        ("grey", "True", True),
        ("layers", "layer1,layer2", ["layer1", "layer2"]),
        ("layers", "0,1", ["0", "1"]),
        ("layers", "layer1", ["layer1"]),
        ("layers", "['layer1']", ["layer1"]),
        ("layers", "none,null", ["none", "null"]),
        ("sizes", "3,4", [3, 4]),
    ],
)
def test_texts_become_values_of_the_parameters_type(name: str, text: str, value: Any) -> None:
    found = parse({name: text}, PARAMETERS, "train")[name]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("epochs", "1e-3", "int"),
        ("epochs", "5.0", "int"),
        ("epochs", "true", "int"),
        ("epochs", "many", "int"),
        ("rate", "fast", "float"),
        ("rate", "true", "float"),
        ("grey", "1", "bool"),
        ("grey", "yes", "bool"),
    ],
)
def test_texts_of_the_wrong_type_are_refused(name: str, text: str, wanted: str) -> None:
    with pytest.raises(InputError, match=rf"'{name}' of notebook train is {text}, but must be {wanted};") as refusal:
        parse({name: text}, PARAMETERS, "train")
    assert all(p.describe() in str(refusal.value) for p in PARAMETERS.values())
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "values", [{"epochs": 1.0}, {"epochs": True}, {"grey": 1}, {"model": None}, {"layers": [1]}, {"layers": "layer1"}]
)
def test_values_of_the_wrong_type_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="but must be"):
        check(values, PARAMETERS, "train")


def test_values_that_fit_pass_and_an_int_may_be_a_float() -> None:
    values = {"rate": 1, "layers": ["layer1"]}
    assert check(values, PARAMETERS, "train") == values


def test_unknown_names_are_refused_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"no parameter 'epoch'; its parameters are: epochs: int \(passes over"):
        check({"epoch": 1}, PARAMETERS, "train")


def test_an_empty_text_is_an_empty_list() -> None:
    assert parse({"layers": ""}, PARAMETERS, "train") == {"layers": []}
