"""What tests found, printed at the end of the run, also where the tests run in other processes."""

import pytest

Sections = dict[str, list[str]]

FOUND = pytest.StashKey[Sections]()


def keep(config: pytest.Config, title: str, lines: list[str]) -> None:
    """Keep lines to print; a process of pytest-xdist hands them to the one that prints."""
    found = config.stash.setdefault(FOUND, {})
    found[title] = lines
    if hasattr(config, "workeroutput"):
        config.workeroutput["sections"] = found
