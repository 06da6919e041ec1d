import pytest

from aip.errors import BadInput
from standins import tiny

CHARGE = {"visibility": {"measure": "l2", "rate": 0.01}, "draws": 0.5}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")  # of the code that fingerprints cover

    def make(charge=None, **changes):
        charges = {} if charge is None else {"games__game__charge": charge}
        return tiny.study(cache, **charges, **changes)

    return make


def prints(study):
    """Fingerprints of the cells, the table, the equilibrium and the picture of the game."""
    made = [study.cell_made("ga", "blur")]
    made += [study.table_made("game"), study.equilibrium_made("game"), study.payoff_made("game")]
    return [each["fingerprint"] for each in made]


def test_a_charge_is_resolved_with_the_draws_of_each_column(study):
    assert study(CHARGE).games["game"]["charge"] == {
        "measure": "l2",
        "rate": 0.01,
        "draw": 0.5,
        "draws": [1, 5],
    }
    assert study().games["game"]["charge"] is None


def test_a_charge_changes_its_game_alone_and_no_table(study):
    same = [a == b for a, b in zip(prints(study()), prints(study(CHARGE)), strict=True)]
    assert same == [True, True, False, False]


@pytest.mark.parametrize(
    "nothing", [{}, {"draws": 0}, {"visibility": {"measure": "ssim", "rate": 0}, "draws": 0.0}]
)
def test_a_charge_of_0_changes_nothing(study, nothing):
    assert prints(study()) == prints(study(nothing))


def test_a_measure_that_costs_nothing_is_none(study):
    found = study({"visibility": {"measure": "ssim", "rate": 0}, "draws": 1})
    assert found.games["game"]["charge"]["measure"] is None


@pytest.mark.parametrize(
    ("charge", "sentence"),
    [
        ({"draws": -1}, "charge.draws: found -1, expected at least 0"),
        ({"draws": float("nan")}, "charge.draws: found nan, expected number"),
        ({"draws": float("inf")}, "charge.draws: found inf, expected number"),
        (
            {"visibility": {"measure": "l2", "rate": -0.1}},
            "charge.visibility.rate: found -0.1, expected at least 0",
        ),
        ({"visibility": {"measure": "l2"}}, "charge.visibility: the key 'rate' is missing"),
        (
            {"visibility": {"measure": "psnr", "rate": 1}},
            "charge.visibility.measure: found 'psnr', expected one of l2, norm, ssim",
        ),
        ({"visible": {}}, "charge: unknown key 'visible'; did you mean 'visibility'?"),
    ],
)
def test_a_charge_that_cannot_be_is_refused(study, charge, sentence):
    with pytest.raises(BadInput) as caught:
        study(charge)
    assert str(caught.value).startswith(f"config: games.game.{sentence}")


def test_a_game_that_charges_does_not_grow(study):
    growth = {"g": {"start": "game", "rounds": 1, "user": {"method": "ga"}}}
    with pytest.raises(BadInput) as caught:
        study(CHARGE, growth=growth)
    assert str(caught.value) == (
        "config: growth.g.start: found 'game', a game that charges, while the gains of a growth "
        "are rates; expected a game without the key 'charge'"
    )
    assert study({"draws": 0}, growth=growth).growth


NORM = {"visibility": {"measure": "norm", "rate": 0.01}}
WIDE = {
    "recognisers__wide": {"arch": "resnet18", "input_size": 96},
    "recogniser_strategies__far": {"recogniser": "wide", "process": "O1"},
    "user_strategies__both": {"method": "ga", "against": ["small", "wide"]},
    "user_strategies__answer": {"method": "ga", "against": {"game": "nets"}},
    "games__nets": {"user": ["none", "ga"], "recogniser": ["proc", "far"]},
}


@pytest.mark.parametrize("user", [["none", "ga"], ["none"], ["both"]])
def test_a_norm_is_charged_where_rows_have_it_at_one_input_size(study, user):
    small = {"recognisers__small__input_size": 64}
    found = study(NORM, **WIDE, **small, games__game__user=user)
    assert found.games["game"]["charge"]["measure"] == "norm"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (["none", "mosaic"], "which 'mosaic' does not have, since it perturbs against no recogni"),
        (["ga", "both"], "and rows whose norms are at inputs of several sizes, 64×64, 96×96"),
        (["answer"], "and rows whose norms are at inputs of several sizes, 64×64, 96×96"),
    ],
)
def test_a_norm_that_means_something_else_for_each_row_is_refused(study, user, said):
    changes = {
        **WIDE,
        "recognisers__small__input_size": 64,
        "user_strategies__mosaic": {"method": "pixelate"},
        "games__game__user": user,
    }
    with pytest.raises(BadInput) as caught:
        study(NORM, **changes)
    where = "config: games.game.charge.visibility.measure: found norm, "
    assert str(caught.value).startswith(where + said)
    # Another measure means the same for all.
    assert study(CHARGE, **changes).games["game"]["charge"]["measure"] == "l2"


def test_a_frontier_of_norms_is_refused_where_a_row_has_none(study):
    each = {"method": "ga", "against": "small", "epsilon": {"each": [400, 900]}}
    changes = {
        "user_strategies__each": each,
        "user_strategies__mosaic": {"method": "pixelate"},
        "games__game__user": ["none", "each", "mosaic"],
    }
    with pytest.raises(BadInput) as caught:
        study(**changes, frontier__f={"game": "game", "measure": "norm"})
    assert str(caught.value).startswith("config: frontier.f.measure: found norm, which 'mosaic'")
