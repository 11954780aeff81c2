"""The edge of the package: arguments of public names are held to their type hints before anything runs."""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import wraps
from inspect import get_annotations, isfunction
from typing import Any, TypeVar, get_args, get_origin

from freqlib.errors import InputError

T = TypeVar("T")
LONGEST = 60  # of a value that is shown
# What would do where a type is not met whose name does not say it.
WOULD_DO = {
    "Images": "give a tuple of two tensors (images, integer labels), or what load_data returns",
    "Bands": "see Bands.seven()",
}


class WrongType(InputError):
    """An argument of another type than its hint names, in one sentence.

    Args:
        message: from beartype.
    """

    def __init__(self, message: str) -> None:
        said = re.search(r"parameter (\w+)=(.*?) violates type hint (.*?)(?:, (?:as|not) .*)?\.?$", message, re.DOTALL)
        if said:
            name, value, hint = (" ".join(part.split()) for part in said.groups())
            hint = re.sub(r"<class '(.*?)'>", r"\1", hint)
            hint = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", hint)
            value = value.strip('"')  # of None, which beartype quotes
            value = value if len(value) <= LONGEST else value[:LONGEST] + "..."
            would_do = "".join(f"; {words}" for kind, words in WOULD_DO.items() if re.search(rf"\b{kind}\b", hint))
            message = f"{name} is {value}, but must be of type {hint}{would_do}."
        super().__init__(message)


def checked(public: T) -> T:
    """Return a public function or class that refuses arguments of other types than its hints name.

    Args:
        public: with hints; numpy's integers and floats count as Python's.

    Returns:
        The same, its arguments checked with InputError, the entries of lists and the like apart: beartype would look at
        one, drawn from the caller's random numbers. It takes the place of `public` in its module, where pickle looks.

    Example:
        >>> def double(x: float) -> float:
        ...     return 2 * x
        >>> checked(double)("3")
        Traceback (most recent call last):
        ...
        freqlib.boundary.WrongType: x is '3', but must be of type float.
    """
    import numpy as np
    from beartype import BeartypeConf, BeartypeViolationVerbosity, FrozenDict, beartype

    functions = [public, *(part for part in vars(public).values() if isfunction(part))]
    hints = [hint for function in functions for hint in get_annotations(function).values()]
    containers = {part: get_origin(part) for hint in hints for part in _containers(hint)}
    conf = BeartypeConf(
        violation_param_type=WrongType,
        violation_verbosity=BeartypeViolationVerbosity.MINIMAL,
        is_color=False,
        hint_overrides=FrozenDict({int: int | np.integer, float: float | int | np.integer | np.floating, **containers}),
    )
    public: Any = public
    refusing = beartype(conf=conf)(public)
    if isfunction(public):
        refusing = _with_plain_numbers(refusing)
    setattr(sys.modules[public.__module__], public.__name__, refusing)
    return refusing


def _with_plain_numbers(function: Any) -> Any:
    """Give a function Python's numbers for numpy's, which neither torch's generators nor its files take."""
    import numpy as np

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        plain = [value.item() if isinstance(value, np.generic) else value for value in (*args, *kwargs.values())]
        return function(*plain[: len(args)], **dict(zip(kwargs, plain[len(args) :], strict=True)))

    return called


def _containers(hint: Any) -> Iterator[Any]:
    """Yield the parts of a hint that say what a container of any length holds."""
    origin, parts = get_origin(hint), get_args(hint)
    if isinstance(origin, type) and issubclass(origin, Iterable) and (origin is not tuple or Ellipsis in parts):
        yield hint
    for part in parts:
        yield from _containers(part)
