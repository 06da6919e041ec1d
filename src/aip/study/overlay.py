"""A study from the file that a user names, as Snakemake's --configfile takes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aip.errors import BadInput
from aip.store import yaml_text
from aip.store.checkout import ROOT
from aip.study.fingerprints import Study


def base() -> Path:
    """Return the config that overlays lie on: config.yaml in this folder, else the checkout's."""
    here = Path("config.yaml")
    return here if here.exists() else ROOT / "config.yaml"


def read_study(overlays: Sequence[Path], settings: Mapping[str, Any] | None = None) -> Study:
    """Lay overlays, and then settings, over `base`, and return the study.

    Parameters
    ----------
    overlays : sequence of Path
    settings : mapping or None
        What Snakemake's --config says, as it parses it.

    Raises
    ------
    BadInput
        An overlay cannot be read or is no mapping, or the config is wrong.
    """
    from snakemake.utils import update_config

    config = _mapping(base())
    for layer in (*map(_mapping, overlays), settings or {}):
        update_config(config, layer)
    return Study(
        config,
        schema=_mapping(ROOT / "workflow" / "schemas" / "config.schema.yaml"),
        scripts=ROOT / "workflow" / "scripts",
        cache=Path(".snakemake", "aip"),
    )


def _mapping(path: Path) -> dict[str, Any]:
    found = yaml_text.read(path, "the config")
    if not isinstance(found, dict):
        raise BadInput(f"{path}: found {found!r}, expected a mapping of a study's keys")
    return found
