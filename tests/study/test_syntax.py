import pytest

from aip.study.syntax import dump, significant

SOURCE = '''
"""Mean colours of heads."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from aip.errors import BadInput

if TYPE_CHECKING:
    from aip.album.heads import Heads

METHODS: Registry = {"ga": "ga"}
WIDTH = 3
Size = tuple[int, int]


class Mean(NamedTuple):
    """A mean."""

    red: float
    green: float = 0.0


def mean(heads: Sequence[np.ndarray], where: str = "") -> "Mean":
    """Return the mean colour."""
    count: int = len(heads)
    said = f"{where}: found {count} heads"
    if count < 1:
        raise BadInput(f"{said}, expected at least one")
    logging.info("the mean of %d heads", count)
    return Mean(*np.mean(heads, axis=(0, 1))[:2])


def narrow(heads):
    place = "heads.h5"
    return [_checked(head, f"{place}, head {number}") for number, head in enumerate(heads)]


def _checked(head, where):
    if head.shape[1] < WIDTH:
        raise ValueError(_sentence(where))
    return head


def _sentence(where):
    return f"{where}: too narrow"
'''


def same(old: str, new: str) -> bool:
    assert SOURCE.count(old) >= 1
    edited = SOURCE.replace(old, new)
    return dump(significant(SOURCE)) == dump(significant(edited))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Mean colours of heads."""', ""),
        ('    """Return the mean colour."""\n', '    """Give it."""  # in words\n'),
        ("WIDTH = 3", "WIDTH  =  (3)  # pixels\n\n"),
        (': Sequence[np.ndarray], where: str = "") -> "Mean":', ', where=""):'),
        ("count: int = len", "count = len"),
        ("from collections.abc import Sequence\n", ""),
        ("    from aip.album.heads import Heads", "    from aip.album.index import Instance"),
        ("Size = tuple[int, int]", "Size = tuple[int, ...]\nNames = Sequence[str]"),
        (", expected at least one", ", but one is needed"),
        ("found {count} heads", "there are {count} heads"),
        ('raise BadInput(f"{said}, expected at least one")', 'raise BadInput("nothing") from None'),
        ('"the mean of %d heads", count', '"%d heads", count'),
        ('    logging.info("the mean of %d heads", count)\n', ""),
        (": too narrow", ": narrower than expected"),
        ('{place}, head {number}"', '{place}, number {number}"'),
        ('place = "heads.h5"', 'place = "the file of heads"'),
        ('"ga": "ga"', '"ga": "ga", "mine": "mine"'),
        ("    red: float", "    red: int"),
    ],
)
def test_words_hints_and_formatting_do_not_count(old, new):
    assert same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("WIDTH = 3", "WIDTH = 4"),
        ("axis=(0, 1)", "axis=(0,)"),
        ("[:2]", "[1:]"),
        ("count < 1", "count < 2"),
        ("raise BadInput", "raise ValueError"),
        ("green: float = 0.0", "green: float = 0.5"),
        ("    red: float\n", "    blue: float\n"),
        ("    red: float\n", ""),
        ("import numpy as np", "import cupy as np"),
        ("head.shape[1]", "head.shape[0]"),
        ("return head\n", "return head[::-1]\n"),
        ('where: str = ""', "where: str = None"),
        ("enumerate(heads)", "enumerate(heads[1:])"),
    ],
)
def test_what_can_change_a_number_counts(old, new):
    assert not same(old, new)


def test_a_call_whose_result_is_not_used_counts_if_it_may_do_something():
    drawn = "def f(rng):\n    x = rng.random()\n    return rng.random()\n"
    fewer = "def f(rng):\n    return rng.random()\n"
    assert dump(significant(drawn)) != dump(significant(fewer))


def test_a_loop_whose_body_only_logs_stays_a_loop():
    logged = "def f(it):\n    for x in it:\n        logging.info(x)\n"
    tree = significant(logged)
    assert "Pass()" in dump(tree)
    assert dump(tree) != dump(significant("def f(it):\n    pass\n"))


def test_an_init_file_counts_for_what_it_imports():
    text = "from aip.perturb.gaman import gaman\n"
    assert dump(significant(text)) == dump(significant(""))
    assert dump(significant(text, exports=True)) != dump(significant("", exports=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "class A(B):\n    def _hook(self):\n        return 1",
            "class A(B):\n    def _hook(self):\n        return 2",
        ),
        (
            "def f():\n    def g():\n        nonlocal x\n        x = 1\n    g()\n    return x",
            None,
        ),
        ("y = np.sum(a, where=m > 0)", "y = np.sum(a, where=m > 9)"),
        ("def f(it):\n    _ = next(it)\n    return it", "def f(it):\n    return it"),
        ("def f(it):\n    first = [x for x in it]\n    return it", "def f(it):\n    return it"),
        ("def f():\n    got = yield 1", "def f():\n    got = yield 2"),
        ("def f(x):\n    raise Found(x + 1)", "def f(x):\n    raise Found(x + 2)"),
        ("loss = MeanSquaredError(p=2)", "loss = MeanSquaredError(p=1)"),
        (
            "if TYPE_CHECKING:\n    X = 1\nelse:\n    X = 2",
            "if TYPE_CHECKING:\n    X = 1\nelse:\n    X = 3",
        ),
        ('warnings.simplefilter("error")', 'warnings.simplefilter("ignore")'),
        ("class A:\n    x: ClassVar[int] = 1", "class A:\n    x: int = 1"),
    ],
)
def test_what_only_looks_like_words_counts(old, new):
    new = old.replace("x = 1", "x = 2") if new is None else new
    assert old != new
    assert dump(significant(old)) != dump(significant(new))
