import shutil
import subprocess

import pytest

from aip.store.checksums import Damaged, check, write_checksums


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "index.csv"
    path.write_text("identity\nAda\nZoë\n")
    write_checksums(path, "f" * 24)
    return path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "photos"
    path.mkdir()
    for name in ("1.jpg", "2.jpg"):
        (path / name).write_bytes(name.encode() * 100)
    write_checksums(path, "f" * 24)
    (path / ".made").touch()  # as Snakemake marks a folder, after the job
    return path


def flip(path, where=5):
    content = bytearray(path.read_bytes())
    content[where] ^= 0x10
    path.write_bytes(content)


def test_an_artifact_as_it_was_written_passes(text, folder):
    check(text)
    check(folder)


@pytest.mark.parametrize("where", [0, 7, -1])
def test_a_flipped_bit_in_a_text_is_found(text, where):
    flip(text, where)
    with pytest.raises(Damaged, match=r"index\.csv differs from its checksum") as caught:
        check(text)
    assert caught.value.path == text


@pytest.mark.parametrize("share", [0, 0.5])
def test_a_text_that_is_cut_short_is_found(text, share):
    content = text.read_bytes()
    text.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Damaged):
        check(text)


@pytest.mark.parametrize(
    "spoil",
    [flip, lambda photo: photo.unlink(), lambda photo: photo.rename(photo.with_name("3.jpg"))],
    ids=["flipped", "gone", "renamed"],
)
def test_a_file_of_a_folder_is_named(folder, spoil):
    spoil(folder / "2.jpg")
    with pytest.raises(Damaged, match=r"photos/2\.jpg differs") as caught:
        check(folder)
    assert caught.value.path == folder


def test_a_damaged_checksum_is_no_reason_to_trust_its_file(text):
    flip(text.with_name(".index.csv.sha256"))
    with pytest.raises(Damaged):
        check(text)


def test_what_has_no_checksum_passes(tmp_path):
    (tmp_path / "a.csv").write_text("a")
    check(tmp_path / "a.csv")
    check(tmp_path / "missing.csv")


@pytest.mark.parametrize("name", ["heads.h5", "net.pt"])
def test_what_carries_its_own_checksums_gets_none(tmp_path, name):
    (tmp_path / name).write_bytes(b"content")
    write_checksums(tmp_path / name, "f" * 24)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="sha256sum is not installed")
def test_sha256sum_reads_the_checksums(text, folder):
    for name in (".index.csv.sha256", ".photos.sha256"):
        command = ["sha256sum", "--check", "--strict", name]
        assert subprocess.run(command, cwd=text.parent, check=False).returncode == 0
    flip(folder / "1.jpg")
    assert subprocess.run(command, cwd=text.parent, check=False).returncode == 1


def test_checksums_of_what_lay_where_a_link_is_now_are_not_the_links(text, tmp_path):
    shared = tmp_path / "shared.csv"
    shared.write_text("identity\nEve\n")
    text.unlink()
    text.symlink_to(shared)
    check(text)
