import pytest

from aip.perturb.perceptibility import MeanPerceptibility
from aip.show import typeset
from aip.show.typeset import percent, span, visibility, write_latex, write_markdown


@pytest.mark.parametrize(
    ("fraction", "expected"), [(0.1234, "12.3"), (0.0, "0.0"), (1, "100.0"), (None, "–")]
)
def test_a_rate_is_in_percent_or_a_dash(fraction, expected):
    assert percent(fraction) == expected


def test_an_interval_is_in_percent():
    assert span(0.01239, 0.5, 2) == "1.24–50.00"
    assert span(0, 1, 0) == "0–100"


def test_visibility_has_dashes_where_there_is_no_mean():
    seen = MeanPerceptibility(1.0, 0.5, 12.6, 3.4, 30.26, 0.98765)
    assert visibility(seen) == ["13", "3", "30.3", "0.988"]
    assert visibility(MeanPerceptibility(*[None] * 6)) == ["–"] * 4


def test_markdown_is_caption_table_and_note(tmp_path):
    path = tmp_path / "t.md"
    write_markdown(path, "What it is.", ["a \\ b", "c"], [["d", "1"]], "What to note.")
    assert path.read_text(encoding="utf-8") == (
        "What it is.\n\n| a \\\\ b | c |\n| --- | ---: |\n| d | 1 |\n\nWhat to note.\n"
    )
    write_markdown(path, "What it is.", ["a", "c"], [], "")
    assert path.read_text(encoding="utf-8") == "What it is.\n\n| a | c |\n| --- | ---: |\n"


def test_latex_is_a_tabular_with_a_last_row_below_a_rule(tmp_path):
    path = tmp_path / "t.tex"
    write_latex(path, "A 5 % thing.", ["a", "c_d"], [["x", "1.0 [0.5–2.0]"]], ["all", "–"])
    assert path.read_text(encoding="utf-8").splitlines() == [
        "% A 5 \\% thing. Needs \\usepackage{booktabs}.",
        "\\begin{tabular}{lr}",
        "\\toprule",
        "a & c\\_d \\\\",
        "\\midrule",
        "x & 1.0 {\\scriptsize [0.5--2.0]} \\\\",
        "\\midrule",
        "all & -- \\\\",
        "\\bottomrule",
        "\\end{tabular}",
    ]


def test_names_are_text_to_markdown_and_latex(tmp_path):
    name = "a|b*c* <i> [d](e) $x$ _f_ g_h &amp; ~i~ #{^}\x1b"
    (line,) = [
        line
        for line in typeset.markdown("", ["n", "r"], [[name, "1"]], "").splitlines()
        if line.startswith("| a")
    ]
    assert line == (r"| a\|b\*c\* \<i\> [d]\(e) \$x\$ \_f\_ g_h \&amp; \~i\~ #{^}\\x1b | 1 |")
    typeset.write_latex(tmp_path / "t.tex", "", ["n", "r"], [[name, "1"]])
    (line,) = [s for s in (tmp_path / "t.tex").read_text().splitlines() if s.startswith("a|")]
    assert r"\$x\$ \_f\_ g\_h \&amp; \textasciitilde{}i" in line
    assert r"\#\{\textasciicircum{}\}\textbackslash{}x1b & 1" in line
