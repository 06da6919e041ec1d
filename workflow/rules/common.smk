# What several stages share: the study, and where its results lie.

import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

# The library is the one beside this workflow, for the jobs too.
LIBRARY = str(Path(workflow.basedir, "src"))
sys.path.insert(0, LIBRARY)
os.environ["PYTHONPATH"] = os.pathsep.join(
    [LIBRARY, *filter(None, [os.environ.get("PYTHONPATH")])]
)

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


wildcard_constraints:
    user="|".join(STUDY.users),
    response="|".join(STUDY.responses),
    recogniser="|".join(STUDY.recognisers),
    game="|".join(STUDY.games) or "none",
    shard="[0-9]+-[0-9]+",


def recogniser_files(name):
    """The artifacts that a recogniser is loaded from."""
    folder = f"{RESULTS}/recognisers/{name}"
    return {"net": f"{folder}/net.pt", "svm": f"{folder}/svm.h5"}


def perturbations(user):
    """The shards of a user strategy's published heads."""
    return [f"{RESULTS}/perturbations/{user}/{shard}.h5" for shard in STUDY.shards]


def announce():
    """Print the summary, if this run was asked for all of the study."""
    summary = Path(RESULTS, "report/summary.txt")
    if summary.exists() and set(workflow.dag_settings.targets) <= {"all", str(summary)}:
        print(summary.read_text())
