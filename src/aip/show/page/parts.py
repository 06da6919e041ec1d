"""The parts of the page that are read from small files: curves, recognisers and costs."""

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aip.errors import printable
from aip.show.page.chart import Chart, Dot, Line, chart


@dataclass(frozen=True)
class Curve:
    """A chart with its name, and sentences about it."""

    name: str
    chart: Chart
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cost:
    """What the jobs of a rule took together.

    Attributes
    ----------
    rule : str
    jobs : int
    seconds : float
    share : float
        Of all jobs' seconds.
    peak : float or None
        The most memory that one was seen to hold, in MiB.
    """

    rule: str
    jobs: int
    seconds: float
    share: float
    peak: float | None


def growth(folder: Path) -> Curve:
    """Read how a game grew, from the folder of a growth."""
    rows = _read(folder / "growth.csv")
    lines = [
        Line("value", _dots(rows, "round", "value", "low", "high"), 0),
        Line("held out", _dots(rows, "round", "held_out", "held_out_low", "held_out_high"), 3),
        Line("worst outside the game", _dots(rows, "round", "outside"), 4, dashed=True),
        Line(
            "upper bound: the recogniser’s response", _dots(rows, "round", "upper"), 1, dashed=True
        ),
        Line("lower bound: the user’s response", _dots(rows, "round", "lower"), 2, dashed=True),
    ]
    title = f"The guarantee of {printable(folder.name)} as the game grows"
    return Curve(
        printable(folder.name), chart(title, "round", "recognised (%)", lines), _said(folder)
    )


def frontier(folder: Path) -> Curve:
    """Read what visibility is worth, from the folder of a frontier."""
    rows = _read(folder / "frontier.csv")
    lines = []
    for kind, called, colour in (("start", "game", 0), ("grown", "grown game", 3)):
        found = [row for row in rows if row["kind"] == kind]
        held = ("held_out", "held_out_low", "held_out_high")
        lines += [
            Line(
                f"{called}, in sample",
                _dots(found, "visibility", "rate", "low", "high"),
                colour,
                dashed=True,
            ),
            Line(f"{called}, held out", _dots(found, "visibility", *held), colour + 1),
        ]
    plain = [row for row in rows if row["kind"] == "unchanged"]
    lines.append(Line("unchanged photos", _dots(plain, "visibility", "rate"), 2))
    title = f"{printable(folder.name)}: what a visible change buys"
    drawn = chart(title, "visibility of the change", "recognised at most (%)", lines)
    return Curve(printable(folder.name), drawn, _said(folder))


def learning(path: Path) -> Curve:
    """Read how a recogniser's net learnt, from its learning curve."""
    rows, name = _read(path), printable(path.parent.name)
    for row in rows:
        for key in ("accuracy", "validation_accuracy"):
            row[key] = str(100 * float(row[key]))
    lines = [
        Line("accuracy, augmented heads", _dots(rows, "epoch", "accuracy"), 0),
        Line("accuracy, held-out heads", _dots(rows, "epoch", "validation_accuracy"), 3),
    ]
    return Curve(
        name, chart(f"How {name} learnt the train identities", "epoch", "accuracy (%)", lines)
    )


def cards(paths: Sequence[Path]) -> list[dict[str, Any]]:
    """Read how well recognisers recognise unattacked heads, one card for each direction."""
    found = []
    for path in paths:
        card = json.loads(path.read_text(encoding="utf-8"))
        reverse = ", reversed" if "reverse" in path.stem else ""
        found.append({**card, "name": f"{printable(path.parent.name)}{reverse}"})
    return found


def costs(path: Path) -> list[Cost]:
    """Sum the costs of a study by rule, those first that took longest."""
    rows = _read(path)
    total = sum(float(row["seconds"]) for row in rows) or 1.0
    found = []
    for rule in dict.fromkeys(row["rule"] for row in rows):
        own = [row for row in rows if row["rule"] == rule]
        seconds = sum(float(row["seconds"]) for row in own)
        peaks = [float(row["peak_mib"]) for row in own if row["peak_mib"]]
        found.append(Cost(rule, len(own), seconds, seconds / total, max(peaks, default=None)))
    return sorted(found, key=lambda cost: -cost.seconds)


def _dots(rows: Sequence[dict[str, str]], x: str, y: str, *ends: str) -> list[Dot]:
    return list(_known(rows, x, y, ends))


def _known(rows: Sequence[dict[str, str]], x: str, y: str, ends: Sequence[str]) -> Iterator[Dot]:
    for row in rows:
        if row[y] and not math.isnan(float(row[y])):
            low, high = (
                (float(row[end]) if row[end] else None for end in ends) if ends else (None, None)
            )
            yield Dot(float(row[x]), float(row[y]), low, high)


def _said(folder: Path) -> tuple[str, ...]:
    text = (folder / "summary.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines()[1:] if line)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
