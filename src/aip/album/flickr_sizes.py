"""Flickr's call ``flickr.photos.getSizes``: what sizes it offers of a photo, and which to take."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

import requests

from aip import web
from aip.errors import BadInput

KEY = "FLICKR_API_KEY"
KEYS = "https://www.flickr.com/services/api/keys/"
LONGER_SIDE = 1024  # pixels; of PIPA's own photos, whose boxes they are

CROPPED = ("Square", "Large Square")  # labels of sizes that are not the whole photo
GONE = {1: "there is no such photo", 2: "the photo is not public"}
INVALID_KEY = 100
UNAVAILABLE = (0, 105, 106, 201)  # 0 and 201 are not documented, but seen when it is overloaded


class GoneError(Exception):
    """Flickr does not have the photo, or not so that it can be used; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where the boxes of a photo begin: the right-most and the bottom-most corner.

    Attributes
    ----------
    xmin, ymin : int
        The largest of its boxes' xmin and ymin in pixels, negative ones taken as 0.
    """

    xmin: int
    ymin: int

    def is_inside(self, width: int, height: int) -> bool:
        """Tell whether every box begins inside a photo of this size; the rest is clipped to it."""
        return self.xmin < width and self.ymin < height


@dataclass(frozen=True, slots=True)
class Size:
    """A size that Flickr offers of a photo, in pixels, and the address of its file."""

    label: str
    width: int
    height: int
    source: str

    @property
    def longer(self) -> int:
        """The longer side in pixels."""
        return max(self.width, self.height)


def choose(sizes: Iterable[Size], extent: Extent) -> Size | None:
    """Choose the size whose pixels the boxes are in.

    PIPA's photos have 1,024 pixels on their longer side, or what comes nearest: Flickr has no such
    size of some old photos, whose original is a little larger, or of small ones. So 1,024 comes
    first, then larger sizes from the smallest on, and the largest smaller one where there is none
    of these; the first that every box begins in is taken. Of two equal ones the original comes
    second.

    Returns
    -------
    Size or None
        None where the boxes fit in no size.
    """
    ascending = sorted(sizes, key=lambda size: (size.longer, size.label == "Original"))
    enough = [size for size in ascending if size.longer >= LONGER_SIDE]
    largest = [size for size in ascending if size.longer == ascending[-1].longer]
    candidates = enough or largest
    fitting = (size for size in candidates if extent.is_inside(size.width, size.height))
    return next(fitting, None)


class Pace:
    """Let callers go one at a time, so many seconds apart, whichever thread they are on."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._next, self._lock = seconds, 0.0, Lock()

    def wait(self) -> None:
        """Wait for the caller's turn."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._seconds
        time.sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Give no turn before so many seconds have passed."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class Flickr:
    """Flickr's interface, called at its pace.

    The key goes in the body of a POST, so that it is in no address, and in no error or log.

    Parameters
    ----------
    key : str
        The user's own.
    remote : mapping
        ``api`` and ``seconds_between_calls``, as in ``resources/downloads.yaml``.
    """

    def __init__(self, key: str, remote: Mapping[str, Any]) -> None:
        self._key, self._api = key, str(remote["api"])
        self._pace = Pace(float(remote["seconds_between_calls"]))

    def sizes(self, session: requests.Session, photo: str) -> list[Size]:
        """Return the sizes that Flickr offers of a photo, but for cropped ones.

        Raises
        ------
        GoneError
            There is no such photo, or it is not public.
        BadInput
            The key is not valid, or Flickr cannot be reached or understood.
        """
        return web.persist(
            lambda: self._sizes(session, photo), f"photo {photo}: asking {self._api} for its sizes"
        )

    def _sizes(self, session: requests.Session, photo: str) -> list[Size]:
        form = {
            "method": "flickr.photos.getSizes",
            "api_key": self._key,
            "photo_id": photo,
            "format": "json",
            "nojsoncallback": "1",
        }
        self._pace.wait()
        try:
            with web.ask(session, self._api, data=form) as response:
                body = b"".join(web.pieces(response))
        except web.TransientError as error:
            self._pace.hold(max(error.wait, web.BACK_OFF))
            raise
        try:
            answer = json.loads(body)
            if answer["stat"] == "ok":
                return [
                    Size(size["label"], int(size["width"]), int(size["height"]), size["source"])
                    for size in answer["sizes"]["size"]
                    if size["label"] not in CROPPED and size.get("media", "photo") == "photo"
                ]
            code, message = int(answer["code"]), str(answer["message"])
        except (ValueError, KeyError, TypeError):
            status = web.answered(response)
            raise web.TransientError(f"the answer ({status}) is not what is documented") from None
        if code in GONE:
            raise GoneError(f"{GONE[code]} (Flickr's error {code})")
        if code == INVALID_KEY:
            raise BadInput(
                f"Flickr does not know the key in the environment variable {KEY}; see {KEYS} for "
                "yours, or get one there"
            )
        said = f"Flickr's error {code}: {message.replace(self._key, f'${KEY}')}"
        if code in UNAVAILABLE:
            raise web.TransientError(said)
        raise BadInput(f"photo {photo}: {said}")
