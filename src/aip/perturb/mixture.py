"""The recogniser's mixture, as a user strategy meets it: who sees which processing, how often.

A user's best response to a mixed strategy minimises the expectation over it, as the oracles of the
double oracle method do (McMahan, Gordon & Blum, *Planning in the Presence of Cost Functions
Controlled by an Adversary*, ICML 2003). Here the expectation is that of a method's loss.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FLOOR = 1e-6  # a column that is played less often is left out

# Recogniser, kind of processing, weight, as a strategy's key ``mixture`` holds them.
Part = tuple[str, str, float]


class Share(NamedTuple):
    """A part of the recogniser's mixture.

    Attributes
    ----------
    member : int
        The position of a recogniser among those of a problem.
    kind : str
        The kind of processing that it sees.
    weight : float
        How much of the mean it makes up, above 0.
    """

    member: int
    kind: str
    weight: float


def mixture_of(
    columns: Sequence[Mapping[str, Any]], probability: Mapping[str, float]
) -> list[Part]:
    """Divide a mixture of recogniser strategies into recognisers behind one kind of processing.

    A column's probability is divided over its kinds of processing by their numbers of draws.

    Parameters
    ----------
    columns : sequence of mapping
        Recogniser strategies: ``name``, ``recogniser`` and ``process``, pairs of kind and count.
    probability : mapping
        By name, how often each is played; columns below 1e-6 are left out, and the others' are
        scaled to sum to 1.

    Returns
    -------
    list of (recogniser, kind, weight)
        Each pair of recogniser and kind once, in the order of the columns; weights sum to 1.

    Examples
    --------
    >>> mixture_of(
    ...     [
    ...         {"name": "plain", "recogniser": "a", "process": [("O", 1)]},
    ...         {"name": "both", "recogniser": "a", "process": [("O", 5), ("B", 5)]},
    ...         {"name": "other", "recogniser": "b", "process": [("O", 1)]},
    ...     ],
    ...     {"plain": 0.5, "both": 0.5, "other": 0.0},
    ... )
    [('a', 'O', 0.75), ('a', 'B', 0.25)]
    """
    played = [column for column in columns if probability[column["name"]] >= FLOOR]
    total = sum(probability[column["name"]] for column in played)
    weights: dict[tuple[str, str], float] = defaultdict(float)
    for column in played:
        draws = sum(count for _, count in column["process"])
        for kind, count in column["process"]:
            share = probability[column["name"]] / total * count / draws
            weights[column["recogniser"], kind] += share
    return [(recogniser, kind, weight) for (recogniser, kind), weight in weights.items()]


def answering(strategy: Mapping[str, Any], probability: Mapping[str, float]) -> dict[str, Any]:
    """Return a strategy that answers a game, with the ``mixture`` of its ``columns``."""
    return {**strategy, "mixture": mixture_of(strategy["columns"], probability)}


def recognisers_of(mixture: Sequence[Part]) -> list[str]:
    """Return the recognisers that a mixture plays, each once, in its order."""
    return list(dict.fromkeys(recogniser for recogniser, _, _ in mixture))


def shares(mixture: Sequence[Part]) -> tuple[Share, ...]:
    """Return a mixture's parts by the positions of its recognisers in `recognisers_of`.

    Examples
    --------
    >>> shares([("a", "O", 0.75), ("b", "O", 0.25)])[1]
    Share(member=1, kind='O', weight=0.25)
    """
    names = recognisers_of(mixture)
    return tuple(Share(names.index(name), kind, float(weight)) for name, kind, weight in mixture)
