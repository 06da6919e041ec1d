"""A conda that stands in for one with channels: its environments have what their files ask for.

What there is to install is what the running interpreter has; a distribution is installed by links
to its files, with all that it depends on. So an environment holds no package that its file does
not ask for, and lacks none that it does.
"""

import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ACTIVATE = """
export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"
"""


def install(folder: Path) -> Path:
    """Install it below a folder, and return where its command lies."""
    bin_ = folder / "bin"
    bin_.mkdir(parents=True)
    conda = bin_ / "conda"
    conda.write_text(f"#!{sys.executable}\n{Path(__file__).read_text()}")
    conda.chmod(0o755)
    (bin_ / "activate").write_text(ACTIVATE)
    return bin_


def missing(file: Path) -> str:
    """Say why the environment that a file describes cannot be made; nothing if it can."""
    (python,) = [each for each in _asked(file) if str(each).startswith("python=")]
    running = f"python={sys.version_info.major}.{sys.version_info.minor}"
    return "" if python == running else f"{file.name} asks for {python}, and this is {running}"


def distributions(pins: list[str]) -> dict[str, metadata.Distribution]:
    """Return what is pinned, and all that it depends on, by name."""
    found: dict[str, metadata.Distribution] = {}
    wanted = [Requirement(pin) for pin in pins]
    while wanted:
        requirement = wanted.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found[name] = metadata.distribution(name)
        if found[name].version not in requirement.specifier:
            raise SystemExit(f"{requirement}: found {found[name].version}")
        wanted += [Requirement(text) for text in found[name].requires or []]
    return found


def create(file: Path, prefix: Path) -> None:
    """Make the environment that a file describes."""
    if reason := missing(file):
        raise SystemExit(reason)
    (pip,) = [each["pip"] for each in _asked(file) if isinstance(each, dict)]
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    (packages,) = prefix.glob("lib/python*/site-packages")
    for distribution in distributions(pip).values():
        for name in {file.parts[0] for file in distribution.files or []} - {"..", "__pycache__"}:
            if not (packages / name).exists():
                (packages / name).symlink_to(Path(distribution.locate_file(name)))
    (packages / "sitecustomize.py").write_text(
        "import sys\n"
        f"with open({str(prefix / 'started')!r}, 'a') as file:\n"
        "    print(sys.argv, file=file)\n"
    )


def _asked(file: Path) -> list:
    return yaml.safe_load(file.read_text())["dependencies"]


def main(arguments: list[str]) -> None:
    """Answer what Snakemake asks."""
    if arguments == ["--version"]:
        print("conda 25.1.1")
    elif arguments == ["info", "--json"]:
        prefix = str(Path(__file__).parents[1])
        print(json.dumps({"conda_prefix": prefix, "platform": "linux-64"}))
    elif arguments[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif arguments[0] == "clean":
        pass
    elif arguments[:2] == ["env", "create"]:
        file, prefix = (arguments[arguments.index(key) + 1] for key in ("--file", "--prefix"))
        create(Path(file), Path(prefix))
    else:
        raise SystemExit(f"conda: {' '.join(arguments)}: this one knows nothing of it")


if __name__ == "__main__":
    main(sys.argv[1:])
