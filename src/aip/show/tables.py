"""Payoff tables with their equilibrium, for reading and for print."""

from pathlib import Path

from aip.files import whole
from aip.game.equilibrium import Equilibrium
from aip.game.table import Table


def rows(table: Table, equilibrium: Equilibrium) -> list[list[str]]:
    """Return a table as text: rates in percent, mixtures in the last column and the last row.

    Strategies that are not played have a dash.
    """
    played = [_probability(p) for p in equilibrium.user]
    answered = [_probability(p) for p in equilibrium.recogniser]
    return [
        ["user \\ recogniser", *table.recogniser, "user plays"],
        *(
            [name, *(f"{rate * 100:.1f}" for rate in rates), probability]
            for name, rates, probability in zip(table.user, table.rates, played, strict=True)
        ),
        ["recogniser plays", *answered, f"value {equilibrium.value * 100:.4f} %"],
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
    return (
        f"Guarantee: playing this mixture, the user is recognised in at most "
        f"{equilibrium.value * 100:.2f} % of heads, whichever of these answers the recogniser "
        f"chooses.{unique}"
    )


def write_markdown(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write a table as Markdown."""
    head, *body = ([cell.replace("\\", "\\\\") for cell in row] for row in rows(table, equilibrium))
    alignment = ["---", *(["---:"] * (len(head) - 1))]
    lines = [f"| {' | '.join(row)} |" for row in (head, alignment, *body)]
    with whole(path) as beside:
        beside.write_text(
            "\n".join(["Recognition rate in percent.", "", *lines, "", guarantee(equilibrium)])
            + "\n",
            encoding="utf-8",
        )


def write_latex(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write a table as a LaTeX tabular, for the booktabs package."""
    head, *body, last = ([_escape(cell) for cell in row] for row in rows(table, equilibrium))
    lines = [
        "% Recognition rate in percent; needs \\usepackage{booktabs}.",
        f"\\begin{{tabular}}{{l{'r' * len(table.recogniser)}r}}",
        "\\toprule",
        f"{' & '.join(head)} \\\\",
        "\\midrule",
        *(f"{' & '.join(row)} \\\\" for row in body),
        "\\midrule",
        f"{' & '.join(last)} \\\\",
        "\\bottomrule",
        "\\end{tabular}",
    ]
    with whole(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _probability(value: float) -> str:
    return f"{value:.4f}" if value > 0 else "–"


def _escape(cell: str) -> str:
    replacements = {"\\": "\\textbackslash{}", "%": "\\%", "_": "\\_", "–": "--", "&": "\\&"}
    return "".join(replacements.get(character, character) for character in cell)
