"""Files of single heads or photos: the names by which other programs and this one know them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aip.album.index import Instance
from aip.errors import BadInput, several

INDEX = "index.csv"
# The number may be followed by what a program adds to a name, as in 000012_cloaked.png.
NUMBERED = re.compile(r"([0-9]{6,9})(?![0-9])")


def file_name(number: int) -> str:
    """Return the name of a head's file; of a photo's, with the number of the first head in it.

    Examples
    --------
    >>> file_name(12)
    '000012.png'
    """
    return f"{number:06d}.png"


def number_of(name: str) -> int | None:
    """Return the number of the head that a file's name begins with, if it does.

    Examples
    --------
    >>> number_of("000012.png"), number_of("000012_cloaked.jpg"), number_of("index.csv")
    (12, 12, None)
    """
    found = NUMBERED.match(name)
    return int(found[1]) if found else None


def first_heads(index: Sequence[Instance]) -> dict[int, int]:
    """Return, by head, the first head in its photo, after which the photo's file is named."""
    first: dict[tuple[str, str], int] = {}
    return {
        number: first.setdefault((instance.photoset, instance.photo), number)
        for number, instance in enumerate(index, start=1)
    }


@dataclass(frozen=True)
class HeadFiles:
    """The files of a folder, by the number that their names begin with.

    Attributes
    ----------
    root : Path
    by_number : dict
    others : list of str
        The names of what else is there; of hidden files and of an index, none.
    """

    root: Path
    by_number: dict[int, Path]
    others: list[str]


def read_head_files(root: Path, where: str) -> HeadFiles:
    """List the files of heads in a folder, as `file_name` names them, whatever their ending.

    Parameters
    ----------
    root : Path
    where : str
        The config's key, for errors.

    Raises
    ------
    BadInput
        There is no such folder, it cannot be read, or two files are of one head.
    """
    by_number: dict[int, Path] = {}
    others = []
    try:
        for path in sorted(root.iterdir()):
            number = number_of(path.name)
            if number is None or not path.is_file():
                if not path.name.startswith(".") and path.name != INDEX:
                    others.append(path.name)
            elif number in by_number:
                raise BadInput(
                    f"{where}: found {by_number[number].name} and {path.name} in {root}, expected "
                    f"one file for head {number}"
                )
            else:
                by_number[number] = path
    except FileNotFoundError:
        raise BadInput(
            f"{where}: found {str(root)!r}, which is not there, expected a folder of published "
            "files, named as `aip heads` names them"
        ) from None
    except OSError as error:
        raise BadInput(f"{where}: the folder {root} cannot be read: {error.strerror}") from error
    return HeadFiles(root, by_number, others)


def check_all_there(
    files: HeadFiles, wanted: Mapping[int, int], where: str, what: str = "heads"
) -> None:
    """Check that the files of some heads are there.

    Parameters
    ----------
    files : HeadFiles
    wanted : mapping
        By head, the number of its file.
    where, what : str
        The config's key, and what heads they are, for errors.

    Raises
    ------
    BadInput
        Files are missing; the message names the first.
    """
    lacking = [head for head, number in wanted.items() if number not in files.by_number]
    if lacking:
        told = several([f"head {head} ({file_name(wanted[head])})" for head in lacking], 3)
        raise BadInput(
            f"{where}: expected a file for each of {len(wanted):,} {what} in {files.root}, found "
            f"none for {told}"
        )
