from pathlib import Path

import numpy as np
import pytest
import torch

from aip.artifacts import write_column, writing
from aip.checkout import ROOT
from aip.cli import main
from aip.damage import write_checksums
from aip.rebuild import COMMAND, rebuild

CONFIG = str(ROOT / "configs" / "smoke.yaml")


@pytest.fixture
def results(tmp_path, monkeypatch, provenance):
    """Four artifacts of a study: numbers, a net, a text and a folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(COMMAND, "")  # which the command sets, to be put back
    results = Path("results", "smoke")
    with writing(results / "heads.h5", provenance()) as file:
        write_column(file, "id", np.arange(10))
    torch.save({"weight": torch.ones(100)}, results / "net.pt")
    (results / "index.csv").write_text("identity\nAda\n")
    (results / "photos").mkdir()
    (results / "photos" / "1.jpg").write_bytes(b"a photo")
    for name in ("index.csv", "photos"):
        write_checksums(results / name)
    return results


@pytest.mark.usefixtures("results")
def test_a_whole_study_passes(capsys):
    assert main(["check", CONFIG]) == 0
    assert capsys.readouterr().out == "results/smoke: 4 artifacts, all whole\n"


@pytest.mark.parametrize("name", ["heads.h5", "net.pt", "index.csv", "photos/1.jpg"])
def test_a_damaged_artifact_is_named_with_its_command_and_left_where_it_is(results, name, capsys):
    path = results / name
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    assert main(["check", CONFIG]) == 1
    said = capsys.readouterr()
    artifact = results / name.split("/")[0]
    assert said.out.startswith(f"{artifact}: ")
    assert said.out.endswith(f"; rebuild it with: {rebuild(artifact)}\n")
    assert f"snakemake --cores 1 --configfile {CONFIG} --force {artifact}\n" in said.out
    assert said.out.count("\n") == 1
    assert said.err == "error: results/smoke: 1 of 4 artifacts are damaged, expected none\n"
    assert path.read_bytes() == content[:-5]


def test_of_a_study_without_results_nothing_is_damaged(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(COMMAND, "")
    assert main(["check", CONFIG]) == 0
    assert "0 artifacts" in capsys.readouterr().out
