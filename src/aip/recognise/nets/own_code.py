"""Nets of a user's own code, named ``module:<package>:<function>``.

The function is called without arguments and returns a `torch.nn.Module`: (n, 3, height, width)
normalised images → (n, d) features. This runs that code, in planning and in jobs.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aip.download.weights import FOLDER
from aip.errors import BadInput
from aip.recognise.nets import FACES, Statistics

if TYPE_CHECKING:
    from torch import nn

BEGINNING = "module:"
DOWNLOADS = FOLDER.parent


def build(arch: str, weights: str | None) -> "nn.Module":
    """Build a net by calling the user's function.

    Parameters
    ----------
    arch : str
        ``module:``, a module's name as for ``import``, ``:`` and the name of a function in it.
    weights : str or None
        The file of a state dict to load into the net; None leaves it as the function returns it.

    Raises
    ------
    BadInput
        There is no such module or function, it lies among downloads, it fails, or it returns no
        `torch.nn.Module`; or the file does not fit the net.
    """
    from torch import nn

    from aip.recognise.nets.state import load_state

    function = _function(arch)
    try:
        net = function()
    except Exception as error:  # a user's code may raise anything
        raise BadInput(f"{arch}: it fails with {type(error).__name__}: {error}") from error
    if not isinstance(net, nn.Module):
        raise BadInput(f"{arch}: found {type(net).__name__}, expected a torch.nn.Module")
    if weights is not None:
        load_state(net, Path(weights))
    return net


def statistics(arch: str, net: "nn.Module") -> Statistics:  # noqa: ARG001
    """Return the statistics of most nets of faces, (x − 127.5) / 128; a config may say others."""
    return FACES


def made_for(arch: str) -> list[int] | None:  # noqa: ARG001
    """Return None: only the user knows what size of input the net was made for."""
    return None


def sources(arch: str) -> list[Path]:
    """Return the files of the top package that the function is in, without importing it.

    Raises
    ------
    BadInput
        The name has another form, there is no such package, or it lies among downloads.
    """
    module, _ = _parts(arch)
    package = module.partition(".")[0]
    _look_in_working_folder()
    spec = find_spec(package)
    if spec is None:
        raise BadInput(
            f"{arch}: there is no package {package}, expected one that is installed, in a folder "
            "of PYTHONPATH or in the working folder"
        )
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    files = sorted(file for folder in folders for file in folder.rglob("*.py"))
    if not folders and spec.origin is not None:
        files = [Path(spec.origin)]
    if not all(file.is_file() for file in files) or not files:
        raise BadInput(f"{arch}: the package {package} has no file of its own, expected some")
    downloads = DOWNLOADS.resolve()
    for file in files:
        if file.resolve().is_relative_to(downloads):
            raise BadInput(f"{arch}: {file} was downloaded, and code from outside is never run")
    return files


def _function(arch: str) -> Callable[[], Any]:
    module, name = _parts(arch)
    sources(arch)
    try:
        found = getattr(import_module(module), name, None)
    except Exception as error:  # a user's code may raise anything
        raise BadInput(
            f"{arch}: importing {module} fails with {type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        what = "nothing" if found is None else type(found).__name__
        raise BadInput(f"{arch}: found {what} as {name} in {module}, expected a function")
    return found  # type: ignore[no-any-return]


def _parts(arch: str) -> tuple[str, str]:
    """Return the names of the module and of the function."""
    module, _, function = arch.removeprefix(BEGINNING).partition(":")
    names = [*module.split("."), function]
    if not all(name.isidentifier() for name in names):
        raise BadInput(
            f"arch: found {arch!r}, expected module:<package>:<function>, such as "
            "module:faces.nets:build"
        )
    return module, function


def _look_in_working_folder() -> None:
    """Look for modules there, too, after all other places; a user's code may import late."""
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.append(folder)
