"""The paper's study: all that Snakemake would make for it."""

import re
from pathlib import Path

import pytest
import yaml
from snakemake.utils import update_config

from aip.study import Study

ROOT = Path(__file__).parents[2]

NETS = ("alexnet", "vgg16", "googlenet", "resnet152")
KINDS = ("proc", "translate", "noise", "blur", "crop", "tnbc")
BLIND = ("none", "blur", "pixelate", "eye-bar", "black-box")
METHODS = ("fgv", "fgs", "ga", "bi", "ga-s", "bi-s", "deepfool", "gaman")


@pytest.fixture(scope="module")
def planned(make_workflow):
    return make_workflow("configs/paper.yaml").plan()


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


def test_each_table_has_its_cells(tmp_path):
    base, overlay = (
        yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        for name in ("config.yaml", "configs/paper.yaml")
    )
    update_config(base, overlay)
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text("utf-8"))
    study = Study(base, schema, ROOT / "workflow/scripts", tmp_path)
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
        if (match := re.fullmatch(r"results/paper/cells/(.+)/(.+)\.h5", path))
    }
    assert found == set.union(*CELLS.values())
    assert len(found) == 312


def test_the_tables_the_games_and_four_nets_are_planned(planned):
    folder = "results/paper"
    assert {f"{folder}/tables/{name}/table.tex" for name in ("methods", "transfer")} <= planned
    assert {f"{folder}/games/{name}/table.tex" for name in ("table4", "unknown-recogniser")} <= (
        planned
    )
    nets = {path for path in planned if path.endswith("/net.pt")}
    assert nets == {f"{folder}/recognisers/{net}/net.pt" for net in NETS}


def test_each_user_strategy_perturbs_all_heads_in_its_shards(planned):
    """40 rendered people with 6 heads to attack each: 240 heads, 112 to a shard."""
    shards = {"000000-000111", "000112-000223", "000224-000239"}
    users = {user for cells in CELLS.values() for user, _ in cells}
    assert {path for path in planned if re.search(r"/perturbations/.*\.h5$", path)} == {
        f"results/paper/perturbations/{user}/{shard}.h5" for user in users for shard in shards
    }
