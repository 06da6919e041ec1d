"""Charts as SVG inside a page: text stays text, and colours follow the page's style."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 560, 300
LEFT, RIGHT, TOP, BOTTOM = 48, 14, 12, 44
TICKS = 5

Place = Callable[[float], float]  # where a value is drawn


@dataclass(frozen=True)
class Dot:
    """A point of a line: a rate in percent, and its interval where there is one."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes
    ----------
    label : str
    dots : sequence of Dot
        In the order of x.
    colour : int
        The number of a colour of the page's style, 0–4 (Okabe and Ito 2008).
    dashed : bool
    """

    label: str
    dots: Sequence[Dot]
    colour: int
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """A chart and its legend.

    Attributes
    ----------
    svg : Markup
    lines : tuple of Line
        Those that have a dot, for the legend and the table of numbers.
    x : str
        What its horizontal axis shows.
    """

    svg: Markup
    lines: tuple[Line, ...]
    x: str

    def numbers(self) -> Iterator[tuple[float, list[Dot | None]]]:
        """Yield each x with its dot on each line, in order."""
        for x in sorted({dot.x for line in self.lines for dot in line.dots}):
            yield x, [next((dot for dot in line.dots if dot.x == x), None) for line in self.lines]


def chart(title: str, x: str, y: str, lines: Sequence[Line], top: float = 100) -> Chart:
    """Draw lines over x; y goes from 0 to `top`.

    Parameters
    ----------
    title, x, y : str
        What the chart shows, for those who do not see it, and what its axes show.
    lines : sequence of Line
        At least one with a dot.
    top : float
    """
    shown = tuple(line for line in lines if line.dots)
    values = [dot.x for line in shown for dot in line.dots]
    low, high = min(values), max(values)
    wide = (high - low) or 1

    def across(value: float) -> float:
        return LEFT + 12 + (value - low) / wide * (WIDTH - LEFT - RIGHT - 24)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - min(value, top) / top * (HEIGHT - TOP - BOTTOM)

    parts = [
        *_vertical(top, down, y),
        *_horizontal(sorted(set(values)), across, x),
        *(part for line in shown for part in _line(line, across, down)),
    ]
    body = Markup("").join(parts)
    svg = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, title, body)
    return Chart(svg, shown, x)


def _vertical(top: float, down: Place, y: str) -> Iterator[Markup]:
    for tick in range(TICKS + 1):
        value = top * tick / TICKS
        at = down(value)
        yield Markup('<path class="grid" d="M{} {:.1f}H{}"/>').format(LEFT, at, WIDTH - RIGHT)
        yield Markup('<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>').format(
            LEFT - 8, at + 5, value
        )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    yield Markup(
        '<text transform="translate(14 {:.1f}) rotate(-90)" text-anchor="middle">{}</text>'
    ).format(middle, y)


def _horizontal(values: Sequence[float], across: Place, x: str) -> Iterator[Markup]:
    step = -(-len(values) // 10)
    for value in values[::step]:
        yield Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{:g}</text>').format(
            across(value), HEIGHT - BOTTOM + 18, value
        )
    yield Markup('<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
        (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x
    )


def _line(line: Line, across: Place, down: Place) -> Iterator[Markup]:
    kind = f"c{line.colour}" + (" dashed" if line.dashed else "")
    path = "L".join(f"{across(dot.x):.1f} {down(dot.y):.1f}" for dot in line.dots)
    yield Markup('<path class="line {}" d="M{}"/>').format(kind, path)
    aside = 2 * line.colour - 4  # so that no interval hides another
    for dot in line.dots:
        at = across(dot.x)
        if dot.low is not None and dot.high is not None:
            yield Markup('<path class="interval c{}" d="M{:.1f} {:.1f}V{:.1f}"/>').format(
                line.colour, at + aside, down(dot.low), down(dot.high)
            )
        yield Markup('<circle class="dot c{}" cx="{:.1f}" cy="{:.1f}" r="4"/>').format(
            line.colour, at, down(dot.y)
        )


@dataclass(frozen=True)
class Bar:
    """A rate in percent, with its interval, on a line of its own."""

    label: str
    rate: float
    low: float | None = None
    high: float | None = None
    colour: int = 0


def bars(title: str, found: Sequence[Bar]) -> Markup:
    """Draw rates below each other from 0 to 100 %, each with its name, number and interval."""
    step, left, right = 46, 4, WIDTH - 20
    height = step * len(found) + 26

    def across(rate: float) -> float:
        return left + rate / 100 * (right - left)

    parts = []
    for tick in range(0, 101, 20):
        parts.append(
            Markup(
                '<path class="grid" d="M{0:.1f} 4V{1}"/>'
                '<text x="{0:.1f}" y="{2}" text-anchor="{3}">{4}</text>'
            ).format(
                across(tick),
                height - 22,
                height - 5,
                {0: "start", 100: "end"}.get(tick, "middle"),
                f"{tick} %" if tick == 100 else tick,
            )
        )
    for number, bar in enumerate(found):
        top = step * number
        ends = "" if bar.low is None or bar.high is None else f" [{bar.low:.1f}–{bar.high:.1f}]"
        parts.append(
            Markup(
                '<text x="{0}" y="{1}">{2}: <tspan class="strong">{3:.1f} %</tspan>{4}</text>'
                '<rect class="bar c{5}" x="{0}" y="{6}" width="{7:.1f}" height="12"/>'
            ).format(
                left,
                top + 17,
                bar.label,
                bar.rate,
                ends,
                bar.colour,
                top + 24,
                max(across(bar.rate) - left, 1),
            )
        )
        if bar.low is not None and bar.high is not None:
            parts.append(
                Markup('<path class="whisker" d="M{:.1f} {}H{:.1f}"/>').format(
                    across(bar.low), top + 30, across(bar.high)
                )
            )
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, height, title, Markup("").join(parts))
