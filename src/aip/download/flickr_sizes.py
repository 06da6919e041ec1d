"""Flickr's call ``flickr.photos.getSizes``: what sizes it offers of a photo."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote

import requests

from aip.download import web
from aip.errors import BadInput

KEY = "FLICKR_API_KEY"
KEY_FILE = "FLICKR_API_KEY_FILE"
KEYS = "https://www.flickr.com/services/api/keys/"

CROPPED = ("Square", "Large Square")  # labels of sizes that are not the whole photo
GONE = {1: "there is no such photo", 2: "the photo is not public"}
INVALID_KEY = 100
UNAVAILABLE = (0, 105, 106, 201)  # 0 and 201 are not documented, but seen when it is overloaded


class GoneError(Exception):
    """Flickr does not have the photo in a usable form; the message is the reason."""


class Needed(Protocol):
    """What of a photo is needed."""

    def is_inside(self, width: int, height: int) -> bool:
        """Tell whether a photo of this size has it."""


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


class Pace:
    """Lets callers on any threads proceed one at a time, a number of seconds apart."""

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
        """Let nobody proceed before `seconds` have passed."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class Flickr:
    """Flickr's interface, called at its pace.

    The key goes in the body of a POST, so that it appears in no address, error or log.

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
        """Return the sizes that Flickr offers of a photo, except cropped ones.

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
        """Ask once; a server, or one that stands between, may say the key again in its answer."""
        try:
            return self._ask(session, photo)
        except web.TransientError as error:
            error.args = (self._without_key(str(error)),)
            raise
        except BadInput as error:
            raise BadInput(self._without_key(str(error))) from None

    def _without_key(self, text: str) -> str:
        forms = {self._key, quote(self._key, safe=""), json.dumps(self._key)[1:-1]}
        return re.sub("|".join(map(re.escape, forms)), f"${KEY}", text, flags=re.IGNORECASE)

    def _ask(self, session: requests.Session, photo: str) -> list[Size]:
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
            answer = json.loads(self._without_key(json.dumps(json.loads(body))))
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
        said = f"Flickr's error {code}: {message}"
        if code in UNAVAILABLE:
            raise web.TransientError(said)
        raise BadInput(f"photo {photo}: {said}")
