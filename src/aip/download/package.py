"""Files out of a package of a registry, by the registry's own client, with nothing of it run."""

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aip.download.unpack import unpack
from aip.errors import BadInput, unknown

LARGEST = 2**31  # bytes of a file
LONGEST = 1800  # seconds that a client may take

# What fetches a package's archive into the current folder. Neither client runs anything of it: npm
# packs what a registry has without scripts, and is told so; pip takes wheels, never a source
# distribution, whose setup it would run.
CLIENTS = {
    "npm": [
        *("npm", "pack", "--ignore-scripts", "--no-update-notifier", "--loglevel=error"),
        *("--cache=cache", "--fetch-retries=1", "--pack-destination=.", "{package}@{version}"),
    ],
    "pypi": [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--disable-pip-version-check", "--no-input", "--no-cache-dir", "--quiet"),
        *("--retries=1", "--dest=.", "{package}=={version}"),
    ],
}

# Of what a client says, the first line that is an error in words.
REASON = re.compile(r"^(?:npm error|npm ERR!|ERROR:) +(?!code|errno|syscall)(\S.*)", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """A version of a package in a registry.

    Attributes
    ----------
    registry : str
        ``npm`` or ``pypi``.
    name, version : str
    """

    registry: str
    name: str
    version: str

    @classmethod
    def read(cls, given: Any, where: str) -> "Package":
        """Read a package as ``{registry: …, name: …, version: …}``; `where` is for errors.

        Raises
        ------
        BadInput
            A key is missing or unknown, or there is no such registry.
        """
        keys = ("registry", "name", "version")
        if not isinstance(given, Mapping) or set(given) != set(keys):
            raise BadInput(f"{where}.package: expected {', '.join(keys)}, found {given!r}")
        if given["registry"] not in CLIENTS:
            raise unknown(f"{where}.package", "registry", str(given["registry"]), CLIENTS)
        return cls(*(str(given[key]) for key in keys))

    def __str__(self) -> str:
        return f"the {self.registry} package {self.name} {self.version}"

    @contextmanager
    def unpacked(self, files: Sequence[str]) -> Iterator[dict[str, Path]]:
        """Yield files of the package by their paths in it, in a folder that is then discarded.

        Raises
        ------
        BadInput
            The client is not installed or does not get the package, or the package is not safe to
            unpack or lacks a file.
        """
        with tempfile.TemporaryDirectory(prefix="aip-") as temporary:
            folder = Path(temporary)
            archive, inside = self._archive(folder), folder / "inside"
            if archive.suffix == ".whl":
                _take(archive, files, inside)
            else:
                inside.mkdir()
                unpack(archive, inside, lambda _: None)
                inside /= "package"
            for file in files:
                if not (inside / file).is_file():
                    raise BadInput(f"{self} lacks the file {file}")
            yield {file: inside / file for file in files}

    def _archive(self, folder: Path) -> Path:
        client, named = CLIENTS[self.registry], {"package": self.name, "version": self.version}
        command = [part.format(**named) for part in client]
        program = "pip" if self.registry == "pypi" else command[0]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=LONGEST, check=False
            )
        except FileNotFoundError:
            raise BadInput(f"{self} is fetched by {program}, which is not installed here") from None
        except subprocess.TimeoutExpired:
            raise BadInput(f"{self}: {program} took more than {LONGEST} seconds") from None
        archives = sorted(p for p in folder.iterdir() if p.suffix in (".tgz", ".whl"))
        if done.returncode or len(archives) != 1:
            raise BadInput(f"{self}: {program} cannot fetch it ({_reason(done.stderr)})")
        return archives[0]


def _take(wheel: Path, files: Sequence[str], folder: Path) -> None:
    """Take files out of a wheel, those of them that it has."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in set(files) & set(archive.namelist()):
                if archive.getinfo(file).file_size > LARGEST:
                    raise BadInput(f"{wheel.name}: {file} has more than {LARGEST:,} bytes")
                path = folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(file) as source, path.open("wb") as target:
                    shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(f"{wheel.name}: cannot be unpacked: {error}") from None


def _reason(said: str) -> str:
    """Return the line of a client's errors that says most."""
    found = REASON.search(said)
    return found[1] if found else (said.strip().splitlines() or ["it does not say why"])[-1]
