"""The paper's study: what Snakemake would make for it, and what docs/reproduce.md says of it."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from aip.study.fingerprints import Study

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reproduce.md").read_text(encoding="utf-8")
ANNOTATION = os.environ.get("AIP_PIPA")

NETS = ("alexnet", "vgg16", "googlenet", "resnet152")
KINDS = ("proc", "translate", "noise", "blur", "crop", "tnbc")
BLIND = ("none", "blur", "pixelate", "eye-bar", "black-box")
METHODS = ("fgv", "fgs", "ga", "bi", "ga-s", "bi-s", "deepfool", "gaman")


@pytest.fixture(scope="module")
def planned(make_workflow):
    """As it is shipped: nothing is downloaded or asked for until a job runs."""
    return make_workflow("configs/pipa.yaml").plan()


@pytest.fixture
def study(tmp_path):
    base, overlay = (
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("config.yaml", "configs/pipa.yaml")
    )
    update_config(base, overlay)
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))
    return Study(base, schema, ROOT / "workflow/scripts", tmp_path)


CELLS = {
    "methods": {(user, f"proc-{net}") for user in BLIND for net in NETS}
    | {(f"{method}-{net}", f"proc-{net}") for method in METHODS for net in NETS},
    "transfer": {(f"gaman-{a}", f"proc-{b}") for a in NETS for b in NETS}
    | {("none", f"proc-{net}") for net in NETS},
    "table4": {
        (user, f"{kind}-googlenet")
        for user in (
            "gaman-googlenet",
            *(f"gaman-{kind}" for kind in "TNBC"),
            "gaman-TNBC-googlenet",
        )
        for kind in KINDS
    },
    "unknown-recogniser": {
        (f"{user}-{against}", f"{kind}-{net}")
        for user in ("gaman", "gaman-TNBC")
        for against in (*NETS, "all")
        for kind in KINDS
        for net in NETS
    },
}


def test_each_table_has_its_cells(study):
    games = {
        name: {(user, response) for user in game["user"] for response in game["recogniser"]}
        for name, game in study.games.items()
    }
    tables = {
        name: {
            pair for row in table["cells"] for pair in zip(row, table["recogniser"], strict=True)
        }
        for name, table in study.tables.items()
    }
    assert tables | games == CELLS


def test_these_cells_are_planned_and_no_others(planned):
    found = {
        match.groups()
        for path in planned
        if (match := re.fullmatch(r"results/pipa/cells/(.+)/(.+)\.h5", path))
    }
    assert found == set.union(*CELLS.values())
    assert len(found) == 312


def test_the_tables_the_games_and_four_nets_are_planned(planned):
    folder = "results/pipa"
    assert {f"{folder}/tables/{name}/table.tex" for name in ("methods", "transfer")} <= planned
    assert {f"{folder}/games/{name}/table.tex" for name in ("table4", "unknown-recogniser")} <= (
        planned
    )
    nets = {path for path in planned if path.endswith("/net.pt")}
    assert nets == {f"{folder}/recognisers/{net}/net.pt" for net in NETS}


def test_each_user_strategy_perturbs_all_heads_in_its_shards(planned):
    """4,820 heads, 112 to a shard."""
    shards = {f"{112 * i:06d}-{min(112 * i + 111, 4819):06d}" for i in range(44)}
    users = {user for cells in CELLS.values() for user, _ in cells}
    assert len(users) == 47
    assert {path for path in planned if re.search(r"/perturbations/.*\.h5$", path)} == {
        f"results/pipa/perturbations/{user}/{shard}.h5" for user in users for shard in shards
    }


def test_each_net_is_taught_as_the_authors_taught_it(study):
    """Their batches and epochs; the rate drops at epoch 50, where it comes to that."""
    batches = {"alexnet": (50, 100), "vgg16": (40, 150), "googlenet": (50, 100)}
    batches["resnet152"] = (10, 25)
    for net, (batch, epochs) in batches.items():
        found = study.recogniser(net)
        training = found["training"]
        assert found["input_size"] == [227 if net == "alexnet" else 224] * 2
        assert (training["batch_size"], training["epochs"]) == (batch, epochs)
        assert (training["schedule"], training["drop_every"]) == ("step", 50)
        assert (training["learning_rate"], training["lanes"]) == (0.001, 1)


def test_each_user_strategy_has_a_hundred_steps_within_epsilon(study):
    for name, strategy in study.user_strategies.items():
        if "against" in strategy:
            assert strategy["steps"] == (1 if name.startswith(("fgv-", "fgs-")) else 100)
            assert strategy["epsilon"] == 1000


def test_the_people_of_val_are_recognised_all_their_heads_attacked():
    config = yaml.safe_load((ROOT / "configs/pipa.yaml").read_text(encoding="utf-8"))
    album = {"source": "pipa", "subset": "val", "split": "original", "photos": "flickr"}
    assert config["album"] == album
    assert config["attacked"]["heads"] is None
    assert config["head_size"] is None


def numbers(row):
    """Return the numbers of a row of the page's tables."""
    (cells,) = re.findall(rf"^\| {row} \| ([\d., |]+) \|$", PAGE, re.MULTILINE)
    return [float(cell.replace(",", "")) for cell in cells.split("|")]


def work(study, cells):
    """Return the image-steps and the images to score that cells take, by net; not DeepFool's."""
    steps, scored = Counter(), Counter()
    for user in {user for user, _ in cells}:
        strategy = study.user_strategies[user]
        copies = sum(count for _, count in strategy.get("robust_to", ()))
        if strategy["method"] != "deepfool":
            for net in strategy.get("against", ()):
                steps[net] += 4820 * strategy["steps"] * copies
    for _, response in cells:
        strategy = study.recogniser_strategies[response]
        # Without processing, every draw is the same image.
        draws = sum(1 if kind == "O" else count for kind, count in strategy["process"])
        scored[strategy["recogniser"]] += 4820 * draws
    return steps, scored


def test_the_page_says_how_many_jobs_and_how_much_work_it_is(study, planned):
    everything, table4 = set.union(*CELLS.values()), CELLS["table4"]
    shards = [path for path in planned if re.search(r"/perturbations/.*\.h5$", path)]
    users = {user for user, _ in table4}
    assert numbers("perturbation jobs, of 112 heads") == [len(shards), 44 * len(users)]
    assert numbers("cells") == [len(everything), len(table4)]
    worked = [work(study, cells) for cells in (everything, table4)]
    for row, kind in (("million image-steps to perturb", 0), ("million images to score", 1)):
        millions = [found[kind].total() / 1e6 for found in worked]
        assert numbers(row) == [round(number, 1) for number in millions]


def test_the_days_on_the_page_follow_from_its_rates(study):
    names = ("AlexNet", "VGG-16", "GoogLeNet", "ResNet-152")
    rates = [numbers(rf"{name} \| bfloat16") for name in names]
    steps, scored = work(study, set.union(*CELLS.values()))
    learnt = {net: 29223 * 0.95 * study.recogniser(net)["training"]["epochs"] for net in NETS}
    few_steps, few_scored = work(study, CELLS["table4"])
    for row, column, of_all, of_table4 in (
        ("train", 1, learnt, learnt),
        ("perturb", 0, steps, few_steps),
        ("score", 2, scored, few_scored),
    ):
        days = [of_all[n] / rate[column] / 86400 for n, rate in zip(NETS, rates, strict=True)]
        table4 = of_table4["googlenet"] / rates[2][column] / 86400
        expected = [*days, sum(days), table4]
        assert numbers(row) == pytest.approx(expected, abs=0.051)


@pytest.mark.skipif(ANNOTATION is None, reason="AIP_PIPA names no folder of PIPA's annotation")
def test_the_page_counts_the_photos_that_the_study_needs():
    lines = (Path(ANNOTATION) / "all_data.txt").read_text(encoding="utf-8").splitlines()
    photos = {subset: set() for subset in "0123"}
    for line in lines:
        _, photo, *_, subset = line.split()
        photos[subset].add(photo)
    train, val = photos["1"], photos["2"]
    said = [len(set.union(*photos.values())), len(train | val), len(train), len(val)]
    for number in said:
        assert f"{number:,}" in PAGE
    assert f"{len(train | val) / 3600:.1f} hours" in PAGE
