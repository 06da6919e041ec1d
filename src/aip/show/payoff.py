"""The payoff table as a heat map, with both mixtures along its edges."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aip.errors import printable
from aip.game.equilibrium import Equilibrium
from aip.game.table import Table
from aip.show import charges, counted
from aip.show.tables import against, called
from aip.show.typeset import span
from aip.store.files import whole

MAP = "cividis"  # the same to colour-blind eyes, and in print
MIXTURE = "#b35806"


def draw(paths: Sequence[Path], table: Table, equilibrium: Equilibrium) -> None:
    """Draw a payoff table to each path, in the format of its suffix.

    Rates are in percent. Bars show the mixtures, the user's at the right, the recogniser's below.
    """
    n, m = table.rates.shape
    users, recognisers = ([*map(printable, names)] for names in (table.user, table.recogniser))
    width = 2.9 + 0.78 * m
    # As many characters of the note's size as fit into an inch.
    note = [line for said in _worth(equilibrium) for line in textwrap.wrap(said, int(15 * width))]
    with mpl.rc_context({"svg.hashsalt": "aip", "font.size": 10, "text.parse_math": False}):
        height = 2.0 + 0.46 * n + 0.15 * len(note)
        figure = Figure(figsize=(width, height), layout="constrained")
        grid = figure.add_gridspec(
            2, 3, width_ratios=(m, 1.5, 0.18), height_ratios=(n, 1.4), wspace=0.02, hspace=0.02
        )
        heat = figure.add_subplot(grid[0, 0])
        image = heat.imshow(table.rates * 100, cmap=MAP, vmin=0, vmax=100, aspect="auto")
        heat.set_xticks(range(m), recognisers, rotation=30, ha="left", rotation_mode="anchor")
        heat.xaxis.tick_top()
        heat.set_yticks(range(n), users)
        heat.tick_params(length=0)
        heat.set_title("how the recogniser answers", fontsize=10)
        heat.set_ylabel("what the user plays")
        for i in range(n):
            for j in range(m):
                rate = table.rates[i, j] * 100
                heat.text(
                    j, i, f"{rate:.1f}", ha="center", va="center", color="k" if rate > 50 else "w"
                )
        user = figure.add_subplot(grid[0, 1], sharey=heat)
        # A clip path would be named after the layout's last bits, which differ between drawings.
        user.barh(range(n), equilibrium.user, color=MIXTURE, height=0.6, clip_on=False)
        user.set_xlim(0, 1.3)
        user.set_title("user plays", fontsize=9)
        recogniser = figure.add_subplot(grid[1, 0], sharex=heat)
        recogniser.bar(range(m), equilibrium.recogniser, color=MIXTURE, width=0.6, clip_on=False)
        recogniser.set_ylim(1.3, 0)
        recogniser.set_xlabel("recogniser plays", fontsize=9)
        for i, probability in enumerate(equilibrium.user):
            if probability > 0:
                user.text(probability + 0.04, i, f"{probability:.2f}", va="center", fontsize=8)
        for j, probability in enumerate(equilibrium.recogniser):
            if probability > 0:
                recogniser.text(
                    j, probability + 0.05, f"{probability:.2f}", ha="center", va="top", fontsize=8
                )
        for axes in (user, recogniser):
            _bare(axes)
        figure.colorbar(image, cax=figure.add_subplot(grid[0, 2]), label=_counted(equilibrium))
        corner = figure.add_subplot(grid[1, 1:])
        corner.axis("off")
        value = f"{called(equilibrium)}\n{equilibrium.value * 100:.2f} %"
        corner.text(0.5, 0.72, value, ha="center", va="center", weight="bold")
        interval = equilibrium.interval
        if interval is not None:
            sure = (
                f"{interval.confidence * 100:.0f} % interval\n"
                f"{interval.low * 100:.2f}–{interval.high * 100:.2f} %"
            )
            corner.text(0.5, 0.2, sure, ha="center", va="center", fontsize=8)
        if note:
            figure.supxlabel("\n".join(note), fontsize=8)
        for path in paths:
            with whole(path) as beside:
                metadata = {"Date": None} if path.suffix == ".svg" else None
                figure.savefig(beside, format=path.suffix[1:], dpi=160, metadata=metadata)


def _counted(equilibrium: Equilibrium) -> str:
    """Say what is shown in percent; the note below says at which rank or threshold."""
    worth = equilibrium.worth
    return f"{counted.verb(None if worth is None else worth.payoff)} (%)"


def _worth(equilibrium: Equilibrium) -> list[str]:
    """Say against what the value holds, and what it is held out and outside the game."""
    worth = equilibrium.worth
    if worth is None:
        return []
    said = [f"Against {against(worth)}."]
    if worth.payoff is not None:
        name = counted.recognised(worth.rank, worth.payoff).capitalize()
        said.append(f"{name}: {counted.meaning(worth.rank, worth.payoff)}.")
    elif worth.rank > 1:
        said.append(f"Recognised: the identity is among the {worth.rank} highest scores.")
    held, worst = worth.held_out, worth.worst_outside
    if held is not None:
        ends = span(held.interval.low, held.interval.high, 2)
        said.append(f"Held out, {held.folds} folds of people: {held.value * 100:.2f} % [{ends}].")
    if worst is not None:
        rate = worth.outside[worst] * 100
        said.append(f"Worst of {len(worth.outside)} outside: {printable(worst)}, {rate:.2f} %.")
    if equilibrium.charged is not None:
        said.append(charges.sentence(equilibrium.charged).strip())
    return said


def _bare(axes: Axes) -> None:
    axes.tick_params(
        left=False, bottom=False, top=False, labelleft=False, labelbottom=False, labeltop=False
    )
    for spine in axes.spines.values():
        spine.set_visible(False)
