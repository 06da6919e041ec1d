"""The release of the paper's authors: one archive with the annotation, head crops and models."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from aip.download.file import fetch
from aip.download.unpack import unpack
from aip.errors import BadInput
from aip.store.checksums import Damaged
from aip.store.digest import file_digest
from aip.store.files import whole_folder
from aip.store.progress import Progress
from aip.store.provenance import Provenance, write_json

INDEX, SPLITS, CROPS = "annotations/index.txt", "annotations/splits", "head_crop"
ORIGIN = "archive.sha256"  # in the unpacked folder: the checksum of what it was unpacked from
IDENTITY, LABEL, FIELDS = 6, 9, 10


@dataclass(frozen=True)
class Release:
    """The unpacked release of the authors.

    Attributes
    ----------
    root : Path
        The folder that holds ``annotations``.
    """

    root: Path

    @property
    def index(self) -> Path:
        """The annotation, in PIPA's eight columns."""
        return self.root / INDEX

    @property
    def mean(self) -> Path:
        """The ImageNet mean of Caffe's nets: (3, 256, 256), BGR, 0–255."""
        return self.root / "ilsvrc_2012_mean.npy"

    def split(self, name: str) -> Path:
        """Return the file of a split such as ``val_original``, with the split as a ninth column."""
        return self.root / SPLITS / f"split_{name}.txt"

    def ordered_ids(self, name: str) -> Path:
        """Return the file of a split with the renumbered identity as a tenth column."""
        return self.root / SPLITS / f"split_{name}.orderedids.txt"


def obtain(
    archive: str | None,
    folder: Path,
    remote: Mapping[str, Any],
    sha256: str | None,
    progress: Progress,
) -> Release:
    """Get the release: download it, or take a copy, and unpack it.

    It is unpacked into `folder` whole or not at all, and not again if the folder comes from the
    same archive. A download is kept beside `folder`, because the server may be gone the next time.

    Parameters
    ----------
    archive : str or None
        A .tar.gz or .tar of the release, or the folder of an unpacked one, which is used in place;
        None downloads it.
    folder : Path
        Where to unpack it.
    remote : mapping
        ``url``, as `aip.store.checkout.remote` gives it.
    sha256 : str or None
        The archive's checksum, where one is known.
    progress : callable
        Called with the number of bytes to download, and again with those to unpack; what it
        returns is called with the bytes done since its last call.

    Raises
    ------
    BadInput
        There is no archive, it is not the expected one or not safe to unpack (see
        `aip.download.unpack.unpack`), or it lacks the index, the splits or the head crops.
    """
    if archive is not None and Path(archive).is_dir():
        return _release(Path(archive), archive)
    origin = _origin(folder)
    if archive is None and origin is not None and sha256 in (None, origin):
        return _release(folder, str(folder))
    if archive is None:
        name = PurePosixPath(urlsplit(remote["url"]).path).name
        path = folder.with_name(name)
        found = fetch(remote["url"], path, sha256, progress)
    else:
        path = Path(archive)
        if not path.is_file():
            raise BadInput(f"{path}: no such archive, or folder that one was unpacked into")
        found = file_digest(path)
        if sha256 not in (None, found):
            raise BadInput(f"{path}: expected the sha256 {sha256}, found {found}; it is not used")
    if origin != found:
        logging.info("unpacking %s, sha256 %s", path, found)
        with whole_folder(folder) as beside:
            unpack(path, beside, progress(path.stat().st_size))
            _release(beside, str(path))
            (beside / ORIGIN).write_text(f"{found}\n", encoding="utf-8")
    return _release(folder, str(folder))


def write_release_card(path: Path, release: Release, provenance: Provenance) -> None:
    """Write the folder of the release as JSON."""
    write_json(path, provenance, root=str(release.root))


def read_release_card(path: Path) -> Release:
    """Return the release of a card that `write_release_card` wrote.

    Raises
    ------
    BadInput
        The card cannot be read.
    Damaged
        The folder that it names is not there.
    """
    try:
        root = Path(json.loads(path.read_text(encoding="utf-8"))["root"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    if not root.is_dir():
        raise Damaged(path, f"the authors' release, which it says is in {root}, is gone")
    return Release(root)


def _origin(folder: Path) -> str | None:
    try:
        return (folder / ORIGIN).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def _release(folder: Path, where: str) -> Release:
    roots = [root for root in (folder / "data", folder) if (root / "annotations").is_dir()]
    if not roots:
        raise BadInput(
            f"{where}: expected the authors' release, found neither data/annotations nor "
            "annotations in it"
        )
    release = Release(roots[0])
    for name, is_there in (
        (INDEX, release.index.is_file()),
        (SPLITS, (release.root / SPLITS).is_dir()),
        (CROPS, (release.root / CROPS).is_dir()),
    ):
        if not is_there:
            raise BadInput(f"{where}: the authors' release lacks {name}")
    return release


def ordered_identities(path: Path) -> dict[int, str]:
    """Read which identity each label of the authors' SVMs stands for.

    Parameters
    ----------
    path : Path
        A split's ``.orderedids.txt``: PIPA's eight columns, the split, and the label.

    Returns
    -------
    dict
        Label, from 0 on → identity.

    Raises
    ------
    BadInput
        A line without ten fields, a label that is not a number, two labels for one identity, two
        identities for one label, or a missing number.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from error
    identities: dict[int, str] = {}
    labels: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        where, fields = f"{path}, line {number}", line.split()
        if len(fields) != FIELDS:
            raise BadInput(f"{where}: expected {FIELDS} fields, found {len(fields)}: {line!r}")
        identity, label = fields[IDENTITY], fields[LABEL]
        if not (label.isascii() and label.isdigit()):
            raise BadInput(f"{where}: expected a label from 0 on, found {label!r}: {line!r}")
        known = identities.setdefault(int(label), identity)
        if known != identity:
            raise BadInput(
                f"{where}: label {label} is identity {identity}, but {known} before: {line!r}"
            )
        before = labels.setdefault(identity, int(label))
        if before != int(label):
            raise BadInput(
                f"{where}: identity {identity} has label {label}, but {before} before: {line!r}"
            )
    for number, line in enumerate(lines, start=1):
        label = line.split()[LABEL]
        if int(label) >= len(identities):
            raise BadInput(
                f"{path}, line {number}: label {label}, but there are only {len(identities)} "
                f"identities; expected 0 to {len(identities) - 1}: {line!r}"
            )
    if not identities:
        raise BadInput(f"{path}: holds no line")
    return dict(sorted(identities.items()))
