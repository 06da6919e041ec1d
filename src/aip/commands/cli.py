"""The ``aip`` command."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence

from aip.commands import add_all
from aip.commands.terminal import prepare
from aip.errors import BadInput, printable


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 1 after bad input, 141 if nobody reads on."""
    parser = argparse.ArgumentParser(
        prog="aip", description="Adversarial image perturbations as a game."
    )
    add_all(parser.add_subparsers(dest="command", required=True))
    options = parser.parse_args(arguments)
    warnings = logging.StreamHandler()
    warnings.addFilter(logging.Filter("root"))  # ours, and not what Snakemake says of its planning
    logging.basicConfig(format="warning: %(message)s", handlers=[warnings])
    prepare()
    try:
        options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would say so once more, when it flushes on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (BadInput, ArithmeticError) as error:
        return _refuse(error)
    except OSError as error:
        return _refuse(BadInput(f"{error.filename or 'the system'}: {error.strerror or error}"))
    return 0


def _refuse(error: Exception) -> int:
    print(f"error: {printable(str(error))}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
