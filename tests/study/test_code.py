import shutil
import sys
from pathlib import Path

import pytest

from aip.errors import BadInput
from aip.study import code
from aip.study.code import LAYOUT, PLUMBING, SCIENCE, Reader, module_file


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(
        '"""A step."""\n\nimport numpy as np\n\nfrom aip.album.heads import crop\n'
        "from aip.perturb.descent import descend\nfrom aip.recognise.cell import scores\n"
        "from aip.run.job import running\n\ncrop(np, descend, running, scores)\n"
    )
    return path


@pytest.fixture
def read(tmp_path):
    """Digest a script by a reader that has seen nothing yet but what others remembered."""
    return lambda script, *modules: Reader(tmp_path / "cache" / "code.json").code(script, *modules)


def edit(path, text="\nx = 1\n"):
    path.write_text(path.read_text() + text)


@pytest.mark.parametrize(
    "module",
    [
        "perturb/descent.py",  # imported by the script
        "perturb/problem.py",  # imported by what it imports
        "perturb/__init__.py",  # run before what is in it
        "recognise/recogniser.py",
        "process/resize.py",
        "compute/draws.py",
        "album/heads.py",
    ],
)
def test_an_edit_of_what_a_script_imports_however_deep_changes_its_own_line(
    package, script, module, read
):
    before = read(script)
    edit(package / module)
    after = read(script)
    name = f"aip.{module.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}"
    assert {each for each in after if before[each] != after[each]} == {name}
    assert before.keys() == after.keys()


@pytest.mark.parametrize(
    "module", ["game/equilibrium.py", "perturb/gaman.py", "process/blur.py", "show/payoff.py"]
)
def test_an_edit_of_science_that_it_does_not_import_changes_nothing(package, script, module, read):
    before = read(script)
    edit(package / module)
    assert read(script) == before


@pytest.mark.parametrize("room", PLUMBING)
def test_no_edit_of_plumbing_changes_anything(package, script, room, read):
    before = read(script)
    for path in (package / room).rglob("*.py"):
        edit(path)
    edit(package / "errors.py")
    edit(package / "__init__.py")
    assert read(script) == before


def test_a_comment_or_a_docstring_anywhere_changes_nothing(package, script, read):
    before = read(script)
    for path in package.rglob("*.py"):
        edit(path, '\n# Said otherwise.\n"""In words."""\n')
    edit(script, "# Said otherwise.\n")
    assert read(script) == before


def test_the_version_of_the_layout_counts(script, read, monkeypatch):
    before = read(script)
    monkeypatch.setattr(code, "LAYOUT_VERSION", 2)
    after = read(script)
    assert {name for name in after if before[name] != after[name]} == {LAYOUT}


@pytest.mark.parametrize("registry", ["perturb", "process", "album", "recognise/nets"])
def test_a_new_entry_in_a_registry_changes_nothing(package, script, registry, read):
    path = package / registry / "__init__.py"
    text = path.read_text()
    assert text.count(": Registry = {\n") >= 1
    asked = (script, f"aip.{registry.replace('/', '.')}")
    before = read(*asked)
    path.write_text(text.replace(": Registry = {\n", ': Registry = {\n    "mine": "mine",\n'))
    assert read(*asked) == before
    edit(path)
    assert read(*asked) != before


def test_a_module_that_is_looked_up_counts_with_all_that_it_imports(package, script, read):
    before = {m: read(script, f"aip.perturb.{m}") for m in ("gaman", "bi", "ga")}
    edit(package / "perturb" / "ga.py")  # bi takes its loss from ga
    after = {m: read(script, f"aip.perturb.{m}") for m in before}
    assert after["gaman"] == before["gaman"]
    assert after["bi"] != before["bi"]
    assert after["ga"] != before["ga"]


def test_what_a_module_imports_by_a_relative_import_counts(package, script, read):
    mine = package / "perturb" / "mine.py"
    mine.write_text(
        "from . import sharpen\nfrom .ga import log_probability\n\nlog_probability(sharpen)\n"
    )
    (package / "perturb" / "sharpen.py").write_text("amount = 1\n")
    before = read(script, "aip.perturb.mine")
    assert {"aip.perturb.sharpen", "aip.perturb.ga"} <= before.keys()
    edit(package / "perturb" / "sharpen.py")
    assert read(script, "aip.perturb.mine") != before


def test_the_script_itself_counts_and_the_folder_does_not(script, tmp_path, read):
    before = read(script)
    moved = tmp_path / "elsewhere" / "script.py"
    moved.parent.mkdir()
    shutil.copy(script, moved)
    assert read(moved) == before
    edit(script)
    assert read(script) != before


def test_code_from_outside_that_is_not_installed_is_refused(package, script, tmp_path, read):
    path = package / "process" / "blur.py"
    (tmp_path / "helper.py").write_text("x = 1\n")
    text = path.read_text()
    path.write_text(f"import numpy, json, scipy.stats\n{text}")
    assert read(script, "aip.process.blur")
    sys.path.insert(0, str(tmp_path))
    try:
        path.write_text(f"from helper import x\n{text}\nwidth = x\n")
        with pytest.raises(
            BadInput, match=r"blur\.py: it imports helper .*helper\.py\), whose code"
        ):
            read(script, "aip.process.blur")
    finally:
        sys.path.remove(str(tmp_path))


@pytest.mark.usefixtures("package")
def test_what_was_edited_is_named(script, tmp_path, read):
    code = read(script)
    reader = Reader(tmp_path / "other.json")
    assert reader.edited(code, script.parent) == []
    first = next(name for name in code if name.startswith("aip.") and name.count(".") == 2)
    edit(module_file(first))
    script.write_text(script.read_text() + "x = 1\n")
    edited = Reader(tmp_path / "other.json").edited(code, script.parent)
    assert edited == sorted([first, script.name])
    module_file(first).unlink()
    assert Reader(tmp_path / "other.json").edited(code, script.parent) == edited


def test_a_package_is_its_init_file():
    assert module_file("aip.perturb") == code.PACKAGE / "perturb" / "__init__.py"
    assert module_file("aip.perturb.gaman") == code.PACKAGE / "perturb" / "gaman.py"


def test_what_is_remembered_is_what_is_read(script, tmp_path, monkeypatch):
    cache = tmp_path / "cache" / "code.json"
    first = Reader(cache).code(script)
    parsed = []
    monkeypatch.setattr(code, "significant", lambda *given, **_: parsed.append(given))
    assert Reader(cache).code(script) == first
    assert parsed == []


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"reader": 1}', "null"])
def test_a_memory_that_is_damaged_is_forgotten(script, tmp_path, spoilt):
    cache = tmp_path / "cache" / "code.json"
    first = Reader(cache).code(script)
    cache.write_text(spoilt)
    assert Reader(cache).code(script) == first


def test_every_room_is_science_or_plumbing():
    rooms = {path.name for path in code.PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= {*SCIENCE, *PLUMBING}
    assert not {*SCIENCE} & {*PLUMBING}


@pytest.mark.parametrize("name", ["page.html", "page.css", "page.js"])
def test_texts_of_a_package_that_a_script_imports_count_and_their_comments_do_not(
    package, script, read, name
):
    """Nothing of them counts for the page's heads, which are made without them."""
    text = package / "show" / "page" / name
    heads = Path(__file__).parents[2] / "workflow/scripts/page_heads.py"
    assert f"aip.show.page/{name}" not in read(heads)
    assert f"aip.show.page/{name}" not in read(script)
    edit(script, "\nfrom aip.show.page.document import write_page\n\nwrite_page()\n")
    before = read(script)
    edit(text, "\n  // Said otherwise.\n\n")
    assert read(script) == before
    edit(text, "\nmore\n")
    after = read(script)
    assert {each for each in after if before[each] != after[each]} == {f"aip.show.page/{name}"}
    reader = Reader(script.parent / "other.json")
    assert reader.edited(before, script.parent) == [f"aip.show.page/{name}"]
    assert reader.edited(after, script.parent) == []
    text.unlink()
    assert reader.edited(after, script.parent) == [f"aip.show.page/{name}"]
