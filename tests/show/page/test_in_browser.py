"""The page in a real browser: Chromium without a window."""

import base64
import csv
import io
import json
import time
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from aip.commands.cli import main
from aip.game.charge import Charges
from aip.game.equilibrium import solve
from aip.game.linear_program import exploit
from aip.game.table import Table
from standins.browser import CHROMIUM, browser
from standins.paged import paged

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

HARM = "<script>window.harm=1</script>"
PEOPLE = [HARM, "\"Ada\" & 'Eve' </style>", "שלום עולם", "turned\u202eround", "${1}`\\"]
COLUMNS = {"proc": "O", "blur": "B", "crop": "C"}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    users = ["none", "gaman", "gaman-B", "bi"]
    folder = tmp_path_factory.mktemp("page") / "results" / "tiny"
    return paged(folder, users, COLUMNS, PEOPLE, heads=40, shown=12, missed=(7,))


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(page, chromium):
    """The page in the browser, which afterwards has complained of nothing and asked nobody."""
    chromium.requests.clear()
    chromium.complaints.clear()
    chromium.open(page.page)
    yield chromium
    assert chromium.complaints == []
    folder = page.page.parent.as_uri()
    assert [each for each in chromium.requests if not each.startswith(folder)] == []
    assert chromium.run("window.harm") is None


def until(chromium, condition):
    for _ in range(200):
        if chromium.run(condition):
            return
        time.sleep(0.05)
    raise AssertionError(f"never true: {condition}")


def open_cell(chromium, row, column):
    cell = f"document.querySelectorAll('table.payoff tbody tr')[{row}].cells[{column + 1}]"
    chromium.run(f"{cell}.click()")
    until(chromium, "document.querySelectorAll('#cell .heads li').length > 0")


def test_the_answer_and_the_table_are_there_and_nothing_is_asked_of_a_network(opened, page):
    assert opened.requests == [page.page.as_uri()]
    value = solve(page.table).value
    lead = opened.run("document.querySelector('.lead').textContent")
    assert f"recognised in at most {value * 100:.1f} % of them" in " ".join(lead.split())
    shown = opened.run(
        "[...document.querySelectorAll('table.payoff tbody tr')]"
        ".map(row => [...row.cells].slice(1, 4).map(cell => cell.textContent))"
    )
    assert shown == [[f"{rate * 100:.1f}" for rate in row] for row in page.table.rates]


# What a script that got in would try: to fetch, to add another, to ask with a picture's address.
TRIED = """
fetch("http://127.0.0.1:9/").then(() => "reached", () => "refused").then((fetched) =>
  new Promise((done) => {
    const script = document.createElement("script");
    script.textContent = "window.harm = 1";
    document.body.append(script);
    const image = new Image();
    image.onload = () => done("loaded");
    image.onerror = () => done([fetched, window.harm ?? "kept out"]);
    image.src = "http://127.0.0.1:9/x.png";
  }))
"""


def test_the_policy_forbids_what_could_reach_a_network(opened):
    assert opened.run(TRIED) == ["refused", "kept out"]
    refused = [each for each in opened.complaints if "Content Security Policy" in each]
    for what in ("Connecting", "script", "image"):
        assert any(what in each for each in refused), what
    opened.complaints.clear()
    opened.requests[:] = [each for each in opened.requests if "127.0.0.1:9" not in each]


def test_a_rate_is_rounded_as_in_the_table(opened):
    rates = [part / heads for heads in (16, 32, 40, 200, 208) for part in range(heads + 1)]
    for digits in (1, 2):
        found = opened.run(f"{rates}.map(rate => percent(rate, {digits}))")
        assert found == [f"{100 * rate:.{digits}f}" for rate in rates]


def test_a_cell_says_its_counts_and_opens_with_the_keyboard_alone(opened, page):
    opened.run("document.querySelector('table.payoff td').focus()")
    opened.press("ArrowDown", 40)
    opened.press("ArrowRight", 39)
    said = opened.run("document.querySelector('.readout').textContent")
    counts = page.table.counts
    low, high = counts.intervals[1, 1] * 100
    assert said.startswith(
        f"gaman met by blur: {page.table.rates[1, 1] * 100:.1f} % recognised, 95 % interval "
        f"{low:.1f}–{high:.1f} %: {counts.recognised[1, 1]} of 40 heads."
    )
    opened.press("Enter", 13)
    until(opened, "document.querySelectorAll('#cell .heads li').length === 12")
    assert opened.run("document.querySelector('#cell h2').textContent") == "gaman met by blur"
    assert opened.run("document.querySelector('#cell').contains(document.activeElement)")
    assert "among the first 12 of 40" in opened.run("document.querySelector('#cell').textContent")
    opened.press("Escape", 27)
    until(opened, "!document.querySelector('#cell').open")


def test_a_cells_heads_are_those_of_the_artifacts_with_whom_they_were_taken_for(opened, page):
    open_cell(opened, 0, 0)
    names = opened.run(
        "[...document.querySelectorAll('#cell .heads li')]"
        ".map(head => [...head.querySelectorAll('bdi')].map(name => name.textContent))"
    )
    as_shown = [person.replace("\u202e", "\\u202e") for person in PEOPLE]
    expected = [[as_shown[page.label[n]], as_shown[page.predicted[n]]] for n in range(12)]
    expected[7].pop()  # nobody looked at it
    assert names == expected
    text = "document.querySelectorAll('#cell .heads li')[7].textContent"
    assert "✗ not recognised: " in opened.run(text)
    assert "not looked at: no face was found" in opened.run(text)


def test_a_filter_keeps_who_was_recognised_and_one_person(opened, page):
    open_cell(opened, 0, 0)
    right = page.predicted[:12] == page.label[:12]
    for number, (select, value, expected) in enumerate(
        [(0, "1", right), (0, "0", ~right), (0, "", right | True), (1, "2", page.label[:12] == 2)]
    ):
        opened.run(
            f"(() => {{ const select = document.querySelectorAll('#cell select')[{select}];"
            f"select.value = '{value}'; select.dispatchEvent(new Event('change')); }})()"
        )
        shown = opened.run("document.querySelectorAll('#cell .heads li').length")
        assert shown == expected.sum(), number


def test_a_head_is_seen_as_it_was_published(opened, page):
    open_cell(opened, 3, 0)
    for stage, expected in ((0, page.heads[0]), (1, page.perturbations[0])):
        opened.run("document.querySelector('#cell li').scrollIntoView({block: 'center'})")
        box = opened.run(
            f"(box => ({{x: box.x, y: box.y, width: box.width, height: box.height}}))"
            f"(document.querySelectorAll('#cell .thumb')[{stage}].getBoundingClientRect())"
        )
        seen = np.zeros(1)
        for _ in range(100):  # a background says to nobody when it is there
            seen = picture(opened, box)
            if seen.std() > 5:
                break
            time.sleep(0.05)
        small = np.asarray(Image.fromarray(seen).resize((6, 6), Image.Resampling.BOX), float)
        wanted = np.asarray(Image.fromarray(expected).resize((6, 6), Image.Resampling.BOX), float)
        assert np.abs(small - wanted)[1:-1, 1:-1].mean() < 6


def picture(chromium, box) -> np.ndarray:
    data = chromium.call("Page.captureScreenshot", clip={**box, "scale": 1})["data"]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB"))


def switch(chromium, side, numbers):
    for number in numbers:
        chromium.run(f"document.querySelector('input[data-{side}=\"{number}\"]').click()")


def mixture(chromium, side):
    return np.array(
        chromium.run(
            f"[...document.querySelectorAll('td.mix[data-side={side}]')].map(c => +c.dataset.p)"
        )
    )


@pytest.mark.parametrize(("rows", "columns"), [([1], []), ([], [2]), ([0, 2], [0])])
def test_the_equilibrium_without_strategies_is_ours(opened, page, rows, columns):
    switch(opened, "row", rows)
    switch(opened, "column", columns)
    table = page.table
    users, answers = (
        [n for n in range(many) if n not in off]
        for many, off in ((len(table.user), rows), (len(table.recogniser), columns))
    )
    left = Table(
        tuple(table.user[i] for i in users),
        tuple(table.recogniser[j] for j in answers),
        table.rates[np.ix_(users, answers)],
    )
    expected = solve(left)
    value = opened.run("+document.querySelector('td.value').dataset.value")
    assert value == pytest.approx(expected.value, abs=1e-9)
    assert expected.unique
    assert mixture(opened, "user")[users] == pytest.approx(expected.user, abs=1e-8)
    assert mixture(opened, "recogniser")[answers] == pytest.approx(expected.recogniser, abs=1e-8)
    assert mixture(opened, "user")[rows].sum() == 0
    assert f"{expected.value * 100:.2f} %" in opened.run(
        "document.querySelector('.left').textContent"
    )
    opened.run("document.querySelector('button.again').click()")
    value = opened.run("+document.querySelector('td.value').dataset.value")
    assert value == pytest.approx(solve(table).value, abs=1e-12)


def test_no_strategy_left_is_said(opened):
    switch(opened, "column", range(3))
    said = opened.run("document.querySelector('.left').textContent")
    assert said == "Leave at least one strategy on each side."


def games():
    rng = np.random.default_rng(1)
    for shape in [(1, 1), (1, 5), (5, 1), (3, 3), (7, 6), (12, 30), (40, 25)]:
        yield rng.random(shape)
        yield rng.integers(0, 4, shape) / 4  # ties everywhere
    yield np.full((4, 4), 0.25)
    yield np.eye(9)
    yield -rng.random((6, 6))  # charges may make payoffs negative


def test_the_pages_linear_program_finds_the_values_that_ours_does(opened):
    for payoff in games():
        found = opened.run(f"solveGame({json.dumps(payoff.tolist())})")
        user, recogniser = np.array(found["user"]), np.array(found["recogniser"])
        for side in (user, recogniser):
            assert side.sum() == pytest.approx(1)
            assert side.min() >= 0
        assert (user @ payoff).max() - (payoff @ recogniser).min() < 1e-9
        table = Table(*(tuple(map(str, range(n))) for n in payoff.shape), payoff)
        if payoff.min() >= 0:
            assert found["value"] == pytest.approx(solve(table).value, abs=1e-9)
        assert exploit(payoff, user, recogniser) < 1e-9


def test_what_a_game_charges_counts_without_a_strategy_too(opened, page):
    user = [Fraction(n, 10) for n in (0, 3, 1, 2)]
    recogniser = [Fraction(n, 20) for n in (1, 0, 2)]
    left = Table(page.table.user[1:], page.table.recogniser, page.table.rates[1:])
    charges = Charges("l2", 0.1, 0.1, tuple(user[1:]), tuple(recogniser))
    found = opened.run(
        f"without({{...data.games[0], charge: {{user: {list(map(float, user))}, "
        f"recogniser: {list(map(float, recogniser))}}}}}, [1, 2, 3], [0, 1, 2])"
    )
    assert found["value"] == pytest.approx(solve(left, charges).value, abs=1e-9)


def test_two_tables_stand_side_by_side_whatever_their_names(tmp_path, chromium, capsys):
    users, answers = (HARM, "שלום", '" onclick="harm()'), ("</td>", "B")
    rng = np.random.default_rng(2)
    for name in ("a", "b"):
        rates = rng.integers(0, 101, (3, 2)).tolist()
        with (tmp_path / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            lines = [["", *answers], *([u, *row] for u, row in zip(users, rates, strict=True))]
            csv.writer(file).writerows(lines)
    out = tmp_path / "both.html"
    files = [str(tmp_path / f"{name}.csv") for name in ("a", "b")]
    assert main(["page", *files, "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    chromium.requests.clear()
    chromium.complaints.clear()
    chromium.open(out)
    heads = chromium.run("[...document.querySelectorAll('tbody th bdi')].map(n => n.textContent)")
    assert heads == [*users, *users, *users]
    switch(chromium, "row", [0])  # of the first table
    assert "With these strategies alone" in chromium.run(
        "document.querySelector('.left').textContent"
    )
    assert chromium.run("window.harm") is None
    assert chromium.complaints == []
    assert chromium.requests == [out.as_uri()]
