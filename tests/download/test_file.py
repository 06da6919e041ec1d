import hashlib
import logging
import os
import random
import subprocess
import sys
import time
from email.utils import formatdate

import pytest

from aip.download import web
from aip.download.file import fetch
from aip.errors import BadInput
from standins.server import Content, Cut, HangUp, Redirect, Stall, Status

FILE = random.Random(1).randbytes(400_000)
SUM = hashlib.sha256(FILE).hexdigest()
FETCH = """
import sys
from pathlib import Path
from aip.download.file import fetch
fetch(sys.argv[1], Path(sys.argv[2]), sys.argv[3] or None)
"""
FAULTS = {
    "busy": Status(429),
    "broken": Status(500),
    "overloaded": Status(503, {"Retry-After": "soon"}),
    "cut": Cut(300_000),
    "cut at once": Cut(0),
    "silent": Stall(),
    "stalled": Stall(200_000),
    "hung up": HangUp(),
}


@pytest.fixture
def serve(server, tmp_path, monkeypatch):
    """Serve FILE with faults: serve(fault, …) → (server, url, path to fetch it to)."""

    def make(*faults):
        if any(isinstance(fault, Stall) for fault in faults):
            monkeypatch.setattr(web, "TIMEOUTS", (5.0, 0.3))
        server.files["/a.bin"] = FILE
        server.faults["/a.bin"] = list(faults)
        return server, f"{server.url}/a.bin", tmp_path / "new" / "a.bin"

    return make


def names(path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


@pytest.mark.parametrize("sha256", [SUM, None])
def test_a_file_comes_whole_once_and_is_counted(serve, sha256):
    server, url, path = serve()
    seen = []
    assert fetch(url, path, sha256, lambda total: seen.append(total) or seen.append) == SUM
    assert path.read_bytes() == FILE
    assert names(path) == ["a.bin"]
    assert seen[0] == sum(seen[1:]) == len(FILE)
    assert fetch(url, path, sha256) == SUM
    assert server.names() == ["/a.bin"]


def test_the_disk_holds_a_file_before_it_has_its_name(serve, monkeypatch):
    _, url, path = serve()
    flushed = set()
    monkeypatch.setattr(
        os, "fsync", lambda file: path.exists() or flushed.add(os.fstat(file).st_ino)
    )
    fetch(url, path, SUM)
    assert path.stat().st_ino in flushed


@pytest.mark.parametrize("sha256", [SUM, None])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_may_pass_is_tried_again(serve, fault, sha256):
    server, url, path = serve(fault, fault)
    seen = []
    fetch(url, path, sha256, lambda total: seen.append(total) or seen.append)
    assert path.read_bytes() == FILE
    assert names(path) == ["a.bin"]
    assert server.faults["/a.bin"] == []
    assert len(server.requests) == 3 or isinstance(fault, Stall)
    assert seen[0] == sum(seen[1:]) == len(FILE)


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_does_not_pass_is_named_and_leaves_nothing_under_the_name(serve, fault, ranges):
    server, url, path = serve(*[fault] * 20)
    server.ranges = ranges
    if fault == FAULTS["stalled"]:
        server.faults["/a.bin"] = [Stall(0)] * 20
    if fault == FAULTS["cut"] and ranges:
        pytest.skip("tries that bring more are not counted")
    with pytest.raises(BadInput, match=rf"{url}: .*; tried {web.TRIES} times"):
        fetch(url, path, SUM)
    assert not path.exists()
    assert len(server.requests) == web.TRIES


def test_tries_that_bring_more_are_not_counted(serve):
    server, url, path = serve(*[Cut(70_000)] * 6)  # of which a piece of 65,536 is kept
    assert fetch(url, path, None) == SUM
    assert web.TRIES < 7 == len(server.requests)


@pytest.mark.parametrize("sha256", [SUM, None])
@pytest.mark.parametrize("fault", [Cut(300_000), Stall(200_000)], ids=["cut", "stalled"])
def test_a_later_run_goes_on_where_one_stopped(serve, monkeypatch, fault, sha256):
    server, url, path = serve(fault)
    monkeypatch.setattr(web, "TRIES", 1)
    with pytest.raises(BadInput):
        fetch(url, path, sha256)
    had = (path.parent / ".a.bin.partial").stat().st_size
    assert had >= 131_072
    seen = []
    assert fetch(url, path, sha256, lambda total: seen.append(total) or seen.append) == SUM
    assert server.requests[-1].headers["Range"] == f"bytes={had}-"
    assert seen[:2] == [len(FILE), had]
    assert names(path) == ["a.bin"]


@pytest.mark.parametrize("sha256", [SUM, None])
def test_a_killed_download_goes_on(serve, sha256):
    server, url, path = serve()
    server.wait = 0.02
    loading = subprocess.Popen([sys.executable, "-c", FETCH, url, path, sha256 or ""])
    partial = path.parent / ".a.bin.partial"
    while not (partial.exists() and partial.stat().st_size > 100_000):
        assert loading.poll() is None
        time.sleep(0.001)
    loading.kill()
    loading.wait()
    assert not path.exists()
    had = partial.stat().st_size
    assert fetch(url, path, sha256) == SUM
    assert server.requests[-1].headers["Range"] == f"bytes={had}-"


def begun(serve, monkeypatch, sha256):
    server, url, path = serve(Cut(300_000))
    with monkeypatch.context() as patched:
        patched.setattr(web, "TRIES", 1)
        with pytest.raises(BadInput):
            fetch(url, path, sha256)
    return server, url, path


@pytest.mark.parametrize("sha256", [True, False])
@pytest.mark.parametrize("tags", [True, False])
@pytest.mark.parametrize("length", [400_000, 150_000, 196_608])
def test_a_file_that_changed_meanwhile_is_never_pieced_together(
    serve, monkeypatch, sha256, tags, length
):
    other = random.Random(2).randbytes(length)
    expected = hashlib.sha256(other).hexdigest() if sha256 else None
    monkeypatch.setattr(serve()[0], "tags", tags)
    server, url, path = begun(serve, monkeypatch, expected)
    server.files["/a.bin"] = other
    fetch(url, path, expected)
    assert path.read_bytes() == other
    assert names(path) == ["a.bin"]


def test_without_checksum_or_etag_it_begins_again(serve, monkeypatch):
    monkeypatch.setattr(serve()[0], "tags", False)
    server, url, path = begun(serve, monkeypatch, None)
    fetch(url, path, None)
    assert "Range" not in server.requests[-1].headers
    assert path.read_bytes() == FILE


@pytest.mark.parametrize("sha256", [SUM, None])
def test_a_run_that_was_killed_after_the_last_byte_asks_for_no_more(serve, monkeypatch, sha256):
    server, url, path = begun(serve, monkeypatch, sha256)
    (path.parent / ".a.bin.partial").write_bytes(FILE)
    assert fetch(url, path, sha256) == SUM
    assert server.whole() == {}
    assert names(path) == ["a.bin"]


def test_a_part_that_was_spoilt_on_the_disk_is_loaded_again(serve, monkeypatch):
    server, url, path = begun(serve, monkeypatch, SUM)
    partial = path.parent / ".a.bin.partial"
    partial.write_bytes(bytes(partial.stat().st_size))
    assert fetch(url, path, SUM) == SUM
    assert len(server.requests) == 3


def test_another_file_than_expected_is_set_aside(serve):
    _, url, path = serve(Content(b"something else"))
    found = hashlib.sha256(b"something else").hexdigest()
    with pytest.raises(BadInput) as error:
        fetch(url, path, SUM)
    aside = path.with_name("a.bin.rejected")
    assert all(text in str(error.value) for text in (url, SUM, found, str(aside)))
    assert aside.read_bytes() == b"something else"
    assert names(path) == ["a.bin.rejected"]
    assert fetch(url, path, SUM) == SUM  # what was set aside is in nobody's way


def test_a_wrong_file_that_is_there_is_set_aside_and_loaded_again(serve, caplog):
    _, url, path = serve()
    path.parent.mkdir()
    path.write_bytes(b"old")
    assert fetch(url, path, SUM) == SUM
    assert path.with_name("a.bin.rejected").read_bytes() == b"old"
    assert SUM in caplog.text
    assert "a.bin.rejected" in caplog.text


@pytest.mark.parametrize("code", [404, 403, 410])
def test_a_file_that_is_not_there_is_asked_for_once(serve, code):
    server, url, path = serve(Status(code))
    with pytest.raises(BadInput, match=f"{url}: the server answers {code}"):
        fetch(url, path, None)
    assert len(server.requests) == 1
    assert not path.exists()


def test_a_redirect_to_another_host_is_refused_and_both_are_named(serve):
    server, url, path = serve(Redirect(f"{serve()[0].url.replace('127.0.0.1', 'localhost')}/b"))
    with pytest.raises(BadInput, match=r"refused to follow 127\.0\.0\.1 to .*localhost"):
        fetch(url, path, None)
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(serve, code):
    server, url, path = serve(Redirect("/b.bin", code))
    server.files["/b.bin"] = FILE
    assert fetch(url, path, SUM) == SUM
    assert server.names() == ["/a.bin", "/b.bin"]


def test_a_redirect_to_a_file_of_this_machine_is_refused(serve):
    _, url, path = serve(Redirect("file:///etc/hostname"))
    with pytest.raises(BadInput, match=r"file:///etc/hostname: expected .*http"):
        fetch(url, path, None)


def test_redirects_in_a_circle_end(serve):
    _, url, path = serve(*[Redirect("/a.bin")] * 20)
    with pytest.raises(BadInput, match="redirected more than"):
        fetch(url, path, None)


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "ftp://a/b", "a.bin", "http://", "http://["]
)
def test_only_http_is_asked(tmp_path, url):
    with pytest.raises(BadInput, match="expected an address that begins with http"):
        fetch(url, tmp_path / "a", None)


def test_a_server_that_is_not_there_is_named(server, tmp_path):
    server.__exit__()
    with pytest.raises(BadInput, match=rf"{server.url}/a: .*refused.*; tried {web.TRIES} times"):
        fetch(f"{server.url}/a", tmp_path / "a", None)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("as_date", [True, False])
def test_the_server_says_how_long_to_wait(serve, monkeypatch, code, as_date):
    asked = formatdate(time.time() + 1000, usegmt=True) if as_date else "1000"
    _, url, path = serve(Status(code, {"Retry-After": asked}))
    waits = []
    monkeypatch.setattr(web.time, "sleep", waits.append)
    fetch(url, path, SUM)
    assert len(waits) == 1
    assert 500 < waits[0] <= 1000 if as_date else waits[0] == 1000


def test_waits_grow_from_try_to_try(serve, monkeypatch):
    _, url, path = serve(*[Status(500)] * 5)
    waits = []
    monkeypatch.setattr(web.time, "sleep", waits.append)
    monkeypatch.setattr(web, "BACK_OFF", 1.0)
    fetch(url, path, SUM)
    assert waits == [1, 2, 4, 8, 16]


def test_a_server_that_asks_for_a_day_is_given_up(serve):
    _, url, path = serve(Status(429, {"Retry-After": "86400"}))
    with pytest.raises(BadInput, match="asks to wait 86400 seconds"):
        fetch(url, path, SUM)


def test_waiting_is_logged(serve, caplog):
    caplog.set_level(logging.INFO)
    _, url, path = serve(Status(503))
    fetch(url, path, SUM)
    assert f"{url}: the server answers 503" in caplog.text
