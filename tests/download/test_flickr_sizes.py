import pytest

from aip.album.photo_size import Extent, choose
from aip.download import flickr_sizes, web
from aip.download.flickr_sizes import Flickr, Pace, Size
from standins.flickr import KEY, picture
from standins.server import Status

NEAR = Extent(10, 10)
PHOTO = picture(1024, 768)
LADDER = [(500, 375), (800, 600), (1024, 768), (1600, 1200), (2048, 1536)]


@pytest.mark.parametrize(
    ("offered", "extent", "chosen"),
    [
        (LADDER, NEAR, (1024, 768)),
        (LADDER[:2], NEAR, (800, 600)),
        ([*LADDER[:2], (1280, 960)], NEAR, (1280, 960)),
        (LADDER[3:], NEAR, (1600, 1200)),
        ([(1100, 825), *LADDER], NEAR, (1024, 768)),
        (LADDER, Extent(1023, 767), (1024, 768)),
        (LADDER, Extent(1024, 0), (1600, 1200)),
        (LADDER, Extent(0, 768), (1600, 1200)),
        (LADDER, Extent(1600, 0), (2048, 1536)),
        (LADDER, Extent(2048, 0), None),
        (LADDER[:2], Extent(800, 0), None),
        ([*LADDER[:2], (1300, 975)], Extent(800, 0), (1300, 975)),
        ([(768, 1024), (1200, 1600)], Extent(767, 1023), (768, 1024)),
        ([(768, 1024), (1200, 1600)], Extent(768, 0), (1200, 1600)),
        ([(1600, 1024), (1024, 655)], NEAR, (1024, 655)),
        ([], NEAR, None),
    ],
)
def test_the_size_is_the_one_whose_pixels_the_boxes_are_in(offered, extent, chosen):
    for order in (offered, offered[::-1]):
        found = choose([Size("", w, h, "") for w, h in order], extent)
        assert chosen == (found and (found.width, found.height))


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1280, 960)])
def test_of_two_equal_sizes_the_original_comes_second(width, height):
    large, original = (Size(label, width, height, "") for label in ("Large", "Original"))
    assert choose([original, large], NEAR) == choose([large, original], NEAR) == large


def test_turns_are_given_at_the_pace_to_all_threads(monkeypatch):
    now, waits = [100.0], []
    monkeypatch.setattr(flickr_sizes.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(flickr_sizes.time, "sleep", waits.append)
    pace = Pace(1.0)
    for _ in range(3):
        pace.wait()
    now[0] = 110.0
    pace.wait()
    pace.hold(30.0)
    pace.wait()
    pace.wait()
    assert waits == [0, 1, 2, 0, 30, 31]


def test_when_flickr_asks_to_wait_no_connection_calls_it_meanwhile(flickr_server, monkeypatch):
    server, waits = flickr_server({"12": {(1024, 768): PHOTO}}), []
    server.faults["sizes/12"] = [Status(429, {"Retry-After": "1000"})]
    monkeypatch.setattr(flickr_sizes.time, "sleep", waits.append)
    flickr = Flickr(KEY, server.remote)
    with web.session() as session:
        assert len(flickr.sizes(session, "12")) == 1
    own, turn = waits[1:]
    assert own == 1000
    assert 900 < turn <= 1000  # what anybody's next turn waits for, as no sleep was slept here
