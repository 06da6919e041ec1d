"""Snakemake's own records of files, in ``.snakemake``."""

import json
import os
from base64 import urlsafe_b64encode
from pathlib import Path

FOLDER = Path(".snakemake")


def mark_incomplete(name: str) -> None:
    """Have the next run make a file anew, as one whose job broke off.

    Parameters
    ----------
    name : str
        As the workflow names it.

    Raises
    ------
    OSError
        The mark cannot be written.
    """
    marks = FOLDER / "incomplete"
    marks.mkdir(parents=True, exist_ok=True)
    longest = os.pathconf(marks, "PC_NAME_MAX") - 1
    coded = urlsafe_b64encode(name.encode()).decode()
    *folders, last = (coded[i : i + longest] for i in range(0, len(coded), longest))
    mark = marks.joinpath(*(f"@{folder}" for folder in folders), last)
    _write(mark)


def doubt_unreadable(folder: Path) -> None:
    """Have made anew what Snakemake's record of is damaged, for nobody knows what it follows from.

    Snakemake itself ends at some such records, and takes what others were of to be up to date.
    """
    from snakemake.persistence import MetadataRecord

    records = folder / "metadata"
    for path in records.rglob("*"):
        if path.is_dir():
            continue
        try:
            MetadataRecord.model_validate(json.loads(path.read_bytes()))
        except ValueError:
            mark = folder / "incomplete" / path.relative_to(records)
            _write(mark)
            path.unlink()


def _write(mark: Path) -> None:
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text('{"external_jobid": null}', encoding="utf-8")
