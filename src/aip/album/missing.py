"""What leaves a study: heads that cannot be had, and whoever cannot play a part without them."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from aip.album.index import HEADER, Instance, is_line, pixels
from aip.errors import BadInput
from aip.files import whole


@dataclass(frozen=True, slots=True)
class Missing:
    """A head that left the study, and why.

    Attributes
    ----------
    instance : Instance
        The head as the index would have had it; its box may have no area.
    reason : str
        The same words for all heads that left for the same reason.
    """

    instance: Instance
    reason: str


MISSING_HEADER = (*HEADER, "reason")


def leave(
    instances: Iterable[Instance], gone: Mapping[Instance, str]
) -> tuple[list[Instance], list[Missing]]:
    """Take out of an album the heads that are gone, and identities that are lost with them.

    An identity to recognise that loses its last head of a split leaves with all its heads. One of
    the train subset merely has fewer, or none.

    Parameters
    ----------
    instances : iterable of Instance
        All heads of the album.
    gone : mapping
        Those that cannot be had → why.

    Returns
    -------
    kept : list of Instance
    missing : list of Missing
        Both in the order in which they were given.
    """
    instances = list(instances)
    had, has = _splits(instances), _splits(i for i in instances if i not in gone)
    alone = {
        who: f"its identity has no head left in split {min(splits - has.get(who, set()))}"
        for who, splits in had.items()
        if splits - has.get(who, set())
    }
    kept, missing = [], []
    for instance in instances:
        reason = gone.get(instance, alone.get((instance.subset, instance.identity)))
        if reason is None:
            kept.append(instance)
        else:
            missing.append(Missing(instance, reason))
    return kept, missing


def _splits(instances: Iterable[Instance]) -> dict[tuple[str, str], set[int]]:
    """Return the splits in which each identity to recognise has heads."""
    splits: dict[tuple[str, str], set[int]] = {}
    for instance in instances:
        if instance.split is not None:
            splits.setdefault((instance.subset, instance.identity), set()).add(instance.split)
    return splits


def counts(kept: Iterable[Instance], missing: Sequence[Missing]) -> dict[str, int]:
    """Count the heads that left, and the photos and identities of which no head is left."""
    kept, left = list(kept), [entry.instance for entry in missing]
    photos = {(i.photoset, i.photo) for i in left} - {(i.photoset, i.photo) for i in kept}
    identities = {i.identity for i in left} - {i.identity for i in kept}
    return {"photos": len(photos), "heads": len(left), "identities": len(identities)}


def sentence(lost: Mapping[str, int], path: Path) -> str:
    """Say what `counts` found, in one line; `path` is where each head is named."""
    return (
        f"Heads that left the study: {lost['heads']:,}; photos of which none is left: "
        f"{lost['photos']:,}; identities: {lost['identities']:,}; {path} says why"
    )


def write_missing(path: Path, missing: Iterable[Missing]) -> None:
    """Write what left: the columns of the index, and the reason; one line per head."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(MISSING_HEADER)
        for entry in missing:
            values = ("" if value is None else value for value in astuple(entry.instance))
            writer.writerow([*values, entry.reason])


def read_missing(path: Path) -> list[Missing]:
    """Read what left.

    Raises
    ------
    BadInput
        The file cannot be read, its header is another, or a line does not fit it.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: what the album misses cannot be read: {error}") from error
    if not rows or tuple(rows[0]) != MISSING_HEADER:
        raise BadInput(f"{path}, line 1: expected the header {','.join(MISSING_HEADER)}")
    return [_parse(path, line, row) for line, row in enumerate(rows[1:], start=2)]


def _parse(path: Path, line: int, row: list[str]) -> Missing:
    try:
        photoset, photo, *box, identity, subset, split, reason = row
        xmin, ymin, width, height = pixels(box)
        number = {"": None, "0": 0, "1": 1}[split]
        if not all(map(is_line, (photoset, photo, identity, subset, reason))):
            raise ValueError("a line break within a field")
    except (ValueError, KeyError):
        raise BadInput(
            f"{path}, line {line}: expected {len(MISSING_HEADER)} fields, the box four integers, "
            f"the split 0, 1 or empty, none of them of two lines, found {','.join(row)!r}"
        ) from None
    box_and_who = (xmin, ymin, width, height, identity, subset, number)
    return Missing(Instance(photoset, photo, *box_and_who), reason)
