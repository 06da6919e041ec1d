import pytest
from snakemake.persistence.file import FilePersistence

from aip.records import mark_incomplete


@pytest.mark.parametrize("name", ["a.h5", "results/smoke/" + "ü" * 300 + "/photos"])
def test_the_mark_is_where_snakemake_looks_for_it(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mark_incomplete(name)
    snakemakes = FilePersistence.__new__(FilePersistence)
    snakemakes._max_len, snakemakes._incomplete_cache = None, None
    snakemakes._incomplete_path = str(tmp_path / ".snakemake" / "incomplete")
    assert snakemakes._filter_incomplete_keys([name, "other"]) == {name}
    assert snakemakes._get_external_jobids([name]) == set()
