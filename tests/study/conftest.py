import shutil

import pytest

from aip.study import code


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the package's source to where it can be edited."""
    copy = tmp_path / "aip"
    shutil.copytree(code.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", copy)
    return copy
