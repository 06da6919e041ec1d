import h5py
import numpy as np
import pytest

from aip.errors import BadInput
from aip.game.outcomes import Outcomes, gather_outcomes, read_outcomes, write_outcomes
from aip.game.table import Table
from aip.store.checksums import Damaged
from aip.store.hdf5 import write_column, writing


@pytest.fixture
def cell(tmp_path, provenance):
    """Write a cell: cell(name, who is recognised, ids)."""

    def make(name: str, recognised, ids=None):
        path = tmp_path / f"{name}.h5"
        label = np.arange(len(recognised)) % 3
        with writing(path, provenance()) as file:
            write_column(file, "id", np.arange(len(recognised)) + 5 if ids is None else ids)
            write_column(file, "label", label)
            write_column(file, "predicted", np.where(recognised, label, label + 1))
        return path

    return make


def test_a_games_outcomes_are_its_cells_row_by_row(cell):
    given = np.random.default_rng(0).random((2, 3, 7)) < 0.5
    cells = [cell(f"c{i}", recognised) for i, recognised in enumerate(given.reshape(6, 7))]
    found = gather_outcomes(cells, ["O", "T"], ["a", "b", "c"])
    assert np.array_equal(found.recognised, given)
    assert found.id.tolist() == list(range(5, 12))
    assert (found.user, found.recogniser) == (("O", "T"), ("a", "b", "c"))


@pytest.mark.parametrize("ids", [(1, 2), (1, 2, 4), (2, 1, 3)])
def test_cells_of_other_heads_make_no_game(cell, ids):
    cells = [cell("a", [True] * 3, [1, 2, 3]), cell("b", [True] * len(ids), ids)]
    with pytest.raises(Damaged, match=r"b\.h5: holds other heads \(.*\) than .*a\.h5"):
        gather_outcomes(cells, ["O"], ["a", "b"])


def test_a_damaged_cell_is_named(cell):
    path = cell("a", [True, False])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match=r"a\.h5: not a whole HDF5 artifact"):
        gather_outcomes([path], ["O"], ["a"])


@pytest.fixture
def outcomes() -> Outcomes:
    recognised = np.random.default_rng(1).random((2, 3, 500)) < 0.3
    return Outcomes(np.arange(500) * 2 + 1, ("O", "Zoë"), ("a", "b", "c"), recognised)


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
    assert (found.user, found.recogniser) == (outcomes.user, outcomes.recogniser)
    with h5py.File(path) as file:
        assert file["recognised"].dtype == bool
        assert file["recognised"].shape == (2, 3, 500)
        assert file["recognised"].compression == "gzip"
        assert file.attrs["seed"] == 3
        assert file.attrs["definition"] == '{"user": ["O"]}'


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
