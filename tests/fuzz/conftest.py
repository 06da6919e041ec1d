"""Fuzzed input: whatever is given, the answer is right or one sentence.

Each target of `fuzz.targets` is given what `fuzz.corpus` makes, valid and damaged. In CI the
examples are few and always the same, so that a change that has nothing to do with them cannot fail
by luck. By hand they are 10,000 for each test, others each time, and a failure prints how to see it
again::

    pytest tests/fuzz --hypothesis-profile=long

`python tests/fuzz/guided.py TARGET` lets atheris search the same targets by what code it reaches.
"""

from pathlib import Path

import pytest

import fuzz.profiles  # noqa: F401 — for the command line to choose from
from aip.album import photo


@pytest.fixture(autouse=True)
def _small_photos(monkeypatch) -> None:
    """Refuse what takes long to decode, so that examples are many; test_photo tests the largest."""
    monkeypatch.setattr(photo, "LARGEST", 2**20)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Return the folder where a test's examples work, one after the other."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
