"""What every job of the workflow does around its work: log, progress, and one-sentence errors."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from aip.artifacts import Provenance
from aip.damage import Damaged, check, condemn, write_checksums
from aip.errors import BadInput
from aip.files import unwritable

if TYPE_CHECKING:
    import torch


class Job:
    """A running job of the workflow.

    Attributes
    ----------
    provenance : Provenance
        From the rule's params.
    """

    def __init__(self, provenance: Provenance, label: str) -> None:
        self.provenance = provenance
        self._label = label

    def progress(self, total: int, unit: str) -> Callable[[int], None]:
        """Show a bar with the time left; call the result with how many units were done since."""
        watched = sys.stderr.isatty()
        bar = tqdm(
            total=total,
            desc=self._label,
            unit=f" {unit}",
            mininterval=0.2 if watched else 15,
            dynamic_ncols=watched,
        )
        started = time.monotonic()

        def update(done: int) -> None:
            bar.update(done)
            if bar.n >= total:
                bar.close()
                logging.info("%d %s in %.1f s", total, unit, time.monotonic() - started)

        return update

    def say(self, sentence: str) -> None:
        """Say something in the terminal and in the log."""
        logging.info("%s", sentence)
        print(f"{self._label}: {sentence}", file=sys.stderr)


@contextmanager
def running(snakemake: Any) -> Iterator[Job]:
    """Run a job's work: log to its file, check what goes in, and turn bad input into one sentence.

    An artifact that goes in and is found to be damaged is made anew by the next run.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives a script; ``params`` holds ``definition``, ``fingerprint``, ``seed``.

    Raises
    ------
    SystemExit
        With code 1 after bad input, whose sentence goes to the terminal and to the log; with that
        of the signal after Ctrl-C.
    """
    label = " ".join((snakemake.rule, *snakemake.wildcards))
    params = snakemake.params
    job = Job(Provenance(params.definition, params.fingerprint, params.seed), label)
    log = Path(snakemake.log[0])
    try:
        _open_log(log)
        logging.info("%s: %s", label, params.definition)
        _check(snakemake.input)
        yield job
        for path in snakemake.output:
            write_checksums(Path(path))
    except Damaged as error:
        known = str(error.path) in snakemake.input
        _fail(label, condemn(error) if known else str(error))
    except BadInput as error:
        _fail(label, str(error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if reason := unwritable(error, log.parent):
            _fail(label, f"{log.parent}: cannot be written: {reason}")
        logging.exception("%s failed", label)
        raise
    logging.info("done in %.1f s", time.monotonic() - job.provenance.started)


def _open_log(path: Path) -> None:
    logging.raiseExceptions = False  # a full disk is said once, by what is more than the log
    form = "%(asctime)s %(message)s"
    logging.basicConfig(filename=path, filemode="w", level=logging.INFO, format=form, force=True)
    logging.captureWarnings(capture=True)


def _check(inputs: Iterable[str]) -> None:
    """Hold what goes in to its checksums.

    What was made before the clock was set back is newer than now; Snakemake would refuse all that
    is made from it for being older, so it is given today's time, of which nothing follows.
    """
    for path in map(Path, inputs):
        check(path)
        with suppress(OSError):
            if path.stat().st_mtime > time.time():
                os.utime(path)


def _fail(label: str, sentence: str) -> NoReturn:
    logging.error("%s", sentence)
    print(f"error: {label}: {sentence}", file=sys.stderr)
    sys.exit(1)


def limit_threads(threads: int) -> None:
    """Compute with so many threads, and the same way every time."""
    import torch

    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@contextmanager
def computing(
    snakemake: Any, threads: int, nets: Sequence[Mapping[str, Any]]
) -> "Iterator[torch.device]":
    """Give a job the device that its nets compute on, with so many threads, as `limit_threads`.

    Parameters
    ----------
    snakemake : object
        What Snakemake gives a script. Its resource ``gpu`` says how many GPUs the workflow grants
        the job; of several it takes one. With none, nets compute on the processor, so that no
        result depends on a GPU that merely happens to be there; and also where none can be seen,
        which the log says.
    threads : int
    nets : sequence of mapping
        The definitions of the recognisers that compute. Where the ``precision`` of all is
        ``tfloat32``, convolutions on a GPU multiply in TensorFloat-32.

    Yields
    ------
    torch.device

    Raises
    ------
    BadInput
        The memory of the GPU ran out.
    """
    import torch

    from aip import gpu
    from aip.device import CPU, describe, ran_out

    limit_threads(threads)
    torch.backends.cudnn.allow_tf32 = {net["precision"] for net in nets} == {"tfloat32"}
    granted = snakemake.resources.get("gpu", 0)
    names = gpu.names() if granted else []
    if not names:
        if granted:
            logging.warning("granted a GPU, but none can be seen: computing on the processor")
        yield CPU
        return
    with gpu.one_of(names, gpu.locks()) as index:
        device = torch.device("cuda", index)
        try:
            torch.cuda.set_device(device)
            # Where there is no algorithm that always gives the same, a warning in the log says so.
            torch.use_deterministic_algorithms(mode=True, warn_only=True)
            # Nothing here reads memory that it has not written; filling it all would take time.
            torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
            logging.info("computing on %s, %s", device, describe(device))
            yield device
        except RuntimeError as error:
            if not ran_out(error):
                raise
            logging.warning("%s", error)
            raise BadInput(
                f"{describe(device)}: its memory ran out; expected a GPU with more of it free, or "
                "none (--resources gpu=0)"
            ) from error
