"""What a training keeps after each epoch, so that one that was killed goes on from there."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch

from aip.errors import BadInput
from aip.store.digest import digest
from aip.store.files import whole
from aip.store.state import read_state


class Part(Protocol):
    """A part of a training with a state: a net, an optimiser or a schedule."""

    def state_dict(self) -> dict[str, Any]:
        """Return its state."""

    def load_state_dict(self, state: Any, /) -> object:
        """Take a state."""


class Checkpoint:
    """A hidden file beside a net, ``.<net>.checkpoint``, that is there while the net is taught.

    It is a file of `torch.save` with numbers, texts and tensors only. A file that is damaged, or
    that another training wrote, is ignored, which the log says.

    Parameters
    ----------
    net : Path
        Where the net will be.
    device : torch.device
        Where it is taught.
    *follows : object
        What the training follows from beside the device and the version of PyTorch, such as the
        net's fingerprint. A training goes on only from a checkpoint that follows from the same.

    Attributes
    ----------
    curve : list of dict
        The lines of the learning curve so far. Whoever reports an epoch adds its line.
    """

    def __init__(self, net: Path, device: torch.device, *follows: object) -> None:
        self._path = net.with_name(f".{net.name}.checkpoint")
        self._device = device
        self._key = digest(*map(str, follows), torch.__version__)
        self._found = self._read()
        self.curve: list[dict[str, float]] = self._found.get("curve", [])

    def restore(self, parts: Mapping[str, Part]) -> int:
        """Give the parts of a training, and the random draws, the state that was kept.

        Returns
        -------
        int
            The epoch after which it was kept; 0 if there is none, and nothing has changed.
        """
        if not self._found:
            return 0
        for name, part in parts.items():
            part.load_state_dict(self._found["parts"][name])
        torch.set_rng_state(self._found["draws"])
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(self._found["draws_there"], self._device)
        epoch: int = self._found["epoch"]
        self._found = {}
        logging.info("%s: goes on after epoch %d, which it holds", self._path, epoch)
        return epoch

    def keep(self, epoch: int, parts: Mapping[str, Part]) -> None:
        """Write the state after an epoch; where it cannot be written, the log says so."""
        state = {
            "key": self._key,
            "epoch": epoch,
            "curve": self.curve,
            "parts": {name: part.state_dict() for name, part in parts.items()},
            "draws": torch.get_rng_state(),
        }
        if self._device.type == "cuda":
            state["draws_there"] = torch.cuda.get_rng_state(self._device)
        try:
            with whole(self._path) as beside, beside.open("wb") as file:
                torch.save(state, file)
        except BadInput as error:  # the net may still be taught to its end
            logging.warning("%s", error)

    def remove(self) -> None:
        """Delete the file: the net is whole."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        try:
            found = read_state(self._path)
        except BadInput as error:
            logging.warning("%s; it is ignored, and training starts at the first epoch", error)
            return {}
        if found.get("key") != self._key:
            logging.warning(
                "%s: another training wrote it; it is ignored, and training starts at the first "
                "epoch",
                self._path,
            )
            return {}
        return found
