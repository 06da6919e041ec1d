"""Tables that are not solved: rows are user strategies, or families that each column takes from."""

from collections.abc import Mapping, Sequence

from aip.errors import BadInput, unknown
from aip.study.definitions import Definition, members
from aip.study.families import Families


def table(
    given: Mapping[str, Sequence[str]],
    where: str,
    user_strategies: Mapping[str, Definition],
    recogniser_strategies: Mapping[str, Definition],
    families: Mapping[str, Families],
    epsilons: Mapping[str, float],
) -> Definition:
    """Resolve a table.

    Parameters
    ----------
    given : mapping
        Its ``user`` and ``recogniser``.
    where : str
        Where it is given.
    user_strategies, recogniser_strategies : mapping
        Resolved.
    families : mapping
        By section, as `aip.study.families.expand` returns them.
    epsilons : mapping
        Of each member of a family by epsilon.

    Returns
    -------
    dict
        ``user`` and ``recogniser``, the rows and columns; ``cells``, who plays in each; and
        ``white_box``, whether they perturb against the column's recogniser and no other.

    Raises
    ------
    BadInput
        A name is unknown, or a family has no member against a column's recogniser, or a member for
        each epsilon.
    """
    columns = members([*given["recogniser"]], families["recogniser_strategies"])
    for column in columns:
        if column not in recogniser_strategies:
            where = f"{where}.recogniser"
            raise unknown(where, "recogniser strategy", column, recogniser_strategies)
    answering = [recogniser_strategies[column]["recogniser"] for column in columns]
    users_of = families["user_strategies"]
    cells = []
    for row in given["user"]:
        if row in user_strategies:
            cells.append([row] * len(columns))
        elif row in users_of:
            if each := next((user for user in users_of[row].values() if user in epsilons), None):
                raise BadInput(
                    f"{where}.user: the family {row!r} has a member for each epsilon; expected one "
                    f"of them, such as {each!r}"
                )
            pairs = zip(columns, answering, strict=True)
            cells.append([_member(row, users_of[row], *pair, where) for pair in pairs])
        else:
            known = [*user_strategies, *users_of]
            raise unknown(f"{where}.user", "user strategy", row, known)
    white_box = [
        [
            user_strategies[user].get("against") == [recogniser]
            for user, recogniser in zip(row, answering, strict=True)
        ]
        for row in cells
    ]
    return {"user": given["user"], "recogniser": columns, "cells": cells, "white_box": white_box}


def _member(family: str, users: Mapping[str, str], column: str, recogniser: str, where: str) -> str:
    if recogniser not in users:
        raise BadInput(
            f"{where}: the family {family!r} has no member against {recogniser}, which answers "
            f"in column {column!r}"
        )
    return users[recogniser]
