"""What Snakemake would make again after a change, read from its own summary."""

import os

import pytest

TABLE4 = {
    *(f"games/table4/{name}" for name in ("payoff.csv", "outcomes.h5", "equilibrium.json")),
    *(f"games/table4/{name}" for name in ("table.md", "table.tex", "payoff.svg", "payoff.png")),
    "games/table4/perceptibility.csv",
    "costs.csv",
    "report/index.html",
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
        *page_heads(user),
    }


def page_heads(*users: str) -> set[str]:
    """What the page shows of user strategies' heads."""
    return {f"report/heads/{user}{kind}" for user in users for kind in ("", ".json")}


def append(path, text):
    path.write_text(path.read_text() + text)


def test_after_a_full_run_nothing_is_left_to_do(finished):
    assert finished.plan() == set()


def test_another_process_remakes_its_column_and_its_games(study):
    study.edit(lambda c: c.update(recogniser_strategies={"blur": {"process": "B3"}}))
    cells = {f"cells/{user}/blur.h5" for user in ("none", "gaman", "gaman-B")}
    assert study.plan() == cells | page_heads("none", "gaman", "gaman-B") | TABLE4


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


def test_what_a_guarantee_is_held_to_remakes_the_game_alone(study):
    study.edit(lambda c: c["games"]["table4"].update(folds=3))
    assert study.plan() == GAME_FILES
    study.edit(lambda c: c["games"]["table4"].update(rank=2, outside=["crop"]))
    assert study.plan() == TABLE4 | {
        f"cells/{user}/crop.h5" for user in ("none", "gaman", "gaman-B")
    }


def test_a_renamed_game_makes_no_cell(study):
    study.edit(lambda c: c["games"].update(renamed=c["games"]["table4"], table4=None))
    assert study.plan() == {name.replace("table4", "renamed") for name in TABLE4}


# By kind of edit: the file, what is replaced in it and by what, and what must be made again.
BLUR = {
    *row("gaman-B"),
    *(f"cells/{user}/blur.h5" for user in ("none", "gaman", "gaman-B")),
    *(f"report/sheets/{user}.png" for user in ("none", "gaman", "gaman-B")),
    *page_heads("none", "gaman", "gaman-B"),
}
GAME_FILES = {name for name in TABLE4 if not name.endswith((".h5", "payoff.csv", "bility.csv"))}
PICTURES = {*(f"games/table4/payoff.{kind}" for kind in ("svg", "png"))}
PAGE = {"report/index.html", "report/summary.txt"}
END = {"costs.csv", *PAGE}
EDITS = {
    "the loss of a method": (
        *("src/aip/perturb/gaman.py", "return true - others", "return 2 * true - others"),
        row("gaman") | row("gaman-B") | TABLE4,
    ),
    "a process": ("src/aip/process/blur.py", "+ 0.8", "+ 0.9", BLUR | TABLE4),
    "the interval of a game": (
        *("src/aip/game/bootstrap.py", "RESAMPLES = 1000", "RESAMPLES = 999"),
        GAME_FILES,
    ),
    "a picture": ("src/aip/show/payoff.py", "fontsize=", "fontsize=1 + ", PICTURES | END),
    "the page's script": (
        "src/aip/show/page/page.js",
        "value.toFixed(digits)",
        "value.toFixed(2)",
        PAGE,
    ),
    "the page's style": (
        "src/aip/show/page/page.css",
        "max-width: 88rem",
        "max-width: 80rem",
        PAGE,
    ),
    "a comment of the page's script": (
        *("src/aip/show/page/page.js", "// A cell's heads.", "// The heads of a cell."),
        set(),
    ),
    "the page's pictures": (
        *("src/aip/show/sprite.py", "QUALITY = 80", "QUALITY = 81"),
        page_heads("none", "gaman", "gaman-B") | END,
    ),
    "a script": ("workflow/scripts/payoff.py", "table = ", "rates = table = ", PICTURES | END),
    "a registry": (
        *("src/aip/perturb/__init__.py", '"gaman": "gaman",', '"gaman": "gaman", "mine": "mine",'),
        set(),
    ),
    "an error of a method": (
        "src/aip/perturb/problem.py",
        'raise BadInput(f"',
        'raise BadInput(f"Oh: ',
        set(),
    ),
    "a log line": ("src/aip/compute/side_by_side.py", "memory ran out", "memory was full", set()),
    "a hint": (
        "src/aip/perturb/gaman.py",
        "def margin(scores: Tensor,",
        "def margin(scores,",
        set(),
    ),
    "a docstring": ("src/aip/process/blur.py", '"""B: Gaussian', '"""B: A Gaussian', set()),
    "a comment": (
        "src/aip/album/heads.py",
        "import numpy as np",
        "import numpy as np  # arrays",
        set(),
    ),
    "the study": ("src/aip/study/families.py", "KEYS = {", "OTHERS = 1\nKEYS = {", set()),
    "the store": ("src/aip/store/hdf5.py", "chunks=(1 << 16,)", "chunks=(1 << 15,)", set()),
    "a download": ("src/aip/download/web.py", "TRIES = ", "TRIES = 1 + ", set()),
    "a run": ("src/aip/run/job.py", "OFTEN = 1.0", "OFTEN = 2.0", set()),
    "a command": ("src/aip/commands/solve.py", "Solve a payoff table", "Solve a table", set()),
    "the layout of files": (
        *("src/aip/store/__init__.py", "LAYOUT_VERSION = 1", "LAYOUT_VERSION = 2"),
        None,  # all
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_remakes_what_it_can_change_and_nothing_else(finished, edit):
    name, old, new, remade = EDITS[edit]
    path = finished.folder / name
    text = path.read_text()
    assert old in text, f"{name} no longer holds {old!r}"
    path.write_text(text.replace(old, new))
    try:
        planned = finished.plan()
    finally:
        path.write_text(text)
    if remade is None:
        assert {"album/index.csv", "heads.h5", *row("none"), *TABLE4} <= planned
    else:
        assert planned == remade


def test_words_in_any_file_remake_nothing(study):
    for path in (study.folder / "src").rglob("*.py"):
        append(path, '\n# Said otherwise.\n"""And in words."""\n')
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
    """If a run ends after it made something upstream again, a later run still makes the rest."""
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
