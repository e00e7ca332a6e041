"""The lines of a quote or a sales order: what a customer asks for, checked and priced."""

import datetime as dt
from collections.abc import Iterable, Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.amounts import in_company_currency, net_amount
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.lines import (
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
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.actor import Actor, require_limit
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.facts import Facts
from everstock.operations.sales.prices import Price


def compose(
    wanted: Sequence[OrderLine],
    facts: Facts,
    *,
    document: int,
    first: int,
    day: dt.date,
    location: int | None,
    expected_on: dt.date | None,
    placed: bool = True,
) -> list[Line]:
    """Return the lines of an order of ``day``, numbered from ``first``; raise ``Refusal`` for the first that cannot be.

    ``location`` (else the first warehouse of the channel) and ``expected_on`` are for lines that name none. ``placed``: goods must say where they will leave from, as on a quote
    they need not: without it, this is one.
    """
    if not wanted:
        what = "order" if placed else "quote"
        raise Refusal("document.no_lines", f"The {what} has no lines.", "Add at least one line.")
    return [
        _compose(
            one._replace(
                location=(one.location or location or facts.home) if one.item is not None else None,
                expected_on=one.expected_on or expected_on,
            ),
            *(facts, document, number, day),
            placed=placed,
        )
        for number, one in enumerate(wanted, first)
    ]


def _compose(one: OrderLine, facts: Facts, document: int, number: int, day: dt.date, *, placed: bool) -> Line:
    where = f"line {number}"
    check_quantity(one.quantity, where)
    check_text(one.description, f"description of {where}")
    item = None
    numerator = denominator = 1
    unit_price, discount = one.unit_price, one.discount
    if one.item is not None:
        item = known_item(one.item, facts.items, where)
        numerator, denominator = factor_of(one.unit, item, facts.factors, where)
        if placed or one.location is not None:
            check_place(one.location, facts, where)
        if unit_price is None:
            asked = _asked(one, item, facts, where)
            unit_price, discount = asked.unit_price, discount or asked.discount
    elif not one.description or unit_price is None:
        raise Refusal(
            "order.line_incomplete",
            f"{begin(where)} names no item, and not both what it is for and its price.",
            "Name an item, or give a description and a price.",
        )
    if one.expected_on is not None:
        check_expected(one.expected_on, day, where)
    tax_code = facts.terms.tax_code if one.tax_code is None else one.tax_code
    check_account(one.account, facts.accounts, where)
    line = Line(
        *(document, number, one.quantity, to_base(one.quantity, numerator, denominator, where)),
        item=one.item,
        location=one.location,
        description=one.description or (item.name if item is not None else ""),
        unit=one.unit if item is None or one.unit != item.base_unit else None,
        numerator=numerator,
        denominator=denominator,
        tax_code=tax_code,
        expected_on=one.expected_on,
        account=one.account,
    )
    return priced(line, unit_price, discount, facts.minor_per_major, known_tax(tax_code, facts.taxes, where))


def check_place(location: int | None, facts: Facts, where: str) -> None:
    """Refuse (``order.location_missing``, ``location.unknown``, ``location.no_stock``) a place that goods cannot leave from."""
    check_stock_place(location, facts.locations, where, "will leave from", "cannot leave from")


def _asked(one: OrderLine, item: ItemFacts, facts: Facts, where: str) -> Price:
    """What the price lists ask for a line that names no price."""
    found = None if facts.prices is None else facts.prices.price(item.id, one.quantity, one.unit)
    if found is None:
        raise Refusal(
            "price.missing",
            f"{begin(where)} names no price, and no price list has one for item {item.sku} in {facts.currency}.",
            "Give a price, or put one into a price list.",
        )
    return found


def below_list(lines: Iterable[Line], facts: Facts) -> int:
    """Return how much less than the price lists ask these lines bring, in minor units of the order's currency; never below zero a line."""
    less = 0
    for line in lines:
        if line.item is None or facts.prices is None or not line.quantity:
            continue
        listed = facts.prices.price(line.item, line.quantity, line.unit)
        if listed is not None:
            asked = net_amount(line.quantity, listed.unit_price, listed.discount, facts.minor_per_major)
            less += max(0, asked - line.net)
    return less


def require_prices(
    actor: Actor, header: Header, lines: Iterable[Line], facts: Facts, *, others: Iterable[Line] = ()
) -> None:
    """Refuse (``price.below_list``, ``approval.over_limit``) unless ``actor`` may sell these lines of an order for what they say.

    Whoever may override prices may do so up to an amount: what the order, with its ``others``, brings less than the lists ask, in the company's currency.
    """
    less = below_list(lines, facts)
    if not less:
        return
    if Permission.PRICE_OVERRIDE not in actor.permissions:
        raise Refusal(
            "price.below_list",
            f"{header.number or 'The order'} has prices below those of the price lists, and {actor.name} may not sell below them.",
            "Take the prices of the lists, or ask somebody who may.",
        )
    require_limit(
        actor,
        Permission.PRICE_OVERRIDE,
        in_company_currency(less + below_list(others, facts), header.currency, header.rate, facts.company_currency),
    )
