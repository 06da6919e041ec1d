"""A run's game beside a published one: cell by cell, and what both sides play in each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from aip.errors import BadInput
from aip.game.charge import comes_to_json
from aip.game.equilibrium import Equilibrium, read_equilibrium, solve
from aip.game.table import Counts, Table, read_table
from aip.game.worth import worth_json
from aip.store import yaml_text

# By side, the paper's name of each strategy of a run; None if the paper does not have it.
Names = Mapping[str, Mapping[str, str | None]]

SIDES = {"user": "rows", "recogniser": "columns"}


@dataclass(frozen=True)
class Comparison:
    """Two games whose rows and columns are the same strategies.

    Attributes
    ----------
    run, paper : Table
        Under their own names; the run's rows and columns in the paper's order.
    run_equilibrium, paper_equilibrium : Equilibrium
    left_out : tuple of str
        The run's rows and columns that the paper does not have.
    own : Equilibrium or None
        That of the run's whole game, as the run solved it, with what its guarantee is worth; None
        if only a table of rates is known.
    """

    run: Table
    paper: Table
    run_equilibrium: Equilibrium
    paper_equilibrium: Equilibrium
    left_out: tuple[str, ...]
    own: Equilibrium | None = None

    @property
    def difference(self) -> NDArray[np.float64]:
        """The run's rates less the paper's, (rows, columns), as fractions."""
        return self.run.rates - self.paper.rates

    @property
    def outside(self) -> NDArray[np.bool_] | None:
        """Whether each of the paper's rates lies outside the run's interval, if it has one."""
        if self.run.counts is None:
            return None
        low, high = np.moveaxis(self.run.counts.intervals, -1, 0)
        inside: NDArray[np.bool_] = (low <= self.paper.rates) & (self.paper.rates <= high)
        return ~inside

    @property
    def farthest(self) -> tuple[int, int]:
        """The row and the column of the largest difference."""
        row, column = divmod(int(np.abs(self.difference).argmax()), len(self.paper.recogniser))
        return row, column

    @property
    def rank_agreement(self) -> float | None:
        """Spearman's rank correlation over the cells; None where all rates of a table are equal."""
        if any(np.ptp(table.rates) == 0 for table in (self.run, self.paper)):
            return None
        return float(spearmanr(self.run.rates, self.paper.rates, axis=None).statistic)

    def played(self, side: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what a side plays in the run and in the paper, by the paper's names."""
        names: tuple[str, ...] = getattr(self.paper, side)
        run, paper = (
            tuple(name for name, p in zip(names, getattr(found, side), strict=True) if p > 0)
            for found in (self.run_equilibrium, self.paper_equilibrium)
        )
        return run, paper


def compare(run: Table, paper: Table, names: Names, own: Equilibrium | None = None) -> Comparison:
    """Match a run's strategies to a paper's and solve both games.

    Parameters
    ----------
    run, paper : Table
    names : mapping
        As `read_names` gives it. A strategy that it does not name has the same name in both.
    own : Equilibrium, optional
        What the run found of its whole game.

    Raises
    ------
    BadInput
        A strategy of one table does not match exactly one strategy of the other.

    Examples
    --------
    >>> run = Table(("b", "a"), ("c",), np.array([[0.2], [0.5]]))
    >>> paper = Table(("A", "b"), ("c",), np.array([[0.4], [0.2]]))
    >>> found = compare(run, paper, {"user": {"a": "A"}})
    >>> found.run.user, found.difference.round(9).tolist()
    (('a', 'b'), [[0.1], [0.0]])
    """
    (rows, no_rows), (columns, no_columns) = (
        _matched(side, getattr(run, side), getattr(paper, side), names.get(side, {}))
        for side in SIDES
    )
    matched, left_out = _part(run, rows, columns), (*no_rows, *no_columns)
    return Comparison(matched, paper, solve(matched), solve(paper), left_out, own)


def compare_shared(
    run: Table, other: Table, names: Names, own: Equilibrium | None = None
) -> tuple[Comparison, tuple[str, ...]]:
    """Compare two games on the strategies that both have.

    Parameters
    ----------
    run, other : Table
    names : mapping
        As for `compare`, by the run's names.
    own : Equilibrium, optional
        What the run found of its whole game.

    Returns
    -------
    Comparison, tuple of str
        And the strategies of `other` that the run does not have.

    Raises
    ------
    BadInput
        They share no row or no column, or two of the run's strategies match one of the other's.

    Examples
    --------
    >>> run = Table(("a", "b"), ("c",), np.array([[0.2], [0.5]]))
    >>> other = Table(("b", "d"), ("c",), np.array([[0.4], [0.1]]))
    >>> found, more = compare_shared(run, other, {})
    >>> found.run.user, found.left_out, more, found.difference.round(9).tolist()
    (('b',), ('a',), ('d',), [[0.1]])
    """
    kept: list[list[int]] = []
    matching: dict[str, dict[str, str | None]] = {}
    more: list[str] = []
    for side in SIDES:
        theirs = getattr(other, side)
        called = {name: names.get(side, {}).get(name, name) for name in getattr(run, side)}
        matching[side] = {own: name if name in theirs else None for own, name in called.items()}
        kept.append([n for n, name in enumerate(theirs) if name in called.values()])
        more += [name for name in theirs if name not in called.values()]
        if not kept[-1]:
            raise BadInput(
                f"the {SIDES[side]} do not match: found {', '.join(getattr(run, side))} in one and "
                f"{', '.join(theirs)} in the other, expected some that both have"
            )
    return compare(run, _part(other, *kept), matching, own), tuple(more)


def read_run(path: Path) -> tuple[Table, Equilibrium | None]:
    """Read a run's game from its folder, or from any payoff table.

    Returns
    -------
    Table, Equilibrium or None
        None for a table, and for a folder in which nothing was solved yet.

    Raises
    ------
    BadInput
        The table cannot be read, or the equilibrium beside it is not one of this table.
    """
    if not path.is_dir():
        return read_table(path), None
    table, solved = read_table(path / "payoff.csv"), path / "equilibrium.json"
    if not solved.exists():
        return table, None
    try:
        return table, read_equilibrium(solved, table)
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{solved}: found no equilibrium of the payoff.csv beside it, expected what this "
            "version of the program writes; run the study again"
        ) from error


def read_names(path: Path) -> Names:
    """Read what a run's strategies are called in a paper.

    A YAML file with the keys ``user`` and ``recogniser``, each a mapping of the run's name to the
    paper's, or to null where the paper has no such strategy. It may name strategies of several
    runs.

    Raises
    ------
    BadInput
        The file cannot be read or says something else.
    """
    found = yaml_text.read(path, "the names")
    if not isinstance(found, dict) or not set(found) <= set(SIDES):
        raise BadInput(f"{path}: expected the keys user and recogniser, found {found!r}")
    for side, names in found.items():
        if not isinstance(names, dict):
            raise BadInput(f"{path}: {side}: expected names by name, found {names!r}")
        for name, published in names.items():
            if not isinstance(name, str) or not isinstance(published, str | None):
                raise BadInput(
                    f"{path}: {side}: expected a name and its name in the paper or null, found "
                    f"{name!r}: {published!r}"
                )
    return found


def names_beside(paper: Path) -> Path:
    """Return the default path of the names for a paper's table: beside it.

    Examples
    --------
    >>> names_beside(Path("table4.csv")).name
    'table4.names.yaml'
    """
    return paper.with_suffix(".names.yaml")


def comparison_json(comparison: Comparison) -> str:
    """Return a comparison as JSON: rates in percent, differences in percentage points."""
    run, paper, difference = comparison.run, comparison.paper, comparison.difference * 100
    outside, counts = comparison.outside, run.counts
    return json.dumps(
        {
            "unit": "percent",
            "cells": [
                {
                    "user": paper.user[i],
                    "recogniser": paper.recogniser[j],
                    "run": run.rates[i, j] * 100,
                    "paper": paper.rates[i, j] * 100,
                    "difference": difference[i, j],
                    "interval": counts and (counts.intervals[i, j] * 100).tolist(),
                    "outside": None if outside is None else bool(outside[i, j]),
                }
                for i, j in np.ndindex(difference.shape)
            ],
            "mean_difference": float(difference.mean()),
            "mean_absolute_difference": float(np.abs(difference).mean()),
            "largest_absolute_difference": float(np.abs(difference).max()),
            "rank_agreement": comparison.rank_agreement,
            "run": _solved(run, comparison.run_equilibrium),
            "paper": _solved(paper, comparison.paper_equilibrium),
            "same_support": {side: len(set(comparison.played(side))) == 1 for side in SIDES},
            "names": {
                side: dict(zip(getattr(run, side), getattr(paper, side), strict=True))
                for side in SIDES
            },
            "left_out": comparison.left_out,
            "run_game": comparison.own and _worth(comparison.own),
        },
        indent=2,
    )


def _part(table: Table, rows: Sequence[int], columns: Sequence[int]) -> Table:
    """Return some rows and columns of a table, in this order."""
    cells = np.ix_(rows, columns)
    counts = table.counts and Counts(
        table.counts.heads[cells], table.counts.recognised[cells], table.counts.intervals[cells]
    )
    return Table(
        tuple(table.user[i] for i in rows),
        tuple(table.recogniser[j] for j in columns),
        table.rates[cells],
        counts,
        table.written and tuple(tuple(table.written[i][j] for j in columns) for i in rows),
    )


def _matched(
    side: str, run: tuple[str, ...], paper: tuple[str, ...], names: Mapping[str, str | None]
) -> tuple[list[int], list[str]]:
    """Return the run's positions of the paper's strategies, and the strategies left out."""
    called = [names.get(name, name) for name in run]
    kept = [name for name in called if name is not None]
    if sorted(kept) != sorted(paper):
        own = ", ".join(
            name if name == published else f"{name} (in the paper {published or 'none'})"
            for name, published in zip(run, called, strict=True)
        )
        raise BadInput(
            f"the {SIDES[side]} do not match: the run has {own}, the paper {', '.join(paper)}; say "
            f"which is which in a file of names (--names), as resources/table4.names.yaml does"
        )
    left_out = [name for name, published in zip(run, called, strict=True) if published is None]
    return [called.index(name) for name in paper], left_out


def _solved(table: Table, equilibrium: Equilibrium) -> dict[str, Any]:
    return {
        "value": equilibrium.value * 100,
        "user": dict(zip(table.user, equilibrium.user.tolist(), strict=True)),
        "recogniser": dict(zip(table.recogniser, equilibrium.recogniser.tolist(), strict=True)),
        "unique": equilibrium.unique,
    }


def _worth(own: Equilibrium) -> dict[str, Any]:
    """Return the guarantee of the run's whole game, and what it is worth; in percent."""
    interval = own.interval
    return {
        "value": own.value * 100,
        "value_interval": interval and [interval.low * 100, interval.high * 100],
        **worth_json(own.worth, 100),
        **comes_to_json(own.charged, 100),
    }
