"""AIP Games: adversarial image perturbations against recognisers, as a game.

What a researcher needs without a study; ``docs/library.md`` shows it at work. A name is imported
when it is first used, so that ``import aip`` alone imports nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aip.errors import BadInput
    from aip.game.equilibrium import Equilibrium
    from aip.game.matrix import solve
    from aip.game.table import Table, read_table
    from aip.perturb.batch import perturb_heads
    from aip.perturb.epsilon import input_epsilon
    from aip.perturb.problem import Outcome, Problem
    from aip.perturb.publish import publish
    from aip.perturb.steps import Steps
    from aip.recognise.batch import process_heads, score_heads
    from aip.recognise.building import build_recogniser, load_recogniser
    from aip.recognise.recogniser import Recogniser

__version__ = "0.1.0"

_MODULES = {
    "BadInput": "errors",
    "Equilibrium": "game.equilibrium",
    "Outcome": "perturb.problem",
    "Problem": "perturb.problem",
    "Recogniser": "recognise.recogniser",
    "Steps": "perturb.steps",
    "Table": "game.table",
    "build_recogniser": "recognise.building",
    "input_epsilon": "perturb.epsilon",
    "load_recogniser": "recognise.building",
    "perturb_heads": "perturb.batch",
    "process_heads": "recognise.batch",
    "publish": "perturb.publish",
    "read_table": "game.table",
    "score_heads": "recognise.batch",
    "solve": "game.matrix",
}

__all__ = [
    "BadInput",
    "Equilibrium",
    "Outcome",
    "Problem",
    "Recogniser",
    "Steps",
    "Table",
    "build_recogniser",
    "input_epsilon",
    "load_recogniser",
    "perturb_heads",
    "process_heads",
    "publish",
    "read_table",
    "score_heads",
    "solve",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
