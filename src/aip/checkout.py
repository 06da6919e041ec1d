"""The checkout that the package runs from: what lies there beside the package."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def remote(name: str) -> dict[str, Any]:
    """Return what ``resources/downloads.yaml`` says of a place that things are downloaded from.

    Parameters
    ----------
    name : str
        ``pipa``, ``authors`` or ``flickr``.
    """
    text = (ROOT / "resources" / "downloads.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)[name]
    return found
