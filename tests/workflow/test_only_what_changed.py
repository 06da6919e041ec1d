"""What Snakemake would make again after a change, read from its own summary."""

import os

import pytest

TABLE4 = {
    *(f"games/table4/{name}" for name in ("payoff.csv", "outcomes.h5", "equilibrium.json")),
    *(f"games/table4/{name}" for name in ("table.md", "table.tex", "payoff.svg", "payoff.png")),
    "games/table4/perceptibility.csv",
    "costs.csv",
    "report/summary.txt",
}
KINDS = ("h5", "json")
SHARDS = ("000000-000006", "000007-000011")


def row(user: str) -> set[str]:
    """The artifacts of a user strategy in the smoke study."""
    return {
        *(f"perturbations/{user}/{shard}.{kind}" for shard in SHARDS for kind in KINDS),
        *(f"cells/{user}/{response}.h5" for response in ("proc", "blur")),
        f"report/sheets/{user}.png",
    }


def append(path, text):
    path.write_text(path.read_text() + text)


def test_after_a_full_run_nothing_is_left_to_do(finished):
    assert finished.plan() == set()


def test_another_process_remakes_its_column_and_its_games(study):
    study.edit(lambda c: c.update(recogniser_strategies={"blur": {"process": "B3"}}))
    cells = {f"cells/{user}/blur.h5" for user in ("none", "gaman", "gaman-B")}
    assert study.plan() == cells | TABLE4


def test_another_epsilon_remakes_its_row_and_its_games(study):
    study.edit(lambda c: c["user_strategies"]["gaman"].update(epsilon=500))
    assert study.plan() == row("gaman") | TABLE4


def test_a_new_user_strategy_makes_only_what_is_new(study):
    def add(config):
        config["user_strategies"]["bi"] = {"against": "small", "method": "bi", "steps": 2}
        config["games"]["table4"]["user"].append("bi")

    study.edit(add)
    assert study.plan() == row("bi") | TABLE4


def test_a_new_game_over_known_strategies_makes_no_cell(study):
    study.edit(
        lambda c: c["games"].update(small={"user": ["none", "gaman"], "recogniser": ["proc"]})
    )
    new = {name.replace("table4", "small") for name in TABLE4}
    assert study.plan() == new


def test_a_renamed_game_makes_no_cell(study):
    study.edit(lambda c: c["games"].update(renamed=c["games"]["table4"], table4=None))
    assert study.plan() == {name.replace("table4", "renamed") for name in TABLE4}


def test_a_methods_source_counts_as_its_definition(study):
    append(study.folder / "src/aip/perturb/gaman.py", "\n# Another gradient.\n")
    assert study.plan() == row("gaman") | row("gaman-B") | TABLE4


def test_a_process_source_counts_for_both_sides_that_use_it(study):
    append(study.folder / "src/aip/process/blur.py", "\n# Another blur.\n")
    column = {f"cells/{user}/blur.h5" for user in ("none", "gaman", "gaman-B")}
    sheets = {f"report/sheets/{user}.png" for user in ("none", "gaman", "gaman-B")}
    assert study.plan() == row("gaman-B") | column | sheets | TABLE4


def test_how_intervals_are_found_counts_for_the_games_alone(study):
    append(study.folder / "src/aip/game/bootstrap.py", "\n# Another interval.\n")
    assert study.plan() == TABLE4


def test_a_new_page_in_the_registries_remakes_nothing(study):
    (study.folder / "src/aip/perturb/mine.py").write_text('"""A new method."""\n')
    lookup = study.folder / "src/aip/perturb/__init__.py"
    text = lookup.read_text()
    assert '    "gaman": "gaman",\n' in text
    lookup.write_text(
        text.replace('    "gaman": "gaman",\n', '    "gaman": "gaman",\n    "mine": "mine",\n')
    )
    assert study.plan() == set()


def test_touched_files_and_more_cores_remake_nothing(study):
    for path in study.folder.rglob("*"):
        if ".snakemake" not in path.parts:
            os.utime(path)
    assert study.plan() == set()
    assert study.plan("--cores", "1") == set()


def test_the_seed_remakes_everything(study):
    study.edit(lambda c: c.update(seed=2))
    planned = study.plan()
    assert {"album/index.csv", "heads.h5", "recognisers/small/net.pt"} <= planned
    assert row("none") | row("gaman") | row("gaman-B") | TABLE4 <= planned


def test_a_run_that_broke_off_goes_on_with_what_is_stale(study):
    """Upstream made anew, the run ends before the rest: a later run still knows the rest."""
    study.edit(lambda c: c["user_strategies"]["gaman"].update(epsilon=500))
    made = [f"results/smoke/perturbations/gaman/{shard}.h5" for shard in SHARDS]
    study.run(*made)
    shards = {f"perturbations/gaman/{shard}.{kind}" for shard in SHARDS for kind in KINDS}
    left = row("gaman") - shards
    assert study.plan() == left | TABLE4


@pytest.mark.parametrize("target", ["cells/gaman/blur.h5"])
def test_one_cell_makes_that_cell_and_what_it_needs(make_workflow, target):
    workflow = make_workflow()
    planned = workflow.plan(f"results/smoke/{target}")
    assert planned == {
        "album/index.csv",
        "album/missing.csv",
        "album/photos",
        "heads.h5",
        "heads.json",
        "recognisers/small/net.pt",
        "recognisers/small/curve.csv",
        "recognisers/small/features.h5",
        "recognisers/small/svm.h5",
        "recognisers/small/card.json",
        *(f"perturbations/gaman/{shard}.{kind}" for shard in SHARDS for kind in KINDS),
        target,
    }
