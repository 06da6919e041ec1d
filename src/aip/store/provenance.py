"""Provenance: where an artifact comes from, as recorded in the artifact."""

import json
import subprocess
import time
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from aip import __version__
from aip.store.files import whole

PACKAGES = (
    "h5py",
    "nashpy",
    "numpy",
    "pillow",
    "python-flint",
    "scikit-image",
    "scikit-learn",
    "scipy",
    "timm",
    "torch",
    "torchvision",
)


@dataclass(frozen=True)
class Provenance:
    """Where an artifact comes from; written as attributes of its file.

    Attributes
    ----------
    definition : mapping
        Its definition in the config, resolved.
    fingerprint : str
        Digest of the definition, the code and everything that it was made from.
    seed : int
        The study's seed.
    started : float
        When the work began, in seconds of the monotonic clock.
    """

    definition: dict[str, Any]
    fingerprint: str
    seed: int
    started: float = field(default_factory=time.monotonic)

    def attributes(self) -> dict[str, Any]:
        """Return the attributes: text, numbers, and JSON where there is structure."""
        return {
            "definition": json.dumps(self.definition, sort_keys=True),
            "fingerprint": self.fingerprint,
            "seed": self.seed,
            "versions": json.dumps(versions()),
            "git_commit": git_commit(),
            "seconds": time.monotonic() - self.started,
        }


@cache
def versions() -> dict[str, str]:
    """Return the versions of the program and of the packages that it computes with.

    The program itself need not be installed: an environment that conda makes for jobs lacks it.
    """
    return {"aip-games": __version__, **{name: version(name) for name in PACKAGES}}


def git_commit() -> str:
    """Return the commit of the program's checkout, with ``+`` if it has uncommitted changes.

    It is empty if the program does not run from a git checkout, or git is not installed.
    """
    here = Path(__file__).parent
    try:
        described = subprocess.run(
            ["git", "-C", here, "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return described.stdout.strip()


def write_json(path: Path, provenance: Provenance, **facts: Any) -> None:
    """Write facts about an artifact as JSON, with its fingerprint."""
    with whole(path) as beside:
        text = json.dumps({**facts, "fingerprint": provenance.fingerprint}, indent=2)
        beside.write_text(text + "\n", encoding="utf-8")
