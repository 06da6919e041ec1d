"""The user's side: adversarial image perturbations (AIPs) and plain obfuscations.

Each method is a module of its own, with one function of the module's name. Those that perturb
against a recogniser take a batch of heads at its input size; where they share the loop
`aip.perturb.descent.descend`, its steps are their second argument::

    method(problem, steps, *, …) -> Outcome
    method(problem, *, steps, epsilon, …) -> Outcome

Those that need no recogniser take one head at its native size::

    method(head, *, …) -> head

What another program has published of heads is found by their positions::

    method(heads, positions, strategy) -> (position -> head)

To add a method, write its module and give it its names in `METHODS` or in `BLIND`. Its function may
take `aip.perturb.steps.Steps` as its second positional argument, made from the strategy's
``steps``, ``step_size``, ``epsilon`` and ``step_rule``. Its keyword-only arguments are keys of the
strategy. A key of its own is declared in the config's schema, with its default and the names of the
methods that take it.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from aip.store.registry import Registry

if TYPE_CHECKING:
    from aip.album.heads import Heads
    from aip.perturb.problem import Outcome, Problem

METHODS: Registry = {
    "fgv": "ga",
    "ga": "ga",
    "fgs": "bi",
    "bi": "bi",
    "fgv-s": "ga_s",
    "ga-s": "ga_s",
    "fgs-s": "bi_s",
    "bi-s": "bi_s",
    "gaman": "gaman",
    "mi-fgsm": "mi_fgsm",
    "pgd": "pgd",
    "apgd-ce": "apgd_ce",
    "apgd-dlr": "apgd_dlr",
    "deepfool": "deepfool",
}

BLIND: Registry = {
    "none": "none",
    "blur": "blur",
    "pixelate": "pixelate",
    "eye-bar": "eye_bar",
    "black-box": "black_box",
}

ELSEWHERE: Registry = {"files": "files"}


class Method(Protocol):
    """A method that perturbs against a recogniser."""

    def __call__(self, problem: "Problem", /, *steps: Any, **keys: Any) -> "Outcome":
        """Perturb a batch of heads."""


class BlindMethod(Protocol):
    """A method that needs no recogniser."""

    def __call__(self, head: NDArray[np.uint8], /, **keys: Any) -> NDArray[np.uint8]:
        """Change one (height, width, 3) uint8 head."""


class ElsewhereMethod(Protocol):
    """A method that finds what another program has published."""

    def __call__(
        self, heads: "Heads", positions: NDArray[np.int64], strategy: Mapping[str, Any], /
    ) -> Callable[[int], NDArray[np.uint8]]:
        """Check what was published of some heads; return what reads it, by position."""


def module(name: str) -> str:
    """Return the name of the module that holds a method."""
    return f"{__name__}.{(METHODS | BLIND | ELSEWHERE)[name]}"


def method(name: str) -> Method:
    """Return the function of a method that perturbs against a recogniser."""
    return cast(Method, getattr(import_module(module(name)), METHODS[name]))


def blind_method(name: str) -> BlindMethod:
    """Return the function of a method that needs no recogniser."""
    return cast(BlindMethod, getattr(import_module(module(name)), BLIND[name]))


def elsewhere_method(name: str) -> ElsewhereMethod:
    """Return the function of a method that finds what another program has published."""
    return cast(ElsewhereMethod, getattr(import_module(module(name)), ELSEWHERE[name]))
