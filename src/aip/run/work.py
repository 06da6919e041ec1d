"""How much work a study's jobs have: which jobs there are, how many heads, how many passes."""

from aip.run.costs import Work
from aip.study.charges import draws
from aip.study.config import StudyConfig
from aip.study.definitions import Definition


def work(study: StudyConfig) -> Work:
    """Count the work of a study's jobs.

    A head passes through a net once per epoch in training; once per step, processed copy and net in
    perturbing; and once per draw in a cell.
    """
    learning = [name for name in study.recognisers if study.net_owner(name) == name]
    perturbing = {name: _perturbing(strategy) for name, strategy in study.user_strategies.items()}
    drawn = {name: draws(s["process"]) for name, s in study.recogniser_strategies.items()}
    others = dict.fromkeys(study.recogniser_strategies, study.other_heads * len(study.directions))
    return Work(
        frozenset(_names(study)),
        heads={
            "train": {r: study.train_heads * (1 + _lessons(study, r)) for r in learning},
            "cell": dict.fromkeys(study.recogniser_strategies, study.attacked_heads),
            "impostors": others,
            "enrolled_impostors": others,
        },
        passes={
            "train": {name: study.recogniser(name)["training"]["epochs"] for name in learning},
            "perturb": perturbing,
            "lesson": perturbing,
            "cell": drawn,
            "impostors": drawn,
            "enrolled_impostors": drawn,
        },
    )


def _names(study: StudyConfig) -> set[str]:
    known = [name for name in study.recognisers if _lessons(study, name)]
    taught = [name for name in known if study.net_owner(name) == name]
    enrolled = bool(known) or study.enrols_published
    purposes = ("attacked", *(("enrolled",) if enrolled else ()), *(("train",) if taught else ()))
    published = ("published", "both") if study.enrols_published else ()
    return {
        *study.user_strategies,
        *study.recogniser_strategies,
        *study.recognisers,
        *(f"{name}-reverse" for name in study.recognisers if "1-0" in study.directions),
        *study.games,
        *study.tables,
        *study.growth,
        *study.frontier,
        *purposes,
        *(f"{each}{suffix}" for each in published for suffix in ("", "-reverse")),
        *(shard for purpose in purposes for shard in study.shards(purpose)),
    }


def _lessons(study: StudyConfig, recogniser: str) -> int:
    """Return how often a recogniser learns each head beside the clean one."""
    return 1 if study.learns_from(recogniser) else len(study.known(recogniser))


def _perturbing(strategy: Definition) -> int:
    """Return how often a head passes through nets, forward and backward; 0 if none is attacked.

    Where the strategy answers a mixture, nobody knows before it is solved; then this is 0, too.
    """
    copies = sum(count for _, count in strategy.get("robust_to", ()))
    passes: int = strategy.get("steps", 1) * copies * len(strategy.get("against", ()))
    return passes
