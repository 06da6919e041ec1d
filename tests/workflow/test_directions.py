"""Both directions: each split attacked, and recognised by an SVM that the other one taught."""

import json

import h5py
import numpy as np
import pytest
from sklearn.svm import LinearSVC


def read(results, name):
    with h5py.File(results / name) as file:
        columns = {key: file[key] for key in file if isinstance(file[key], h5py.Dataset)}
        values = {
            key: column.asstr()[()] if h5py.check_string_dtype(column.dtype) else column[()]
            for key, column in columns.items()
        }
        return values | dict(file.attrs)


def direction(workflow, value):
    workflow.edit(lambda config: config["attacked"].update(direction=value))


CELLS = [
    f"cells/{user}/{response}.h5" for user in ("none", "gaman") for response in ("proc", "blur")
]


@pytest.fixture(scope="module")
def runs(finished, tmp_path_factory):
    """The smoke study's results in each direction, and what was planned for both after one."""
    both = finished.copy(tmp_path_factory.mktemp("both"))
    direction(both, "both")
    planned = both.plan()
    both.run()
    back = both.copy(tmp_path_factory.mktemp("back"))
    direction(back, "1-0")
    back.run(*(f"results/smoke/{cell}" for cell in CELLS))
    folders = (run.folder / "results/smoke" for run in (finished, both, back))
    return dict(zip(("0-1", "both", "1-0"), folders, strict=True)), planned


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_of_both_holds_those_of_each(runs, cell):
    forward, both, back = (read(runs[0][way], cell) for way in ("0-1", "both", "1-0"))
    assert set(forward["split"]) == {1}
    assert set(back["split"]) == {0}
    for column in ("id", "split", "label", "scores", "predicted"):
        assert np.array_equal(both[column], np.concatenate([forward[column], back[column]]))
    assert both["recognition_rate"] == pytest.approx(
        (forward["recognition_rate"] + back["recognition_rate"]) / 2
    )
    assert both["heads"] == forward["heads"] + back["heads"] == 24


def test_the_other_svm_is_taught_on_split_1_and_scored_on_split_0(runs):
    folder = runs[0]["both"] / "recognisers/small"
    features, svm = read(folder, "features.h5"), read(folder, "svm-reverse.h5")
    enrolled = features["split"] == 1
    machine = LinearSVC(C=1.0, random_state=1, max_iter=10_000)
    machine.fit(features["features"][enrolled], features["identity"][enrolled])
    assert np.allclose(svm["weight"], machine.coef_, atol=1e-6)
    card = json.loads((folder / "card-reverse.json").read_text())
    scored = machine.predict(features["features"][~enrolled]) == features["identity"][~enrolled]
    assert card["recognition_rate"] == pytest.approx(scored.mean())
    assert (card["enrolled_split"], card["enrolled_heads"], card["scored_heads"]) == (1, 12, 12)


def test_a_second_direction_adds_to_the_first(runs):
    _, planned = runs
    made = {name for name in planned if name.startswith(("perturbations", "recognisers", "heads"))}
    assert made == {
        *(
            f"recognisers/small/{name}-reverse.{end}"
            for name, end in (("svm", "h5"), ("card", "json"))
        ),
        *(
            f"perturbations/{user}/reverse-{shard}.{end}"
            for user in ("none", "gaman", "gaman-B")
            for shard in ("000000-000006", "000007-000011")
            for end in ("h5", "json")
        ),
    }


def test_the_summary_says_the_mean_and_each(runs):
    text = (runs[0]["both"] / "report/summary.txt").read_text()
    assert "% of 24 heads of 6 people, unattacked, the mean of " in text
    assert "where split 0 enrols and " in text
