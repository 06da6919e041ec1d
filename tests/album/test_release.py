import hashlib
import io
import json
import os
import tarfile

import pytest

from aip.album.release import Release, obtain, ordered_identities, read_release_card
from aip.errors import BadInput
from aip.store.checksums import Damaged

LINES = ["1 11 0 0 9 9 ada 2 0", "1 12 0 0 9 9 bob 2 1", "2 13 0 0 9 9 ada 2 1"]
FILES = {
    "annotations/index.txt": "1 11 0 0 9 9 ada 2\n",
    "annotations/splits/split_val_original.txt": "\n".join(LINES),
    "annotations/splits/split_val_original.orderedids.txt": "\n".join(
        f"{line} {label}" for line, label in zip(LINES, (1, 0, 1), strict=True)
    ),
    "head_crop/1.jpg": "photo",
    "ilsvrc_2012_mean.npy": "mean",
}


@pytest.fixture
def pack(tmp_path):
    """Pack a release: pack({path: content}, name, *further members) → archive."""

    def make(files=FILES, name="copy.tar.gz", top="data/", further=()):
        path = tmp_path / name
        with tarfile.open(path, "w:gz" if name.endswith("gz") else "w:") as tar:
            for file, content in files.items():
                info = tarfile.TarInfo(f"{top}{file}")
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content.encode()))
            for info in further:
                tar.addfile(info)
        return path

    return make


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "downloads" / "release"


def get(archive, folder, server=None, sha256=None, progress=lambda _: lambda _: None):
    remote = {"url": f"{server.url}/joon/data.tar.gz" if server else "http://127.0.0.1:1/none"}
    return obtain(archive and str(archive), folder, remote, sha256, progress)


def digest(path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def check(release: Release) -> None:
    assert release.index.read_text() == FILES["annotations/index.txt"]
    assert release.split("val_original").read_text() == "\n".join(LINES)
    assert len(ordered_identities(release.ordered_ids("val_original"))) == 2
    assert (release.root / "head_crop/1.jpg").read_text() == "photo"
    assert release.mean.read_text() == "mean"


@pytest.mark.parametrize("name", ["copy.tar.gz", "copy.tar"])
@pytest.mark.parametrize("top", ["data/", "", "./data/"])
def test_a_copy_is_unpacked_and_finds_its_parts(pack, folder, name, top):
    archive = pack(name=name, top=top)
    totals, counted = [], []
    check(get(archive, folder, progress=lambda t: totals.append(t) or counted.append))
    assert totals == [sum(counted)] == [archive.stat().st_size]
    assert [p.name for p in folder.parent.iterdir()] == ["release"]


@pytest.mark.parametrize("known", [True, False])
def test_it_is_downloaded_and_unpacked_once(pack, folder, server, known):
    archive = pack()
    server.files["/joon/data.tar.gz"] = archive.read_bytes()
    sha256 = digest(archive) if known else None
    totals = []
    for _ in range(2):
        check(get(None, folder, server, sha256, lambda t: totals.append(t) or (lambda _: None)))
    assert server.names() == ["/joon/data.tar.gz"]
    assert totals == [archive.stat().st_size] * 2
    assert (folder.parent / "data.tar.gz").read_bytes() == archive.read_bytes()


def test_a_kept_download_is_unpacked_without_the_server(pack, folder):
    folder.parent.mkdir()
    pack().rename(folder.parent / "none")
    check(get(None, folder))


def test_the_same_archive_is_not_unpacked_again_and_another_is(pack, folder):
    archive = pack()
    first = get(archive, folder).index.stat()
    assert get(archive, folder).index.stat() == first
    other = pack({**FILES, "annotations/index.txt": "other"})
    assert get(other, folder).index.read_text() == "other"
    (folder / "archive.sha256").unlink()  # somebody else's folder
    assert get(other, folder).index.read_text() == "other"
    assert (folder / "archive.sha256").exists()


@pytest.mark.parametrize("top", ["data/", ""])
def test_a_folder_that_is_unpacked_already_is_used_where_it_is(pack, folder, tmp_path, top):
    there = tmp_path / "mine"
    with tarfile.open(pack(top=top)) as tar:
        tar.extractall(there, filter="data")
    release = get(there, folder)
    check(release)
    assert release.root == there / top
    assert not folder.exists()


def test_a_download_with_another_checksum_is_set_aside_and_not_unpacked(pack, folder, server):
    server.files["/joon/data.tar.gz"] = pack().read_bytes()
    with pytest.raises(BadInput, match=f"expected the sha256 {'0' * 64}, found .*rejected"):
        get(None, folder, server, "0" * 64)
    assert [p.name for p in folder.parent.iterdir()] == ["data.tar.gz.rejected"]


def test_a_copy_with_another_checksum_is_left_where_it_is(pack, folder):
    archive = pack()
    with pytest.raises(BadInput, match=r"copy\.tar\.gz: expected the sha256 0.*, found"):
        get(archive, folder, sha256="0" * 64)
    assert archive.exists()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("../../x", tarfile.REGTYPE, ""),
        ("/tmp/x", tarfile.REGTYPE, ""),
        ("data/l", tarfile.SYMTYPE, "/"),
        ("data/l", tarfile.LNKTYPE, "data/head_crop/1.jpg"),
        ("data/d", tarfile.CHRTYPE, ""),
    ],
)
def test_an_archive_that_is_refused_leaves_nothing_behind(pack, folder, tmp_path, name, kind, link):
    bad = tarfile.TarInfo(name)
    bad.type, bad.linkname = kind, link
    with pytest.raises(BadInput, match=r"copy\.tar\.gz: refused; its member"):
        get(pack(further=[bad]), folder)
    assert list(folder.parent.iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["copy.tar.gz", "downloads"]


def test_an_archive_that_is_refused_leaves_what_was_there(pack, folder):
    check(get(pack(), folder))
    bad = tarfile.TarInfo("../x")
    with pytest.raises(BadInput, match="refused"):
        get(pack(further=[bad]), folder)
    check(Release(folder / "data"))


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("annotations/index.txt", "lacks annotations/index.txt"),
        ("annotations/splits", "lacks annotations/splits"),
        ("head_crop", "lacks head_crop"),
        ("annotations", "found neither data/annotations nor annotations"),
    ],
)
def test_what_a_release_lacks_is_named(pack, folder, tmp_path, missing, named):
    files = {name: content for name, content in FILES.items() if not name.startswith(missing)}
    archive = pack(files)
    with pytest.raises(BadInput, match=rf"copy\.tar\.gz: .*{named}"):
        get(archive, folder)
    assert not folder.exists()
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "mine", filter="data")
    with pytest.raises(BadInput, match=f"mine: .*{named}"):
        get(tmp_path / "mine", folder)


def test_a_copy_that_is_not_there_is_named(folder, tmp_path):
    with pytest.raises(BadInput, match="nowhere: no such archive"):
        get(tmp_path / "nowhere", folder)


def test_labels_name_identities_in_order(tmp_path):
    path = tmp_path / "a.orderedids.txt"
    path.write_text(FILES["annotations/splits/split_val_original.orderedids.txt"])
    assert list(ordered_identities(path).items()) == [(0, "bob"), (1, "ada")]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([LINES[0]], "line 1: expected 10 fields, found 9"),
        ([f"{LINES[0]} 0 0"], "line 1: expected 10 fields, found 11"),
        ([f"{LINES[0]} 0", ""], "line 2: expected 10 fields, found 0"),
        ([f"{LINES[0]} 0", f"{LINES[1]} -1"], "line 2: expected a label from 0 on, found '-1'"),
        ([f"{LINES[0]} x"], "line 1: expected a label from 0 on, found 'x'"),
        ([f"{LINES[0]} 0", f"{LINES[1]} 0"], "line 2: label 0 is identity bob, but ada before"),
        ([f"{LINES[0]} 0", f"{LINES[2]} 1"], "line 2: identity ada has label 1, but 0 before"),
        ([f"{LINES[0]} 0", f"{LINES[1]} 2"], "line 2: label 2, but there are only 2 .*0 to 1"),
        ([f"{LINES[0]} 1", f"{LINES[1]} 2"], "line 2: label 2"),
        ([], "holds no line"),
        (["\0\udcff"], "cannot be read"),
    ],
)
def test_labels_that_are_not_one_to_one_are_named_with_their_line(tmp_path, lines, found):
    path = tmp_path / "a.orderedids.txt"
    path.write_text("".join(f"{line}\n" for line in lines), errors="surrogateescape")
    with pytest.raises(BadInput, match=rf"a\.orderedids\.txt.*{found}") as error:
        ordered_identities(path)
    if "line" in found and "holds" not in found:
        number = int(found.split("line ")[1][0])
        assert repr(lines[number - 1]) in str(error.value)


@pytest.mark.skipif("AIP_PIPA" not in os.environ, reason="AIP_PIPA does not name PIPA's annotation")
def test_pipas_own_split_numbered_from_0_has_366_identities(tmp_path):
    from pathlib import Path

    lines = (Path(os.environ["AIP_PIPA"]) / "split_val_original.txt").read_text().splitlines()
    labels: dict[str, int] = {}
    numbered = [f"{line} {labels.setdefault(line.split()[6], len(labels))}" for line in lines]
    path = tmp_path / "split_val_original.orderedids.txt"
    path.write_text("\n".join(numbered))
    assert ordered_identities(path) == {label: name for name, label in labels.items()}
    assert len(labels) == 366


def test_a_card_whose_release_is_gone_is_to_be_made_again(tmp_path):
    card = tmp_path / "authors-0.json"
    card.write_text(json.dumps({"root": str(tmp_path / "authors-0")}))
    with pytest.raises(Damaged, match=r"release, which it says is in .*, is gone") as gone:
        read_release_card(card)
    assert gone.value.path == card
