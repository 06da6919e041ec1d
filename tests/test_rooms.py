"""The rooms of the library: which there are, and that imports point down."""

import ast
from pathlib import Path

import pytest

import aip
from aip.study.code import PLUMBING, SCIENCE, is_science, module_file

PACKAGE = Path(aip.__file__).parent
SCRIPTS = sorted((Path(__file__).parents[1] / "workflow/scripts").glob("*.py"))

# From the top floor down; rooms of one floor may import each other in one direction only.
FLOORS = (
    ("commands", "run"),
    ("study",),
    ("protect", "show"),
    ("game", "perturb", "recognise"),
    ("process", "album"),
    ("compute",),
    ("store", "download"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def arrows() -> dict[tuple[str, str], set[str]]:
    """By importing and imported room, the files that import."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0]
        if room not in FLOOR:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: a relative import"
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                package, _, rest = name.partition(".")
                other = rest.partition(".")[0]
                if package == "aip" and other in FLOOR and other != room:
                    found.setdefault((room, other), set()).add(str(path.relative_to(PACKAGE)))
    return found


def test_imports_point_down():
    up = {pair: files for pair, files in arrows().items() if FLOOR[pair[0]] > FLOOR[pair[1]]}
    assert up == {}


def test_rooms_of_one_floor_do_not_import_each_other_both_ways():
    found = arrows()
    assert [pair for pair in found if pair[::-1] in found] == []


def test_every_module_stands_in_a_room():
    loose = {path.name for path in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "errors.py"}
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name[0] != "_"}
    assert rooms <= FLOOR.keys()
    assert {*SCIENCE, *PLUMBING} == FLOOR.keys()


def imported(path: Path) -> set[str]:
    """The modules of the package that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("aip.") and module_file(name).is_file()}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_reaches_no_science_by_way_of_plumbing(script):
    """Plumbing is not digested, nor what it imports."""
    waiting = {name for name in imported(script) if not is_science(name)}
    seen = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        reached = imported(module_file(name))
        assert {other for other in reached if is_science(other)} == set(), name
        waiting |= reached - seen


def test_a_place_in_an_error_goes_by_its_name_to_other_modules():
    """A fingerprint knows ``where`` by its name, and by position within its own module alone."""
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] in SCIENCE
    }
    taken = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                names = [arg.arg for arg in node.args.args if arg.arg not in ("self", "cls")]
                if "where" in names:
                    taken[node.name] = (path, names.index("where"))
    assert "check_copies" in taken
    by_position = [
        f"{path}, line {node.lineno}: {name}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (name := getattr(node.func, "id", getattr(node.func, "attr", ""))) in taken
        and taken[name][0] != path
        and len(node.args) > taken[name][1]
    ]
    assert by_position == []
