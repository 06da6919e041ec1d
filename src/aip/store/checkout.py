"""Files of the checkout that the package runs from."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]


def remote(name: str) -> dict[str, Any]:
    """Return the entry of a source of downloads in ``resources/downloads.yaml``.

    Parameters
    ----------
    name : str
        Such as ``pipa``.
    """
    text = (ROOT / "resources" / "downloads.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)[name]
    return found
