import numpy as np
import pytest

from aip.artifacts import write_column, writing
from aip.errors import BadInput
from aip.game.table import Table, assemble, read_table, write_table


def test_a_table_is_read_in_percent(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("user,proc, blur\nO,4.0,22.2\nB, 0.4,100\n")
    table = read_table(path)
    assert (table.user, table.recogniser) == (("O", "B"), ("proc", "blur"))
    assert table.rates.tolist() == [[0.04, 0.222], [0.004, 1.0]]


def test_a_spreadsheets_mark_line_ends_and_blank_lines_do_no_harm(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffuser,Zoë\r\n\r\nO,4.0\r\n,\r\n".encode())
    table = read_table(path)
    assert (table.user, table.recogniser, table.rates.tolist()) == (("O",), ("Zoë",), [[0.04]])


def test_a_table_comes_back_exact_to_the_last_bit(tmp_path):
    # Every rate of up to 60 heads: in binary, 1/3 · 100 / 100 is not 1/3.
    rates = np.array(sorted({k / n for n in range(1, 61) for k in range(n + 1)}))
    table = Table(tuple(f"r{i}" for i in range(len(rates))), ("a, b",), rates[:, None])
    write_table(tmp_path / "t.csv", table)
    found = read_table(tmp_path / "t.csv")
    assert np.array_equal(found.rates, table.rates)
    assert (found.user, found.recogniser) == (table.user, table.recogniser)


def test_a_written_table_reads_as_people_write_percentages(tmp_path):
    write_table(tmp_path / "t.csv", Table(("O",), ("a", "b", "c"), np.array([[0.07, 1e-5, 1.0]])))
    assert (tmp_path / "t.csv").read_text() == "user,a,b,c\nO,7,0.001,100\n"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("u,a,b\nO,1,\nT,3,4\n", "row 'O', column 'b': the rate is missing"),
        ("u,a,b\nO,1,2\nT,x,4\n", "row 'T', column 'a': expected a percentage .* found 'x'"),
        ("u,a,b\nO,1,nan\nT,3,4\n", "row 'O', column 'b': .* found 'nan'"),
        ("u,a,b\nO,1,2\nT,3,inf\n", "row 'T', column 'b': .* found 'inf'"),
        ("u,a,b\nO,1,2\nT,3,100.1\n", "row 'T', column 'b': .* found '100.1'"),
        ("u,a,b\nO,-0.5,2\nT,3,4\n", "row 'O', column 'a': .* found '-0.5'"),
        ("u,a,b\nO,1,2\nT,3\n", "row 'T': expected 2 rates, found 1"),
        ("u,a,b\nO,1,2,9\nT,3,4\n", "row 'O': expected 2 rates, found 3"),
        ("u,a,b\nO,1,2\nO,3,4\n", "the row 'O' is there twice"),
        ("u,a,a\nO,1,2\nT,3,4\n", "the column 'a' is there twice"),
        ("u,a,\nO,1,2\nT,3,4\n", "a column has no name"),
        ("u,a,b\n ,1,2\nT,3,4\n", "a row has no name"),
        ("", "no payoff table"),
        ("\n\n", "no payoff table"),
        ("u,a,b\n", "no payoff table"),
        ("u\nO\n", "no payoff table"),
        (b"u,a\nO,\xe9\n", "cannot be read"),
        ('"' + "a" * 200_000, "cannot be read"),
    ],
)
def test_a_malformed_table_is_named(tmp_path, content, found):
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BadInput, match=found) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"no\.csv: the table cannot be read"):
        read_table(tmp_path / "no.csv")


@pytest.fixture
def cell(tmp_path, provenance):
    def make(name: str, rate: float, ids=(1, 2, 3)):
        path = tmp_path / f"{name}.h5"
        with writing(path, provenance()) as file:
            write_column(file, "id", np.array(ids))
            file.attrs["recognition_rate"] = rate
        return path

    return make


def test_a_games_table_holds_its_cells_row_by_row(cell):
    cells = [cell(f"c{i}", i / 8) for i in range(6)]
    table = assemble(cells, ["O", "T"], ["a", "b", "c"])
    assert table.rates.tolist() == [[0, 0.125, 0.25], [0.375, 0.5, 0.625]]
    assert (table.user, table.recogniser) == (("O", "T"), ("a", "b", "c"))


@pytest.mark.parametrize("ids", [(1, 2), (1, 2, 4), (2, 1, 3)])
def test_cells_of_other_heads_do_not_make_a_table(cell, ids):
    cells = [cell("a", 0.5), cell("b", 0.5, ids)]
    with pytest.raises(BadInput, match=r"b\.h5: holds other heads .* --force .*b\.h5"):
        assemble(cells, ["O"], ["a", "b"])


def test_a_damaged_cell_is_named(cell):
    path = cell("a", 0.5)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(BadInput, match=r"a\.h5: not a whole HDF5 artifact"):
        assemble([path], ["O"], ["a"])
