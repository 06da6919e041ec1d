from math import sqrt

import pytest

from aip.game.wilson import wilson


@pytest.mark.parametrize("n", [1, 7, 208, 4820])
def test_the_interval_is_wilsons_closed_formula(n):
    counts = sorted({0, 1, n // 3, n // 2, n - 1, n})
    z = 1.959963984540054  # the standard normal's 97.5 % quantile
    for k, (low, high) in zip(counts, wilson(counts, n), strict=True):
        p = k / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        assert low == pytest.approx(centre - half, abs=1e-14)
        assert high == pytest.approx(centre + half, abs=1e-14)
        assert 0 <= low <= p <= high <= 1


def test_none_and_all_of_the_heads_touch_the_ends():
    (none, every) = wilson([0, 5], 5)
    assert none[0] == 0
    assert every[1] == 1
