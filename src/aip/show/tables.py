"""Payoff tables with their equilibrium, for reading and for print."""

from pathlib import Path

from aip.files import whole
from aip.game.equilibrium import Equilibrium
from aip.game.table import Table


def rows(table: Table, equilibrium: Equilibrium, intervals: bool = False) -> list[list[str]]:
    """Return a table as text: rates in percent, mixtures in the last column and the last row.

    Strategies that are not played have a dash. With `intervals`, each rate that was counted is
    followed by its interval.
    """
    counts = table.counts if intervals else None
    played = [_probability(p) for p in equilibrium.user]
    answered = [_probability(p) for p in equilibrium.recogniser]
    cells = [[f"{rate * 100:.1f}" for rate in row] for row in table.rates]
    if counts is not None:
        cells = [
            [f"{rate} [{_range(low, high, 1)}]" for rate, (low, high) in zip(*pair, strict=True)]
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
    cells = rows(table, equilibrium)
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
    rule = "-" * max(map(len, lines))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def guarantee(equilibrium: Equilibrium) -> str:
    """Return what the equilibrium says, in a sentence."""
    unique = {
        True: " The equilibrium is unique.",
        False: " Other equilibria exist, with the same value.",
        None: "",
    }[equilibrium.unique]
    interval, sure = equilibrium.interval, ""
    if interval is not None:
        sure = (
            f" ({interval.confidence * 100:.0f} % interval "
            f"{_range(interval.low, interval.high, 2)} %)"
        )
    return (
        f"Guarantee: playing this mixture, the user is recognised in at most "
        f"{equilibrium.value * 100:.2f} % of heads{sure}, whichever of these answers the "
        f"recogniser chooses.{unique}"
    )


def caption(table: Table) -> str:
    """Return what the cells of a table hold."""
    if table.counts is None:
        return "Recognition rate in percent."
    fewest, most = table.counts.heads.min(), table.counts.heads.max()
    heads = f"{most}" if fewest == most else f"{fewest}–{most}"
    return f"Recognition rate in percent of {heads} heads, with its 95 % Wilson interval."


def write_markdown(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write a table as Markdown."""
    head, *body = (
        [cell.replace("\\", "\\\\") for cell in row]
        for row in rows(table, equilibrium, intervals=True)
    )
    alignment = ["---", *(["---:"] * (len(head) - 1))]
    lines = [f"| {' | '.join(row)} |" for row in (head, alignment, *body)]
    with whole(path) as beside:
        beside.write_text(
            "\n".join([caption(table), "", *lines, "", guarantee(equilibrium)]) + "\n",
            encoding="utf-8",
        )


def write_latex(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write a table as a LaTeX tabular, for the booktabs package."""
    head, *body, last = (
        [_escape(cell) for cell in row] for row in rows(table, equilibrium, intervals=True)
    )
    lines = [
        f"% {caption(table)} Needs \\usepackage{{booktabs}}.",
        f"\\begin{{tabular}}{{l{'r' * len(table.recogniser)}r}}",
        "\\toprule",
        f"{' & '.join(head)} \\\\",
        "\\midrule",
        *(f"{' & '.join([row[0], *map(_small, row[1:])])} \\\\" for row in body),
        "\\midrule",
        f"{' & '.join(last)} \\\\",
        "\\bottomrule",
        "\\end{tabular}",
    ]
    with whole(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _probability(value: float) -> str:
    return f"{value:.4f}" if value > 0 else "–"


def _value(equilibrium: Equilibrium) -> str:
    percent, interval = equilibrium.value * 100, equilibrium.interval
    if interval is None:
        return f"value {percent:.4f} %"
    return f"value {percent:.2f} % [{_range(interval.low, interval.high, 2)}]"


def _range(low: float, high: float, decimals: int) -> str:
    return f"{low * 100:.{decimals}f}–{high * 100:.{decimals}f}"


def _small(cell: str) -> str:
    rate, bracket, interval = cell.partition(" [")
    return f"{rate} {{\\scriptsize [{interval}}}" if bracket else rate


def _escape(cell: str) -> str:
    replacements = {"\\": "\\textbackslash{}", "%": "\\%", "_": "\\_", "–": "--", "&": "\\&"}
    return "".join(replacements.get(character, character) for character in cell)
