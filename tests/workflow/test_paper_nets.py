"""The paper's four nets at their own input sizes, untaught, on a handful of rendered heads."""

import csv
import json

import h5py
import pytest

SIDES = {"alexnet": 227, "vgg16": 224, "googlenet": 224, "resnet152": 224}
DIMENSIONS = {"alexnet": 4096, "vgg16": 4096, "googlenet": 1024, "resnet152": 2048}
EPSILON = 1000


def shrink(config):
    """Leave three people with two heads to attack, and a step that would pass epsilon."""
    sizes = {"train_identities": 4, "val_identities": 3, "heads_per_identity": 4}
    config["album"] = {"source": "synthetic", **sizes}
    for net in SIDES:
        config["recognisers"][net]["weights"] = None
        config["recognisers"][net]["training"]["epochs"] = 0
    config["recognisers"]["alexnet"]["training"] |= {"epochs": 1, "batch_size": 8}
    config["user_strategies"]["gaman"] |= {"steps": 1, "step_size": 2, "epsilon": EPSILON}
    config["tables"] = {"methods": {"user": ["gaman"], "recogniser": ["proc"]}}


@pytest.fixture(scope="module")
def paper(make_workflow):
    workflow = make_workflow("configs/pipa.yaml")
    workflow.edit(shrink)
    workflow.run("results/pipa/tables/methods/rates.csv")
    results = workflow.folder / "results/pipa"
    for net in results.glob("recognisers/*/net.pt"):
        net.unlink()  # a gigabyte in all, which pytest would keep
    return results


@pytest.mark.parametrize("net", SIDES)
def test_a_net_has_the_papers_input_and_features(paper, net):
    card = json.loads((paper / f"recognisers/{net}/card.json").read_text())
    assert card["input_size"] == [SIDES[net], SIDES[net]]
    assert card["feature_dimension"] == DIMENSIONS[net]
    assert card["epochs"] == (net == "alexnet")
    assert (card["identities"], card["enrolled_heads"], card["scored_heads"]) == (3, 6, 6)


@pytest.mark.parametrize("net", SIDES)
def test_a_perturbation_reaches_epsilon_and_stays_within(paper, net):
    """Epsilon is for 224 × 224; at another size the same per value."""
    bound = EPSILON * SIDES[net] / 224
    with h5py.File(paper / f"perturbations/gaman-{net}/000000-000005.h5") as file:
        norm = file["norm"][()]
    assert norm.shape == (6,)
    assert (norm <= bound * (1 + 1e-5)).all()
    assert (norm > 0.99 * bound).all()


def test_each_net_has_the_cell_of_its_own_perturbation(paper):
    with (paper / "tables/methods/rates.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["recogniser"] for line in lines] == [f"proc-{net}" for net in SIDES]
    for net in SIDES:
        with h5py.File(paper / f"cells/gaman-{net}/proc-{net}.h5") as cell:
            assert cell["scores"].shape == (6, 3)
