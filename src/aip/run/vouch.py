"""Artifacts are held to what a study asks for, whatever Snakemake remembers of them."""

import os
from pathlib import Path

from aip.errors import BadInput
from aip.run.internals import doubt
from aip.store.carried import carried
from aip.store.digest import digest
from aip.study.artifacts import artifacts
from aip.study.fingerprints import Study

# The environment variable that tells jobs what their run was asked for.
ASKED = "AIP_ASKED"


def others(study: Study) -> dict[Path, str]:
    """Return the artifacts that carry another fingerprint than the study asks for, and that one.

    Such an artifact was made from another config, seed, code or data, or is the copy of another.
    """
    asked = {path: made["fingerprint"] for path, made in artifacts(study)}
    found = carried(asked, Path(".snakemake", "aip", "carried.json"))
    return {path: asked[path] for path, fingerprint in found.items() if fingerprint != asked[path]}


def doubt_others(study: Study) -> None:
    """Have this run make those artifacts again that carry another fingerprint.

    Raises
    ------
    BadInput
        That cannot be noted for Snakemake.
    """
    try:
        doubt({str(path): fingerprint for path, fingerprint in others(study).items()})
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written: {error.strerror}") from error


def hold_to_run(study: Study, *, is_main: bool) -> None:
    """Keep what a run is asked for, and hold its jobs to it.

    Raises
    ------
    BadInput
        A job that reads the config itself finds another one than its run did.
    """
    asked = digest(study.config, study.album_made["fingerprint"])
    if is_main:
        os.environ[ASKED] = asked
    elif os.environ.get(ASKED, asked) != asked:
        raise BadInput(
            "the config or the album was changed while the run went on; start the run again"
        )
