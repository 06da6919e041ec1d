import pytest

from aip.game.overview import Entry, Overview
from aip.perturb.perceptibility import MeanPerceptibility
from aip.show.overview import caption, rows, write_latex, write_markdown

GA_A = MeanPerceptibility(80.5, 0.25, 90.4, 12.6, 30.46, 0.9)
GA_B = MeanPerceptibility(120.75, 0.5, 130.0, 14.0, 28.5, 0.8)
BLUR = MeanPerceptibility(None, None, 310.2, 99.0, None, 0.51234)


def entry(user, recognised, seen, white_box=False, heads=100):
    rate = recognised / heads
    return Entry(user, heads, recognised, rate - 0.0107, rate + 0.0204, white_box, seen)


BLURRED = (entry("blur_9", 50, BLUR), entry("blur_9", 61, BLUR))
METHODS = Overview(
    ("ga", "blur_9"),
    ("plain-a", "plain & b"),
    ((entry("ga-a", 7, GA_A, True), entry("ga-b", 12, GA_B, True)), BLURRED),
)
TRANSFER = Overview(
    ("ga-a", "blur_9"),
    ("plain-a", "plain & b"),
    ((entry("ga-a", 7, GA_A, True), entry("ga-a", 95, GA_A)), BLURRED),
)
RATES = [["50.0 [48.9–52.0]", "61.0 [59.9–63.0]"], ["7.0 [5.9–9.0]", "12.0 [10.9–14.0]"]]
OF_METHODS = [
    [
        *("user \\ recogniser", "plain-a, unpublished", "plain-a", "L2"),
        *("plain & b, unpublished", "plain & b", "L2"),
    ],
    ["ga", "25.0", RATES[1][0], "80", "50.0", RATES[1][1], "121"],
    ["blur_9", "–", RATES[0][0], "–", "–", RATES[0][1], "–"],
]
OF_TRANSFER = [
    ["user \\ recogniser", "plain-a", "plain & b", "L2", "L∞", "PSNR (dB)", "SSIM"],
    ["ga-a", RATES[1][0], "95.0 [93.9–97.0]", "90", "13", "30.5", "0.900"],
    ["blur_9", *RATES[0], "310", "99", "–", "0.512"],
]


@pytest.mark.parametrize(("overview", "expected"), [(METHODS, OF_METHODS), (TRANSFER, OF_TRANSFER)])
def test_columns_are_in_threes_where_each_has_another_strategy_else_rows_say_how_visible(
    overview, expected, tmp_path
):
    assert rows(overview) == expected
    write_markdown(tmp_path / "t.md", overview)
    lines = (tmp_path / "t.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == caption(overview)
    table = [line.strip("|").split("|") for line in lines if line[:1] == "|"]
    found = [[cell.strip() for cell in row] for row in table]
    assert found[0] == ["user \\\\ recogniser", *expected[0][1:]]
    assert found[1] == ["---", *["---:"] * (len(expected[0]) - 1)]
    assert found[2:] == expected[1:]


def test_latex_escapes_names_sets_intervals_small_and_has_no_last_row(tmp_path):
    write_latex(tmp_path / "t.tex", TRANSFER)
    lines = (tmp_path / "t.tex").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("% Recognition rate in percent of 100 heads, with its 95 \\% ")
    assert "0--255" in lines[0]
    assert lines[1] == "\\begin{tabular}{lrrrrrr}"
    cells = [line.removesuffix(" \\\\").split(" & ") for line in lines if line.endswith(" \\\\")]
    head = ["user \\textbackslash{} recogniser", "plain-a", "plain \\& b"]
    assert cells[0] == [*head, "L2", "L$\\infty$", "PSNR (dB)", "SSIM"]
    assert cells[2] == [
        "blur\\_9",
        "50.0 {\\scriptsize [48.9--52.0]}",
        "61.0 {\\scriptsize [59.9--63.0]}",
        *("310", "99", "--", "0.512"),
    ]
    rules = [line for line in lines if line.endswith("rule")]
    assert rules == ["\\toprule", "\\midrule", "\\bottomrule"]


def test_the_caption_counts_the_heads():
    assert caption(METHODS).startswith("Recognition rate in percent of 100 heads, ")
    fewer = (entry("x", 1, GA_A, heads=40), entry("x", 1, GA_A, heads=9))
    found = Overview(("x",), ("a", "b"), (fewer,))
    assert caption(found).startswith("Recognition rate in percent of 9–40 heads, ")
