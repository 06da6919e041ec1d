import json

from aip.commands.status_report import Status, status_json, text
from aip.run.plan import Planned

JOBS = [
    Planned("album", "", "done", False),
    Planned("train", "small", "stale", True, ("training.epochs 2 → 3", "seed 4")),
    *(
        Planned("perturb", f"gaman/{i}", "stale", True, ("steps 3 → 5",), ("train small",))
        for i in "123456"
    ),
    Planned("perturb", "new/1", "missing", True, (), ("train small",)),
    Planned("cell", "gaman/blur", "stale", True, (), ("perturb gaman/1", "train small")),
]
SECONDS = {"album": 4.0, "train": 60.0, "perturb": 1.5}


def test_counts_what_changed_and_what_a_run_takes_are_said():
    found = text(Status("tiny", JOBS, SECONDS, ["spoilt.tsv: no."]))
    lines = found.splitlines()
    assert lines[0] == "Study tiny, 10 jobs: 1 done, 1 missing, 8 stale."
    rows = {line.split()[0]: line.split()[1:] for line in lines[4:8]}
    assert rows == {
        "album": ["1", "0", "0", "4.0", "0"],
        "train": ["0", "0", "1", "60.0", "60"],
        "perturb": ["0", "1", "6", "1.5", "10"],
        "cell": ["0", "0", "1", "?", "?"],
    }
    assert "  train small: training.epochs 2 → 3; seed 4\n" in found
    assert "  perturb gaman/1, gaman/2, gaman/3, gaman/4, 2 more: steps 3 → 5\n" in found
    assert "Stale for being made from what is missing or stale: 1 job.\n" in found
    # 60 and 7 times 1.5 are known.
    assert "A run would take about 70 s for 8 jobs, one after another" in found
    assert "What 1 job would take is not known" in found
    assert "none of the rule was measured: cell.\n" in found
    assert lines[-1] == "spoilt.tsv: no."


def test_where_all_is_done_there_is_nothing_to_do():
    found = text(Status("tiny", JOBS[:1], {}))
    assert found.splitlines()[0] == "Study tiny, 1 job: 1 done, 0 missing, 0 stale."
    assert found.endswith("\n\nA run has nothing to do.")
    assert "changed" not in found


def test_where_nothing_was_measured_no_seconds_are_said():
    found = text(Status("tiny", JOBS, {}))
    assert "A run would take" not in found
    assert "What 9 jobs would take is not known" in found
    assert "was measured: train, perturb, cell." in found


def test_json_holds_every_job():
    found = json.loads(status_json(Status("tiny", JOBS, SECONDS)))
    assert found["counts"] == {"done": 1, "missing": 1, "stale": 8}
    assert found["to_come"] == {"jobs": 9, "seconds": 70.5, "unknown": ["cell"]}
    assert len(found["jobs"]) == 10
    assert found["jobs"][-1] == {
        "rule": "cell",
        "wildcards": "gaman/blur",
        "state": "stale",
        "runs": True,
        "why": [],
        "made_from": ["perturb gaman/1", "train small"],
        "seconds": None,
    }


def test_what_is_missing_and_asked_for_by_none_costs_nothing_and_is_said():
    jobs = [JOBS[0], Planned("cell", "gaman/blur", "missing", False)]
    status = Status("tiny", jobs, {"cell": 3.0})
    found = text(status)
    assert found.startswith("Study tiny, 2 jobs: 1 done, 1 missing, 0 stale.")
    assert "Missing, but a run of all would not ask for it: cell gaman/blur. " in found
    assert found.endswith("A run has nothing to do.")
    assert (status.to_come, status.cost) == ([], 0)
