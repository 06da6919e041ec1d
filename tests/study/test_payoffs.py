"""What counts as recognised: what a config may ask for, and what it makes again."""

import pytest

from aip.errors import BadInput
from aip.study.artifacts import made

VERIFY = {"measure": "verify", "fmr": 0.1}
# Two people of seven heads in the train subset, five to recognise: 70 comparisons.


def test_a_game_without_a_threshold_is_as_it_was(growing):
    plain, null = growing(), growing(games__start__payoff=None)
    assert "payoff" not in plain.games["start"]
    assert plain.table_made("start") == null.table_made("start")


def test_another_payoff_makes_the_game_again_and_no_cell(growing):
    plain, verified, other = (
        growing(games__start__rank=1, games__start__payoff=payoff)
        for payoff in (None, VERIFY, {**VERIFY, "fmr": 0.2})
    )
    for one, two in ((plain, verified), (verified, other)):
        assert one.cell_made("gaman", "blur") == two.cell_made("gaman", "blur")
        assert one.impostors_made("none", "blur") == two.impostors_made("none", "blur")
        for what in (one.table_made, one.mixtures_made, one.equilibrium_made):
            assert what("start") != getattr(two, what.__name__)("start")
    assert made(verified, ("impostors", "blur.h5")) == verified.impostors_made("none", "blur")
    assert made(verified, ("impostors", "nobody.h5")) is None


def test_impostor_scores_follow_the_column_and_how_many_heads_there_are(growing):
    found, processed = growing(), growing(recogniser_strategies__blur__process="B4")
    assert found.impostors_made("none", "blur") != processed.impostors_made("none", "blur")
    assert found.impostors_made("none", "proc") == processed.impostors_made("none", "proc")
    fewer, more = growing(thresholds={"heads": 13}), growing(thresholds={"heads": 99})
    assert (found.other_heads, fewer.other_heads, more.other_heads) == (14, 13, 14)
    assert fewer.impostors_made("none", "blur") != found.impostors_made("none", "blur")
    assert more.impostors_made("none", "blur") == found.impostors_made("none", "blur")


def test_the_payoff_of_a_table_with_impostors_follows_from_them(growing):
    tables = {"t": {"user": ["gaman"], "recogniser": ["blur"], "payoff": VERIFY}}
    found, fewer = growing(tables=tables), growing(tables=tables, thresholds={"heads": 13})
    plain = growing(tables={"t": {"user": ["gaman"], "recogniser": ["blur"]}})
    assert found.overview_made("t") != fewer.overview_made("t")
    assert found.overview_made("t") != plain.overview_made("t")
    assert {"rank", "payoff"}.isdisjoint(plain.tables["t"])


def test_a_growth_plays_for_what_its_start_game_plays_for(growing):
    found = growing(games__start__rank=1, games__start__payoff=VERIFY)
    assert [game["payoff"] for game in found.games.values()] == [VERIFY] * 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"games__start__payoff": {"measure": "verified", "fmr": 0.1}},
            "config: games.start.payoff.measure: found 'verified', expected one of identify, v",
        ),
        (
            {"games__start__payoff": {"measure": "verify"}},
            "config: games.start.payoff: the key 'fmr' is missing",
        ),
        (
            {"games__start__payoff": VERIFY},
            "config: games.start.rank: found 2, expected 1, since the payoff verify compares a "
            "head with its own identity alone",
        ),
        (
            {"games__start__payoff": {"measure": "identify", "fmr": 0.014}},
            "config: games.start.payoff.fmr: found 0.014, which takes at least 72 comparisons of "
            "other people's heads with people to recognise, and the album has 14 heads of other "
            "people, those of the train subset, and 5 people to recognise",
        ),
        (
            {"games__start__payoff": {"measure": "identify", "fmr": 1}},
            "config: games.start.payoff.fmr: found 1, expected less than 1",
        ),
        (
            {"tables": {"t": {"user": ["gaman"], "recogniser": ["blur"], "rank": 6}}},
            "config: tables.t.rank: found 6, expected at most 5, the number of people to recognise",
        ),
    ],
)
def test_a_payoff_that_cannot_be_is_named_before_anything_runs(growing, changes, sentence):
    with pytest.raises(BadInput) as caught:
        growing(**changes)
    assert str(caught.value).startswith(sentence)


def test_as_many_comparisons_as_give_one_false_match_will_do(growing):
    assert growing(games__start__payoff={"measure": "identify", "fmr": 0.0143})
