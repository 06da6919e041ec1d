"""How visible what a user strategy publishes is, as a game charges and plots it."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from aip.errors import BadInput
from aip.game.charge import decimal
from aip.perturb.perceptibility import MeanPerceptibility


def visibility(
    users: Sequence[str], measure: str | None, seen: Mapping[str, MeanPerceptibility]
) -> list[Fraction]:
    """Return how visible user strategies are; one that publishes heads as they are has 0.

    Parameters
    ----------
    users : sequence of str
        Their names.
    measure : str or None
        ``l2`` or ``norm``, whose mean it is; or ``ssim``, which is 1 for an unchanged head: then
        it is 1 − SSIM. None measures nothing, and all are 0.
    seen : mapping
        The means of each over the heads that it published, by name.

    Raises
    ------
    BadInput
        A strategy does not have the measure.

    Examples
    --------
    >>> seen = {"a": MeanPerceptibility(0.0, None, 0.0, 0.0, None, 0.75)}
    >>> visibility(["a"], "ssim", seen)
    [Fraction(1, 4)]
    """
    return [_visibility(name, measure, seen[name]) for name in users]


def _visibility(name: str, measure: str | None, seen: MeanPerceptibility) -> Fraction:
    if measure is None:
        return Fraction(0)
    mean: float | None = getattr(seen, measure)
    if mean is None:
        raise BadInput(
            f"user strategy {name}: found no {measure}, by which this game measures how visible "
            "it is; expected its mean over published heads"
        )
    return 1 - decimal(mean) if measure == "ssim" else decimal(mean)
