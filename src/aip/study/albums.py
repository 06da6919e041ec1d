"""The definitions of an album, and of finding the heads in it."""

from collections.abc import Mapping

from aip import album
from aip.errors import BadInput, unknown
from aip.study.definitions import Definition
from aip.study.paths import path

PATHS = ("root", "boxes", "annotation")
# Keys that say where heads are, and those that say how they are found.
GIVEN, DETECTION = ("box", "boxes"), ("heads", "resembles", "min_face")
# Of a recogniser, what its features of a face follow from.
SEEING = ("arch", "weights", "mean", "feature_layer", "input_size", "normalise", "precision")


def album_definition(section: Definition, keys: Mapping[str, Definition]) -> Definition:
    """Resolve an album: only the keys that its source takes.

    Parameters
    ----------
    section : mapping
        The section ``album`` with defaults.
    keys : mapping
        Its schema, whose annotation ``sources`` says which key has a meaning for which source.
    """
    source = section["source"]
    found = {k: v for k, v in section.items() if source in keys[k].get("sources", album.SOURCES)}
    for key in set(PATHS) & set(found):
        found[key] = path(found[key], f"config: album.{key}")
    if "heads" not in found:
        return found
    if found["heads"] is None and any(found[key] is not None for key in GIVEN):
        return {key: value for key, value in found.items() if key not in DETECTION}
    unused = {*GIVEN, *DETECTION}
    return {**{k: v for k, v in found.items() if k not in unused}, "heads": "detect"}


def faces_definition(
    found: Definition,
    section: Definition,
    detector: str,
    recognisers: Mapping[str, Definition],
) -> Definition | None:
    """Resolve how the heads of an album are found; None where they are not to be found.

    Parameters
    ----------
    found : mapping
        The album's definition.
    section : mapping
        The section ``album`` with defaults.
    detector : str
        The study's net that finds faces.
    recognisers : mapping
        The resolved recognisers, by name.

    Raises
    ------
    BadInput
        There is no recogniser of the name ``resembles``, or it is taught on the heads that are to
        be found.
    """
    if found.get("heads") != "detect":
        return None
    where, name, resembles = "config: album", section["resembles"], None
    if name is not None:
        if name not in recognisers:
            raise unknown(f"{where}.resembles", "recogniser", name, recognisers)
        net = recognisers[name]
        if net["weights"] is None or net["training"]["epochs"] or {"source", "base"} & set(net):
            raise BadInput(
                f"{where}.resembles: {name!r} is taught on the heads that are to be found; "
                "expected a recogniser with weights and training.epochs 0"
            )
        resembles = {key: net[key] for key in SEEING if key in net}
    return {
        **found,
        "detector": path(detector, "config: detector"),
        "min_face": section["min_face"],
        "resembles": resembles,
    }
