import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aip.commands.cli import main
from aip.game.linear_program import SolverError

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
    assert lines[9].startswith("Exact: the value is 50 %;")
    assert printed.err == ""


def test_solve_prints_json_in_percent(csv, capsys):
    assert main(["solve", "--json", str(csv)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["value"] == pytest.approx(50)
    assert found["unit"] == "percent"
    assert found["user"] == pytest.approx({"none": 0.25, "gaman": 0.75, "awful": 0})
    assert found["recogniser"] == pytest.approx({"proc": 0.5, "blur": 0.5})
    assert found["unique"] is True
    assert found["exploitability"] == 0
    assert found["exact"] is True
    assert found["fractions"]["value"] == "50"
    assert found["fractions"]["user"] == {"none": "1/4", "gaman": "3/4", "awful": "0"}


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
        "found 'high' (read as utf-8, with a comma between cells)\n"
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


def test_what_a_matrix_is_taken_for_is_said_on_stderr(csv):
    csv.write_text("0.8,0.7\n0.1,0.2\n")
    done = subprocess.run(
        [AIP, "solve", "--json", csv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["user"] == {"r1": 0, "r2": 1}
    names, fractions = done.stderr.splitlines()
    assert names.startswith(f"warning: {csv}: it has no names; its 2 rows are called r1 to r2")
    assert fractions.startswith(f"warning: {csv}: no rate is above 1, and they are read in percent")


def test_a_terminal_whose_encoding_lacks_a_character_gets_it_escaped(csv):
    csv.write_text("user,proc,Zoë\nnone,20,80\nłódź,60,40\nawful,90,90\n", encoding="utf-8")
    done = subprocess.run(
        [AIP, "solve", csv],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode("latin-1")
    assert "Zoë" in text
    assert "\\u0142ód\\u017a" in text


def test_a_reader_that_reads_no_more_ends_the_command_quietly(csv):
    done = subprocess.run(
        ["bash", "-c", '"$0" solve "$1" | true; echo "${PIPESTATUS[0]}"', AIP, csv],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("141\n", "")


def test_names_go_to_the_terminal_without_control_characters(csv, capsys):
    csv.write_text('user,proc\n"a\nb",20\n\x1b[2J\u202ex,30\n')
    assert main(["solve", str(csv)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["a\\nb", "\\x1b[2J\\u202ex"]
    for arguments in (["solve", "--json", str(csv)], ["compare", str(csv), str(csv), "--json"]):
        assert main(arguments) == 0
        found = json.loads(capsys.readouterr().out)
        assert "a\nb" in str(found).replace("\\n", "\n")
    assert main(["compare", str(csv), str(csv), "--markdown"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (PermissionError(13, "Permission denied", "a/b\n"), "error: a/b\\n: Permission denied\n"),
        (SolverError("no equilibrium was found"), "error: no equilibrium was found\n"),
    ],
)
def test_what_the_system_or_the_solver_refuses_is_one_sentence(
    csv, capsys, monkeypatch, error, said
):
    def refuse(_):
        raise error

    monkeypatch.setattr("aip.game.table.read_table", refuse)
    assert main(["solve", str(csv)]) == 1
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize("arguments", [[], ["solve"], ["sole", "t.csv"]])
def test_a_wrong_call_is_answered_with_the_usage_and_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: aip" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["status", "album"])
@pytest.mark.parametrize(
    "code",
    [
        "__use_yte__: true\nstudy: ?open('made', 'w')\n",
        "study: !!python/object/apply:os.mkdir [made]",
    ],
)
def test_a_config_that_runs_code_is_refused_and_runs_none(
    tmp_path, monkeypatch, capsys, command, code
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.yaml").write_text(code)
    assert main([command, "evil.yaml"]) == 1
    assert "evil.yaml" in capsys.readouterr().err
    assert not (tmp_path / "made").exists()
