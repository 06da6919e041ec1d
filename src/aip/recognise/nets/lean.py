"""torchvision, imported without torch's compiler.

torchvision wants one function of the compiler for an operation of detectors that no classifier
has, and importing the compiler takes most of the time that importing torchvision takes: a second,
in each job that loads a net. Here that function fetches the compiler when it is called.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import torch  # noqa: F401  (first, with its own compiler)

COMPILER, WANTED = "torch._dynamo", "torch._dynamo.utils"


def is_compile_supported(device_type: str) -> bool:
    """Ask the compiler, as torchvision does, whether it can compile for a device."""
    from torch._dynamo import utils

    supported: bool = utils.is_compile_supported(device_type)
    return supported


@contextmanager
def _without_compiler() -> Iterator[None]:
    if COMPILER in sys.modules:  # nothing is left to save
        yield
        return
    utils = ModuleType(WANTED)
    utils.is_compile_supported = is_compile_supported  # type: ignore[attr-defined]
    sys.modules |= {COMPILER: ModuleType(COMPILER), WANTED: utils}
    try:
        yield
    finally:
        del sys.modules[COMPILER], sys.modules[WANTED]


with _without_compiler():
    import torchvision

__all__ = ["torchvision"]
