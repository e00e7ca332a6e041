"""What replaces goods that came back: a sales order of the same, made with the return.

What was billed is replaced for nothing, as it is not credited; what was not billed at its price, as it is not billed any more.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from everstock.core.costing.state import share
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, round_half_up
from everstock.operations.documents.amounts import minor_per_major, net_amount, totals
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.records import Header, Line
from everstock.operations.documents.resolutions import Resolution, resolution_of
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.below_cost import REPLACES
from everstock.operations.sales.orders import KEPT_TERMS
from everstock.operations.sales.return_lines import Composed, billed

_KIND = DocumentKind.SALES_ORDER


def replacement(
    actor: Actor, read: Read, returned: Header, composed: Sequence[Composed], day: dt.date, recorded_at: int
) -> tuple[list[Header], list[Line]]:
    """Return the order that replaces what came back, requested, and its lines; neither if a return is not to be replaced.

    Refused: goods without a shipment, components of kits that are not billed yet (``return.not_replaceable``).
    """
    if resolution_of(returned) is not Resolution.REPLACEMENT:
        return [], []
    [order] = lock(actor.company_id, [], new_ids=1).ids
    lines = _numbered(order, _lines(composed, returned.currency))
    terms = next((read.headers[one.ordered.document].details for one in composed if one.ordered is not None), None)
    header = Header(
        *(order, _KIND.value, State.REQUESTED.value, day, returned.currency, recorded_at),
        partner=returned.partner,
        rate=returned.rate,
        created_by=actor.user_id,
        details={name: (terms or {})[name] for name in KEPT_TERMS if name in (terms or {})},
    )
    return [header._replace(**totals(lines)._asdict())], lines


def _numbered(order: int, lines: Iterable[Line]) -> list[Line]:
    return [line._replace(document=order, line=number) for number, line in enumerate(lines, 1)]


def _lines(composed: Iterable[Composed], currency: str) -> Iterable[Line]:
    for one in composed:
        if one.ordered is None:
            raise Refusal(
                "return.not_replaceable",
                f"Line {one.line.line} names no shipment, so nobody knows what replaces it.",
                "Name the line the goods went with, or make an order.",
            )
        free = billed(one.line)
        if one.kit is not None and one.line.base_quantity > free:
            raise Refusal(
                "return.not_replaceable",
                f"Line {one.line.line} is a component of a kit that is not billed yet, and has no price of its own.",
                "Bill the kit first, or take the goods back without replacing them and make an order.",
            )
        if free:
            yield _line(one.ordered, free)._replace(details={REPLACES: free})
        if one.line.base_quantity > free:
            yield _at_price(one.ordered, one.line.base_quantity - free, currency)


def _line(ordered: Line, quantity: int) -> Line:
    """So much (base units) of the same, for nothing."""
    return Line(
        *(0, 0, quantity, quantity),
        item=ordered.item,
        location=ordered.location,
        description=ordered.description,
        unit_price=0,
        tax_code=ordered.tax_code,
        account=ordered.account,
    )


def _at_price(ordered: Line, quantity: int, currency: str) -> Line:
    """So much of the same as it was ordered: in its unit if these are whole ones, else in the base unit."""
    line, price = _line(ordered, quantity), ordered.unit_price
    whole, rest = divmod(quantity * ordered.denominator, ordered.numerator)
    if not rest and (line.quantity == whole or not whole % SCALE):
        line = line._replace(
            quantity=whole, unit=ordered.unit, numerator=ordered.numerator, denominator=ordered.denominator
        )
    elif price is not None:
        price = round_half_up(price * ordered.denominator, ordered.numerator)
    net = net_amount(line.quantity, price, ordered.discount, minor_per_major(currency))
    tax = share(ordered.tax, net, ordered.net) if ordered.net else 0
    return line._replace(unit_price=price, discount=ordered.discount, net=net, tax=tax)
