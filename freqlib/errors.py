"""The one error a user sees: what was given, what was expected, what would do."""

import difflib
from collections.abc import Container, Iterable


class InputError(ValueError):
    """A refusal of an argument, in one sentence that says what would do instead.

    Example:
        >>> raise InputError("strength is -1, but must be 0 or larger.")
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: strength is -1, but must be 0 or larger.
    """


def one_of(value: object, choices: Iterable[str], what: str, most: int = 40) -> str:
    """Return `value` if it is among `choices`, or refuse it with the choices named.

    Args:
        value: what the user gave.
        choices: the allowed strings, in the order in which they are listed.
        what: the noun in the refusal, such as "band" or "model".
        most: list at most so many choices; beyond that only the closest ones are named.

    Returns:
        `value`, unchanged.

    Raises:
        InputError: `value` is not one of `choices`.

    Example:
        >>> one_of("low", ["low", "high"], "band")
        'low'
    """
    choices = list(choices)
    if isinstance(value, str) and value in choices:
        return value
    if len(choices) <= most:
        hint = "choose one of: " + ", ".join(choices)
    else:
        close = difflib.get_close_matches(str(value), choices, n=5, cutoff=0.4)
        hint = "did you mean: " + ", ".join(close) if close else f"{len(choices)} are known"
    raise InputError(f"Unknown {what} {value!r}; {hint}.")


def check_columns(table: Container[str], names: Iterable[str], source: str) -> None:
    """Refuse a table that lacks a column, such as one of another experiment.

    Args:
        table: or its columns.
        names: of the columns that it needs.
        source: of such tables, for the refusal.

    Raises:
        InputError: a column is missing.

    Example:
        >>> check_columns(["layer", "top1"], ["layer"], "sweep")
    """
    if missing := [name for name in names if name not in table]:
        raise InputError(f"The table lacks {', '.join(missing)}; pass what {source} returns.")


def as_numbers(values: float | Iterable[float], what: str, such_as: str) -> tuple[float, ...]:
    """Return numbers as plain floats, or refuse what is none; text is no number, even if it spells one.

    Args:
        values: one or several, NumPy's and torch's among them.
        what: they are, for the refusal.
        such_as: an example, for the refusal.

    Returns:
        All of them, one or more.

    Raises:
        InputError: another type, or none at all.

    Example:
        >>> as_numbers([0, 0.5], "Band edges", "[0, 0.3, inf]")
        (0.0, 0.5)
    """
    try:
        several = isinstance(values, Iterable) and getattr(values, "ndim", 1)  # an array may have no axis
        given = list(values) if several else [values]
        if not given or any(isinstance(value, str) for value in given):
            raise TypeError
        return tuple(float(value) for value in given)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} are {values!r}, but must be numbers, one or more, such as {such_as}.") from None


def check_seed(seed: int) -> None:
    """Refuse a seed that NumPy would not take.

    Args:
        seed: of a random draw.

    Raises:
        InputError: it is negative, or 2**32 or more.

    Example:
        >>> check_seed(7)
    """
    if not 0 <= seed < 2**32:
        raise InputError(f"seed is {seed!r}, but must be a whole number from 0 to 2**32 - 1.")


def some_of(given: str | Iterable[str] | None, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    """Return the named ones of some known names, or refuse one that is not known.

    Args:
        given: a name, several, or None for none.
        known: the names that would do.
        what: what is named, for the refusal.

    Returns:
        Each once, in the order in which they are known.

    Raises:
        InputError: an unknown name.

    Example:
        >>> some_of(["b", "a"], ("a", "b", "c"), "letter")
        ('a', 'b')
    """
    names = [given] if isinstance(given, str) else list(given or ())
    for name in names:
        one_of(name, known, what)
    return tuple(name for name in known if name in names)
