"""``aip heads``: write a study's heads or photos as PNG files, for other programs."""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aip.commands.study import add_study, as_options, asked_for, leaving_nothing
from aip.commands.terminal import show
from aip.errors import BadInput, unknown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from aip.album import Purpose
    from aip.album.heads import Heads
    from aip.study.fingerprints import Study

PURPOSES = ("attacked", "enrolled", "train")


def add(commands: "argparse._SubParsersAction[Any]") -> None:
    """Add the command's parser."""
    parser = commands.add_parser(
        "heads",
        help="write a study's heads or photos as PNG files, for other programs",
        description="Write a study's heads as PNG files that other programs can perturb, with an "
        "index.csv that says whose they are. What they publish, under names that begin as these "
        "do, a user strategy reads back with method: files.",
    )
    add_study(parser)
    parser.add_argument(
        "--to", required=True, type=Path, metavar="FOLDER", help="a folder that is not there yet"
    )
    parser.add_argument(
        "--of",
        nargs="+",
        choices=PURPOSES,
        default=["attacked"],
        help="which heads: those that are attacked (the default), that enrol people, or that teach "
        "the nets",
    )
    parser.add_argument(
        "--photos",
        action="store_true",
        help="write the whole photos in which the heads lie; the index says where",
    )
    parser.add_argument(
        "--published",
        metavar="USER",
        help="write attacked heads as this user strategy published them, instead of clean",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Write the heads, and say how many there are."""
    from aip.album.heads import open_heads
    from aip.album.index import read_index
    from aip.store.files import whole_folder

    folder: Path = options.to
    if folder.exists():
        raise BadInput(f"--to: found {str(folder)!r}, expected a folder that is not there yet")
    if options.published and options.of != ["attacked"]:
        raise BadInput("--of: found --published, too, which only attacked heads are")
    with leaving_nothing():
        study = asked_for(options)
        made = study.heads_made["fingerprint"]
    if options.published and options.published not in study.user_strategies:
        raise unknown("--published", "user strategy", options.published, study.user_strategies)
    results = Path("results", study.name)
    heads_path, index_path = results / "heads.h5", results / "album" / "index.csv"
    _check(heads_path, made, options)
    index = read_index(index_path)
    with open_heads(heads_path) as heads, ExitStack() as stack:
        if len(index) != len(heads.id):
            raise BadInput(
                f"{index_path}: found {len(index):,} heads, expected the {len(heads.id):,} of "
                f"{heads_path}; another run may be under way"
            )
        positions = _positions(study, heads, options.of)
        images: dict[int, Callable[[], NDArray[np.uint8]]] = {}
        if options.published:
            images = _published(study, options, stack)
        with whole_folder(folder) as beside:
            if options.photos:
                _write_photos(study, beside, index_path, heads.id[positions], images)
            else:
                from aip.album.export import write_heads_as_files

                clean = {int(heads.id[i]): partial(heads.images.__getitem__, i) for i in positions}
                chosen = {number: images.get(number, clean[number]) for number in clean}
                write_heads_as_files(beside, index, ((n, read()) for n, read in chosen.items()))
        people = len({index[number - 1].identity for number in heads.id[positions]})
    what = "photos with " if options.photos else ""
    show(f"{folder}: {what}{len(positions):,} heads of {people:,} people; see index.csv there")


def _check(path: Path, fingerprint: str, options: argparse.Namespace) -> None:
    """Refuse an artifact that is not made yet, or was made from something else."""
    from aip.store.hdf5 import reading

    made_by = f"expected what this makes: snakemake --cores 1 {path} --configfile "
    made_by += as_options(options)
    if not path.exists():
        raise BadInput(f"{path}: it is not made yet; {made_by}")
    with reading(path) as file:
        if file.attrs.get("fingerprint") != fingerprint:
            raise BadInput(
                f"{path}: it was made from something else than the config asks for; {made_by}"
            )


def _positions(study: "Study", heads: "Heads", purposes: "list[Purpose]") -> list[int]:
    """Return the positions of the heads for some purposes, in the order of their numbers."""
    from aip.study.elsewhere import positions_of

    found = [
        positions_of(heads, study.subset, purpose, study.shards(purpose), study.seed).tolist()
        for purpose in purposes
    ]
    return sorted({position for positions in found for position in positions})


def _published(
    study: "Study", options: argparse.Namespace, stack: ExitStack
) -> "dict[int, Callable[[], NDArray[np.uint8]]]":
    """Return, by head, what reads the image that a user strategy published of it."""
    from aip.store.hdf5 import ImageReader, reading

    user = options.published
    found: dict[int, Callable[[], NDArray[np.uint8]]] = {}
    for name, shard in study.shards("attacked").items():
        path = Path("results", study.name, "perturbations", user, f"{name}.h5")
        _check(path, study.user_made(user, shard.direction)["fingerprint"], options)
        file = stack.enter_context(reading(path))
        images = ImageReader(file["images"])
        for number, head in enumerate(file["id"][()].tolist()):
            found[head] = partial(images.__getitem__, number)
    return found


def _write_photos(
    study: "Study",
    folder: Path,
    index_path: Path,
    numbers: "NDArray[np.int64]",
    published: "dict[int, Callable[[], NDArray[np.uint8]]]",
) -> None:
    from aip.album import source
    from aip.album.export import write_photos_as_files
    from aip.album.index import read_index

    write_photos_as_files(
        folder,
        read_index(index_path),
        index_path,
        source(study.album, index_path.parent).photo_path,
        numbers.tolist(),
        published,
    )
