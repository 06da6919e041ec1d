"""Names that must agree: who perturbs against whom, who knows whom, and whom a target names."""

from collections.abc import Mapping, Sequence

from aip.errors import BadInput, unknown
from aip.study.definitions import Definition


def check_names(
    user_strategies: Mapping[str, Definition],
    recogniser_strategies: Mapping[str, Definition],
    recognisers: Mapping[str, Definition],
    against: Mapping[str, Sequence[str]],
    known: Mapping[str, Sequence[str]],
) -> None:
    """Refuse strategies and recognisers that name others that are not there.

    Parameters
    ----------
    user_strategies, recogniser_strategies, recognisers : mapping
        Resolved.
    against : mapping
        By user strategy, the recognisers that it names.
    known : mapping
        By recogniser, the user strategies that it names.

    Raises
    ------
    BadInput
        A name is unknown.
    """
    for name, named in against.items():
        for recogniser in named:
            if recogniser not in recognisers:
                raise unknown(
                    f"config: user_strategies.{name}", "recogniser", recogniser, recognisers
                )
    for name, strategy in recogniser_strategies.items():
        if strategy["recogniser"] not in recognisers:
            where = f"config: recogniser_strategies.{name}"
            raise unknown(where, "recogniser", strategy["recogniser"], recognisers)
    for name, named in known.items():
        for user in named:
            if user not in user_strategies:
                where = f"config: recognisers.{name}.knows"
                raise unknown(where, "user strategy", user, user_strategies)


def ask_of_people(strategy: Definition) -> bool:
    """Whether a user strategy asks something of the people to recognise."""
    target = strategy.get("target")
    return target not in (None, "least-likely") or strategy["method"] == "apgd-dlr"


def check_people(name: str, strategy: Definition, people: Sequence[str]) -> None:
    """Refuse what a user strategy asks of people who are not there.

    Raises
    ------
    BadInput
        Its target is not among them, or they are fewer than its method needs.
    """
    where, target = f"config: user_strategies.{name}", strategy.get("target")
    if target is not None and target not in ("least-likely", *people):
        raise unknown(f"{where}.target", "identity", target, ["least-likely", *people])
    needed = 3 if target is None else 4
    if strategy["method"] == "apgd-dlr" and len(people) < needed:
        raise BadInput(
            f"{where}: apgd-dlr needs at least {needed} identities"
            f"{' with a target' if target else ''}, and the album has {len(people)}"
        )
