"""The door of the library: what `import aip` gives, and the examples of docs/library.md."""

import copy
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import aip
from aip.errors import BadInput

PAGE = Path(__file__).parents[1] / "docs/library.md"


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(aip.__file__).parents[1]), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()


@pytest.mark.parametrize("module", ["aip", "aip.errors"])
def test_importing_it_imports_nothing_that_is_large(module):
    found = run(f"import {module}, sys; print(*sys.modules)")
    assert module in found
    assert not {"torch", "scipy", "numpy", "sklearn", "h5py"} & {*found}


def test_whatever_it_names_is_there_and_a_typo_is_not():
    for name in aip.__all__:
        value = getattr(aip, name)
        assert value.__name__ == name
        assert value.__module__ == f"aip.{aip._MODULES[name]}"
    assert {*aip.__all__} <= {*dir(aip)}
    with pytest.raises(AttributeError, match="module 'aip' has no attribute 'perturb_head'"):
        _ = aip.perturb_head


def test_its_functions_hide_no_package():
    assert run(
        "import aip; aip.perturb_heads, aip.process_heads, aip.solve\n"
        "from aip import perturb, process; print(len(perturb.METHODS), len(process.KINDS))"
    )


def test_the_examples_of_its_page_run_from_top_to_bottom():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 6
    names = {}
    for block in blocks:
        exec(compile(block, "docs/library.md", "exec"), names)
    assert names["net"](names["x"]).shape == (8, 10)
    assert len(names["rates"]) == 3


def test_the_first_example_needs_no_other():
    first = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    assert run(first)


def test_its_page_names_every_method_with_its_keys():
    from aip.perturb import METHODS, method
    from aip.perturb.strategy import STEPS, arguments

    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    listed = {}
    for row in rows:
        names, keys = (re.findall(r"`([^`]+)`", cell) for cell in row.strip("| ").split(" | "))
        listed |= dict.fromkeys(names, keys)
    assert listed.keys() == METHODS.keys()
    for name, keys in listed.items():
        takes_steps, own = arguments(method(name))
        shared = [] if name == "mi-fgsm" else STEPS if takes_steps else []
        assert keys == [*shared, *own], name


def test_processing_is_that_of_a_recogniser_and_scores_are_summed_over_it():
    rng = np.random.default_rng(1)
    x = torch.from_numpy(rng.uniform(0, 255, (3, 3, 12, 10))).float()
    net = nn.Sequential(nn.Flatten(), nn.Linear(360, 4)).eval()
    drawn = aip.process_heads(x, "O2_B2", seed=5, ids=np.array([7, 8, 9]))
    assert drawn.shape == (3, 4, 3, 12, 10)
    assert drawn.dtype == torch.uint8
    published = x.numpy().round()
    assert np.array_equal(drawn[:, 0], published)
    assert np.array_equal(drawn[:, 1], published)
    assert not torch.equal(drawn[:, 2], drawn[:, 3])
    assert not np.array_equal(drawn[:, 2], published)
    found = aip.score_heads(net, x, "O2_B2", seed=5, ids=np.array([7, 8, 9]))
    expected = sum(net(drawn[:, k].float()) for k in range(4))
    assert found.numpy() == pytest.approx(expected.detach().numpy(), rel=1e-4, abs=1e-3)
    for seed in (5, np.int64(5)):
        alone = aip.process_heads(x[1:2], "B2", seed=seed, ids=np.array([8]))
        assert torch.equal(alone[0], drawn[1, 2:])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"x": torch.full((2, 3, 8, 8), 256.0)}, "x: found values from 256 to 256, expected 0 to"),
        (
            {"x": torch.zeros(3, 8, 8)},
            r"x: found torch.float32 of shape \(3, 8, 8\), expected uint8",
        ),
        ({"process": ()}, "process: found nothing, expected at least one"),
        ({"process": (("B", 1), ("B", 1))}, "process: a kind of processing is named twice"),
        ({"process": "B"}, "process: unknown processing 'B'"),
        ({"ids": np.array([1])}, r"ids: found int64 of shape \(1,\), expected integers of shape"),
        (
            {"net": nn.Sequential(nn.Flatten(), nn.Linear(192, 4)).double().eval()},
            r"Sequential: found no scores for one torch.float32 image of shape \(1, 3, 8, 8\)",
        ),
        ({"seed": 0.5}, "seed: found 0.5, expected an int"),
        ({"net": nn.Flatten()}, "net: found Flatten in training mode"),
    ],
)
def test_what_cannot_be_scored_is_named(given, sentence):
    net = nn.Sequential(nn.Flatten(), nn.Linear(192, 4)).eval()
    with pytest.raises(BadInput, match=f"^{sentence}"):
        aip.score_heads(**{"net": net, "x": torch.zeros(2, 3, 8, 8), "process": "B1", **given})


def test_a_matrix_is_solved_as_a_table_is():
    rates = np.array([[0.1, 0.4], [0.3, 0.2]])
    found = aip.solve(rates)
    assert found.value == pytest.approx(0.25)
    assert found.user == pytest.approx([0.25, 0.75])
    assert aip.solve(aip.Table(("a", "b"), ("c", "d"), rates)).value == found.value


def table(rates):
    return aip.Table(("user",), ("one", "two"), np.array(rates))


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ([[10.0, 40.0]], "rates: found values from 10 to 40, expected fractions from 0 to 1"),
        ([[0.1, float("nan")]], "rates: found values from nan to nan, expected fractions"),
        ([[0.1, 0.2], [0.3]], "rates: found no matrix of numbers, expected .rows, columns. of"),
        ([["a"]], "rates: found no matrix of numbers, expected .rows, columns. of fractions: "),
        (table([[0.1, float("nan")]]), "rates: found values from nan to nan, expected fractions"),
        (table([[10.0, 80.0]]), "rates: found values from 10 to 80, expected fractions"),
        (table([[0.1], [0.2]]), r"rates: found shape \(2, 1\), expected \(1, 2\), as many as"),
        ([0.1, 0.2], r"rates: found shape \(2,\), expected \(rows, columns\)"),
    ],
)
def test_what_is_no_matrix_of_rates_is_named(rates, sentence):
    with pytest.raises(BadInput, match=f"^{sentence}"):
        aip.solve(rates)


def test_a_recogniser_is_built_from_heads_and_scores_who_is_enrolled():
    rng = np.random.default_rng(0)
    names = ["ann", "bob", "cy"] * 6
    tint = {"ann": (200, 40, 40), "bob": (40, 200, 40), "cy": (40, 40, 200)}
    heads = [
        (rng.integers(-30, 30, (20 + k, 16, 3)) + tint[n]).astype(np.uint8)
        for k, n in enumerate(names)
    ]
    net = nn.Sequential(nn.AvgPool2d(4), nn.Conv2d(3, 8, 1), nn.Flatten())
    before = copy.deepcopy(net.state_dict())
    found = aip.build_recogniser(net, heads, names, input_size=(16, 16))
    again = aip.build_recogniser(net, heads, names, input_size=(16, 16), seed=np.int64(1))
    assert torch.equal(found.weight, again.weight)
    assert net.training
    assert all(each.requires_grad for each in net.parameters())
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert [each.stride() for each in net.parameters()] == [v.stride() for v in before.values()]
    with torch.no_grad():
        net[1].weight.zero_()
    assert found.identities.tolist() == ["ann", "bob", "cy"]
    x = torch.stack([torch.full((16, 16), float(v)) for v in tint["bob"]])[None]
    assert found.identities[found(x).argmax(1)] == "bob"
    with pytest.raises(BadInput, match=r"^heads: found 17, and 18 identities"):
        aip.build_recogniser(net, heads[1:], names, input_size=(16, 16))
    with pytest.raises(BadInput, match=r"^identities: found 1, expected at least 2"):
        aip.build_recogniser(net, heads, ["ann"] * 18, input_size=(16, 16))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"net": len}, "net: found builtin_function_or_method, expected a torch.nn.Module"),
        (
            {"heads": [np.zeros((9, 9), np.uint8)] * 2},
            r"heads\[0\]: found uint8 of shape \(9, 9\), expected uint8 of shape \(height, ",
        ),
        ({"heads": np.zeros((2, 9, 9, 3))}, r"heads\[0\]: found float64 of shape \(9, 9, 3\), "),
        ({"heads": [torch.zeros(9, 9, 3)] * 2}, r"heads\[0\]: found Tensor, expected a uint8"),
        (
            {"heads": np.zeros((2, 0, 9, 3), np.uint8)},
            r"heads\[0\]: found uint8 of shape \(0, 9, 3\)",
        ),
        ({"input_size": 8}, r"input_size: found 8, expected \(height, width\) in pixels"),
        ({"input_size": (8, 0)}, r"input_size: found \(8, 0\), expected"),
        ({"input_size": (8, 8.0)}, r"input_size: found \(8, 8.0\), expected"),
        ({"statistics": (1, 2)}, r"statistics: found \(1, 2\), expected the means and"),
        ({"statistics": ((0, 0, 0), (1, 1, 0))}, "statistics: found .*, expected the means and"),
        ({"seed": -1}, r"seed: found -1, expected 0 to 4294967295"),
        ({"seed": True}, r"seed: found True, expected an int"),
        ({"net": nn.Identity()}, r"Identity: found features of shape \(16, 3, 8, 8\) for 16 heads"),
    ],
)
def test_what_no_recogniser_is_built_from_is_named(given, sentence):
    heads = [np.full((9, 9, 3), value, np.uint8) for value in (50, 200)]
    given = {"net": nn.Flatten(), "heads": heads, "input_size": (8, 8), **given}
    with pytest.raises(BadInput, match=f"^{sentence}"):
        aip.build_recogniser(identities=["ann", "bob"], **given)


HEAD = np.zeros((9, 7, 3), np.uint8)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            lambda: aip.publish(HEAD[0], torch.zeros(3, 8, 8)),
            r"head: found uint8 of shape \(7, 3\)",
        ),
        (
            lambda: aip.publish(HEAD, torch.zeros(1, 3, 8, 8)),
            r"r: found torch.float32 of shape \(1,",
        ),
        (
            lambda: aip.publish(HEAD, np.zeros((3, 8, 8))),
            "r: found ndarray, expected a float tensor",
        ),
        (lambda: aip.input_epsilon("a", (8, 8)), "epsilon: found 'a', expected a number of at"),
        (lambda: aip.input_epsilon(9, 8), r"input_size: found 8, expected \(height, width\)"),
    ],
)
def test_what_cannot_be_published_is_named(asked, sentence):
    with pytest.raises(BadInput, match=f"^{sentence}"):
        asked()
