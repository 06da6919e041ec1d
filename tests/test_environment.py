import re
import runpy
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pins(name):
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes_and_without_an_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links", text)
    requirements = [line for line in text.splitlines() if re.match(r"\w", line)]
    assert len(requirements) > 50
    for line in requirements:
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+.* \\$", line), line
    assert text.count("--hash=sha256:") >= len(requirements)


def test_development_has_the_pins_of_running():
    running, development = pins("requirements.txt"), pins("requirements-dev.txt")
    assert running.items() <= development.items()


def test_torch_and_torchvision_belong_together():
    found = pins("requirements.txt")
    torch, torchvision = (found[name].split(".") for name in ("torch", "torchvision"))
    # torchvision 0.(n + 15) is built for torch 2.n.
    assert int(torchvision[1]) == int(torch[1]) + 15


def test_conda_users_get_the_same_versions():
    written = (ROOT / "envs/aip.yaml").read_text()
    assert written == runpy.run_path(str(ROOT / "envs/pin.py"))["environment"]()
    for name, version in re.findall(r'- "([\w-]+)==([^"]+)"', written):
        assert f"\n{name}=={version}" in (ROOT / "requirements.txt").read_text()


def test_what_builds_the_package_is_pinned_as_what_runs_it():
    written = (ROOT / "requirements-build.txt").read_text()
    assert written == runpy.run_path(str(ROOT / "envs/pin.py"))["build_tools"]()
    assert pins("requirements-build.txt").items() <= pins("requirements.txt").items()
    assert written.count("--hash=sha256:") == 2


def installs():
    """Find each command of pip, with the Makefile's variables filled in."""
    text = (ROOT / "Makefile").read_text()
    variables = re.findall(r"^(\w+) :?=(.*)", text, re.MULTILINE)
    for name, value in reversed(variables):
        text = text.replace(f"$({name})", value.strip())
    commands = text.splitlines() + (ROOT / "Dockerfile").read_text().splitlines()
    return [line for line in commands if re.search(r"^[^#=]*pip install", line)]


def test_pip_installs_nothing_without_a_hash():
    found = installs()
    assert len(found) == 7
    for command in found:
        own = "--editable ." in command and "--no-deps" in command
        assert own or "--require-hashes" in command, command
        # Building in isolation fetches the newest build tools, whatever is pinned.
        assert "--no-build-isolation" in command or "requirements-build.txt" in command, command


# Debian's releases, and the Python that each has.
PYTHONS = {"bookworm": (3, 11), "trixie": (3, 13)}


def instructions():
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def test_the_image_has_debians_python_which_is_one_that_the_program_runs_with():
    (base,) = [rest for name, rest in instructions() if name == "FROM"]
    release = re.fullmatch(r"debian:(\w+)-slim", base)[1]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    least = tuple(map(int, project["requires-python"].removeprefix(">=").split(".")))
    assert PYTHONS[release] >= least


def test_the_image_takes_packages_that_are_pinned_and_no_other_address():
    text = (ROOT / "Dockerfile").read_text()
    assert "://" not in text
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert len(installs) == 3
    assert "--require-hashes -r requirements-build.txt" in installs[0]
    assert "--require-hashes --no-build-isolation -r requirements.txt" in installs[1]
    assert "--no-deps --no-build-isolation --editable ." in installs[2]


def test_the_image_runs_as_a_user_and_owns_what_it_writes():
    found = instructions()
    names = [name for name, _ in found]
    assert [rest for name, rest in found if name == "USER"] == ["aip"]
    assert names.index("USER") < names.index("COPY")
    copied = [rest for name, rest in found if name == "COPY"]
    assert copied == ["--chown=aip requirements-build.txt requirements.txt .", "--chown=aip . ."]
    assert found[-1] == ("CMD", '["snakemake", "--cores", "2"]')


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git checkout to ask")
def test_the_image_has_all_that_git_tracks():
    # Else artifacts made in it would say that the program was changed.
    left_out = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--ignored", "--exclude-from=.dockerignore"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert left_out.stdout == ""


def test_the_program_has_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "aip.__version__"}


def test_jobs_in_condas_environment_take_snakemake_from_the_one_that_runs_them():
    assert "snakemake" not in (ROOT / "envs/aip.yaml").read_text()
