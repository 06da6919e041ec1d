"""HTTP requests: one request with its redirects, and retries of transient failures."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from aip.errors import BadInput

TRIES = 6
BACK_OFF = 1.0  # seconds before the second try, doubled after each try
BUSY = 60.0  # seconds to wait after the status 429 if the server does not say how long
LONGEST_WAIT = 3600.0  # seconds; a server that asks for a longer wait is given up
TIMEOUTS = (20.0, 60.0)  # seconds to connect, and between two pieces of an answer
REDIRECTS = 5
PIECE = 2**16  # bytes

T = TypeVar("T")


class TransientError(Exception):
    """A failure that may pass: a busy server, a lost connection, an answer cut short.

    Attributes
    ----------
    wait : float
        The seconds that the server asks to wait.
    gained : bool
        Whether the try still received a part, from which the next one resumes.
    """

    def __init__(self, what: str, wait: float = 0.0) -> None:
        super().__init__(what)
        self.wait = wait
        self.gained = False


def session() -> requests.Session:
    """Open a session that receives bytes as they are stored, uncompressed."""
    opened = requests.Session()
    opened.headers.update({"User-Agent": "aip-games", "Accept-Encoding": "identity"})
    return opened


def host(url: str) -> str:
    """Return the host of an address.

    Raises
    ------
    BadInput
        The address is not an http(s) one.
    """
    name = _host(url)
    if name is None:
        raise BadInput(
            f"{url}: expected an address that begins with http:// or https:// and names a host"
        )
    return name


def _host(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme in ("http", "https") else None


def is_within(name: str, hosts: Sequence[str]) -> bool:
    """Tell whether a host is one of `hosts` or of their subdomains."""
    return any(name == known or name.endswith(f".{known}") for known in hosts)


def ask(
    session: requests.Session,
    url: str,
    *,
    data: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    onward: Sequence[str] = (),
) -> requests.Response:
    """Send one request, and follow redirects on the same host; read the body with `pieces`.

    A form may hold a secret, so redirects of a POST are not followed.

    Parameters
    ----------
    session : requests.Session
    url : str
    data : mapping, optional
        A form to POST; without one, the request is a GET.
    headers : mapping, optional
    onward : sequence of str
        Further hosts that the server may redirect to; they include their subdomains.

    Raises
    ------
    TransientError
        No connection, no answer in time, or the status 429 or 5xx.
    BadInput
        The address is not an http(s) one, or the server redirects to another host, from https to
        http, or too often.
    """
    home, at = host(url), url
    for _ in range(REDIRECTS + 1):
        response = _once(session, at, data, headers)
        if not response.is_redirect:
            return response
        response.close()
        before, at = at, urljoin(at, response.headers["location"])
        if data is not None:
            raise BadInput(f"{url}: refused to follow {home} to {_host(at)} with what is posted")
        if host(at) != home and not is_within(host(at), onward):
            raise BadInput(f"{url}: refused to follow {home} to another host, {host(at)}")
        if before.startswith("https:") and at.startswith("http:"):
            raise BadInput(f"{url}: refused to follow {home} from https to http")
    raise BadInput(f"{url}: redirected more than {REDIRECTS} times")


def _once(
    session: requests.Session,
    url: str,
    data: Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
) -> requests.Response:
    try:
        response = session.request(
            "GET" if data is None else "POST",
            url,
            data=data,
            headers=headers,
            timeout=TIMEOUTS,
            stream=True,
            allow_redirects=False,
        )
    except (requests.ConnectionError, requests.Timeout) as error:
        cause = error.args[0] if error.args else error
        raise TransientError(str(getattr(cause, "reason", cause))) from None
    except (requests.RequestException, ValueError) as error:
        raise BadInput(f"{url}: cannot be requested: {error}") from None
    if response.status_code == 429 or response.status_code >= 500:
        response.close()
        says = "Retry-After" in response.headers
        wait = _asked_wait(response) if says else BUSY * (response.status_code == 429)
        raise TransientError(f"the server answers {answered(response)}", wait)
    return response


def answered(response: requests.Response) -> str:
    """Return a response's status with its reason, such as ``404 Not Found``."""
    return f"{response.status_code} {response.reason}".strip()


def _asked_wait(response: requests.Response) -> float:
    asked = response.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return 0.0


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield a body as it arrives.

    Raises
    ------
    TransientError
        The body ends before its Content-Length, or stalls.
    """
    try:
        yield from response.raw.stream(PIECE, decode_content=False)
    except HTTPError as error:
        raise TransientError(f"the answer is cut short: {error}") from None


def persist(attempt: Callable[[], T], what: str) -> T:
    """Try until it works, waiting longer after each try, or as long as the server asks.

    Parameters
    ----------
    attempt : callable
        One try; raises TransientError.
    what : str
        What is tried, for the log and the error.

    Raises
    ------
    BadInput
        `TRIES` tries in a row gained nothing, or the server asks for more than `LONGEST_WAIT`.
    """
    failed = 0
    while True:
        try:
            return attempt()
        except TransientError as error:
            failed = 1 if error.gained else failed + 1
            if failed >= TRIES:
                raise BadInput(f"{what}: {error}; tried {TRIES} times") from None
            if error.wait > LONGEST_WAIT:
                asked = f"and asks to wait {error.wait:.0f} seconds"
                raise BadInput(f"{what}: {error}, {asked}; try again then") from None
            wait = max(error.wait, BACK_OFF * 2 ** (failed - 1))
            logging.info("%s: %s; trying again in %.1f s", what, error, wait)
        time.sleep(wait)
