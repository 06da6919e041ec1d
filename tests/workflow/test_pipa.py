"""A study on crops of PIPA's heads, a cut of its annotation: some crops are not there."""

import csv
import json

import numpy as np
import pytest
import yaml
from PIL import Image

GONE = (1, 14, 24)  # of identities 1 in train, 10 and 12 in val


@pytest.fixture(scope="module")
def pipa(make_workflow, write_annotation):
    workflow = make_workflow()
    downloads = workflow.folder / "resources/downloads.yaml"
    places = yaml.safe_load(downloads.read_text())
    places["pipa"]["sha256"] = write_annotation(workflow.folder / "annotation")
    downloads.write_text(yaml.safe_dump(places))
    (workflow.folder / "crops").mkdir()
    for number in set(range(1, 45)) - set(GONE):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 30, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(workflow.folder / "crops" / f"{number}.jpg")

    def change(config):
        crops = {"photos": "crops", "root": "crops", "annotation": "annotation"}
        config["album"] = {"source": "pipa", **crops}
        # More than there are: the last shard is empty.
        config["attacked"] = {"heads": 15, "shard_size": 5}
        config["games"] = {"table4": {"user": ["none", "gaman"], "recogniser": ["proc"]}}

    workflow.edit(change)
    return workflow


@pytest.fixture(scope="module")
def run(pipa):
    done = pipa.snakemake()
    assert done.returncode == 0, done.stdout + done.stderr
    return pipa.folder / "results/smoke", done


def test_what_is_not_there_left_by_name(run):
    results, _ = run
    lines = list(csv.DictReader((results / "album/missing.csv").open()))
    reasons = {line["photo"]: line["reason"] for line in lines}
    gone = {n: r for n, r in reasons.items() if r == "its crop is not in crops"}
    assert set(gone) == {str(number) for number in GONE}
    card = json.loads((results / "heads.json").read_text())
    assert card["missing"]["heads"] == len(lines)
    assert card["heads"] + len(lines) == 12 + 16


def test_the_run_says_how_many_left(run):
    results, done = run
    lines = (results / "album/missing.csv").read_text().splitlines()
    said = f"Heads that left the study: {len(lines) - 1}; photos with no head left: "
    assert f"album: {said}" in done.stderr + done.stdout
    assert said in (results / "logs/album.log").read_text()
    assert said in (results / "report/summary.txt").read_text()


def test_shards_without_heads_change_no_cell(run):
    results, _ = run
    index = list(csv.DictReader((results / "album/index.csv").open()))
    attacked = sum(line["split"] == "1" for line in index)
    table = list(csv.DictReader((results / "games/table4/payoff.csv").open()))
    assert {line["heads"] for line in table} == {str(attacked)}
    assert attacked < 10


@pytest.mark.usefixtures("run")
def test_nothing_is_left_to_do_until_a_photo_of_the_study_changes(pipa):
    assert pipa.plan() == set()
    (pipa.folder / "crops/40.jpg").write_bytes(b"of test")
    assert pipa.plan() == set()
    Image.new("RGB", (9, 9)).save(pipa.folder / "crops/1.jpg")
    assert "album/index.csv" in pipa.plan()
