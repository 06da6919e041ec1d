import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import torch

from aip.errors import BadInput
from aip.process import KINDS, kind_name, modules, process
from aip.process.bounds import check_copies
from aip.process.notation import BOUNDS, parse


@pytest.mark.parametrize(
    ("text", "copies"),
    [
        ("B5", (("B", 5),)),
        ("O1_T1_N1_B1_C1", (("O", 1), ("T", 1), ("N", 1), ("B", 1), ("C", 1))),
        ("C12_O3", (("C", 12), ("O", 3))),
        ("OTNBC_5", (("O", 5), ("T", 5), ("N", 5), ("B", 5), ("C", 5))),
        ("TN_2", (("T", 2), ("N", 2))),
        ("B_12", (("B", 12),)),
        ("J(50-90)5", (("J(50-90)", 5),)),
        ("O1_J(1-100)2_D(4-4)3", (("O", 1), ("J(1-100)", 2), ("D(4-4)", 3))),
        ("N(0-20)1_V(5-20)5_R(70-100)5", (("N(0-20)", 1), ("V(5-20)", 5), ("R(70-100)", 5))),
        ("OJ(50-90)M_3", (("O", 3), ("J(50-90)", 3), ("M", 3))),
        ("S(50-50)+J(70-70)1", (("S(50-50)+J(70-70)", 1),)),
        ("S1_J2_S+J3_J+S4", (("S", 1), ("J", 2), ("S+J", 3), ("J+S", 4))),
        ("OJ+S(50-90)+J_3", (("O", 3), ("J+S(50-90)+J", 3))),
    ],
)
def test_a_processing_string_is_kinds_and_counts_in_order(text, copies):
    assert parse(text, "key") == copies


@pytest.mark.parametrize(
    "text",
    [
        *("", "B", "5", "B0", "B05", "b5", "B-1", "X1", "B5_", "_B5", "B5__C1", "B5 C1", "TNBC"),
        *("B1\n", "TN2", "TN_0", "TN_05", "_5", "TX_5", "TN_5_B1", "B1_TN_5", "TN_5\n", "TN__5"),
        *("T5_5", "J(50-90)", "J(50)5", "J(50-)5", "J50-905", "J(-50-90)5", "J(50-90", "J()5"),
        *("J(5.5-90)5", "J(050-90)5", "J (50-90)5", "J5(50-90)", "(50-90)5", "J(1-2)(1-2)5"),
        *("J(50–90)5", "S+5", "+S5", "S++J5", "S5+J5", "S+X5", "S + J5", "S+J", "S+J_", "S+_5"),
    ],
)
def test_a_string_that_is_no_processing_is_named(text):
    with pytest.raises(
        BadInput, match=r"^config: here: unknown processing .* such as B5"
    ) as caught:
        parse(text, "config: here")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["B1_C1_B2", "BCB_5", "J1_J(50-90)1", "J(50-90)1_J(10-20)1", "S+J1_S(50-50)+J(9-9)1"],
)
def test_a_kind_named_twice_is_refused(text):
    with pytest.raises(BadInput) as caught:
        parse(text, "key")
    assert str(caught.value) == f"key: a kind of processing is named twice in {text!r}"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "O1_J(0-90)5",
            "key: 'J(0-90)5' in 'O1_J(0-90)5': found the range 0-90, expected one that rises "
            "within 1-100 for J (jpeg)",
        ),
        ("J(50-101)5", "found the range 50-101, expected one that rises within 1-100 for J"),
        ("J(90-50)5", "found the range 90-50, expected one that rises within 1-100 for J (jpeg)"),
        ("D(0-3)1", "found the range 0-3, expected one that rises within 1-8 for D (bit_depth)"),
        ("OD(3-9)_1", "found the range 3-9, expected one that rises within 1-8 for D (bit_depth)"),
        (
            "B(3-5)5",
            "key: 'B(3-5)5' in 'B(3-5)5': B (blur) takes no range; the kinds that do are "
            "N, J, D, R, V, S, U, K, L",
        ),
        (
            "O1_J+S(0-50)1",
            "key: 'J+S(0-50)1' in 'O1_J+S(0-50)1': found the range 0-50, expected one that rises "
            "within 1-100 for S (shrink)",
        ),
        ("S+B(3-5)5", "B (blur) takes no range"),
        ("O(1-2)1", "O (nothing) takes no range"),
        ("M(3-5)1", "M (median) takes no range"),
    ],
)
def test_a_range_that_a_kind_cannot_have_is_named(text, sentence):
    with pytest.raises(BadInput) as caught:
        parse(text, "key")
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("copies", "sentence"),
    [
        ((("J(0-999)", 1),), "found the range 0-999, expected one that rises within 1-100 for J"),
        ((("J(90-10)", 1),), "found the range 90-10, expected one that rises within 1-100 for J"),
        ((("B(1-2)", 1),), r"B \(blur\) takes no range; the kinds that do are N, J, D, R, V, S, "),
        ((("S+J(0-90)", 1),), "found the range 0-90, expected one that rises within 1-100 for J"),
        ((("S+", 1),), "unknown kind of processing ''; "),
        ((("S+J", 1), ("S(1-2)+J", 1)), "a kind of processing is named twice in "),
        ((("B", 1), ("B", 1)), "a kind of processing is named twice in "),
        ((("J", 1), ("J(1-2)", 1)), "a kind of processing is named twice in "),
        ((("", 1),), "unknown kind of processing ''; expected one of O, T, N, "),
        ((("B5", 1),), "unknown kind of processing 'B5'; "),
        ((("J(050-90)", 1),), r"unknown kind of processing 'J\(050-90\)'; "),
        ((("J(5-90)\n", 1),), "unknown kind of processing "),
        (((5, 1),), "unknown kind of processing '5'; "),
        ((("O",),), r"found \('O',\), expected a kind and a count, as \('O', 1\)"),
        (("O1",), "found 'O1', expected a kind and a count"),
        ((("O", True),), "found True draws of O, expected 1 to 9999"),
        ((("O", 10_000),), "found 10000 draws of O, expected 1 to 9999"),
        ((("O", 1.0),), "found 1.0 draws of O, expected 1 to 9999"),
        ((), "found nothing, expected at least one kind and count, as in O1"),
        ("O1", "found 'O1', expected pairs of a kind and a count"),
    ],
)
def test_copies_that_no_string_gives_are_refused(copies, sentence):
    with pytest.raises(BadInput, match=f"^key: {sentence}"):
        check_copies(copies, where="key")


@pytest.mark.parametrize("text", ["O1_B5", "OTNBC_5", "N(0-20)1_V(5-20)9999_S(7-9)+J5"])
def test_copies_that_a_string_gives_pass_as_they_are(text):
    copies = parse(text, "key")
    assert check_copies(copies, where="key") == copies
    numpys = [[np.str_(kind), np.int64(count)] for kind, count in copies]
    found = check_copies(numpys, where="key")
    assert repr(found) == repr(copies)


@pytest.mark.parametrize("kind", KINDS)
def test_the_kinds_that_take_a_range_are_those_that_say_so_and_theirs_is_within_bounds(kind):
    code = import_module(*modules(kind))
    parameters = inspect.signature(process(kind)).parameters
    assert (kind in BOUNDS) == hasattr(code, "RANGE") == ("within" in parameters)
    if kind in BOUNDS:
        low, high = BOUNDS[kind]
        assert low <= code.RANGE[0] <= code.RANGE[1] <= high
        assert parameters["within"].default == code.RANGE


@pytest.mark.parametrize("kind", BOUNDS)
def test_a_range_is_found_by_its_module_and_the_default_may_be_written_out(kind):
    low, high = import_module(*modules(kind)).RANGE
    ranged = f"{kind}({low}-{high})"
    assert (modules(ranged), kind_name(ranged)) == (modules(kind), kind_name(kind))
    x = torch.full((1, 3, 20, 20), 99.0)
    x[:, :, 5:9] = 11
    found = [process(k)(x, [np.random.default_rng(1)], "user") for k in (kind, ranged)]
    assert torch.equal(*found)


@pytest.mark.parametrize("kind", BOUNDS)
def test_what_the_bounds_allow_can_be_computed(kind):
    x = torch.arange(2 * 3 * 12 * 9, dtype=torch.float32).reshape(2, 3, 12, 9) % 256
    for bound in BOUNDS[kind]:
        rngs = [np.random.default_rng(i) for i in (1, 2)]
        v = x.clone().requires_grad_()
        y = process(f"{kind}({bound}-{bound})")(v, rngs, "user")
        (gradient,) = torch.autograd.grad(y.sum(), v)
        assert y.isfinite().all()
        assert gradient.isfinite().all()


def test_reading_a_processing_string_needs_no_torch():
    code = "from aip.process.notation import parse; parse('J(50-90)5', '')"
    code = f"import sys; {code}; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_the_docs_show_the_registries_as_the_source_has_them():
    root = Path(__file__).parents[2]
    page = (root / "docs/add-a-defence.md").read_text(encoding="utf-8")
    for name, path in (("KINDS", "__init__.py"), ("BOUNDS", "bounds.py")):
        (shown,) = re.findall(rf"({name}\b.*?= {{)\.\.\.", page)
        assert f"\n{shown}" in (root / "src/aip/process" / path).read_text(encoding="utf-8")
        assert f"`src/aip/process/{path}`" in page
