"""The number of threads that compute, and deterministic algorithms."""

import os

import torch


def limit_threads(threads: int) -> None:
    """Compute in `threads` threads, with deterministic algorithms."""
    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
