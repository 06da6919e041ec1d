"""Loading state dicts into nets, with every tensor checked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from aip.errors import BadInput
from aip.store.state import read_state

Net = TypeVar("Net", bound=nn.Module)

# A counter of batches, which files from before PyTorch 0.4.1 lack.
COUNTER = "num_batches_tracked"


def started(net: Net, weights: str | None, suffix: str, fill: Callable[[Net, Path], object]) -> Net:
    """Return a net once it has its weights, if any are given.

    Parameters
    ----------
    net : Module
    weights : str or None
        A file of the package that publishes the net, or of a state dict.
    suffix : str
        By which the package's file is known, such as ``.onnx``.
    fill : callable
        Fills the net from the package's file.
    """
    if weights is not None:
        path = Path(weights)
        fill(net, path) if path.suffix == suffix else load_state(net, path)
    return net


def load_state(net: nn.Module, path: Path, drop: str | None = None) -> None:
    """Load a state dict into a net, tensor by tensor, and check that all fit.

    Parameters
    ----------
    net : Module
    path : Path
        A file of `torch.save`; only tensors are read from it.
    drop : str, optional
        A submodule that the file may lack or hold in another shape.

    Raises
    ------
    BadInput
        The file is missing, holds no state dict, or a tensor is missing, of another shape, or not
        of finite numbers of its kind.
    """
    state = read_state(path)
    taken = {}
    for name, tensor in net.state_dict().items():
        dropped = drop is not None and name.startswith(f"{drop}.")
        uncounted = name.endswith(COUNTER) and name not in state
        taken[name] = (
            tensor if dropped or uncounted else _fitting(state.get(name), tensor, f"{path}: {name}")
        )
    net.load_state_dict(taken)


def _fitting(found: Any, expected: Tensor, where: str) -> Tensor:
    """Return a tensor of a file if it fits the net's."""
    shape = getattr(found, "shape", None)
    if not isinstance(found, Tensor) or shape != expected.shape:
        shown = "nothing" if shape is None else tuple(shape)
        raise BadInput(f"{where}: expected shape {tuple(expected.shape)}, found {shown}")
    if _kind(found) != _kind(expected):
        raise BadInput(f"{where}: expected {_kind(expected)}, found {found.dtype}")
    if not bool(found.to(expected.dtype).isfinite().all()):
        raise BadInput(f"{where}: found a number that is infinite or none")
    return found


def _kind(tensor: Tensor) -> str:
    if tensor.dtype.is_floating_point:
        return "floating-point numbers"
    whole = not tensor.dtype.is_complex and tensor.dtype != torch.bool
    return "whole numbers" if whole else "other numbers"
