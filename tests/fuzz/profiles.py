"""How many examples: few and the same ones in CI, many and others by hand."""

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

T = TypeVar("T", bound=Callable[..., None])

# How long an example takes is no error here, but for hangs, which `fuzz.targets` ends.
COMMON = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("short", max_examples=150, derandomize=True, database=None, **COMMON)
settings.register_profile("long", max_examples=10_000, print_blob=True, **COMMON)


def fuzzed(test: T) -> T:
    """Give a test the examples of the command line's profile; other tests keep Hypothesis's own."""
    chosen = settings.get_current_profile_name()
    return settings.get_profile("long" if chosen == "long" else "short")(test)
