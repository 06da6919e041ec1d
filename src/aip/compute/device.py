"""The devices that nets compute on: what goes to them, and what fits."""

import re
from collections.abc import Callable

import torch
from torch import Tensor

CPU = torch.device("cpu")


def describe(device: torch.device) -> str:
    """Return what an artifact says of the device that it was computed on."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def move(tensor: Tensor, device: torch.device) -> Tensor:
    """Copy a tensor to a device without waiting for the device's queued work.

    A copy from pageable memory would wait until the GPU has done all its queued work, so the tensor
    goes through pinned memory.
    """
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def free_memory(device: torch.device) -> int:
    """Return how many bytes of a GPU this process could still have."""
    free, _ = torch.cuda.mem_get_info(device)
    return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def memory_taken(device: torch.device, work: Callable[[], object]) -> int:
    """Do some work, and return how many bytes of a GPU it took at most."""
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    work()
    return torch.cuda.max_memory_allocated(device) - before


def ran_out(error: BaseException | None) -> bool:
    """Return whether an error says that a GPU's memory ran out.

    PyTorch has an exception of its own only for memory that it allocates itself. If CUDA, cuBLAS or
    cuDNN get none, only the message says so.

    Examples
    --------
    >>> ran_out(RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"))
    True
    """
    if isinstance(error, torch.OutOfMemoryError):
        return True
    said = r"CUDA error: out of memory|ALLOC(ATION)?_FAILED"
    return isinstance(error, RuntimeError) and bool(re.search(said, str(error)))
