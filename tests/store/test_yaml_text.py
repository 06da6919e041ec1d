import os

import pytest
import yaml

from aip.errors import BadInput
from aip.store.yaml_text import excess, parse, read


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: [", ", line 1: not YAML: "),
        ("a: 1\nb: 2001-99-99", "not YAML: ValueError: month must be in 1..12"),
        ("!!bool maybe", "not YAML: KeyError"),
        ("!!int ''", "not YAML: IndexError"),
        ("!!timestamp soon", "not YAML: AttributeError"),
        ("9" * 5000, "not YAML: ValueError: Exceeds the limit"),
        ("[" * 1500, "not YAML: RecursionError"),
        ("&a [*a]", "0.0.0: nested deeper than 20 levels"),
        ("seed: 0x" + "f" * 5000, "seed: found an integer of 20000 bits, expected at most 63"),
        ("? 0x" + "f" * 5000 + "\n: seed", "found a key that is an integer of 20000 bits"),
    ],
)
def test_what_cannot_be_worked_with_is_refused(tmp_path, text, found):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read(path, "the config")
    assert str(caught.value).startswith(str(path))
    assert found in str(caught.value)


def test_aliases_that_unfold_without_end_are_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(yaml.YAMLError, match="more than 100,000 values"):
        parse("\n".join(lines))


def test_what_is_within_bounds_is_read():
    text = "a: &a {b: [1, 2.5, null, true, 9223372036854775807]}\nc: *a\n"
    assert excess(parse(text)) == ""
    assert parse("[0, 0.5, 0x10, 1_000, '010']") == [0, 0.5, 16, 1000, "010"]
    assert parse(text)["c"] == {"b": [1, 2.5, None, True, 2**63 - 1]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seed: 1\nseed: 2\n", "line 2: not YAML: found the key 'seed' twice"),
        ("a: {b: 1, c: 2, b: 3}\n", "found the key 'b' twice"),
        ("a: [{1: x, 1: y}]\n", "found the key 1 twice"),
        ("a: 1\nsteps: 010\n", "line 2: not YAML: found 010, which YAML reads to another base"),
        ("steps: 1:30\n", "found 1:30, which YAML reads to another base"),
        ("epsilon: 1:30.5\n", "found 1:30.5, which YAML reads to another base"),
        ("__use_yte__: true\nseed: ?1 + 1\n", "'__use_yte__', with which a file runs Python code"),
        ("a: !!python/object/apply:os.getcwd []\n", "could not determine a constructor"),
        ("a: !!python/name:os.getcwd\n", "could not determine a constructor"),
    ],
)
def test_what_another_reader_would_read_otherwise_and_code_are_refused(tmp_path, text, sentence):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(BadInput) as caught:
        read(path, "the config")
    assert sentence in str(caught.value)


def test_a_merged_key_may_be_overridden():
    text = "a: &a {b: 1, c: 2}\nd: {<<: *a, b: 3}\n"
    assert parse(text)["d"] == {"b": 3, "c": 2}


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_hangs_nothing(tmp_path, make):
    make(tmp_path / "a.yaml")
    with pytest.raises(BadInput, match=r"a\.yaml: found (a folder|no plain file), expected the c"):
        read(tmp_path / "a.yaml", "the config")
