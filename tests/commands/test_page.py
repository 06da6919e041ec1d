import pytest

from aip.commands.cli import main


def write(folder, **games):
    for name, text in games.items():
        path = folder / "games" / name / "payoff.csv"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder


A = ",c,d\na,10,20\nb,30,5\n"
B = ",c,e\na,12,25\nz,31,6\n"


@pytest.mark.filterwarnings("ignore")
def test_two_studies_are_put_side_by_side_game_by_game(tmp_path, capsys):
    one, other = write(tmp_path / "one", g=A, h=A), write(tmp_path / "other", g=B, i=B)
    out = tmp_path / "out.html"
    assert main(["page", str(one), str(other), "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    text = " ".join(out.read_text().split())
    assert "Only one has h. Only other has i." in text
    assert "On the 1 cells that both have, the first recognises -2.0 points more" in text
    assert "Only one has b, d." in text
    assert "Only other has z, e." in text


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ({"i": B}, "no game of the same name (g; i), expected one that both have"),
        ({"g": ",x\na,1\n"}, "the columns do not match: found c, d in one and x in the other"),
    ],
)
def test_what_has_nothing_in_common_is_one_sentence(tmp_path, capsys, second, said):
    one, other = write(tmp_path / "one", g=A), write(tmp_path / "other", **second)
    assert main(["page", str(one), str(other), "--out", str(tmp_path / "out.html")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out.html").exists()


def test_a_study_beside_a_single_table_is_refused(tmp_path, capsys):
    one = write(tmp_path / "one", g=A)
    table = tmp_path / "b.csv"
    table.write_text(B)
    assert main(["page", str(one), str(table)]) == 1
    assert f"{table}: found a single game, expected a study's folder" in capsys.readouterr().err
