"""Work on several blocks at once, each as if it were alone."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import torch

from aip.compute.blocks import BLOCK
from aip.compute.device import describe, free_memory, memory_taken, ran_out
from aip.errors import BadInput

Item = TypeVar("Item")
Result = TypeVar("Result")

# The share of a GPU's free memory that stays free. If cuDNN does not get the workspace that it asks
# for, it uses another algorithm, which may round differently.
SPARE = 0.25


def fitting(free: int, cost: int) -> int:
    """Return how many blocks at once fit into a GPU's memory; at least one.

    Parameters
    ----------
    free : int
        Bytes that are free; the share `SPARE` of them stays free.
    cost : int
        Peak bytes of one block, measured in a trial step.

    Examples
    --------
    >>> fitting(free=8 << 30, cost=1 << 30)
    6
    """
    return max(1, int(free * (1 - SPARE)) // max(1, cost))


def width_that_fits(width: int, trial: Callable[[], object], device: torch.device) -> int:
    """Return how many blocks are worked on at once: as many as asked for, or as fit into a GPU.

    Parameters
    ----------
    width : int
        How many are asked for.
    trial : callable
        The costliest step of one block, done once on a GPU to see what it takes.
    device : torch.device
    """
    if device.type != "cuda":
        return width
    cost = memory_taken(device, trial)
    return min(width, fitting(free_memory(device), cost))


@contextmanager
def in_memory(device: torch.device, *, where: str) -> Iterator[None]:
    """Raise `BadInput` if not even one block fits into a device's memory.

    Parameters
    ----------
    device : torch.device
    where : str
        What blocks consist of, such as ``heads``, for the error.

    Raises
    ------
    BadInput
        One block does not fit.
    """
    try:
        yield
    except RuntimeError as error:
        if not ran_out(error):
            raise
        raise BadInput(
            f"{describe(device)}: {BLOCK} {where} at once do not fit into its memory; expected a "
            "GPU with more, or none (--resources gpu=0)"
        ) from error


def side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], width: int, device: torch.device
) -> Iterator[Result]:
    """Work on items, `width` of them at once, and yield the results in the items' order.

    How large a batch a GPU can hold depends on the GPU, and how a kernel rounds depends on the
    batch. Work is therefore divided into blocks of one size, which are never joined. A thread of
    its own works on each block from the first step to the last. It uses one thread of the processor
    and a stream of its own on the GPU, and sees arrays of the same shapes whether it runs alone or
    beside others. So no result depends on `width`, which only decides how busy the device is.

    If a GPU's memory runs out all the same, the items that did not fit are done again, half as many
    at once.

    Parameters
    ----------
    work : callable
        What to do with an item; it must not draw from a shared generator.
    items : iterable
    width : int
        At least 1; with 1 no thread is started.
    device : torch.device
        Where it is done.

    Yields
    ------
    What `work` returns.

    Raises
    ------
    RuntimeError
        Not even one item fits (`aip.compute.device.ran_out`).
    """
    if width == 1:
        yield from map(work, items)
        return
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # so that other streams find their input
    waiting = deque(items)
    with ThreadPoolExecutor(width, initializer=_begin, initargs=(device,)) as pool:
        while waiting:
            now = [waiting.popleft() for _ in range(min(width, len(waiting)))]
            done = _that_fit([pool.submit(work, item) for item in now])
            yield from done
            if len(done) == len(now):
                continue
            waiting.extendleft(reversed(now[len(done) :]))
            width = max(1, len(now) // 2)
            logging.warning("the GPU's memory ran out: going on with %d blocks at once", width)
            if device.type == "cuda":
                torch.cuda.empty_cache()


def _begin(device: torch.device) -> None:
    torch.set_num_threads(1)
    if device.type == "cuda":
        torch.cuda.set_stream(torch.cuda.Stream(device))  # type: ignore[no-untyped-call]


def _that_fit(futures: Sequence[Future[Result]]) -> list[Result]:
    """Wait for all items; return the results before the first that did not fit.

    An error keeps its item's GPU memory alive. It is looked at and not raised: a raised error would
    refer to this function's futures, which refer to the error.
    """
    wait(futures)
    done = []
    for future in futures:
        if ran_out(future.exception()) and len(futures) > 1:
            break
        done.append(future.result())
    return done
