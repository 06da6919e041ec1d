"""State dicts from files: tensors only, each checked."""

import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import nn

from aip.damage import Damaged
from aip.errors import BadInput
from aip.files import unreadable


def read_state(path: Path) -> dict[str, Any]:
    """Read a state dict.

    A file of today's `torch.save` is a zip archive, whose own checksums (CRC-32) torch writes and
    does not look at.

    Raises
    ------
    BadInput
        The file is missing or holds no state dict, or the system cannot read it now.
    Damaged
        It is no file of `torch.save`, or differs from its checksums.
    """
    verified = False
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                spoilt = archive.testzip()
            if spoilt is not None:
                raise ValueError(f"{spoilt} differs from its checksum")
            verified = True
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise BadInput(f"{path}: the weights are missing") from None
    except Exception as error:  # torch raises many kinds for a file that it cannot read
        reason = (str(error) or type(error).__name__).splitlines()[0]
        # A file that is not what was saved can ask for any amount of memory.
        starved = verified and (isinstance(error, MemoryError) or "allocate memory" in reason)
        if cannot := reason if starved else unreadable(error):
            raise BadInput(f"{path}: cannot be read: {cannot}") from error
        sentence = f"not a state dict of torch.save ({reason})"
        raise Damaged(path, sentence, artifact=False) from error
    if not isinstance(state, dict):
        raise BadInput(f"{path}: not a state dict of torch.save (found a {type(state).__name__})")
    return state


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
        The file is missing, holds no state dict, or a tensor is missing or of another shape.
    """
    state = read_state(path)
    expected = net.state_dict()
    for name, tensor in expected.items():
        if drop is not None and name.startswith(f"{drop}."):
            state[name] = tensor
        found = getattr(state.get(name), "shape", None)
        if found != tensor.shape:
            shown = "nothing" if found is None else tuple(found)
            raise BadInput(f"{path}: {name}: expected shape {tuple(tensor.shape)}, found {shown}")
    net.load_state_dict({name: state[name] for name in expected})
