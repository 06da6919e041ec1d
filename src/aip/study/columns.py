"""Recogniser strategies, as a config says them: who looks, behind what, having enrolled what."""

from collections.abc import Mapping

from aip.errors import BadInput
from aip.study import alignment
from aip.study.definitions import Definition, copies


def column(entry: Definition, recognisers: Mapping[str, Definition], name: str) -> Definition:
    """Resolve a recogniser strategy.

    Parameters
    ----------
    entry : mapping
        The strategy, with defaults.
    recognisers : mapping
        Resolved. That it names one of them is checked elsewhere.
    name : str

    Returns
    -------
    dict
        ``recogniser`` and ``process``; ``not_found`` where it does not look at heads without a
        face; ``enrols`` where it enrols anything but clean heads, and
        ``probe`` where it then looks at clean ones.

    Raises
    ------
    BadInput
        What it enrols or looks at has no meaning.
    """
    where = f"config: recogniser_strategies.{name}"
    found = {
        **alignment.column(entry, recognisers, name),
        "process": copies(entry["process"], f"{where}.process"),
    }
    if found["probe"] == "published":
        del found["probe"]
    if found["enrols"] == "clean":
        if "probe" in found:
            raise BadInput(
                f"{where}.probe: found clean, expected published where clean heads are enrolled; "
                "with 'enrols: published' or both it says what the recogniser looks at"
            )
        del found["enrols"]
        return found
    recogniser = str(entry["recogniser"])
    definition = recognisers.get(recogniser, {})
    for key, why in (("knows", "has enrolled what it knows"), ("svm", "has an SVM of the authors")):
        if key in definition:
            raise BadInput(
                f"{where}.enrols: found {found['enrols']}, expected clean, since the recogniser "
                f"{recogniser!r} {why}"
            )
    return found
