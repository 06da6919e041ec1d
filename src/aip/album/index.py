"""The index of an album: one line per person instance, PIPA's eight columns and a split."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from aip.errors import BadInput
from aip.store.delimited import as_written, no_formula, read_own
from aip.store.files import whole

SUBSETS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class Instance:
    """One person in one photo.

    Attributes
    ----------
    photoset, photo : str
        Which photo; together they are unique to the photo.
    xmin, ymin, width, height : int
        The head box in pixels of the photo as displayed; it may reach past the photo's edge.
    identity : str
        Who it is.
    subset : str
        ``train`` teaches the net; ``val`` and ``test`` are recognised.
    split : int or None
        0 enrols an identity, 1 is attacked and scored; None in ``train``.
    """

    photoset: str
    photo: str
    xmin: int
    ymin: int
    width: int
    height: int
    identity: str
    subset: str
    split: int | None


HEADER = tuple(field.name for field in fields(Instance))


def write_index(path: Path, instances: Iterable[Instance]) -> None:
    """Write an index; line n below the header (from 1) is head n."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for instance in instances:
            writer.writerow(map(cell, astuple(instance)))


def read_index(path: Path) -> list[Instance]:
    """Read an index and check it.

    Raises
    ------
    BadInput
        A line with the wrong number of fields, a box without area, an unknown subset or split, or
        identities that the protocol cannot use (see `check_protocol`).
    """
    rows = read_own(path, HEADER, "the album's index")
    instances = [_parse(path, line, row) for line, row in enumerate(rows, start=2)]
    check_protocol(path, instances)
    return instances


def cell(value: str | int | None) -> str | int:
    """Return a field of an instance as a cell of a table."""
    return no_formula(value) if isinstance(value, str) else "" if value is None else value


def is_line(text: str) -> bool:
    """Tell whether a name or a reason can be a field of the index: UTF-8, on one line."""
    return not re.search("[\r\n\0\ud800-\udfff]", text)


def pixels(texts: list[str]) -> tuple[int, int, int, int]:
    """Read a box: four integers of up to nine plain digits, as PIPA's annotation has them.

    Raises
    ------
    ValueError
        They are something else, such as 1_0 or ٣, which Python would accept as numbers.
    """
    xmin, ymin, width, height = texts
    if not all(re.fullmatch(r"-?[0-9]{1,9}", text) for text in texts):
        raise ValueError(f"no box: {texts}")
    return int(xmin), int(ymin), int(width), int(height)


def _parse(path: Path, line: int, row: list[str]) -> Instance:
    where = f"{path}, line {line}"
    if len(row) != len(HEADER):
        raise BadInput(
            f"{where}: expected {len(HEADER)} fields, found {len(row)}: {','.join(row)!r}"
        )
    photoset, photo, *box, identity, subset, split = map(as_written, row)
    try:
        xmin, ymin, width, height = pixels(box)
    except ValueError:
        raise BadInput(f"{where}: the box must be four integers, found {','.join(box)!r}") from None
    if not all(map(is_line, (photoset, photo, identity))):
        raise BadInput(f"{where}: a line break within a name: {','.join(row)!r}")
    if width <= 0 or height <= 0:
        raise BadInput(f"{where}: the head box has no area: width {width}, height {height}")
    if not identity:
        raise BadInput(f"{where}: the identity is empty")
    if subset not in SUBSETS:
        raise BadInput(f"{where}: unknown subset {subset!r}; expected one of {', '.join(SUBSETS)}")
    expected = ("",) if subset == "train" else ("0", "1")
    if split not in expected:
        shown = " or ".join(repr(value) for value in expected)
        raise BadInput(f"{where}: the split of a {subset} head must be {shown}, found {split!r}")
    return Instance(
        photoset, photo, xmin, ymin, width, height, identity, subset, int(split) if split else None
    )


def check_protocol(path: Path, instances: list[Instance]) -> None:
    """Check that the protocol can use every identity.

    Raises
    ------
    BadInput
        Fewer than two identities to recognise; an identity both in ``train`` and to recognise; an
        identity to recognise with heads in one split only.
    """
    splits: dict[str, Counter[int | None]] = {}
    for instance in instances:
        splits.setdefault(instance.identity, Counter())[instance.split] += 1
    recognised = 0
    for identity, count in splits.items():
        if None in count and len(count) > 1:
            raise BadInput(
                f"{path}: identity {identity} is in train and also in val or test; "
                "the net must be trained on other people than those that it recognises"
            )
        if None in count:
            continue
        recognised += 1
        for split in (0, 1):
            if not count[split]:
                line = 2 + next(n for n, i in enumerate(instances) if i.identity == identity)
                raise BadInput(
                    f"{path}, line {line}: identity {identity} has {count[1 - split]} heads in "
                    f"split {1 - split} and none in split {split}; it needs one in each"
                )
    if recognised < 2:
        raise BadInput(
            f"{path}: found {recognised} identities to recognise, in val and test; expected at "
            "least two"
        )
