import json
import logging
import random
import subprocess
import sys
import time
import traceback
from collections import Counter

import pytest
from PIL import Image

from aip.album.photo import decoded_size
from aip.album.photo_size import Extent, choose
from aip.download import flickr, flickr_sizes, web
from aip.download.flickr import CONNECTIONS, api_key, fetch_photos
from aip.errors import BadInput
from aip.store.checkout import remote
from standins.flickr import KEY, failure, picture
from standins.server import Content, Cut, HangUp, Redirect, Stall, Status, as_json

PHOTO, FILE = picture(1024, 768), "/12_1024x768.jpg"
NEAR = Extent(10, 10)
PASSING = {
    "busy": Status(429, {"Retry-After": "0"}),
    "broken": Status(500),
    "bad gateway": Status(502),
    "cut": Cut(200),
    "silent": Stall(),
    "stalled": Stall(100),
    "hung up": HangUp(),
}
CALLS = PASSING | {
    "unavailable": failure(105),
    "failed": failure(106),
    "overloaded": failure(0),
    "overloaded too": failure(201),
    "a page": Content(b"<html>502 Bad Gateway</html>"),
    "a list": Content(b"[]"),
    "no sizes": Content(as_json({"stat": "ok"})),
}
FILES = PASSING | {
    "a page": Content(b"<html>sign in</html>"),
    "half a photo": Content(PHOTO[: len(PHOTO) // 2]),
    "nothing": Content(b""),
    "unavailable.png": Content(picture(500, 374, kind="PNG")),
}


@pytest.fixture
def run(flickr_server, tmp_path, monkeypatch):
    """Serve photos and fetch them: run(photos, wanted, faults) → (server, gone, counted)."""

    def make(photos=None, wanted=None, faults=None, server=None, key=KEY):
        photos = {"12": {(1024, 768): PHOTO}} if photos is None else photos
        server = server or flickr_server(photos)
        server.faults.update({name: list(script) for name, script in (faults or {}).items()})
        if any(isinstance(f, Stall) for script in server.faults.values() for f in script):
            monkeypatch.setattr(web, "TIMEOUTS", (5.0, 0.3))
        wanted = wanted or dict.fromkeys(photos, NEAR)
        counted = []
        gone = fetch_photos(
            wanted,
            tmp_path / "photos",
            lambda: key,
            server.remote,
            choose,
            decoded_size,
            counted.append,
        )
        return server, gone, counted

    return make


def content(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_photos_come_whole_and_are_counted(run, tmp_path):
    photos = {str(n): {(1024, 700 + n): picture(1024, 700 + n, n)} for n in range(1, 9)}
    server, gone, counted = run(photos)
    assert gone == {}
    assert counted == [1] * 8
    expected = {f"{n}.jpg": file for n, sizes in photos.items() for file in sizes.values()}
    assert content(tmp_path / "photos") == {**expected, "gone.csv": b"photo,reason\n"}
    assert len(server.requests) == 16
    _, gone, counted = run(server=server, photos=photos)
    assert (gone, counted) == ({}, [1] * 8)
    assert len(server.requests) == 16


@pytest.mark.parametrize("fault", CALLS.values(), ids=CALLS)
def test_a_call_that_may_work_later_is_made_again(run, tmp_path, fault):
    server, gone, _ = run(faults={"sizes/12": [fault, fault]})
    assert gone == {}
    assert (tmp_path / "photos" / "12.jpg").read_bytes() == PHOTO
    assert server.faults["sizes/12"] == []
    assert server.names().count(FILE) == 1


@pytest.mark.parametrize("fault", FILES.values(), ids=FILES)
def test_a_file_that_comes_spoilt_is_fetched_again(run, tmp_path, fault):
    server, gone, _ = run(faults={FILE: [fault, fault]})
    assert gone == {}
    assert (tmp_path / "photos" / "12.jpg").read_bytes() == PHOTO
    assert server.faults[FILE] == []
    assert server.names().count("sizes/12") == 1


@pytest.mark.parametrize("fault", CALLS.values(), ids=CALLS)
def test_a_call_that_never_works_is_named_with_its_photo(run, tmp_path, monkeypatch, fault):
    monkeypatch.setattr(web, "TRIES", 3)
    with pytest.raises(BadInput, match=r"photo 12: .*; tried 3 times"):
        run(faults={"sizes/12": [fault] * 3})
    assert content(tmp_path / "photos") == {}


@pytest.mark.parametrize("fault", FILES.values(), ids=FILES)
def test_a_file_that_always_comes_spoilt_is_named(run, tmp_path, monkeypatch, fault):
    monkeypatch.setattr(web, "TRIES", 3)
    with pytest.raises(BadInput, match=r"photo 12: .*/12_1024x768\.jpg: .*; tried 3 times"):
        run(faults={FILE: [fault] * 3})
    assert content(tmp_path / "photos") == {}
    assert run()[1] == {}
    assert (tmp_path / "photos" / "12.jpg").read_bytes() == PHOTO


def test_what_was_fetched_before_an_error_stays(run, tmp_path, monkeypatch):
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(1, 10)}
    monkeypatch.setattr(web, "TRIES", 1)
    with pytest.raises(BadInput, match="photo 9"):
        run(photos, faults={"sizes/9": [Status(500)]})
    there = content(tmp_path / "photos")
    assert there
    server, _, counted = run(photos)
    assert counted == [1] * 9
    assert not {f"/{name.split('.')[0]}_640x480.jpg" for name in there} & set(server.names())
    assert there.items() <= content(tmp_path / "photos").items()


def test_a_spoilt_photo_is_told_when_all_others_are_there(run, tmp_path):
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(1, 30)}
    refused = {f"/{n}_640x480.jpg": [Status(403)] for n in (1, 7)}
    with pytest.raises(BadInput, match=r"photo [17] and 1 more \([17]\): .*403.*gone\.csv"):
        run(photos, faults=refused)
    there = {f"{n}.jpg" for n in photos} - {"1.jpg", "7.jpg"}
    assert set(content(tmp_path / "photos")) == there


def test_when_nothing_comes_as_it_should_it_ends_early(run, tmp_path, monkeypatch):
    monkeypatch.setattr(flickr, "SPOILT", 3)
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(1, 40)}
    faults = {f"/{n}_640x480.jpg": [Status(403)] for n in photos}
    with pytest.raises(BadInput, match=r"photo .* and 2 more"):
        run(photos, faults=faults)
    assert content(tmp_path / "photos") == {}


def test_two_runs_at_once_fetch_each_photo_once(flickr_server, tmp_path):
    """In processes of their own, which the lock is between."""
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(1, 30)}
    server = flickr_server(photos)
    code = (
        "import sys, json; from pathlib import Path\n"
        "from aip.album.photo import decoded_size\n"
        "from aip.download.flickr import fetch_photos\n"
        "from aip.album.photo_size import Extent, choose\n"
        "folder, key, remote, photos = sys.argv[1:]\n"
        "wanted = {p: Extent(0, 0) for p in json.loads(photos)}\n"
        "fetch_photos(wanted, Path(folder), lambda: key, "
        "json.loads(remote), choose, decoded_size, lambda n: None)\n"
    )
    arguments = [str(tmp_path / "photos"), KEY, json.dumps(server.remote), json.dumps([*photos])]
    runs = [subprocess.Popen([sys.executable, "-c", code, *arguments]) for _ in range(2)]
    assert [run.wait(120) for run in runs] == [0, 0]
    assert server.whole() == {f"/{n}_640x480.jpg": 1 for n in photos} | {
        name: count for name, count in server.whole().items() if name.startswith("sizes/")
    }
    assert set(content(tmp_path / "photos")) >= {f"{n}.jpg" for n in photos}


def test_no_key_is_asked_for_where_all_is_settled(run, tmp_path):
    run({"12": {(1024, 768): PHOTO}}, {"12": NEAR, "13": NEAR})

    def never():
        raise AssertionError

    remote = {"api": "http://127.0.0.1:1/", "photo_hosts": [], "seconds_between_calls": 0}
    gone = fetch_photos(
        {"12": NEAR, "13": NEAR},
        tmp_path / "photos",
        never,
        remote,
        choose,
        decoded_size,
        lambda _: None,
    )
    assert list(gone) == ["13"]


@pytest.mark.parametrize("code", [404, 410])
def test_a_file_that_is_not_there_is_gone(run, tmp_path, code):
    server, gone, counted = run(faults={FILE: [Status(code)]})
    assert list(gone) == ["12"]
    assert str(code) in gone["12"]
    assert counted == [1]
    assert server.names() == ["sizes/12", FILE]
    assert list(content(tmp_path / "photos")) == ["gone.csv"]


@pytest.mark.parametrize(("code", "why"), [(1, "no such photo"), (2, "not public")])
def test_a_photo_that_flickr_does_not_show_is_gone_and_not_asked_for_again(run, code, why):
    photos = {"12": {(1024, 768): PHOTO}, "13": {(1024, 768): PHOTO}}
    server, gone, _ = run(photos, faults={"sizes/12": [failure(code)]})
    assert list(gone) == ["12"]
    assert why in gone["12"]
    before = len(server.requests)
    assert run(photos, server=server)[1:] == (gone, [1, 1])
    assert len(server.requests) == before


def test_only_the_wanted_that_are_gone_are_returned_in_their_order(run):
    wanted = dict.fromkeys(("40", "5", "300"), NEAR)
    server, gone, _ = run({}, wanted)
    assert list(gone) == ["40", "5", "300"]
    _, gone, _ = run({}, {"300": NEAR}, server=server)
    assert list(gone) == ["300"]


def test_a_photo_that_somebody_brought_is_not_gone(run, tmp_path):
    server, gone, _ = run({}, {"12": NEAR})
    assert list(gone) == ["12"]
    (tmp_path / "photos" / "12.jpg").write_bytes(PHOTO)
    assert run({}, {"12": NEAR}, server=server)[1] == {}


@pytest.mark.parametrize("code", [111, 112, 116, 999])
def test_another_failure_is_named_at_once(run, code):
    with pytest.raises(BadInput, match=f"photo 12: Flickr's error {code}: failed"):
        run(faults={"sizes/12": [failure(code)] * 9})


@pytest.mark.parametrize("to", ["sizes", "file"])
def test_a_redirect_to_another_host_is_refused(run, flickr_server, to):
    server = flickr_server({"12": {(1024, 768): PHOTO}})
    elsewhere = Redirect(server.url.replace("127.0.0.1", "localhost") + FILE)
    name = "sizes/12" if to == "sizes" else FILE
    with pytest.raises(BadInput, match=r"refused to follow 127\.0\.0\.1 to .*localhost"):
        run(server=server, faults={name: [elsewhere]})
    assert len(server.requests) == (1 if to == "sizes" else 2)


def test_a_photo_host_may_redirect_to_another_photo_host(run, flickr_server, tmp_path, monkeypatch):
    server = flickr_server({"12": {(1024, 768): PHOTO}})
    hosts = {**server.remote, "photo_hosts": ["127.0.0.1", "localhost"]}
    monkeypatch.setattr(type(server), "remote", hosts)
    elsewhere = Redirect(server.url.replace("127.0.0.1", "localhost") + "/copy.jpg")
    server.files["/copy.jpg"] = PHOTO
    run(server=server, faults={FILE: [elsewhere]})
    assert (tmp_path / "photos" / "12.jpg").read_bytes() == PHOTO


def sizes(source: str | None, width: object = 1024, **more) -> Content:
    size = {"label": "Large", "width": width, "height": 768, "source": source, **more}
    return Content(as_json({"stat": "ok", "sizes": {"size": [size]}}))


@pytest.mark.parametrize(
    ("source", "host"),
    [
        ("http://localhost:{port}/12_1024x768.jpg", "localhost"),
        ("http://127.0.0.1.example.org/12.jpg", r"127\.0\.0\.1\.example\.org"),
        ("http://x127.0.0.1/12.jpg", r"x127\.0\.0\.1"),
        ("http://127.0.0.1@example.org/12.jpg", r"example\.org"),
    ],
)
def test_a_photo_is_fetched_from_flickrs_hosts_only(run, flickr_server, tmp_path, source, host):
    server = flickr_server({"12": {(1024, 768): PHOTO}})
    answer = sizes(source.format(port=server.url.rpartition(":")[2]))
    refusal = rf"photo 12: .*refused to fetch from {host}; expected 127\.0\.0\.1"
    with pytest.raises(BadInput, match=refusal):
        run(server=server, faults={"sizes/12": [answer]})
    assert server.names() == ["sizes/12"]
    assert content(tmp_path / "photos") == {}


@pytest.mark.parametrize("source", ["file:///etc/hostname", "", None])
def test_a_photo_is_fetched_over_http_only(run, source):
    with pytest.raises(BadInput, match=r"photo 12: .*expected an address that begins with http"):
        run(faults={"sizes/12": [sizes(source)]})


def test_subdomains_belong_to_their_host():
    hosts = remote("flickr")["photo_hosts"]
    for name in ("live.staticflickr.com", "farm2.staticflickr.com", "staticflickr.com"):
        assert web.is_within(name, hosts)
    for name in ("evilstaticflickr.com", "staticflickr.com.example.org", "flickr.com", "com"):
        assert not web.is_within(name, hosts)


def test_flickr_is_asked_at_the_rate_it_asks_for():
    assert 3600 / remote("flickr")["seconds_between_calls"] <= 3600


@pytest.mark.parametrize(
    ("extent", "side"), [(NEAR, 1024), (Extent(1024, 0), 1600), (Extent(0, 1100), 1600)]
)
def test_the_chosen_size_is_what_lies_there(run, tmp_path, extent, side):
    ladder = {(s, s * 3 // 4): picture(s, s * 3 // 4) for s in (500, 1024, 1600)}
    _, gone, _ = run({"12": ladder}, {"12": extent})
    assert gone == {}
    assert Image.open(tmp_path / "photos" / "12.jpg").size == (side, side * 3 // 4)


def test_boxes_that_fit_in_no_size_leave_the_photo_out(run):
    server, gone, _ = run(wanted={"12": Extent(5, 768)})
    assert gone["12"] == "its boxes fit in no size of it"
    assert server.names() == ["sizes/12"]


def test_cropped_squares_and_films_are_no_sizes(run):
    shapes = [
        {"label": "Square", "width": 75, "height": 75, "media": "photo"},
        {"label": "Large Square", "width": "150", "height": "150", "media": "photo"},
        {"label": "Site MP4", "width": None, "height": None, "media": "video"},
    ]
    shapes = [{**shape, "source": "http://127.0.0.1/x"} for shape in shapes]
    answer = Content(as_json({"stat": "ok", "sizes": {"size": shapes}}))
    _, gone, _ = run(faults={"sizes/12": [answer]})
    assert "fit in no size" in gone["12"]


def test_a_photo_whose_original_lies_on_its_side_is_taken_as_displayed(run, tmp_path):
    upright = Image.new("RGB", (480, 640))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "lying.jpg", exif=exif)
    file = (tmp_path / "lying.jpg").read_bytes()
    run({"12": {(480, 640): file}, "13": {(640, 480): file}}, {"12": Extent(0, 600), "13": NEAR})
    assert {"12.jpg", "13.jpg"} <= set(content(tmp_path / "photos"))


@pytest.mark.parametrize("number", ["../12", "12/3", "", "1.5", "٣"])
def test_what_is_no_number_of_a_photo_is_refused(run, tmp_path, number):
    with pytest.raises(BadInput, match="digits"):
        run(wanted={number: NEAR})
    assert not (tmp_path / "photos").exists()


def test_several_connections_are_used_and_no_more(run, flickr_server):
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(1, 25)}
    server = flickr_server(photos)
    server.wait = 0.01  # seconds between pieces, so that they overlap
    run(photos, server=server)
    assert 1 < len({request.client for request in server.requests}) <= CONNECTIONS
    assert 1 < server.busiest <= CONNECTIONS


def test_an_invalid_key_ends_it_at_once(run):
    with pytest.raises(BadInput, match=rf"FLICKR_API_KEY.*{flickr_sizes.KEYS}") as error:
        run({str(n): {(640, 480): PHOTO} for n in range(1, 100)}, key="not-the-key")
    assert "not-the-key" not in str(error.value)


def test_a_missing_key_is_explained_with_the_ways_around_it(monkeypatch):
    for value in (None, "", "  "):
        monkeypatch.delenv("FLICKR_API_KEY", raising=False)
        if value is not None:
            monkeypatch.setenv("FLICKR_API_KEY", value)
        with pytest.raises(BadInput) as error:
            api_key()
        for text in ("FLICKR_API_KEY", flickr_sizes.KEYS, "archive", "crops"):
            assert text in str(error.value)
    monkeypatch.setenv("FLICKR_API_KEY", f" {KEY}\n")
    assert api_key() == KEY


def test_the_key_may_be_in_a_file(monkeypatch, tmp_path):
    monkeypatch.delenv("FLICKR_API_KEY", raising=False)
    monkeypatch.setenv("FLICKR_API_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(BadInput, match="key: the key for Flickr cannot be read: No such file"):
        api_key()
    (tmp_path / "key").write_text(f"{KEY}\n")
    assert api_key() == KEY


@pytest.mark.parametrize(
    "script",
    [
        [],
        [Status(429)],
        [HangUp(), HangUp(), HangUp()],
        [failure(116, f"The key {KEY} was used for abuse")],
        [failure(105, f"The key {KEY} is tired")] * 3,
        [failure(100, f"Invalid API Key ({KEY})")],
        [Redirect(f"http://localhost/?api_key={KEY}")],
        [Redirect(f"/?api_key={KEY}")],
        [Content(KEY.encode())] * 3,
        [Status(403)] * 3,
        [sizes("http://example.org/12.jpg")],
        [sizes(f"file:///{KEY}", width="wide")] * 3,
        [sizes(f"http://example.org/{KEY}/12.jpg")],
        [sizes(f"http://example.org/{KEY.upper()}/12.jpg")],
        [failure(116, f"The key {KEY.upper()} was used for abuse")],
    ],
)
def test_the_key_is_in_no_file_address_log_or_error(run, tmp_path, caplog, monkeypatch, script):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(web, "TRIES", 3)
    servers, errors = [], []
    try:
        servers.append(run(faults={"sizes/12": script})[0])
    except BadInput as error:
        errors += traceback.format_exception(error)
        chain = error
        while chain:
            errors += [str(chain), repr(chain)]
            chain = chain.__cause__ or chain.__context__
    for path in tmp_path.rglob("*"):
        assert KEY not in path.name
        assert path.is_dir() or KEY.encode() not in path.read_bytes()
    for request in (request for server in servers for request in server.requests):
        assert KEY not in request.path
        assert KEY not in json.dumps(dict(request.headers), default=str)
    for record in caplog.records:
        assert KEY not in record.getMessage()
        assert KEY not in repr(record.args)
    assert not any(KEY in text for text in errors)
    assert servers or errors


FETCH = """
import json, sys
from pathlib import Path
from aip.album.photo import decoded_size
from aip.download.flickr import fetch_photos
from aip.album.photo_size import Extent, choose
folder, numbers, key, remote = sys.argv[1], *map(json.loads, sys.argv[2:])
wanted = {n: Extent(10, 10) for n in numbers}
fetch_photos(wanted, Path(folder), lambda: key, remote, choose, decoded_size, lambda done: None)
"""


def test_a_run_that_is_killed_again_and_again_ends_as_one_that_was_not(flickr_server, tmp_path):
    photos = {str(n): {(640, 480): picture(640, 480, n)} for n in range(100, 140)}
    wanted = [*photos, *map(str, range(200, 220))]  # the others are gone
    random.Random(1).shuffle(wanted)
    server, calm = flickr_server(photos), tmp_path / "calm"
    calm_server = flickr_server(photos)
    near, remote = dict.fromkeys(wanted, NEAR), calm_server.remote
    fetch_photos(near, calm, lambda: KEY, remote, choose, decoded_size, lambda _: None)
    server.wait = 0.002
    folder, rng, kills = tmp_path / "killed", random.Random(3), 0
    settled: set[str] = set()
    while True:
        before = Counter(server.names())
        arguments = map(json.dumps, (wanted, KEY, server.remote))
        run = subprocess.Popen([sys.executable, "-c", FETCH, folder, *arguments])
        target = len(server.requests) + rng.randrange(2, 25)
        while run.poll() is None and (len(server.requests) < target or kills >= 6):
            time.sleep(0.001)
        asked = Counter(server.names()) - before
        assert not settled & {name.strip("/").split("_")[0].split("/")[-1] for name in asked}
        if run.poll() is not None:
            break
        time.sleep(rng.random() * 0.01)
        run.kill()
        run.wait()
        kills += 1
        gone = (folder / "gone.csv").read_text() if (folder / "gone.csv").exists() else ""
        settled = {path.stem for path in folder.glob("*.jpg")}
        settled |= {line.split(",")[0] for line in gone.splitlines(keepends=True) if "\n" in line}
        settled.discard("photo")
    assert run.returncode == 0
    assert kills >= 4
    assert content(folder) == content(calm)
    # What was on its way when a kill came is sent again, at most one photo for each connection.
    sent = [name for name in server.whole().elements() if name.endswith(".jpg")]
    assert len(sent) - len(photos) <= kills * CONNECTIONS
