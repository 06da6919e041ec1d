"""The code that an artifact follows from: a script, and the science that it imports.

The library's rooms decide. Rooms of science hold code that can change a number or a picture, so
they count. Rooms of plumbing hold code that cannot, so they do not. The layout of files has a
version of its own.
"""

import ast
import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from aip.errors import BadInput
from aip.store import LAYOUT_VERSION
from aip.store.digest import digest, file_digest
from aip.store.files import whole
from aip.study import syntax
from aip.study.syntax import dump, significant

PACKAGE = Path(__file__).parents[1]

SCIENCE = ("album", "recognise", "process", "perturb", "game", "protect", "show", "compute")
PLUMBING = ("study", "store", "download", "run", "commands")

LAYOUT = "the layout of files"

# What a package of science has beside its modules: text that goes into what it makes.
TEXTS = (".html", ".css", ".js")

# Folders of installed packages; their versions are pinned.
INSTALLED = {"site-packages", "dist-packages"}

READERS = (Path(__file__), Path(syntax.__file__))

Code = dict[str, str]


class Reader:
    """Reads code, each content once.

    Parameters
    ----------
    cache : Path
        A JSON file that remembers what was read, by content; it may be deleted at any time.
    """

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._files: dict[Path, tuple[str, list[str]]] = {}
        # Another version of Python, or of the code that reads, must not use what is remembered.
        self._reader = digest(sys.version_info[:2], *map(file_digest, READERS))
        self._known = self._remembered()

    def code(self, script: Path, *modules: str) -> Code:
        """Digest a script, modules of science, and all of science that they import.

        Parameters
        ----------
        script : Path
            A script of the workflow.
        *modules : str
            Names of further modules that it looks up at run time, such as ``aip.process.blur``.

        Returns
        -------
        dict
            By module, in alphabetical order, the digest of all in it that can change a number. The
            script has the name of its file. The version of the files' layout is an entry, too, and
            so are templates, styles and scripts in a package that it imports.
        """
        digests = {LAYOUT: str(LAYOUT_VERSION)}
        digests[script.name], imports = self._read(script, "")
        importers = dict.fromkeys([*imports, *modules], script)
        while importers:
            name, importer = importers.popitem()
            package = name.partition(".")[0]
            if not is_own(name) and (place := _foreign(package)):
                raise BadInput(
                    f"{importer}: it imports {package} ({place}), whose code is in no fingerprint; "
                    "expected code in src/aip, or an installed package"
                )
            if name in digests or not is_science(name) or not module_file(name).is_file():
                continue
            path = module_file(name)
            digests[name], imports = self._read(path, name)
            digests |= {f"{name}/{text.name}": _text(text) for text in _texts(path)}
            importers |= dict.fromkeys([*imports, name.rpartition(".")[0]], path)
        self._remember()
        return dict(sorted(digests.items()))

    def edited(self, code: Code, scripts: Path) -> list[str]:
        """Return the modules whose code is no longer what it was when `code` was digested.

        Parameters
        ----------
        code : dict
            From `code`.
        scripts : Path
            The folder of the workflow's scripts.
        """
        return [name for name, found in code.items() if self._now(name, scripts) != found]

    def _now(self, name: str, scripts: Path) -> str:
        if name == LAYOUT:
            return str(LAYOUT_VERSION)
        package, _, text = name.partition("/")
        if text:
            path = module_file(package).parent / text
            return _text(path) if path.is_file() else ""
        own = is_own(name)
        path = module_file(name) if own else scripts / name
        return self._read(path, name if own else "")[0] if path.is_file() else ""

    def _read(self, path: Path, name: str) -> tuple[str, list[str]]:
        """Return a file's digest and what it imports; `name` is its own, for relative imports."""
        if path in self._files:
            return self._files[path]
        content = path.read_bytes()
        key = digest(name, hashlib.sha256(content).hexdigest())
        if key not in self._known:
            is_package = path.name == "__init__.py"
            tree = significant(content.decode(), exports=is_package)
            imports = {
                module
                for node in ast.walk(tree)
                for module in _imported(node, name, is_package=is_package)
            }
            outside = {name.partition(".")[0] for name in imports if not is_own(name)}
            imports = {*filter(is_science, imports), *outside - sys.stdlib_module_names}
            self._known[key] = (digest(dump(tree)), sorted(imports))
        self._files[path] = self._known[key]
        return self._files[path]

    def _remembered(self) -> dict[str, tuple[str, list[str]]]:
        self._written = 0
        try:
            found = json.loads(self._cache.read_text(encoding="utf-8"))
            if found["reader"] != self._reader:
                return {}
            known = {
                key: (str(one), list(map(str, us))) for key, (one, us) in found["known"].items()
            }
        except (OSError, ValueError, TypeError, KeyError, AttributeError):  # missing, or damaged
            return {}
        self._written = len(known)
        return known

    def _remember(self) -> None:
        if len(self._known) > self._written:
            with whole(self._cache) as beside:
                text = json.dumps({"reader": self._reader, "known": self._known})
                beside.write_text(text, encoding="utf-8")
            self._written = len(self._known)


def is_own(name: str) -> bool:
    """Say whether a module is of this package.

    Examples
    --------
    >>> is_own("aip.perturb.gaman"), is_own("aip"), is_own("aipx"), is_own("cell.py")
    (True, True, False, False)
    """
    return name.partition(".")[0] == "aip"


def is_science(name: str) -> bool:
    """Say whether a module is science, and so counts.

    Examples
    --------
    >>> is_science("aip.perturb.gaman"), is_science("aip.store.hdf5"), is_science("numpy")
    (True, False, False)
    """
    package, _, rest = name.partition(".")
    return package == "aip" and rest.partition(".")[0] in SCIENCE


def module_file(name: str) -> Path:
    """Return the file of a module of the package."""
    path = PACKAGE.joinpath(*name.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _texts(module: Path) -> list[Path]:
    """Return the texts beside the modules of a package; none for a module that is no package."""
    if module.name != "__init__.py":
        return []
    return sorted(path for path in module.parent.iterdir() if path.suffix in TEXTS)


def _text(path: Path) -> str:
    """Digest a text: its lines without indentation, blank lines and lines of comment."""
    lines = map(str.strip, path.read_text(encoding="utf-8").splitlines())
    return digest([line for line in lines if line and not line.startswith("//")])


@cache
def _foreign(package: str) -> Path | None:
    """Return where a package lies that is neither installed nor this one; else None."""
    try:
        found = find_spec(package) if package else None
    except ValueError:  # __main__ has no place
        return None
    places = [] if found is None else [found.origin, *(found.submodule_search_locations or ())]
    files = [Path(place) for place in places if place and Path(place).is_absolute()]
    installed = any(INSTALLED.intersection(file.parts) for file in files)
    return files[0] if files and not installed else None


def _imported(node: ast.AST, name: str, *, is_package: bool) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if node.level:
            parts = name.split(".")
            above = parts[: len(parts) - node.level + is_package]
            module = ".".join([*above, *([module] if module else [])])
        yield module
        yield from (f"{module}.{alias.name}" for alias in node.names)
