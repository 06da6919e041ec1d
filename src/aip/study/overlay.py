"""A study from the file that a user names, as Snakemake's --configfile takes it."""

from pathlib import Path
from typing import Any

from aip import yaml_text
from aip.checkout import ROOT
from aip.errors import BadInput
from aip.study import Study


def read_study(overlay: Path) -> Study:
    """Lay an overlay over the checkout's config, and return the study.

    Raises
    ------
    BadInput
        The overlay cannot be read or is no mapping, or the config is wrong.
    """
    from snakemake.utils import update_config

    config = _mapping(ROOT / "config.yaml")
    update_config(config, _mapping(overlay))
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
