import gzip
import io
import os
import tarfile

import numpy as np
import pytest

from aip.download import unpack as unpacking
from aip.download.unpack import unpack
from aip.errors import BadInput


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


def allowed(name: str, mode: int, kind: bytes = tarfile.REGTYPE):
    info, content = member(name, kind=kind)
    info.mode = mode
    return info, content


def described(name: str, **headers: str):
    info, content = member(name, b"x" * 512)
    info.pax_headers = {key.replace("__", "."): value for key, value in headers.items()}
    return info, content


STRANGE = {
    "a long name": (member("a" * 300), "has a name that is too long"),
    "a long path": (member("a/" * 3000 + "x"), "has a name that is too long"),
    "control characters": (member("a\n\x1b[31mx"), "characters that cannot be printed"),
    "no Unicode": (member("a\udcff"), "characters that cannot be printed"),
    "a zero in its name": (described("a", path="a\0b"), "characters that cannot be printed"),
    "sparse": (member("s", b"x", tarfile.GNUTYPE_SPARSE), "is a sparse file"),
    "sparse by a header": (
        described("s", GNU__sparse__map="0,1,5,1", GNU__sparse__size=str(2**37)),
        "is a sparse file",
    ),
    "no time": (described("a", mtime="nan"), "cannot be unpacked: Invalid value NaN"),
    "a time without end": (described("a", mtime="1e300"), "cannot be unpacked: timestamp out of"),
    "less than nothing": (described("a", size="-5"), "cannot be unpacked: unexpected end of data"),
    "a long header": (described("a", comment="x" * 2**16), "found a header of 65,5"),
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


def test_what_comes_out_runs_as_nobody_else_and_is_written_by_nobody_else(tmp_path, pack):
    archive = pack([allowed("run", 0o6777), allowed("data", 0o7777, tarfile.DIRTYPE)])
    unpacked(archive, tmp_path / "out")
    modes = {path.name: path.stat().st_mode & 0o7022 for path in (tmp_path / "out").iterdir()}
    assert modes == {"run": 0, "data": 0}


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


@pytest.mark.parametrize(("bad", "why"), STRANGE.values(), ids=STRANGE)
def test_what_a_header_may_say_but_no_release_does_is_refused_in_a_sentence(tmp_path, bad, why):
    archive = tmp_path / "a.tar.gz"
    kind = tarfile.GNU_FORMAT if bad[0].type == tarfile.GNUTYPE_SPARSE else tarfile.PAX_FORMAT
    with tarfile.open(archive, "w:gz", format=kind) as tar:
        tar.addfile(bad[0], io.BytesIO(bad[1]))
    with pytest.raises(BadInput, match=why):
        unpacked(archive, tmp_path / "out")
    assert why.startswith("cannot") or not list((tmp_path / "out").iterdir())


def headers(kind: bytes, count: int) -> bytes:
    """Return headers of which each extends what follows, and nothing that follows."""
    record = b"20 comment=xxxxxxxxx\n"
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, len(record)
    return (info.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0")) * count


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_without_end_are_refused(tmp_path, kind):
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(gzip.compress(headers(kind, 5000) + bytes(1024)))
    with pytest.raises(BadInput, match="cannot be unpacked: found headers without end"):
        unpacked(archive, tmp_path / "out")


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_header_of_gigabytes_is_refused_before_it_is_read(tmp_path, kind):
    info = tarfile.TarInfo("header")
    info.type, info.size = kind, 2**31
    archive = tmp_path / "a.tar"
    archive.write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    with pytest.raises(BadInput, match="found a header of 2,147,483,648 bytes, expected at most"):
        unpacked(archive, tmp_path / "out")


def test_an_archive_holds_no_more_than_many_times_its_size(pack, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "SMALL", 2**16)
    zeros = pack([member("zeros", bytes(2**22))])
    with pytest.raises(BadInput, match=r"'zeros' goes beyond the \d+,\d+ bytes"):
        unpacked(zeros, tmp_path / "zeros")
    after = tmp_path / "after.tar.gz"
    after.write_bytes(gzip.compress(gzip.decompress(pack(PLAIN).read_bytes()) + bytes(2**22)))
    with pytest.raises(BadInput, match="found more than 65,536 bytes after its end"):
        unpacked(after, tmp_path / "after")


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_a_folder_or_a_pipe_in_its_place_is_named(tmp_path, make):
    make(tmp_path / "a.tar")
    with pytest.raises(BadInput, match=r"a\.tar: found (a folder|no plain file), expected a tar"):
        unpacked(tmp_path / "a.tar", tmp_path / "out")


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


NO_ARCHIVE = {
    "empty": b"",
    "words": b"no archive",
    "noise": np.random.default_rng(0).bytes(5000),
    "gzip": gzip.compress(b"no"),
}


@pytest.mark.parametrize("content", NO_ARCHIVE.values(), ids=NO_ARCHIVE)
def test_what_is_no_archive_is_named(tmp_path, content):
    archive = tmp_path / "a.tar"
    archive.write_bytes(content)
    with pytest.raises(BadInput, match=r"a\.tar: cannot be unpacked"):
        unpacked(archive, tmp_path / "out")


def test_a_file_in_the_place_of_a_folder_is_an_error_of_the_archive(pack, tmp_path):
    archive = pack([*PLAIN, member("data/a.txt/c", b"c")])
    with pytest.raises(BadInput, match=r"a\.tar\.gz: cannot be unpacked"):
        unpacked(archive, tmp_path / "out")
