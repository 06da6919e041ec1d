"""Heads in which a recogniser found no face, in words."""

import numpy as np

from aip.errors import several
from aip.game.outcomes import Outcomes


def sentence(outcomes: Outcomes) -> str:
    """Say in how many heads of which cells no face was found; nothing where one was in all.

    The cells with the most such heads come first.
    """
    if outcomes.missed is None:
        return ""
    columns = [*outcomes.recogniser, *outcomes.outside]
    order = np.argsort(-outcomes.missed, axis=None, kind="stable")
    cells = [
        f"{outcomes.missed[i, j]} of {outcomes.user[i]} × {columns[j]}"
        for i, j in zip(*np.unravel_index(order, outcomes.missed.shape), strict=True)
        if outcomes.missed[i, j]
    ]
    return (
        f"Of {len(outcomes.id)} heads, no face was found in {several(cells)}; they count as not "
        "recognised."
    )
