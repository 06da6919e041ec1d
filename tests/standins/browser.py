"""Chromium without a window, driven over a pipe by the DevTools protocol."""

import base64
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Whatever happens in a page; the last two are what it complains of.
WATCHED = ("Page", "Runtime", "Log", "Network")


class Browser:
    """A page in the browser.

    Attributes
    ----------
    requests : list of str
        The addresses that were asked for.
    complaints : list of str
        Errors of scripts, and what went to the console.
    """

    def __init__(self, to: int, of: int) -> None:
        self._to, self._of, self._left = to, of, b""
        self._numbers, self._session = itertools.count(1), None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in WATCHED:
            self.call(f"{domain}.enable")

    def open(self, page: Path, fragment: str = "") -> None:
        """Open a file, and wait until it is loaded."""
        self._loaded = False
        self.call("Page.navigate", url=page.resolve().as_uri() + fragment)
        while not self._loaded:
            self._hear(self._message())

    def run(self, script: str) -> Any:
        """Return the value of an expression in the page; of a promise, what it comes to."""
        found = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key, as Enter (13), Tab (9), ArrowDown (40)."""
        text = {"Enter": "\r"}.get(key, "")
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if text and kind == "keyDown" else {}),
            )

    def picture(self, path: Path) -> None:
        """Save what the window shows as PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result."""
        number = next(self._numbers)
        said = {"id": number, "method": method, "params": parameters}
        if self._session:
            said["sessionId"] = self._session
        os.write(self._to, json.dumps(said).encode() + b"\0")
        while (message := self._message()).get("id") != number:
            self._hear(message)
        assert "error" not in message, message["error"]
        return message["result"]

    def _hear(self, message: dict[str, Any]) -> None:
        said = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(said["exceptionDetails"]))
            case "Runtime.consoleAPICalled":
                self.complaints.append(json.dumps(said["args"]))
            case "Log.entryAdded":
                self.complaints.append(said["entry"]["text"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            more = os.read(self._of, 1 << 20)
            assert more, "the browser ended"
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        return json.loads(message)


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium with a new profile, and end it."""
    assert CHROMIUM, "Chromium is not installed"
    (of_us, to_it), (of_it, to_us) = os.pipe(), os.pipe()
    # It reads from 3 and writes to 4.
    inner = f'exec 3<&{of_us} 4>&{to_us}; exec "$@"'
    arguments = [
        *("--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu"),
        *("--no-sandbox", "--disable-dev-shm-usage", "--window-size=1400,1000"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        f"--user-data-dir={profile}",
    ]
    with subprocess.Popen(
        ["bash", "-c", inner, "bash", CHROMIUM, *arguments],
        pass_fds=(of_us, to_us),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        os.close(of_us)
        os.close(to_us)
        try:
            yield Browser(to_it, of_it)
        finally:
            os.close(to_it)
            process.kill()
            os.close(of_it)
