"""PIPA's annotation: the list of all heads, and the files that split a subset in two.

The authors' release has the same format, its list named ``index.txt``.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from aip.album.index import Instance
from aip.errors import BadInput

# The files' numbers of the subsets. Leftover heads are not used.
SUBSETS = {"0": "leftover", "1": "train", "2": "val", "3": "test"}
SPLITS = ("original", "album", "time", "day")

COLUMNS = ("photoset", "photo", "xmin", "ymin", "width", "height", "identity", "subset", "split")

# Photosets, photos and identities name files, so they may contain nothing but digits.
BOX = ("xmin", "ymin", "width", "height")
_PATTERNS = [r"-?[0-9]{1,9}" if column in BOX else r"[0-9]{1,20}" for column in COLUMNS]

# What identifies a head: all columns up to the identity.
Key = tuple[str, ...]


class Annotation:
    """The list of all heads, ``all_data.txt``.

    Parameters
    ----------
    path : Path
        Eight columns: photoset, photo, xmin, ymin, width, height, identity, subset.

    Attributes
    ----------
    instances : list of Instance
        Line n (from 1) is instance n, here at n − 1. Boxes are as in the file: the corner may be
        negative. The subset may also be ``leftover``, and the split is None.

    Raises
    ------
    BadInput
        A line with the wrong number of fields, a field that is no integer, a box without size, an
        unknown subset, or a head that is there twice.
    """

    def __init__(self, path: Path) -> None:
        self.instances: list[Instance] = []
        self._path = path
        self._numbers: dict[Key, int] = {}
        for number, line, fields in _lines(path, columns=8):
            photoset, photo, xmin, ymin, width, height, identity, subset = fields
            if subset not in SUBSETS:
                raise _wrong(path, number, line, f"unknown subset {subset}", "0, 1, 2 or 3")
            if int(width) <= 0 or int(height) <= 0:
                found = f"width {width} and height {height}"
                raise _wrong(path, number, line, found, "a box of at least one pixel")
            first = self._numbers.setdefault(tuple(fields[:7]), number)
            if first != number:
                found = f"the head of line {first} again"
                raise _wrong(path, number, line, found, "each head once")
            box = (int(xmin), int(ymin), int(width), int(height))
            self.instances.append(
                Instance(photoset, photo, *box, identity, SUBSETS[subset], split=None)
            )

    def read_split(self, path: Path, subset: str) -> dict[int, int]:
        """Read a file that splits a subset, such as ``split_val_original.txt``.

        Parameters
        ----------
        path : Path
            The eight columns of the list, and the split.
        subset : str
            ``val`` or ``test``.

        Returns
        -------
        dict
            Instance number → 0 (enrols) or 1 (attacked).

        Raises
        ------
        BadInput
            An error as in the list, a split other than 0 and 1, a head that the list does not
            hold or holds in another subset, a head that is there twice, or an identity with heads
            in one split only.
        """
        splits: dict[int, int] = {}
        halves: tuple[dict[str, tuple[int, str]], ...] = ({}, {})
        for number, line, fields in _lines(path, columns=9):
            *key, subset_number, split = fields
            instance_number = self._numbers.get(tuple(key))
            if SUBSETS.get(subset_number) != subset:
                found = f"subset {subset_number}"
                raise _wrong(path, number, line, found, f"that of {subset}")
            if split not in ("0", "1"):
                raise _wrong(path, number, line, f"unknown split {split}", "0 or 1")
            if instance_number is None:
                found = f"a head that {self._path} does not hold"
                raise _wrong(path, number, line, found, "one that it does")
            instance = self.instances[instance_number - 1]
            if instance.subset != subset:
                found = f"a head that line {instance_number} of {self._path} has"
                raise _wrong(
                    path, number, line, f"{found} in {instance.subset}", f"one of {subset}"
                )
            if instance_number in splits:
                raise _wrong(path, number, line, "a head for the second time", "each head once")
            splits[instance_number] = int(split)
            halves[int(split)].setdefault(instance.identity, (number, line))
        for half, (here, there) in enumerate((halves, halves[::-1])):
            for identity in here.keys() - there.keys():
                found = f"identity {identity} in split {half} alone"
                raise _wrong(path, *here[identity], found, "each identity in both splits")
        return splits

    def album(self, splits: Mapping[int, int]) -> dict[int, Instance]:
        """Return the heads of the train subset and those of a split subset, by instance number.

        They are in the order of their photos, so that each photo is opened only once.
        """
        chosen = {
            number: instance if instance.subset == "train" else replace(instance, split=split)
            for number, instance in enumerate(self.instances, start=1)
            if (split := splits.get(number)) is not None or instance.subset == "train"
        }
        return dict(sorted(chosen.items(), key=lambda item: (item[1].photoset, item[1].photo)))


def clipped(instance: Instance) -> tuple[int, int, int, int]:
    """Clip a box at the photo's left and upper edges; return (xmin, ymin, width, height).

    The width or the height is 0 or less if the whole box lies beyond these edges.

    Examples
    --------
    >>> clipped(Instance("1", "2", -30, 5, 100, 80, "3", "val", 0))
    (0, 5, 70, 80)
    """
    left, top = min(instance.xmin, 0), min(instance.ymin, 0)
    corner = (instance.xmin - left, instance.ymin - top)
    return (*corner, instance.width + left, instance.height + top)


def _lines(path: Path, columns: int) -> Iterator[tuple[int, str, list[str]]]:
    """Yield each line's number, its text and its fields, all of them integers."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: PIPA's annotation cannot be read: {error}") from error
    if not lines:
        raise BadInput(f"{path}: PIPA's annotation is empty; expected a line per head")
    integers = re.compile(r"\s+".join(_PATTERNS[:columns]))
    for number, line in enumerate(lines, start=1):
        fields = line.split()
        if not integers.fullmatch(line.strip()):
            raise _not_integers(path, number, line, fields, columns)
        yield number, line, fields


def _not_integers(path: Path, number: int, line: str, fields: list[str], columns: int) -> BadInput:
    names = COLUMNS[:columns]
    if len(fields) != columns:
        return _wrong(path, number, line, f"{len(fields)} fields", f"{columns}: {', '.join(names)}")
    parts = zip(names, _PATTERNS, fields, strict=False)
    name, field = next((n, f) for n, pattern, f in parts if not re.fullmatch(pattern, f))
    expected = "an integer" if name in BOX else "digits"
    return _wrong(path, number, line, f"the {name} {field!r}", expected)


def _wrong(path: Path, number: int, line: str, found: str, expected: str) -> BadInput:
    return BadInput(f"{path}, line {number}: found {found}, expected {expected}: {line!r}")
