"""Data inside a page."""

import json
from typing import Any


def as_json(value: Any) -> str:
    r"""Return JSON that is as harmless in HTML as in a script.

    Examples
    --------
    >>> as_json({"who": "</script>"})
    '{"who":"\\u003c/script\\u003e"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
