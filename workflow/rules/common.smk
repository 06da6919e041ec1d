# What several stages share: the study, and where its results lie.

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

# The library is the one beside this workflow, for the jobs too.
LIBRARY = str(Path(workflow.basedir, "src"))
sys.path.insert(0, LIBRARY)
os.environ.update(PYTHONPATH=LIBRARY)

from aip.claim import Claim
from aip.rebuild import from_here, remember
from aip.errors import BadInput
from aip.partial import sweep
from aip.study import Study
from aip.study.work import work

# What jobs say of how to make an artifact anew; they inherit it from the run.
if workflow.is_main_process:
    remember(
        [from_here(path) for path in workflow.overwrite_configfiles],
        workflow.config_settings.config_args,
        sys.argv[1:],
    )
CLAIM = Claim(Path(".snakemake")) if workflow.is_main_process else None

try:
    STUDY = Study(
        config,
        schema=yaml.safe_load(
            Path(workflow.basedir, "workflow/schemas/config.schema.yaml").read_text()
        ),
        scripts=Path(workflow.basedir, "workflow/scripts"),
        cache=Path(".snakemake/aip"),
    )
    # What the user brings is looked at here, so that what is wrong is said in a sentence.
    STUDY.album_fingerprint
    # What the paper's authors released, unpacked once for all studies that have the same.
    RELEASE = {"release": STUDY.release.card} if STUDY.needs_release else {}
except BadInput as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"results/{STUDY.name}"
LOGS = f"{RESULTS}/logs"
BENCHMARKS = f"{RESULTS}/benchmarks"
RECOGNISER = f"{RESULTS}/recognisers/{{recogniser}}"

# Large artifacts are `ancient` inputs: their times mean nothing. Beside each lies a small one that
# is made together with it and is a plain input. Snakemake compares the content of a small file
# that looks newer, so touching either changes nothing, while making them anew is passed on.
HEADS = {"heads": ancient(f"{RESULTS}/heads.h5"), "card": f"{RESULTS}/heads.json"}

# Recognisers whose net, or SVM too, is the authors'.
RELEASED_NETS = [r for r in STUDY.recognisers if STUDY.is_released(r, "net")]
RELEASED_SVMS = [r for r in STUDY.recognisers if STUDY.is_released(r, "svm")]


# The rules that this run shares with other studies: --cache of all that can be, --cache RULE.
CACHED = workflow.workflow_settings.cache
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
    """Drop the benchmarks of rules that are cached: Snakemake refuses to have both of one.

    A job whose outcome is fetched has none to write.
    """
    for name in filter(is_cached, names):
        workflow.get_rule(name)._benchmark = None


wildcard_constraints:
    user="|".join(STUDY.users),
    response="|".join(STUDY.responses),
    recogniser="|".join(STUDY.recognisers),
    game="|".join(STUDY.games) or "none",
    table="|".join(STUDY.tables) or "none",
    part="enrolled|train",
    shard="(reverse-)?[0-9]+-[0-9]+",
    way="|-reverse",


def net_files(name):
    """A recogniser's net, and the learning curve that passes on that it was made anew."""
    folder = f"{RESULTS}/recognisers/{STUDY.net_owner(name)}"
    return {"net": ancient(f"{folder}/net.pt"), "curve": f"{folder}/curve.csv"}


WAYS = {"0-1": "", "1-0": "-reverse"}


def recogniser_files(*names, svms):
    """The artifacts that recognisers are loaded from: nets and SVMs, as (file, its card)."""
    folders = [f"{RESULTS}/recognisers/{name}" for name in names]
    return {
        "nets": [net_files(name)["net"] for name in names],
        "svms": [ancient(f"{folder}/{svm}") for folder in folders for svm, _ in svms],
        "recogniser_cards": [
            f"{folder}/{card}" for folder in folders for _, card in svms
        ],
    }


def svm_files(direction):
    """The file of a recogniser's SVM that a direction's enrolled split taught, and its card."""
    return f"svm{WAYS[direction]}.h5", f"card{WAYS[direction]}.json"


def direction(wildcards):
    """The direction of an SVM, which its file's name says."""
    return next(name for name, way in WAYS.items() if way == wildcards.way)


def shard(wildcards):
    """What a shard's name stands for: direction, start and stop."""
    return STUDY.shards(getattr(wildcards, "part", "attacked"))[wildcards.shard]


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


def lesson_files(recogniser, part):
    """The perturbed heads that a recogniser learns from, of the train or the enrolled heads."""
    shards = [
        f"{RESULTS}/lessons/{user}/{part}/{shard}"
        for user in STUDY.known(recogniser)
        for shard in STUDY.shards(part)
    ]
    return {
        "lessons": [ancient(f"{shard}.h5") for shard in shards],
        "lesson_cards": [f"{shard}.json" for shard in shards],
    }


def train_input(wildcards):
    """The heads; for a net that is fine-tuned, what it starts from and what it learns."""
    base = STUDY.recogniser(wildcards.recogniser).get("base")
    if base is None:
        return HEADS
    start = net_files(base)
    return {
        **HEADS,
        **lesson_files(wildcards.recogniser, "train"),
        "start": start["net"],
        "start_curve": start["curve"],
    }


def against(wildcards):
    """The recognisers that a user strategy perturbs against, if it knows of any."""
    return STUDY.users[wildcards.user].get("against", [])


def perturb_input(wildcards):
    """The heads, and the recognisers that the strategy perturbs against."""
    train = getattr(wildcards, "part", "attacked") == "train"
    svm = (
        ("teacher.h5", "teacher.h5") if train else svm_files(shard(wildcards).direction)
    )
    return {**HEADS, **recogniser_files(*against(wildcards), svms=[svm])}


def response_recogniser(wildcards):
    """The name of the recogniser that a recogniser strategy scores with."""
    return STUDY.responses[wildcards.response]["recogniser"]


def cell_input(wildcards):
    """The heads, the recogniser that scores, and every shard of the user strategy."""
    return {
        **HEADS,
        **perturbation_files(wildcards.user),
        **recogniser_files(
            response_recogniser(wildcards),
            svms=[svm_files(way) for way in STUDY.directions],
        ),
    }


def game_input(wildcards):
    """The cells of a game, row by row, and what its user strategies published."""
    game = STUDY.games[wildcards.game]
    cells = [
        f"{RESULTS}/cells/{user}/{response}.h5"
        for user in game["user"]
        for response in game["recogniser"]
    ]
    return {"cells": cells, **perturbation_files(*game["user"])}


def table_input(wildcards):
    """The cells of a table, row by row, and what its user strategies published."""
    table = STUDY.tables[wildcards.table]
    pairs = [
        (user, response)
        for row in table["cells"]
        for user, response in zip(row, table["recogniser"])
    ]
    return {
        "cells": [f"{RESULTS}/cells/{user}/{response}.h5" for user, response in pairs],
        **perturbation_files(*sorted({user for user, _ in pairs})),
    }


def sheet_input(wildcards):
    """The heads, the user strategy's shards, and the recogniser whose answers are shown.

    Of both directions it is the first that is shown.
    """
    first = STUDY.directions[0]
    return {
        **HEADS,
        **perturbation_files(wildcards.user, directions=[first]),
        **recogniser_files(STUDY.seen_by(wildcards.user), svms=[svm_files(first)]),
    }


def begin():
    """Hold the folder's locks, and clear away what killed jobs left half written."""
    alone = CLAIM is None or CLAIM.hold()
    folder = Path(RESULTS)
    if folder.exists() and not os.access(folder, os.W_OK):
        raise WorkflowError(
            f"{folder}: found a folder that cannot be written to, expected one that can"
        )
    if alone and CLAIM is not None:
        sweep(folder)


def announce():
    """Print the summary, if this run was asked for all of the study."""
    summary = Path(RESULTS, "report/summary.txt")
    if summary.exists() and set(workflow.dag_settings.targets) <= {"all", str(summary)}:
        print(summary.read_text())
