"""Two studies side by side on one page: each game that both have, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from aip.errors import printable
from aip.game.comparison import Comparison
from aip.game.equilibrium import Equilibrium
from aip.game.table import Table
from aip.show.page.chart import Bar, bars
from aip.show.page.document import render
from aip.show.page.game import Shown, as_data, solved
from aip.store.files import whole


@dataclass(frozen=True)
class Pair:
    """A game of one study and the same game of another.

    Attributes
    ----------
    name : str
    tables : (Table, Table)
        The whole games.
    equilibria : (Equilibrium, Equilibrium)
    shared : Comparison
        Of the strategies that both have.
    more : tuple of str
        The strategies that only the second has.
    """

    name: str
    tables: tuple[Table, Table]
    equilibria: tuple[Equilibrium, Equilibrium]
    shared: Comparison
    more: tuple[str, ...]

    def sentences(self, names: tuple[str, str]) -> list[str]:
        """Say how far the two agree, and what is not compared."""
        found, points = self.shared, self.shared.difference * 100
        row, column = found.farthest
        said = [
            f"On the {points.size} cells that both have, the first recognises {points.mean():+.1f} "
            f"points more on average; the largest difference is {points[row, column]:+.1f} points, "
            f"where {printable(found.paper.user[row])} is met by "
            f"{printable(found.paper.recogniser[column])}."
        ]
        if found.rank_agreement is not None:
            said.append(
                f"Rank agreement of the cells: {found.rank_agreement:.2f} (1: the same order)."
            )
        for name, left_out in zip(names, (found.left_out, self.more), strict=True):
            if left_out:
                said.append(f"Only {printable(name)} has {', '.join(map(printable, left_out))}.")
        return said


def write_beside(path: Path, names: tuple[str, str], pairs: Sequence[Pair], said: str) -> None:
    """Write the page.

    Parameters
    ----------
    path : Path
        The file to write.
    names : (str, str)
        What the two studies are called.
    pairs : sequence of Pair
    said : str
        What else is to be said, such as which games only one has.
    """
    games = [_shown(pair, names, side) for pair in pairs for side in (0, 1)]
    text = render(
        "beside.html",
        {"games": [as_data(game) for game in games]},
        names=tuple(map(printable, names)),
        said=printable(said),
        pairs=[
            {
                "name": printable(pair.name),
                "figure": _figure(pair, names),
                "said": pair.sentences(names),
                "games": [(2 * n + side, games[2 * n + side]) for side in (0, 1)],
                "user": tuple(map(printable, pair.shared.paper.user)),
                "recogniser": tuple(map(printable, pair.shared.paper.recogniser)),
                "difference": (pair.shared.difference * 100).tolist(),
            }
            for n, pair in enumerate(pairs)
        ],
    )
    with whole(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _shown(pair: Pair, names: tuple[str, str], side: int) -> Shown:
    return solved("", names[side], pair.tables[side], pair.equilibria[side], opens=False)


def _figure(pair: Pair, names: tuple[str, str]) -> Markup:
    found = []
    for n, (name, equilibrium) in enumerate(zip(names, pair.equilibria, strict=True)):
        sure, worth = equilibrium.interval, equilibrium.worth
        low, high = (sure.low * 100, sure.high * 100) if sure else (None, None)
        label, colour = printable(name), 3 * n
        found.append(Bar(f"{label}, in sample", equilibrium.value * 100, low, high, colour))
        if worth and worth.held_out:
            held = worth.held_out
            ends = held.interval.low * 100, held.interval.high * 100
            found.append(Bar(f"{label}, held out", held.value * 100, *ends, colour))
    return bars("What each guarantees, in percent recognised", found)
