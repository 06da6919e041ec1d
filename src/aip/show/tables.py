"""Payoff tables with their equilibrium, as text, Markdown and LaTeX."""

from collections.abc import Mapping
from pathlib import Path

from aip.game.equilibrium import Equilibrium
from aip.game.table import Table
from aip.perturb.perceptibility import MeanPerceptibility
from aip.show import typeset
from aip.show.typeset import VISIBILITY, span, visibility

SHORT = 40  # bits of a denominator that a person may want to read


def rows(table: Table, equilibrium: Equilibrium, intervals: bool = False) -> list[list[str]]:
    """Return a table as text: rates in percent, mixtures in the last column and the last row.

    A strategy that is not played has a dash. With `intervals`, each rate is followed by its
    interval, if the table has counts.
    """
    counts = table.counts if intervals else None
    played = [_probability(p) for p in equilibrium.user]
    answered = [_probability(p) for p in equilibrium.recogniser]
    cells = [[f"{rate * 100:.1f}" for rate in row] for row in table.rates]
    if counts is not None:
        cells = [
            [f"{rate} [{span(low, high, 1)}]" for rate, (low, high) in zip(*pair, strict=True)]
            for pair in zip(cells, counts.intervals, strict=True)
        ]
    return [
        ["user \\ recogniser", *table.recogniser, "user plays"],
        *(
            [name, *row, probability]
            for name, row, probability in zip(table.user, cells, played, strict=True)
        ),
        ["recogniser plays", *answered, _value(equilibrium)],
    ]


def text(table: Table, equilibrium: Equilibrium) -> str:
    """Return a table for the terminal."""
    lines = typeset.aligned(rows(table, equilibrium))
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def guarantee(equilibrium: Equilibrium) -> str:
    """Return the guarantee of an equilibrium in a sentence, with what it holds against."""
    unique = {
        True: " The equilibrium is unique.",
        False: " Other equilibria exist, with the same value.",
        None: "",
    }[equilibrium.unique]
    interval, sure = equilibrium.interval, ""
    if interval is not None:
        sure = (
            f" ({interval.confidence * 100:.0f} % interval "
            f"{span(interval.low, interval.high, 2)} %)"
        )
    return (
        f"Guarantee: a user who draws from this mixture is recognised in at most "
        f"{equilibrium.value * 100:.2f} % of heads{sure}, whichever of these recogniser strategies "
        f"is chosen.{unique}"
    )


def exactness(equilibrium: Equilibrium) -> str:
    """Say in a sentence whether an equilibrium is exact, and its value if that is short."""
    if equilibrium.certificate is None:
        return f"Not exact: {equilibrium.why_inexact}."
    value = equilibrium.certificate.value * 100
    if value.denominator.bit_length() > SHORT:
        return "Exact: value and mixtures were found as fractions and checked."
    return f"Exact: the value is {value} %; the mixtures, too, were found as fractions and checked."


def caption(table: Table) -> str:
    """Return the caption of a table."""
    if table.counts is None:
        return "Recognition rate in percent."
    fewest, most = table.counts.heads.min(), table.counts.heads.max()
    heads = f"{most}" if fewest == most else f"{fewest}–{most}"
    return f"Recognition rate in percent of {heads} heads, with its 95 % Wilson interval."


def write_markdown(
    path: Path, table: Table, equilibrium: Equilibrium, seen: Mapping[str, MeanPerceptibility]
) -> None:
    """Write a table as Markdown, with how visible each user strategy is."""
    head, *body = _with_visibility(table, equilibrium, seen)
    typeset.write_markdown(path, caption(table), head, body, guarantee(equilibrium))


def write_latex(
    path: Path, table: Table, equilibrium: Equilibrium, seen: Mapping[str, MeanPerceptibility]
) -> None:
    """Write a table as a LaTeX tabular, with how visible each user strategy is."""
    head, *body, last = _with_visibility(table, equilibrium, seen)
    typeset.write_latex(path, caption(table), head, body, last)


def _with_visibility(
    table: Table, equilibrium: Equilibrium, seen: Mapping[str, MeanPerceptibility]
) -> list[list[str]]:
    head, *body, last = rows(table, equilibrium, intervals=True)
    shown = [[*row, *visibility(seen[name])] for name, row in zip(table.user, body, strict=True)]
    return [[*head, *VISIBILITY], *shown, [*last, *([""] * len(VISIBILITY))]]


def _probability(value: float) -> str:
    return f"{value:.4f}" if value > 0 else "–"


def _value(equilibrium: Equilibrium) -> str:
    percent, interval = equilibrium.value * 100, equilibrium.interval
    if interval is None:
        return f"value {percent:.4f} %"
    return f"value {percent:.2f} % [{span(interval.low, interval.high, 2)}]"
