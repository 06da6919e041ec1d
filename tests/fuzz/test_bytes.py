"""Bytes at every door: seeds that are valid, damaged a little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.corpus import damaged
from fuzz.profiles import fuzzed
from fuzz.targets import TARGETS


@pytest.mark.parametrize("target", TARGETS)
@fuzzed
@given(data=st.data())
def test_damage(target, folder, data):
    TARGETS[target](data.draw(damaged(target)), folder)
