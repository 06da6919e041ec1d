"""PIPA's photos from Flickr, politely, and resumed where it stopped."""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import requests

from aip import web
from aip.album.flickr_sizes import KEY, KEYS, Extent, Flickr, GoneError, Size, choose
from aip.album.gone import Gone
from aip.album.photo import read_photo
from aip.errors import BadInput
from aip.files import alone, whole

CONNECTIONS = 4
SPOILT = 20  # photos, after which it is not they that are spoilt


def api_key() -> str:
    """Return the user's key for Flickr, from the environment variable FLICKR_API_KEY.

    Raises
    ------
    BadInput
        It is not set.
    """
    key = os.environ.get(KEY, "").strip()
    if not key:
        raise BadInput(
            f"the environment variable {KEY} is not set: PIPA's photos are fetched from Flickr, "
            f"which gives everybody a key of their own at {KEYS}; without one, name a copy of the "
            "photos in the config, album.photos: archive, or of the heads, album.photos: crops"
        )
    return key


def fetch_photos(
    wanted: Mapping[str, Extent],
    folder: Path,
    key: Callable[[], str],
    remote: Mapping[str, Any],
    progress: Callable[[int], object],
) -> dict[str, str]:
    """Fetch photos into a folder, each as ``<photo>.jpg``, whatever its format, whole or not there.

    What is there is not fetched or asked for again, and what was found gone is remembered in
    ``gone.csv`` in the folder. So a run that was killed goes on, and ends with the same files, as
    long as `wanted` says the same of a photo: give it all boxes of each, whichever are used.

    Parameters
    ----------
    wanted : mapping
        Flickr's number of each photo, and where its boxes begin.
    folder : Path
    key : callable
        Returns the user's key, as `api_key` does; it is only called where Flickr must be asked. The
        key appears in no file, address, log or error.
    remote : mapping
        ``api``, ``photo_hosts`` and ``seconds_between_calls``, as `aip.checkout.remote` gives them.
    progress : callable
        Called with 1 for every photo that is settled: there, fetched or gone.

    Returns
    -------
    dict
        The photos that are gone, and why: deleted, no longer public, or in no size that their
        boxes begin in. In the order of `wanted`.

    Raises
    ------
    BadInput
        The key is not valid or Flickr cannot be reached; or, when all others are settled, photos
        came spoilt however often they were asked for. What was fetched stays.
    """
    for photo in wanted:
        if not (photo.isascii() and photo.isdigit()):
            raise BadInput(f"photo {photo!r}: expected Flickr's number of a photo, which is digits")
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder):
        for partial in folder.glob(".*.partial"):
            partial.unlink()
        there = {path.stem for path in folder.glob("*.jpg")}
        gone = Gone(folder / "gone.csv")
        missing = {}
        for photo, extent in wanted.items():
            if photo in there or photo in gone.reasons:
                progress(1)
            else:
                missing[photo] = extent
        if missing:
            flickr = Flickr(key(), remote)
            _Fetching(folder, gone, flickr, remote["photo_hosts"]).run(missing, progress)
            gone.sort()
        return {p: gone.reasons[p] for p in wanted if p in gone.reasons and p not in there}


class _SpoiltError(Exception):
    """A photo cannot be fetched, for a reason of its own; the message is the reason."""


class _Fetching:
    """Photos being fetched over several connections."""

    def __init__(self, folder: Path, gone: Gone, flickr: Flickr, hosts: list[str]) -> None:
        self._folder, self._gone, self._flickr, self._hosts = folder, gone, flickr, hosts
        self._sessions: SimpleQueue[requests.Session] = SimpleQueue()

    def run(self, missing: Mapping[str, Extent], progress: Callable[[int], object]) -> None:
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                self._sessions.put(stack.enter_context(web.session()))
            pool = stack.enter_context(ThreadPoolExecutor(CONNECTIONS))
            settled = {pool.submit(self._settle, *item): item[0] for item in missing.items()}
            spoilt: dict[str, str] = {}
            try:
                for one in as_completed(settled):
                    try:
                        one.result()
                    except _SpoiltError as error:
                        spoilt[settled[one]] = str(error)
                        if len(spoilt) == SPOILT:
                            break
                    progress(1)
            finally:
                pool.shutdown(cancel_futures=True)
        if spoilt:
            raise self._told(spoilt)

    def _told(self, spoilt: Mapping[str, str]) -> BadInput:
        first, reason = next(iter(spoilt.items()))
        others = list(spoilt)[1:]
        more = f" and {len(others)} more ({', '.join(others)})" if others else ""
        return BadInput(
            f"photo {first}{more}: {reason}; what was fetched stays for the next run, which lines "
            f"such as '{first},REASON' in {self._gone.path} let do without them"
        )

    def _settle(self, photo: str, extent: Extent) -> None:
        session = self._sessions.get()
        try:
            self._fetch(session, photo, extent)
        except GoneError as error:
            self._gone.add(photo, str(error))
        finally:
            self._sessions.put(session)

    def _fetch(self, session: requests.Session, photo: str, extent: Extent) -> None:
        offered = self._flickr.sizes(session, photo)
        size = choose(offered, extent)
        if size is None:
            logging.info("photo %s: %s begin in none of %s", photo, extent, offered)
            raise GoneError("its boxes fit in no size of it")
        try:
            if not web.is_within(web.host(size.source), self._hosts):
                raise BadInput(
                    f"{size.source}: refused to fetch from {web.host(size.source)}; expected "
                    f"{' or '.join(self._hosts)}"
                )
            path = self._folder / f"{photo}.jpg"
            web.persist(lambda: self._load(session, size, extent, path), size.source)
        except BadInput as error:
            raise _SpoiltError(str(error)) from None

    def _load(self, session: requests.Session, size: Size, extent: Extent, path: Path) -> None:
        with web.ask(session, size.source, onward=self._hosts) as response:
            if response.status_code in (404, 410):
                raise GoneError(f"its file is gone (the server answers {web.answered(response)})")
            if response.status_code != 200:
                raise BadInput(f"{size.source}: the server answers {web.answered(response)}")
            content = b"".join(web.pieces(response))
        with whole(path) as beside:
            beside.write_bytes(content)
            try:
                height, width = read_photo(beside).shape[:2]
            except BadInput:
                raise web.TransientError("what came is not a whole photo") from None
            # EXIF rotation may have swapped its sides, and rounding made a pixel's difference.
            sides = zip(sorted((width, height)), sorted((size.width, size.height)), strict=True)
            if any(abs(side - offered) > 1 for side, offered in sides) or not extent.is_inside(
                width, height
            ):
                raise web.TransientError(
                    f"what came has {width}×{height} pixels; expected the {size.width}×"
                    f"{size.height} that Flickr offers"
                )
