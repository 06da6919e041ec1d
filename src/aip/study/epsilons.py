"""Families of user strategies by epsilon: how much each member may change."""

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import yaml

from aip.errors import BadInput
from aip.store import yaml_text


def each_epsilon(entry: Mapping[str, Any], where: str) -> dict[str, float] | None:
    """Return the epsilons of a family, by how a member's name says them.

    Parameters
    ----------
    entry : mapping
        A user strategy as given, not yet checked.
    where : str
        The config's key, for error messages.

    Returns
    -------
    dict or None
        None if it is no such family.

    Raises
    ------
    BadInput
        The family has no epsilon, one that is no number above 0, or one twice.

    Examples
    --------
    >>> each_epsilon({"epsilon": {"each": [400, 0.5]}}, "")
    {'400': 400.0, '0_5': 0.5}
    """
    given = entry.get("epsilon")
    if not isinstance(given, Mapping):
        return None
    numbers = given.get("each")
    if set(given) != {"each"} or not isinstance(numbers, list) or not numbers:
        raise BadInput(f"{where}.epsilon: found {dict(given)!r}, expected {{each: [numbers]}}")
    found: dict[str, float] = {}
    for number in numbers:
        epsilon = _number(number)
        if epsilon is None or not 0 < epsilon < math.inf:
            raise BadInput(f"{where}.epsilon.each: found {number!r}, expected a number above 0")
        if named(epsilon) in found:
            raise BadInput(f"{where}.epsilon.each: {number!r} is there twice")
        found[named(epsilon)] = epsilon
    return found


def named(epsilon: float) -> str:
    """Return how names say an epsilon: in digits, with _ for the decimal point.

    Examples
    --------
    >>> named(400.0), named(1e6), named(0.05)
    ('400', '1000000', '0_05')
    """
    return f"{Decimal(repr(float(epsilon))).normalize():f}".replace(".", "_")


def epsilons(
    config: Mapping[str, Any], expanded: Mapping[str, Any], families: Mapping[str, Any]
) -> dict[str, float]:
    """Return the epsilon of each user strategy that is a member of a family by epsilon.

    Parameters
    ----------
    config, expanded : mapping
        A config before and after `aip.study.families.expand`.
    families : mapping
        The families of user strategies: family → which member → its name.
    """
    entries = config.get("user_strategies") or {}
    return {
        member: float(expanded["user_strategies"][member]["epsilon"])
        for family, members in families.items()
        if isinstance(entries[family].get("epsilon"), Mapping)
        for member in members.values()
    }


def _number(given: Any) -> float | None:
    """Read a number; on the command line, it is text."""
    if isinstance(given, str):
        try:
            given = yaml_text.parse(given)
        except yaml.YAMLError:
            return None
    known = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if known else None
