import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from aip.commands.cli import main
from aip.game.equilibrium import Equilibrium, Interval, solve, write_equilibrium
from aip.game.table import Counts, Table, read_table, write_table
from aip.game.worth import Against, HeldOut, Worth
from aip.show.tables import guarantee

TABLE4 = Path(__file__).parents[2] / "resources/table4.csv"


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


def solved(run) -> Equilibrium:
    """Solve the run's game as a study does, and write it beside its table."""
    table = read_table(run / "payoff.csv")
    held = HeldOut(0.0912, Interval(0.06, 0.12, 0.95, 1000), 5)
    worth = Worth(2, 40, Against(6, 1, 0), held, {"jpeg": 0.2513})
    found = replace(solve(table), interval=Interval(0.05, 0.1, 0.95, 1000), worth=worth)
    write_equilibrium(run / "equilibrium.json", table, found)
    return found


def test_compare_says_what_the_guarantee_of_the_run_is_worth(run, capsys):
    found = solved(run)
    assert main(["compare", str(run), str(TABLE4)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"The run's whole game. {guarantee(found)}"
    assert main(["compare", str(run), str(TABLE4), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["run_game"]
    assert said["value"] == pytest.approx(7.2592, abs=5e-5)
    assert said["value_interval"] == [5, 10]
    assert said["held_out"]["value"] == pytest.approx(9.12)
    assert said["outside"] == pytest.approx({"jpeg": 25.13})
    assert (said["rank"], said["worst_outside"]) == (2, "jpeg")


def test_compare_says_nothing_of_it_where_only_rates_are_known(run, capsys):
    assert main(["compare", str(run), str(TABLE4)]) == 0
    assert "whole game" not in capsys.readouterr().out
    assert main(["compare", str(run), str(TABLE4), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_game"] is None


@pytest.mark.parametrize("key", ["rank", "user", None])
def test_compare_refuses_an_equilibrium_of_something_else(run, capsys, key):
    solved(run)
    path = run / "equilibrium.json"
    found = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in found.items() if k != key}) if key else "{")
    assert main(["compare", str(run), str(TABLE4)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}: found no equilibrium of the payoff.csv beside it")
    assert said.count("\n") == 1


def test_compare_takes_names_from_a_file(tmp_path, capsys):
    csv, paper, names = (tmp_path / name for name in ("run.csv", "paper.csv", "n.yaml"))
    csv.write_text("user,proc,blur\nnone,20,80\ngaman,60,40\nawful,90,90\n")
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


@pytest.mark.parametrize("arguments", [["t.csv"], ["a", "b", "--json", "--markdown"]])
def test_a_wrong_call_of_compare_is_answered_with_its_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["compare", *arguments])
    assert caught.value.code == 2
    assert "usage: aip compare" in capsys.readouterr().err
