"""The subcommands of ``aip``.

To add one, write its page, with a function ``add`` that gives it its parser and sets ``run``, and
put its name here.
"""

import argparse
from importlib import import_module
from typing import Any

COMMANDS = ("solve", "album", "compare", "status", "check")


def add_all(commands: "argparse._SubParsersAction[Any]") -> None:
    """Give each subcommand its parser."""
    for name in COMMANDS:
        import_module(f"{__name__}.{name}").add(commands)
