"""The report on a study's album, as text and as JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aip.album.annotation import Annotation
from aip.album.census import Census, negative_corners
from aip.album.faces import PhotoFaces
from aip.album.folder import repeated
from aip.album.missing import reasons
from aip.album.pipa import Halves
from aip.show.faces import PHOTOS, said
from aip.show.missing import left_out
from aip.show.typeset import aligned


@dataclass(frozen=True)
class Report:
    """The content of a report on an album.

    Attributes
    ----------
    study : str
    album : mapping
        The album's definition.
    index : Path
        The path of its index, which may not be there yet.
    made : bool
        Whether the album is made, so that the census is that of its index.
    config : str
        The overlays that make it, and Snakemake's option --config, as a shell takes them.
    census : Census or None
        None where nothing is known before the album is made.
    waiting : int
        Photos that are still to be rendered or fetched.
    past_edge : int or str or None
        How many boxes pass the right or the lower edge of their photo, or why they could not be
        counted; None for an album that is not made.
    repeated : sequence of sequence of str
        Photos of the same content, as ``person/file``.
    faces : sequence of PhotoFaces or None
        Those in the photos, once they are found.
    sheets : sequence of Path or str
        The contact sheets of them, or why there are none.
    annotation : Annotation or None
        PIPA's, with its `halves`.
    """

    study: str
    album: Mapping[str, Any]
    index: Path
    made: bool
    config: str
    census: Census | None
    waiting: int = 0
    past_edge: int | str | None = None
    repeated: Sequence[Sequence[str]] = ()
    faces: Sequence[PhotoFaces] | None = None
    sheets: Sequence[Path] | str = ()
    annotation: Annotation | None = None
    halves: Sequence[Halves] = ()


def album_json(report: Report) -> str:
    """Return a report as JSON, with every head that left."""
    facts: dict[str, Any] = {
        "study": report.study,
        "album": report.album,
        "index": str(report.index),
        "made": report.made,
    }
    found = report.census
    if found is not None:
        facts |= {
            "repeated": report.repeated,
            "counts": [asdict(count) for count in found.counts],
            "photos_not_here_yet": report.waiting,
            "clipped": {
                "negative_corner": found.negative_corners,
                "past_edge": report.past_edge if isinstance(report.past_edge, int) else None,
            },
            "reasons": found.reasons,
            "missing": [{**asdict(m.instance), "reason": m.reason} for m in found.missing],
            "left_out": [
                {"person": m.instance.identity, "name": m.instance.photo, "reason": m.reason}
                for m in found.left_out
            ],
        }
    if report.faces is not None:
        facts["faces"] = {
            "found": sum(len(photo.faces) for photo in report.faces),
            "photos": len(report.faces),
            "turned": sum(any(f.turned for f in photo.faces) for photo in report.faces),
            "why": dict(Counter(photo.why for photo in report.faces).most_common()),
            "sheets": [] if isinstance(report.sheets, str) else list(map(str, report.sheets)),
        }
    if report.annotation is not None:
        facts["annotation"] = {
            "heads": len(report.annotation.instances),
            "negative_corner": negative_corners(report.annotation.instances),
            "splits": [asdict(halves) for halves in report.halves],
        }
    return json.dumps(facts, indent=2)


def text(report: Report) -> str:
    """Return a report for the terminal, its heads that left grouped by reason."""
    unused = {"source"} | ({"box"} if report.album.get("boxes") else set())
    keys = (f"{k} {v}" for k, v in report.album.items() if v is not None and k not in unused)
    parts = [f"Study {report.study}, album {report.album['source']}: {', '.join(keys)}"]
    if report.made:
        parts.append(f"This is the album as it was made: {report.index}")
    else:
        made_by = f"snakemake --cores 1 {report.index} --configfile {report.config}"
        parts.append(
            "The album is not made yet, and nothing is known of it before. This makes it:"
            if report.census is None
            else "The album is not made yet; this is what is known of it before. This makes it:"
        )
        parts[-1] += f"\n  {made_by}"
    if report.census is not None:
        parts += _census(report, report.census)
    if report.album.get("heads") == "detect":
        parts.append(_faces(report))
    if report.annotation is not None:
        parts += _annotation(report.annotation, report.halves)
    return "\n\n".join(parts)


def _census(report: Report, found: Census) -> list[str]:
    head = ["subset", "split", "photos", "heads", "identities"]
    body = [
        [
            count.subset,
            "" if count.split is None else str(count.split),
            *(f"{number:,}" for number in (count.photos, count.heads, count.identities)),
        ]
        for count in found.counts
    ]
    parts = [_table(head, body)]
    if report.waiting:
        parts.append(f"Photos that are not here yet: {report.waiting:,}")
    clipped = [f"Boxes clipped at the left or upper edge: {found.negative_corners:,}"]
    if report.past_edge is not None:
        past = report.past_edge
        shown = f"{past:,}" if isinstance(past, int) else f"not known ({past})"
        clipped.append(f"Boxes clipped at the right or lower edge: {shown}")
    why = [f"  {count:,}: {reason}" for reason, count in found.reasons.items()]
    left = [f"Heads that left the study: {len(found.missing):,}", *why]
    parts += ["\n".join(clipped), "\n".join(left)]
    if report.repeated:
        parts.append(repeated(report.repeated))
    if found.left_out:
        told = (f"  {line}" for line in left_out(reasons(found.left_out)))
        parts.append("\n".join([f"Left out of the album: {len(found.left_out):,}", *told]))
    return parts


def _faces(report: Report) -> str:
    """Say whose faces were found, and where they can be looked at."""
    if report.faces is None:
        return "Faces are not looked for yet; until then, every photo counts as a head."
    lines = said(report.faces)
    if isinstance(report.sheets, str):
        return "\n".join([*lines, f"No contact sheets of the faces: {report.sheets}"])
    shown = min(len(report.faces), PHOTOS * len(report.sheets))
    first = "" if shown == len(report.faces) else ", those in doubt first; --pages shows more"
    told = f"Contact sheets of {shown:,} of {len(report.faces):,} photos{first}:"
    return "\n".join([*lines, told, *(f"  {path}" for path in report.sheets)])


def _annotation(annotation: Annotation, halves: Sequence[Halves]) -> list[str]:
    heads, clipped = annotation.instances, negative_corners(annotation.instances)
    head = ["subset and split", "split 0", "split 1", "identities"]
    body = [
        [f"{h.subset} {h.split}", *(f"{n:,}" for n in (h.enrolled, h.attacked, h.identities))]
        for h in halves
    ]
    whole = f"All of PIPA's annotation: {len(heads):,} heads, {clipped:,} boxes clipped at the left"
    return [f"{whole} or upper edge", _table(head, body)]


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = aligned([head, *body])
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
