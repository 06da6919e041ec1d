"""Work on several blocks at once, each as if it were alone."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

import torch

from aip.device import ran_out

Item = TypeVar("Item")
Result = TypeVar("Result")

# What is left of a GPU's free memory. Where cuDNN does not get the workspace that it wants, it
# takes another algorithm, which may round differently.
SPARE = 0.25


def fitting(free: int, cost: int) -> int:
    """Return how many blocks at once fit into a GPU's memory; at least one.

    Parameters
    ----------
    free : int
        Bytes that can be had, of which `SPARE` are left.
    cost : int
        Bytes that one block takes at most, as a step on trial did.

    Examples
    --------
    >>> fitting(free=8 << 30, cost=1 << 30)
    6
    """
    return max(1, int(free * (1 - SPARE)) // max(1, cost))


def abreast(
    work: Callable[[Item], Result], items: Iterable[Item], width: int, device: torch.device
) -> Iterator[Result]:
    """Work on items, `width` of them at once, and give what comes of each in their order.

    How large a batch a GPU can hold depends on the GPU, and what a kernel rounds to depends on the
    batch. So a batch is made of blocks of one size, and of these nothing is ever joined: each is
    worked on from its first step to its last by a thread of its own, which computes in one thread
    of the processor and in a stream of its own of the GPU, and sees arrays of the same shapes
    whether it is alone or one of many. No result can then depend on `width`, which says how much
    of the device is kept busy and no more.

    Where a GPU's memory runs out all the same, what did not fit is done again, half as many at
    once.

    Parameters
    ----------
    work : callable
        What to do with an item; it draws from no generator that it shares.
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
        Not even one fits (`aip.device.ran_out`).
    """
    if width == 1:
        yield from map(work, items)
        return
    if device.type == "cuda":
        torch.cuda.synchronize(device)  # what other streams will read is there
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
    """Return what came of those before the first that did not fit, when all have ended.

    An error holds on to what its item had of the memory. It is looked at and not raised, or it
    would hold this function's futures, which hold it.
    """
    wait(futures)
    done = []
    for future in futures:
        if ran_out(future.exception()) and len(futures) > 1:
            break
        done.append(future.result())
    return done
