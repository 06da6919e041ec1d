"""Tables, indices and boxes that are right are read as they were written."""

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from aip.album.folder import _read_boxes
from aip.album.gone import Gone
from aip.album.index import SUBSETS, Instance, read_index, write_index
from aip.album.missing import Missing, read_missing, write_missing
from aip.game.table import Counts, Table, read_table, write_table
from fuzz.profiles import fuzzed
from fuzz.targets import attempt, command

# What is not a line break to Python's csv, and has no blanks at its ends, which names lose.
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), min_size=1, max_size=6
).filter(lambda name: name == name.strip())
several = st.lists(names, min_size=1, max_size=3, unique=True)
rates = st.decimals(0, 100, places=4).map(str) | st.sampled_from(
    ["0", "1e2", "5E-3", ".5", "7.", "+3"]
)


def written(path: Path, rows: list[list[object]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


@fuzzed
@given(several, several, st.data())
def test_a_matrix_is_read_and_solved(folder, users, recognisers, data):
    cells = [[data.draw(rates) for _ in recognisers] for _ in users]
    rows = [["", *recognisers], *([u, *row] for u, row in zip(users, cells, strict=True))]
    written(folder / "t.csv", rows)
    table = attempt(lambda: read_table(folder / "t.csv"), "t.csv")
    if {"user", "recogniser", "rate"} <= set(recognisers):
        return
    assert table is not None
    assert (table.user, table.recogniser) == (tuple(users), tuple(recognisers))
    assert table.rates.tolist() == [[float(Decimal(c) / 100) for c in row] for row in cells]
    code, printed = command("solve", "--json", folder / "t.csv")
    assert code == 0
    found = json.loads(printed)
    user = np.array([found["user"][name] for name in users])
    recogniser = np.array([found["recogniser"][name] for name in recognisers])
    # Von Neumann: neither side can do better alone.
    assert abs((user @ table.rates).max() - found["value"] / 100) < 1e-8
    assert abs((table.rates @ recogniser).min() - found["value"] / 100) < 1e-8
    code, printed = command("compare", "--json", folder / "t.csv", folder / "t.csv")
    assert code == 0
    assert json.loads(printed)["largest_absolute_difference"] == 0


@fuzzed
@given(several, several, st.data())
def test_counts_come_back_exactly(folder, users, recognisers, data):
    shape = (len(users), len(recognisers))
    pairs = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
    drawn = data.draw(st.lists(pairs, min_size=shape[0] * shape[1], max_size=shape[0] * shape[1]))
    recognised, heads = (np.array(part).reshape(shape) for part in zip(*drawn, strict=True))
    share = recognised / heads
    counts = Counts(heads, recognised, np.stack([share * 0.9, (1 + share) / 2], axis=-1))
    write_table(folder / "t.csv", Table(tuple(users), tuple(recognisers), share, counts))
    found = read_table(folder / "t.csv")
    assert (found.user, found.recogniser) == (tuple(users), tuple(recognisers))
    assert np.array_equal(found.rates, share)
    assert found.counts is not None
    assert np.array_equal(found.counts.heads, heads)
    assert np.array_equal(found.counts.recognised, recognised)
    assert np.array_equal(found.counts.intervals, counts.intervals)


sides = st.integers(-(10**9) + 1, 10**9 - 1)
boxes = st.tuples(sides, sides, *[st.integers(1, 10**9 - 1)] * 2)


@st.composite
def instances(draw: st.DrawFn) -> list[Instance]:
    """Draw an album that the protocol can use."""
    people = draw(st.lists(names, min_size=4, max_size=6, unique=True))
    found = []
    for number, person in enumerate(people):
        subset = "train" if number < 2 else draw(st.sampled_from(SUBSETS[1:]))
        for split in [None] if subset == "train" else [0, 1, *draw(st.lists(st.integers(0, 1)))]:
            found.append(Instance(draw(names), draw(names), *draw(boxes), person, subset, split))
    return draw(st.permutations(found))


@fuzzed
@given(instances(), st.lists(names, min_size=1))
def test_an_index_comes_back(folder, album, reasons):
    write_index(folder / "index.csv", album)
    assert read_index(folder / "index.csv") == album
    missing = [Missing(i, reasons[n % len(reasons)]) for n, i in enumerate(album)]
    write_missing(folder / "missing.csv", missing)
    assert read_missing(folder / "missing.csv") == missing


@fuzzed
@given(st.dictionaries(names, boxes))
def test_boxes_come_back(folder, given_boxes):
    rows = [["photo", "xmin", "ymin", "width", "height"]]
    rows += [[photo, *box] for photo, box in given_boxes.items()]
    written(folder / "boxes.csv", rows)
    assert _read_boxes(folder / "boxes.csv") == given_boxes


@fuzzed
@given(st.dictionaries(names, names, min_size=1), st.data())
@example({"0": '"'}, None)
def test_what_is_gone_stays_gone_whenever_it_is_cut(folder, reasons, data):
    path = folder / "gone.csv"
    path.unlink(missing_ok=True)
    gone = Gone(path)
    ends = [0]
    for photo, reason in reasons.items():
        gone.add(photo, reason)
        ends.append(path.stat().st_size)
    cut = ends[-1] if data is None else data.draw(st.integers(0, ends[-1]))
    path.write_bytes(path.read_bytes()[:cut])
    whole = sum(end <= cut for end in ends[1:])
    expected = {photo: " ".join(reason.split()) for photo, reason in list(reasons.items())[:whole]}
    assert Gone(path).reasons == expected
