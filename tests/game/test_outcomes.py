from dataclasses import replace

import h5py
import numpy as np
import pytest

from aip.errors import BadInput
from aip.game.outcomes import Outcomes, gather_outcomes, read_outcomes, write_outcomes
from aip.game.table import Table
from aip.show.missed import sentence
from aip.store.checksums import Damaged
from aip.store.hdf5 import write_column, writing


@pytest.fixture
def cell(tmp_path, provenance):
    """Write a cell of three people: cell(name, at which rank each head is recognised, ids)."""

    def make(name: str, ranks, ids=None, found=None):
        path = tmp_path / f"{name}.h5"
        label = np.arange(len(ranks)) % 3
        # The true identity has the score 0, and as many others as stand before it have a 1.
        before = [
            [i != own and (i - own) % 3 < k for i in range(3)]
            for own, k in zip(label, ranks, strict=True)
        ]
        scores = np.array(before, np.float32)
        with writing(path, provenance()) as file:
            write_column(file, "id", np.arange(len(ranks)) + 5 if ids is None else ids)
            write_column(file, "label", label)
            write_column(file, "scores", np.where(np.eye(3)[label] > 0, 0.5, scores))
            write_column(file, "predicted", np.where(np.array(ranks) == 1, label, (label + 1) % 3))
            write_column(file, "identities", np.array(["Zoë", "b", "a"]))
            if found is not None:
                write_column(file, "found", np.array(found, bool))
        return path

    return make


RANKS = np.random.default_rng(0).integers(1, 4, (2, 3, 7))


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("block", [2, 100])
def test_a_games_outcomes_are_its_cells_row_by_row(cell, monkeypatch, rank, block):
    monkeypatch.setattr("aip.game.counting.BLOCK", block)
    cells = [cell(f"c{i}", ranks) for i, ranks in enumerate(RANKS.reshape(6, 7))]
    found = gather_outcomes(cells, ["O", "T"], ["a", "b", "c"], rank=rank)
    assert np.array_equal(found.recognised, rank >= RANKS)
    assert found.id.tolist() == list(range(5, 12))
    assert (found.user, found.recogniser) == (("O", "T"), ("a", "b", "c"))
    assert found.met_outside.shape == (2, 0, 7)


def test_outside_strategies_are_kept_apart_from_the_played_ones(cell):
    cells = [cell(f"c{i}", ranks) for i, ranks in enumerate(RANKS.reshape(6, 7))]
    found = gather_outcomes(cells, ["O", "T"], ["a"], ["x", "y"])
    assert np.array_equal(found.recognised, RANKS[:, :1] == 1)
    assert np.array_equal(found.met_outside, RANKS[:, 1:] == 1)
    assert found.table().rates.shape == (2, 1)
    hits = (RANKS == 1).mean(axis=2)
    rates = {name: 0.25 * hits[0, j] + 0.75 * hits[1, j] for j, name in ((1, "x"), (2, "y"))}
    assert found.outside_rates(np.array([0.25, 0.75])) == pytest.approx(rates)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_heads_without_a_face_are_counted_by_cell_and_recognised_at_no_rank(
    tmp_path, cell, provenance, rank
):
    found = np.array([[1, 1, 0, 1], [0, 0, 1, 1]], bool)
    cells = [cell(f"p{i}", [1, 2, 3, 1]) for i in range(2)]
    looking = [cell(f"l{i}", [1, 2, 3, 1], found=found[i]) for i in range(2)]
    for path, seen in zip(looking, found, strict=True):
        with h5py.File(path, "r+") as file:
            file["scores"][~seen] = -np.inf
            file["predicted"][~seen] = -1
    four = [cells[0], looking[0], cells[1], looking[1]]
    outcomes = gather_outcomes(four, ["O", "T"], ["a"], ["b"], rank=rank)
    assert np.array_equal(outcomes.missed, [[0, 1], [0, 2]])
    assert np.array_equal(outcomes.recognised[:, 0], [np.array([1, 2, 3, 1]) <= rank] * 2)
    assert np.array_equal(outcomes.met_outside[:, 0], found & (np.array([1, 2, 3, 1]) <= rank))
    write_outcomes(tmp_path / "outcomes.h5", outcomes, provenance())
    again = read_outcomes(tmp_path / "outcomes.h5", outcomes.table())
    assert np.array_equal(again.missed, outcomes.missed)
    assert sentence(again) == (
        "Of 4 heads, no face was found in 2 of T × b, 1 of O × b; they count as not recognised."
    )


def test_nothing_is_said_where_every_head_was_looked_at(cell):
    outcomes = gather_outcomes([cell("a", [1, 2], found=[1, 1]), cell("b", [1, 2])], ["O"], "ab")
    assert outcomes.missed is None
    assert sentence(outcomes) == ""


def test_the_heads_of_a_person_have_one_number_whatever_a_cell_calls_them(cell):
    found = gather_outcomes([cell("a", [1] * 7)], ["O"], ["a"])
    assert found.identity.tolist() == ["Zoë", "b", "a"] * 2 + ["Zoë"]
    assert found.people.tolist() == [0, 2, 1, 0, 2, 1, 0]


def test_a_rank_above_the_number_of_people_is_refused(cell):
    path = cell("a", [1, 2])
    with pytest.raises(BadInput) as caught:
        gather_outcomes([path], ["O"], ["a"], rank=4)
    assert str(caught.value) == f"rank: found 4, expected at most the 3 people that {path} scores"


@pytest.mark.parametrize("ids", [(1, 2), (1, 2, 4), (2, 1, 3)])
def test_cells_of_other_heads_make_no_game(cell, ids):
    cells = [cell("a", [1] * 3, [1, 2, 3]), cell("b", [1] * len(ids), ids)]
    with pytest.raises(Damaged, match=r"b\.h5: holds other heads \(.*\) than .*a\.h5"):
        gather_outcomes(cells, ["O"], ["a", "b"])


def test_a_damaged_cell_is_named(cell):
    path = cell("a", [1, 2])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match=r"a\.h5: not a whole HDF5 artifact"):
        gather_outcomes([path], ["O"], ["a"])


@pytest.fixture
def outcomes() -> Outcomes:
    recognised = np.random.default_rng(1).random((2, 5, 500)) < 0.3
    return Outcomes(
        np.arange(500) * 2 + 1,
        np.array(["ann", "Zoë"] * 250),
        *(("O", "Zoë"), ("a", "b", "c"), recognised[:, :3]),
        *(("x", "y"), recognised[:, 3:]),
    )


def test_the_table_counts_the_outcomes(outcomes):
    table = outcomes.table()
    for i, j in np.ndindex(2, 3):
        count = sum(bool(hit) for hit in outcomes.recognised[i, j])
        assert table.counts.recognised[i, j] == count
        assert table.counts.heads[i, j] == 500
        assert table.rates[i, j] == count / 500
        low, high = table.counts.intervals[i, j]
        # Wilson: where the score test's statistic reaches the normal's quantile.
        for end in (low, high):
            statistic = (count / 500 - end) / np.sqrt(end * (1 - end) / 500)
            assert abs(statistic) == pytest.approx(1.959963984540054)
        assert low < count / 500 < high
    assert (table.user, table.recogniser) == (outcomes.user, outcomes.recogniser)


def test_outcomes_come_back_and_say_where_they_come_from(tmp_path, outcomes, provenance):
    path = tmp_path / "outcomes.h5"
    write_outcomes(path, outcomes, provenance({"user": ["O"]}, 3))
    found = read_outcomes(path, outcomes.table())
    assert np.array_equal(found.id, outcomes.id)
    assert np.array_equal(found.recognised, outcomes.recognised)
    assert np.array_equal(found.identity, outcomes.identity)
    assert np.array_equal(found.met_outside, outcomes.met_outside)
    for side in ("user", "recogniser", "outside"):
        assert getattr(found, side) == getattr(outcomes, side)
    with h5py.File(path) as file:
        assert file["recognised"].dtype == bool
        assert file["recognised"].shape == (2, 3, 500)
        assert file["recognised"].compression == "gzip"
        assert file.attrs["seed"] == 3
        assert file.attrs["definition"] == '{"user": ["O"]}'


def test_outcomes_of_a_game_without_outside_strategies_come_back(tmp_path, outcomes, provenance):
    path, empty = tmp_path / "outcomes.h5", np.empty((2, 0, 500), bool)
    write_outcomes(path, replace(outcomes, outside=(), met_outside=empty), provenance())
    found = read_outcomes(path, outcomes.table())
    assert found.outside == ()
    assert found.outside_rates(np.array([0.5, 0.5])) == {}


@pytest.mark.parametrize("part", ["rates", "user", "recogniser"])
def test_a_table_of_other_outcomes_is_named(tmp_path, outcomes, provenance, part):
    path, table = tmp_path / "outcomes.h5", outcomes.table()
    write_outcomes(path, outcomes, provenance())
    given = {"user": table.user, "recogniser": table.recogniser, "rates": table.rates}
    given[part] = given[part][::-1]
    with pytest.raises(Damaged, match=r"outcomes\.h5: holds other outcomes than payoff\.csv"):
        read_outcomes(path, Table(**given))


def test_a_damaged_file_of_outcomes_is_named(tmp_path, outcomes, provenance):
    path = tmp_path / "outcomes.h5"
    write_outcomes(path, outcomes, provenance())
    with h5py.File(path) as file:
        chunk = file["recognised"].id.get_chunk_info(0)
    with path.open("r+b") as file:
        file.seek(chunk.byte_offset + chunk.size // 2)
        file.write(b"\xff\x00\xff\x00")
    with pytest.raises(BadInput, match=r"outcomes\.h5: not a whole HDF5 artifact"):
        read_outcomes(path, outcomes.table())
