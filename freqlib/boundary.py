"""The edge of the package: arguments of public names are held to their type hints before anything runs."""

import sys
from typing import Any, TypeVar

from freqlib.errors import InputError

T = TypeVar("T")


def checked(public: T) -> T:
    """Return a public function or class that refuses arguments of other types than its hints name.

    Args:
        public: with hints; numpy's integers and floats count as Python's.

    Returns:
        The same, its arguments checked (of a long list, one entry drawn at random) with InputError; it takes the
        place of `public` in its module, where pickle looks for it.

    Example:
        >>> def double(x: float) -> float:
        ...     return 2 * x
        >>> checked(double)("3")
        Traceback (most recent call last):
        ...
        freqlib.errors.InputError: ...double() parameter x='3' violates type hint <class 'float'>.
    """
    import numpy as np
    from beartype import BeartypeConf, BeartypeViolationVerbosity, FrozenDict, beartype

    conf = BeartypeConf(
        violation_param_type=InputError,
        violation_verbosity=BeartypeViolationVerbosity.MINIMAL,
        is_color=False,
        hint_overrides=FrozenDict({int: int | np.integer, float: float | int | np.integer | np.floating}),
    )
    public: Any = public
    refusing = beartype(conf=conf)(public)
    setattr(sys.modules[public.__module__], public.__name__, refusing)
    return refusing
