"""Which copies of processing there can be: of which kinds, with which ranges, and how many."""

from aip.compute.scalars import is_whole
from aip.errors import BadInput, unknown
from aip.process import KINDS, Copies, kind_name, letters, steps, within
from aip.store.registry import Bounds

# The limits of a kind's range; a kind without limits takes no range.
BOUNDS: Bounds = {
    "N": (0, 255),
    "J": (1, 100),
    "D": (1, 8),
    "R": (10, 100),
    "V": (1, 255),
    "S": (1, 100),
    "U": (1, 500),
    "K": (10, 500),
    "L": (1, 255),
}

MOST = 9999  # draws of a kind, as many as four digits can say


def check_copies(copies: Copies, where: str) -> Copies:
    """Refuse copies that `aip.process.notation.parse` never gives.

    Parameters
    ----------
    copies : tuple of (kind, count)
        Pairs may be lists, and counts NumPy's.
    where : str
        What they are called, for the error.

    Returns
    -------
    tuple of (kind, count)
        The same, of Python's own strings and integers.

    Raises
    ------
    BadInput
        There is no pair; or something is no pair, no kind or no count, or a range that the kind
        cannot have, or a kind that is named twice.
    """
    if not isinstance(copies, tuple | list):
        raise BadInput(f"{where}: found {copies!r}, expected pairs of a kind and a count")
    if not copies:
        raise BadInput(f"{where}: found nothing, expected at least one kind and count, as in O1")
    for pair in copies:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise BadInput(f"{where}: found {pair!r}, expected a kind and a count, as ('O', 1)")
        kind, count = pair
        for step in steps(kind) if isinstance(kind, str) else [kind]:
            if not isinstance(step, str) or (step not in KINDS and not within(step)):
                raise unknown(where, "kind of processing", str(step), KINDS)
            check_range(step, where=where)
        if not is_whole(count) or not 1 <= int(count) <= MOST:
            raise BadInput(f"{where}: found {count!r} draws of {kind}, expected 1 to {MOST}")
    found = tuple((str(kind), int(count)) for kind, count in copies)
    if len({letters(kind) for kind, _ in found}) < len(found):  # it would draw the same again
        raise BadInput(f"{where}: a kind of processing is named twice in {copies!r}")
    return found


def check_range(step: str, where: str) -> None:
    """Refuse a range that a kind cannot have."""
    letter, found = step[0], within(step)
    if found is None:
        return
    if letter not in BOUNDS:
        raise BadInput(
            f"{where}: {letter} ({kind_name(step)}) takes no range; the kinds that do are "
            f"{', '.join(BOUNDS)}"
        )
    low, high = BOUNDS[letter]
    if not low <= found[0] <= found[1] <= high:
        raise BadInput(
            f"{where}: found the range {found[0]}-{found[1]}, expected one that rises within "
            f"{low}-{high} for {letter} ({kind_name(step)})"
        )
