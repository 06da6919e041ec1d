"""What every job of the workflow does around its work: log, progress, and one-sentence errors."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from aip.errors import BadInput, printable
from aip.run.condemn import condemn
from aip.run.edits import check_code
from aip.run.limits import ran_out
from aip.store.checksums import Damaged, check, write_checksums
from aip.store.files import unwritable
from aip.store.provenance import Provenance

# Set if the run's terminal shows these lines of the jobs' logs: "note: ", "error: ", "stopped: "
# and "37% of " (src/snakemake_logger_plugin_terminal).
SHOWN = "AIP_TERMINAL"
OFTEN = 1.0  # seconds, at least, between two lines of progress


class Job:
    """A running job of the workflow.

    Attributes
    ----------
    provenance : Provenance
        From the rule's params.
    """

    def __init__(self, provenance: Provenance, label: str, log: Path) -> None:
        self.provenance = provenance
        self._label, self._log = label, log

    def progress(self, total: int, unit: str) -> Callable[[int], None]:
        """Return a function that logs progress; call it with the number of units just done."""
        started = told = time.monotonic()
        done = percent = 0

        def update(more: int) -> None:
            nonlocal told, done, percent
            done += more
            now = time.monotonic()
            if done >= total:
                logging.info("%d %s in %.1f s", total, unit, now - started)
            elif now - told >= OFTEN and 100 * done // total > percent:
                told, percent = now, 100 * done // total
                logging.info("%d%% of %d %s", percent, total, unit)

        return update

    def say(self, sentence: str) -> None:
        """Say something in the terminal and in the log."""
        _tell("note", f"{self._label}: {sentence}", self._log)


@contextmanager
def running(snakemake: Any) -> Iterator[Job]:
    """Run a job's work: open its log, check its input, and turn bad input into one sentence.

    If an artifact among the input turns out to be damaged, the next run makes it again.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives a script; its param ``provenance`` is an `aip.study.making.Made`.

    Raises
    ------
    SystemExit
        With code 1 after bad input, whose sentence goes to the terminal and to the log; with the
        signal's code after Ctrl-C.
    """
    label = " ".join((snakemake.rule, *filter(None, snakemake.wildcards)))
    made = snakemake.params.provenance
    log = Path(snakemake.log[0])
    job = Job(Provenance(made["definition"], made["fingerprint"], made["seed"]), label, log)
    try:
        _open_log(log)
        logging.info("%s: %s", label, made["definition"])
        check_code(made["code"])
        _check(snakemake.input)
        yield job
        check_code(made["code"])  # modules that were loaded meanwhile, too
        for path in snakemake.output:
            write_checksums(Path(path), made["fingerprint"])
    except Damaged as error:
        known = str(error.path) in snakemake.input
        _fail(log, label, condemn(error) if known else str(error))
    except BadInput as error:
        _fail(log, label, str(error))
    except KeyboardInterrupt:
        logging.info("stopped: by Ctrl-C")
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if reason := unwritable(error, log.parent):
            _fail(log, label, f"{log.parent}: cannot be written: {reason}")
        logging.exception("%s failed", label)
        if reason := ran_out(error):
            _fail(log, label, reason)
        said = " ".join(str(error).split())
        logging.error("error: %s: %s: %s", label, type(error).__name__, said)
        raise
    logging.info("done in %.1f s", time.monotonic() - job.provenance.started)


def _open_log(path: Path) -> None:
    logging.raiseExceptions = False  # if the disk is full, the work itself says so, once
    form = "%(asctime)s %(message)s"
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format=form, force=True)
    logging.captureWarnings(capture=True)


def _check(inputs: Iterable[str]) -> None:
    """Check the input's checksums.

    If the clock was set back, an input may be newer than now. Snakemake would then refuse whatever
    is made from it as older than its input. Such an input gets the present time, on which no result
    depends.
    """
    for path in map(Path, inputs):
        check(path)
        with suppress(OSError):
            if path.stat().st_mtime > time.time():
                os.utime(path)


def _fail(log: Path, label: str, sentence: str) -> NoReturn:
    _tell("error", f"{label}: {sentence}", log)
    sys.exit(1)


def _tell(kind: str, sentence: str, log: Path) -> None:
    """Say a sentence in the log, and in the terminal, unless that shows the log."""
    sentence = printable(sentence)
    line = f"{kind}: {sentence}"
    logging.info("%s", line)
    if SHOWN not in os.environ or not _ends(log, line):
        print(line if kind == "error" else sentence, file=sys.stderr)


def _ends(log: Path, line: str) -> bool:
    """Whether a log ends with a line; on a full disk, the line may be missing."""
    return log.exists() and log.read_bytes().endswith(f"{line}\n".encode())
