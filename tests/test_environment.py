import re
import runpy
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
