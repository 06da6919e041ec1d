import json
from dataclasses import replace

import numpy as np
import pytest

from aip.game.equilibrium import Equilibrium, Interval, solve, write_equilibrium
from aip.game.payoff import Payoff
from aip.game.table import Counts, Table, write_table
from aip.game.worth import Against, HeldOut, Worth
from aip.perturb.perceptibility import MeanPerceptibility
from aip.run.costs import Cost, sentences, write_costs
from aip.show.summary import summarise
from aip.show.tables import exactness, guarantee, text, write_latex, write_markdown

TABLE = Table(
    ("none", "gaman_B", "awful"),
    ("proc", "blur & crop"),
    np.array([[0.2, 0.8], [0.6, 0.4], [0.901, 0.95]]),
)
RATES = [["20.0", "80.0"], ["60.0", "40.0"], ["90.1", "95.0"]]
PLAYED = ["0.2500", "0.7500", "–"]


# The same rates, of 1,000 heads.
COUNTED = replace(
    TABLE,
    counts=Counts(
        np.full((3, 2), 1000),
        np.array([[200, 800], [600, 400], [901, 950]]),
        np.stack([TABLE.rates - 0.04, TABLE.rates + 0.0304], axis=-1),
    ),
)
INTERVALS = [
    ["20.0 [16.0–23.0]", "80.0 [76.0–83.0]"],
    ["60.0 [56.0–63.0]", "40.0 [36.0–43.0]"],
    ["90.1 [86.1–93.1]", "95.0 [91.0–98.0]"],
]


SEEN = {
    "none": MeanPerceptibility(0, None, 0, 0, None, 1),
    "gaman_B": MeanPerceptibility(286.1, 0.125, 301.4, 23.6, 31.26, 0.93456),
    "awful": MeanPerceptibility(2000.4, None, 2100.6, 255, 8.04, 0.1),
}
VISIBLE = [
    ["0", "0", "–", "1.000"],
    ["301", "24", "31.3", "0.935"],
    ["2101", "255", "8.0", "0.100"],
]


@pytest.fixture
def equilibrium() -> Equilibrium:
    return solve(TABLE)


@pytest.fixture
def sure(equilibrium) -> Equilibrium:
    return replace(equilibrium, interval=Interval(0.46784, 0.53216, 0.95, 1000))


HELD = HeldOut(0.5512, Interval(0.4501, 0.6499, 0.95, 1000), 5)


@pytest.fixture
def judged(sure) -> Equilibrium:
    outside = {"jpeg": 0.25, "median_of_3": 0.6125}
    return replace(sure, worth=Worth(1, 40, Against(2, 1, 0), HELD, outside))


def test_markdown_holds_every_rate_and_both_mixtures(tmp_path, equilibrium):
    write_markdown(tmp_path / "t.md", TABLE, equilibrium, SEEN)
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    table = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    visible = ["L2", "L∞", "PSNR (dB)", "SSIM"]
    assert table[0] == ["user \\\\ recogniser", "proc", "blur & crop", "user plays", *visible]
    assert table[1] == ["---", *["---:"] * 7]
    expected = zip(TABLE.user, RATES, PLAYED, VISIBLE, strict=True)
    for found, (name, rates, played, seen) in zip(table[2:5], expected, strict=True):
        assert found == [name, *rates, played, *seen]
    last = ["recogniser plays", "0.5000", "0.5000", "value 50.0000 %"]
    assert table[5] == [*last, "", "", "", ""]
    assert len({len(row) for row in table}) == 1
    assert guarantee(equilibrium) in lines


def test_latex_holds_every_rate_and_both_mixtures_and_escapes_names(tmp_path, equilibrium):
    write_latex(tmp_path / "t.tex", TABLE, equilibrium, SEEN)
    lines = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("%")
    assert lines[1] == "\\begin{tabular}{lrrrrrrr}"
    assert lines[-2] == "\\end{tabular}"
    rows = [line.removesuffix(" \\\\").split(" & ") for line in lines if line.endswith(" \\\\")]
    names = ["user \\textbackslash{} recogniser", "proc", "blur \\& crop", "user plays"]
    assert rows[0] == [*names, "L2", "L$\\infty$", "PSNR (dB)", "SSIM"]
    assert rows[1] == ["none", "20.0", "80.0", "0.2500", "0", "0", "--", "1.000"]
    assert rows[2] == ["gaman\\_B", "60.0", "40.0", "0.7500", *VISIBLE[1]]
    assert rows[3] == ["awful", "90.1", "95.0", "--", *VISIBLE[2]]
    assert rows[4][:4] == ["recogniser plays", "0.5000", "0.5000", "value 50.0000 \\%"]
    rules = [line for line in lines if line.endswith("rule")]
    assert rules == ["\\toprule", "\\midrule", "\\midrule", "\\bottomrule"]


def test_the_guarantee_is_said_below_the_printed_table(tmp_path, judged):
    write_markdown(tmp_path / "t.md", COUNTED, judged, SEEN)
    assert (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()[-1] == guarantee(judged)
    write_latex(tmp_path / "t.tex", COUNTED, judged, SEEN)
    *_, end, note = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    assert end == "\\end{tabular}"
    said = guarantee(judged).replace("%", "\\%").replace("_", "\\_").replace("–", "--")
    assert note == f"\\par\\smallskip{{\\footnotesize {said}\\par}}"


def test_counted_rates_and_the_value_have_their_intervals_in_print(tmp_path, sure):
    write_markdown(tmp_path / "t.md", COUNTED, sure, SEEN)
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Recognition rate in percent of 1000 heads, with its 95 % Wilson interval."
    table = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line[:1] == "|"]
    assert [row[1:3] for row in table[2:5]] == INTERVALS
    assert table[5][3] == "value 50.00 % [46.78–53.22]"
    assert guarantee(sure) in lines
    write_latex(tmp_path / "t.tex", COUNTED, sure, SEEN)
    lines = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    rows = [line.removesuffix(" \\\\").split(" & ") for line in lines if line.endswith(" \\\\")]
    for row, name, cells, played in zip(rows[1:4], TABLE.user, INTERVALS, PLAYED, strict=True):
        small = [cell.replace(" [", " {\\scriptsize [") + "}" for cell in cells]
        assert row[0] == name.replace("_", "\\_")
        assert row[1:4] == [cell.replace("–", "--") for cell in (*small, played)]
    assert rows[4][3] == "value 50.00 \\% [46.78--53.22]"


def test_the_terminals_table_stays_narrow_and_shows_the_values_interval(sure):
    found = text(COUNTED, sure)
    assert found == text(TABLE, sure)
    assert found.splitlines()[-1].endswith("value 50.00 % [46.78–53.22]")
    assert found.count("[") == 1


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


def test_the_guarantee_says_how_sure_it_is(equilibrium, sure):
    assert "at most 50.00 % of heads (95 % interval 46.78–53.22 %), which" in guarantee(sure)
    assert "interval" not in guarantee(equilibrium)


def test_the_guarantee_says_against_what_held_out_and_the_worst_outside(judged):
    assert guarantee(judged) == (
        "Guarantee: a user who draws from this mixture is recognised in at most 50.00 % of heads "
        "(95 % interval 46.78–53.22 %), whichever of these recogniser strategies is chosen: "
        "2 processings, 1 net, no adversarially trained recogniser. The mixture was solved on the "
        "same heads, of 40 people. Held out, solved on the others and played on each of 5 folds of "
        "people, it is recognised in at most 55.12 % (95 % interval 45.01–64.99 %). It met "
        "2 recogniser strategies outside the game; the worst, median_of_3, recognises 61.25 %. "
        "The equilibrium is unique."
    )


def test_the_guarantee_counts_one_and_none_and_says_what_was_not_done(judged):
    few = Worth(1, 1, Against(1, 2, 1), None, {})
    said = guarantee(replace(judged, worth=few))
    assert "1 processing, 2 nets, 1 adversarially trained recogniser. " in said
    assert "of 1 person. It met no recogniser strategy outside the game. " in said
    assert "Held out" not in said
    one = guarantee(replace(judged, worth=replace(few, outside={"jpeg": 0.25})))
    assert "It met 1 recogniser strategy outside the game; the worst, jpeg, recognises 25.0" in one


def test_a_rank_above_1_is_said_with_the_rates(tmp_path, judged):
    ranked = replace(judged, worth=replace(judged.worth, rank=3))
    assert "is recognised at rank 3 (among the 3 highest scores) in at most" in guarantee(ranked)
    assert "rank" not in guarantee(judged)
    write_markdown(tmp_path / "t.md", COUNTED, ranked, SEEN)
    caption = "Recognition rate at rank 3 in percent of 1000 heads, with its 95 % Wilson interval."
    assert (tmp_path / "t.md").read_text(encoding="utf-8").startswith(f"{caption}\n")
    write_latex(tmp_path / "t.tex", COUNTED, ranked, SEEN)
    assert "rate at rank 3 in" in (tmp_path / "t.tex").read_text(encoding="utf-8").split("\n")[0]


def test_a_payoff_with_a_threshold_is_said_wherever_rates_are(tmp_path, judged):
    outside = {"jpeg": 0.25}
    worth = replace(judged.worth, payoff=Payoff("verify", 0.001), outside=outside)
    verified = replace(judged, worth=worth)
    said = guarantee(verified)
    assert (
        "is verified at a false-match rate of 0.001 (the score of its own identity reaches the "
        "threshold) in at most 50.00 % of heads" in said
    )
    assert "folds of people, it is verified in at most 55.12 %" in said
    assert "the worst, jpeg, verifies 25.00 %" in said
    write_markdown(tmp_path / "t.md", COUNTED, verified, SEEN)
    caption = "Verification rate at a false-match rate of 0.001 in percent of 1000 heads, with"
    assert (tmp_path / "t.md").read_text(encoding="utf-8").startswith(caption)
    worth = replace(worth, rank=3, payoff=Payoff("identify", 0.01))
    said = guarantee(replace(judged, worth=worth))
    assert (
        "is identified at rank 3 and a false-match rate of 0.01 (among the 3 highest scores, and "
        "it reaches the threshold) in at most" in said
    )


NOTHING_MISSING = {"missing": {"photos": 0, "heads": 0, "identities": 0}, "left_out": {}}


def test_the_summary_holds_recognisers_games_and_pictures(tmp_path, judged):
    game, card = tmp_path / "games" / "g", tmp_path / "recognisers" / "small" / "card.json"
    write_table(game / "payoff.csv", COUNTED)
    ranked = replace(judged, worth=replace(judged.worth, rank=3))
    write_equilibrium(game / "equilibrium.json", TABLE, ranked)
    card.parent.mkdir(parents=True)
    facts = {
        "arch": "resnet18",
        "recognition_rate": 0.875,
        "scored_heads": 40,
        "enrolled_split": 0,
        "identities": 8,
        "pixel_rate": 0.25,
        "chance": 0.125,
    }
    card.write_text(json.dumps(facts))
    (card.parent / "curve.svg").touch()
    unsolved = tmp_path / "tables" / "transfer"
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps(NOTHING_MISSING))
    costs = tmp_path / "costs.csv"
    write_costs(
        costs,
        [
            Cost("album", "", 1.5, 80.0, 1.0),
            Cost("perturb", "none/000000-000001", 2.0, None, None, 2),
            Cost("perturb", "gaman/000000-000001", 6.0, 700.4, 4.0, 2, 40),
            Cost("train", "small", 2.5, 300.0, 2.0, 4, 8),
        ],
    )
    found = summarise(
        "tiny", heads, [game], [unsolved], [card], [tmp_path / "sheet.png"], sentences(costs)
    )
    assert f"Table transfer: {unsolved / 'table.md'}" in found
    assert found.startswith("Study tiny\n")
    assert "Recogniser small (resnet18): recognises 87.5 % of 40 heads of 8 people" in found
    assert "no net: 25.0 %; chance: 12.5 %" in found
    assert "Game g: recognition rate at rank 3 in percent\n" in found
    assert text(TABLE, ranked) in found
    assert guarantee(ranked) in found
    for picture in (game / "payoff.svg", card.parent / "curve.svg", tmp_path / "sheet.png"):
        assert f"  {picture}\n" in found
    assert "left the study" not in found
    assert (
        "Costs: the 4 jobs measured took 12 s in all, perturb 67 % of it (2 jobs, 8 s, 6.7 "
        "image-steps per second). No job was seen to hold more than 700 MiB. Each job's are in "
        f"{costs}.\n"
    ) in found


def test_the_summary_says_how_many_heads_left(tmp_path):
    heads = tmp_path / "heads.json"
    missing = {"photos": 3, "heads": 1204, "identities": 1}
    heads.write_text(json.dumps({"missing": missing, "left_out": {}}))
    assert (
        "Heads that left the study: 1,204; photos with no head left: 3; identities: 1; "
        f"{tmp_path / 'album' / 'missing.csv'} says why.\n"
    ) in summarise("tiny", heads, [], [], [], [], [])


def test_the_summary_says_what_was_left_out(tmp_path):
    reasons = {"no photo by its content (.txt)": {"ann": 2, "ben": 1}, "a folder": {"eve": 1}}
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps({**NOTHING_MISSING, "left_out": reasons}))
    found = summarise("tiny", heads, [], [], [], [], [])
    assert (
        "Left out of the album: 3: no photo by its content (.txt) (ann 2, ben); 1: a folder (eve); "
        f"{tmp_path / 'album' / 'missing.csv'} lists all.\n"
    ) in found
    assert "Heads that left" not in found


def test_of_both_directions_the_summary_says_the_mean_and_each(tmp_path):
    facts = {"arch": "resnet18", "identities": 8, "pixel_rate": 0.25, "chance": 0.125}
    cards = []
    for split, rate, heads in ((0, 0.9, 40), (1, 0.7, 20)):
        cards.append(tmp_path / "small" / f"card{split}.json")
        cards[-1].parent.mkdir(exist_ok=True)
        own = {"recognition_rate": rate, "scored_heads": heads, "enrolled_split": split}
        cards[-1].write_text(json.dumps(facts | own))
    (cards[0].parent / "curve.svg").touch()
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps(NOTHING_MISSING))
    found = summarise("tiny", heads, [], [], cards, [], [])
    assert "Costs" not in found
    assert found.count("Recogniser small") == found.count("curve.svg") == 1
    assert "recognises 80.0 % of 60 heads" in found
    assert "the mean of 90.0 % where split 0 enrols and 70.0 % where split 1 enrols" in found


def test_whether_an_equilibrium_is_exact_is_said(equilibrium):
    # The rates are floats, whose denominators are powers of two: too long to read.
    assert exactness(equilibrium) == (
        "Exact: value and mixtures were found as fractions and checked."
    )
    assert exactness(solve(COUNTED)).startswith("Exact: the value is 50 %; the mixtures")
    none = replace(equilibrium, certificate=None, why_inexact="there is no time")
    assert exactness(none) == "Not exact: there is no time."
