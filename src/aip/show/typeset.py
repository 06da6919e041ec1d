"""Formatting tables as text, Markdown and LaTeX."""

import re
from collections.abc import Sequence
from pathlib import Path

from aip.errors import printable
from aip.game.interval import Interval
from aip.perturb.perceptibility import MeanPerceptibility
from aip.store.files import whole

Row = Sequence[str]

# What Markdown takes for more than itself: an underscore only at the edge of a word, & only before
# an entity, and a parenthesis only where it would make a link.
MARKDOWN = re.compile(r"[\\`*<>|$~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|(?<=\])\(", re.ASCII)

# The columns of `visibility`, of published heads at native size.
VISIBILITY = ("L2", "L∞", "PSNR (dB)", "SSIM")


def visibility(seen: MeanPerceptibility) -> list[str]:
    """Return how visible a user strategy is, in the columns of `VISIBILITY`."""
    return [
        _number(seen.l2, 0),
        _number(seen.linf, 0),
        _number(seen.psnr, 1),
        _number(seen.ssim, 3),
    ]


def percent(fraction: float | None) -> str:
    """Return a rate in percent, or a dash if there is none."""
    return _number(None if fraction is None else 100 * fraction, 1)


def span(low: float, high: float, decimals: int) -> str:
    """Return an interval of rates in percent."""
    return f"{low * 100:.{decimals}f}–{high * 100:.{decimals}f}"


def rate(fraction: float, interval: Interval | None) -> str:
    """Return a rate in percent, with its interval if there is one."""
    sure = "" if interval is None else f" [{span(interval.low, interval.high, 1)}]"
    return f"{fraction * 100:.1f} %{sure}"


def aligned(rows: Sequence[Row], names: int = 1) -> list[str]:
    """Return a table's lines for the terminal, its first `names` columns aligned to the left."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if i < names else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def markdown(caption: str, head: Row, body: Sequence[Row], note: str, names: int = 1) -> str:
    """Return a table as Markdown with caption and note; `names` columns aligned to the left."""
    rows = [[plain_markdown(cell) for cell in row] for row in (head, *body)]
    alignment = [*(["---"] * names), *(["---:"] * (len(head) - names))]
    lines = [f"| {' | '.join(row)} |" for row in (rows[0], alignment, *rows[1:])]
    return "\n".join([caption, "", *lines, *(["", note] if note else [])])


def plain_markdown(text: str) -> str:
    r"""Return text as Markdown that is shown as the text is.

    Examples
    --------
    >>> print(plain_markdown("a|b <i>*c*</i> [d](e)"))
    a\|b \<i\>\*c\*\</i\> [d]\(e)
    """
    return MARKDOWN.sub(r"\\\g<0>", printable(text))


def write_markdown(path: Path, caption: str, head: Row, body: Sequence[Row], note: str) -> None:
    """Write a table as Markdown."""
    with whole(path) as beside:
        beside.write_text(markdown(caption, head, body, note) + "\n", encoding="utf-8")


def write_latex(
    path: Path,
    caption: str,
    head: Row,
    body: Sequence[Row],
    last: Row | None = None,
    note: str = "",
) -> None:
    """Write a table as a LaTeX tabular, for the booktabs package.

    `last` stands below a rule, and `note` in a paragraph of small print below the table.
    """
    closing = ["\\midrule", f"{_line(last)} \\\\"] if last else []
    lines = [
        f"% {_escape(caption)} Needs \\usepackage{{booktabs}}.",
        f"\\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}",
        "\\toprule",
        f"{_line(head)} \\\\",
        "\\midrule",
        *(f"{' & '.join([_escape(row[0]), *map(_small, row[1:])])} \\\\" for row in body),
        *closing,
        "\\bottomrule",
        "\\end{tabular}",
        *([f"\\par\\smallskip{{\\footnotesize {_escape(note)}\\par}}"] if note else []),
    ]
    with whole(path) as beside:
        beside.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _number(value: float | None, decimals: int) -> str:
    return "–" if value is None else f"{value:.{decimals}f}"


def _line(row: Row) -> str:
    return " & ".join(map(_escape, row))


def _small(cell: str) -> str:
    rate, bracket, interval = _escape(cell).partition(" [")
    return f"{rate} {{\\scriptsize [{interval}}}" if bracket else rate


def _escape(cell: str) -> str:
    replacements = {
        "\\": "\\textbackslash{}",
        **{character: f"\\{character}" for character in "%_&#${}"},
        "~": "\\textasciitilde{}",
        "^": "\\textasciicircum{}",
        "<": "\\textless{}",
        ">": "\\textgreater{}",
        "–": "--",
        "∞": "$\\infty$",
    }
    return "".join(replacements.get(character, character) for character in printable(cell))
