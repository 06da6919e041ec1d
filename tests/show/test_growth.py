"""How a game grew, in words and as a picture."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from aip.game.equilibrium import Interval, solve
from aip.game.growth import Solved, rounds
from aip.game.table import Table
from aip.game.worth import Against, HeldOut, Worth
from aip.show.growth import describe, draw

RATES = np.array([[0.6, 0.9, 0.55], [0.2, 0.5, 0.4], [0.7, 0.7, 0.45]])
ADDED = [("b", ["y"]), ("c", ["z"])]
NAMES = ["table4", "g-1", "g-2"]


def interval(value):
    return Interval(value - 0.1, value + 0.1, 0.95, 1000)


def game(k, rank, outside):
    table = Table(tuple("abc"[:k]), tuple("xyz"[:k]), RATES[:k, :k])
    found = solve(table)
    held = HeldOut(found.value + 0.02, interval(found.value + 0.02), 5)
    worth = Worth(rank, 40, Against(6, 1, k - 1), held, outside)
    return Solved(table, replace(found, interval=interval(found.value), worth=worth))


def grown(rank=1, outside=None):
    games = [game(k, rank, {"median": 0.81} if outside is None else outside) for k in (1, 2, 3)]
    return rounds(games, ADDED)


def test_each_round_and_both_sides_are_told_with_against_what():
    text = describe("g", NAMES, grown())
    assert text.splitlines() == [
        "Growth g: recognition rate in percent",
        "Round 0 (table4): guarantee 60.0 % [50.0–70.0], against 6 processings, 1 net, no "
        "adversarially trained recogniser, held out 62.0 % [52.0–72.0], worst outside median 81.0 "
        "%.",
        "Round 1 (g-1): the user's b gains 40.0 points, the recogniser's y gains 30.0 points; "
        "guarantee 50.0 % [40.0–60.0], against 6 processings, 1 net, 1 adversarially trained "
        "recogniser, held out 52.0 % [42.0–62.0], worst outside median 81.0 %.",
        "Round 2 (g-2): the user's c gains nothing (-20.0 points) and is kept, the recogniser's z "
        "gains nothing (-10.0 points) and is kept; guarantee 50.0 % [40.0–60.0], against 6 "
        "processings, 1 net, 2 adversarially trained recognisers, held out 52.0 % [42.0–62.0], "
        "worst outside median 81.0 %.",
        "In g-2 the user plays b 100 % and the recogniser y 100 %; what was still to be gained in "
        "g-1 is 0.0 points (0.0 for the user and 0.0 for the recogniser) or, as responses are "
        "learnt, more; nobody has answered g-2 yet.",
    ]


def test_what_is_still_to_be_gained_is_the_sum_of_both_gains():
    games = grown()[:2]
    last = describe("g", NAMES[:2], games).splitlines()[-1]
    assert (
        "what was still to be gained in table4 is 70.0 points (40.0 for the user and 30.0" in last
    )


def test_a_loss_of_one_side_does_not_hide_the_gain_of_the_other():
    found = grown()
    worse = replace(found[1], user=replace(found[1].user, gain=-0.2))
    last = describe("g", NAMES[:2], [found[0], worse]).splitlines()[-1]
    assert "is 30.0 points (0.0 for the user and 30.0 for the recogniser)" in last


def test_rank_and_what_nobody_knows_are_said_and_left_out():
    text = describe("g", NAMES, grown(rank=3, outside={}))
    assert text.startswith("Growth g: recognition rate at rank 3 in percent\n")
    assert "outside" not in text
    bare = [
        replace(each, game=replace(each.game, equilibrium=solve(each.game.table)))
        for each in grown()
    ]
    text = describe("g", NAMES, bare)
    assert "Round 0 (table4): guarantee 60.0 %.\n" in text
    assert "held out" not in text


def test_strategies_that_are_hardly_played_are_counted():
    rates = np.full((4, 1), 0.5)
    table = Table(tuple("abcd"), ("x",), rates)
    mixture = np.array([0.7, 0.005, 0.29, 0.005])
    last = replace(grown()[2], game=Solved(table, replace(solve(table), user=mixture)))
    text = describe("g", NAMES, [*grown()[:2], last])
    assert "the user plays a 70 %, c 29 %, 2 more below 1 % each and" in text


def labels(path):
    text = path.read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    return set(re.findall(r"<!-- (.*?) -->", text))


def test_the_picture_shows_every_line_that_there_is(tmp_path):
    draw(tmp_path / "a.svg", "g", grown())
    found = labels(tmp_path / "a.svg")
    assert found >= {
        "g: the guarantee as the game grows",
        "value",
        "value, 95 % interval",
        "held out",
        "held out, 95 % interval",
        "worst outside the game",
        "lower bound: the user's response",
        "upper bound: the recogniser's response",
        "recognised (%)",
    }
    draw(tmp_path / "b.svg", "g", grown(rank=2, outside={}))
    found = labels(tmp_path / "b.svg")
    assert "recognised at rank 2 (%)" in found
    assert "worst outside the game" not in found


def test_the_same_growth_draws_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        draw(tmp_path / f"{name}.svg", "g", grown())
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
