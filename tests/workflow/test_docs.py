"""The pages on adding an attack and a defence, followed to the letter on the smoke study."""

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from standins import checkout

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def write_module(workflow, code):
    path = re.match(r"# (src/\S+)\n", code)[1]
    (workflow.folder / path).write_text(code.split("\n", 1)[1])


def register(workflow, lookup, before, line):
    path = workflow.folder / lookup
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, line + before))


def test_an_attack_is_added_as_its_page_says(study):
    module, line = blocks("add-an-attack.md", "python")
    write_module(study, module)
    register(study, "src/aip/perturb/__init__.py", '    "gaman": "gaman",\n', line)
    strategies = yaml.safe_load(blocks("add-an-attack.md", "yaml")[0])["user_strategies"]
    (name,) = strategies
    strategies[name]["steps"] = 2
    study.edit(lambda c: c["user_strategies"].update(strategies))
    target = f"results/smoke/cells/{name}/proc.h5"
    planned = study.plan(target)
    assert planned, "nothing is planned"
    assert all(f"/{name}/" in path for path in planned), planned
    study.run(target)
    assert (study.folder / target).exists()


def test_a_defence_is_added_as_its_page_says(study):
    module, _ = blocks("add-a-defence.md", "python")
    write_module(study, module)
    register(study, "src/aip/process/__init__.py", '"C": "crop"', '"F": "flatten", ')
    added = yaml.safe_load(blocks("add-a-defence.md", "yaml")[0])
    added["user_strategies"]["gaman-F"]["steps"] = 2

    def add(config):
        config["user_strategies"].update(added["user_strategies"])
        config["recogniser_strategies"] = added["recogniser_strategies"]

    study.edit(add)
    targets = [f"results/smoke/cells/{user}/flatten.h5" for user in ("gaman", "gaman-F")]
    planned = study.plan(*targets)
    assert "cells/gaman/flatten.h5" in planned
    assert all("flatten" in path or "gaman-F" in path for path in planned), planned
    study.run(*targets)
    assert all((study.folder / target).exists() for target in targets)


def test_an_attack_from_elsewhere_is_played_as_its_page_says(study):
    page = "attacks-from-elsewhere.md"
    (script,) = blocks(page, "python")
    (study.folder / "attack.py").write_text(script)
    (study.folder / "theirs.yaml").write_text(blocks(page, "yaml")[0])
    commands = re.search(r"^```\n(\.venv.*?)^```", (DOCS / page).read_text(), re.M | re.S)[1]
    programs = {"aip": ["-m", "aip.commands.cli"], "python": [], "snakemake": ["-m", "snakemake"]}
    for command in commands.replace("demo", "smoke").splitlines():
        program, *arguments = shlex.split(command)
        done = subprocess.run(
            [sys.executable, *programs[Path(program).name], *arguments],
            cwd=study.folder,
            env=checkout.environment(**checkout.library(study.folder)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    game = study.folder / "results/smoke/games/beside"
    with (game / "perceptibility.csv").open() as file:
        norms = {line["user"]: float(line["norm"]) for line in csv.DictReader(file)}
    assert list(norms) == ["none", "gaman", "theirs"]
    assert 900 < norms["theirs"] < 1100
