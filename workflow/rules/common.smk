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

from aip.errors import BadInput
from aip.study import Study

try:
    STUDY = Study(
        config,
        schema=yaml.safe_load(
            Path(workflow.basedir, "workflow/schemas/config.schema.yaml").read_text()
        ),
        scripts=Path(workflow.basedir, "workflow/scripts"),
        cache=Path(".snakemake/aip"),
    )
except BadInput as error:
    raise WorkflowError(str(error)) from None

RESULTS = f"results/{STUDY.name}"
LOGS = f"{RESULTS}/logs"
RECOGNISER = f"{RESULTS}/recognisers/{{recogniser}}"

# Large artifacts are `ancient` inputs: their times mean nothing. Beside each lies a small one that
# is made together with it and is a plain input. Snakemake compares the content of a small file
# that looks newer, so touching either changes nothing, while making them anew is passed on.
HEADS = {"heads": ancient(f"{RESULTS}/heads.h5"), "card": f"{RESULTS}/heads.json"}


wildcard_constraints:
    user="|".join(STUDY.users),
    response="|".join(STUDY.responses),
    recogniser="|".join(STUDY.recognisers),
    game="|".join(STUDY.games) or "none",
    shard="[0-9]+-[0-9]+",


def recogniser_files(name):
    """The artifacts that a recogniser is loaded from."""
    folder = f"{RESULTS}/recognisers/{name}"
    return {
        "net": ancient(f"{folder}/net.pt"),
        "svm": ancient(f"{folder}/svm.h5"),
        "recogniser_card": f"{folder}/card.json",
    }


def perturbation_files(user):
    """The shards of a user strategy's published heads."""
    shards = [f"{RESULTS}/perturbations/{user}/{shard}" for shard in STUDY.shards]
    return {
        "perturbations": [ancient(f"{shard}.h5") for shard in shards],
        "perturbation_cards": [f"{shard}.json" for shard in shards],
    }


def perturb_input(wildcards):
    """The heads, and the recogniser that the strategy perturbs against, if it knows of one."""
    against = STUDY.users[wildcards.user].get("against")
    return {
        **HEADS,
        **(recogniser_files(against) if against else {}),
    }


def perturb_recogniser(wildcards):
    """The definition of the recogniser that the strategy perturbs against."""
    against = STUDY.users[wildcards.user].get("against")
    return STUDY.recogniser(against) if against else None


def response_recogniser(wildcards):
    """The name of the recogniser that a recogniser strategy scores with."""
    return STUDY.responses[wildcards.response]["recogniser"]


def cell_input(wildcards):
    """The heads, the recogniser that scores, and every shard of the user strategy."""
    return {
        **HEADS,
        **perturbation_files(wildcards.user),
        **recogniser_files(response_recogniser(wildcards)),
    }


def game_cells(wildcards):
    """The cells of a game, row by row."""
    game = STUDY.games[wildcards.game]
    return [
        f"{RESULTS}/cells/{user}/{response}.h5"
        for user in game["user"]
        for response in game["recogniser"]
    ]


def sheet_input(wildcards):
    """The heads, the user strategy's shards, and the recogniser whose answers are shown."""
    return {
        **HEADS,
        **perturbation_files(wildcards.user),
        **recogniser_files(STUDY.seen_by(wildcards.user)),
    }


def announce():
    """Print the summary, if this run was asked for all of the study."""
    summary = Path(RESULTS, "report/summary.txt")
    if summary.exists() and set(workflow.dag_settings.targets) <= {"all", str(summary)}:
        print(summary.read_text())
