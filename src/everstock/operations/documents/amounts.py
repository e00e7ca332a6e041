"""The arithmetic of a document's lines: one rounding each, half up, to the minor unit of the document's currency."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, round_half_up
from everstock.masterdata.currencies import CURRENCIES, check_currency
from everstock.operations.documents.records import Line

_PARTS = SCALE**3
RATE_ONE = 1_000_000_000
"""The exchange rate of the company's own currency."""


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


def known_rate(currency: str, company_currency: str, found: int | None, day: dt.date, given: int | None = None) -> int:
    """Return the exchange rate (10^-9) that somebody gave, or the one ``found`` for ``day``.

    Refused: a currency that is unknown (``currency.unknown``), no rate (``rate.missing``), one that cannot be (``rate.invalid``).
    """
    check_currency(currency)
    own = currency == company_currency
    if given is not None and (given <= 0 or given >= RATE_ONE**2 or (own and given != RATE_ONE)):
        raise Refusal(
            "rate.invalid",
            "The exchange rate cannot be that.",
            "Enter a rate above zero; in the company's currency, none.",
        )
    rate = given or (RATE_ONE if own else found)
    if rate is None:
        raise Refusal(
            "rate.missing",
            f"There is no exchange rate for {currency} on {day}.",
            "Enter the rate of that day or before.",
        )
    return rate


def exchange_difference(carried: int, open_amount: int, amount: int, paid: int) -> tuple[int, int]:
    """Return (what leaves the books, the loss) when ``amount`` of ``open_amount`` (document currency) is settled by paying ``paid``.

    ``carried``: what ``open_amount`` stands at in the books, in minor units of the company's currency like ``paid``. What is left is
    rounded, so that the last payment clears it to the cent. A negative loss is a gain.
    """
    leaves = carried - round_half_up(carried * (open_amount - amount), open_amount)
    return leaves, paid - leaves
