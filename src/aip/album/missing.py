"""What an album lacks: heads that leave the study, and files that are no photos.

Heads leave for want of a photo, and with them identities that lack a split then.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from aip.album.index import HEADER, Instance, cell, is_line, pixels
from aip.errors import BadInput, printable
from aip.store.delimited import as_written, read_own
from aip.store.files import whole


@dataclass(frozen=True, slots=True)
class Missing:
    """A head that left the study, or a file that is not read, and why.

    Attributes
    ----------
    instance : Instance
        The head as the index would have had it; its box may have no area. For a file, photoset and
        identity are the person, photo is its name, and the subset is empty.
    reason : str
        Heads that left for the same reason have the same text.
    """

    instance: Instance
    reason: str

    @property
    def is_head(self) -> bool:
        """Whether it is a head, and not a file."""
        return self.instance.subset != NO_SUBSET


def left_out(person: str, name: str, reason: str) -> Missing:
    """Return the entry of a file or folder that is not read; unprintable characters are escaped."""
    who, what = printable(person), printable(name)
    return Missing(Instance(who, what, 0, 0, 0, 0, who, NO_SUBSET, None), reason)


def reasons(missing: Iterable[Missing]) -> dict[str, dict[str, int]]:
    """Count the files that are not read, by reason and then by person.

    What belongs to no person counts under its own name. The most common reason comes first.
    """
    found: dict[str, Counter[str]] = {}
    for entry in missing:
        if not entry.is_head:
            found.setdefault(entry.reason, Counter())[
                entry.instance.identity or entry.instance.photo
            ] += 1
    ordered = sorted(found.items(), key=lambda item: -item[1].total())
    return {reason: dict(people.most_common()) for reason, people in ordered}


NO_SUBSET = ""
MISSING_HEADER = (*HEADER, "reason")


def leave(
    instances: Iterable[Instance], gone: Mapping[Instance, str]
) -> tuple[list[Instance], list[Missing]]:
    """Remove from an album the heads that are gone, and the identities that then lack a split.

    An identity to recognise that loses its last head of a split leaves with all its heads. An
    identity of the train subset merely has fewer heads, or none.

    Parameters
    ----------
    instances : iterable of Instance
        All heads of the album.
    gone : mapping
        The heads that are gone → the reason.

    Returns
    -------
    kept : list of Instance
    missing : list of Missing
        Both in the order of `instances`.
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
    """Count the heads that left, and the photos and identities with no head left."""
    kept, left = list(kept), [entry.instance for entry in missing if entry.is_head]
    photos = {(i.photoset, i.photo) for i in left} - {(i.photoset, i.photo) for i in kept}
    identities = {i.identity for i in left} - {i.identity for i in kept}
    return {"photos": len(photos), "heads": len(left), "identities": len(identities)}


def write_missing(path: Path, missing: Iterable[Missing]) -> None:
    """Write what an album lacks, one per line: the columns of the index, and the reason."""
    with whole(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(MISSING_HEADER)
        for entry in missing:
            writer.writerow(map(cell, (*astuple(entry.instance), entry.reason)))


def read_missing(path: Path) -> list[Missing]:
    """Read what an album lacks.

    Raises
    ------
    BadInput
        The file cannot be read, or its header or a line is wrong.
    """
    rows = read_own(path, MISSING_HEADER, "the heads that the album lacks")
    return [_parse(path, line, row) for line, row in enumerate(rows, start=2)]


def _parse(path: Path, line: int, row: list[str]) -> Missing:
    try:
        photoset, photo, *box, identity, subset, split, reason = map(as_written, row)
        xmin, ymin, width, height = pixels(box)
        number = {"": None, "0": 0, "1": 1}[split]
        if not all(map(is_line, (photoset, photo, identity, subset, reason))):
            raise ValueError("a line break within a field")
    except (ValueError, KeyError):
        raise BadInput(
            f"{path}, line {line}: expected {len(MISSING_HEADER)} fields, the box four integers, "
            f"the split 0, 1 or empty, without line breaks, found {','.join(row)!r}"
        ) from None
    box_and_who = (xmin, ymin, width, height, identity, subset, number)
    return Missing(Instance(photoset, photo, *box_and_who), reason)
