"""What a config says of a net that a user brings: an ONNX file, or code of the user's own."""

from pathlib import Path
from typing import Any

from aip.errors import BadInput
from aip.recognise import nets
from aip.study.paths import path

Definition = dict[str, Any]

ONNX = "onnx:"
FIXED = "the net of an ONNX file stays as it is"


def is_fixed(arch: str) -> bool:
    """Say whether a net cannot be taught further."""
    return nets.brought(arch) == ONNX


def arch(given: Definition, entry: Definition, where: str) -> str:
    """Resolve a recogniser's arch: the path of an ONNX file is filled in, all else is as it is.

    Parameters
    ----------
    given, entry : dict
        The recogniser as the user gave it, and with defaults.
    where : str
        Its key, for errors.

    Raises
    ------
    BadInput
        There is no such file, or keys of training or weights contradict it.
    """
    named: str = entry["arch"]
    if not is_fixed(named):
        return named
    if entry["weights"] is not None:
        raise BadInput(f"{where}: the key 'weights' has no meaning for {named}, which has its own")
    if epochs := given.get("training", {}).get("epochs"):
        raise BadInput(f"{where}.training.epochs: found {epochs}, expected 0: {FIXED}")
    file = path(named.removeprefix(ONNX), f"{where}.arch")
    if not file or not Path(file).is_file():
        raise BadInput(f"{where}.arch: no such file: {file or named}")
    return f"{ONNX}{file}"


def normalise(said: Definition | None, named: str, where: str) -> Definition:
    """Return the key of a definition that says how a user's net takes its input; none for others.

    Raises
    ------
    BadInput
        It is said of another net, whose input is known.
    """
    if nets.brought(named) is None:
        if said is not None:
            raise BadInput(
                f"{where}: the key 'normalise' has no meaning for {named}, whose input is known; "
                "only nets of onnx: and module: take it"
            )
        return {}
    usual = {"mean": list(nets.FACES.mean), "deviation": list(nets.FACES.deviation)}
    found: Definition = {**usual, "channels": "rgb", **(said or {})}
    for key in usual:
        if not isinstance(found[key], list):
            found[key] = [found[key]] * 3
    return {"normalise": found}
