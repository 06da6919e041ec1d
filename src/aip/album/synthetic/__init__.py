"""A procedural album: people who do not exist, photographed, with the index and its boxes."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread

from aip.album.index import Instance
from aip.album.synthetic.people import Person, person
from aip.album.synthetic.photo import take
from aip.album.synthetic.pose import head_box
from aip.album.synthetic.scene import Scene, scene
from aip.album.synthetic.seating import Seating, seating
from aip.store.files import whole

__all__ = ["instances", "render"]

_CHUNK = 8  # photos a worker takes at a time


@dataclass(frozen=True, slots=True)
class _Sitting:
    """A photo about to be taken."""

    seed: int
    seat: Seating
    scene: Scene
    people: list[Person]


def instances(
    *, seed: int, train_identities: int, val_identities: int, heads_per_identity: int
) -> list[Instance]:
    """Return the album's index without rendering a pixel.

    Parameters
    ----------
    seed : int
        The study's seed; it decides everything.
    train_identities, val_identities : int
        How many people there are to teach the net, and to recognise.
    heads_per_identity : int
        How many heads each of them has; of the people to recognise, every other head is in
        split 0.

    Returns
    -------
    list of Instance
        One per head, photo by photo.

    Raises
    ------
    ValueError
        Fewer than two heads per identity, or a negative number of identities.
    """
    rows: list[Instance] = []
    for sitting in _sittings(seed, train_identities, val_identities, heads_per_identity):
        rows.extend(_rows(sitting))
    return rows


def render(
    photo_folder: Path,
    *,
    seed: int,
    train_identities: int,
    val_identities: int,
    heads_per_identity: int,
    workers: int,
    progress: Callable[[int], None] | None,
) -> list[Instance]:
    """Write the album's photos as ``<photoset>_<photo>.jpg`` and return its index.

    Parameters
    ----------
    photo_folder : Path
        Where the photos go; it is made if it is not there.
    seed, train_identities, val_identities, heads_per_identity
        As for `instances`, whose result this returns.
    workers : int
        How many processes share the photos; the result does not depend on it.
    progress : callable or None
        Is told how many photos are written, after each.
    """
    photo_folder.mkdir(parents=True, exist_ok=True)
    sittings = _sittings(seed, train_identities, val_identities, heads_per_identity)
    folders = [photo_folder] * len(sittings)
    rows: list[Instance] = []
    if workers <= 1:
        for done, written in enumerate(map(_write, folders, sittings), start=1):
            rows.extend(written)
            if progress:
                progress(done)
        return rows
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, spawn, initializer=_end_with_the_job) as pool:
        results = pool.map(_write, folders, sittings, chunksize=_CHUNK)
        for done, written in enumerate(results, start=1):
            rows.extend(written)
            if progress:
                progress(done)
    return rows


def _end_with_the_job() -> None:
    """End a worker if its job is killed; otherwise it would wait for photos for ever."""
    job = parent_process()

    def watch() -> None:
        if job is not None:
            job.join()
            os._exit(1)

    Thread(target=watch, daemon=True).start()


def _sittings(
    seed: int, train_identities: int, val_identities: int, heads_per_identity: int
) -> list[_Sitting]:
    if heads_per_identity < 2 or train_identities < 0 or val_identities < 0:
        raise ValueError(
            "a synthetic album needs at least 2 heads per identity and no negative number of "
            f"identities; found {heads_per_identity} heads per identity, {train_identities} "
            f"identities in train and {val_identities} in val"
        )
    everybody = {
        (subset, number): person(seed, subset, number)
        for subset, identities in (("train", train_identities), ("val", val_identities))
        for number in range(identities)
    }
    seats = seating(
        seed=seed,
        train_identities=train_identities,
        val_identities=val_identities,
        heads_per_identity=heads_per_identity,
    )
    return [
        _Sitting(
            seed,
            seat,
            scene(seed, seat.photoset, seat.photo, len(seat.people)),
            [everybody[seat.subset, number] for number in seat.people],
        )
        for seat in seats
    ]


def _rows(sitting: _Sitting) -> list[Instance]:
    seat = sitting.seat
    letter = {"train": "t", "val": "v"}[seat.subset]
    return [
        Instance(
            seat.photoset,
            seat.photo,
            *head_box(who, sitter),
            identity=f"{letter}{number + 1:04d}",
            subset=seat.subset,
            split=seat.split,
        )
        for number, who, sitter in zip(
            seat.people, sitting.people, sitting.scene.sitters, strict=True
        )
    ]


def _write(photo_folder: Path, sitting: _Sitting) -> list[Instance]:
    """Render one photo, write it whole, and return its rows of the index."""
    seat = sitting.seat
    image = take(sitting.seed, seat.photoset, seat.photo, sitting.scene, sitting.people)
    with whole(photo_folder / f"{seat.photoset}_{seat.photo}.jpg") as beside:
        image.save(beside, "JPEG", quality=sitting.scene.camera.quality)
    return _rows(sitting)
