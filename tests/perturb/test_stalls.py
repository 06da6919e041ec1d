"""What a step asks of a tensor's values: each question would stall a GPU until it has caught up."""

from inspect import signature

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from aip.perturb import METHODS, method
from aip.perturb.problem import Problem
from aip.process import KINDS


class Questions(TorchDispatchMode):
    """Counts how often a value is read, by ``item``, ``bool``, ``float`` or a mask."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        masked = func.overloadpacket is torch.ops.aten.index and any(
            index is not None and index.dtype == torch.bool for index in args[1]
        )
        if masked or func.overloadpacket is torch.ops.aten._local_scalar_dense:
            self.asked.append(str(func))
        return func(*args, **(kwargs or {}))


def test_questions_are_noticed():
    with Questions() as questions:
        values = torch.arange(3.0)
        float(values[0])
        bool((values > 1).any())
        values[values > 1]
    assert len(questions.asked) == 3


@pytest.fixture
def problem(linear):
    images = np.random.default_rng(3).uniform(0, 255, (3, 3, 16, 16))
    return Problem(
        x=torch.from_numpy(images).float(),
        y=torch.tensor([0, 1, 2]),
        grey=torch.tensor([False, True, False]),
        against=tuple(linear(4, size) for size in (16, 12)),
        robust_to=tuple((kind, 1) for kind in KINDS),
        ids=np.array([1, 2, 3]),
        seed=1,
        diversity=0.5,
    )


# DeepFool asks once a step whether it is through, which saves more than it costs.
@pytest.mark.parametrize("name", sorted(set(METHODS) - {"deepfool"}))
def test_no_step_reads_a_value(problem, name):
    keys = {"steps": 5, "step_size": 0.1, "step_rule": "relative", "epsilon": 50.0, "decay": 1.0}
    perturb = method(name)
    taken = {key: value for key, value in keys.items() if key in signature(perturb).parameters}
    with Questions() as questions:
        perturb(problem, **taken)
    assert not questions.asked
