"""Where a checkout may lie: Snakemake puts its path into commands of a shell, unquoted.

Run as a script, this checks the working directory, with Python's standard library alone.
"""

import os
import re
import sys

REFUSED = re.compile(r"""[\s"'$&();*{}|<>\\`?\[\]]""")


def wrong_place(path: str) -> str:
    """Say why no job could run from a path, or return an empty string.

    Examples
    --------
    >>> wrong_place("/home/ann/aip#2%")
    ''
    >>> wrong_place("/home/ann/my aip").partition(", expected")[0]
    "'/home/ann/my aip': found ' ' in the path"
    """
    found = REFUSED.search(path)
    if not found:
        return ""
    return (
        f"{path!r}: found {found[0]!r} in the path, expected none of these characters in it: "
        "space, newline, \" ' $ & ( ) ; * { } | < > \\ ` ? [ ]"
    )


if __name__ == "__main__":
    if reason := wrong_place(os.getcwd()):  # noqa: PTH109 (what make's shell is in)
        sys.exit(f"error: {reason}; move the checkout")
