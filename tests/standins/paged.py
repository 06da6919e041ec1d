"""Artifacts of a study that nobody computed, as large as is wanted, and the page of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from aip.album.heads import open_heads
from aip.game.equilibrium import solve, write_equilibrium
from aip.game.outcomes import Outcomes, write_outcomes
from aip.game.table import Table, write_table
from aip.show.page.document import write_page
from aip.show.page_heads import write_heads
from aip.store.hdf5 import ImageWriter, write_column, writing
from aip.store.provenance import Provenance, write_json

MADE = Provenance({}, "f" * 24, 1)


@dataclass(frozen=True)
class Paged:
    """A study with a page.

    Attributes
    ----------
    page : Path
    table : Table
        Of its only game.
    heads, perturbations : list of (side, side, 3) uint8 arrays
        The clean heads, and those that the last user strategy published.
    predicted, label : (heads,) arrays
        In the first cell.
    """

    page: Path
    table: Table
    heads: list[np.ndarray]
    perturbations: list[np.ndarray]
    predicted: np.ndarray
    label: np.ndarray


def paged(
    results: Path,
    users: list[str],
    columns: dict[str, str],
    people: list[str],
    heads: int,
    shown: int = 120,
    side: int = 24,
    missed: tuple[int, ...] = (),
) -> Paged:
    """Write artifacts and a page.

    Parameters
    ----------
    results : Path
        The study's folder.
    users : list of str
        User strategies; the first publishes heads as they are.
    columns : dict
        By recogniser strategy, the kind of its processing.
    people : list of str
    heads : int
        How many heads are attacked; they are the people's in turn.
    shown : int
        How many of them are shown, at most.
    side : int
        The heads' height and width.
    missed : tuple of int
        The places of heads that no recogniser looks at, because it finds no face in them.
    """
    rng = np.random.default_rng(0)
    label = np.arange(heads) % len(people)
    clean = [smooth(rng, side) for _ in range(heads)]
    with writing(results / "heads.h5", MADE) as file:
        _images(file, clean)
        write_column(file, "id", np.arange(1, heads + 1))
        write_column(file, "identity", np.array(people, dtype=str)[label])
        write_column(file, "subset", np.array(["val"] * heads))
        write_column(file, "split", np.ones(heads, np.int8))
        write_column(file, "grey", np.zeros(heads, bool))
    right = np.zeros((len(users), len(columns), heads), dtype=bool)
    first = None
    with open_heads(results / "heads.h5") as opened:
        for i, user in enumerate(users):
            published = [_moved(rng, head) if i else head for head in clean]
            shard = results / "perturbations" / user / "all.h5"
            with writing(shard, MADE) as file:
                _images(file, published)
                write_column(file, "id", np.arange(1, heads + 1))
                write_column(file, "ssim", np.full(heads, 0.98, np.float32))
            cells = {}
            for j, column in enumerate(columns):
                scores = rng.standard_normal((heads, len(people))).astype(np.float32)
                scores[np.arange(heads), label] += rng.uniform(0, 3)
                predicted = scores.argmax(axis=1)
                scores[list(missed)], predicted[list(missed)] = -np.inf, -1
                right[i, j] = predicted == label
                first = predicted if first is None else first
                cells[column] = results / "cells" / user / f"{column}.h5"
                with writing(cells[column], MADE) as file:
                    for name, values in (("scores", scores), ("label", label)):
                        write_column(file, name, values)
                    write_column(file, "predicted", predicted)
                    write_column(file, "identities", np.array(people, dtype=str))
                    file.attrs["device"] = "cpu"
            processes = {column: ((kind, 2),) for column, kind in columns.items()}
            folder = results / "report" / "heads" / user
            about = write_heads(folder, opened, [shard], cells, processes, shown, 1)
            write_json(folder.with_suffix(".json"), MADE, **about)
    ids, identity = np.arange(1, heads + 1), np.array(people, dtype=str)[label]
    names = tuple(users), tuple(columns)
    outcomes = Outcomes(ids, identity, *names, right, (), right[:, :0])
    table = outcomes.table()
    write_outcomes(results / "games" / "played" / "outcomes.h5", outcomes, MADE)
    write_table(results / "games" / "played" / "payoff.csv", table)
    write_equilibrium(results / "games" / "played" / "equilibrium.json", table, solve(table))
    (results / "costs.csv").write_text("rule,wildcards,seconds,peak_mib\ncell,a/b,2.5,100\n")
    page = results / "report" / "index.html"
    write_page(page, results, _definition(users, columns), [], [], [], lambda path: f"make {path}")
    return Paged(page, table, clean, published, first, label)


def smooth(rng: np.random.Generator, side: int) -> np.ndarray:
    """Draw a head that a lossy picture can hold: a slope of colour."""
    corner, across, down = rng.uniform(40, 120, (3, 3))
    x = np.linspace(0, 1, side)
    values = corner + across * x[:, None, None] + (down - 80) * x[None, :, None]
    return values.clip(0, 255).astype(np.uint8)


def _moved(rng: np.random.Generator, head: np.ndarray) -> np.ndarray:
    noise = rng.integers(-6, 7, head.shape)
    return (head.astype(int) + noise).clip(0, 255).astype(np.uint8)


def _images(file, images) -> None:
    writer = ImageWriter(file.create_group("images"))
    writer.append(images)
    writer.close()


def _definition(users: list[str], columns: dict[str, str]) -> dict:
    return {
        "main": "played",
        "album": {"source": "synthetic"},
        "recognisers": {"small": {"arch": "resnet18"}},
        "user_strategies": {u: {"method": "gaman" if n else "none"} for n, u in enumerate(users)},
        "recogniser_strategies": {
            name: {"recogniser": "small", "process": [(kind, 2)]} for name, kind in columns.items()
        },
        "games": {"played": {"user": users, "recogniser": list(columns)}},
        "tables": {},
        "growth": [],
        "frontier": [],
    }
