"""Charges: what a game costs each side beside the recognition rate, and what each then comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import fmpq, fmpq_mat
from numpy.typing import NDArray

from aip.game.certificate import Certificate
from aip.game.exact import as_fraction, as_text
from aip.game.table import Table

# What the mixtures of a charged game come to, as a file names it.
COMES_TO = ("value", "user_pays", "recogniser_gains")


@dataclass(frozen=True)
class Charges:
    """What a game charges: each row to the user, each column to the recogniser.

    The user pays R_ij + c_i and the recogniser gains R_ij − d_j, so the sum of what both gain is
    not zero. The equilibria are those of the zero-sum game with the payoffs R_ij + c_i − d_j all
    the same (Moulin and Vial 1978 call such games strategically zero-sum):

    1. Against a mixture y of columns, a row's payoff R_i·y + c_i differs from the zero-sum one by
       d·y, and against a mixture x of rows, a column's x·R_j − d_j differs from it by x·c.
    2. Each of these is the same number for all strategies that its side can choose, so each side
       has the same best responses in both games; mixtures that are best responses to each other in
       one are so in the other.

    Attributes
    ----------
    measure : str or None
        ``l2``, ``norm`` or ``ssim``: the mean by which the user is charged; None if it is not.
    rate, draw : float
        Percentage points, per unit of the measure and per draw.
    user, recogniser : tuple of Fraction
        c, by row, and d, by column: fractions, as rates are; at least 0. They are exact for the
        decimals in which rates and means are written.

    References
    ----------
    H. Moulin and J.-P. Vial, "Strategically zero-sum games: the class of games whose completely
    mixed equilibria cannot be improved upon", International Journal of Game Theory 7, 1978.
    """

    measure: str | None
    rate: float
    draw: float
    user: tuple[Fraction, ...]
    recogniser: tuple[Fraction, ...]

    @property
    def matrix(self) -> NDArray[np.float64]:
        """What is added to each rate, c_i − d_j, (rows, columns)."""
        c, d = (np.array(side, dtype=np.float64) for side in (self.user, self.recogniser))
        return c[:, None] - d

    def added_to(self, rates: Sequence[Sequence[Fraction]]) -> list[list[Fraction]]:
        """Return the payoffs R_ij + c_i − d_j of a table's rates R_ij, exactly."""
        return [
            [rate + c - d for rate, d in zip(row, self.recogniser, strict=True)]
            for row, c in zip(rates, self.user, strict=True)
        ]


@dataclass(frozen=True)
class Charged:
    """What the mixtures of a charged game come to.

    Attributes
    ----------
    charges : Charges
    value : float
        Of the zero-sum game with the payoffs R_ij + c_i − d_j.
    user_pays : float
        The rate at which the two mixtures meet, plus what the user is charged.
    recogniser_gains : float
        The same rate, less what the recogniser is charged.
    fractions : tuple of Fraction, or None
        These three exactly; None where the equilibrium is not exact.
    """

    charges: Charges
    value: float
    user_pays: float
    recogniser_gains: float
    fractions: tuple[Fraction, Fraction, Fraction] | None = None


def charges(definition: Mapping[str, Any], visible: Sequence[Fraction]) -> Charges:
    """Return what a game charges.

    Parameters
    ----------
    definition : mapping
        ``measure``, ``rate`` and ``draw`` as in `Charges`, and ``draws``, how many each column has.
    visible : sequence of Fraction
        How visible each row is by the measure; 0 where there is none.
    """
    rate, draw = decimal(definition["rate"]) / 100, decimal(definition["draw"]) / 100
    return Charges(
        definition["measure"],
        definition["rate"],
        definition["draw"],
        tuple(rate * mean for mean in visible),
        tuple(draw * count for count in definition["draws"]),
    )


def come_to(
    charges: Charges,
    value: float,
    user: NDArray[np.float64],
    recogniser: NDArray[np.float64],
    certificate: Certificate | None,
) -> Charged:
    """Return what an equilibrium of a charged game comes to.

    Where the mixtures x and y meet at the rate r, the value is v = r + c·x − d·y. So the user pays
    r + c·x = v + d·y, and the recogniser gains r − d·y = v − c·x.

    Parameters
    ----------
    charges : Charges
    value : float
    user, recogniser : (rows,) and (columns,) float64 arrays
    certificate : Certificate or None
        Of the zero-sum game with the payoffs R_ij + c_i − d_j.
    """
    if certificate is not None:
        exact = (
            certificate.value,
            certificate.value + _dot(charges.recogniser, certificate.recogniser),
            certificate.value - _dot(charges.user, certificate.user),
        )
        return Charged(charges, float(exact[0]), float(exact[1]), float(exact[2]), exact)
    c, d = (np.array(side, dtype=np.float64) for side in (charges.user, charges.recogniser))
    return Charged(charges, value, value + float(d @ recogniser), value - float(c @ user))


def guaranteed(rates: Sequence[Sequence[Fraction]], user: Sequence[Fraction]) -> Fraction:
    """Return the largest rate of a column against a mixture of rows, exactly."""
    table = fmpq_mat([[fmpq(rate.numerator, rate.denominator) for rate in row] for row in rates])
    largest = max((fmpq_mat([[fmpq(p.numerator, p.denominator) for p in user]]) * table).entries())
    return Fraction(int(largest.p), int(largest.q))


def _dot(left: Sequence[Fraction], right: Sequence[Fraction]) -> Fraction:
    return sum((a * b for a, b in zip(left, right, strict=True) if a and b), Fraction(0))


def decimal(number: float) -> Fraction:
    """Return the shortest decimal that stands for a float, as files and configs have it.

    Examples
    --------
    >>> decimal(0.1)
    Fraction(1, 10)
    """
    return Fraction(repr(float(number)))


def charged_json(charged: Charged | None, table: Table, scale: int) -> dict[str, Any]:
    """Return charges and what they come to as the key of a JSON object, times `scale`.

    It is null where nothing is charged.
    """
    if charged is None:
        return {"charge": None}
    found = charged.charges
    sides = {"user": found.user, "recogniser": found.recogniser}
    by_name = {
        side: dict(zip(getattr(table, side), (f * scale for f in costs), strict=True))
        for side, costs in sides.items()
    }
    exact = charged.fractions or [None] * len(COMES_TO)
    return {
        "charge": {
            **comes_to_json(charged, scale)["charge"],
            **{
                side: {name: float(f) for name, f in costs.items()}
                for side, costs in by_name.items()
            },
            "fractions": {
                **{
                    side: {name: as_text(f) for name, f in costs.items()}
                    for side, costs in by_name.items()
                },
                **{
                    key: None if f is None else as_text(f * scale)
                    for key, f in zip(COMES_TO, exact, strict=True)
                },
            },
        }
    }


def comes_to_json(charged: Charged | None, scale: int) -> dict[str, Any]:
    """Return what is charged and what it comes to, as in `charged_json`, without each strategy."""
    if charged is None:
        return {"charge": None}
    found = charged.charges
    return {
        "charge": {
            "measure": found.measure,
            "rate": found.rate,
            "draw": found.draw,
            **{key: getattr(charged, key) * scale for key in COMES_TO},
        }
    }


def read_charged(found: Mapping[str, Any], table: Table) -> Charged | None:
    """Read what `charged_json` made, in fractions, from the JSON object of an equilibrium."""
    given = found["charge"]
    if given is None:
        return None
    texts = given["fractions"]
    user, recogniser = (
        tuple(as_fraction(texts[side][name]) for name in getattr(table, side))
        for side in ("user", "recogniser")
    )
    value, pays, gains = (
        None if texts[key] is None else as_fraction(texts[key]) for key in COMES_TO
    )
    exact = None if value is None or pays is None or gains is None else (value, pays, gains)
    return Charged(
        Charges(given["measure"], given["rate"], given["draw"], user, recogniser),
        given["value"],
        given["user_pays"],
        given["recogniser_gains"],
        exact,
    )
