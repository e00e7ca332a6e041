"""Exact numbers as scaled integers: reading, writing, rounding.

Quantities and unit prices are in 10^-6 (of the base unit, of the currency's major unit), money in the
currency's minor unit. The readers accept plain decimal notation with a point ("12", "12.5", ".5") and refuse everything that
is not exactly representable with a ``ValueError`` whose text is a short reason; callers add file and line.
They run once or more per line of an import, so the accepted case is a single straight path.
"""

SCALE = 1_000_000
"""Units of 10^-6 in one."""
LIMIT = 10**18
"""Every stored number is smaller than this in magnitude, so that sums of a few of them still fit 64 bits."""

_DECIMALS = 6
_FACTOR = (1_000_000, 100_000, 10_000, 1_000, 100, 10, 1)
"""What to multiply by, after reading a text of n decimals as one integer, to get 10^-6."""


def parse_quantity(text: str) -> int:
    """Return the quantity of ``text`` in 10^-6 units; raise ``ValueError`` with a short reason.

    Refused: signs, exponents, thousands separators, more than 6 significant decimals, 10^12 units or more.
    """
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if len(fraction) <= 6 and len(whole) <= 12 and digits.isdigit() and digits.isascii():
        return int(digits) * _FACTOR[len(fraction)]
    return _parse_slowly(text, _DECIMALS)


def parse_unit_price(text: str) -> int:
    """Return the unit price of ``text`` in 10^-6 of the major unit; raise ``ValueError`` with a short reason.

    A price of more than 6 decimals is refused rather than rounded, so that nothing is lost in silence.
    """
    return parse_quantity(text)


def parse_money(text: str, digits: int, *, signed: bool = False) -> int:
    """Return the amount of ``text`` in minor units of a currency of ``digits`` (0 to 4) decimals; raise ``ValueError`` with a short reason.

    A leading minus is accepted only with ``signed``. More decimals than the currency has are refused, unless they are zeros.
    """
    whole, _, fraction = text.partition(".")
    number = whole + fraction
    if len(fraction) <= digits and len(number) <= 15 and number.isdigit() and number.isascii():
        return int(number) * _FACTOR[6 - digits + len(fraction)]
    if signed and text.lstrip().startswith("-"):
        return -_parse_slowly(text.strip()[1:], digits)
    return _parse_slowly(text, digits)


def parse_scaled(text: str, decimals: int) -> int:
    """Return ``text`` in units of 10^-``decimals``; raise ``ValueError`` with a short reason.

    For numbers of their own scale, such as exchange rates (10^-9); the same notation as quantities.
    """
    return _parse_slowly(text, decimals)


def _parse_slowly(text: str, decimals: int) -> int:
    """Read what the straight path did not take: spaces around, zeros in front or behind; or say what is wrong."""
    text = text.strip()
    if not text:
        raise ValueError("is empty")
    if text[0] in "+-":
        raise ValueError("must not have a sign")
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("is not a plain decimal number such as 1234.5")
    fraction = fraction.rstrip("0")
    if len(fraction) > decimals:
        raise ValueError(f"has more than {decimals} decimals" if decimals else "must be a whole number")
    digits = (whole + fraction.ljust(decimals, "0")).lstrip("0")
    if len(digits) > 18:
        raise ValueError("is too large")
    return int(digits or "0")


def format_quantity(quantity: int) -> str:
    """Return a quantity or unit price of 10^-6 as decimal text without trailing zeros."""
    whole, fraction = divmod(abs(quantity), SCALE)
    sign = "-" if quantity < 0 else ""
    if not fraction:
        return f"{sign}{whole}"
    return f"{sign}{whole}.{fraction:06d}".rstrip("0")


def format_money(amount: int, digits: int) -> str:
    """Return ``amount`` minor units as decimal text with exactly ``digits`` decimals."""
    sign = "-" if amount < 0 else ""
    if not digits:
        return f"{sign}{abs(amount)}"
    whole, fraction = divmod(abs(amount), 10**digits)
    return f"{sign}{whole}.{fraction:0{digits}d}"


def round_half_up(numerator: int, denominator: int) -> int:
    """Return ``numerator / denominator`` rounded to an integer, halves towards plus infinity; ``denominator`` > 0."""
    return (2 * numerator + denominator) // (2 * denominator)


def line_value(quantity: int, unit_price: int, minor_per_major: int) -> int:
    """Return the money value, in minor units, of ``quantity`` (10^-6 units) at ``unit_price`` (10^-6 of the major unit)."""
    return (2 * quantity * unit_price * minor_per_major + 1_000_000_000_000) // 2_000_000_000_000
