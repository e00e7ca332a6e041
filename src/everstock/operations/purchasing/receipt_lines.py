"""The lines of a receipt: what somebody counted at the dock, checked against the order, converted and priced."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, format_quantity, round_half_up
from everstock.operations.documents.amounts import in_company_currency, minor_per_major
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import ItemFacts, begin, to_base
from everstock.operations.documents.records import Details, Header, Line
from everstock.operations.documents.taxes import TaxKind, charged
from everstock.operations.documents.write import too_large
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.order_lines import price_of
from everstock.operations.purchasing.receipt_facts import ReceiptFacts
from everstock.operations.warehouse.lots import NewLot, check_tracking

PROVISIONAL = "provisional"
"""Key in a line's details: its price is not known, and what stands there is the best guess until the invoice comes."""
FINAL = "final"
"""Key in the details of lines of receipts and orders: nothing more is expected of the order's line."""
_PARTS = SCALE**3


class ReceiptLine(NamedTuple):
    """What came: ``quantity`` is accepted, ``rejected`` refused on arrival, both in 10^-6 of ``unit``.

    Against line number ``line`` of ``order`` (an id), or of ``item`` without an order. ``unit``: ``None`` for the order line's, without
    an order the base unit. ``location``: ``None`` for the receipt's, else the order line's. ``unit_price``, ``discount`` and ``tax_code``
    are for goods without an order, the price also for an order that has none. ``lot``: as it stands on the goods, created if it is new; a
    serial number is a lot of one piece. ``final``: nothing more will come of the order line; ``None``: when what is missing is within the
    order's tolerance. ``reason``: why something was rejected.
    """

    quantity: int
    order: int | None = None
    line: int | None = None
    item: int | None = None
    unit: int | None = None
    unit_price: int | None = None
    discount: int = 0
    tax_code: int | None = None
    location: int | None = None
    rejected: int = 0
    reason: str = ""
    lot: str | None = None
    expires_on: dt.date | None = None
    manufactured_on: dt.date | None = None
    final: bool | None = None


class Composed(NamedTuple):
    """A line to write, with what it was made from. ``tax_kind``: of its tax code, or empty; ``final`` as it was asked for."""

    line: Line
    order_line: Line | None
    lot: NewLot | None
    tax_kind: str
    final: bool | None


class Price(NamedTuple):
    """The price of one unit of ``numerator / denominator`` base units, ``None``: not known; rate and kind of tax."""

    unit_price: int | None
    numerator: int
    denominator: int
    discount: int
    tax_code: int | None


def compose(
    wanted: Sequence[ReceiptLine],
    facts: ReceiptFacts,
    known: Facts,
    *,
    document: int,
    location: int | None,
    kinds: frozenset[LocationKind],
) -> list[Composed]:
    """Return the lines of a receipt, numbered from 1; raise ``Refusal`` for the first that cannot be.

    ``location`` is for lines that name none; ``kinds``: of the places where goods may come in. Lots have no ids yet, and what has no price
    is worth nothing yet.
    """
    if not wanted:
        raise Refusal("document.no_lines", "The receipt has no lines.", "Add at least one line.")
    by_order = {order: {line.line: line for line in lines} for order, lines in facts.read.lines.items()}
    composed = []
    for number, one in enumerate(wanted, 1):
        order_line = None
        if one.order is not None:
            header, _ = facts.read.one(one.order, DocumentKind.PURCHASE_ORDER)
            order_line = _ordered(one, header, by_order[one.order], number)
        composed.append(_compose(one, order_line, facts, known, document, number, location, kinds))
    return composed


def _ordered(one: ReceiptLine, header: Header, lines: Mapping[int, Line], number: int) -> Line:
    line = lines.get(one.line or 0)
    if line is None:
        raise Refusal(
            "receipt.line_unknown",
            f"Line {number} names no line of {header.number}.",
            f"Name one of its lines, 1 to {max(lines)}.",
        )
    if line.item is None:
        raise Refusal(
            "receipt.not_goods",
            f"Line {number}: line {line.line} of {header.number} is no item that could be received.",
            "Leave it out; services and charges are only invoiced.",
        )
    if one.item not in {None, line.item}:
        raise Refusal(
            "receipt.other_item",
            f"Line {number} is about another item than line {line.line} of {header.number}.",
            "Name the line of the item that came, or receive it without an order.",
        )
    if (one.unit_price is not None and line.unit_price is not None) or one.discount or one.tax_code is not None:
        raise Refusal(
            "receipt.priced_by_order",
            f"Line {number} names a price, but that of {header.number} holds.",
            "Leave price, discount and tax out; the invoice corrects them.",
        )
    return line


def _compose(
    one: ReceiptLine,
    order_line: Line | None,
    facts: ReceiptFacts,
    known: Facts,
    document: int,
    number: int,
    location: int | None,
    kinds: frozenset[LocationKind],
) -> Composed:
    where = f"line {number}"
    item = _item(one, order_line, known, where)
    numerator, denominator, unit = _factor(one, order_line, item, known, where)
    base_quantity, rejected = _quantities(one, numerator, denominator, where)
    place = _location(one.location or location or (order_line.location if order_line else None), known, kinds, where)
    if base_quantity:
        check_tracking(facts.tracked(item.id), item.sku, one.lot, base_quantity, where)
    price = _price(one, order_line, known, numerator, denominator)
    details: Details = {"reason": check_text(one.reason, f"reason of {where}")} if one.reason else {}
    line = Line(
        *(document, number, one.quantity, base_quantity),
        item=item.id,
        location=place,
        description=item.name if order_line is None else order_line.description,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        discount=price.discount,
        tax_code=price.tax_code,
        source=None if order_line is None else order_line.id,
        rejected=rejected,
        details=details or None,
    )
    lot = None
    if base_quantity and one.lot is not None:
        lot = NewLot(item.id, item.sku, one.lot, one.expires_on, one.manufactured_on)
    tax = None if price.tax_code is None else known.taxes.get(price.tax_code)
    if tax is None and price.tax_code is not None:
        raise Refusal("tax.unknown", f"{begin(where)} names an unknown tax code.", "Name another tax code.")
    rate, kind = (0, "") if tax is None else (tax.rate, tax.kind)
    return Composed(priced(line, price, known, rate, kind), order_line, lot, kind, one.final)


def _item(one: ReceiptLine, order_line: Line | None, known: Facts, where: str) -> ItemFacts:
    wanted = one.item if order_line is None else order_line.item
    if wanted is None:
        raise Refusal("receipt.no_item", f"{begin(where)} names neither a line of an order nor an item.", "Name one.")
    item = known.items.get(wanted)
    if item is None:
        raise Refusal("item.unknown", f"{begin(where)} names an unknown item.", "Create the item first.")
    if order_line is None and not item.active:
        raise Refusal("item.inactive", f"{begin(where)}: item {item.sku} is inactive.", "Activate it first.")
    return item


def _factor(
    one: ReceiptLine, order_line: Line | None, item: ItemFacts, known: Facts, where: str
) -> tuple[int, int, int | None]:
    """Numerator, denominator and id of the unit (``None``: the base unit)."""
    if order_line is not None and one.unit in {None, order_line.unit}:
        return order_line.numerator, order_line.denominator, order_line.unit
    if one.unit is None or one.unit == item.base_unit:
        return 1, 1, None
    factor = known.factors.get((item.id, one.unit))
    if factor is None:
        raise Refusal(
            "unit.no_conversion",
            f"{begin(where)}: item {item.sku} has no conversion from that unit to its base unit.",
            "Add the conversion first, or count in another unit.",
        )
    return (*factor, one.unit)


def _quantities(one: ReceiptLine, numerator: int, denominator: int, where: str) -> tuple[int, int]:
    """Accepted and rejected in base units."""
    if one.quantity < 0 or one.rejected < 0 or not (one.quantity or one.rejected):
        raise Refusal(
            "quantity.not_positive",
            f"The quantity of {where} is not above zero.",
            "Enter how much was accepted, or how much was rejected.",
        )
    check_quantity(one.quantity + one.rejected, where)
    return to_base(one.quantity, numerator, denominator, where), to_base(one.rejected, numerator, denominator, where)


def _location(location: int | None, known: Facts, kinds: frozenset[LocationKind], where: str) -> int:
    if location is None:
        raise Refusal("location.missing", f"{begin(where)} does not say where the goods are.", "Name a location.")
    place = known.locations.get(location)
    if place is None or not place.active:
        raise Refusal(
            "location.unknown", f"{begin(where)} names an unknown or inactive location.", "Name another location."
        )
    if place.kind not in kinds:
        raise Refusal(
            "receipt.wrong_place",
            f"{begin(where)}: goods that came in so cannot be at {place.code}, which is of kind {place.kind}.",
            f"Name a location of kind {' or '.join(sorted(kinds))}.",
        )
    return location


def _price(one: ReceiptLine, order_line: Line | None, known: Facts, numerator: int, denominator: int) -> Price:
    if order_line is None:
        tax_code = known.terms.tax_code if one.tax_code is None else one.tax_code
        return Price(one.unit_price, numerator, denominator, one.discount, tax_code)
    if order_line.unit_price is None:
        return Price(one.unit_price, numerator, denominator, order_line.discount, order_line.tax_code)
    return Price(
        *(order_line.unit_price, order_line.numerator, order_line.denominator),
        *(order_line.discount, order_line.tax_code),
    )


def priced(line: Line, price: Price, known: Facts, rate: int, kind: str) -> Line:
    """Return ``line`` with its price per own unit and its net amount at the exact price, each rounded half up, and its tax.

    ``rate`` and ``kind`` are those of its tax code. Refused: ``price.negative``, ``discount.invalid``, ``document.too_large``.
    """
    if price.unit_price is None:
        return line
    if price.unit_price < 0:
        raise Refusal("price.negative", f"The price of line {line.line} is negative.", "Enter a price of zero or more.")
    if not 0 <= price.discount <= SCALE:
        raise Refusal(
            "discount.invalid", f"The discount of line {line.line} is not between 0 and 100 %.", "Correct it."
        )
    if (line.numerator, line.denominator) == (price.numerator, price.denominator):
        unit_price = price.unit_price
    else:
        unit_price = round_half_up(
            price.unit_price * line.numerator * price.denominator, line.denominator * price.numerator
        )
    net = round_half_up(
        line.base_quantity
        * price.denominator
        * price.unit_price
        * minor_per_major(known.currency)
        * (SCALE - price.discount),
        price.numerator * _PARTS,
    )
    if net >= LIMIT or unit_price >= LIMIT:
        raise too_large()
    return line._replace(unit_price=unit_price, net=net, tax=charged(net, rate, kind))


# ---------------------------------------------------------------------------------------------------------------------
# What has no price


def unpriced(composed: Iterable[Composed]) -> list[int]:
    """Return the items of accepted goods without a price."""
    return [
        one.line.item
        for one in composed
        if one.line.unit_price is None and one.line.base_quantity and one.line.item is not None
    ]


def estimated(one: Composed, known: Facts, last_costs: Mapping[int, tuple[int, int]]) -> Composed:
    """Return a line without a price at the supplier's price of the day, else at what the item cost last; flagged as provisional.

    If nothing is known it stays without a price, and the ledger takes it in at current cost, which may be zero.
    ``last_costs``: as ``receipt_facts.last_costs``.
    """
    line, item = one.line, one.line.item
    if line.unit_price is not None or not line.base_quantity or item is None:
        return one
    offer = known.offers.get(item)
    unit_price = None if offer is None else price_of(offer, line.base_quantity, line.numerator, line.denominator)
    if unit_price is None and item in last_costs:
        # what it cost is after all discounts
        line = line._replace(discount=0)
        unit_price = _from_last(line, known, *last_costs[item])
    tax = None if line.tax_code is None else known.taxes.get(line.tax_code)
    rate = 0 if tax is None else tax.rate
    price = Price(unit_price, line.numerator, line.denominator, line.discount, line.tax_code)
    guessed = priced(line, price, known, rate, one.tax_kind)
    return one._replace(line=guessed._replace(details={**(line.details or {}), PROVISIONAL: True}))


def _from_last(line: Line, known: Facts, quantity: int, value: int) -> int:
    """The price per unit of the line, in its document's currency, at which ``quantity`` costs ``value`` of the company's."""
    rate = known.rate if known.currency != known.company_currency else 10**9
    return round_half_up(
        value * line.numerator * SCALE * SCALE * 10**9,
        quantity * line.denominator * minor_per_major(known.company_currency) * rate,
    )


def ledger_value(one: Composed, known: Facts) -> int | None:
    """Return what a line is worth in minor units of the company's currency: net, and tax that is not recovered.

    ``None``: without a price, at current cost.
    """
    line = one.line
    if line.unit_price is None:
        return None
    amount = line.net + (line.tax if one.tax_kind == TaxKind.NON_RECOVERABLE else 0)
    return in_company_currency(amount, known.currency, known.rate, known.company_currency)


def ledger_details(line: Line, known: Facts) -> str | None:
    """Return what the ledger keeps of a line besides: unit and currency it was entered in, in the words of the movement file."""
    entered: dict[str, str] = {}
    if line.unit is not None:
        entered["quantity"] = format_quantity(line.quantity)
    if known.currency != known.company_currency:
        whole, fraction = divmod(known.rate, 10**9)
        entered |= {"currency": known.currency, "rate": f"{whole}.{fraction:09d}".rstrip("0").rstrip(".")}
    return json.dumps(entered) if entered else None
