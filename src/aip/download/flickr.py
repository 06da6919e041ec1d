"""Downloading PIPA's photos from Flickr, at its pace and resumable."""

import logging
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

import requests

from aip.download import web
from aip.download.flickr_sizes import KEY, KEY_FILE, KEYS, Flickr, GoneError, Needed, Size
from aip.download.gone import Gone
from aip.errors import BadInput
from aip.store.files import alone, read_bounded, whole

Wanted = TypeVar("Wanted", bound=Needed)

CONNECTIONS = 4
SPOILT = 20  # broken photos at which the run stops, since the cause is not the photos


def api_key() -> str:
    """Return the user's key for Flickr.

    It is in the environment variable FLICKR_API_KEY, or in the file that FLICKR_API_KEY_FILE names:
    SLURM keeps the environment of a job, where others may read it.

    Raises
    ------
    BadInput
        Neither is set, or the file cannot be read.
    """
    key = os.environ.get(KEY, "").strip()
    if not key and (file := os.environ.get(KEY_FILE)):
        key = read_bounded(Path(file), 1000, "the key for Flickr").decode(errors="replace").strip()
    if not key:
        raise BadInput(
            f"the environment variable {KEY} is not set (in jobs on a cluster it never is; they "
            f"read the file that {KEY_FILE} names): PIPA's photos are fetched from Flickr, "
            f"which needs a key; get yours at {KEYS}, or use a copy of the photos (in the config, "
            "album.photos: archive) or of the head crops (album.photos: crops)"
        )
    return key


def fetch_photos(
    wanted: Mapping[str, Wanted],
    folder: Path,
    key: Callable[[], str],
    remote: Mapping[str, Any],
    choose: Callable[[list[Size], Wanted], Size | None],
    read_size: Callable[[Path], tuple[int, int]],
    progress: Callable[[int], object],
) -> dict[str, str]:
    """Fetch photos into a folder as ``<photo>.jpg``, whatever their format, whole or not at all.

    Existing photos are not asked for again, and photos that are gone are recorded in ``gone.csv``
    in the folder. So an interrupted run resumes and ends with the same files, if `wanted` says the
    same of each photo: always pass all boxes of a photo, even those that are not used.

    Parameters
    ----------
    wanted : mapping
        Flickr's number of each photo, and where its boxes begin.
    folder : Path
    key : callable
        Returns the user's key, as `api_key` does; called only if Flickr must be asked. The key
        appears in no file, address, log or error.
    remote : mapping
        ``api``, ``photo_hosts`` and ``seconds_between_calls``, as
        `aip.store.checkout.remote` gives them.
    choose : callable
        Chooses of the sizes that Flickr offers the one to fetch, for what is wanted of the photo;
        None if none will do.
    read_size : callable
        Decodes a photo and returns its height and width; raises BadInput if it is not whole.
    progress : callable
        Called with 1 for every photo that is settled: there, fetched or gone.

    Returns
    -------
    dict
        The photos that are gone, in the order of `wanted`, and why: deleted, no longer public, or
        offered in no size that their boxes fit in.

    Raises
    ------
    BadInput
        The key is not valid; Flickr cannot be reached; or some photos stayed broken however often
        they were asked for, which is said when all others are settled. Fetched photos stay.
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
            _Fetching(folder, gone, flickr, remote["photo_hosts"], choose, read_size).run(
                missing, progress
            )
            gone.sort()
        return {p: gone.reasons[p] for p in wanted if p in gone.reasons and p not in there}


class _SpoiltError(Exception):
    """A photo cannot be fetched, for a reason of its own; the message is the reason."""


class _Fetching(Generic[Wanted]):
    """Photos being fetched over several connections."""

    def __init__(
        self,
        folder: Path,
        gone: Gone,
        flickr: Flickr,
        hosts: list[str],
        choose: Callable[[list[Size], Wanted], Size | None],
        read_size: Callable[[Path], tuple[int, int]],
    ) -> None:
        self._folder, self._gone, self._flickr, self._hosts = folder, gone, flickr, hosts
        self._choose, self._read_size = choose, read_size
        self._sessions: SimpleQueue[requests.Session] = SimpleQueue()

    def run(self, missing: Mapping[str, Wanted], progress: Callable[[int], object]) -> None:
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
            f"photo {first}{more}: {reason}; fetched photos stay for the next run; to do without "
            f"the broken ones, add lines such as '{first},REASON' to {self._gone.path}"
        )

    def _settle(self, photo: str, extent: Wanted) -> None:
        session = self._sessions.get()
        try:
            self._fetch(session, photo, extent)
        except GoneError as error:
            self._gone.add(photo, str(error))
        finally:
            self._sessions.put(session)

    def _fetch(self, session: requests.Session, photo: str, extent: Wanted) -> None:
        offered = self._flickr.sizes(session, photo)
        size = self._choose(offered, extent)
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

    def _load(self, session: requests.Session, size: Size, extent: Wanted, path: Path) -> None:
        with web.ask(session, size.source, onward=self._hosts) as response:
            if response.status_code in (404, 410):
                raise GoneError(f"its file is gone (the server answers {web.answered(response)})")
            if response.status_code != 200:
                raise BadInput(f"{size.source}: the server answers {web.answered(response)}")
            content = b"".join(web.pieces(response))
        with whole(path) as beside:
            beside.write_bytes(content)
            try:
                height, width = self._read_size(beside)
            except BadInput:
                raise web.TransientError("the download is not a whole photo") from None
            # EXIF rotation may have swapped the sides, and rounding may have moved them by a pixel.
            sides = zip(sorted((width, height)), sorted((size.width, size.height)), strict=True)
            if any(abs(side - offered) > 1 for side, offered in sides) or not extent.is_inside(
                width, height
            ):
                raise web.TransientError(
                    f"the download has {width}×{height} pixels; expected the {size.width}×"
                    f"{size.height} that Flickr offers"
                )
