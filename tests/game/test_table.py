import re
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from aip.errors import BadInput
from aip.game.table import Counts, Table, read_table, write_table

HEADER = "user,recogniser,heads,recognised,rate,low,high\n"


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


EXPORTED = [("user", "proc", "Zoë"), ("none", "80.5", "70"), ("gaman", "1.05e1", "20.5")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize(
    ("separator", "point", "sign", "first"),
    [
        (",", ".", "", ""),
        (",", ".", "%", "sep=,\n"),
        (";", ",", "", ""),
        (";", ".", "\xa0%", "sep=;\n"),
        ("\t", ",", " %", ""),
        ("  ", ".", "", "# from numpy\n# 2 rows\n"),
    ],
)
def test_a_matrix_is_read_as_spreadsheets_and_numpy_save_it(
    tmp_path, caplog, encoding, separator, point, sign, first
):
    lines = [
        separator.join([name, *(f"{rate.replace('.', point)}{sign if n else ''}" for rate in row)])
        for n, (name, *row) in enumerate(EXPORTED)
    ]
    (tmp_path / "t.csv").write_bytes((first + "\r\n".join(lines)).encode(encoding))
    table = read_table(tmp_path / "t.csv")
    assert (table.user, table.recogniser) == (("none", "gaman"), ("proc", "Zoë"))
    assert table.rates.tolist() == [[0.805, 0.7], [0.105, 0.205]]
    assert not caplog.records


def test_a_line_per_cell_is_read_as_a_german_spreadsheet_saves_it(tmp_path):
    """Such a spreadsheet keeps 15 digits of a rate."""
    table = counted([[7, 50], [1, 2]], [[208, 207], [206, 3]])
    write_table(tmp_path / "t.csv", table)
    rows = [line.split(",") for line in (tmp_path / "t.csv").read_text().splitlines()]
    for row in rows[1:]:
        row[-3:] = [f"{float(number):.15g}".replace(".", ",") for number in row[-3:]]
    rows = [
        [cell.strip('"') for cell in (row if len(row) == 7 else [row[0], "a, b", *row[3:]])]
        for row in rows
    ]
    text = "\r\n".join(";".join(row) for row in rows)
    (tmp_path / "t.csv").write_bytes(text.encode("cp1252"))
    found = read_table(tmp_path / "t.csv")
    assert (found.user, found.recogniser) == (table.user, table.recogniser)
    assert np.array_equal(found.rates, table.rates)
    assert np.allclose(found.counts.intervals, table.counts.intervals, rtol=1e-13, atol=0)


@pytest.mark.parametrize(
    "text",
    ["80.5,70.5\n10.5,20.5", "80,5;70,5\n10,5;20,5", "8.05e+01 7.05e+01\n1.05e+01 2.05e+01\n"],
)
def test_a_matrix_of_numbers_is_given_names_and_that_is_said(tmp_path, caplog, text):
    (tmp_path / "t.csv").write_text(text)
    table = read_table(tmp_path / "t.csv")
    assert (table.user, table.recogniser) == (("r1", "r2"), ("c1", "c2"))
    assert table.rates.tolist() == [[0.805, 0.705], [0.105, 0.205]]
    assert caplog.messages == [
        f"{tmp_path}/t.csv: it has no names; its 2 rows are called r1 to r2 and its 2 columns c1 "
        "to c2"
    ]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("80\n70\n", (2, 1)),
        ("80,70", (1, 2)),
        ("80", (1, 1)),
        ("0,1\n1,0", (2, 2)),
        ("1,2\n3,4", (2, 2)),
        ("80%;70%\n10%;20%", (2, 2)),
    ],
)
def test_numbers_of_any_shape_are_a_matrix(tmp_path, text, shape):
    (tmp_path / "t.csv").write_text(text)
    assert read_table(tmp_path / "t.csv").rates.shape == shape


FIRST_LINE = "the first line has numbers, such as '{}', where the names of recogniser strategies"
FIRST_COLUMN = "the first column has numbers, such as '{}', where the names of user strategies are"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("none,80.5,70.5\ngaman,10.5,20.5", FIRST_LINE.format("80.5")),
        ("none,80.5,nan\ngaman,10.5,20.5", FIRST_LINE.format("80.5")),
        ("none;80%\ngaman;10%", FIRST_LINE.format("80%")),
        ("epsilon,1,2\nnone,80,70", FIRST_LINE.format("1")),
        ("proc,blur\n80.5,70.5\n10.5,20.5", FIRST_COLUMN.format("80.5")),
        ("epsilon,proc\n0.5,70\n1.0,20", FIRST_COLUMN.format("0.5")),
        ("steps,1,2\n10,70,60\n20,50,40", FIRST_LINE.format("1")),
        ("5,proc\n80,70", FIRST_COLUMN.format("80")),
        ("2016,2017\n80,70", FIRST_LINE.format("2016")),
        ("2016,80\n2017,70", FIRST_LINE.format("2016")),
        ("80,70\n2017,70", FIRST_COLUMN.format("80")),
        ("0,1\n80.5,70.5", FIRST_LINE.format("0")),
        ("1,2,3\n80,70,60", FIRST_LINE.format("1")),
        ("1,80.5\n2,70.5", FIRST_COLUMN.format("1")),
    ],
)
def test_what_may_be_names_or_rates_is_refused_and_how_to_tell_is_said(tmp_path, text, found):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=re.escape(found)) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))
    assert "begin the file with the word user as the first cell" in str(caught.value)


@pytest.mark.parametrize("corner", ["", "user", "User strategy", "user \\ recogniser"])
def test_numbers_are_names_below_and_beside_a_corner_that_says_so(tmp_path, corner):
    (tmp_path / "t.csv").write_text(f"{corner},2016,2\n1,80.5,70.5\n2,10.5,20.5")
    table = read_table(tmp_path / "t.csv")
    assert (table.user, table.recogniser) == (("1", "2"), ("2016", "2"))


@pytest.mark.parametrize(
    ("rates", "warned"),
    [("0.8,0.7\ng,0.1,1", True), ("0.8,0.7\ng,0.1,1.1", False), ("0.8%,0.7%\ng,0.1%,1%", False)],
)
def test_rates_that_may_be_fractions_are_said(tmp_path, caplog, rates, warned):
    (tmp_path / "t.csv").write_text(f"user,a,b\nn,{rates}")
    assert read_table(tmp_path / "t.csv").rates[0, 0] == 0.008
    said = f"{tmp_path}/t.csv: no rate is above 1, and they are read in percent"
    assert [message.startswith(said) for message in caplog.messages] == [True] * warned


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ([[10, 20], [30, 45], [40, 65]], "'c', is the sum of the others, and is read as a"),
        ([[10, 20], [30, 45.1], [20, 32.6]], "'c', is the mean of the others, and is read as a"),
        ([[10, 30], [20, 45], [40, 10]], ""),
        ([[50, 50], [50.2, 49.9], [50.1, 50]], ""),  # so close, a mean says nothing
        ([[10, 20], [10, 20]], ""),
    ],
)
@pytest.mark.parametrize("turn", [False, True])
def test_a_last_line_that_sums_up_the_others_is_said(tmp_path, caplog, rates, said, turn):
    rates = np.transpose(rates) if turn else np.array(rates)
    lines = [f"{name},{','.join(map(str, row))}" for name, row in zip("abc", rates, strict=False)]
    (tmp_path / "t.csv").write_text("\n".join([",a,b,c"[: 2 * rates.shape[1] + 1], *lines]))
    assert read_table(tmp_path / "t.csv").rates == pytest.approx(rates / 100)
    line = f"the last {'column' if turn else 'row'}, {said}"
    assert [line in message for message in caplog.messages] == [True] * bool(said)


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "'=1", "''", "'a", "＝1", "a=1")


def test_no_name_is_a_formula_to_a_spreadsheet_and_all_come_back(tmp_path):
    table = replace(counted([[1]] * len(FORMULAS), [[9]] * len(FORMULAS)), user=FORMULAS)
    write_table(tmp_path / "t.csv", table)
    lines = (tmp_path / "t.csv").read_text().splitlines()[1:]
    assert not any(line.startswith(tuple("=+-@＝")) for line in lines)
    assert lines[-1].startswith("a=1,")
    assert same(read_table(tmp_path / "t.csv"), table)


def counted(recognised, heads) -> Table:
    """Make a table whose intervals are of the right order, and of no meaning."""
    recognised, heads = np.array(recognised), np.array(heads)
    rates = recognised / heads
    intervals = np.stack([rates / 3, (1 + rates) / 2], axis=-1)
    users = tuple(f"r{i}" for i in range(len(rates)))
    answers = ("a, b", "Zoë", '"q"')[: rates.shape[1]]
    return Table(users, answers, rates, Counts(heads, recognised, intervals))


def same(found: Table, table: Table) -> bool:
    names = (found.user, found.recogniser) == (table.user, table.recogniser)
    return names and all(
        np.array_equal(here, there) and here.dtype == there.dtype
        for here, there in (
            (found.rates, table.rates),
            (found.counts.heads, table.counts.heads),
            (found.counts.recognised, table.counts.recognised),
            (found.counts.intervals, table.counts.intervals),
        )
    )


def test_a_table_comes_back_exact_to_the_last_bit(tmp_path):
    # Every rate of up to 60 heads: in binary, 1/3 · 100 / 100 is not 1/3.
    pairs = [(k, n) for n in range(1, 61) for k in range(n + 1)]
    table = counted([[k] for k, _ in pairs], [[n] for _, n in pairs])
    write_table(tmp_path / "t.csv", table)
    assert same(read_table(tmp_path / "t.csv"), table)


def test_a_written_table_has_a_line_per_cell_in_the_games_order_in_percent(tmp_path):
    table = counted([[7, 50, 100], [1, 2, 0]], np.full((2, 3), 100))
    table.counts.intervals[:] = [0.00001, 1.0]
    write_table(tmp_path / "t.csv", table)
    assert (tmp_path / "t.csv").read_text() == HEADER + (
        'r0,"a, b",100,7,7,0.001,100\n'
        "r0,Zoë,100,50,50,0.001,100\n"
        'r0,"""q""",100,100,100,0.001,100\n'
        'r1,"a, b",100,1,1,0.001,100\n'
        "r1,Zoë,100,2,2,0.001,100\n"
        'r1,"""q""",100,0,0,0.001,100\n'
    )


def test_a_line_per_cell_is_read_whatever_the_order_of_lines_and_columns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "\ufeffrate, high,low,user,recogniser,heads,recognised\r\n"
        "33.3,60,10,O,proc,30,10\r\n\r\n"
        "0.0,9,0, B,blur,30,0\r\n"
        "66.67,80,50,O,blur ,30,20\r\n"
        "50,70,20.5,B,proc,8,4\r\n",
        encoding="utf-8",
    )
    table = read_table(path)
    assert (table.user, table.recogniser) == (("O", "B"), ("proc", "blur"))
    # Rounded rates give way to their counts.
    assert table.rates.tolist() == [[1 / 3, 2 / 3], [0.5, 0]]
    assert table.counts.heads.tolist() == [[30, 30], [8, 30]]
    assert table.counts.recognised.tolist() == [[10, 20], [4, 0]]
    assert table.counts.intervals.tolist() == [[[0.1, 0.6], [0.5, 0.8]], [[0.205, 0.7], [0, 0.09]]]


def test_a_matrix_has_no_counts_and_is_not_written(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("user,recogniser,low\nO,4.0,22.2\n")
    table = read_table(path)
    assert (table.recogniser, table.counts) == (("recogniser", "low"), None)
    with pytest.raises(ValueError, match="counts"):
        write_table(path, table)
    assert path.read_text().startswith("user,recogniser,low")


@pytest.mark.parametrize("rate", ["12", "13", "12.5", "12.50"])
def test_a_rate_may_be_rounded_either_way(tmp_path, rate):
    path = tmp_path / "t.csv"
    path.write_text(f"{HEADER}O,a,8,1,{rate},0,50\n")
    assert read_table(path).rates.tolist() == [[0.125]]


CELLS = ["O,a,10,1,10,0,40", "O,b,10,2,20,5,50", "T,a,10,3,30,10,60", "T,b,10,4,40,20,70"]


@pytest.mark.parametrize(
    ("number", "line", "found"),
    [
        (1, None, "row 'O', column 'b': the cell is missing"),
        (3, None, "row 'T', column 'b': the cell is missing"),
        (1, "O,a,10,1,10,0,40", "row 'O', column 'a': the cell is there twice"),
        (1, "O,b,10,2,x,5,50", "row 'O', column 'b': expected a percentage .* found 'x'"),
        (1, "O,b,10,2,nan,5,50", "row 'O', column 'b': expected a percentage .* found 'nan'"),
        (1, "O,b,10,2,120,5,50", "row 'O', column 'b': expected a percentage .* found '120'"),
        (1, "O,b,10,2,-1,5,50", "row 'O', column 'b': expected a percentage .* found '-1'"),
        (1, "O,b,10,2,,5,50", "row 'O', column 'b': the rate is missing"),
        (2, "T,a,10,3,30,,60", "row 'T', column 'a': the low is missing"),
        (2, "T,a,10,3,30,10,inf", "row 'T', column 'a': .* found 'inf'"),
        (2, "T,a,10,3,30,31,60", "column 'a': expected low <= rate <= high, found 31, 30, 60"),
        (2, "T,a,10,3,30,10,29", "column 'a': expected low <= rate <= high, found 10, 30, 29"),
        (2, "T,a,10,3,31,10,60", "the rate 31 contradicts its counts, 3 of 10 .* 30 %"),
        (2, "T,a,10,3,30.1,10,60", "the rate 30.1 contradicts its counts"),
        (2, "T,a,10,3,29.999999999,10,60", "the rate 29.999999999 contradicts its counts"),
        (2, "T,a,30,10,33.4,10,60", "the rate 33.4 contradicts its counts, 10 of 30 .* 33.33 %"),
        (2, "T,a,1000,333,0e9,0,60", "the rate 0e9 contradicts its counts"),
        (2, "T,a,10,11,100,10,100", "row 'T', column 'a': 11 of 10 heads cannot have"),
        (2, "T,a,0,0,0,0,100", "row 'T', column 'a': 0 of 0 heads cannot have"),
        (2, "T,a,10.0,3,30,10,60", "expected a number of heads for 'heads', found '10.0'"),
        (2, "T,a,-10,3,30,10,60", "expected a number of heads for 'heads', found '-10'"),
        (2, "T,a,10,,30,10,60", "expected a number of heads for 'recognised', found ''"),
        (2, f"T,a,{'9' * 5000},3,30,10,60", "expected a number of heads for 'heads'"),
        (2, "T,a,10,3,30,10", "cell 3: expected 7 fields, found 6"),
        (2, "T,a,10,3,30,10,60,1", "cell 3: expected 7 fields, found 8"),
        (2, " ,a,10,3,30,10,60", "cell 3: a strategy has no name"),
        (2, "T,,10,3,30,10,60", "cell 3: a strategy has no name"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, number, line, found):
    lines = CELLS[:number] + ([] if line is None else [line]) + CELLS[number + 1 :]
    path = tmp_path / "t.csv"
    path.write_text(HEADER + "\n".join(lines))
    with pytest.raises(BadInput, match=found) as caught:
        read_table(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "header", ["user,recogniser,rate", HEADER[:-1] + ",rate", HEADER.replace("low", "lower")]
)
def test_other_columns_are_named(tmp_path, header):
    path = tmp_path / "t.csv"
    path.write_text(header.strip() + "\n" + CELLS[0])
    with pytest.raises(BadInput, match=r"expected the columns user, .*, high, found user, recog"):
        read_table(path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("u,a,b\nO,1,\nT,3,4\n", "row 'O', column 'b': the rate is missing"),
        ("u,a,b\nO,1,2\nT,x,4\n", "row 'T', column 'a': expected a percentage .* found 'x'"),
        ("u,a,b\nO,1,nan\nT,3,4\n", "row 'O', column 'b': .* found 'nan'"),
        ("u,a,b\nO,1,2\nT,3,inf\n", "row 'T', column 'b': .* found 'inf'"),
        ("u,a,b\nO,1,2\nT,3,1_0\n", "row 'T', column 'b': .* found '1_0'"),
        ("u,a,b\nO,1,2\nT,3,٣\n", "row 'T', column 'b': .* found '٣'"),
        ("u,a,b\nO,1,2\nT,3,0e99999\n", "row 'T', column 'b': .* found '0e99999'"),
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
        (b"u,a\nO,\xe9\n", r"found 'é' \(read as cp1252, with a comma between cells\)"),
        (b"u,a\nO,\x81\n", "the table is no text; expected UTF-8, UTF-16 or Windows-1252"),
        ("u;a\nO;1.2.3\n", r"found '1.2.3' \(read as utf-8, with a semicolon between cells\)"),
        ("u;a\nO;1,2,3\n", "found '1,2,3'"),
        ("u;a\nO;1.000,5\n", "found '1.000,5'"),
        ('u,a\nO,"80,5"\n', "found '80,5' .*with a comma between cells"),
        ("u,a,b\nO,80,5,70,5\n", "expected 2 rates, found 4 .*with a comma between cells"),
        ("u;a\nO;%\n", "found '%'"),
        ("u;a\nO;5 %%\n", "found '5 %%'"),
        ("u a b\nO 1 2\nT 3\n", "no payoff table"),
        ('u,a\nO,"1\n', "cannot be read: line 2: unexpected end of data"),
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


def test_less_than_nothing_is_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("u,a\nO,-0\n")
    assert str(read_table(path).rates.tolist()) == "[[0.0]]"


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"no\.csv: the table cannot be read"):
        read_table(tmp_path / "no.csv")


def test_rates_are_kept_exactly_as_written(tmp_path):
    digits = "33.333333333333333333333333333333333333"
    (tmp_path / "t.csv").write_text(f"user;proc;blur\nO;22,2%;{digits}\nB;4e-2;-0\n")
    table = read_table(tmp_path / "t.csv")
    assert table.fractions() == [
        [Fraction(222, 1000), Fraction(int(digits.replace(".", "")), 10**38)],
        [Fraction(4, 10**4), 0],
    ]
    assert table.rates.tolist() == [[0.222, 1 / 3], [0.0004, 0.0]]


def test_counted_rates_are_quotients_of_counts():
    table = counted([[7, 50], [1, 2]], [[208, 207], [206, 3]])
    assert table.fractions() == [
        [Fraction(7, 208), Fraction(50, 207)],
        [Fraction(1, 206), Fraction(2, 3)],
    ]


def test_rates_of_an_array_are_the_floats_themselves():
    assert Table(("a",), ("b",), np.array([[0.1]])).fractions() == [[Fraction(0.1)]]
    assert Fraction(0.1) != Fraction(1, 10)


@pytest.mark.parametrize("rate", ["100.00000000000000000001", "-1e-400"])
def test_a_rate_is_held_to_its_range_exactly(tmp_path, rate):
    (tmp_path / "t.csv").write_text(f"user,proc\nO,{rate}\n")
    with pytest.raises(BadInput, match="expected a percentage from 0 to 100"):
        read_table(tmp_path / "t.csv")


def test_rates_that_contradict_what_is_exact_are_refused():
    table = counted([[7]], [[208]])
    with pytest.raises(BadInput, match="rates: found others than the counts come to"):
        replace(table, rates=np.array([[0.5]]))
    with pytest.raises(BadInput, match="rates: found others than the written fractions come to"):
        Table(("a",), ("b",), np.array([[0.5]]), written=((Fraction(1, 3),),))
