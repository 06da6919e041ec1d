"""The comparison of a run's game with a published one, as text and Markdown."""

from collections.abc import Sequence

import numpy as np

from aip.game.comparison import Comparison
from aip.show import tables, typeset

CAPTION = (
    "Recognition rate in percent, published and in the run, and by how many points they differ."
)

# Marks a difference if the paper's rate lies outside the run's interval.
OUTSIDE = "†"


def rows(comparison: Comparison) -> list[list[str]]:
    """Return a comparison as text, its header first and both recognisers' mixtures last.

    Each strategy of the user has three rows: the paper's rates, the run's, and the difference.
    """
    run, paper = comparison.run, comparison.paper
    head, *theirs, their_last = tables.rows(paper, comparison.paper_equilibrium)
    _, *ours, our_last = tables.rows(run, comparison.run_equilibrium)
    outside = comparison.outside
    marked = np.zeros_like(run.rates, bool) if outside is None else outside
    differences = [
        [
            f"{OUTSIDE if mark else ''}{difference * 100:+z.1f}"
            for difference, mark in zip(*pair, strict=True)
        ]
        for pair in zip(comparison.difference, marked, strict=True)
    ]
    body = [
        row
        for their, our, difference in zip(theirs, ours, differences, strict=True)
        for row in (
            [their[0], "paper", *their[1:]],
            ["" if our[0] == their[0] else our[0], "run", *our[1:]],
            ["", "run − paper", *difference, ""],
        )
    ]
    last = [[their_last[0], "paper", *their_last[1:]], ["", "run", *our_last[1:]]]
    return [[head[0], "", *head[1:]], *body, *last]


def text(comparison: Comparison) -> str:
    """Return a comparison for the terminal."""
    lines = typeset.aligned(rows(comparison), names=2)
    rule = "-" * max(map(len, lines))
    table = [lines[0], rule, *lines[1:-2], rule, *lines[-2:]]
    return "\n".join([CAPTION, "", *table, "", *findings(comparison)])


def markdown(comparison: Comparison) -> str:
    """Return a comparison as Markdown."""
    head, *body = rows(comparison)
    said = typeset.plain_markdown(" ".join(findings(comparison)))
    return typeset.markdown(CAPTION, head, body, said, names=2)


def findings(comparison: Comparison) -> list[str]:
    """Return the findings of a comparison in sentences."""
    run, paper, difference = comparison.run, comparison.paper, comparison.difference * 100
    row, column = comparison.farthest
    agreement = comparison.rank_agreement
    found = [
        f"Over {difference.size} cells, run − paper is {difference.mean():+z.1f} points in the "
        f"mean; in size it is {np.abs(difference).mean():.1f} points in the mean and "
        f"{abs(difference[row, column]):.1f} at most (row {paper.user[row]}, column "
        f"{paper.recogniser[column]}).",
        "Rank agreement of the cells (Spearman's): "
        + (
            "not defined, all rates of one being equal."
            if agreement is None
            else f"{agreement:.2f}."
        ),
        "The run's rates have no intervals."
        if comparison.outside is None
        else f"{OUTSIDE}: the paper's rate lies outside the run's 95 % interval, in "
        f"{comparison.outside.sum()} of {difference.size} cells.",
    ]
    for side in ("user", "recogniser"):
        ours, theirs = map(_listed, comparison.played(side))
        found.append(
            f"In both, the {side} plays {ours}."
            if ours == theirs
            else f"The {side} plays {theirs} in the paper, {ours} in the run."
        )
    for name, equilibrium in (
        ("paper", comparison.paper_equilibrium),
        ("run", comparison.run_equilibrium),
    ):
        if equilibrium.unique is False:
            found.append(f"The {name}'s game has other equilibria, with the same value.")
    columns = [
        f"{theirs} is {ours}"
        for theirs, ours in zip(paper.recogniser, run.recogniser, strict=True)
        if theirs != ours
    ]
    if columns:
        found.append(f"Columns: {', '.join(columns)}.")
    if comparison.left_out:
        names = ", ".join(map(repr, comparison.left_out))
        found.append(f"Left out of the run, since the paper has no such strategy: {names}.")
    if comparison.own is not None:
        if comparison.own.charged is not None:
            found.append("The run's game charges; here, both games are compared without charges.")
        found.append(f"The run's whole game. {tables.guarantee(comparison.own)}")
    return found


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
