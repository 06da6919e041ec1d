import shutil

import pytest

from aip import fingerprint
from aip.fingerprint import digest, file_digest, files_digest, module_file, source


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Copy the package's source to where it can be edited."""
    copy = tmp_path / "aip"
    shutil.copytree(fingerprint.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "PACKAGE", copy)
    return copy


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        '"""A step."""\n\nimport numpy as np\n\nfrom aip.perturb.craft import craft\n\ncraft(np)\n'
    )
    return path


def edit(path):
    path.write_text(path.read_text() + "\n# changed\n")


def test_a_digest_depends_on_the_values_and_not_on_the_order_of_keys():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    different = [digest(*v) for v in ([1], ["1"], [1.0], [1, 2], [[1, 2]], [None], [], [{"a": 1}])]
    assert len(set(different)) == 8
    assert digest("x", 1) == digest("x", 1)


@pytest.mark.parametrize(
    "module",
    [
        "perturb/craft.py",  # imported by the script
        "perturb/problem.py",  # imported by what it imports
        "perturb/descent.py",
        "recognise/recogniser.py",
        "process/resize.py",
        "artifacts.py",
        "draws.py",
        "heads.py",
    ],
)
def test_a_change_of_what_a_script_imports_however_deep_changes_its_digest(package, script, module):
    before = source(script)
    edit(package / module)
    assert source(script) != before


@pytest.mark.parametrize(
    "module",
    ["cli.py", "game/equilibrium.py", "perturb/gaman.py", "process/blur.py", "study/asked.py"],
)
def test_a_change_of_what_it_does_not_import_does_not(package, script, module):
    before = source(script)
    edit(package / module)
    assert source(script) == before


@pytest.mark.parametrize("lookup", ["perturb", "process", "album"])
def test_a_new_line_in_a_lookup_changes_nothing(package, script, lookup):
    before = source(script, "aip.perturb.gaman")
    edit(package / lookup / "__init__.py")
    assert source(script, "aip.perturb.gaman") == before


def test_a_page_that_is_looked_up_counts_with_all_that_it_imports(package, script):
    before = {m: source(script, f"aip.perturb.{m}") for m in ("gaman", "bi", "ga")}
    assert len({*before.values(), source(script)}) == 4
    edit(package / "perturb" / "ga.py")  # bi takes its loss from ga
    after = {m: source(script, f"aip.perturb.{m}") for m in before}
    assert after["gaman"] == before["gaman"]
    assert after["bi"] != before["bi"]
    assert after["ga"] != before["ga"]


def test_the_script_itself_counts_and_the_folder_does_not(script, tmp_path):
    before = source(script)
    moved = tmp_path / "elsewhere" / "script.py"
    moved.parent.mkdir()
    shutil.copy(script, moved)
    assert source(moved) == before
    edit(script)
    assert source(script) != before


def test_a_package_is_its_init_file():
    assert module_file("aip.perturb") == fingerprint.PACKAGE / "perturb" / "__init__.py"
    assert module_file("aip.perturb.gaman") == fingerprint.PACKAGE / "perturb" / "gaman.py"


def test_a_file_is_read_again_only_when_its_size_or_time_changed(tmp_path, monkeypatch):
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for photo in photos:
        photo.write_text(photo.name)
    cache, read = tmp_path / "cache" / "photos.json", []

    def watched(path):
        read.append(path.name)
        return file_digest(path)

    monkeypatch.setattr(fingerprint, "file_digest", watched)
    first = files_digest(photos, cache)
    assert files_digest(photos, cache) == first
    assert read == ["a.jpg", "b.jpg"]
    photos[1].write_text("longer than before")
    assert files_digest(photos, cache) != first
    assert read == ["a.jpg", "b.jpg", "b.jpg"]
    photos[1].unlink()
    assert files_digest(photos[:1], cache) != first


def test_what_only_carries_files_changes_no_digest(package, script):
    script.write_text("from aip.album.pipa import Pipa\nfrom aip.album.release import obtain\n")
    before = source(script)
    for name in fingerprint.CARRIERS:
        edit(module_file(name))
        assert source(script) == before
    edit(package / "album/annotation.py")
    assert source(script) != before
