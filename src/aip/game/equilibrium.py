"""The equilibrium of the zero-sum game, its certificate, and whether it is the only one."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from aip.game.certificate import Certificate, CertificateError, certify
from aip.game.charge import Charged, Charges, charged_json, come_to, guaranteed, read_charged
from aip.game.exact import as_fraction, as_text
from aip.game.interval import Interval as Interval
from aip.game.linear_program import exploit as exploit
from aip.game.linear_program import linear_program
from aip.game.table import Table
from aip.game.uniqueness import is_unique
from aip.game.worth import Worth, read_worth, worth_json
from aip.store.files import whole


@dataclass(frozen=True)
class Equilibrium:
    """A solution of a payoff table, in which the user minimises the recognition rate.

    Attributes
    ----------
    value : float
        The guarantee, as a fraction: the recognition rate that the user's mixture keeps every
        recogniser strategy at or below. It is the value of the game, unless that charges.
    user, recogniser : (rows,) and (columns,) float64 arrays
        The two mixtures; probabilities.
    exploitability : float
        How much the two sides together could gain by deviating; 0 in an exact equilibrium, whose
        value and mixtures are here those of the certificate, rounded to the nearest floats.
    unique : bool or None
        Whether it is the only equilibrium; None where the rates are too close together, beside
        others, to tell.
    solver : str
        The method that solved the game, and the one that decided uniqueness.
    interval : Interval or None
        The interval of the value; None where the heads' outcomes are not known, as for a published
        table.
    worth : Worth or None
        What the guarantee is worth; None where the interval is.
    certificate : Certificate or None
        The equilibrium in fractions, checked in exact arithmetic; None where there is none. Its
        value is the guarantee, too.
    why_inexact : str or None
        Why there is no certificate.
    charged : Charged or None
        What the game charges, and what both sides then pay and gain; None where it charges
        nothing.
    """

    value: float
    user: NDArray[np.float64]
    recogniser: NDArray[np.float64]
    exploitability: float
    unique: bool | None
    solver: str
    interval: Interval | None = None
    worth: Worth | None = None
    certificate: Certificate | None = None
    why_inexact: str | None = None
    charged: Charged | None = None


def solve(table: Table, charges: Charges | None = None) -> Equilibrium:
    """Solve a payoff table by linear programming, then exactly; say if another solution exists.

    Where the game charges, the payoffs that are solved are those that `Charges` says. Where no
    equilibrium is found exactly, `why_inexact` says why; where it cannot be known whether another
    exists, `unique` is None. The equilibrium is valid all the same.

    Raises
    ------
    SolverError
        No equilibrium was found to within 1e-9.

    Examples
    --------
    >>> found = solve(Table(("a", "b"), ("c", "d"), np.array([[0.0, 0.5], [0.5, 0.0]])))
    >>> found.value, found.user.tolist(), found.unique
    (0.25, [0.5, 0.5], True)
    """
    payoffs = table.rates if charges is None else table.rates + charges.matrix
    found = linear_program(payoffs)
    unique = is_unique(payoffs, found.user, found.recogniser)
    solver = "linear program by HiGHS"
    if unique is not None:
        solver += ", uniqueness by linear programs"
    equilibrium = Equilibrium(
        found.value, found.user, found.recogniser, found.exploitability, unique, solver
    )
    rates = table.fractions()
    try:
        exact = rates if charges is None else charges.added_to(rates)
        certificate = certify(exact, found.user, found.recogniser)
    except CertificateError as error:
        equilibrium = replace(equilibrium, why_inexact=str(error))
    else:
        equilibrium = replace(
            equilibrium,
            value=float(certificate.value),
            user=np.array(certificate.user, dtype=np.float64),
            recogniser=np.array(certificate.recogniser, dtype=np.float64),
            exploitability=0.0,
            solver=f"{solver}, fractions by FLINT",
            certificate=certificate,
        )
    return equilibrium if charges is None else _charged(table, equilibrium, charges)


def _charged(table: Table, found: Equilibrium, charges: Charges) -> Equilibrium:
    """Return the equilibrium of a charged game with the guarantee of its rates for its value."""
    certificate = found.certificate
    comes_to = come_to(charges, found.value, found.user, found.recogniser, certificate)
    if certificate is None:
        rate = float((found.user @ table.rates).max())
        return replace(found, value=rate, charged=comes_to)
    exactly = guaranteed(table.fractions(), certificate.user)
    return replace(
        found,
        value=float(exactly),
        certificate=replace(certificate, value=exactly),
        charged=comes_to,
    )


def equilibrium_json(
    table: Table, equilibrium: Equilibrium, unit: Literal["fraction", "percent"]
) -> str:
    """Return an equilibrium as JSON: mixtures by strategy name, the value in `unit`.

    If it is exact, it is there in fractions, too: text such as ``"43/71"``.
    """
    scale = 100 if unit == "percent" else 1
    interval, certificate = equilibrium.interval, equilibrium.certificate
    return json.dumps(
        {
            "value": equilibrium.value * scale,
            "value_interval": interval and [interval.low * scale, interval.high * scale],
            "confidence": interval and interval.confidence,
            "resamples": interval and interval.resamples,
            "unit": unit,
            "user": dict(zip(table.user, equilibrium.user.tolist(), strict=True)),
            "recogniser": dict(zip(table.recogniser, equilibrium.recogniser.tolist(), strict=True)),
            "exploitability": equilibrium.exploitability * scale,
            "exact": certificate is not None,
            "why_inexact": equilibrium.why_inexact,
            "fractions": certificate
            and {
                "value": as_text(certificate.value * scale),
                "user": dict(zip(table.user, map(as_text, certificate.user), strict=True)),
                "recogniser": dict(
                    zip(table.recogniser, map(as_text, certificate.recogniser), strict=True)
                ),
            },
            "unique": equilibrium.unique,
            "solver": equilibrium.solver,
            **worth_json(equilibrium.worth, scale),
            **charged_json(equilibrium.charged, table, scale),
        },
        indent=2,
    )


def write_equilibrium(path: Path, table: Table, equilibrium: Equilibrium) -> None:
    """Write an equilibrium as JSON, in fractions."""
    with whole(path) as beside:
        beside.write_text(equilibrium_json(table, equilibrium, "fraction") + "\n", encoding="utf-8")


def read_equilibrium(path: Path, table: Table) -> Equilibrium:
    """Read what `write_equilibrium` wrote of a table."""
    found = json.loads(path.read_text(encoding="utf-8"))
    interval = None
    if found["value_interval"] is not None:
        low, high = found["value_interval"]
        interval = Interval(low, high, found["confidence"], found["resamples"])
    certificate = None
    if found["exact"]:
        fractions = found["fractions"]
        certificate = Certificate(
            as_fraction(fractions["value"]),
            tuple(as_fraction(fractions["user"][name]) for name in table.user),
            tuple(as_fraction(fractions["recogniser"][name]) for name in table.recogniser),
        )
    return Equilibrium(
        found["value"],
        np.array([found["user"][name] for name in table.user]),
        np.array([found["recogniser"][name] for name in table.recogniser]),
        found["exploitability"],
        found["unique"],
        found["solver"],
        interval,
        read_worth(found),
        certificate,
        found["why_inexact"],
        read_charged(found, table),
    )
