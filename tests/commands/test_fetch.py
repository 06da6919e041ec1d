import hashlib

import pytest
import yaml

from aip.commands.cli import main
from aip.store import checkout

FACTS = {"megabytes": 12.34, "licence": "CC0-1.0", "taught_on": "faces", "source": "us"}


@pytest.fixture
def listed(tmp_path, monkeypatch, server):
    """List the weights of two nets, both served on this machine."""
    monkeypatch.setattr(checkout, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    entries = {}
    for name in ("face", "head/V1"):
        file, content = f"{name[:4]}.pt", name.encode()
        server.files[f"/{file}"] = content
        files = {file: hashlib.sha256(content).hexdigest()}
        arch = name.partition("/")[0]
        entries[name] = {"arch": arch, "url": f"{server.url}/{file}", "files": files, **FACTS}
    (tmp_path / "resources").mkdir()
    (tmp_path / "resources/weights.yaml").write_text(yaml.safe_dump(entries))
    return server


def test_without_a_name_it_lists_what_there_is_and_what_is_here(listed, capsys):
    assert main(["fetch", "face"]) == 0
    assert capsys.readouterr().out == "face: results/downloads/weights/face.pt\n"
    assert main(["fetch"]) == 0
    head, *lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert head == ["name", "licence", "taught", "on", "MB", "here"]
    assert lines == [
        ["face", "CC0-1.0", "faces", "12.3", "yes"],
        ["head/V1", "CC0-1.0", "faces", "12.3", "no"],
    ]
    assert listed.names() == ["/face.pt"]


def test_nothing_is_fetched_if_a_name_is_unknown(listed, capsys):
    assert main(["fetch", "face", "had/V1"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("error: fetch: unknown weights 'had/V1'; did you mean 'head/V1'?")
    assert listed.names() == []
