"""What goes into a page beside its text: data, script and style, and what the page may load."""

import base64
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from markupsafe import Markup

from aip.show.embedded import as_json

BESIDE = Path(__file__).parent
MAP = "cividis"  # of the heat map: the same to colour-blind eyes, and in print


def json_in_page(value: Any) -> Markup:
    """Return JSON for the inside of a ``<script type="application/json">``."""
    return Markup(as_json(value))


@cache
def asset(name: str) -> Markup:
    """Return a script or a style that lies beside."""
    return Markup((BESIDE / name).read_text(encoding="utf-8"))


@cache
def style() -> Markup:
    """Return the page's style: the file's, and a colour for each percentage of the heat map."""
    colours = mpl.colormaps[MAP]
    rules = []
    for percent in range(101):
        red, green, blue, _ = colours(percent / 100, bytes=True)
        ink = "#000" if percent > 50 else "#fff"
        rules.append(f".h{percent}{{background:#{red:02x}{green:02x}{blue:02x};color:{ink}}}")
    return asset("page.css") + Markup("\n".join(rules))


def policy(scripts: Iterable[str], styles: Iterable[str]) -> str:
    """Return a Content-Security-Policy: these scripts and styles, and files beside the page.

    A browser that follows it asks nothing of any network.
    """
    said = {
        "default-src": ["'none'"],
        "script-src": [*map(_hashed, scripts), "'self'", "file:"],
        "style-src": [*map(_hashed, styles)],
        "img-src": ["'self'", "file:"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(" ".join([key, *sources]) for key, sources in said.items())


def _hashed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
