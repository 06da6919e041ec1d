"""``aip album``: say what is in a study's album, made or not."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aip.commands.study import LEFT, add_study, as_options, asked_for, leaving_nothing
from aip.commands.terminal import show
from aip.errors import BadInput

if TYPE_CHECKING:
    from aip.album import Source
    from aip.album.faces import PhotoFaces
    from aip.album.folder import Folder
    from aip.album.index import Instance
    from aip.commands.album_report import Report


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "album",
        help="say what is in a study's album",
        description="Say how many photos, heads and identities a study's album has, which boxes "
        "are clipped, which heads left the study, and why. An album that is not made yet is "
        "described as far as it is known. PIPA's annotation is downloaded if it is not here; "
        "photos are not. Where heads are found, contact sheets of the faces are drawn beside the "
        "index.",
    )
    add_study(parser)
    parser.add_argument("--json", action="store_true", help="print JSON, with every head that left")
    parser.add_argument(
        "--pages",
        type=int,
        default=4,
        metavar="N",
        help="how many contact sheets of found faces to draw, at most; 4 by default",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Collect what is known of the album, and print it."""
    from aip.commands.album_report import album_json, text

    with leaving_nothing():
        report = _report(options)
    show(album_json(report) if options.json else text(report))


def _report(options: argparse.Namespace) -> "Report":
    from aip.album import source
    from aip.album.census import census
    from aip.album.faces import read_faces
    from aip.album.folder import Folder
    from aip.album.index import read_index
    from aip.album.missing import read_missing
    from aip.album.pipa import Pipa
    from aip.commands.album_report import Report

    study = asked_for(options)
    index_path = Path("results", study.name, "album", "index.csv")
    found = source(study.album, index_path.parent)
    facts: dict[str, Any] = {"census": None}
    if made := index_path.exists():
        instances = read_index(index_path)
        facts["census"] = census(instances, read_missing(index_path.with_name("missing.csv")))
        facts["past_edge"] = _past_edge(instances, found)
    elif preview := found.preview(study.seed):
        facts["census"] = census(preview.instances, preview.missing)
        facts["waiting"] = preview.waiting
    if isinstance(found, Folder):
        found.content(LEFT / "aip")
        facts["repeated"] = found.repeated
        faces = index_path.with_name("faces.csv")
        if study.faces and faces.exists():
            facts["faces"] = read_faces(faces)
            facts["sheets"] = _sheets(faces, facts["faces"], found, options.pages)
    if facts["census"] and isinstance(found, Pipa):
        facts |= {"annotation": found.annotation, "halves": found.halves()}
    return Report(study.name, study.album, index_path, made, as_options(options), **facts)


def _past_edge(instances: "list[Instance]", source: "Source") -> int | str:
    """Count the boxes past the edges of their photos; else say which photo cannot be read."""
    from aip.album.census import past_edge

    try:
        return past_edge(instances, source.photo_path)
    except BadInput as error:
        return str(error)


def _sheets(
    table: Path, faces: "list[PhotoFaces]", source: "Folder", pages: int
) -> list[Path] | str:
    """Draw contact sheets of the faces; else say which photo cannot be read."""
    from aip.show.faces import draw_pages

    try:
        return draw_pages(table.with_suffix(""), faces, source.root, pages)
    except BadInput as error:
        return str(error)
