"""Reading YAML safely, with limits on its size."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from aip.errors import BadInput
from aip.store.files import read_bounded

DEPTH = 20
VALUES = 100_000  # with those that aliases repeat
INTEGERS = 2**63
LARGEST = 2**24  # bytes of a file
TEMPLATES = "__use_yte__"
# Numbers that YAML 1.1 reads to the base 8 and 60: 010 is 8, and 1:30 is 90.
OLD = re.compile(r"[-+]?(0[0-9_]*[1-9][0-9_]*|[0-9_.]+(:[0-9_.]+)+)")


def parse(text: str) -> Any:
    """Read YAML.

    Raises
    ------
    yaml.YAMLError
        It is not YAML, has a key twice, a number to another base than 10 that does not look so, or
        a key that has Snakemake run its values as Python, or is more than `excess` allows.
    """
    try:
        found = yaml.load(text, _Loader)  # a safe loader
    except yaml.YAMLError:
        raise
    except Exception as error:
        # PyYAML passes on any error that a misleading text causes: 2001-99-99, !!bool maybe, an
        # integer of 5,000 digits, brackets without end.
        raise yaml.YAMLError(f"{type(error).__name__}: {error}") from error
    if isinstance(found, dict) and TEMPLATES in found:
        raise yaml.YAMLError(f"found the key {TEMPLATES!r}, with which a file runs Python code")
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
        return parse(read_bounded(path, LARGEST, what).decode())
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: {what} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        problem = getattr(error, "problem", None) or error
        raise BadInput(f"{path}{line}: not YAML: {problem}") from error


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which of a key that is there twice would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        found = super().construct_mapping(node, deep=deep)
        seen = set()
        for key in own:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"found the key {name!r} twice", key.start_mark
                )
            seen.add(name)
        return found

    def number(self, node: yaml.ScalarNode) -> Any:
        """Read a number, unless YAML and a person would read different ones."""
        if OLD.fullmatch(node.value):
            raise yaml.constructor.ConstructorError(
                None,
                None,
                f"found {node.value}, which YAML reads to another base; expected a number without "
                "zeros before it and colons, or text in quotes",
                node.start_mark,
            )
        whole = node.tag.endswith("int")
        return self.construct_yaml_int(node) if whole else self.construct_yaml_float(node)


for _kind in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _Loader.number)


def excess(found: Any) -> str:
    """Say what is too large in parsed YAML, or return an empty string.

    Aliases can make a few lines stand for more than fits into memory, or for a value that contains
    itself.

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
