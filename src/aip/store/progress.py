"""The type of callbacks that report progress."""

from collections.abc import Callable

# Called once with the total; returns a function to call with the amount done since the last call.
Progress = Callable[[int], Callable[[int], object]]
