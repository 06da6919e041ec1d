import pytest

from aip.study import shown


class Asked:
    """As much of a study as `shown` looks at: users × columns, each column with its own kind."""

    growth: dict = {}  # noqa: RUF012
    frontier: dict = {}  # noqa: RUF012
    tables: dict = {}  # noqa: RUF012

    def __init__(self, users, kinds):
        columns = [f"c{n}" for n in range(len(kinds))]
        names = [f"u{n}" for n in range(users)]
        self.games = {"g": {"user": names, "recogniser": columns}}
        self.recogniser_strategies = {
            name: {"process": [(kind, 5), ("O", 1)]}
            for name, kind in zip(columns, kinds, strict=True)
        }


@pytest.mark.parametrize(
    ("users", "kinds", "count"),
    [
        (7, "OTNBC", 120),
        (24, "OTNBCJDMRVOBC", 120),  # 24 × (3 + 10) sprites
        (100, "OTNBCJDMRV" * 10, 30),
        (2000, "OTNBCJDMRV", 3),
    ],
)
def test_the_more_there_is_to_show_the_fewer_heads_of_each_are_shown(users, kinds, count):
    asked = Asked(users, kinds)
    assert shown.head_count(asked) == count
    sprites = users * (3 + len(set(kinds)))
    assert count == shown.HEADS[-1] or sprites * count <= shown.THUMBNAILS


def test_a_user_strategy_is_shown_where_a_game_or_a_table_has_it():
    asked = Asked(2, "OB")
    asked.tables = {"t": {"cells": [["u1", "other"]], "recogniser": ["c1", "c0"]}}
    assert shown.met(asked) == {"u0": ["c0", "c1"], "u1": ["c0", "c1"], "other": ["c0"]}


@pytest.fixture
def made(growing):
    """What the page, and its heads, of a study with some keys changed are made from."""

    def read(**changed) -> dict[str, str]:
        study = growing(**changed)
        return {
            "page": study.page_made["fingerprint"],
            **{user: study.page_heads_made(user)["fingerprint"] for user in shown.met(study)},
        }

    return read


def test_of_a_growth_only_the_first_and_the_last_game_are_shown(growing):
    study = growing()
    assert [*study.games] == ["start", "g-1", "g-2"]
    said = shown.definition(study)
    assert (said["main"], [*said["games"]]) == ("g-2", ["start", "g-2"])
    paths = [path for _, path in shown.files(study)]
    assert "games/g-2/equilibrium.json" in paths
    assert "games/g-1/equilibrium.json" not in paths


def test_what_the_page_does_not_show_makes_it_not_again(made):
    unused = {"method": "bi", "against": "small"}
    changed = {"attacked__shard_size": 3, "pictures__heads": 2, "user_strategies__unused": unused}
    assert made(**changed) == made()


def test_what_it_shows_makes_it_and_the_heads_of_the_cells_again(made):
    before = made()
    after = made(recogniser_strategies__blur__process="B3")
    assert all(before[name] != after[name] for name in before)
    after = made(games__two={"user": ["none"], "recogniser": ["proc"]})
    assert {name for name in before if before[name] != after[name]} == {"page"}
