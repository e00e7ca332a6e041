"""What lines of orders are about, checked: items and their units, places, taxes, accounts, quantities and prices.

``where`` is how a line is called in a sentence: "line 3".
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.core.units import convert
from everstock.operations.documents.amounts import net_amount
from everstock.operations.documents.records import Line
from everstock.operations.documents.taxes import charged
from everstock.operations.documents.write import too_large


class ItemFacts(NamedTuple):
    """An item."""

    id: int
    sku: str
    name: str
    base_unit: int
    active: bool


class Place(NamedTuple):
    """A location."""

    id: int
    code: str
    kind: str
    active: bool


class Tax(NamedTuple):
    """A tax code."""

    id: int
    code: str
    rate: int
    kind: str
    active: bool


LEAD_TIME = "lead_time"
"""Key in a line's details: the days it was expected after, where nobody named a day; see ``purchasing.orders.send_order``."""
NO_TAX = Tax(0, "", 0, "", True)
"""Of a line without a tax code."""


class OrderLine(NamedTuple):
    """What is wanted. ``quantity`` in 10^-6 of ``unit`` (an id; ``None``: the base unit).

    ``unit_price`` in 10^-6 of the major unit per ``unit``; ``None``: what the supplier, or our price list, asks. ``location``: where it shall
    arrive, or leave; ``None``: the order's. ``expected_on``: ``None`` by the supplier's lead time, or as soon as it can be. ``tax_code``:
    ``None`` for the partner's usual one. Without an ``item`` it is a service or a charge: it needs a description and a price.
    """

    quantity: int
    item: int | None = None
    unit: int | None = None
    unit_price: int | None = None
    discount: int = 0
    location: int | None = None
    expected_on: dt.date | None = None
    description: str = ""
    tax_code: int | None = None
    account: int | None = None


class Named(NamedTuple):
    """The ids that lines of an order name, each once."""

    items: list[int]
    units: list[int]
    locations: list[int]
    tax_codes: list[int]
    accounts: list[int]


def named(lines: Sequence[OrderLine], location: int | None) -> Named:
    """Return what is named by ``lines`` or, for those that name no location, by the order."""
    columns = (
        [line.item for line in lines],
        [line.unit for line in lines],
        [location, *(line.location for line in lines)],
        [line.tax_code for line in lines],
        [line.account for line in lines],
    )
    return Named(*(sorted({one for one in column if one is not None}) for column in columns))


def begin(where: str) -> str:
    """Return ``where`` as the beginning of a sentence."""
    return where[0].upper() + where[1:]


def known_item(item: int, items: Mapping[int, ItemFacts], where: str) -> ItemFacts:
    """Return an item that can be ordered; refuse ``item.unknown``, ``item.inactive``."""
    found = items.get(item)
    if found is None:
        raise Refusal("item.unknown", f"{begin(where)} names an unknown item.", "Create the item first.")
    if not found.active:
        raise Refusal(
            "item.inactive", f"{begin(where)}: item {found.sku} is inactive.", "Activate it, or order another one."
        )
    return found


def factor_of(
    unit: int | None, item: ItemFacts, factors: Mapping[tuple[int, int], tuple[int, int]], where: str
) -> tuple[int, int]:
    """Return how many base units (numerator, denominator) one of ``unit`` is; refuse ``unit.no_conversion``."""
    if unit is None or unit == item.base_unit:
        return 1, 1
    factor = factors.get((item.id, unit))
    if factor is None:
        raise Refusal(
            "unit.no_conversion",
            f"{begin(where)}: item {item.sku} has no conversion from that unit to its base unit.",
            "Add the conversion first, or order in another unit.",
        )
    return factor


def check_stock_place(
    location: int | None, locations: Mapping[int, Place], where: str, shall: str, cannot: str
) -> None:
    """Refuse a place that holds no stock of ours: ``order.location_missing``, ``location.unknown``, ``location.no_stock``.

    ``shall`` and ``cannot``: what goods shall do there and cannot, as "shall arrive" and "cannot arrive at".
    """
    if location is None:
        raise Refusal(
            "order.location_missing", f"{begin(where)} does not say where the goods {shall}.", "Name a location."
        )
    place = locations.get(location)
    if place is None or not place.active:
        raise Refusal(
            "location.unknown", f"{begin(where)} names an unknown or inactive location.", "Name another location."
        )
    if place.kind not in {LocationKind.INTERNAL, LocationKind.CONSIGNMENT}:
        raise Refusal(
            "location.no_stock",
            f"{begin(where)}: goods {cannot} {place.code}.",
            "Name a place that holds stock.",
        )


def known_tax(tax_code: int | None, taxes: Mapping[int, Tax], where: str) -> Tax:
    """Return the tax on a line, ``NO_TAX`` for ``None``; refuse ``tax.unknown``."""
    if tax_code is None:
        return NO_TAX
    tax = taxes.get(tax_code)
    if tax is None or not tax.active:
        raise Refusal("tax.unknown", f"{begin(where)} names an unknown or inactive tax code.", "Name another tax code.")
    return tax


def check_account(account: int | None, accounts: Mapping[int, tuple[str, bool]], where: str) -> None:
    """Refuse (``account.unknown``) an account that is not there, or not active."""
    if account is not None and not accounts.get(account, ("", False))[1]:
        raise Refusal(
            "account.unknown", f"{begin(where)} names an unknown or inactive account.", "Name another account."
        )


def to_base(quantity: int, numerator: int, denominator: int, where: str) -> int:
    """Return ``quantity`` in base units; refuse (``quantity.not_exact``, ``quantity.too_large``) what cannot be converted."""
    try:
        base = convert(quantity, numerator, denominator)
    except ValueError as error:
        raise Refusal(
            "quantity.not_exact", f"The quantity of {where} {error}.", "Enter it in the base unit, or another quantity."
        ) from None
    if base >= LIMIT:
        raise Refusal("quantity.too_large", f"The quantity of {where} is too large.", "Check the number.")
    return base


def priced(line: Line, unit_price: int | None, discount: int, minor: int, tax: Tax) -> Line:
    """Return ``line`` with its price, discount, net amount and ``tax`` on it; ``minor``: minor units in a major one.

    Refused: a negative price (``price.negative``), a discount below 0 or above 1 (``discount.invalid``), too large an amount.
    """
    where = f"line {line.line}"
    if unit_price is not None and unit_price < 0:
        raise Refusal("price.negative", f"The price of {where} is negative.", "Enter a price of zero or more.")
    if not 0 <= discount <= SCALE:
        raise Refusal(
            "discount.invalid", f"The discount of {where} is not between 0 and 100 %.", "Correct the discount."
        )
    net = net_amount(line.quantity, unit_price, discount, minor)
    if net >= LIMIT or (unit_price or 0) >= LIMIT:
        raise too_large()
    return line._replace(unit_price=unit_price, discount=discount, net=net, tax=charged(net, tax.rate, tax.kind))


def check_expected(expected_on: dt.date, day: dt.date, where: str) -> None:
    """Refuse (``order.expected_too_early``) goods before the order."""
    if expected_on < day:
        raise Refusal(
            "order.expected_too_early",
            f"{begin(where)} is expected on {expected_on}, before the order of {day}.",
            "Enter a later day.",
        )
