import pytest

from aip.errors import BadInput
from aip.study.families import expand
from standins import tiny

EACH = {"each": [1000, 400.0, 0.5]}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")  # of the code that fingerprints cover

    return lambda **changes: tiny.study(cache, **changes)


def ga(**keys):
    return {"user_strategies__ga": {"method": "ga", "against": "small", "step_size": 0.2, **keys}}


def test_a_family_has_a_member_for_each_epsilon(study):
    found = study(**ga(epsilon=EACH))
    assert {name: s.get("epsilon") for name, s in found.user_strategies.items()} == {
        "none": None,
        "ga-1000": 1000.0,
        "ga-400": 400.0,
        "ga-0_5": 0.5,
    }
    assert {s["step_size"] for n, s in found.user_strategies.items() if n != "none"} == {0.2}
    assert found.games["game"]["user"] == ["none", "ga-1000", "ga-400", "ga-0_5"]


def test_a_member_is_the_strategy_that_its_epsilon_makes(study):
    family, alone = study(**ga(epsilon=EACH)), study(**ga(epsilon=400))
    made = [s.user_made(n, "0-1") for s, n in ((family, "ga-400"), (alone, "ga"))]
    assert made[0]["fingerprint"] == made[1]["fingerprint"]


def test_another_epsilon_more_changes_no_member(study):
    before, after = study(**ga(epsilon=EACH)), study(**ga(epsilon={"each": [7, 1000, 400, 0.5]}))
    for name in ("ga-1000", "ga-400", "ga-0_5"):
        assert before.user_made(name, "0-1") == after.user_made(name, "0-1")


def test_families_by_recogniser_and_by_epsilon_have_a_member_for_each_pair(study):
    wide = {"recognisers__wide": {"arch": "googlenet"}}
    both = ga(against={"each": ["small", "wide"]}, epsilon={"each": [400, 2000]})
    found = study(**wide, **both)
    names = ["ga-small-400", "ga-small-2000", "ga-wide-400", "ga-wide-2000"]
    assert found.games["game"]["user"] == ["none", *names]
    pairs = [
        (found.user_strategies[n]["against"], found.user_strategies[n]["epsilon"]) for n in names
    ]
    assert pairs == [(["small"], 400), (["small"], 2000), (["wide"], 400), (["wide"], 2000)]


def test_a_family_that_answers_a_game_is_one_by_epsilon():
    entry = {"method": "ga", "against": {"game": "g"}, "epsilon": {"each": [1, 2]}}
    config, families = expand({"user_strategies": {"ga": entry}})
    assert families["user_strategies"] == {"ga": {"1": "ga-1", "2": "ga-2"}}
    assert config["user_strategies"]["ga-2"] == {**entry, "epsilon": 2.0}


def test_numbers_of_the_command_line_are_read(study):
    assert "ga-400" in study(**ga(epsilon={"each": ["400", "1000.0"]})).user_strategies


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([400, 400.0], ".epsilon.each: 400.0 is there twice"),
        ([400, "400.0"], ".epsilon.each: '400.0' is there twice"),
        ([0], ".epsilon.each: found 0, expected a number above 0"),
        ([-5], ".epsilon.each: found -5, expected a number above 0"),
        ([float("nan")], ".epsilon.each: found nan, expected a number above 0"),
        ([float("inf")], ".epsilon.each: found inf, expected a number above 0"),
        ([True], ".epsilon.each: found True, expected a number above 0"),
        (["much"], ".epsilon.each: found 'much', expected a number above 0"),
        ([], ".epsilon: found {'each': []}, expected {each: [numbers]}"),
        (400, ".epsilon: found {'each': 400}, expected {each: [numbers]}"),
        ([2e6], "-2000000.epsilon: found 2000000.0, expected at most 1000000"),
    ],
)
def test_epsilons_that_make_no_family_are_refused(study, given, sentence):
    with pytest.raises(BadInput) as caught:
        study(**ga(epsilon={"each": given}))
    assert str(caught.value) == f"config: user_strategies.ga{sentence}"


def test_a_member_whose_name_is_taken_is_refused(study):
    with pytest.raises(BadInput, match="the name 'ga-400' is taken twice, once by a family"):
        study(**ga(epsilon=EACH), **{"user_strategies__ga-400": {"method": "none"}})


def test_a_method_without_an_epsilon_has_no_family(study):
    with pytest.raises(BadInput, match="the key 'epsilon' has no meaning for none"):
        study(user_strategies__none={"method": "none", "epsilon": {"each": [1, 2]}})


def test_a_table_takes_members_of_a_family_by_epsilon_and_not_the_family(study):
    table = {"user": ["none", "ga-400"], "recogniser": ["proc"]}
    assert study(**ga(epsilon=EACH), tables__t=table).tables["t"]["cells"] == [["none"], ["ga-400"]]
    with pytest.raises(BadInput) as caught:
        study(**ga(epsilon=EACH), tables__t={**table, "user": ["ga"]})
    assert str(caught.value) == (
        "config: tables.t.user: the family 'ga' has a member for each epsilon; expected one of "
        "them, such as 'ga-1000'"
    )
