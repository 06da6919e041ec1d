"""Families: strategies that a config defines once for each of several recognisers or epsilons."""

from collections.abc import Mapping
from copy import deepcopy
from itertools import product
from typing import Any

from aip.errors import BadInput
from aip.study.epsilons import each_epsilon
from aip.study.written_out import taken

Families = dict[str, dict[str, str]]

# By section, the key whose value {each: [a, b]} makes an entry a family.
KEYS = {"user_strategies": "against", "recogniser_strategies": "recogniser"}


def expand(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Families]]:
    """Replace each family by its members.

    A strategy ``ga: {against: {each: [a, b]}, ...}`` becomes ``ga-a`` against a and ``ga-b``
    against b; so do recogniser strategies, by their key ``recogniser``. A user strategy
    ``ga: {epsilon: {each: [400, 1000]}, ...}`` becomes ``ga-400`` and ``ga-1000``; with both keys,
    there is a member for each pair, such as ``ga-a-400``.

    Parameters
    ----------
    config : mapping
        A study's config as given, not yet checked.

    Returns
    -------
    config : dict
    families : dict
        By section and family: which member, such as its recogniser → its name.

    Raises
    ------
    BadInput
        A family names no recogniser or epsilon, or one twice, or a member has the name of another
        strategy.

    Examples
    --------
    >>> _, families = expand({"user_strategies": {"ga": {"against": {"each": ["a", "b"]}}}})
    >>> families["user_strategies"]
    {'ga': {'a': 'ga-a', 'b': 'ga-b'}}
    """
    config = dict(config)
    families: dict[str, Families] = {section: {} for section in KEYS}
    for section, key in KEYS.items():
        entries = config.get(section)
        if not isinstance(entries, Mapping):
            continue
        expanded: dict[str, Any] = {}
        for name, entry in entries.items():
            axes = _axes(section, name, entry, key)
            if not axes:
                _add(expanded, section, name, entry)
                continue
            families[section][name] = {}
            for which in product(*(axis.items() for axis in axes.values())):
                said = "-".join(text for text, _ in which)
                families[section][name][said] = member = f"{name}-{said}"
                own = dict(zip(axes, (value for _, value in which), strict=True))
                _add(expanded, section, member, {**deepcopy(dict(entry)), **own})
        config[section] = expanded
    return config, families


def _axes(section: str, name: str, entry: Any, key: str) -> dict[str, dict[str, Any]]:
    """Return, by key of a strategy, each value of a family, by what members are called."""
    if not isinstance(entry, Mapping):
        return {}
    found: dict[str, dict[str, Any]] = {}
    where, each = f"config: {section}.{name}", entry.get(key)
    # A game that is answered is named in the same place; the schema checks it.
    if isinstance(each, Mapping) and set(each) != {"game"}:
        found[key] = {against: against for against in _recognisers(each, f"{where}.{key}")}
    epsilons = each_epsilon(entry, where) if section == "user_strategies" else None
    return found if epsilons is None else {**found, "epsilon": epsilons}


def _recognisers(given: Mapping[str, Any], where: str) -> list[str]:
    names = given.get("each")
    if set(given) != {"each"} or not isinstance(names, list) or not names:
        raise BadInput(f"{where}: found {dict(given)!r}, expected {{each: [recognisers]}}")
    for name in names:
        if not isinstance(name, str):
            raise BadInput(f"{where}.each: found {name!r}, expected a recogniser's name")
        if names.count(name) > 1:
            raise BadInput(f"{where}.each: {name!r} is there twice")
    return names


def _add(entries: dict[str, Any], section: str, name: str, entry: Any) -> None:
    if name in entries:
        raise taken(section, name, "family")
    entries[name] = entry
