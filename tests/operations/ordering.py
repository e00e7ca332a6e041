"""Purchase orders in the states that tests begin with."""

from collections.abc import Callable
from typing import Any

from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.purchasing.orders import (
    approve_order,
    create_blanket_order,
    send_order,
)
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.unchanged import refused


def approved(buying: Buying, *lines: OrderLine, **more: Any) -> DocumentRef:
    return approve_order(buying.boss, order=buying.order(*lines, **more).id, recorded_at=NOW)


def sent(buying: Buying, *lines: OrderLine, **more: Any) -> DocumentRef:
    order = approved(buying, *lines, **more)
    return send_order(buying.boss, order=order.id, day=buying.header(order.id).day, recorded_at=NOW)


def blanket(buying: Buying, *lines: OrderLine, to: str = "sent", **more: Any) -> DocumentRef:
    """A blanket order over 100 bolts and 50 nuts at fixed prices, for 90 days."""
    lines = lines or (buying.line(100, "2.5", tax_code=buying.taxes["VAT"]), buying.line(50, "0.1", "NUT"))
    given = {"day": MONDAY, "valid_until": MONDAY + 90 * DAY, "location": buying.dock, "recorded_at": NOW, **more}
    made = create_blanket_order(buying.boss, supplier=buying.partners["SMITH"], lines=lines, **given)
    if to == "requested":
        return made
    approve_order(buying.boss, order=made.id, recorded_at=NOW)
    return send_order(buying.boss, order=made.id, day=MONDAY, recorded_at=NOW)


Make = Callable[[Buying], Any]


def refused_with(buying: Buying, code: str, words: str, make: Make) -> None:
    """``make`` is refused, in a sentence of cause and one of remedy, and nothing has changed."""
    refusal = refused(code, lambda: make(buying), words)
    assert refusal.cause[0].isupper() or refusal.cause[0] == "“"
