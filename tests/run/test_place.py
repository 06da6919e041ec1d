import os
import shutil
import subprocess
import sys

import pytest

from aip.run.place import wrong_place
from aip.store.checkout import ROOT


@pytest.mark.parametrize("character", [*" \n\"'$&();*{}", "|", "\t"])
def test_setup_names_the_character_that_no_path_of_a_checkout_may_have(tmp_path, character):
    folder = tmp_path / f"a{character}b"
    folder.mkdir()
    script = ROOT / "src/aip/run/place.py"
    done = subprocess.run(
        [sys.executable, script], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"found {character!r} in the path" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_make_setup_ends_before_it_makes_anything(tmp_path):
    folder = tmp_path / "a b"
    shutil.copytree(ROOT / "src/aip/run", folder / "src/aip/run")
    for name in ("Makefile", "pyproject.toml", "requirements.txt", "requirements-build.txt"):
        shutil.copy(ROOT / name, folder)
    done = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"],
        cwd=folder,
        env={**os.environ, "PIP_NO_INDEX": "1"},  # nothing is fetched if this test fails
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "found ' ' in the path" in done.stderr
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("path", ["/home/é/aip", "/a#b", "/a%b", "/a,b", "/a-b_c.d+e=f@g:h"])
def test_other_characters_may_be_there(path):
    assert wrong_place(path) == ""
