"""Payoff tables with their equilibrium, as text, Markdown and LaTeX."""

from collections.abc import Mapping
from pathlib import Path

from aip.game.equilibrium import Equilibrium, Interval
from aip.game.table import Table
from aip.game.worth import Worth
from aip.perturb.perceptibility import MeanPerceptibility
from aip.show import charges, counted, typeset
from aip.show.typeset import VISIBILITY, span, visibility

ENROLLED = {
    "published": "enrolment of what the user publishes",
    "both": "enrolment of clean heads and of what the user publishes",
}
SHORT = 40  # bits of a denominator that a person may want to read


def rows(table: Table, equilibrium: Equilibrium, intervals: bool = False) -> list[list[str]]:
    """Return a table as text: rates in percent, mixtures in the last column and the last row.

    A strategy that is not played has a dash. With `intervals`, each rate is followed by its
    interval, if the table has counts. If the game charges, what it charges has a column and a row.
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
    found = [
        ["user \\ recogniser", *table.recogniser, "user plays"],
        *(
            [name, *row, probability]
            for name, row, probability in zip(table.user, cells, played, strict=True)
        ),
        ["recogniser plays", *answered, _value(equilibrium)],
    ]
    charged = equilibrium.charged
    return found if charged is None else charges.with_charges(found, charged.charges)


def text(table: Table, equilibrium: Equilibrium) -> str:
    """Return a table for the terminal."""
    lines = typeset.aligned(rows(table, equilibrium))
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def guarantee(equilibrium: Equilibrium) -> str:
    """Return the guarantee of an equilibrium in sentences, with what it holds against."""
    unique = {
        True: " The equilibrium is unique.",
        False: " Other equilibria exist, with the same value.",
        None: "",
    }[equilibrium.unique]
    worth = equilibrium.worth
    return (
        f"Guarantee: a user who draws from this mixture is {counted.said(worth)} in at most "
        f"{equilibrium.value * 100:.2f} % of heads{_sure(equilibrium.interval)}, whichever of "
        f"these recogniser strategies is chosen{_worth(worth)}"
        f"{charges.sentence(equilibrium.charged)}{unique}"
    )


def against(worth: Worth) -> str:
    """Return what the recogniser strategies of a game are made of.

    Examples
    --------
    >>> from aip.game.worth import Against
    >>> against(Worth(1, 40, Against(6, 1, 0), None, {}))
    '6 processings, 1 net, no adversarially trained recogniser'
    """
    found = worth.against
    return ", ".join(
        (
            _counted(found.processings, "processing"),
            _counted(found.nets, "net"),
            _counted(found.learnt, "adversarially trained recogniser"),
            *(ENROLLED[each] for each in found.enrolled),
        )
    )


def called(equilibrium: Equilibrium) -> str:
    """Return what the guarantee is: the value of the game, unless that charges."""
    return "value" if equilibrium.charged is None else "guarantee"


def exactness(equilibrium: Equilibrium) -> str:
    """Say in a sentence whether an equilibrium is exact, and its value if that is short."""
    if equilibrium.certificate is None:
        return f"Not exact: {equilibrium.why_inexact}."
    value = equilibrium.certificate.value * 100
    if value.denominator.bit_length() > SHORT:
        return "Exact: value and mixtures were found as fractions and checked."
    return f"Exact: the value is {value} %; the mixtures, too, were found as fractions and checked."


def caption(table: Table, worth: Worth | None = None) -> str:
    """Return the caption of a table."""
    what = counted.rates(worth)
    what = what[0].upper() + what[1:]
    if table.counts is None:
        return f"{what}."
    fewest, most = table.counts.heads.min(), table.counts.heads.max()
    heads = f"{most}" if fewest == most else f"{fewest}–{most}"
    return f"{what} of {heads} heads, with its 95 % Wilson interval."


def write_markdown(
    path: Path,
    table: Table,
    equilibrium: Equilibrium,
    seen: Mapping[str, MeanPerceptibility],
    more: str = "",
) -> None:
    """Write a table as Markdown, with how visible each user strategy is; `more` ends its note."""
    head, *body = _with_visibility(table, equilibrium, seen)
    note = typeset.plain_markdown(f"{guarantee(equilibrium)} {more}".rstrip())
    typeset.write_markdown(path, caption(table, equilibrium.worth), head, body, note)


def write_latex(
    path: Path,
    table: Table,
    equilibrium: Equilibrium,
    seen: Mapping[str, MeanPerceptibility],
    more: str = "",
) -> None:
    """Write a table as a LaTeX tabular, as `write_markdown` does."""
    head, *body, last = _with_visibility(table, equilibrium, seen)
    said = caption(table, equilibrium.worth)
    note = f"{guarantee(equilibrium)} {more}".rstrip()
    typeset.write_latex(path, said, head, body, last, note)


def _with_visibility(
    table: Table, equilibrium: Equilibrium, seen: Mapping[str, MeanPerceptibility]
) -> list[list[str]]:
    head, *body = rows(table, equilibrium, intervals=True)
    played, others = body[: len(table.user)], body[len(table.user) :]
    shown = [[*row, *visibility(seen[name])] for name, row in zip(table.user, played, strict=True)]
    return [[*head, *VISIBILITY], *shown, *([*row, *([""] * len(VISIBILITY))] for row in others)]


def _worth(worth: Worth | None) -> str:
    """End a guarantee with against what it holds, and say how the mixture did elsewhere."""
    if worth is None:
        return "."
    people = _counted(worth.people, "person", "people")
    said = [f": {against(worth)}.", f"The mixture was solved on the same heads, of {people}."]
    held = worth.held_out
    if held is not None:
        said.append(
            f"Held out, solved on the others and played on each of {held.folds} folds of people, "
            f"it is {counted.verb(worth.payoff)} in at most {held.value * 100:.2f} %"
            f"{_sure(held.interval)}."
        )
    if worth.worst_outside is None:
        said.append("It met no recogniser strategy outside the game.")
    else:
        outside = _counted(len(worth.outside), "recogniser strategy", "recogniser strategies")
        said.append(
            f"It met {outside} outside the game; the worst, {worth.worst_outside}, "
            f"{counted.does(worth.payoff)} "
            f"{worth.outside[worth.worst_outside] * 100:.2f} %."
        )
    return " ".join(said)


def _sure(interval: Interval | None) -> str:
    if interval is None:
        return ""
    ends = span(interval.low, interval.high, 2)
    return f" ({interval.confidence * 100:.0f} % interval {ends} %)"


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count or 'no'} {one if count < 2 else many or f'{one}s'}"


def _probability(value: float) -> str:
    return f"{value:.4f}" if value > 0 else "–"


def _value(equilibrium: Equilibrium) -> str:
    percent, interval = equilibrium.value * 100, equilibrium.interval
    name = called(equilibrium)
    if interval is None:
        return f"{name} {percent:.4f} %"
    return f"{name} {percent:.2f} % [{span(interval.low, interval.high, 2)}]"
