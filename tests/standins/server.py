"""A web server on this machine in the place of a remote one, with faults that tests script."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

PIECE = 2**14


@dataclass(frozen=True)
class Status:
    """Answer with a status alone."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Redirect:
    """Send on to another address."""

    to: str
    code: int = 302


@dataclass(frozen=True)
class Content:
    """Serve something else instead."""

    body: bytes
    code: int = 200


@dataclass(frozen=True)
class Cut:
    """Promise the whole content, send so many bytes of it and never the last, and hang up."""

    after: int


@dataclass(frozen=True)
class Stall:
    """Send so many bytes of the content (None: not even headers), then nothing more."""

    after: int | None = None


@dataclass(frozen=True)
class HangUp:
    """Close the connection without an answer."""


Fault = Status | Redirect | Content | Cut | Stall | HangUp


@dataclass
class Request:
    """A request as it came.

    Attributes
    ----------
    name : str
        What was asked for: the path, or what a derived server calls it.
    client : tuple
        The host and port of the connection.
    whole : bool
        Whether the content was sent to its end, from its beginning.
    """

    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    client: tuple[str, int]
    whole: bool = False


class Server:
    """Serves `files`; a context manager.

    Attributes
    ----------
    url : str
        ``http://127.0.0.1:<port>``
    files : dict
        Path → content.
    faults : dict
        Name → faults, of which each request for that name takes the first.
    requests : list of Request
        In the order in which they came.
    ranges, tags : bool
        Whether it serves ranges, and ETags to know a file again by.
    wait : float
        Seconds between two pieces of a content.
    busiest : int
        How many requests were under way at once, at most.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[Fault]] = {}
        self.requests: list[Request] = []
        self.ranges = self.tags = True
        self.wait = 0.0
        self.busiest = 0
        self._under_way = 0
        self._lock, self._closing = Lock(), Event()

    def __enter__(self):
        standin = self

        class Handler(_Handler):
            server_for = standin

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def names(self) -> list[str]:
        return [request.name for request in self.requests]

    def whole(self) -> Counter[str]:
        """Count how often each name was sent whole."""
        return Counter(request.name for request in self.requests if request.whole)

    def resolve(self, request: Request) -> tuple[str, Fault | bytes]:
        """Return what a request asks for by name, and what answers it without faults."""
        return request.path, self.files.get(request.path, Status(404))

    def _take(self, request: Request) -> tuple[Fault | None, Fault | bytes]:
        """Return the fault that the request meets, and what answers it without."""
        with self._lock:
            request.name, answer = self.resolve(request)
            self.requests.append(request)
            faults = self.faults.get(request.name)
            return (faults.pop(0) if faults else None), answer

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self._under_way += 1
            self.busiest = max(self.busiest, self._under_way)
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_for: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request(
            "", self.command, self.path, dict(self.headers), body, self.client_address
        )
        with self.server_for._counted():
            try:
                self._answer(request, *self.server_for._take(request))
            except OSError:  # the client was killed
                self.close_connection = True

    def do_POST(self) -> None:
        self.do_GET()

    def _answer(self, request: Request, fault: Fault | None, answer: Fault | bytes) -> None:
        content = answer if isinstance(answer, bytes) else b""
        match answer if fault is None else fault:
            case bytes():
                self._serve(request, answer, None)
            case Status(code, headers):
                self._empty(code, headers)
            case Redirect(to, code):
                self._empty(code, {"Location": to})
            case Content(body, code):
                self._head(code, len(body), {})
                self.wfile.write(body)
            case Cut(after):
                self._serve(request, content, after)
                self.close_connection = True
            case Stall(None):
                self.server_for._closing.wait(20)
                self.close_connection = True
            case Stall(after):
                self._serve(request, content, after)
                self.server_for._closing.wait(20)
                self.close_connection = True
            case HangUp():
                self.close_connection = True

    def _serve(self, request: Request, content: bytes, stop: int | None) -> None:
        """Serve a content or the asked part of it; stop after so many bytes of that."""
        server = self.server_for
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": tag} if server.tags else {}
        start, asked = 0, request.headers.get("Range", "")
        known = request.headers.get("If-Range") in (None, tag)
        if server.ranges and asked and known:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start and start >= len(content):
            self._empty(416, {"Content-Range": f"bytes */{len(content)}"})
            return
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        self._head(206 if start else 200, len(body), headers)
        if stop is not None:
            body = body[: min(stop, len(body) - 1)]
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at : at + PIECE])
            self.wfile.flush()
            if server.wait:
                time.sleep(server.wait)
        request.whole = stop is None and not start

    def _empty(self, code: int, headers: Mapping[str, str]) -> None:
        self._head(code, 0, headers)

    def _head(self, code: int, length: int, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.flush()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()
