"""Strategies and recognisers that answer a game: what they are, and what answers itself."""

import pytest

from aip.errors import BadInput

ANSWERING = {
    "growth": {},
    "user_strategies__answer": {"method": "ga", "against": {"game": "start"}},
    "recognisers__learner": {"base": "small", "knows": {"game": "start"}},
    "recogniser_strategies__learnt": {"recogniser": "learner", "process": "B2"},
}


def test_an_answer_is_against_the_columns_of_the_game(growing):
    study = growing(**ANSWERING)
    answer = study.user_strategies["answer"]
    assert answer["against"] == ["small", "knowing"]
    assert answer["columns"] == [
        {"name": "proc", "recogniser": "small", "process": [("O", 1)]},
        {"name": "blur", "recogniser": "small", "process": [("B", 5)]},
        {"name": "known", "recogniser": "knowing", "process": [("O", 1)]},
    ]
    assert study.recogniser("learner")["knows"] == {"user": ["none", "gaman", "ga"]}
    assert study.known("learner") == []
    assert (study.answers("answer"), study.answers("gaman")) == ("start", None)
    assert (study.learns_from("learner"), study.learns_from("knowing")) == ("start", None)


def test_the_games_name_is_in_no_fingerprint(growing):
    before = growing(**ANSWERING)
    renamed = growing(
        **{
            **ANSWERING,
            "games": {"other": before.config["games"]["start"]},
            "user_strategies__answer": {"method": "ga", "against": {"game": "other"}},
            "recognisers__learner": {"base": "small", "knows": {"game": "other"}},
        }
    )
    for made in (
        lambda study: study.user_made("answer", "0-1"),
        lambda study: study.recogniser_made("learner", "0-1"),
        lambda study: study.cell_made("answer", "learnt"),
    ):
        assert made(before) == made(renamed)


def test_another_column_or_row_changes_who_answers(growing):
    before = growing(**ANSWERING)
    for change in (
        {"games__start__recogniser": ["proc", "blur"]},
        {"games__start__user": ["none", "gaman"]},
        {"user_strategies__gaman__steps": 7},
    ):
        after = growing(**ANSWERING, **change)
        for made in (
            lambda study: study.user_made("answer", "0-1"),
            lambda study: study.recogniser_made("learner", "0-1"),
        ):
            assert made(before)["fingerprint"] != made(after)["fingerprint"]


def test_two_games_may_answer_one_another_in_turn(growing):
    study = growing(
        **ANSWERING, games__next={"user": ["gaman", "answer"], "recogniser": ["proc", "learnt"]}
    )
    assert study.equilibrium_made("next")["fingerprint"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"games__start__user": ["gaman", "answer"]},
            "config: games.start: it answers itself (game start → user strategy answer → game "
            "start); expected a game whose strategies are there before it is solved",
        ),
        (
            {"games__start__recogniser": ["proc", "learnt"]},
            "config: games.start: it answers itself (game start → recogniser learner → game "
            "start); expected",
        ),
        (  # A column that is only scored is made before the game is solved, too.
            {"games__start__outside": ["learnt"]},
            "config: games.start: it answers itself (game start → recogniser learner → game "
            "start); expected",
        ),
        (  # Through two games.
            {
                "games__start__user": ["gaman", "back"],
                "games__next": {"user": ["answer"], "recogniser": ["proc"]},
                "user_strategies__back": {"method": "ga", "against": {"game": "next"}},
            },
            "config: games.next: it answers itself (game next → user strategy answer → game start "
            "→ user strategy back → game next); expected",
        ),
        (  # Through a recogniser that a user strategy is against.
            {
                "user_strategies__ga": {"method": "ga", "against": "learner"},
            },
            "config: games.start: it answers itself (game start → user strategy ga → recogniser "
            "learner → game start); expected",
        ),
        (  # Through who is known by the recogniser of a column.
            {"recognisers__knowing__knows": ["answer"]},
            "config: recognisers.knowing.knows: it is trained on a user strategy that perturbs "
            "against the recogniser itself (knowing → knowing)",
        ),
        (
            {"user_strategies__answer__against": {"game": "stat"}},
            "config: user_strategies.answer.against: unknown game 'stat'; did you mean 'start'? "
            "expected one of start",
        ),
        (
            {"recognisers__learner__knows": {"game": "stat"}},
            "config: recognisers.learner.knows: unknown game 'stat'; did you mean 'start'? "
            "expected one of start",
        ),
        (
            {"user_strategies__answer__robust_to": "B1"},
            "config: user_strategies.answer: the key 'robust_to' has no meaning against a game, "
            "whose columns have processing of their own",
        ),
        (
            {"user_strategies__answer__against": {"game": "start", "each": ["small"]}},
            "config: user_strategies.answer.against: found {'game': 'start', 'each': ['small']}, "
            "expected {each: [recognisers]}",
        ),
        (
            {"user_strategies__answer__against": {"gme": "start"}},
            "config: user_strategies.answer.against: found {'gme': 'start'}, expected {each: [",
        ),
        (
            {"user_strategies__answer__against": {"game": 3}},
            "config: user_strategies.answer.against",
        ),
        (
            {"recognisers__learner__knows": {"gme": "start"}},
            "config: recognisers.learner.knows: ",
        ),
        (
            {"games__start__user": ["none"], "user_strategies__answer": {"method": "none"}},
            "config: recognisers.learner.knows: every user strategy of the game 'start' publishes "
            "heads as they are, so there is nothing to learn; expected one with another method",
        ),
        (
            {"user_strategies__answer": {"method": "blur", "against": {"game": "start"}}},
            "config: user_strategies.answer: the key 'against' has no meaning for blur",
        ),
        (
            {"recognisers__learner": {"arch": "resnet18", "knows": {"game": "start"}}},
            "config: recognisers.learner: the key 'knows' has no meaning without a 'base'",
        ),
    ],
)
def test_what_answers_itself_or_nothing_is_refused(growing, change, sentence):
    with pytest.raises(BadInput) as caught:
        growing(**{**ANSWERING, **change})
    assert str(caught.value).startswith(sentence), str(caught.value)
