"""Overview tables as Markdown and LaTeX."""

from pathlib import Path

from aip.game.overview import Entry, Overview
from aip.show import counted, typeset
from aip.show.typeset import VISIBILITY, percent, span, visibility


def rows(overview: Overview) -> list[list[str]]:
    """Return an overview as text, its header first.

    If rows are families, each column becomes three: the rate before publishing, the rate after, and
    the mean L2 norm at input size. Otherwise each row's visibility follows its rates.
    """
    if overview.by_column:
        cells = [
            [text for name in overview.columns for text in (f"{name}, unpublished", name, "L2")],
            *([text for entry in row for text in _triple(entry)] for row in overview.entries),
        ]
    else:
        cells = [[*overview.columns, *VISIBILITY]] + [
            [*(_rate(entry) for entry in row), *visibility(row[0].seen)] for row in overview.entries
        ]
    names = ["user \\ recogniser", *overview.rows]
    return [[name, *line] for name, line in zip(names, cells, strict=True)]


def caption(overview: Overview) -> str:
    """Return the caption of an overview."""
    heads = {entry.heads for row in overview.entries for entry in row}
    count = str(heads.pop()) if len(heads) == 1 else f"{min(heads)}–{max(heads)}"
    name = counted.rate(overview.rank, overview.payoff)
    return (
        f"{name[0].upper()}{name[1:]} in percent of {count} heads, with its 95 % Wilson interval; "
        "norms on the 0–255 scale."
    )


def write_markdown(path: Path, overview: Overview) -> None:
    """Write an overview as Markdown."""
    head, *body = rows(overview)
    typeset.write_markdown(path, caption(overview), head, body, "")


def write_latex(path: Path, overview: Overview) -> None:
    """Write an overview as a LaTeX tabular."""
    head, *body = rows(overview)
    typeset.write_latex(path, caption(overview), head, body)


def _rate(entry: Entry) -> str:
    return f"{percent(entry.rate)} [{span(entry.low, entry.high, 1)}]"


def _triple(entry: Entry) -> tuple[str, str, str]:
    norm = "–" if entry.seen.norm is None else f"{entry.seen.norm:.0f}"
    return percent(entry.unpublished), _rate(entry), norm
