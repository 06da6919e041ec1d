"""What a config says of recognisers that align heads: template, detector, heads without a face."""

from collections.abc import Mapping
from typing import Any

from aip.errors import BadInput
from aip.recognise.template import check_template, template_of

Definition = dict[str, Any]

# Keys of a recogniser that say what it sees of a head.
KEYS = ("crop", "template")


def crop(given: Definition, entry: Definition, input_size: list[int], where: str) -> Definition:
    """Resolve what a recogniser sees: nothing where it is all of a head, as where nothing is said.

    Parameters
    ----------
    given, entry : dict
        The recogniser as the user gave it, and with defaults.
    input_size : [height, width]
    where : str

    Raises
    ------
    BadInput
        The template has no meaning, or does not fit the input.
    """
    if entry["crop"] == "head":
        if given.get("template") is not None:
            raise BadInput(f"{where}: the key 'template' has no meaning without 'crop: aligned'")
        return {}
    template = entry["template"] or template_of(entry["arch"], input_size)
    return {
        "crop": "aligned",
        "template": check_template(template, input_size, where=f"{where}.template"),
    }


def aligns(recogniser: Definition) -> bool:
    """Say whether a recogniser aligns heads."""
    return recogniser.get("crop") == "aligned"


def column(strategy: Definition, recognisers: Mapping[str, Definition], name: str) -> Definition:
    """Resolve a recogniser strategy's key ``not_found``, which is left out where it is the default.

    Raises
    ------
    BadInput
        It has no meaning for a recogniser that does not look for faces.
    """
    rest = {key: value for key, value in strategy.items() if key != "not_found"}
    if strategy["not_found"] == "head":
        return rest
    named = strategy["recogniser"]
    if named in recognisers and not aligns(recognisers[named]):
        raise BadInput(
            f"config: recogniser_strategies.{name}: the key 'not_found' has no meaning for "
            f"{named}, which looks for no face; expected a recogniser with 'crop: aligned'"
        )
    return strategy


def check_at(users: Mapping[str, Definition], recognisers: Mapping[str, Definition]) -> None:
    """Refuse a user strategy that perturbs an input which is aligned.

    Raises
    ------
    BadInput
        A strategy with ``at: input`` is against a recogniser that aligns heads.
    """
    for name, strategy in users.items():
        aligned = [r for r in strategy.get("against", ()) if aligns(recognisers[r])]
        if aligned and strategy.get("at") == "input":
            raise BadInput(
                f"config: user_strategies.{name}.at: found input, expected native against "
                f"{aligned[0]}, whose input is aligned and only part of a head"
            )
