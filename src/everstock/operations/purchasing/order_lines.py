"""The lines of an order: what a buyer asks for, checked, priced and dated."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity, round_half_up
from everstock.core.units import convert
from everstock.operations.documents.amounts import net_amount
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.records import Line
from everstock.operations.documents.taxes import charged
from everstock.operations.documents.write import too_large
from everstock.operations.purchasing.facts import Facts, ItemFacts, Offer

LEAD_TIME = "lead_time"
"""Key in a line's details: the days it was expected after, where nobody named a day; see ``orders.send``."""


class OrderLine(NamedTuple):
    """What is wanted. ``quantity`` in 10^-6 of ``unit`` (an id; ``None``: the base unit).

    ``unit_price`` in 10^-6 of the major unit per ``unit``; ``None``: the supplier's price, and if there is none, not known yet.
    ``location``: where it shall arrive, ``None``: the order's. ``expected_on``: ``None`` by the supplier's lead time. ``tax_code``: ``None``
    for the supplier's usual one. Without an ``item`` it is a service or a charge: it needs a description and a price.
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


def compose(
    wanted: Sequence[OrderLine],
    facts: Facts,
    *,
    document: int,
    first: int,
    day: dt.date,
    location: int | None,
    expected_on: dt.date | None,
    minimums: bool = True,
) -> list[Line]:
    """Return the lines of an order of ``day``, numbered from ``first``; raise ``Refusal`` for the first that cannot be.

    ``location`` and ``expected_on`` are for lines that name none. ``minimums``: whether the supplier's minimum quantities and
    multiples apply.
    """
    if not wanted:
        raise Refusal("document.no_lines", "The order has no lines.", "Add at least one line.")
    return [
        _compose(
            one._replace(location=one.location or location, expected_on=one.expected_on or expected_on),
            *(facts, document, number, day),
            minimums=minimums,
        )
        for number, one in enumerate(wanted, first)
    ]


def _compose(one: OrderLine, facts: Facts, document: int, number: int, day: dt.date, *, minimums: bool) -> Line:
    where = f"line {number}"
    check_quantity(one.quantity, where)
    check_text(one.description, f"description of {where}")
    item = None
    numerator = denominator = 1
    if one.item is not None:
        item = _item(one.item, facts, where)
        numerator, denominator = _factor(one, item, facts, where)
        _check_location(one, facts, where)
    elif not one.description or one.unit_price is None:
        raise Refusal(
            "order.line_incomplete",
            f"{_begin(where)} names no item, and not both what it is for and its price.",
            "Name an item, or give a description and a price.",
        )
    base_quantity = to_base(one.quantity, numerator, denominator, where)
    offer = None if item is None else facts.offers.get(item.id)
    if offer is not None and item is not None and minimums:
        _check_minimum(offer, item, base_quantity, where)
    unit_price = one.unit_price
    if unit_price is None and offer is not None:
        unit_price = price_of(offer, base_quantity, numerator, denominator)
    lead_time = facts.lead_time(one.item) if one.expected_on is None else None
    if one.expected_on is not None:
        check_expected(one.expected_on, day, where)
    rate, kind, tax_code = _tax(one, facts, where)
    if one.account is not None and not facts.accounts.get(one.account, ("", False))[1]:
        raise Refusal(
            "account.unknown", f"{_begin(where)} names an unknown or inactive account.", "Name another account."
        )
    line = Line(
        *(document, number, one.quantity, base_quantity),
        item=one.item,
        location=one.location,
        description=one.description or (item.name if item is not None else ""),
        unit=one.unit if item is None or one.unit != item.base_unit else None,
        numerator=numerator,
        denominator=denominator,
        tax_code=tax_code,
        expected_on=one.expected_on if lead_time is None else facts.calendar.expected(day, lead_time),
        account=one.account,
        details=None if lead_time is None else {LEAD_TIME: lead_time},
    )
    return priced(line, unit_price, one.discount, facts.minor_per_major, rate, kind)


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


def priced(line: Line, unit_price: int | None, discount: int, minor: int, rate: int, kind: str) -> Line:
    """Return ``line`` with its price, discount, net amount and tax; ``rate`` and ``kind`` are those of its tax code.

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
    return line._replace(unit_price=unit_price, discount=discount, net=net, tax=charged(net, rate, kind))


def price_of(offer: Offer, base_quantity: int, numerator: int, denominator: int) -> int | None:
    """Return the supplier's price for this much in 10^-6 per unit of the order (``numerator / denominator`` base units).

    From the supplier's unit to another one it is rounded half up, once.
    """
    price = offer.price(base_quantity)
    if price is None:
        return None
    return round_half_up(price * numerator * offer.denominator, denominator * offer.numerator)


def check_expected(expected_on: dt.date, day: dt.date, where: str) -> None:
    """Refuse (``order.expected_too_early``) goods before the order."""
    if expected_on < day:
        raise Refusal(
            "order.expected_too_early",
            f"{_begin(where)} is expected on {expected_on}, before the order of {day}.",
            "Enter a later day.",
        )


def _begin(where: str) -> str:
    return where[0].upper() + where[1:]


def _item(item: int, facts: Facts, where: str) -> ItemFacts:
    found = facts.items.get(item)
    if found is None:
        raise Refusal("item.unknown", f"{_begin(where)} names an unknown item.", "Create the item first.")
    if not found.active:
        raise Refusal(
            "item.inactive", f"{_begin(where)}: item {found.sku} is inactive.", "Activate it, or order another one."
        )
    return found


def _factor(one: OrderLine, item: ItemFacts, facts: Facts, where: str) -> tuple[int, int]:
    if one.unit is None or one.unit == item.base_unit:
        return 1, 1
    factor = facts.factors.get((item.id, one.unit))
    if factor is None:
        raise Refusal(
            "unit.no_conversion",
            f"{_begin(where)}: item {item.sku} has no conversion from that unit to its base unit.",
            "Add the conversion first, or order in another unit.",
        )
    return factor


def _check_location(one: OrderLine, facts: Facts, where: str) -> None:
    if one.location is None:
        raise Refusal(
            "order.location_missing", f"{_begin(where)} does not say where the goods shall arrive.", "Name a location."
        )
    place = facts.locations.get(one.location)
    if place is None or not place.active:
        raise Refusal(
            "location.unknown", f"{_begin(where)} names an unknown or inactive location.", "Name another location."
        )
    if place.kind not in {LocationKind.INTERNAL, LocationKind.CONSIGNMENT}:
        raise Refusal(
            "location.no_stock",
            f"{_begin(where)}: goods cannot arrive at {place.code}.",
            "Name a place that holds stock.",
        )


def _check_minimum(offer: Offer, item: ItemFacts, base_quantity: int, where: str) -> None:
    quantity = base_quantity * offer.denominator
    if quantity < offer.minimum_quantity * offer.numerator:
        raise Refusal(
            "order.below_minimum",
            f"{_begin(where)}: the supplier sells item {item.sku} from {format_quantity(offer.minimum_quantity)} on.",
            "Order more, or agree on another minimum with the supplier.",
        )
    if offer.multiple and quantity % (offer.multiple * offer.numerator):
        raise Refusal(
            "order.not_multiple",
            f"{_begin(where)}: the supplier sells item {item.sku} in multiples of {format_quantity(offer.multiple)}.",
            "Order a multiple, or agree on another one with the supplier.",
        )


def _tax(one: OrderLine, facts: Facts, where: str) -> tuple[int, str, int | None]:
    """Rate, kind and id of the tax on a line."""
    tax_code = facts.terms.tax_code if one.tax_code is None else one.tax_code
    if tax_code is None:
        return 0, "", None
    tax = facts.taxes.get(tax_code)
    if tax is None or not tax.active:
        raise Refusal(
            "tax.unknown", f"{_begin(where)} names an unknown or inactive tax code.", "Name another tax code."
        )
    return tax.rate, tax.kind, tax.id
