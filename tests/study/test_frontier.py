import pytest

from aip.errors import BadInput
from aip.study.artifacts import made
from aip.study.frontier import Point
from standins import tiny

CHANGES = {
    "user_strategies__ga": {"method": "ga", "against": "small", "epsilon": {"each": [900, 400]}},
    "user_strategies__bi": {"method": "bi", "against": "small", "epsilon": {"each": [400, 0.5]}},
    "user_strategies__mosaic": {"method": "pixelate"},
    "games__game__user": ["ga", "none", "bi", "mosaic"],
    "games__game__recogniser": ["proc"],
    "games__game__outside": ["blur"],
    "games__game__rank": 2,
    "games__game__folds": 3,
    "frontier__f": {"game": "game", "measure": "ssim"},
}
GROWTH = {"rounds": 2, "user": {"method": "gaman", "steps": 7}}
GROWN = {"frontier__f__growth": GROWTH}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")  # of the code that fingerprints cover

    return lambda **changes: tiny.study(cache, **(CHANGES | changes))


def test_a_frontier_has_a_game_for_each_epsilon(study):
    found = study()
    assert found.frontier["f"].points == (
        Point(0.5, "f-0_5", None),
        Point(400.0, "f-400", None),
        Point(900.0, "f-900", None),
    )
    assert found.frontier["f"].unchanged == "none"
    assert [found.games[game]["user"] for game in found.frontier["f"].games] == [
        ["none", "bi-0_5", "mosaic"],
        ["ga-400", "none", "bi-400", "mosaic"],
        ["ga-900", "none", "mosaic"],
    ]
    for game in found.frontier["f"].games:
        others = {key: value for key, value in found.games[game].items() if key != "user"}
        assert others == {k: v for k, v in found.games["game"].items() if k != "user"}
    assert found.growth == {}


def test_a_frontier_without_rows_that_change_nothing_says_so(study):
    assert study(games__game__user=["ga", "mosaic"]).frontier["f"].unchanged is None


def test_each_game_grows_with_its_own_epsilon(study):
    found = study(**GROWN)
    assert [point.grown for point in found.frontier["f"].points] == [
        "f-0_5-2",
        "f-400-2",
        "f-900-2",
    ]
    assert found.growth["f-400"].games == ("f-400", "f-400-1", "f-400-2")
    for name, epsilon in (("f-0_5", 0.5), ("f-400", 400), ("f-900", 900)):
        for k in (1, 2):
            strategy = found.user_strategies[f"{name}-{k}"]
            assert (strategy["epsilon"], strategy["steps"]) == (epsilon, 7)
    assert found.games["f-900-1"]["user"] == ["ga-900", "none", "mosaic", "f-900-1"]


def test_a_growth_of_ones_own_beside_a_frontier_stays(study):
    own = {"growth__mine": {"start": "game", **GROWTH}}
    assert set(study(**GROWN, **own).growth) == {"mine", "f-0_5", "f-400", "f-900"}


def prints(study):
    point = study.frontier["f"].points[1]
    cell = study.cell_made("ga-400", "proc")
    found = [
        cell,
        study.equilibrium_made(point.start),
        study.frontier_made("f"),
        study.summary_made,
    ]
    return [each["fingerprint"] for each in found]


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, [True, True, True, True]),
        ({"frontier__f__measure": "l2"}, [True, True, False, False]),
        ({"user_strategies__ga__epsilon": {"each": [901, 400]}}, [True, True, False, False]),
        ({"user_strategies__ga__steps": 9}, [False, False, False, False]),
        ({"games__game__folds": 4}, [True, False, False, False]),
        (GROWN, [True, True, False, False]),
    ],
)
def test_a_frontier_follows_its_games_and_nothing_follows_it_but_the_summary(study, changes, same):
    pairs = zip(prints(study()), prints(study(**changes)), strict=True)
    assert [a == b for a, b in pairs] == same


def test_its_files_are_artifacts_of_the_study(study):
    found = study()
    for file in ("frontier.csv", "frontier.svg", "summary.txt"):
        assert made(found, ("frontier", "f", file)) == found.frontier_made("f")
    assert made(found, ("frontier", "f", "other.csv")) is None
    assert made(found, ("frontier", "g", "frontier.csv")) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"frontier__f__game": "gam"},
            "frontier.f.game: unknown game 'gam'; did you mean 'game'? expected one of game",
        ),
        (
            {"games__game__user": ["none", "mosaic"]},
            "frontier.f.game: no row of the game 'game' is in a family by epsilon; expected user "
            "strategies with epsilon: {each: [numbers]}",
        ),
        (
            {"games__game__user": ["none", "ga-400", "bi-400"]},
            "frontier.f.game: found a single epsilon, 400, in the game 'game'; expected rows of "
            "several, to see what each more visible one is worth",
        ),
        (
            {"games__f-400": {"user": ["none"], "recogniser": ["proc"]}},
            "games: the name 'f-400' is taken twice, once by a frontier",
        ),
        (
            {**GROWN, "growth__f-400": {"start": "game", **GROWTH}},
            "growth: the name 'f-400' is taken twice, once by a frontier",
        ),
        (
            {"frontier__f__measure": "psnr"},
            "frontier.f.measure: found 'psnr', expected one of l2, norm, ssim",
        ),
        (
            {"frontier__f__growth": {"user": {"method": "ga"}}},
            "frontier.f.growth: the key 'rounds' is missing",
        ),
        (
            {"frontier__f__growth": {**GROWTH, "rounds": 0}},
            "frontier.f.growth.rounds: found 0, expected at least 1",
        ),
        (
            {"frontier__f__growth": {**GROWTH, "start": "game"}},
            "frontier.f.growth: unknown key 'start'; expected one of rounds, user, recogniser",
        ),
        (
            {"frontier__f__growth": {"rounds": 1, "user": {"method": "ga", "epsilon": 7}}},
            "frontier.f.growth.user: the key 'epsilon' has no meaning here; each game grows with "
            "the epsilon of its rows",
        ),
        (
            {**GROWN, "games__game__charge": {"draws": 1}},
            "frontier.f.growth: the game 'game' charges, while the gains of a growth are rates; "
            "expected a game without the key 'charge'",
        ),
        (
            {"games__game__rank": 6},
            "games.game.rank: found 6, expected at most 5, the number of people to recognise",
        ),
        # What growth and the rest refuse, by the keys that the user gave.
        (
            {"frontier__f__growth": {"rounds": 1, "user": {"method": "none"}}},
            "frontier.f.growth.user.method: found 'none', which perturbs against no recogniser",
        ),
        (
            {"frontier__f__growth": {"rounds": 1, "user": {"method": "ga", "steps": 0}}},
            "frontier.f.growth.user.steps: found 0, expected at least 1",
        ),
        (
            {"frontier__f__growth": {**GROWTH, "recogniser": {"base": "wide"}}},
            "frontier.f.growth.recogniser.base: found 'wide', expected a recogniser of the game",
        ),
    ],
)
def test_a_frontier_that_cannot_be_drawn_is_refused(study, changes, sentence):
    with pytest.raises(BadInput) as caught:
        study(**changes)
    assert str(caught.value).startswith(f"config: {sentence}")


def test_a_charge_is_kept_where_nothing_grows(study):
    found = study(games__game__charge={"draws": 1})
    assert found.games["f-400"]["charge"] == found.games["game"]["charge"] is not None
