"""Epsilon at an input of another size than the one that it is given for."""

import math

from aip.compute.scalars import check_at_least_0, check_size

# Epsilons are given for this input, as the paper gives them.
REFERENCE = (224, 224)


def input_epsilon(epsilon: float, input_size: tuple[int, int]) -> float:
    """Scale epsilon from a 224×224×3 input to another, keeping the root mean square per value.

    Raises
    ------
    BadInput
        Epsilon is no finite number of at least 0, or the size no (height, width).

    Examples
    --------
    >>> input_epsilon(1000, (112, 112))
    500.0
    """
    epsilon = check_at_least_0(epsilon, where="epsilon")
    input_size = check_size(input_size, where="input_size")
    return epsilon * math.sqrt(math.prod(input_size)) / math.sqrt(math.prod(REFERENCE))
