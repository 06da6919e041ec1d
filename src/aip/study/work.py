"""What a study's jobs work through: which jobs there are, how many heads, how many passes."""

from aip.costs import Work
from aip.study.asked import Asked
from aip.study.definitions import Definition


def work(study: Asked) -> Work:
    """Say what a study's jobs work through.

    A head passes through a net in training once per epoch, in perturbing once per step, processed
    copy and net, and in a cell once per draw.
    """
    learning = [name for name in study.recognisers if study.net_owner(name) == name]
    perturbing = {name: _perturbing(strategy) for name, strategy in study.users.items()}
    return Work(
        frozenset(_names(study)),
        heads={
            "train": {r: study.train_heads * (1 + len(study.known(r))) for r in learning},
            "cell": dict.fromkeys(study.responses, study.attacked_heads),
        },
        passes={
            "train": {name: study.recogniser(name)["training"]["epochs"] for name in learning},
            "perturb": perturbing,
            "lesson": perturbing,
            "cell": {
                name: sum(1 if kind == "O" else count for kind, count in response["process"])
                for name, response in study.responses.items()
            },
        },
    )


def _names(study: Asked) -> set[str]:
    known = [name for name in study.recognisers if study.known(name)]
    taught = [name for name in known if study.net_owner(name) == name]
    parts = ("attacked", *(("enrolled",) if known else ()), *(("train",) if taught else ()))
    return {
        *study.users,
        *study.responses,
        *study.recognisers,
        *(f"{name}-reverse" for name in study.recognisers if "1-0" in study.directions),
        *study.games,
        *study.tables,
        *parts,
        *(shard for part in parts for shard in study.shards(part)),
    }


def _perturbing(strategy: Definition) -> int:
    """Return how often a head passes through a net, forward and backward; 0 if none is attacked."""
    copies = sum(count for _, count in strategy.get("robust_to", ()))
    passes: int = strategy.get("steps", 1) * copies * len(strategy.get("against", ()))
    return passes
