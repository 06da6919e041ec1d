from pathlib import Path

import numpy as np
import pytest
import torch

from aip.commands.cli import main
from aip.run.rebuild import COMMAND, rebuild
from aip.store.checkout import ROOT
from aip.store.checksums import write_checksums
from aip.store.hdf5 import write_column, writing
from aip.store.provenance import Provenance
from aip.study.overlay import read_study

CONFIG = str(ROOT / "configs" / "smoke.yaml")


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Four artifacts of a study: numbers, a net, a text and a folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(COMMAND, "")  # which the command sets, to be put back
    results = Path("results", "smoke")
    asked = read_study([Path(CONFIG)]).heads_made["fingerprint"]
    with writing(results / "heads.h5", Provenance({}, asked, 1)) as file:
        write_column(file, "id", np.arange(10))
    torch.save({"weight": torch.ones(100)}, results / "net.pt")
    (results / "index.csv").write_text("identity\nAda\n")
    (results / "photos").mkdir()
    (results / "photos" / "1.jpg").write_bytes(b"a photo")
    for name in ("index.csv", "photos"):
        write_checksums(results / name, "f" * 24)
    return results


@pytest.mark.usefixtures("results")
def test_a_whole_study_passes(capsys):
    assert main(["check", CONFIG]) == 0
    assert capsys.readouterr().out == "results/smoke: 4 artifacts, all whole\n"


def test_what_was_made_from_something_else_is_named(results, capsys):
    assert main(["check", CONFIG, "--config", "head_size=[9, 9]"]) == 1
    assert capsys.readouterr() == (
        f"{results}/heads.h5: it was made from something else than the config asks for\n",
        "error: results/smoke: 4 artifacts, all whole; not what the config asks for: 1, which the "
        "next run makes again\n",
    )


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


def test_of_a_study_that_was_never_made_nothing_is_there_to_check(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(COMMAND, "")
    assert main(["check", CONFIG]) == 1
    assert capsys.readouterr() == (
        "",
        "error: results/smoke: nothing is there to check; expected a study that was run here\n",
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("results")
def test_the_study_may_be_named_on_the_command_line_too(tmp_path, capsys):
    (tmp_path / "seed.yaml").write_text("seed: 7")
    assert main(["check", CONFIG, "seed.yaml", "--config", "study=other"]) == 1
    assert "error: results/other: nothing is there to check" in capsys.readouterr().err
    (tmp_path / "results" / "smoke" / "net.pt").write_bytes(b"")
    assert main(["check", CONFIG, "seed.yaml", "--config", "seed=8"]) == 1
    command = f"--configfile {CONFIG} seed.yaml --config seed=8 --force results/smoke/net.pt"
    assert command in capsys.readouterr().out
