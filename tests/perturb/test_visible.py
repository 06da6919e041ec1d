import numpy as np
import pytest
import torch

from aip.perturb.epsilon import input_epsilon
from aip.perturb.publish import publish
from aip.perturb.visible import is_too_small, nothing_changed
from aip.store.hdf5 import write_column, writing


@pytest.mark.parametrize("size", [(64, 64), (112, 96), (224, 224)])
def test_no_perturbation_below_the_bound_changes_a_value_and_one_above_it_does(size):
    epsilon = 0.5 * 224 / (size[0] * size[1]) ** 0.5
    head = np.full((90, 80, 3), 100, np.uint8)
    for share, changed in ((0.99, False), (1.01, True)):
        assert is_too_small(share * epsilon, size) is not changed
        r = torch.zeros(3, *size)  # all of the norm in one value
        r[0, 5, 5] = input_epsilon(share * epsilon, size)
        native = np.full((*size, 3), 100, np.uint8)
        assert (publish(native, r) != native).any() == changed
        assert changed or (publish(head, r) == head).all()


@pytest.mark.parametrize(
    ("l2", "strategy", "said"),
    [
        ([0, 0], {"epsilon": 0.031, "step_size": 1.0}, "with epsilon 0.031 and step_size 1;"),
        ([0, 3], {"epsilon": 0.031, "step_size": 1.0}, None),
        ([0, 0], {"method": "none"}, None),
        ([], {"epsilon": 0.031}, None),
    ],
)
def test_a_strategy_that_changed_nothing_says_so(tmp_path, provenance, l2, strategy, said):
    with writing(tmp_path / "p.h5", provenance()) as file:
        write_column(file, "l2", np.array(l2, np.float32))
        write_column(file, "id", np.arange(len(l2)))
    found = nothing_changed(tmp_path / "p.h5", strategy)
    assert (said in found) if said else (found is None)
