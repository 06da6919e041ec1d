"""State dicts from files: tensors only."""

import io
import pickletools
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from aip.errors import BadInput
from aip.store.checksums import Damaged
from aip.store.files import check_plain, unreadable, whole

LARGEST = 16 * 2**30  # bytes of a file
DESCRIPTION = 4 * 2**20  # bytes that describe the tensors: about 200 for each
PICKLES = 5  # of a file that torch.save wrote before its version 1.6

# What a state dict of plain tensors names. Others of the names that torch reads without running
# code still ask for any amount of memory, or for tensors that no weights are: sparse, quantised,
# nested ones, or ones without values.
PLAIN = re.compile(
    r"collections OrderedDict|torch (Size|[A-Z][A-Za-z0-9]*Storage)"
    r"|torch\._utils _rebuild_(tensor|tensor_v2|parameter)"
)


def write_state(path: Path, state: Mapping[str, torch.Tensor], fingerprint: str) -> None:
    """Write a state dict by `torch.save`, with its fingerprint as the comment of the zip archive.

    Raises
    ------
    BadInput
        The disk is full or cannot be written to.
    """
    with whole(path) as beside:
        # Given a path, torch would write its name into the file, and the temporary name differs
        # each time.
        with beside.open("wb") as file:
            torch.save(state, file)
        with zipfile.ZipFile(beside, "a") as archive:
            archive.comment = fingerprint.encode()


def read_state(path: Path) -> dict[str, Any]:
    """Read a state dict.

    `torch.save` writes a zip archive with checksums (CRC-32), which `torch.load` ignores; they are
    verified here.

    Raises
    ------
    BadInput
        The file is missing or holds no state dict, or the system cannot read it now.
    Damaged
        It is not a file of `torch.save`, differs from its checksums, or holds more than tensors.
    """
    verified = False
    try:
        check_plain(path, LARGEST, "a state dict of torch.save")
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                _check(archive, path.stat().st_size)
            verified = True
        else:
            with path.open("rb") as file:
                _check_names(file.read(DESCRIPTION), PICKLES)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(f"{path}: the weights are missing") from None
    except Exception as error:  # torch raises many types for a file that it cannot read
        reason = (str(error) or type(error).__name__).splitlines()[0]
        # A damaged file can ask for any amount of memory; only a verified one truly needs it.
        starved = verified and (isinstance(error, MemoryError) or "allocate memory" in reason)
        if cannot := reason if starved else unreadable(error):
            raise BadInput(f"{path}: cannot be read: {cannot}") from error
        sentence = f"not a state dict of torch.save ({reason})"
        raise Damaged(path, sentence) from error
    if not isinstance(state, dict):
        raise BadInput(f"{path}: not a state dict of torch.save (found a {type(state).__name__})")
    return state


def _check(archive: zipfile.ZipFile, size: int) -> None:
    """Check an archive's checksums, and that it holds no more than its own size."""
    members = archive.infolist()
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise ValueError("found it compressed, expected it as torch.save writes it")
    if sum(member.file_size for member in members) > size:
        raise ValueError("it says that it holds more than it has")
    descriptions = [member for member in members if member.filename.endswith("/data.pkl")]
    if len(descriptions) != 1:
        raise ValueError(f"found {len(descriptions)} members data.pkl, expected one")
    if descriptions[0].file_size > DESCRIPTION:
        raise ValueError(f"it describes tensors in more than {DESCRIPTION:,} bytes")
    _check_names(archive.read(descriptions[0]), 1)
    if (spoilt := archive.testzip()) is not None:
        raise ValueError(f"{spoilt} differs from its checksum")


def _check_names(content: bytes, pickles: int) -> None:
    """Check what pickles, one after the other, name, without unpickling them."""
    stream = io.BytesIO(content)
    for _ in range(pickles):
        for operation, name, _ in pickletools.genops(stream):
            if operation.name in ("GLOBAL", "INST") and not PLAIN.fullmatch(str(name)):
                named = str(name).replace(" ", ".")
                raise ValueError(f"it holds {named}, expected tensors alone")
