"""What a folder of people holds: each one's photos, and what is neither a person nor a photo."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aip.album.index import is_line
from aip.album.missing import Missing, left_out
from aip.album.signature import ENDINGS, is_photo
from aip.errors import BadInput, several
from aip.store.beginnings import beginnings

HIDDEN = "hidden, since its name begins with a dot"
LOOSE = "a file beside the people's folders"
NESTED = "a folder within a person's folder"
NO_FILE = "neither a file nor a folder"
EMPTY = "a folder without photos"
NO_PHOTO = "no photo by its content"


@dataclass(frozen=True)
class Listing:
    """The content of a folder of people.

    Attributes
    ----------
    people : dict
        Person → the file names of their photos; both are in order.
    left : list of Missing
        What is not read, and why.
    """

    people: dict[str, list[str]]
    left: list[Missing]


def read_listing(root: Path, cache: Path | None) -> Listing:
    """List people and their photos.

    Each folder in the root is a person, and each file in it whose first bytes are those of a photo
    is one of their photos, whatever its name. Links count as what they lead to. Names that begin
    with a dot are neither.

    Parameters
    ----------
    root : Path
    cache : Path or None
        Remembers the files' first bytes, see `aip.store.beginnings.beginnings`.

    Raises
    ------
    BadInput
        The root or a folder cannot be read or holds no photo; a name ends as that of a photo but
        is none; a file cannot be read; a photo's name is not UTF-8 or has a line break; the names
        of two people look the same.
    """
    if not root.is_dir():
        raise BadInput(f"album root {root}: no such folder; expected one folder per person in it")
    people: dict[str, list[str]] = {}
    left: list[Missing] = []
    bad: list[str] = []
    try:
        files = list(_files(root, people, left, bad))
    except OSError as error:
        raise BadInput(f"album root {root}: cannot be read: {error}") from error
    for path, content in beginnings(files, cache).items():
        person, name = path.parent.name, path.name
        if isinstance(content, OSError):
            bad.append(f"{person}/{name} ({content.strerror})")
        elif is_photo(content):
            people[person].append(name)
        elif path.suffix.lower() in ENDINGS:
            bad.append(f"{person}/{name} ({'other content' if content else 'an empty file'})")
        else:
            left.append(
                left_out(person, name, f"{NO_PHOTO} ({path.suffix.lower() or 'no ending'})")
            )
    if bad:
        raise BadInput(
            f"album root {root}: expected a photo, found something else or nothing that can be "
            f"read at {several(sorted(bad))}; mend or remove what is no photo"
        )
    found = {person: sorted(names) for person, names in sorted(people.items()) if names}
    if not found:
        raise BadInput(
            f"album root {root}: no photos found; expected one folder per person, with photos in it"
        )
    left += [left_out(person, "", EMPTY) for person, names in people.items() if not names]
    _check_names(root, found)
    return Listing(found, sorted(left, key=_place))


def _files(
    root: Path, people: dict[str, list[str]], left: list[Missing], bad: list[str]
) -> Iterator[Path]:
    """Yield the files of people, and note the rest."""
    for person in root.iterdir():
        if person.name.startswith("."):
            left.append(left_out("", person.name, HIDDEN))
        elif not person.is_dir():
            left.append(left_out("", person.name, LOOSE if person.is_file() else NO_FILE))
        else:
            people[person.name] = []
            for path in person.iterdir():
                if path.name.startswith("."):
                    left.append(left_out(person.name, path.name, HIDDEN))
                elif path.is_file():
                    yield path
                elif path.suffix.lower() in ENDINGS:
                    bad.append(f"{person.name}/{path.name} (a folder, a broken link or the like)")
                else:
                    reason = NESTED if path.is_dir() else NO_FILE
                    left.append(left_out(person.name, path.name, reason))


def _place(entry: Missing) -> tuple[str, str, str]:
    return entry.instance.photoset, entry.instance.photo, entry.reason


def _check_names(root: Path, people: dict[str, list[str]]) -> None:
    wrong = [
        f"{person}/{name}"
        for person, names in people.items()
        for name in names
        if not is_line(person + name)
    ]
    if wrong:
        raise BadInput(
            f"album root {root}: expected names in UTF-8 without line breaks, found "
            f"{several([repr(name) for name in wrong])}"
        )
    seen: dict[str, str] = {}
    for person in people:
        first = seen.setdefault(unicodedata.normalize("NFC", person), person)
        if first != person:
            one, other = sorted([first, person], key=len)
            raise BadInput(
                f"album root {root}: expected one folder per person, found {one!a} and "
                f"{other!a}; put their photos in one folder"
            )
