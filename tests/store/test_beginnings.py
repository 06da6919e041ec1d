import json
import os

from aip.store import beginnings as module
from aip.store.beginnings import beginnings


def test_the_first_64_bytes_are_read(tmp_path):
    for name, content in (("a", b""), ("b", b"short"), ("c", bytes(range(100)))):
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in "abc"]
    assert list(beginnings(paths, None).values()) == [b"", b"short", bytes(range(64))]


def test_what_has_not_changed_is_not_read_again(tmp_path, monkeypatch):
    path, cache = tmp_path / "a", tmp_path / "cache" / "beginnings.json"
    path.write_bytes(b"before")
    first = beginnings([path], cache)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_beginning", lambda _: b"read again")
        assert beginnings([path], cache) == first
    instant = path.stat().st_mtime_ns
    path.write_bytes(b"after!")
    os.utime(path, ns=(instant, instant))
    assert beginnings([path], cache) == {path: b"after!"}


def test_a_memory_that_is_damaged_is_forgotten(tmp_path):
    path, cache = tmp_path / "a", tmp_path / "beginnings.json"
    path.write_bytes(b"content")
    for damaged in ("{half", "[]", '{"a": 1}', json.dumps({str(path): [[0], "xx"]})):
        cache.write_text(damaged)
        assert beginnings([path], cache) == {path: b"content"}


def test_an_error_stands_where_a_file_cannot_be_read(tmp_path):
    found = beginnings([tmp_path / "gone"], None)
    assert isinstance(found[tmp_path / "gone"], FileNotFoundError)
