"""Which numbers a caller may give: Python's own or NumPy's, but no booleans."""

import sys
from numbers import Integral, Real
from typing import SupportsFloat, SupportsIndex, TypeGuard

from aip.errors import BadInput


def is_whole(value: object) -> TypeGuard[SupportsIndex]:
    """Tell whether a value is a whole number, which `int` makes Python's own.

    Examples
    --------
    >>> import numpy as np
    >>> is_whole(3), is_whole(np.int64(3)), is_whole(3.0), is_whole(True)
    (True, True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_finite(value: object) -> TypeGuard[SupportsFloat]:
    """Tell whether a value is a finite number, which `float` makes Python's own.

    Examples
    --------
    >>> import numpy as np
    >>> is_finite(1), is_finite(np.float32(0.5)), is_finite(float("nan")), is_finite("1")
    (True, True, False, False)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    number = int(value) if isinstance(value, Integral) else float(value)
    return abs(number) <= sys.float_info.max


def check_at_least_0(value: float, where: str) -> float:
    """Refuse what is no finite number of at least 0; return it as Python's own."""
    if not is_finite(value) or value < 0:
        raise BadInput(f"{where}: found {value!r}, expected a number of at least 0")
    return float(value)


def check_size(size: tuple[int, int], *, where: str) -> tuple[int, int]:
    """Refuse a size that is no (height, width) in pixels; return it as Python's own integers."""
    if isinstance(size, tuple | list) and len(size) == 2:
        height, width = size
        if is_whole(height) and is_whole(width) and min(height, width) >= 1:
            return int(height), int(width)
    raise BadInput(f"{where}: found {size!r}, expected (height, width) in pixels")
