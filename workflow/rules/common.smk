# What several stages share: the study, and where its results lie.

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# The run and its jobs use the library beside this workflow; plugins of Snakemake may have imported
# another one.
LIBRARY = str(Path(workflow.basedir, "src"))
sys.path.insert(0, LIBRARY)
os.environ.update(PYTHONPATH=LIBRARY)
for name in [name for name in sys.modules if name.partition(".")[0] == "aip"]:
    if not str(sys.modules[name].__file__).startswith(LIBRARY):
        del sys.modules[name]

from aip.run.place import wrong_place

for path in (str(workflow.basedir), sys.executable):
    if reason := wrong_place(path):
        raise WorkflowError(reason)

from aip.run.internals import Run, check_versions, doubt_unreadable
from aip.run.rebuild import from_here, remember
from aip.errors import BadInput
from aip.store import yaml_text
from aip.store.partial import sweep
from aip.study import shown
from aip.study.fingerprints import Study
from aip.run.vouch import doubt_others, hold_to_run
from aip.run.work import work

RUN = Run(workflow)
if RUN.is_main:
    doubt_unreadable()
    # The command that makes an artifact again; jobs inherit it from the run.
    remember([from_here(path) for path in RUN.configfiles], RUN.config, sys.argv[1:])

try:
    check_versions()
    for path in [Path(BASE), *RUN.configfiles]:
        yaml_text.read(path, "the config")  # stricter than Snakemake's reader
    STUDY = Study(
        config,
        schema=yaml.safe_load(
            Path(workflow.basedir, "workflow/schemas/config.schema.yaml").read_text(
                encoding="utf-8"
            )
        ),
        scripts=Path(workflow.basedir, "workflow/scripts"),
        cache=Path(".snakemake/aip"),
    )
    # Read here what the user brings, so that an error in it becomes a sentence.
    STUDY.album_made
    STUDY.check_album()
    if RUN.is_main:
        for warning in STUDY.warnings:
            logger.warning(warning)
    hold_to_run(STUDY, is_main=RUN.is_main)
    if RUN.is_main:
        doubt_others(STUDY)
    # The release of the paper's authors, unpacked once for all studies that have the same.
    RELEASE = {"release": STUDY.release.card} if STUDY.needs_release else {}
except BadInput as error:
    raise WorkflowError(str(error)) from None

# Cells that answer a game follow from the cells of that game.
if STUDY.answers_games:
    RUN.part_groups()

RESULTS = f"results/{STUDY.name}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
RECOGNISER = f"{RESULTS}/recognisers/{{recogniser}}"

# Large artifacts are `ancient` inputs, so that their times do not count. Beside each lies a small
# file that the same job makes and that is a plain input. Snakemake compares the content of a small
# file that looks newer: touching either file changes nothing, while making both again is passed on.
HEADS = {"heads": ancient(f"{RESULTS}/heads.h5"), "card": f"{RESULTS}/heads.json"}

# Recognisers whose net is the authors', and those whose SVM is, too.
RELEASED_NETS = [r for r in STUDY.recognisers if STUDY.is_released(r, "net")]
RELEASED_SVMS = [r for r in STUDY.recognisers if STUDY.is_released(r, "svm")]


# The rules whose files this run shares with other studies: those that --cache names, or else all
# that can be.
CACHED = RUN.cached_rules
CACHE = os.environ.get("SNAKEMAKE_OUTPUT_CACHE", "")
if CACHED is not None and not (Path(CACHE).is_absolute() and os.access(CACHE, os.W_OK)):
    raise WorkflowError(
        f"--cache: found SNAKEMAKE_OUTPUT_CACHE={CACHE!r}, expected the absolute path of a folder "
        "that is there and can be written to"
    )


def is_cached(name):
    """Whether this run shares with other studies what a rule makes."""
    return CACHED is not None and (not CACHED or name in CACHED)


def without_benchmark(*names):
    """Drop the benchmarks of cached rules: Snakemake refuses a rule that has both.

    A job whose files come from the cache has no time to write.
    """
    for name in filter(is_cached, names):
        RUN.drop_benchmark(name)


wildcard_constraints:
    user="|".join(STUDY.user_strategies),
    recogniser_strategy="|".join(STUDY.recogniser_strategies),
    recogniser="|".join(STUDY.recognisers),
    game="|".join(STUDY.games) or "none",
    growth="|".join(STUDY.growth) or "none",
    frontier="|".join(STUDY.frontier) or "none",
    table="|".join(STUDY.tables) or "none",
    purpose="enrolled|train",
    shard="(reverse-)?[0-9]+-[0-9]+",
    suffix="|-reverse",
    enrols="published|both",


def net_files(name):
    """A recogniser's net, and its learning curve, which passes on that the net was made again."""
    folder = f"{RESULTS}/recognisers/{STUDY.net_owner(name)}"
    return {"net": ancient(f"{folder}/net.pt"), "curve": f"{folder}/curve.csv"}


def weights_card(weights):
    """The file that says that weights are here; studies that start from the same share it."""
    return f"results/downloads/weights/{weights.name}.json"


def weights_input(weights):
    """The input of a job that starts from weights, if they are to be fetched."""
    return {"weights": weights_card(weights)} if weights else {}


def landmark_files(*names):
    """The landmarks of the clean heads, if one of some recognisers aligns heads."""
    if not STUDY.aligns(*names):
        return {}
    return {
        "landmarks": ancient(f"{RESULTS}/landmarks.h5"),
        "landmarks_card": f"{RESULTS}/landmarks.json",
    }


def detector(name):
    """The net with which a recogniser finds landmarks, if it aligns heads."""
    return STUDY.detector if STUDY.aligns(name) else None


def is_taught(name):
    """Whether a recogniser's net looks at heads to learn from."""
    return STUDY.recogniser(name)["training"]["epochs"] > 0


SUFFIXES = {"0-1": "", "1-0": "-reverse"}


def recogniser_files(*names, svms):
    """The artifacts that recognisers are loaded from: nets and SVMs, as (file, its card)."""
    folders = [f"{RESULTS}/recognisers/{name}" for name in names]
    return {
        "nets": [net_files(name)["net"] for name in names],
        "svms": [ancient(f"{folder}/{svm}") for folder in folders for svm, _ in svms],
        "recogniser_cards": [
            f"{folder}/{card}" for folder in folders for _, card in svms
        ],
        **landmark_files(*names),
    }


def svm_files(direction):
    """The file of a recogniser's SVM that a direction's enrolled split taught, and its card."""
    return f"svm{SUFFIXES[direction]}.h5", f"card{SUFFIXES[direction]}.json"


def direction(wildcards):
    """The direction of an SVM, which its file's name says."""
    return next(name for name, suffix in SUFFIXES.items() if suffix == wildcards.suffix)


def shard(wildcards):
    """What a shard's name stands for: direction, start and stop."""
    return STUDY.shards(getattr(wildcards, "purpose", "attacked"))[wildcards.shard]


def enrolled(direction):
    """The split that enrols."""
    return int(direction[0])


def perturbation_files(*users, directions=STUDY.directions):
    """The shards of user strategies' published heads."""
    shards = [
        f"{RESULTS}/perturbations/{user}/{name}"
        for user in users
        for name, shard in STUDY.shards("attacked").items()
        if shard.direction in directions
    ]
    return {
        "perturbations": [ancient(f"{shard}.h5") for shard in shards],
        "perturbation_cards": [f"{shard}.json" for shard in shards],
    }


def lesson_files(recogniser, purpose):
    """The perturbed heads that a recogniser learns from, of the train or the enrolled heads."""
    folders = [f"lessons/{user}" for user in STUDY.known(recogniser)]
    if STUDY.learns_from(recogniser):
        folders = [f"drawn_lessons/{recogniser}"]
    return published_files(folders, purpose)


def published_files(folders, purpose):
    """The shards of perturbed train or enrolled heads in some folders of lessons."""
    shards = [
        f"{RESULTS}/{folder}/{purpose}/{shard}"
        for folder in folders
        for shard in STUDY.shards(purpose)
    ]
    return {
        "lessons": [ancient(f"{shard}.h5") for shard in shards],
        "lesson_cards": [f"{shard}.json" for shard in shards],
    }


def against(wildcards):
    """The recognisers that a user strategy perturbs against, if there are any."""
    return STUDY.user_strategies[wildcards.user].get("against", [])


def equilibrium(game):
    """The file of a game's equilibrium."""
    return f"{RESULTS}/games/{game}/equilibrium.json"


def mixtures(game):
    """The file of the mixtures in a game's equilibrium, which best responses answer."""
    return f"{RESULTS}/games/{game}/mixtures.json"


def enrols(column):
    """What a recogniser strategy enrols beside clean heads; None if nothing."""
    return STUDY.recogniser_strategies[column].get("enrols")


def impostors(user, column):
    """The file of a column's impostor scores, which are a row's own if it enrols what that is."""
    name = column if enrols(column) is None else f"{column}/{user}"
    return f"{RESULTS}/impostors/{name}.h5"


def met(counted, pairs):
    """The cells of pairs of strategies, and for a payoff each column's impostor scores."""
    found = {"cells": [f"{RESULTS}/cells/{user}/{column}.h5" for user, column in pairs]}
    if "payoff" in counted:
        found["impostors"] = [impostors(*pair) for pair in pairs]
    return found


def begin():
    """Clear away what killed jobs left half written; what living ones write stays."""
    folder = Path(RESULTS)
    if folder.exists() and not os.access(folder, os.W_OK):
        raise WorkflowError(
            f"{folder}: found a folder that cannot be written to, expected one that can"
        )
    sweep(folder)


def announce():
    """Show the summary, if this run was asked for all of the study."""
    summary = Path(RESULTS, "report/summary.txt")
    if summary.exists() and RUN.targets <= {"all", str(summary)}:
        logger.info(summary.read_text(encoding="utf-8"), extra={"result": True})
