from dataclasses import replace
from xml.etree import ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from aip.album.heads import open_heads
from aip.game.equilibrium import Interval, solve
from aip.game.table import Table
from aip.game.worth import Against, HeldOut, Worth
from aip.perturb.artifact import write_perturbations
from aip.perturb.perceptibility import perceptibility
from aip.recognise.scoring import processed
from aip.show import curve, payoff, sheet

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _text_as_text(monkeypatch):
    """Keep text in SVG as text, which a test can read; outlines are as good to look at."""
    monkeypatch.setitem(mpl.rcParams, "svg.fonttype", "none")


def words(path) -> list[str]:
    root = ET.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    return ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]


def test_names_are_no_mathematics_to_a_picture(tmp_path):
    table = Table(("$\\frac$", "a\x1bb"), ("$x^2$",), np.array([[0.5], [0.2]]))
    payoff.draw([tmp_path / "p.svg", tmp_path / "p.png"], table, solve(table))
    assert {"$\\frac$", "$x^2$", "a\\x1bb"} <= set(words(tmp_path / "p.svg"))


@pytest.mark.parametrize("shape", [(3, 2), (1, 1), (1, 6), (7, 1)])
def test_the_heat_map_shows_every_rate_and_name_in_svg_and_png(tmp_path, shape):
    rates = np.random.default_rng(0).random(shape)
    users = tuple(f"user-{i}" for i in range(shape[0]))
    answers = tuple(f"answer_{i}" for i in range(shape[1]))
    table = Table(users, answers, rates)
    found = solve(table)
    payoff.draw([tmp_path / "p.svg", tmp_path / "p.png"], table, found)
    shown = words(tmp_path / "p.svg")
    assert {f"{rate * 100:.1f}" for rate in rates.flat} <= set(shown)
    assert {*users, *answers} <= set(shown)
    assert {f"{p:.2f}" for p in (*found.user, *found.recogniser) if p > 0} <= set(shown)
    assert any(f"{found.value * 100:.2f} %" in word for word in shown)
    with Image.open(tmp_path / "p.png") as png:
        png.load()
        assert png.format == "PNG"
        assert min(png.size) > 200


def test_the_heat_map_shows_the_values_interval_where_there_is_one(tmp_path):
    table = Table(("a", "b"), ("c", "d"), np.array([[0.1, 0.9], [0.7, 0.2]]))
    found = solve(table)
    sure = replace(found, interval=Interval(0.3456, 0.6543, 0.95, 1000))
    payoff.draw([tmp_path / "without.svg"], table, found)
    payoff.draw([tmp_path / "with.svg"], table, sure)
    more = set(words(tmp_path / "with.svg")) - set(words(tmp_path / "without.svg"))
    assert " ".join(sorted(more, reverse=True)) == "95 % interval 34.56–65.43 %"


def test_the_heat_map_shows_what_the_value_is_worth(tmp_path):
    table = Table(("a", "b"), ("c", "d"), np.array([[0.1, 0.9], [0.7, 0.2]]))
    found = solve(table)
    held = HeldOut(0.5512, Interval(0.4501, 0.6499, 0.95, 1000), 5)
    worth = Worth(3, 40, Against(6, 1, 2), held, {"jpeg": 0.25, "$x$": 0.6125})
    payoff.draw([tmp_path / "without.svg"], table, found)
    payoff.draw([tmp_path / "with.svg"], table, replace(found, worth=worth))
    before = words(tmp_path / "without.svg")
    # A long sentence is on two lines.
    assert " ".join(word for word in words(tmp_path / "with.svg") if word not in before) == (
        "Against 6 processings, 1 net, 2 adversarially trained recognisers. Recognised: the "
        "identity is among the 3 highest scores. Held out, 5 folds of people: 55.12 % "
        "[45.01–64.99]. Worst of 2 outside: $x$, 61.25 %."
    )


def test_a_heat_map_has_the_same_bytes_each_time(tmp_path):
    table = Table(("a", "b"), ("c", "d"), np.array([[0.1, 0.9], [0.7, 0.2]]))
    for name in ("1.svg", "2.svg", "1.png", "2.png"):
        payoff.draw([tmp_path / name], table, solve(table))
    for ending in ("svg", "png"):
        first, second = (tmp_path / f"{n}.{ending}" for n in (1, 2))
        assert first.read_bytes() == second.read_bytes()


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text(
        "epoch,learning_rate,loss,accuracy,validation_accuracy,seconds\n"
        "1,0.01,2.5,0.1,nan,3\n2,0.05,1.5,0.5,0.3,6\n3,0.001,0.5,0.9,0.6,9\n"
    )
    return path


def test_a_learning_curve_is_svg_with_the_same_bytes_each_time(tmp_path, rows):
    for name in ("1.svg", "2.svg"):
        curve.draw(tmp_path / name, "small", rows)
    assert (tmp_path / "1.svg").read_bytes() == (tmp_path / "2.svg").read_bytes()
    shown = words(tmp_path / "1.svg")
    assert "How small learnt the train identities" in shown
    assert {"epoch", "accuracy (%)", "loss", "accuracy, held-out heads"} <= set(shown)


ROWS = [("t0", "train", None)] + [(f"person{i % 4}", "val", i // 4) for i in range(8)]


@pytest.fixture
def composed(tmp_path, heads_file, provenance, linear, monkeypatch):
    """Compose a sheet of heads whose every value is raised by 3."""
    monkeypatch.setattr(
        "aip.perturb.artifact.blind_method", lambda _: lambda head: (head + 3).astype(np.uint8)
    )

    def make(count, process=(("B", 1),)):
        with open_heads(heads_file(ROWS, f"h{count}")) as heads:
            positions = heads.where("val", split=1)
            shards = [tmp_path / f"{count}-{part}.h5" for part in (0, 1)]
            for shard, part in zip(shards, (positions[:2], positions[2:]), strict=True):
                write_perturbations(
                    shard, heads, part, None, provenance({"method": "none"}), lambda _: None
                )
            originals = [heads.images[i] for i in positions]
            return sheet.compose(heads, shards, linear(4, 12), process, count, 1), originals

    return make


@pytest.mark.parametrize(("count", "shown"), [(1, 1), (3, 3), (24, 4)])
def test_a_sheet_holds_the_first_heads_and_what_happens_to_them(composed, count, shown):
    found, originals = composed(count)
    assert len(found.rows) == shown
    assert found.processing == "blur"
    assert (found.mean.linf, found.mean.psnr) == (3, pytest.approx(20 * np.log10(85)))
    for number, (row, original) in enumerate(zip(found.rows, originals, strict=False)):
        clean, amplified, published, copy = row.images
        assert row.identity == f"person{number}"
        assert np.array_equal(clean, original)
        assert np.array_equal(published, original + 3)
        assert (amplified == 128 + 8 * 3).all()
        ((expected, _),) = processed(published, 6 + number, (("B", 1),), 1)
        assert np.array_equal(copy, expected)
        assert row.ssim == pytest.approx(perceptibility(original, published).ssim, abs=1e-6)
        assert row.names[1] is None
        assert all(name.startswith("person") for name in (row.names[0], *row.names[2:]))


def test_a_sheet_says_how_visible_it_all_is(composed):
    def texts(strategy, shown):
        figure = sheet.lay_out(strategy, "small", shown)
        return [text.get_text() for text in figure.findobj(mpl.text.Text)]

    found, _ = composed(3)
    said = texts("gaman", found)
    assert [t for t in said if t.startswith("SSIM")] == [f"SSIM {r.ssim:.3f}" for r in found.rows]
    (title,) = (t for t in said if t.startswith("gaman: 3 of the attacked heads"))
    assert "and who small says they are" in title.replace("\n", " ")
    assert f"SSIM {found.mean.ssim:.3f}, PSNR 38.6 dB, L2 {found.mean.l2:.0f}, L∞ 3" in title
    unchanged = sheet.Sheet(found.rows, "blur", sheet.MeanPerceptibility(0, None, 0, 0, None, 1))
    assert any("SSIM 1.000, PSNR ∞ dB, L2 0, L∞ 0" in t for t in texts("none", unchanged))


def test_people_are_no_mathematics_to_a_sheet_nor_recognisers_to_a_curve(tmp_path, composed, rows):
    name = "$\\frac$"  # an error as mathematics
    found, _ = composed(1)
    named = [replace(row, identity=name, names=(name, None, name, name)) for row in found.rows]
    sheet.draw(tmp_path / "a.png", "gaman", "small", replace(found, rows=named))
    curve.draw(tmp_path / "a.svg", name, rows)
    assert f"How {name} learnt the train identities" in words(tmp_path / "a.svg")


def test_a_sheet_is_a_png_with_one_column_per_head(tmp_path, composed):
    widths = []
    for count in (1, 3):
        path = tmp_path / f"{count}.png"
        sheet.draw(path, "gaman", "small", composed(count)[0])
        with Image.open(path) as png:
            png.load()
            assert png.format == "PNG"
            widths.append(png.width)
    assert widths[1] - widths[0] == pytest.approx(2 * 1.35 * 130, abs=3)


def test_a_sheet_has_the_same_bytes_each_time(tmp_path, composed):
    found, _ = composed(2)
    for name in ("1.png", "2.png"):
        sheet.draw(tmp_path / name, "gaman", "small", found)
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
