from dataclasses import replace

import numpy as np
import pytest

from aip.game.comparison import compare
from aip.game.table import Counts, Table
from aip.show.comparison import findings, markdown, text

PAPER = Table(("X", "Y"), ("P", "Q"), np.array([[0.1, 0.4], [0.3, 0.2]]))
RATES = np.array([[0.35, 0.44], [0.3, 0.1998]])
RUN = Table(
    ("x", "Y"),
    ("p", "Q"),
    RATES,
    Counts(
        np.full((2, 2), 10000),
        (RATES * 10000).round().astype(int),
        np.stack([RATES - 0.05, RATES + 0.05], axis=-1),
    ),
)
NAMES = {"user": {"x": "X"}, "recogniser": {"p": "P"}}
ROWS = [
    ["X", "paper", "10.0", "40.0", "0.2500"],
    ["x", "run", "35.0", "44.0", "–"],
    ["", "run − paper", "†+25.0", "+4.0", ""],
    ["Y", "paper", "30.0", "20.0", "0.7500"],
    ["", "run", "30.0", "20.0", "1.0000"],
    ["", "run − paper", "+0.0", "+0.0", ""],
    ["recogniser plays", "paper", "0.5000", "0.5000", "value 25.0000 %"],
    ["", "run", "1.0000", "–", "value 30.0000 %"],
]


@pytest.fixture
def found():
    return compare(RUN, PAPER, NAMES)


def test_markdown_holds_both_tables_their_difference_and_both_mixtures(found):
    lines = markdown(found).splitlines()
    table = [[c.strip() for c in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    assert table[0] == ["user \\\\ recogniser", "", "P", "Q", "user plays"]
    assert table[1] == ["---", "---", "---:", "---:", "---:"]
    assert table[2:] == ROWS
    assert lines[-1] == " ".join(findings(found))


def test_text_holds_the_same_in_columns(found):
    lines = text(found).splitlines()
    rules = [i for i, line in enumerate(lines) if line.startswith("---")]
    header, first, last = rules[0] - 1, rules[0] + 1, rules[1]
    body = lines[first:last] + lines[last + 1 : last + 3]
    for line, row in zip(body, ROWS, strict=True):
        assert line.split() == " ".join(row).split()
    end = lines[header].index("P") + 1
    assert [line[:end].split()[-1] for line in body] == [row[2] for row in ROWS]
    assert len({line.index(row[1]) for line, row in zip(body, ROWS, strict=True)}) == 1
    assert lines[-len(findings(found)) :] == findings(found)


def test_the_findings_are_sentences(found):
    assert findings(found) == [
        "Over 4 cells, run − paper is +7.2 points in the mean; in size it is 7.3 points in the "
        "mean and 25.0 at most (row X, column P).",
        # Ranks 3 4 2 1 against 1 4 3 2.
        "Rank agreement of the cells (Spearman's): 0.40.",
        "†: the paper's rate lies outside the run's 95 % interval, in 1 of 4 cells.",
        "The user plays X and Y in the paper, Y in the run.",
        "The recogniser plays P and Q in the paper, P in the run.",
        "Columns: P is p.",
    ]


def test_what_cannot_be_said_is_said_to_be_so():
    bare = compare(replace(PAPER, rates=np.full((2, 2), 0.5)), PAPER, {})
    said = findings(bare)
    assert (
        "Rank agreement of the cells (Spearman's): not defined, all rates of one being equal."
        in (said)
    )
    assert "The run's rates have no intervals." in said
    assert "The run's game has other equilibria, with the same value." in said
    assert "†" not in markdown(bare)
    assert not [sentence for sentence in said if "Columns" in sentence or "Left out" in sentence]


def test_agreement_and_what_was_left_out_are_said():
    """Three rows against three columns, each the best against its own: all are played."""
    paper = Table(("X", "Y", "Z"), ("P", "Q", "R"), np.ones((3, 3)) - 0.5 * np.eye(3))
    rates = np.vstack([paper.rates, [[1, 1, 1]]])
    more = Table(("X", "Y", "Z", "none"), paper.recogniser, rates)
    said = findings(compare(more, paper, {"user": {"none": None}}))
    assert "In both, the user plays X, Y and Z." in said
    assert said[-1] == "Left out of the run, since the paper has no such strategy: 'none'."
