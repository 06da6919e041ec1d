"""Paths that a config names."""

import os
import re
from pathlib import Path

from aip.errors import BadInput


def path(text: str | None, where: str) -> str | None:
    """Fill in the environment variables of a path, given as $NAME, and the home folder, given as ~.

    Raises
    ------
    BadInput
        A variable is not set, or no file can have that name.
    """
    for name in re.findall(r"\$(\w+)", text or ""):
        if not os.environ.get(name):
            raise BadInput(
                f"{where}: found {text!r}, but the environment variable {name} is not set"
            )
    found = text and os.path.expanduser(os.path.expandvars(text))  # noqa: PTH111
    try:
        if found:
            Path(found).stat()
    except (FileNotFoundError, NotADirectoryError):
        pass  # not an error here: whoever needs the file says what it is for
    except (OSError, ValueError) as error:
        raise BadInput(f"{where}: found {text!r}, which no file can be: {error}") from error
    return found
