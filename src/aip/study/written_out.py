"""What families, growths and frontiers write out into a config: its names must be free."""

from collections.abc import Mapping
from typing import Any

from aip.errors import BadInput


def add(config: Mapping[str, Any], section: str, name: str, entry: Any, by: str) -> None:
    """Add to a section what `by`, such as a growth, writes out."""
    if config[section].get(name) is not None:
        raise taken(section, name, by)
    config[section][name] = entry


def taken(section: str, name: str, by: str) -> BadInput:
    """Return the error for a name that is written out, and that another entry has, too."""
    return BadInput(f"config: {section}: the name {name!r} is taken twice, once by a {by}")
