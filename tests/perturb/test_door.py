"""What is wrong with a problem or its steps is said once, in a sentence, before anything runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from aip.errors import BadInput
from aip.perturb import METHODS, method
from aip.perturb.problem import Problem
from aip.perturb.steps import Steps
from aip.perturb.strategy import call


@pytest.fixture
def problem():
    return Problem(
        x=torch.full((3, 3, 8, 6), 128.0),
        y=torch.tensor([0, 1, 2]),
        grey=torch.zeros(3, dtype=torch.bool),
        against=(net(4),),
        robust_to=(("O", 1), ("B", 2)),
        ids=np.array([1, 2, 3]),
        seed=1,
    )


def net(identities):
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 6, identities)).eval()


def changed(x, value):
    x = x.clone()
    x[1, 2, 3, 4] = value
    return x


WRONG = [
    ("x", lambda p: changed(p.x, 300.0), r"x: found values from 128 to 300, expected 0 to 255"),
    ("x", lambda p: changed(p.x, -1.0), r"x: found values from -1 to 128, expected 0 to 255"),
    ("x", lambda p: changed(p.x, torch.nan), r"x: found values from nan to nan, expected 0 to 255"),
    ("x", lambda p: changed(p.x, torch.inf), r"x: found values from 128 to inf, expected 0 to 255"),
    (
        "x",
        lambda p: p.x.byte(),
        r"x: found torch.uint8 of shape \(3, 3, 8, 6\), expected float32 or float64 of shape "
        r"\(n, 3, height, width\)",
    ),
    ("x", lambda p: p.x.permute(0, 2, 3, 1), r"x: found torch.float32 of shape \(3, 8, 6, 3\), .*"),
    ("x", lambda p: p.x[0], r"x: found torch.float32 of shape \(3, 8, 6\), .*"),
    ("x", lambda p: p.x[:0], r"x: found shape \(0, 3, 8, 6\), expected at least one head"),
    ("x", lambda p: p.x.numpy(), r"x: found ndarray, expected a tensor"),
    (
        "y",
        lambda _: torch.tensor([0, 1, 4]),
        r"y: found labels from 0 to 4, expected 0 to 3, as many as the net scores",
    ),
    ("y", lambda _: torch.tensor([0, -1, 2]), r"y: found labels from -1 to 2, expected 0 to 3, .*"),
    (
        "y",
        lambda _: torch.tensor([0, 1, 2], dtype=torch.int32),
        r"y: found torch.int32 of shape \(3,\), expected a torch.int64 tensor of shape \(3,\)",
    ),
    ("y", lambda _: torch.tensor([0, 1]), r"y: found torch.int64 of shape \(2,\), expected .*"),
    ("y", lambda _: [0, 1, 2], r"y: found list, expected a torch.int64 tensor of shape \(3,\)"),
    ("target", lambda _: torch.tensor([1, 2, 9]), r"target: found labels from 1 to 9, .*"),
    ("target", lambda p: p.y, r"target: found a head's own label, expected another"),
    ("grey", lambda _: torch.zeros(3), r"grey: found torch.float32 of shape \(3,\), expected .*"),
    ("grey", lambda _: torch.zeros(2, dtype=bool), r"grey: found torch.bool of shape \(2,\), .*"),
    ("grey", lambda p: p.grey.to("meta"), r"grey: found it on meta, and x on cpu"),
    ("ids", lambda _: np.array([1, 2]), r"ids: found int64 of shape \(2,\), expected integers .*"),
    ("ids", lambda _: np.ones(3), r"ids: found float64 of shape \(3,\), expected integers .*"),
    ("seed", lambda _: 1.5, r"seed: found 1.5, expected an int"),
    ("seed", lambda _: True, r"seed: found True, expected an int"),
    ("ids", lambda _: [[1], [2, 3]], r"ids: found no array, expected integers of shape \(3,\)"),
    ("against", lambda _: (), r"against: found no net, expected at least one"),
    (
        "against",
        lambda _: net(4),
        r"against: found Sequential, expected a tuple of torch.nn.Module",
    ),
    (
        "against",
        lambda _: (net(4).double(),),
        r"Sequential: found no scores for one torch.float32 image of shape \(1, 3, 8, 6\), .*",
    ),
    ("against", lambda _: (len,), r"against: found builtin_.*, expected a torch.nn.Module"),
    (
        "against",
        lambda _: (net(4).train(),),
        r"against: found Sequential in training mode, expected it in evaluation mode: .*",
    ),
    ("against", lambda _: (net(4), net(5)), r"against: found nets that score 4, 5 identities, .*"),
    ("against", lambda _: (net(1),), r"Sequential: found 1 score per head, expected at least 2"),
    ("against", lambda _: (net(4).to("meta"),), r"against: found Sequential on meta, and .* cpu"),
    (
        "against",
        lambda _: (nn.Identity().eval(),),
        r"Identity: found \(1, 3, 8, 6\) for one image of shape .*, expected .*",
    ),
    (
        "robust_to",
        lambda _: (),
        r"robust_to: found nothing, expected at least one kind and count.*",
    ),
    ("robust_to", lambda _: (("O", 0),), r"robust_to: found 0 draws of O, expected 1 to 9999"),
    ("robust_to", lambda _: (("Q", 1),), r"robust_to: unknown kind of processing 'Q'; .*"),
    ("diversity", lambda _: "a", r"diversity: found 'a', expected a probability from 0 to 1"),
    ("diversity", lambda _: 1.5, r"diversity: found 1.5, expected a probability from 0 to 1"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_problem_that_is_none_is_named(problem, name, value, sentence):
    with pytest.raises(BadInput, match=f"^{sentence}$"):
        replace(problem, **{name: value(problem)})


def test_heads_that_resizing_rounded_past_white_are_heads(problem):
    assert replace(problem, x=changed(problem.x, 255.0003)).identities == 4


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"steps": 0}, "steps: found 0, expected a whole number of at least 1"),
        ({"steps": 2.0}, "steps: found 2.0, expected a whole number of at least 1"),
        ({"steps": np.float64(2)}, r"steps: found np.float64\(2.0\), expected a whole number .*"),
        ({"steps": np.True_}, r"steps: found np.True_, expected a whole number of at least 1"),
        ({"epsilon": 10**400}, r"epsilon: found 10+, expected a number of at least 0"),
        ({"steps": True}, "steps: found True, expected a whole number of at least 1"),
        ({"step_size": 0}, "step_size: found 0, expected a number above 0"),
        ({"step_size": -0.1}, "step_size: found -0.1, expected a number above 0"),
        ({"step_size": float("nan")}, "step_size: found nan, expected a number above 0"),
        ({"epsilon": -1.0}, "epsilon: found -1.0, expected a number of at least 0"),
        ({"epsilon": float("inf")}, "epsilon: found inf, expected a number of at least 0"),
        (
            {"step_rule": "relativ"},
            "step_rule: unknown rule 'relativ'; did you mean 'relative'\\? expected one of "
            "relative, paper",
        ),
    ],
)
def test_steps_that_are_none_are_named(given, sentence):
    keys = {"steps": 3, "step_size": 0.1, "epsilon": 100.0, "step_rule": "relative"}
    with pytest.raises(BadInput, match=f"^{sentence}$"):
        Steps(**{**keys, **given})


@pytest.mark.parametrize("name", ["pgd", "apgd-ce", "apgd-dlr", "deepfool"])
@pytest.mark.parametrize("given", [{"steps": 0}, {"epsilon": -1.0}])
def test_a_loop_of_its_own_refuses_them_too(problem, name, given):
    (key,) = given
    keys = {"steps": 3, "step_size": 0.1, "epsilon": 100.0, **given}
    with pytest.raises(BadInput, match=f"^{key}: found "):
        call(method(name), problem, keys)


def test_numbers_of_numpys_are_those_of_pythons(problem):
    keys = {"steps": 3, "step_size": 0.25, "epsilon": 100.0}
    numpys = {
        "steps": np.int64(3),
        "step_size": np.float32(0.25),
        "epsilon": np.float64(100),
    }
    assert [type(value) for value in vars(Steps(**numpys)).values()] == [int, float, float, str]
    own = {"deepfool": ("overshoot", 0.5, np.float64), "mi-fgsm": ("decay", 0.5, np.float32)}
    same = replace(
        problem,
        seed=np.int64(1),
        robust_to=(("O", np.int64(1)), [np.str_("B"), np.int8(2)]),
        diversity=np.float32(0),
        ids=[1, 2, 3],
    )
    for name in ("gaman", "pgd", "apgd-ce", "deepfool", "mi-fgsm"):
        more, again = {"step_rule": "relative"}, {"step_rule": "relative"}
        if name in own:
            key, value, dtype = own[name]
            more, again = {**more, key: value}, {**again, key: dtype(value)}
        found = call(method(name), problem, {**keys, **more})
        other = call(method(name), same, {**numpys, **again})
        assert torch.equal(found.r, other.r), name
        assert torch.equal(found.last_loss, other.last_loss), name


def test_the_last_loss_is_at_draws_that_were_not_optimised_over(problem, monkeypatch):
    asked = {"gradient": [], "loss": []}
    for name in asked:
        plain = getattr(Problem, name)

        def noting(self, loss, r, step, *, name=name, plain=plain):
            asked[name].append(step)
            return plain(self, loss, r, step)

        monkeypatch.setattr(Problem, name, noting)
    keys = {"steps": 3, "step_size": 0.1, "epsilon": 100.0, "step_rule": "relative"}
    for name in METHODS:
        asked["gradient"].clear()
        call(method(name), problem, keys)
        assert asked["loss"][-1] not in asked["gradient"], name


def test_an_epsilon_of_nothing_moves_nothing(problem):
    keys = {"steps": 3, "step_size": 0.1, "epsilon": 0, "step_rule": "relative"}
    for name in ("gaman", "pgd", "apgd-ce", "deepfool", "mi-fgsm"):
        assert not call(method(name), problem, keys).r.any()
