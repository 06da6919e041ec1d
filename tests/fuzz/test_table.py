"""Tables, indices and boxes that are right are read as they were written."""

import csv
import io
import json
import unicodedata
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from aip.album.boxes import BoxLine, match_boxes, read_boxes
from aip.album.index import SUBSETS, Instance, read_index, write_index
from aip.album.missing import Missing, read_missing, write_missing
from aip.download.gone import Gone
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


def looks_separated(rows: list[list[object]]) -> bool:
    """Whether each row has as many semicolons, or tabs, in names: these may then separate cells."""
    counts = [{sum(str(cell).count(mark) for cell in row) for row in rows} for mark in ";\t"]
    return any(len(count) == 1 and count != {0} for count in counts)


@fuzzed
@given(several, several, st.data())
def test_a_matrix_is_read_and_solved(folder, users, recognisers, data):
    cells = [[data.draw(rates) for _ in recognisers] for _ in users]
    rows = [["", *recognisers], *([u, *row] for u, row in zip(users, cells, strict=True))]
    written(folder / "t.csv", rows)
    table = attempt(lambda: read_table(folder / "t.csv"), "t.csv")
    if {"user", "recogniser", "rate"} <= set(recognisers) or looks_separated(rows):
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
@given(
    st.dictionaries(names, boxes),
    st.permutations(["photo", "xmin", "ymin", "width", "height"]),
    st.sampled_from([(",", ""), (";", ".0"), ("\t", ",00")]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_boxes_come_back(folder, given_boxes, order, form, encoding):
    separator, digits = form
    rows = [dict(zip(order, order, strict=True))]
    for photo, box in given_boxes.items():
        sides = zip(("xmin", "ymin", "width", "height"), box, strict=True)
        rows.append({"photo": photo} | {name: f"{side}{digits}" for name, side in sides})
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerows([[row[name] for name in order] for row in rows])
    (folder / "boxes.csv").write_text(text.getvalue(), encoding=encoding, newline="")
    found = {line.photo: line.box for line in read_boxes(folder / "boxes.csv")}
    assert found == given_boxes


people = st.text(st.characters(categories=["L", "N", "M"]), min_size=1, max_size=4)


@fuzzed
@given(st.dictionaries(st.tuples(people, people), boxes, min_size=1), st.data())
def test_lines_find_their_photo_however_it_is_named(folder, given_boxes, data):
    photos = {f"{person}/{name}.jpg": box for (person, name), box in given_boxes.items()}
    folded = {unicodedata.normalize("NFC", photo) for photo in photos}
    changes = [
        lambda name: name.replace("/", "\\"),
        lambda name: f"./{name}",
        lambda name: name.replace(".jpg", ".JPG"),
        lambda name: unicodedata.normalize("NFD", name),
        lambda name: unicodedata.normalize("NFC", name),
    ]
    lines = []
    for number, (photo, box) in enumerate(photos.items(), start=2):
        for change in data.draw(st.lists(st.sampled_from(changes), max_size=3)):
            photo = change(photo)
        lines.append(BoxLine(number, photo, box))
    match = partial(match_boxes, lines, photos, folder / "boxes.csv", folder / "people")
    found = attempt(match, "boxes.csv, line")
    if len(folded) == len(photos):  # else two have the same name but for their accents
        assert found == (photos, [])


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
