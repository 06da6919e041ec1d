"""The number and the length of a method's steps and the radius of its ball, checked at once."""

from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor

from aip.compute.scalars import check_at_least_0, is_finite, is_whole
from aip.errors import BadInput, unknown

StepRule = Literal["relative", "paper"]
Radius = float | Tensor


@dataclass(frozen=True)
class Steps:
    """The steps that the iterated methods share (Oh et al. 2017, section 4).

    Numbers may be NumPy's; here they are Python's own.

    Attributes
    ----------
    steps : int
        How many, at least 1.
    step_size : float
        Above 0; `step_rule` says what it means.
    epsilon : float or (n, 1, 1, 1) float tensor
        Radius of the L2 ball at the size of the problem's heads, on the 0–255 scale; at least 0. A
        tensor holds one for each head, since heads differ in native size.
    step_rule : "relative" or "paper"
        ``relative``: each step moves every head by `step_size` × `epsilon` in L2 along its own
        direction, so that a definition works for any net, however its scores are scaled.
        ``paper``: each step is the method's factor × `step_size` × the direction, not normalised,
        which suits the authors' SVMs.

    Raises
    ------
    BadInput
        One of them is out of its range.

    Examples
    --------
    >>> Steps(60, step_size=0.1, epsilon=1000.0).step_rule
    'relative'
    """

    steps: int
    step_size: float
    epsilon: Radius
    step_rule: StepRule = "relative"

    def __post_init__(self) -> None:
        steps, epsilon = check_steps(self.steps, self.epsilon)
        if not (is_finite(self.step_size) and self.step_size > 0):
            raise BadInput(f"step_size: found {self.step_size!r}, expected a number above 0")
        for name, value in (
            ("steps", steps),
            ("step_size", float(self.step_size)),
            ("epsilon", epsilon),
        ):
            object.__setattr__(self, name, value)
        if self.step_rule not in get_args(StepRule):
            raise unknown("step_rule", "rule", str(self.step_rule), get_args(StepRule))


def check_steps(steps: int, epsilon: Radius) -> tuple[int, Radius]:
    """Refuse fewer than 1 step and an epsilon that is no radius; return Python's own numbers."""
    if not is_whole(steps) or steps < 1:
        raise BadInput(f"steps: found {steps!r}, expected a whole number of at least 1")
    if not isinstance(epsilon, Tensor):
        return int(steps), check_at_least_0(epsilon, where="epsilon")
    if epsilon.shape[1:] != (1, 1, 1) or not bool((epsilon.isfinite() & (epsilon >= 0)).all()):
        raise BadInput(
            f"epsilon: found a tensor of shape {tuple(epsilon.shape)}, expected finite numbers of "
            "at least 0 in shape (n, 1, 1, 1)"
        )
    return int(steps), epsilon
