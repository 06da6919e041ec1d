import json

import numpy as np
import pytest

from aip.game.equilibrium import Equilibrium, solve, write_equilibrium
from aip.game.table import Table, write_table
from aip.show.summary import summarise
from aip.show.tables import guarantee, text, write_latex, write_markdown

TABLE = Table(
    ("none", "gaman_B", "awful"),
    ("proc", "blur & crop"),
    np.array([[0.2, 0.8], [0.6, 0.4], [0.901, 0.95]]),
)
RATES = [["20.0", "80.0"], ["60.0", "40.0"], ["90.1", "95.0"]]
PLAYED = ["0.2500", "0.7500", "–"]


@pytest.fixture
def equilibrium() -> Equilibrium:
    return solve(TABLE)


def test_markdown_holds_every_rate_and_both_mixtures(tmp_path, equilibrium):
    write_markdown(tmp_path / "t.md", TABLE, equilibrium)
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    table = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    assert table[0] == ["user \\\\ recogniser", "proc", "blur & crop", "user plays"]
    assert table[1] == ["---", "---:", "---:", "---:"]
    for found, name, rates, played in zip(table[2:5], TABLE.user, RATES, PLAYED, strict=True):
        assert found == [name, *rates, played]
    assert table[5] == ["recogniser plays", "0.5000", "0.5000", "value 50.0000 %"]
    assert len({len(row) for row in table}) == 1
    assert guarantee(equilibrium) in lines


def test_latex_holds_every_rate_and_both_mixtures_and_escapes_names(tmp_path, equilibrium):
    write_latex(tmp_path / "t.tex", TABLE, equilibrium)
    lines = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("%")
    assert lines[1] == "\\begin{tabular}{lrrr}"
    assert lines[-1] == "\\end{tabular}"
    rows = [line.removesuffix(" \\\\").split(" & ") for line in lines if line.endswith(" \\\\")]
    assert rows[0] == ["user \\textbackslash{} recogniser", "proc", "blur \\& crop", "user plays"]
    assert rows[1] == ["none", "20.0", "80.0", "0.2500"]
    assert rows[2] == ["gaman\\_B", "60.0", "40.0", "0.7500"]
    assert rows[3] == ["awful", "90.1", "95.0", "--"]
    assert rows[4] == ["recogniser plays", "0.5000", "0.5000", "value 50.0000 \\%"]
    rules = [line for line in lines if line.endswith("rule")]
    assert rules == ["\\toprule", "\\midrule", "\\midrule", "\\bottomrule"]


def test_text_aligns_its_columns(equilibrium):
    lines = text(TABLE, equilibrium).splitlines()
    rows = [line for line in lines if not line.startswith("-")]
    for name, rates in zip(TABLE.user, RATES, strict=True):
        (row,) = (line for line in rows if line.startswith(name))
        assert row.split()[1:3] == rates
    ends = {line.index(rate) + len(rate) for line, (rate, _) in zip(rows[1:4], RATES, strict=True)}
    assert ends == {rows[0].index("proc") + len("proc")}


@pytest.mark.parametrize(
    ("unique", "said"),
    [(True, "The equilibrium is unique."), (False, "Other equilibria exist"), (None, "")],
)
def test_the_guarantee_says_the_value_and_whether_there_are_other_equilibria(unique, said):
    found = Equilibrium(0.07259, np.ones(1), np.ones(1), 0.0, unique, "by hand")
    sentence = guarantee(found)
    assert "at most 7.26 % of heads" in sentence
    assert said in sentence
    assert ("unique" in sentence) == (unique is True)
    assert ("Other" in sentence) == (unique is False)


def test_the_summary_holds_recognisers_games_and_pictures(tmp_path, equilibrium):
    game, card = tmp_path / "games" / "g", tmp_path / "recognisers" / "small" / "card.json"
    write_table(game / "payoff.csv", TABLE)
    write_equilibrium(game / "equilibrium.json", TABLE, equilibrium)
    card.parent.mkdir(parents=True)
    facts = {
        "arch": "resnet18",
        "recognition_rate": 0.875,
        "scored_heads": 40,
        "identities": 8,
        "pixel_rate": 0.25,
        "chance": 0.125,
    }
    card.write_text(json.dumps(facts))
    found = summarise("tiny", [game], [card], [tmp_path / "sheet.png"])
    assert found.startswith("Study tiny\n")
    assert "Recogniser small (resnet18): recognises 87.5 % of 40 heads of 8 people" in found
    assert "no net: 25.0 %; chance: 12.5 %" in found
    assert text(TABLE, equilibrium) in found
    assert guarantee(equilibrium) in found
    for picture in (game / "payoff.svg", card.parent / "curve.svg", tmp_path / "sheet.png"):
        assert f"  {picture}\n" in found
