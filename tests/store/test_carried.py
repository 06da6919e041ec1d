import shutil

import numpy as np
import pytest
import torch

from aip.store.carried import carried
from aip.store.checksums import checksums_file, write_checksums
from aip.store.hdf5 import write_column, writing
from aip.store.provenance import Provenance
from aip.store.state import read_state, write_state


@pytest.fixture
def artifacts(tmp_path, provenance):
    """One of each kind, each with the fingerprint "fff…"."""
    with writing(tmp_path / "cell.h5", provenance()) as file:
        write_column(file, "id", np.arange(10))
    write_state(tmp_path / "net.pt", {"weight": torch.ones(3)}, "f" * 24)
    (tmp_path / "payoff.csv").write_text("user,proc\n")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_bytes(b"a photo")
    for name in ("payoff.csv", "photos"):
        write_checksums(tmp_path / name, "f" * 24)
    return [tmp_path / name for name in ("cell.h5", "net.pt", "payoff.csv", "photos")]


def test_every_kind_of_artifact_carries_its_fingerprint(artifacts, tmp_path):
    found = carried(artifacts, tmp_path / "cache.json")
    assert found == dict.fromkeys(artifacts, "f" * 24)
    assert carried(artifacts, tmp_path / "cache.json") == found


def test_a_net_with_a_fingerprint_is_one_of_torch(artifacts):
    assert torch.equal(torch.load(artifacts[1], weights_only=True)["weight"], torch.ones(3))
    assert torch.equal(read_state(artifacts[1])["weight"], torch.ones(3))


def test_another_file_in_its_place_is_seen_though_its_time_is_the_same(artifacts, tmp_path):
    cell, net, *_ = artifacts
    cache = tmp_path / "cache.json"
    carried(artifacts, cache)
    with writing(tmp_path / "other.h5", Provenance({}, "e" * 24, 1)) as file:
        write_column(file, "id", np.arange(10))
    write_state(tmp_path / "other.pt", {"weight": torch.ones(3)}, "e" * 24)
    for path, other in ((cell, "other.h5"), (net, "other.pt")):
        shutil.copystat(path, tmp_path / other)
        shutil.copy2(tmp_path / other, path)
    found = carried(artifacts, cache)
    assert [found[path][0] for path in artifacts] == ["e", "e", "f", "f"]


def test_what_carries_none_and_what_cannot_be_told(artifacts, tmp_path):
    cell, net, table, photos = artifacts
    cell.write_bytes(cell.read_bytes()[:1000])
    torch.save({}, net)
    checksums_file(table).unlink()
    checksums_file(photos).write_text("0 photos/1.jpg\n")
    found = carried(artifacts, tmp_path / "cache.json")
    assert found == {net: "", table: "", photos: ""}


def test_of_links_to_files_that_studies_share_only_those_with_a_fingerprint_inside_count(
    artifacts, tmp_path
):
    links = []
    (tmp_path / "study").mkdir()
    for path in artifacts[:3]:
        links.append(tmp_path / "study" / path.name)
        links[-1].symlink_to(path)
    assert carried(links, tmp_path / "cache.json") == dict.fromkeys(links[:2], "f" * 24)
