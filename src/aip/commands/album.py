"""``aip album``: say what is in a study's album, made or not."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aip.errors import BadInput

if TYPE_CHECKING:
    from aip.album import Source
    from aip.album.index import Instance


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Give the command its parser."""
    parser = commands.add_parser(
        "album",
        help="say what is in a study's album",
        description="Say how many photos, heads and identities a study's album has, which boxes "
        "are clipped and which heads left the study and why: as it was made or, before that, as "
        "far as it is known. PIPA's annotation is downloaded if it is not here; no photo is.",
    )
    parser.add_argument(
        "config",
        type=Path,
        metavar="CONFIG.yaml",
        help="an overlay on config.yaml, as Snakemake's --configfile takes it",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with every head that left")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Find out what is known of the album, and print it."""
    from aip.album import source
    from aip.album.census import census
    from aip.album.index import read_index
    from aip.album.missing import read_missing
    from aip.album.pipa import Pipa
    from aip.show.album import Report, as_json, text
    from aip.study.overlay import read_study

    study = read_study(options.config)
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
    if facts["census"] and isinstance(found, Pipa):
        facts |= {"annotation": found.annotation, "halves": found.halves()}
    report = Report(study.name, study.album, index_path, made, options.config, **facts)
    print(as_json(report) if options.json else text(report))


def _past_edge(instances: "list[Instance]", source: "Source") -> int | str:
    """Count the boxes past the edges of their photos; else say which photo cannot be read."""
    from aip.album.census import past_edge

    try:
        return past_edge(instances, source.photo_path)
    except BadInput as error:
        return str(error)
