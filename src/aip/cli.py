"""The ``aip`` command."""

import argparse
import sys
from collections.abc import Sequence

from aip.commands import add_all
from aip.errors import BadInput


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code, 1 after bad input."""
    parser = argparse.ArgumentParser(
        prog="aip", description="Adversarial image perturbations as a game."
    )
    add_all(parser.add_subparsers(dest="command", required=True))
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except BadInput as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
