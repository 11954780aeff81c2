"""A notebook's parameters: read from its parameters cell, and checked before anything runs."""

import ast
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat

from freqlib.errors import InputError

_NAMES = {"int": int, "float": float, "bool": bool, "str": str, "list": list}


@dataclass(frozen=True)
class Parameter:
    """One line `name: type = literal  # help` of a parameters cell.

    Args:
        name: as the notebook spells it.
        type: of its values: int, float, bool, str, or a list of one of them.
        default: the literal.
        help: the comment behind it.

    Example:
        >>> Parameter("epochs", int, 5, "passes over the training set").describe()
        'epochs: int (passes over the training set)'
    """

    name: str
    type: Any
    default: Any
    help: str

    def describe(self) -> str:
        """Return name, type and help in one phrase.

        Returns:
            Such as "epochs: int (passes over the training set)".

        Example:
            >>> Parameter("grey", bool, False, "").describe()
            'grey: bool'
        """
        return f"{self.name}: {_spell(self.type)}" + (f" ({self.help})" if self.help else "")


def read_parameters(notebook: nbformat.NotebookNode, name: str) -> dict[str, Parameter]:
    """Return the parameters of a notebook.

    Args:
        notebook: with at most one cell that has the tag "parameters".
        name: of the notebook, for the refusals.

    Returns:
        Name to parameter, in the order of the cell; empty without such a cell.

    Raises:
        InputError: a line of the cell that is not `name: type = literal`.

    Example:
        >>> cell = nbformat.v4.new_code_cell("epochs: int = 5  # passes", metadata={"tags": ["parameters"]})
        >>> read_parameters(nbformat.v4.new_notebook(cells=[cell]), "train")["epochs"].help
        'passes'
    """
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    source = "\n".join(cell.source for cell in tagged)
    try:
        nodes = ast.parse(source).body
    except SyntaxError as error:
        raise InputError(f"The parameters cell of {name} is no Python: {error.msg} in {error.text!r}.") from None
    lines = source.encode().split(b"\n")  # as Python counts: columns are bytes
    found = [_parameter(node, lines[node.end_lineno - 1][node.end_col_offset :].decode(), name) for node in nodes]
    return {parameter.name: parameter for parameter in found}


def check(values: Mapping[str, Any], parameters: Mapping[str, Parameter], name: str) -> dict[str, Any]:
    """Return values for parameters, or refuse the first that does not fit.

    Args:
        values: from a profile or a script; an int may stand for a float, nothing else for anything else.
        parameters: of the notebook, from `read_parameters`.
        name: of the notebook, for the refusals.

    Returns:
        `values` as a new dictionary.

    Raises:
        InputError: an unknown name or a value of the wrong type; it lists the parameters, their types and help.

    Example:
        >>> check({"rate": 1}, {"rate": Parameter("rate", float, 0.1, "")}, "train")
        {'rate': 1}
    """
    for key, value in values.items():
        if not _fits(value, _known(key, parameters, name).type):
            raise _refusal(key, repr(value), parameters, name)
    return dict(values)


def parse(texts: Mapping[str, str], parameters: Mapping[str, Parameter], name: str) -> dict[str, Any]:
    """Return the values that texts of a command line mean.

    Args:
        texts: name to text: a literal such as 5, 1e-3, true or [1, 2], or plain text where a string is wanted;
            a list may also be spelled a,b,c.
        parameters: of the notebook, from `read_parameters`.
        name: of the notebook, for the refusals.

    Returns:
        Name to value, each of its parameter's type.

    Raises:
        InputError: as by `check`.

    Example:
        >>> parse({"layers": "layer1,layer2"}, {"layers": Parameter("layers", list[str], [], "")}, "train")
        {'layers': ['layer1', 'layer2']}
    """
    values = {}
    for key, text in texts.items():
        kind = _known(key, parameters, name).type
        parts = [part.strip() for part in text.split(",") if part.strip()]
        meant = [text] if kind is str else [_literal(text), text, [_literal(part) for part in parts], parts]
        fitting = [value for value in meant if _fits(value, kind)]
        if not fitting:
            raise _refusal(key, text, parameters, name)
        values[key] = fitting[0]
    return values


def _parameter(line: ast.stmt, behind: str, name: str) -> Parameter:
    try:
        match line:
            case ast.AnnAssign(target=ast.Name(id=key), annotation=annotation, value=ast.expr() as value):
                default = ast.literal_eval(value)
                # Names of plain types only, so this can run nothing else.
                kind = eval(ast.unparse(annotation), {"__builtins__": {}}, _NAMES)
            case _:
                raise ValueError
        if not _fits(default, kind):
            raise ValueError
    except (ValueError, TypeError, NameError, AttributeError):
        raise InputError(
            f"The parameters cell of {name} has the line {ast.unparse(line)!r}, but each must read "
            "`name: type = literal  # help`, with int, float, bool, str or list[...] as the type."
        ) from None
    return Parameter(key, kind, default, behind.partition("#")[2].lstrip("# "))


def _fits(value: Any, kind: Any) -> bool:
    if kind is float:
        return type(value) in (int, float)
    if typing.get_origin(kind) is list:
        return type(value) is list and all(_fits(v, typing.get_args(kind)[0]) for v in value)
    return type(value) is kind  # so that True is no int, and 1 no bool


def _literal(text: str) -> Any:
    spelled = {"true": "True", "false": "False"}
    try:
        value = ast.literal_eval(spelled.get(text.strip().lower(), text.strip()))
    except (ValueError, SyntaxError):
        return text.strip()
    return list(value) if isinstance(value, tuple) else value


def _known(key: str, parameters: Mapping[str, Parameter], name: str) -> Parameter:
    if key not in parameters:
        raise InputError(f"Notebook {name} has no parameter {key!r}; {_list(parameters)}.")
    return parameters[key]


def _refusal(key: str, value: str, parameters: Mapping[str, Parameter], name: str) -> InputError:
    wanted = _spell(parameters[key].type)
    return InputError(f"Parameter {key!r} of notebook {name} is {value}, but must be {wanted}; {_list(parameters)}.")


def _list(parameters: Mapping[str, Parameter]) -> str:
    known = ", ".join(parameter.describe() for parameter in parameters.values())
    return f"its parameters are: {known}" if known else "it has none"


def _spell(kind: Any) -> str:
    return kind.__name__ if type(kind) is type else str(kind)
