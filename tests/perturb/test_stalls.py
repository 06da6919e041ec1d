"""What a step asks of a tensor's values: each question would stall a GPU until it has caught up."""

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode, resolve_name
from torch.utils._python_dispatch import TorchDispatchMode

from aip.compute.draws import generator
from aip.perturb import METHODS, method
from aip.perturb.problem import Problem
from aip.perturb.strategy import call
from aip.process import KINDS
from aip.process.keeping_size import process_keeping_size

# What brings values to the processor; where they are there already, nothing is dispatched.
BROUGHT = {f"torch.Tensor.{name}" for name in ("cpu", "numpy", "tolist", "__array__", "__dlpack__")}
# What needs values to know what comes of it: which number, or how many.
LOOKS = {torch.Tag.data_dependent_output, torch.Tag.dynamic_output_shape}
# Of these, only a mask does.
INDEXING = {torch.ops.aten.index, torch.ops.aten.index_put, torch.ops.aten.index_put_}


class Questions:
    """Notes how often values are read: as numbers, by a mask, or to know how many there are.

    Not by ``to``: on the processor, what it brings there is what it would bring to a GPU.
    """

    def __init__(self):
        self.asked = []
        self._modes = _Calls(self.asked), _Operations(self.asked)

    def __enter__(self):
        for mode in self._modes:
            mode.__enter__()
        return self

    def __exit__(self, *error):
        for mode in reversed(self._modes):
            mode.__exit__(*error)


class _Calls(TorchFunctionMode):
    def __init__(self, asked):
        super().__init__()
        self._asked = asked

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if (name := resolve_name(func)) in BROUGHT:
            self._asked.append(name)
        return func(*args, **(kwargs or {}))


class _Operations(TorchDispatchMode):
    def __init__(self, asked):
        super().__init__()
        self._asked = asked

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.overloadpacket in INDEXING:
            asks = any(index is not None and index.dtype == torch.bool for index in args[1])
        else:
            asks = not LOOKS.isdisjoint(func.tags)
        if asks:
            self._asked.append(str(func))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "question",
    [
        lambda x: float(x[0]),
        lambda x: bool((x > 1).any()),
        lambda x: x[1].item(),
        lambda x: x.tolist(),
        lambda x: x.numpy(),
        lambda x: x.cpu(),
        np.asarray,
        lambda x: x[x > 1],
        lambda x: x.index_put((x > 1,), x[:1]),
        lambda x: x.nonzero(),
        lambda x: torch.where(x > 1),
        lambda x: torch.argwhere(x > 1),
        lambda x: x.masked_select(x > 1),
        lambda x: x.unique(),
        lambda x: x.unique_consecutive(),
        lambda x: x.repeat_interleave(x.long()),
        lambda x: torch.bincount(x.long()),
        lambda x: torch.equal(x, x + 1),
        lambda x: torch.allclose(x, x + 1),
    ],
)
def test_a_question_is_noticed(question):
    values = torch.arange(3.0)
    with Questions() as questions:
        question(values)
    assert questions.asked


def test_what_reads_no_value_is_none():
    values = torch.arange(3.0)
    with Questions() as questions:
        torch.where(values > 1, values, 0 * values)
        values.masked_fill(values > 1, 0)
        values[torch.tensor([2, 0])].sort()
        values.repeat_interleave(2).argmax()
    assert not questions.asked


# JPEG is coded on the processor.
@pytest.mark.parametrize("kind", KINDS)
def test_of_all_processing_only_jpeg_reads_values(kind):
    images = torch.full((2, 3, 16, 12), 99.0, requires_grad=True)
    draws = [generator(1, "user", kind, number) for number in (1, 2)]
    with Questions() as questions:
        process_keeping_size(kind, images, draws, "user").sum().backward()
    assert bool(questions.asked) == (kind == "J")


@pytest.fixture
def problem(linear):
    images = np.random.default_rng(3).uniform(0, 255, (3, 3, 16, 16))
    return Problem(
        x=torch.from_numpy(images).float(),
        y=torch.tensor([0, 1, 2]),
        grey=torch.tensor([False, True, False]),
        against=tuple(linear(4, size) for size in (16, 12)),
        robust_to=tuple((kind, 1) for kind in KINDS if kind != "J"),
        ids=np.array([1, 2, 3]),
        seed=1,
        diversity=0.5,
    )


# DeepFool asks once a step whether it is through, which saves more than it costs.
@pytest.mark.parametrize("name", sorted(METHODS))
def test_of_all_methods_only_deepfool_reads_values(problem, name):
    keys = {"steps": 5, "step_size": 0.1, "step_rule": "relative", "epsilon": 50.0, "decay": 1.0}
    with Questions() as questions:
        call(method(name), problem, keys)
    assert bool(questions.asked) == (name == "deepfool")
