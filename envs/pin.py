"""Write what follows from requirements.txt: envs/aip.yaml and requirements-build.txt."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent


def environment() -> str:
    """Return the conda environment that has the same versions as the pinned requirements."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[\w-]+", wanted)[0] for wanted in project["dependencies"]]
    # Jobs take what they need of Snakemake from the one that runs them, whose version it must be.
    names = [name for name in names if not name.startswith("snakemake")]
    pins = (ROOT / "requirements.txt").read_text()
    pinned = re.findall(rf"^((?:{'|'.join(names)})==\S+)(?: ; (.*?))? *\\?$", pins, re.MULTILINE)
    # Conda's Python is 3.11; pins for later ones do not concern it.
    lines = [pin for pin, marker in pinned if "python_full_version >=" not in marker]
    return "\n".join(
        [
            "# Written by `make requirements`, with the versions of requirements.txt.",
            "channels:",
            "  - conda-forge",
            "dependencies:",
            "  - python=3.11",
            "  - pip",
            "  - pip:",
            *(f'      - "{line}"' for line in lines),
            "",
        ]
    )


def build_tools() -> str:
    """Return the pin of what builds the package, and the dependencies that have no wheel."""
    pins = (ROOT / "requirements.txt").read_text()
    (pin,) = re.findall(r"^setuptools==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+", pins, re.MULTILINE)
    return f"# Written by `make requirements`, with the version of requirements.txt.\n{pin}"


if __name__ == "__main__":
    (ROOT / "requirements-build.txt").write_text(build_tools())
    (ROOT / "envs/aip.yaml").write_text(environment())
