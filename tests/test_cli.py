import json
import subprocess
import sys
from pathlib import Path

import pytest

from aip.cli import main

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


@pytest.mark.parametrize("arguments", [[], ["solve"], ["sole", "t.csv"]])
def test_a_wrong_call_is_answered_with_the_usage_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: aip" in capsys.readouterr().err
