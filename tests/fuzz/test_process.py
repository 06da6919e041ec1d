"""Processing strings mean what they say, and what they name works on heads of any size."""

import re

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from aip.compute.draws import generator
from aip.process import KINDS, letters
from aip.process.keeping_size import process_keeping_size
from aip.process.notation import BOUNDS, parse
from fuzz.profiles import fuzzed
from fuzz.targets import attempt


@st.composite
def kinds(draw: st.DrawFn) -> str:
    """Draw a kind, with a range where it takes one, or a chain of two."""
    first = draw(step())
    return f"{first}+{draw(step())}" if draw(st.booleans()) else first


@st.composite
def step(draw: st.DrawFn) -> str:
    """Draw a kind that is no chain."""
    letter = draw(st.sampled_from(sorted(KINDS)))
    if letter not in BOUNDS or draw(st.booleans()):
        return letter
    low, high = sorted(draw(st.tuples(*[st.integers(*BOUNDS[letter])] * 2)))
    return f"{letter}({low}-{high})"


@fuzzed
@given(st.lists(kinds(), min_size=1, unique_by=letters), st.data())
def test_what_is_written_is_read(several, data):
    counts = [data.draw(st.integers(1, 9999)) for _ in several]
    copies = tuple(zip(several, counts, strict=True))
    assert parse("_".join(f"{kind}{count}" for kind, count in copies), "key") == copies
    same = tuple((kind, counts[0]) for kind in several)
    assert parse("".join(several) + f"_{counts[0]}", "key") == same


@fuzzed
@given(st.text("OTNBCJDMRVSUKLXob0123456789_()+- \n٣", max_size=12))
def test_what_is_read_was_written_so(text):
    copies = attempt(lambda: parse(text, "config: key"), "config: key")
    kind = r"[A-Z](?:\([0-9]+-[0-9]+\))?"
    kind = rf"{kind}(?:\+{kind})*"
    long = re.fullmatch(rf"(?:{kind}[1-9][0-9]*_)*{kind}[1-9][0-9]*", text)
    short = re.fullmatch(rf"({kind})+_[1-9][0-9]*", text)
    if copies is None:
        return
    assert long or short
    found = "".join(f"{kind}{count}" for kind, count in copies)
    assert found == text.replace("_", "") if long else found.count(text.split("_")[1])


@fuzzed
@given(
    kinds(),
    st.tuples(st.integers(1, 24), st.integers(1, 24)),
    st.sampled_from(["user", "recogniser"]),
    st.integers(0, 2**20),
)
def test_heads_of_any_size_are_processed(kind, size, role, seed):
    rng = np.random.default_rng(seed)
    images = torch.from_numpy(rng.integers(0, 256, (2, 3, *size)).astype(np.float32))
    generators = [generator(seed, "fuzz", n) for n in range(2)]
    found = process_keeping_size(kind, images, generators, role)
    assert found.shape == images.shape
    assert found.isfinite().all()
    if set(letters(kind)) <= set("TBCJDMRVSL"):
        assert -0.01 <= found.min() <= found.max() <= 255.01
