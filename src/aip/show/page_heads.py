"""A user strategy's heads for the page: thumbnails in sprites, and whom they were taken for."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from aip.album.heads import Heads
from aip.errors import printable
from aip.process import Copies
from aip.recognise.scoring import processed
from aip.show import sprite
from aip.show.embedded import as_json
from aip.store.files import whole_folder
from aip.store.hdf5 import ImageReader, read_text, reading

AMPLIFIED = 8  # how many times its size a perturbation is shown, about grey

Image = NDArray[np.uint8]


def write_heads(
    folder: Path,
    heads: Heads,
    shards: Sequence[Path],
    cells: Mapping[str, Path],
    processes: Mapping[str, Copies],
    count: int,
    seed: int,
) -> dict[str, Any]:
    """Write what the page shows of a user strategy's first heads, in every cell that it is in.

    The folder then holds ``cells.js``, which hands the page the outcomes; one sprite each of the
    clean heads, the published ones and the amplified differences, and one for each processing that
    comes first in a recogniser strategy.

    Parameters
    ----------
    folder : Path
    heads : Heads
        The clean heads.
    shards : sequence of Path
        The published heads.
    cells : mapping
        By recogniser strategy.
    processes : mapping
        By recogniser strategy, how it processes heads.
    count : int
        How many heads to show, at most.
    seed : int
        The study's, which keys the draws of the processing.

    Returns
    -------
    dict
        How many ``heads`` there are and are ``shown``, and with which ``versions``, ``commits`` and
        ``devices`` they were scored.
    """
    kinds = list(dict.fromkeys(copies[0][0] for copies in processes.values()))
    names = ["clean", "published", "difference", *(f"seen-{n}" for n in range(len(kinds)))]
    images: dict[str, list[Image]] = {name: [] for name in names}
    ids: list[int] = []
    ssim: list[float] = []
    for shard in shards:
        with reading(shard) as file:
            published = ImageReader(file["images"])
            numbers = file["id"][: count - len(ids)]
            ssim += [round(float(value), 3) for value in file["ssim"][: len(numbers)]]
            for number, position in enumerate(heads.positions(numbers)):
                head = published[number]
                clean = heads.images[int(position)]
                first = (_first(head, int(numbers[number]), kind, seed) for kind in kinds)
                shown = (clean, head, _amplified(head, clean), *first)
                for name, image in zip(names, shown, strict=True):
                    images[name].append(sprite.thumbnail(image))
            ids += numbers.tolist()
    found, about = _outcomes(cells, processes, kinds, len(ids))
    with whole_folder(folder) as beside:
        for name in names:
            sprite.write(beside / f"{name}.webp", images[name])
        shown_heads = {
            "user": folder.name,
            "ids": ids,
            "ssim": ssim,
            "columns": sprite.COLUMNS,
            "rows": sprite.rows(len(ids)),
            **found,
        }
        script = f"aipHeads({as_json(shown_heads)});\n"
        (beside / "cells.js").write_text(script, encoding="utf-8")
    return {"shown": len(ids), **about}


def _first(head: Image, number: int, kind: str, seed: int) -> Image:
    """Return what a recogniser that processes heads so sees first."""
    ((image, _),) = islice(processed(head, number, ((kind, 1),), seed), 1)
    return image


def _amplified(published: Image, clean: Image) -> Image:
    difference = published.astype(np.int16) - clean
    amplified: Image = np.clip(128 + AMPLIFIED * difference, 0, 255).astype(np.uint8)
    return amplified


def _outcomes(
    cells: Mapping[str, Path], processes: Mapping[str, Copies], kinds: Sequence[str], shown: int
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outcomes of the first heads in each cell, and what is said of all of them."""
    outcomes: dict[str, Any] = {}
    about: dict[str, Any] = {"versions": {}, "commits": [], "devices": []}
    people: list[str] = []
    who: list[int] = []
    for name, path in cells.items():
        with reading(path) as file:
            scores, label = file["scores"][:shown], file["label"][:shown]
            people, who = list(map(printable, read_text(file, "identities"))), label.tolist()
            taken = file["predicted"][:shown]
            about["heads"] = len(file["label"])
            _add(about, file)
            copies = processes[name]
            draws = sum(number for _, number in copies)
            own, highest = (
                np.take_along_axis(scores, each[:, None], axis=1)[:, 0] for each in (label, taken)
            )
            order = np.argsort(-scores, axis=1, kind="stable")  # of equal scores, the first
            outcomes[name] = {
                "seen": kinds.index(copies[0][0]),
                "kind": copies[0][0],
                "draws": draws,
                "taken": taken.tolist(),
                "place": (order == label[:, None]).argmax(axis=1).tolist(),
                "score": _short(highest / draws),
                "own": _short(own / draws),
                "made": [
                    file.attrs["fingerprint"],
                    file.attrs["git_commit"],
                    round(float(file.attrs["seconds"]), 1),
                ],
            }
    return {"people": people, "who": who, "cells": outcomes}, about


def _add(about: dict[str, Any], file: h5py.File) -> None:
    """Note with what a cell was made."""
    about["versions"] |= json.loads(file.attrs["versions"])
    for key, attribute in (("commits", "git_commit"), ("devices", "device")):
        if file.attrs[attribute] not in about[key]:
            about[key].append(file.attrs[attribute])


def _short(values: NDArray[np.floating[Any]]) -> list[float | None]:
    """Return numbers with three digits, as people need no more; None where there is no score."""
    return [float(f"{value:.3g}") if isfinite(value) else None for value in values.tolist()]
