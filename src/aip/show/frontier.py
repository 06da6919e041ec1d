"""The price of privacy: as a picture, and in words."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from aip.errors import printable
from aip.game.frontier import Curve, Point
from aip.show import typeset
from aip.store.files import whole

# What visibility is, as `aip.game.visibility` measures it, for an axis and in a sentence.
AXIS = {
    "l2": "mean L2 norm of the change of a published head (0–255 scale)",
    "norm": "mean L2 norm of the perturbation at the recogniser's input (0–255 scale)",
    "ssim": "mean 1 − SSIM of a published head (0: unchanged)",
}
SAID = {"l2": "a mean L2 norm of", "norm": "a mean L2 norm at input size of", "ssim": "1 − SSIM of"}

# Blue and vermilion of Okabe and Ito (2008), which colour-blind eyes and grey print tell apart.
KINDS = {"start": ("#0072B2", "o", "game"), "grown": ("#D55E00", "s", "grown game")}
APART = 3.0  # points by which the rates at one visibility are drawn apart, so that intervals show


def draw(
    path: Path, name: str, measure: str, curves: Sequence[Curve], counted: str = "recognised"
) -> None:
    """Draw the guaranteed rate against visibility, in sample and held out, with 95 % intervals.

    `counted` says what happens to a head that counts, as `aip.show.counted.recognised` does.
    """
    with mpl.rc_context({"svg.hashsalt": "aip", "font.size": 10, "text.parse_math": False}):
        figure = Figure(figsize=(6.4, 4.6), layout="constrained")
        axes = figure.add_subplot()
        plot(axes, name, measure, curves)
        axes.set_ylabel(f"{counted} at most (%)")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
        with whole(path) as beside:
            metadata = {"Date": None} if path.suffix == ".svg" else None
            figure.savefig(beside, format=path.suffix[1:], dpi=160, metadata=metadata)


def plot(axes: Axes, name: str, measure: str, curves: Sequence[Curve]) -> None:
    """Plot the curves on axes; `draw` says how."""
    axes.set_title(f"{printable(name)}: what a visible change buys")
    for curve in curves:
        if curve.kind == "unchanged":
            rate = curve.points[0].rate * 100
            said = f"unchanged photos, {rate:.1f} %"
            axes.axhline(rate, color="0.35", linestyle=":", linewidth=1.2, label=said)
        else:
            _draw_curve(axes, curve)
    axes.set_xlabel(AXIS[measure])
    axes.set_ylim(0, 106)
    axes.set_yticks(range(0, 101, 20))
    most = max(each.visibility for curve in curves for each in curve.points)
    axes.set_xlim(-0.03 * most, 1.08 * most or 1)
    axes.grid(color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def describe(
    name: str, game: str, measure: str, curves: Sequence[Curve], counted: str = "recognised"
) -> str:
    """Say in a few lines what each epsilon costs in visibility and guarantees.

    Parameters
    ----------
    name : str
        The frontier's.
    game : str
        The game that it divides by epsilon.
    measure : str
    curves : sequence of Curve
    counted : str
        As for `draw`.
    """
    by_kind = {curve.kind: curve.points for curve in curves}
    lines = [f"Frontier {printable(name)} of the game {printable(game)}: what visibility is worth."]
    if plain := by_kind.get("unchanged"):
        lines.append(f"Photos published as they are: {counted} in {plain[0].rate * 100:.1f} %.")
    grown = {point.epsilon: point for point in by_kind.get("grown", ())}
    for point in by_kind["start"]:
        said = f"Epsilon {point.epsilon:g}: {_said(point, measure)}"
        if point.epsilon in grown:
            said += f"; grown, {_said(grown[point.epsilon], measure)}"
        lines.append(f"{said}.")
    return "\n".join(lines) + "\n"


def _draw_curve(axes: Axes, curve: Curve) -> None:
    colour, marker, called = KINDS[curve.kind]
    in_sample = [(each.visibility, each.rate, each.interval) for each in curve.points]
    held_out = [
        (each.visibility, each.held_out, each.held_out_interval)
        for each in curve.points
        if each.held_out is not None
    ]
    first = -1.5 if curve.kind == "start" else 0.5
    for found, line, face, label, aside in (
        (in_sample, "--", "white", f"{called}, in sample", first * APART),
        (held_out, "-", colour, f"{called}, people held out", (first + 1) * APART),
    ):
        if not found:
            continue
        assert axes.figure is not None
        moved = axes.transData + ScaledTranslation(aside / 72, 0, axes.figure.dpi_scale_trans)
        at, rates, _ = zip(*found, strict=True)
        axes.plot(
            at,
            [rate * 100 for rate in rates],
            line,
            color=colour,
            marker=marker,
            markerfacecolor=face,
            markersize=5.5,
            linewidth=1.3,
            label=label,
            transform=moved,
            zorder=3,
        )
        ends = [(x, i.low * 100, i.high * 100) for x, _, i in found if i is not None]
        if ends:
            x, low, high = zip(*ends, strict=True)
            axes.vlines(x, low, high, colour, linewidth=1, alpha=0.6, transform=moved)
    for each in curve.points:
        rated = [each.rate, *([] if each.held_out is None else [each.held_out])]
        intervals = [i for i in (each.interval, each.held_out_interval) if i is not None]
        top = max([*rated, *(i.high for i in intervals)])
        bottom = min([*rated, *(i.low for i in intervals)])
        above = curve.kind == "grown" or bottom < 0.06
        axes.annotate(
            f"ε {each.epsilon:g}",
            (each.visibility, (top if above else bottom) * 100),
            (0, 3 if above else -3),
            textcoords="offset points",
            ha="center",
            va="bottom" if above else "top",
            fontsize=7.5,
            color=colour,
        )


def _said(point: Point, measure: str) -> str:
    visible = f"{point.visibility:.3f}" if measure == "ssim" else f"{point.visibility:.0f}"
    said = f"{SAID[measure]} {visible} guarantees {typeset.rate(point.rate, point.interval)}"
    if point.held_out is not None:
        said += f", held out {typeset.rate(point.held_out, point.held_out_interval)}"
    return said
