"""YAML from outside: read safely, and of a size that can be worked through."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from aip.errors import BadInput

DEPTH = 20
VALUES = 100_000  # with those that aliases repeat
INTEGERS = 2**63


def parse(text: str) -> Any:
    """Read YAML.

    Raises
    ------
    yaml.YAMLError
        It is not YAML, or more than `excess` allows.
    """
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError:
        raise
    except Exception as error:
        # PyYAML passes on whatever a text meets that is not what it looks like: 2001-99-99, !!bool
        # maybe, an integer of 5,000 digits, brackets without end.
        raise yaml.YAMLError(f"{type(error).__name__}: {error}") from error
    if too_much := excess(found):
        raise yaml.YAMLError(too_much)
    return found


def read(path: Path, what: str) -> Any:
    """Read a YAML file; `what` it holds goes into the error.

    Raises
    ------
    BadInput
        The file cannot be read or is not YAML, or holds more than `excess` allows.
    """
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {what} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        problem = getattr(error, "problem", None) or error
        raise BadInput(f"{path}{line}: not YAML: {problem}") from error


def excess(found: Any) -> str:
    """Say what of YAML that was read is too much to work through; nothing where it is not.

    Aliases can make a few lines stand for more than fits into memory, or for what holds itself.

    Examples
    --------
    >>> excess({"seed": 2**70})
    'seed: found an integer of 71 bits, expected at most 63'
    """
    values = 0
    waiting: list[tuple[tuple[str, ...], Any]] = [((), found)]
    while waiting:
        keys, value = waiting.pop()
        values += 1
        where = ".".join(keys) or "top level"
        if len(keys) > DEPTH:
            return f"{'.'.join(keys[:3])}: nested deeper than {DEPTH} levels"
        if values > VALUES:
            return f"{where}: it and what comes before are more than {VALUES:,} values"
        if isinstance(value, int) and abs(value) >= INTEGERS:
            bits = value.bit_length()
            return f"{where}: found an integer of {bits} bits, expected at most 63"
        if isinstance(value, Mapping):
            for key in value:
                if isinstance(key, int) and abs(key) >= INTEGERS:
                    return f"{where}: found a key that is an integer of {key.bit_length()} bits"
            waiting += [((*keys, str(key)), entry) for key, entry in value.items()]
        elif isinstance(value, list | tuple | set):
            waiting += [((*keys, str(number)), entry) for number, entry in enumerate(value)]
    return ""
