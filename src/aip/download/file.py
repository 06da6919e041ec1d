"""Downloading a file: whole or not at all, checked by its checksum, and resumable."""

import json
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import requests

from aip.download import web
from aip.errors import BadInput
from aip.store.digest import file_digest
from aip.store.files import alone, whole
from aip.store.progress import Progress


def _unwatched(total: int) -> Callable[[int], object]:  # noqa: ARG001
    return lambda done: None  # noqa: ARG005


def fetch(
    url: str,
    path: Path,
    sha256: str | None,
    progress: Progress = _unwatched,
    onward: Sequence[str] = (),
) -> str:
    """Download a file, unless it exists.

    The download goes to a hidden file beside `path`, which is renamed when it is whole. An
    interrupted download resumes if the server supports it; without a checksum, only if an ETag or
    a date shows that the server still has the same file.

    An existing file is kept if its checksum is right or none is expected. If its checksum is wrong,
    it is set aside as ``<name>.rejected`` and downloaded again.

    Parameters
    ----------
    url : str
        An http(s) address.
    path : Path
        The file to make.
    sha256 : str or None
        The checksum in hexadecimal digits.
    progress : callable
        Called once with the number of bytes, if the server tells it; what it returns is called
        with the bytes since its last call, a negative number if the server starts again.
    onward : sequence of str
        Further hosts that the server may redirect to; they include their subdomains.

    Returns
    -------
    str
        The file's sha256.

    Raises
    ------
    BadInput
        The server cannot be reached, does not have the file, redirects to another host, keeps
        cutting it short, or sends another file than expected, which is set aside as
        ``<name>.rejected``.
    """
    web.host(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone(path.parent):
        return _fetch(url, path, sha256, progress, onward)


def _fetch(
    url: str, path: Path, sha256: str | None, progress: Progress, onward: Sequence[str]
) -> str:
    if path.exists():
        found = file_digest(path)
        if sha256 in (None, found):
            return found
        logging.warning(
            "%s: expected the sha256 %s, found %s; set aside as %s and downloaded again",
            *(path, sha256, found, _set_aside(path, path)),
        )
    download = _Download(url, path, sha256, progress, onward)
    with web.session() as session:
        found = download.run(session)
        if download.resumed and sha256 not in (None, found):
            download.forget()  # the server's file may have changed between the parts
            found = download.run(session)
    if sha256 not in (None, found):
        aside = _set_aside(download.beside, path)
        download.forget()
        raise BadInput(
            f"{url}: expected the sha256 {sha256}, found {found}; the download is set "
            f"aside as {aside} and not used"
        )
    download.beside.replace(path)
    download.forget()
    return found


def _set_aside(file: Path, path: Path) -> Path:
    return file.replace(path.with_name(f"{path.name}.rejected"))


class _Download:
    """A download in progress: the partial file, and a note that says which file it is part of."""

    def __init__(
        self,
        url: str,
        path: Path,
        sha256: str | None,
        progress: Progress,
        onward: Sequence[str],
    ) -> None:
        self.beside = path.with_name(f".{path.name}.partial")
        self.resumed = False
        self._note = path.with_name(f".{path.name}.partial.json")
        self._url, self._checked, self._onward = url, sha256 is not None, onward
        self._progress, self._shown = progress, 0
        self._update: Callable[[int], object] | None = None

    def run(self, session: requests.Session) -> str:
        """Download the file, and return its sha256."""
        web.persist(lambda: self._load(session), self._url)
        return file_digest(self.beside)

    def forget(self) -> None:
        """Remove the partial file and its note."""
        self.beside.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _load(self, session: requests.Session) -> None:
        have, validator = self._begun()
        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and validator:
            headers["If-Range"] = validator
        with web.ask(session, self._url, headers=headers, onward=self._onward) as response:
            content_range = response.headers.get("Content-Range", "")
            if response.status_code == 416 and content_range == f"bytes */{have}":
                self.resumed = True  # it was interrupted after the last byte
                self._show(have, have)
                return
            if response.status_code == 416 or (
                response.status_code == 206 and not content_range.startswith(f"bytes {have}-")
            ):
                self.forget()
                raise web.TransientError(f"the server cannot go on from byte {have}")
            if response.status_code not in (200, 206):
                raise BadInput(f"{self._url}: the server answers {web.answered(response)}")
            if response.status_code == 200:
                have = 0
                self._begin(response)
            self.resumed = have > 0
            self._store(response, have)

    def _begun(self) -> tuple[int, str | None]:
        """Return how many bytes there are, and the server's validator of their file."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            validator = note["validator"] if note["url"] == self._url else None
            size = self.beside.stat().st_size
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0, None
        return (size, validator) if validator or self._checked else (0, None)

    def _begin(self, response: requests.Response) -> None:
        # In this order, so that a partial file never has the note of another file.
        self.forget()
        tag = response.headers.get("ETag", "")
        known = response.headers.get("Last-Modified") if tag[:2] in ("", "W/") else tag
        with whole(self._note) as beside:
            beside.write_text(json.dumps({"url": self._url, "validator": known}), encoding="utf-8")

    def _store(self, response: requests.Response, have: int) -> None:
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else None
        at = have
        with self.beside.open("ab") as file:
            try:
                self._show(at, total)
                for piece in web.pieces(response):
                    file.write(piece)
                    at += len(piece)
                    self._show(at, total)
            except web.TransientError as error:
                error.gained = 0 < have < at
                raise
            file.flush()
            os.fsync(file.fileno())

    def _show(self, at: int, total: int | None) -> None:
        if self._update is None and total is not None:
            self._update = self._progress(total)
        if self._update is not None:
            self._update(at - self._shown)
            self._shown = at
