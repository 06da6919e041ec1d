import os

from aip.store import digest as module
from aip.store.digest import digest, file_digest, files_digest


def test_a_digest_depends_on_the_values_and_not_on_the_order_of_keys():
    assert digest({"a": 1, "b": [2]}) == digest({"b": [2], "a": 1})
    different = [digest(*v) for v in ([1], ["1"], [1.0], [1, 2], [[1, 2]], [None], [], [{"a": 1}])]
    assert len(set(different)) == 8
    assert digest("x", 1) == digest("x", 1)


def test_a_file_is_read_again_only_when_its_size_or_time_changed(tmp_path, monkeypatch):
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for photo in photos:
        photo.write_text(photo.name)
    cache, read = tmp_path / "cache" / "photos.json", []

    def watched(path):
        read.append(path.name)
        return file_digest(path)

    monkeypatch.setattr(module, "file_digest", watched)
    first = files_digest(photos, cache)
    assert files_digest(photos, cache) == first
    assert read == ["a.jpg", "b.jpg"]
    photos[1].write_text("longer than before")
    assert files_digest(photos, cache) != first
    assert read == ["a.jpg", "b.jpg", "b.jpg"]
    photos[1].unlink()
    assert files_digest(photos[:1], cache) != first


def _keep_times(path, change):
    stat = path.stat()
    change(path)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def _swap(path):
    other = path.with_name("b.jpg")
    path.rename(path.with_name("c.jpg"))
    other.rename(path)
    path.with_name("c.jpg").rename(other)


def _replace(path):
    new = path.with_name("new")
    new.write_text("A.jpg")
    new.replace(path)


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path):
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg")]
    for photo in photos:
        photo.write_text(photo.name)
        os.utime(photo, (1e9, 1e9))
    cache = tmp_path / "cache.json"
    digests = [files_digest(photos, cache)]
    for change in (lambda path: path.write_text("B.jpg"), _swap, _replace):
        _keep_times(photos[0], change)
        digests.append(files_digest(photos, cache))
    assert len(set(digests)) == 4


def test_a_damaged_cache_is_made_again(tmp_path):
    photo, cache = tmp_path / "a.jpg", tmp_path / "cache.json"
    photo.write_text("a")
    first = files_digest([photo], cache)
    for text in ("", "{", "[]", '{"a": 1}', '{"a": [["x"], "y"]}', '{"a": [1, 2, "y"]}', "null"):
        cache.write_text(text)
        assert files_digest([photo], cache) == first
