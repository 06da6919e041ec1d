"""The paper's study: all that Snakemake would make for it."""

import re

import pytest

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


def test_each_table_has_its_cells_and_there_are_no_others(planned):
    found = {
        match.groups()
        for path in planned
        if (match := re.fullmatch(r"results/paper/cells/(.+)/(.+)\.h5", path))
    }
    for name, cells in CELLS.items():
        assert cells <= found, name
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
