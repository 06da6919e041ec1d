"""How a job's nets compute: on which device, with how many threads, and the same way every time."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch

from aip.compute.device import CPU, describe, ran_out
from aip.compute.threads import limit_threads
from aip.errors import BadInput


@contextmanager
def computing(
    gpu: AbstractContextManager[int | None], threads: int, nets: Sequence[Mapping[str, Any]]
) -> Iterator[torch.device]:
    """Give a job the device that its nets compute on, with so many threads, as `limit_threads`.

    Parameters
    ----------
    gpu : context manager
        Gives the number of the GPU that the job has to itself, or None: then nets compute on the
        processor.
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
    limit_threads(threads)
    torch.backends.cudnn.allow_tf32 = {net["precision"] for net in nets} == {"tfloat32"}
    with gpu as index:
        if index is None:
            yield CPU
            return
        device = torch.device("cuda", index)
        try:
            torch.cuda.set_device(device)
            # Where no deterministic algorithm exists, a warning in the log says so.
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
