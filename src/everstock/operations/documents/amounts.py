"""The arithmetic of a document's lines: one rounding each, half up, to the minor unit of the document's currency."""

from collections.abc import Iterable
from typing import NamedTuple

from everstock.core.quantities import SCALE, round_half_up
from everstock.masterdata.currencies import CURRENCIES
from everstock.operations.documents.records import Line

_PARTS = SCALE**3


class Totals(NamedTuple):
    """The sums of a document, in minor units of its currency."""

    net: int
    tax: int
    gross: int


def minor_per_major(currency: str) -> int:
    """Return how many minor units of a known currency are one major unit."""
    return int(10 ** CURRENCIES[currency][1])


def net_amount(quantity: int, unit_price: int | None, discount: int, minor: int) -> int:
    """Return the net amount of ``quantity`` (10^-6) at ``unit_price`` (10^-6 major) less ``discount`` (10^-6); 0 at an unknown price."""
    return 0 if unit_price is None else round_half_up(quantity * unit_price * minor * (SCALE - discount), _PARTS)


def totals(lines: Iterable[Line]) -> Totals:
    """Return the sums over ``lines``."""
    lines = list(lines)
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    return Totals(net, tax, net + tax)


def in_company_currency(amount: int, currency: str, rate: int, company_currency: str) -> int:
    """Return ``amount`` (minor units of ``currency``) in minor units of the company's, at ``rate`` (10^-9), rounded half up."""
    if currency == company_currency:
        return amount
    return round_half_up(amount * rate * minor_per_major(company_currency), 10**9 * minor_per_major(currency))
