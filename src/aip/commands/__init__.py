"""The subcommands of ``aip``.

To add one, write a module with a function ``add`` that adds the command's parser and sets ``run``,
and put the module's name here.
"""

import argparse
from importlib import import_module
from typing import Any

COMMANDS = ("solve", "album", "heads", "compare", "page", "status", "check", "fetch")


def add_all(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the parser of each subcommand."""
    for name in COMMANDS:
        import_module(f"{__name__}.{name}").add(commands)
