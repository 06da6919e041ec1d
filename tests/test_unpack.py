import gzip
import io
import os
import tarfile

import pytest

from aip import unpack as unpacking
from aip.errors import BadInput
from aip.unpack import unpack


def member(name: str, content: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = ""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(content)
    return info, content


PLAIN = [
    member("data", kind=tarfile.DIRTYPE),
    member("data/a.txt", b"a" * 5000),
    member("data/below/b.bin", bytes(range(256))),
]
REFUSED = {
    "absolute": (member("/tmp/x", b"x"), "absolute path"),
    "traversal": (member("../x", b"x"), "leaves its folder"),
    "hidden traversal": (member("data/../../x", b"x"), "leaves its folder"),
    "folder traversal": (member("data/..", kind=tarfile.DIRTYPE), "leaves its folder"),
    "symbolic link": (member("data/l", kind=tarfile.SYMTYPE, link="/etc"), "symbolic link"),
    "harmless link": (member("data/l", kind=tarfile.SYMTYPE, link="a.txt"), "symbolic link"),
    "hard link": (member("data/l", kind=tarfile.LNKTYPE, link="data/a.txt"), "hard link"),
    "device": (member("data/d", kind=tarfile.CHRTYPE), "device or a pipe"),
    "disk": (member("data/d", kind=tarfile.BLKTYPE), "device or a pipe"),
    "pipe": (member("data/d", kind=tarfile.FIFOTYPE), "device or a pipe"),
    "twice": (member("data/a.txt", b"b"), "comes twice"),
    "twice, in other words": (member("data/./a.txt", b"b"), "comes twice"),
}


@pytest.fixture
def pack(tmp_path):
    """Pack members: pack([member(…), …], "gz") → archive."""

    def make(members, form: str = "gz"):
        path = tmp_path / f"a.tar{form and '.'}{form}"
        with tarfile.open(path, f"w:{form}") as tar:
            for info, content in members:
                tar.addfile(info, io.BytesIO(content))
        return path

    return make


def unpacked(archive, folder, progress=lambda _: None) -> dict[str, bytes]:
    folder.mkdir()
    unpack(archive, folder, progress)
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("form", ["", "gz"])
def test_files_come_out_as_they_went_in_and_every_byte_is_counted(pack, tmp_path, form):
    archive, counted = pack(PLAIN, form), []
    files = unpacked(archive, tmp_path / "out", counted.append)
    assert files == {info.name: content for info, content in PLAIN if info.isfile()}
    assert sum(counted) == archive.stat().st_size


@pytest.mark.parametrize(("bad", "why"), REFUSED.values(), ids=REFUSED)
def test_what_could_do_harm_is_refused_by_name_before_it_is_unpacked(pack, tmp_path, bad, why):
    archive = pack([*PLAIN, bad])
    with pytest.raises(BadInput, match=f"refused; its member .*{why}") as error:
        unpacked(archive, tmp_path / "out")
    assert repr(bad[0].name) in str(error.value)
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "out" / "data" / "a.txt").read_bytes() == PLAIN[1][1]
    assert not any(p.is_symlink() or p.stat().st_nlink > 1 for p in tmp_path.rglob("*.*"))


def test_an_archive_that_would_fill_the_disk_is_refused(pack, tmp_path, monkeypatch):
    archive = pack(PLAIN)
    monkeypatch.setattr(unpacking, "BYTES", 5255)
    with pytest.raises(BadInput, match=r"b\.bin' goes beyond the 5,255 bytes"):
        unpacked(archive, tmp_path / "bytes")
    monkeypatch.setattr(unpacking, "BYTES", 5256)
    monkeypatch.setattr(unpacking, "MEMBERS", 2)
    with pytest.raises(BadInput, match=r"b\.bin' is one more than the 2 members"):
        unpacked(archive, tmp_path / "members")
    monkeypatch.setattr(unpacking, "MEMBERS", 3)
    assert len(unpacked(archive, tmp_path / "out")) == 2


def test_a_bomb_is_refused_before_its_content_is_read(pack, tmp_path):
    archive = pack(PLAIN)
    content = gzip.decompress(archive.read_bytes()).rstrip(b"\0")
    content += bytes(-len(content) % tarfile.BLOCKSIZE)
    bomb = tarfile.TarInfo("bomb")
    bomb.size = 10**13
    archive.write_bytes(gzip.compress(content + bomb.tobuf()))
    with pytest.raises(BadInput, match="member 'bomb' goes beyond"):
        unpacked(archive, tmp_path / "out")


@pytest.mark.parametrize("form", ["", "gz"])
def test_an_archive_cut_anywhere_is_never_taken_for_whole(pack, tmp_path, form):
    archive = pack(PLAIN, form)
    content = archive.read_bytes()
    step = 512 if form == "" else 7
    for number, kept in enumerate(range(0, len(content) - 1024 * (form == ""), step)):
        if form == "" and not any(content[kept:]):
            break  # only zeros that fill up the last record are missing
        archive.write_bytes(content[:kept])
        with pytest.raises(BadInput, match=r"a\.tar"):
            unpacked(archive, tmp_path / f"out{number}")


@pytest.mark.parametrize("filling", [0, 10**6])
def test_a_damaged_byte_of_a_compressed_archive_is_noticed(pack, tmp_path, filling):
    archive = pack(PLAIN, "")
    content = bytearray(gzip.compress(archive.read_bytes() + bytes(filling)))
    content[-6] ^= 1  # of gzip's own checksum
    archive.write_bytes(content)
    with pytest.raises(BadInput, match=r"cannot be unpacked: .*CRC"):
        unpacked(archive, tmp_path / "out")


@pytest.mark.parametrize("content", [b"", b"no archive", os.urandom(5000), gzip.compress(b"no")])
def test_what_is_no_archive_is_named(tmp_path, content):
    archive = tmp_path / "a.tar"
    archive.write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.tar: cannot be unpacked"):
        unpacked(archive, tmp_path / "out")


def test_a_file_in_the_place_of_a_folder_is_an_error_of_the_archive(pack, tmp_path):
    archive = pack([*PLAIN, member("data/a.txt/c", b"c")])
    with pytest.raises(BadInput, match=r"a\.tar\.gz: cannot be unpacked"):
        unpacked(archive, tmp_path / "out")
