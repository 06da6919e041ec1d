"""The smoke study with other cores and shards gives the same answer, to the last bit.

The run that others are held to has two cores and shards of 7 of its 12 attacked heads.
`test_slurm` holds what goes through SLURM to the same run on this machine.
"""

from collections import defaultdict

import h5py
import numpy as np
import pytest
import torch

SMALL = "recognisers/small"
GAME = ("payoff.csv", "perceptibility.csv", "equilibrium.json", "table.md")


@pytest.fixture(scope="module")
def one_core_shards_of_64(make_workflow):
    """The study with one core, from the photos on.

    NumPy may use more threads than the other runs let it.
    """
    workflow = make_workflow()
    workflow.edit(lambda config: config["attacked"].update(shard_size=64))
    workflow.run(*(f"results/smoke/games/table4/{n}" for n in GAME), cores=1, OMP_NUM_THREADS="2")
    return workflow


@pytest.fixture(scope="module")
def reshard(tmp_path_factory):
    """Copy a run and make all that follows from the recogniser again, in shards of another size."""

    def run(workflow, size, cores):
        copy = workflow.copy(tmp_path_factory.mktemp("resharded") / "study")
        copy.edit(lambda config: config["attacked"].update(shard_size=size))
        for path in (copy.folder / "results/smoke/perturbations").rglob("*.*"):
            path.unlink()
        copy.run("--until", "cell", "--forcerun", "cell", cores=cores)
        return copy

    return run


@pytest.fixture(scope="module")
def two_cores_shards_of_64(finished, reshard):
    return reshard(finished, size=64, cores=2)


@pytest.fixture(scope="module")
def one_core_shards_of_7(one_core_shards_of_64, reshard):
    return reshard(one_core_shards_of_64, size=7, cores=1)


# How many shards each user strategy has.
OTHERS = {"one_core_shards_of_64": 1, "two_cores_shards_of_64": 1, "one_core_shards_of_7": 2}


@pytest.fixture(scope="module", params=OTHERS)
def other(request):
    workflow = request.getfixturevalue(request.param)
    folder = workflow.folder / "results/smoke/perturbations/gaman"
    assert len(list(folder.glob("*.h5"))) == OTHERS[request.param]
    return workflow


def assert_same(found, expected):
    assert expected
    assert found.keys() == expected.keys()
    for name in expected:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name, strict=True)


def published(workflow):
    """Return what each user strategy published, its shards end to end."""
    columns = defaultdict(list)
    for name, values in workflow.datasets("perturbations").items():
        user, _, column = name.split("/", 2)
        # Where an image begins is counted from its own shard's beginning.
        columns[user, column].append(np.diff(values) if column == "images/offset" else values)
    return {key: np.concatenate(parts) for key, parts in columns.items()}


def test_the_net_and_its_svm_are_the_same(finished, one_core_shards_of_64):
    nets = [
        torch.load(run.folder / "results/smoke" / SMALL / "net.pt", weights_only=True)
        for run in (one_core_shards_of_64, finished)
    ]
    assert_same(*({name: t.numpy() for name, t in net.items()} for net in nets))
    assert_same(one_core_shards_of_64.datasets(SMALL), finished.datasets(SMALL))


def test_every_published_image_is_the_same(finished, other):
    assert_same(published(other), published(finished))


def test_every_cell_is_the_same(finished, other):
    found, expected = other.datasets("cells"), finished.datasets("cells")
    assert_same(found, expected)
    assert {name.rpartition("/")[2] for name in expected} == {
        *("id", "split", "label", "scores", "predicted", "identities")
    }
    for name in {name.rpartition("/")[0] for name in expected}:
        here, there = (
            dict(h5py.File(run.folder / "results/smoke/cells" / name).attrs)
            for run in (other, finished)
        )
        differ = {key for key in here | there if here.get(key) != there.get(key)}
        assert differ == {"seconds"}, name


def test_the_game_is_the_same(finished, one_core_shards_of_64):
    for name in GAME:
        here, there = (
            (run.folder / "results/smoke/games/table4" / name).read_text()
            for run in (one_core_shards_of_64, finished)
        )
        assert here == there, name


def test_another_number_of_shards_makes_nothing_again(study):
    study.edit(lambda config: config["attacked"].update(shard_size=64))
    assert study.plan() == set()
