"""The graph of an ONNX net: its operations, constants, input and outputs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from aip.errors import BadInput


@dataclass(frozen=True)
class Node:
    """One operation of a graph.

    Attributes
    ----------
    kind : str
        The operator, such as ``Conv``.
    inputs, outputs : tuple of str
        Names of values; an empty one stands for an input that is left out.
    attributes : dict
        Numbers, text, arrays, or lists of them.
    opset : int
        The version of the operators, which decides what they mean.
    where : str
        The file and the node, for errors.
    """

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]
    opset: int
    where: str

    def integer(self, name: str, default: int) -> int:
        """Return an attribute that is a whole number."""
        return int(self._attribute(name, int, default))

    def number(self, name: str, default: float) -> float:
        """Return an attribute that is a number."""
        return float(self._attribute(name, (int, float), default))

    def text(self, name: str, default: str) -> str:
        """Return an attribute that is text."""
        return str(self._attribute(name, str, default))

    def integers(self, name: str, default: Sequence[int] = ()) -> list[int]:
        """Return an attribute that is a list of whole numbers."""
        found = list(self._attribute(name, list, list(default)))
        if not all(isinstance(each, int) for each in found):
            raise BadInput(f"{self.where}: {name}: found {found!r}, expected whole numbers")
        return found

    def has(self, name: str) -> bool:
        """Say whether an attribute is given."""
        return name in self.attributes

    def refuse(self, name: str, found: object, expected: str) -> BadInput:
        """Return the error for an attribute whose value is not known here."""
        return BadInput(f"{self.where}: {name}: found {found!r}, expected {expected}")

    def _attribute(self, name: str, kind: Any, default: Any) -> Any:
        found = self.attributes.get(name, default)
        if not isinstance(found, kind):
            names = {int: "a whole number", str: "text", list: "a list"}
            raise self.refuse(name, found, names.get(kind, "a number"))
        return found


@dataclass(frozen=True)
class Graph:
    """A net as an ONNX file describes it.

    Attributes
    ----------
    nodes : list of Node
        In an order in which they can be computed; constants are no nodes.
    constants : dict
        By name, weights (float32) and other arrays.
    input : str
        The value that the images are.
    shape : tuple of (int or None)
        Of the input as the file says it; None where it is free. Empty where it says nothing.
    outputs : tuple of str
    opset : int
    where : str
        The file, for errors.
    """

    nodes: list[Node]
    constants: dict[str, NDArray[Any]]
    input: str
    shape: tuple[int | None, ...]
    outputs: tuple[str, ...]
    opset: int
    where: str

    @property
    def size(self) -> tuple[int, int] | None:
        """The (height, width) of the input if the file fixes it, else None."""
        if len(self.shape) != 4 or self.shape[2] is None or self.shape[3] is None:
            return None
        return self.shape[2], self.shape[3]

    @property
    def batch(self) -> int | None:
        """How many images the file says that it takes at once; None if it leaves that free."""
        return self.shape[0] if self.shape else None

    def values(self) -> list[str]:
        """Return the names of all values that are computed."""
        return [name for node in self.nodes for name in node.outputs if name]

    def ending_in(self, outputs: Iterable[str]) -> "Graph":
        """Return the part of the graph that other outputs follow from."""
        outputs = tuple(outputs)
        needed, kept = set(outputs), []
        for node in reversed(self.nodes):
            if needed.intersection(node.outputs):
                needed.update(node.inputs)
                kept.append(node)
        constants = {name: array for name, array in self.constants.items() if name in needed}
        return replace(self, nodes=kept[::-1], constants=constants, outputs=outputs)
