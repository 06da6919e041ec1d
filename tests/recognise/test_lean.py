"""Loading a net does not import torch's compiler, which is still there for who calls it."""

import subprocess
import sys

LOAD = """
import sys
from aip.recognise.nets.building import build
build("resnet18", weights=None)
print("torch._dynamo" in sys.modules)
"""

USE = """
import sys, torch
from aip.recognise.nets.lean import torchvision
print(sys.modules["torchvision.ops.roi_align"].is_compile_supported("cpu"))
print("torch._dynamo" in sys.modules)
print(torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)).item())
"""


def printed(program: str) -> list[str]:
    return subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout.split()


def test_a_net_is_built_without_the_compiler():
    assert printed(LOAD) == ["False"]


def test_who_wants_the_compiler_gets_it():
    assert printed(USE) == ["True", "True", "2.0"]
