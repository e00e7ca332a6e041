"""Exact conversion between units of measure."""


def convert(quantity: int, numerator: int, denominator: int) -> int:
    """Return ``quantity`` (10^-6 of a unit) in 10^-6 of the base unit; 1 unit is ``numerator / denominator`` base units.

    Raise ``ValueError`` with a short reason when the result is not exact: a rounded quantity could never be
    converted back, and stock would differ from the paper by a remainder.
    """
    result, remainder = divmod(quantity * numerator, denominator)
    if remainder:
        raise ValueError(f"cannot be converted exactly at {numerator}/{denominator} to 6 decimals of the base unit")
    return result
