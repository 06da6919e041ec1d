from pathlib import Path

import pytest

from aip.run.condemn import condemn
from aip.run.rebuild import rebuild
from aip.store.checksums import Damaged


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "index.csv"
    path.write_text("identity\nAnn\n")
    return path


def test_a_damaged_artifact_stays_and_counts_as_broken_off(text, monkeypatch):
    monkeypatch.chdir(text.parent)
    content = text.read_bytes()
    sentence = condemn(Damaged(text, "spoilt"))
    assert text.read_bytes() == content
    assert [path.is_file() for path in Path(".snakemake/incomplete").iterdir()] == [True]
    assert sentence == (
        f"{text}: spoilt; the next run makes it again; rebuild it alone with: {rebuild(text)}"
    )


def test_of_a_shared_artifact_the_one_that_is_shared_is_withdrawn(text, monkeypatch):
    monkeypatch.chdir(text.parent)
    content, link = text.read_bytes(), text.with_name("link.csv")
    link.symlink_to(text)
    for _ in range(2):  # whoever else reads it meets the same
        condemn(Damaged(link, "spoilt"))
        assert link.read_bytes() == content
        assert link.resolve() == text.with_name("index.csv.damaged")
        assert not text.exists()


def test_where_nothing_can_be_noted_the_sentence_says_so(text, monkeypatch):
    monkeypatch.chdir(text.parent)
    Path(".snakemake").touch()
    said = condemn(Damaged(text, "spoilt"))
    assert said.startswith(f"{text}: spoilt; that cannot be noted for the next run (")
    assert said.endswith(f"; rebuild it with: {rebuild(text)}")
