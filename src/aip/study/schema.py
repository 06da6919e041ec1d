"""Checking a study's config against its schema, in sentences."""

import math
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, cast

import yaml
from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from aip.errors import BadInput, unknown
from aip.store import yaml_text

EXPECTED = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "pattern": "text that matches {}",
    "minLength": "at least {} character",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "minProperties": "at least {} entry",
    "uniqueItems": "entries that differ",
}


def _fully_matches(
    validator: Any,  # noqa: ARG001
    pattern: str,
    value: Any,
    schema: Any,  # noqa: ARG001
) -> Iterator[ValidationError]:
    """Match all of a text: the $ of a pattern would also match before a newline at its end."""
    if isinstance(value, str) and not re.fullmatch(pattern, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


# JSON schema takes NaN for a number. It takes 60.0 for an integer, too, which `_number` then makes.
_Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {"pattern": _fully_matches},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: _is_number(value) and value == int(value),
            "number": lambda _, value: _is_number(value),
        }
    ),
)


def resolve(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Check a config and fill in its defaults.

    Parameters
    ----------
    config : mapping
        As merged from its files and the command line; entries set to null in a section of named
        entries are removed.
    schema : mapping
        JSON schema (draft 2020-12) with defaults.

    Returns
    -------
    dict
        A copy with every default filled in, its keys in alphabetical order and each number of the
        type that its key has, so that configs that mean the same are the same.

    Raises
    ------
    BadInput
        The first thing that is wrong: its key, what was found and what was expected.
    """
    config = _typed(_without_removed(config, schema), schema)
    errors = sorted(
        _Validator(schema).iter_errors(config),
        key=lambda error: [str(part) for part in error.absolute_path],
    )
    if errors:
        raise BadInput(_sentence(errors[0]))
    filled: dict[str, Any] = _with_defaults(config, schema)
    return filled


def _typed(value: Any, schema: Mapping[str, Any]) -> Any:
    """Read text as YAML where a number, a list or null is expected.

    Snakemake gives the nested values of --config as text.
    """
    if isinstance(value, Mapping):
        parts = schema.get("properties", {})
        others = schema.get("additionalProperties") or {}
        return {key: _typed(entry, parts.get(key, others)) for key, entry in value.items()}
    if isinstance(value, list):
        return [_typed(entry, schema.get("items", {})) for entry in value]
    kinds = schema.get("type", "string")
    if isinstance(value, str) and ("string" not in kinds or ("null" in kinds and value == "null")):
        try:
            return yaml_text.parse(value)
        except yaml.YAMLError:
            return value
    return value


def _without_removed(config: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    named = {key for key, part in schema["properties"].items() if "propertyNames" in part}
    return {
        key: {name: entry for name, entry in value.items() if entry is not None}
        if key in named and isinstance(value, Mapping)
        else value
        for key, value in config.items()
    }


def _with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [_with_defaults(entry, schema.get("items", {})) for entry in value]
    if not isinstance(value, Mapping):
        return _number(value, schema) if _is_number(value) else deepcopy(value)
    properties: Mapping[str, Any] = schema.get("properties", {})
    others = schema.get("additionalProperties")
    filled = {
        key: _with_defaults(entry, properties.get(key, others or {}))
        for key, entry in value.items()
    }
    for key, part in properties.items():
        if key not in filled and "default" in part:
            filled[key] = _with_defaults(part["default"], part)
    # A key that is no text is refused later, where its section knows its keys.
    return dict(sorted(filled.items(), key=lambda item: str(item[0])))


def _number(value: float, schema: Mapping[str, Any]) -> float:
    """Return a number as its key has it: 60.0 is the integer 60, and 1000 the number 1000.0."""
    if "integer" in schema.get("type", ()):
        return int(value)
    return float(value) + 0.0 if "number" in schema.get("type", ()) else value  # no -0.0


def _sentence(error: ValidationError) -> str:
    where = "config: " + (".".join(str(part) for part in error.absolute_path) or "top level")
    found: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        known: Mapping[str, Any] = cast(Mapping[str, Any], error.schema)["properties"]
        extra = next(key for key in found if key not in known)
        return str(unknown(where, "key", str(extra), known))
    if error.validator == "required":
        missing = next(key for key in wanted if key not in found)
        return f"{where}: the key {missing!r} is missing"
    if error.validator == "type":
        expected = " or ".join([wanted] if isinstance(wanted, str) else wanted)
    elif error.validator == "enum":
        expected = "one of " + ", ".join(map(str, wanted))
    elif error.validator == "anyOf":
        expected = " or ".join(map(_form, wanted))
    else:
        expected = EXPECTED[str(error.validator)].format(wanted)
    return f"{where}: found {found!r}, expected {expected}"


def _form(part: Mapping[str, Any]) -> str:
    """Name one of several forms that a value may have; an object by its keys."""
    keys = ", ".join(f"{key}: …" for key in part.get("required", ()))
    return f"{{{keys}}}" if keys else str(part["type"])
