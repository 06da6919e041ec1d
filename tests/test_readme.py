"""The README's Python runs, and what the documents name and link to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_the_readme_runs(block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    rates, value = capsys.readouterr().out.rsplit("]] ", 1)
    clean = float(rates.removeprefix("[[").split(",")[0])
    assert clean == 1  # the net recognises whom it names
    assert 0 <= float(value) <= 1


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    for path, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)", text):
        target = (document.parent / path) if path else document
        assert target.exists(), f"{document.name}: {path}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{document.name}: {path}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_is_named_in_code_is_there(document):
    named = re.findall(
        r"(?<![\w/<>~$.])(?:bench|configs|docs|envs|profiles|resources|src|workflow)/[\w./-]+\w",
        document.read_text(encoding="utf-8"),
    )
    added = {"src/aip/process/flatten.py", "src/aip/perturb/mean_margin.py"}  # the reader's own
    assert not [path for path in set(named) - added if not (ROOT / path).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_scripts_take_the_options_that_are_shown(document):
    shown = re.findall(r"(bench/\w+\.py)((?: +-?-?[\w-]+)*)", document.read_text(encoding="utf-8"))
    for script, words in shown:
        text = (ROOT / script).read_text(encoding="utf-8")
        for option in re.findall(r"--[\w-]+", words):
            assert f'"{option}"' in text, f"{document.name}: {script} {option}"
