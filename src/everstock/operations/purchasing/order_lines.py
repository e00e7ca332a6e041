"""The lines of an order: what a buyer asks for, checked, priced and dated."""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity, round_half_up
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.lines import (
    LEAD_TIME,
    ItemFacts,
    OrderLine,
    begin,
    check_account,
    check_expected,
    check_stock_place,
    factor_of,
    known_item,
    known_tax,
    priced,
    to_base,
)
from everstock.operations.documents.records import Line
from everstock.operations.purchasing.facts import Facts, Offer


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
        item = known_item(one.item, facts.items, where)
        numerator, denominator = factor_of(one.unit, item, facts.factors, where)
        check_stock_place(one.location, facts.locations, where, "shall arrive", "cannot arrive at")
    elif not one.description or one.unit_price is None:
        raise Refusal(
            "order.line_incomplete",
            f"{begin(where)} names no item, and not both what it is for and its price.",
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
    tax_code = facts.terms.tax_code if one.tax_code is None else one.tax_code
    tax = known_tax(tax_code, facts.taxes, where)
    check_account(one.account, facts.accounts, where)
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
    return priced(line, unit_price, one.discount, facts.minor_per_major, tax)


def price_of(offer: Offer, base_quantity: int, numerator: int, denominator: int) -> int | None:
    """Return the supplier's price for this much in 10^-6 per unit of the order (``numerator / denominator`` base units).

    From the supplier's unit to another one it is rounded half up, once.
    """
    price = offer.price(base_quantity)
    if price is None:
        return None
    return round_half_up(price * numerator * offer.denominator, denominator * offer.numerator)


def _check_minimum(offer: Offer, item: ItemFacts, base_quantity: int, where: str) -> None:
    quantity = base_quantity * offer.denominator
    if quantity < offer.minimum_quantity * offer.numerator:
        raise Refusal(
            "order.below_minimum",
            f"{begin(where)}: the supplier sells item {item.sku} from {format_quantity(offer.minimum_quantity)} on.",
            "Order more, or agree on another minimum with the supplier.",
        )
    if offer.multiple and quantity % (offer.multiple * offer.numerator):
        raise Refusal(
            "order.not_multiple",
            f"{begin(where)}: the supplier sells item {item.sku} in multiples of {format_quantity(offer.multiple)}.",
            "Order a multiple, or agree on another one with the supplier.",
        )
