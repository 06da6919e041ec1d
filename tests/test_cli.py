import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aip.cli import main
from aip.game.table import Counts, Table, read_table, write_table

AIP = Path(sys.executable).with_name("aip")


@pytest.fixture
def csv(tmp_path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("user,proc,blur\nnone,20,80\ngaman,60,40\nawful,90,90\n")
    return path


def test_solve_prints_the_table_the_mixtures_and_the_guarantee(csv, capsys):
    assert main(["solve", str(csv)]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert lines[0].split() == ["user", "\\", "recogniser", "proc", "blur", "user", "plays"]
    assert lines[2].split() == ["none", "20.0", "80.0", "0.2500"]
    assert lines[3].split() == ["gaman", "60.0", "40.0", "0.7500"]
    assert lines[4].split() == ["awful", "90.0", "90.0", "–"]
    assert lines[6].split() == ["recogniser", "plays", "0.5000", "0.5000", "value", "50.0000", "%"]
    assert "recognised in at most 50.00 % of heads" in lines[8]
    assert "The equilibrium is unique." in lines[8]
    assert printed.err == ""


def test_solve_prints_json_in_percent(csv, capsys):
    assert main(["solve", "--json", str(csv)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] == pytest.approx(50)
    assert found["unit"] == "percent"
    assert found["user"] == pytest.approx({"none": 0.25, "gaman": 0.75, "awful": 0})
    assert found["recogniser"] == pytest.approx({"proc": 0.5, "blur": 0.5})
    assert found["unique"] is True
    assert found["exploitability"] <= 1e-7


def test_solve_takes_a_line_per_cell_too(csv, capsys):
    assert main(["solve", str(csv)]) == 0
    matrix = capsys.readouterr().out
    rates = {"none": (20, 80), "gaman": (60, 40), "awful": (90, 90)}
    lines = [
        f"{user},{answer},10,{rate // 10},{rate},{rate - 9},{rate + 9}"
        for user, row in rates.items()
        for answer, rate in zip(("proc", "blur"), row, strict=True)
    ]
    csv.write_text("user,recogniser,heads,recognised,rate,low,high\n" + "\n".join(lines))
    assert main(["solve", str(csv)]) == 0
    assert capsys.readouterr().out == matrix


def test_a_value_without_heads_has_no_interval(csv, capsys):
    assert main(["solve", "--json", str(csv)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [found[key] for key in ("value_interval", "confidence", "resamples")] == [None] * 3


def test_a_bad_table_is_one_sentence_and_exit_code_1(csv, capsys):
    csv.write_text("user,proc,blur\nnone,20,high\n")
    assert main(["solve", str(csv)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"error: {csv}, row 'none', column 'blur': expected a percentage from 0 to 100, "
        "found 'high'\n"
    )


def test_the_installed_command_solves(csv):
    done = subprocess.run(
        [AIP, "solve", "--json", csv], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["value"] == pytest.approx(50)


def test_the_installed_command_fails_in_one_line_without_a_traceback(tmp_path):
    path = tmp_path / "no such table.csv"
    done = subprocess.run([AIP, "solve", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {path}: ")
    assert done.stderr.count("\n") == 1


TABLE4 = Path(__file__).parents[1] / "resources/table4.csv"


@pytest.fixture
def run(tmp_path) -> Path:
    """The paper's rates, of 1,000 heads, in a game's folder and under its study's names."""
    paper = read_table(TABLE4)
    users = ["gaman-googlenet", *(f"gaman-{kind}" for kind in "TNBC"), "gaman-TNBC-googlenet"]
    answers = ["proc", "translate", "noise", "blur", "crop", "tnbc"]
    recognised = (paper.rates * 1000).round().astype(int)
    rates = recognised / 1000
    spread = np.stack([np.maximum(rates - 0.01, 0), rates + 0.01], axis=-1)
    counts = Counts(np.full(rates.shape, 1000), recognised, spread)
    columns = tuple(f"{answer}-googlenet" for answer in answers)
    folder = tmp_path / "games" / "table4"
    write_table(folder / "payoff.csv", Table(tuple(users), columns, rates, counts))
    return folder


def test_compare_takes_a_games_folder_and_the_names_beside_the_published_table(run, capsys):
    assert main(["compare", str(run), str(TABLE4), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["cells"]) == 36
    assert found["largest_absolute_difference"] == pytest.approx(0, abs=1e-9)
    assert found["rank_agreement"] == pytest.approx(1)
    assert found["same_support"] == {"user": True, "recogniser": True}
    for side in ("run", "paper"):
        assert found[side]["value"] == pytest.approx(7.2592, abs=5e-5)
    played = {name: p for name, p in found["run"]["user"].items() if p > 0}
    assert played == pytest.approx({"gaman-B": 0.6056, "gaman-TNBC-googlenet": 0.3944}, abs=5e-5)


def test_compare_prints_for_the_terminal_or_markdown(run, capsys):
    assert main(["compare", str(run / "payoff.csv"), str(TABLE4)]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = [line for line in lines if line.startswith("B ")]
    assert row[0].split() == ["B", "paper", "0.4", "0.8", "8.6", "5.8", "3.1", "1.4", "0.6056"]
    assert "In both, the recogniser plays N and B." in lines
    assert main(["compare", str(run), str(TABLE4), "--markdown"]) == 0
    assert "| B | paper | 0.4 | 0.8 |" in capsys.readouterr().out


def test_compare_takes_names_from_a_file(csv, tmp_path, capsys):
    paper, names = tmp_path / "paper.csv", tmp_path / "n.yaml"
    paper.write_text("user,O,B\nplain,10,80\nrobust,60,40\n")
    names.write_text(
        "user: {none: plain, gaman: robust, awful: null}\nrecogniser: {proc: O, blur: B}"
    )
    assert main(["compare", str(csv), str(paper)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: the rows do not match: the run has none, gaman, awful, ")
    assert printed.err.count("\n") == 1
    assert main(["compare", str(csv), str(paper), "--names", str(names), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [cell["difference"] for cell in found["cells"]] == pytest.approx([10, 0, 0, 0])
    assert found["left_out"] == ["awful"]


def test_compare_refuses_a_run_with_a_hole_and_a_folder_without_a_game(run, tmp_path, capsys):
    payoff = run / "payoff.csv"
    lines = payoff.read_text().splitlines(keepends=True)
    payoff.write_text("".join(lines[:-1]))
    assert main(["compare", str(run), str(TABLE4)]) == 1
    assert "column 'tnbc-googlenet': the cell is missing" in capsys.readouterr().err
    assert main(["compare", str(tmp_path), str(TABLE4)]) == 1
    assert capsys.readouterr().err.startswith(f"error: {tmp_path / 'payoff.csv'}: the table cannot")
    assert main(["compare", str(run), str(TABLE4), "--names", str(tmp_path / "no.yaml")]) == 1
    assert "no.yaml: the names cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["solve"],
        ["sole", "t.csv"],
        ["compare", "t.csv"],
        ["compare", "a", "b", "--json", "--markdown"],
    ],
)
def test_a_wrong_call_is_answered_with_the_usage_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: aip" in capsys.readouterr().err
