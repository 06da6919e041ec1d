"""Fractions as text, of any length."""

from fractions import Fraction

from flint import fmpq


# By FLINT, since Python refuses whole numbers of more than 4,300 digits.
def as_text(number: Fraction) -> str:
    """Write a fraction, such as ``43/71``."""
    return str(fmpq(number.numerator, number.denominator))


def as_fraction(text: str) -> Fraction:
    """Read what `as_text` wrote."""
    number = fmpq(text)
    return Fraction(int(number.p), int(number.q))
