"""What a game charges, in tables and in words; points are percentage points."""

from collections.abc import Sequence
from fractions import Fraction

from aip.game.charge import Charged, Charges

# What a user is charged for, as `aip.game.visibility` measures it.
MEASURED = {
    "l2": "unit of L2 norm",
    "norm": "unit of L2 norm at input size",
    "ssim": "unit of 1 − SSIM",
}


def with_charges(rows: Sequence[Sequence[str]], charges: Charges) -> list[list[str]]:
    """Add what each strategy costs to a table's rows, of which the last has the mixture."""
    head, *body, last = rows
    columns = [["charge (points)", *map(_points, charges.recogniser), "", ""]]
    return [
        [*head, "charge (points)"],
        *([*row, _points(cost)] for row, cost in zip(body, charges.user, strict=True)),
        *columns,
        [*last, ""],
    ]


def sentence(charged: Charged | None) -> str:
    """Say what is charged, and what the mixtures come to; with a space before it.

    It is empty where nothing is charged.
    """
    if charged is None:
        return ""
    found, said = charged.charges, []
    if found.measure is not None:
        said.append(f"the user {_number(found.rate)} per {MEASURED[found.measure]}")
    if found.draw:
        said.append(f"the recogniser {_number(found.draw)} per draw")
    return (
        f" The game charges {' and '.join(said)}; no rate has these in it. The mixtures are in "
        f"equilibrium with them: the user pays {charged.user_pays * 100:.2f} points, rate and "
        f"charge, the recogniser gains {charged.recogniser_gains * 100:.2f}, rate less charge, and "
        f"the value of the charged game is {charged.value * 100:.2f}."
    )


def _points(cost: Fraction) -> str:
    return f"{float(cost) * 100:.2f}"


def _number(points: float) -> str:
    return f"{points:.10g} point{'' if points == 1 else 's'}"
