"""Growth: its rounds, whom they answer, what another round changes, and what is refused."""

import pytest

from aip.errors import BadInput
from aip.study.artifacts import made

COLUMNS = {k: tuple(f"g-{k}-{column}" for column in ("proc", "blur")) for k in (1, 2, 3)}


def test_each_round_is_a_strategy_a_recogniser_its_columns_and_a_game(growing):
    study = growing()
    found = study.growth["g"]
    assert found.games == ("start", "g-1", "g-2")
    assert found.users == found.recognisers == ("g-1", "g-2")
    # A column for each processing of the start game: proc and known share theirs.
    assert found.columns == (COLUMNS[1], COLUMNS[2])
    game = study.games["g-2"]
    assert game["user"] == ["none", "gaman", "ga", "g-1", "g-2"]
    assert game["recogniser"] == ["proc", "blur", "known", *COLUMNS[1], *COLUMNS[2]]
    assert study.recogniser_strategies["g-2-blur"] == {"recogniser": "g-2", "process": [("B", 5)]}


def test_a_rounds_game_is_held_to_what_the_start_game_is(growing):
    for game in ("start", "g-1", "g-2"):
        found = growing().games[game]
        assert (found["outside"], found["rank"], found["folds"]) == (["crop"], 2, 3)
    assert growing().games["g-2"]["against"] == {"processings": 2, "nets": 1, "learnt": 3}


def test_each_round_answers_the_game_before(growing):
    study = growing()
    for k, before in ((1, "start"), (2, "g-1")):
        assert study.answers(f"g-{k}") == study.learns_from(f"g-{k}") == before
        user, recogniser = study.user_strategies[f"g-{k}"], study.recogniser(f"g-{k}")
        assert user["steps"] == 3
        assert "robust_to" not in user
        columns = study.games[before]["recogniser"]
        assert [column["name"] for column in user["columns"]] == columns
        assert recogniser["knows"] == {"user": study.games[before]["user"]}
        assert (recogniser["base"], recogniser["learns"]) == ("small", "svm")
        assert study.net_owner(f"g-{k}") == "small"
    assert study.user_strategies["g-2"]["against"] == ["small", "knowing", "g-1"]


def test_rounds_are_played_behind_the_processing_of_the_columns_that_are_named(growing):
    study = growing(growth__g__recogniser={"behind": ["blur"]})
    assert study.growth["g"].columns == (("g-1-blur",), ("g-2-blur",))
    assert study.games["g-2"]["recogniser"] == ["proc", "blur", "known", "g-1-blur", "g-2-blur"]
    with pytest.raises(BadInput) as refused:
        growing(growth__g__recogniser={"behind": ["blurr"]})
    said = (
        "config: growth.g.recogniser.behind: unknown recogniser strategy of the game 'start' 'blu"
    )
    assert str(refused.value).startswith(said)


def test_the_net_learns_where_it_is_said(growing):
    study = growing(growth__g__recogniser={"learns": "net", "training": {"epochs": 4}})
    assert study.net_owner("g-2") == "g-2"
    assert study.recogniser("g-2")["training"]["epochs"] == 4
    for purpose in ("train", "enrolled"):
        shard = next(iter(study.shards(purpose)))
        drawn = study.drawn_lesson_made("g-2", purpose, "0-1")
        assert made(study, ("drawn_lessons", "g-2", purpose, f"{shard}.h5")) == drawn


def test_families_in_the_start_game_stand_for_their_members(growing):
    each = {"each": ["small", "knowing"]}
    study = growing(
        recogniser_strategies__plain={"recogniser": each, "process": "O1"},
        user_strategies__pgd={"method": "pgd", "against": each},
        games__start={"user": ["pgd"], "recogniser": ["plain"]},
    )
    assert study.games["g-1"]["user"] == ["pgd-small", "pgd-knowing", "g-1"]
    assert study.games["g-1"]["recogniser"] == ["plain-small", "plain-knowing", "g-1-plain-small"]


WIDE = {
    "recognisers__wide": {"arch": "googlenet"},
    "recogniser_strategies__wide": {"recogniser": "wide", "process": "O1"},
    "games__start__recogniser": ["proc", "wide"],
}


@pytest.mark.parametrize("base", ["small", "wide"])
def test_of_several_nets_the_named_one_learns(growing, base):
    study = growing(**WIDE, growth__g__recogniser={"base": base})
    assert study.net_owner("g-1") == base


def prints(study):
    """Fingerprints of all that costs, by what it is."""
    found = {}
    for user in study.user_strategies:
        found["perturb", user] = study.user_made(user, "0-1")
        for column in study.recogniser_strategies:
            found["cell", user, column] = study.cell_made(user, column)
    for recogniser in study.recognisers:
        found["net", recogniser] = study.net_made(recogniser)
        found["svm", recogniser] = study.recogniser_made(recogniser, "0-1")
        if study.learns_from(recogniser):
            drawn = study.drawn_lesson_made(recogniser, "enrolled", "0-1")
            found["draw_lesson", recogniser] = drawn
    for game in study.games:
        found["mix", game] = study.mixtures_made(game)
        found["table", game] = study.table_made(game)
        found["solve", game] = study.equilibrium_made(game)
    for name in study.growth:
        found["growth", name] = study.growth_made(name)
    return {key: each["fingerprint"] for key, each in found.items()}


def changed(before, after):
    return {key for key in before.keys() & after.keys() if before[key] != after[key]}


def test_one_more_round_changes_the_growth_and_the_summary_alone(growing):
    before, study = prints(growing()), growing(growth__g__rounds=3)
    after = prints(study)
    assert changed(before, after) == {("growth", "g")}
    own = {"g-3", *COLUMNS[3]}
    assert all(own & set(key) for key in after.keys() - before.keys())
    assert growing().summary_made["fingerprint"] != study.summary_made["fingerprint"]


@pytest.mark.parametrize("change", [{"folds": 2}, {"outside": []}, {"outside": ["crop", "new"]}])
def test_what_a_guarantee_is_held_to_changes_no_response(growing, change):
    new = {"recogniser_strategies__new": {"recogniser": "small", "process": "N5"}}
    keys = {f"games__start__{key}": value for key, value in change.items()}
    found = changed(prints(growing(**new)), prints(growing(**new, **keys)))
    tables = {("table", game) for game in ("start", "g-1", "g-2") if "outside" in change}
    solved = {("solve", game) for game in ("start", "g-1", "g-2")}
    assert found == tables | solved | {("growth", "g")}


@pytest.mark.parametrize(
    "change", [{"games__start__rank": 1}, {"recogniser_strategies__blur__process": "B4"}]
)
def test_what_changes_a_mixture_changes_who_answers_it(growing, change):
    found = changed(prints(growing()), prints(growing(**change)))
    assert {
        *(("perturb", f"g-{k}") for k in (1, 2)),
        *(("draw_lesson", f"g-{k}") for k in (1, 2)),
        *(("svm", f"g-{k}") for k in (1, 2)),
        ("cell", "none", "g-1-proc"),
        ("cell", "g-1", "proc"),
    } <= found
    assert ("perturb", "gaman") not in found
    assert ("net", "g-1") not in found  # the base's, which nobody teaches again


def test_a_growths_name_is_in_no_fingerprint_but_its_own(growing):
    before = prints(growing())
    after = growing(
        growth={"h": {"start": "start", "rounds": 2, "user": {"method": "gaman", "steps": 3}}}
    )
    found = prints(after)
    assert before["perturb", "g-1"] == found["perturb", "h-1"]
    assert before["svm", "g-1"] == found["svm", "h-1"]


def test_the_most_rounds_are_fingerprinted(growing):
    study = growing(growth__g__rounds=30)
    assert len(study.games["g-30"]["user"]) == 33
    assert study.growth_made("g")["fingerprint"]


def test_a_growths_files_are_known(growing):
    study = growing()
    for name in ("growth.csv", "growth.svg", "summary.txt"):
        assert made(study, ("growth", "g", name)) == study.growth_made("g")
    assert made(study, ("growth", "g", "other.csv")) is None
    assert made(study, ("growth", "h", "growth.csv")) is None
    drawn = study.drawn_lesson_made("g-1", "enrolled", "0-1")
    shard = next(iter(study.shards("enrolled")))
    for kind in ("h5", "json"):
        assert made(study, ("drawn_lessons", "g-1", "enrolled", f"{shard}.{kind}")) == drawn
        assert made(study, ("lessons", "g-1", "enrolled", f"{shard}.{kind}")) is None
        assert made(study, ("drawn_lessons", "knowing", "enrolled", f"{shard}.{kind}")) is None
    assert made(study, ("games", "g-1", "mixtures.json")) == study.mixtures_made("g-1")
    assert made(study, ("games", "g-1", "equilibrium.json")) == study.equilibrium_made("g-1")


USER = {"method": "gaman"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rounds": 0}, "config: growth.g.rounds: found 0, expected at least 1"),
        ({"rounds": 1000}, "config: growth.g.rounds: found 1000, expected at most 30"),
        (
            {"start": "stat"},
            "config: growth.g.start: unknown game 'stat'; did you mean 'start'? expected one of "
            "start",
        ),
        (
            {"start": "g-1"},
            "config: growth.g.start: unknown game 'g-1'; expected one of start",
        ),
        (
            {"round": 2},
            "config: growth.g: unknown key 'round'; did you mean 'rounds'? expected one of "
            "start, rounds, user, recogniser",
        ),
        ({"user": {}}, "config: growth.g.user: the key 'method' is missing"),
        (
            {"user": {"method": "blur"}},
            "config: growth.g.user.method: found 'blur', which perturbs against no recogniser; "
            "expected one of fgv, ga, ",
        ),
        (
            {"user": {"method": "gamann"}},
            "config: growth.g.user: unknown method 'gamann'; did you mean 'gaman'? expected one of",
        ),
        (
            {"user": {**USER, "against": "small"}},
            "config: growth.g.user: the key 'against' has no meaning here; each round answers the "
            "mixture of the round before, and the processing is that of its columns",
        ),
        (
            {"user": {**USER, "robust_to": "B1"}},
            "config: growth.g.user: the key 'robust_to' has no meaning here",
        ),
        (
            {"user": {**USER, "stesp": 3}},
            "config: growth.g.user: unknown key 'stesp'; did you mean 'steps'? expected one of",
        ),
        (
            {"user": {**USER, "steps": 0}},
            "config: growth.g.user.steps: found 0, expected at least 1",
        ),
        (
            {"user": {**USER, "decay": 1}},
            "config: growth.g.user: the key 'decay' has no meaning for gaman",
        ),
        (
            {"recogniser": {"learn": "net"}},
            "config: growth.g.recogniser: unknown key 'learn'; did you mean 'learns'? expected one "
            "of base, learns, training",
        ),
        (
            {"recogniser": {"learns": "all"}},
            "config: growth.g.recogniser.learns: found 'all', expected one of svm, net",
        ),
        (
            {"recogniser": {"training": {"epochs": 2}}},
            "config: growth.g.recogniser: the key 'training' has no meaning where only the SVM "
            "learns",
        ),
        (
            {"recogniser": {"learns": "net", "training": {"epoch": 2}}},
            "config: growth.g.recogniser.training: unknown key 'epoch'; did you mean 'epochs'?",
        ),
        (
            {"recogniser": {"base": "wide"}},
            "config: growth.g.recogniser.base: found 'wide', expected a recogniser of the game "
            "'start' that can learn: small",
        ),
        (
            {"recogniser": {"base": "knowing"}},
            "config: growth.g.recogniser.base: found 'knowing', expected a recogniser of the game "
            "'start' that can learn: small",
        ),
    ],
)
def test_a_growth_that_means_nothing_is_refused(growing, change, sentence):
    with pytest.raises(BadInput) as caught:
        growing(**{f"growth__g__{key}": value for key, value in change.items()})
    assert str(caught.value).startswith(sentence)


AUTHORS = {
    "source": "authors",
    "arch": "caffe:googlenet",
    "weights": "nugu_train/a/_iter_1.caffemodel",
    "svm": "nugu_svm/a/model0",
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"games__start__user": ["none"]},
            "config: growth.g.start: every user strategy of the game 'start' publishes heads as "
            "they are, so there is nothing to learn; expected one with another method than none",
        ),
        (
            {"games__start__user": ["none", "gamann"]},
            "config: games.start.user: unknown user strategy 'gamann'; did you mean 'gaman'?",
        ),
        (
            {"games__start__recogniser": ["prok"]},
            "config: games.start.recogniser: unknown recogniser strategy 'prok'; did you mean",
        ),
        (
            {"recogniser_strategies__proc__recogniser": "smal"},
            "config: recogniser_strategies.proc: unknown recogniser 'smal'; did you mean 'small'?",
        ),
        (
            {"games__start__outside": ["crob"]},
            "config: games.start.outside: unknown recogniser strategy 'crob'; did you mean 'crop'?",
        ),
        (
            {"games__start__rank": 6},
            "config: games.start.rank: found 6, expected at most 5, the number of people",
        ),
        (
            WIDE,
            "config: growth.g.recogniser: the key 'base' is missing; the game 'start' has several "
            "recognisers that can learn, small, wide, expected one of them",
        ),
        (
            {"recognisers__small": AUTHORS},
            "config: growth.g.start: no recogniser of the game 'start' can learn, for each has an "
            "SVM of the authors' release; expected one whose SVM is taught here",
        ),
        (
            {"user_strategies__g-2": {"method": "none"}},
            "config: user_strategies: the name 'g-2' is taken twice, once by a growth",
        ),
        (
            {"recognisers__g-1": {"arch": "resnet18"}},
            "config: recognisers: the name 'g-1' is taken twice, once by a growth",
        ),
        (
            {"recogniser_strategies__g-1-blur": {"recogniser": "small", "process": "B1"}},
            "config: recogniser_strategies: the name 'g-1-blur' is taken twice, once by a growth",
        ),
        (
            {"games__g-2": {"user": ["none"], "recogniser": ["proc"]}},
            "config: games: the name 'g-2' is taken twice, once by a growth",
        ),
        (
            {"user_strategies__g-1": {"method": "ga", "against": {"each": ["small"]}}},
            "config: user_strategies: the name 'g-1' is taken twice, once by a growth",
        ),
        (
            {"user_strategies__g-3": {"method": "ga", "against": "small", "steps": 0}},
            "config: user_strategies.g-3.steps: found 0, expected at least 1",
        ),
        (
            {"user_strategies__g-3": {"method": "ga", "against": "smal"}},
            "config: user_strategies.g-3: unknown recogniser 'smal'; did you mean 'small'?",
        ),
        (
            {"games__start__outside": ["g-1-proc"], "growth__g__rounds": 1},
            "config: games.start.outside: found 'g-1-proc', which the game plays (games.g-1.recog",
        ),
    ],
)
def test_a_growth_from_what_cannot_grow_is_refused(growing, change, sentence):
    with pytest.raises(BadInput) as caught:
        growing(**change)
    assert str(caught.value).startswith(sentence)


def test_a_round_is_behind_each_processing_as_the_start_game_has_it(growing):
    drawn = "OJ(50-90)V(5-20)_5"
    study = growing(recogniser_strategies__blur__process=drawn)
    strategies = study.recogniser_strategies
    assert strategies["g-2-blur"]["process"] == strategies["blur"]["process"]
    assert [kind for kind, _ in strategies["blur"]["process"]] == ["O", "J(50-90)", "V(5-20)"]


def test_both_directions_grow(growing):
    study = growing(attacked={"direction": "both", "shard_size": 5})
    for direction in ("0-1", "1-0"):
        assert study.user_made("g-2", direction)["fingerprint"]
        assert study.drawn_lesson_made("g-2", "enrolled", direction)["fingerprint"]
    shards = {name for name in study.shards("enrolled") if name.startswith("reverse-")}
    found = [made(study, ("drawn_lessons", "g-1", "enrolled", f"{name}.h5")) for name in shards]
    assert found
    assert all(each == study.drawn_lesson_made("g-1", "enrolled", "1-0") for each in found)


def test_who_learns_from_the_last_game_is_held_against_its_strategies_in_another(growing):
    """In the start game's outside, it would answer a game that it is held against."""
    after = {
        "recognisers__after": {"base": "small", "knows": {"game": "g-2"}},
        "recogniser_strategies__after": {"recogniser": "after", "process": "O1"},
    }
    last = growing().games["g-2"]
    sides = {side: last[side] for side in ("user", "recogniser")}
    study = growing(**after, games__final={**sides, "outside": ["after"]})
    assert study.games["final"]["outside"] == ["after"]
    assert study.equilibrium_made("final")["fingerprint"]
    assert study.recogniser("after")["knows"] == {"user": last["user"]}
    with pytest.raises(BadInput) as caught:
        growing(**after, games__start__outside=["after"])
    assert "it answers itself" in str(caught.value)


def test_what_is_wrong_with_a_start_game_is_said_of_it(growing):
    with pytest.raises(BadInput) as refused:
        growing(games__start__outside=["proc"])
    assert str(refused.value).startswith(
        "config: games.start.outside: found 'proc', which the game"
    )
    assert "games.start.recogniser" in str(refused.value)
