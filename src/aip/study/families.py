"""Families: strategies that a config defines once for each of several recognisers."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from aip.errors import BadInput

Families = dict[str, dict[str, str]]

# By section, the key whose value {each: [a, b]} makes an entry a family.
KEYS = {"user_strategies": "against", "recogniser_strategies": "recogniser"}


def expand(config: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Families]]:
    """Replace each family by its members.

    A strategy ``ga: {against: {each: [a, b]}, ...}`` becomes ``ga-a`` against a and ``ga-b``
    against b; so do recogniser strategies, by their key ``recogniser``.

    Parameters
    ----------
    config : mapping
        A study's config as given, not yet checked.

    Returns
    -------
    config : dict
    families : dict
        By section and family: recogniser → name of the member.

    Raises
    ------
    BadInput
        A family names no recogniser or one twice, or a member has the name of another strategy.

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
            each = entry.get(key) if isinstance(entry, Mapping) else None
            # A game that is answered is named in the same place; the schema checks it.
            if not isinstance(each, Mapping) or set(each) == {"game"}:
                _add(expanded, section, name, entry)
                continue
            recognisers = _recognisers(each, f"config: {section}.{name}.{key}")
            families[section][name] = {against: f"{name}-{against}" for against in recognisers}
            for recogniser, member in families[section][name].items():
                _add(expanded, section, member, {**deepcopy(dict(entry)), key: recogniser})
        config[section] = expanded
    return config, families


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
        raise BadInput(f"config: {section}: the name {name!r} is taken twice, once by a family")
    entries[name] = entry
