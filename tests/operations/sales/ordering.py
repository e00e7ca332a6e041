"""Quotes and sales orders in the states that tests begin with."""

from typing import Any

from everstock.core.quantities import SCALE
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef, LineUpdate, Update
from everstock.operations.documents.write import write
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.orders import create_order
from everstock.operations.sales.quotes import (
    Accepted,
    accept_quote,
    create_quote,
    send_quote,
)
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.selling import Selling


def order(s: Selling, *lines: OrderLine, customer: str = "JONES", **more: Any) -> DocumentRef:
    """An order; of 10 bolts at 2.50 unless ``lines`` say otherwise."""
    given = {"day": MONDAY, "location": s.dock, "recorded_at": NOW, **more}
    actor = given.pop("actor", s.boss)
    return create_order(actor, customer=s.partners[customer], lines=lines or [s.line(10, "2.5")], **given)


def confirmed(s: Selling, *lines: OrderLine, **more: Any) -> DocumentRef:
    return order(s, *lines, confirm=True, **more)


def quote(s: Selling, *lines: OrderLine, send: bool = True, **more: Any) -> DocumentRef:
    """A quote over 10 bolts at 2.50 and 4 nuts at 1.00 for 30 days, unless said otherwise."""
    given = {"day": MONDAY, "valid_until": MONDAY + 30 * DAY, "recorded_at": NOW, **more}
    wanted = lines or [s.line(10, "2.5", tax_code=s.taxes["VAT"]), s.line(4, "1", "NUT")]
    made = create_quote(given.pop("actor", s.boss), customer=s.partners["JONES"], lines=wanted, **given)
    return send_quote(s.boss, quote=made.id, day=MONDAY, recorded_at=NOW) if send else made


def accept(s: Selling, offer: DocumentRef, *lines: Accepted, **more: Any) -> DocumentRef:
    given = {"day": MONDAY, "location": s.dock, "recorded_at": NOW, **more}
    return accept_quote(given.pop("actor", s.boss), quote=offer.id, lines=lines, **given)


def change(s: Selling, made: DocumentRef, *changes: LineChange, **more: Any) -> DocumentRef:
    given = {"recorded_at": NOW, **more}
    return change_order(given.pop("actor", s.boss), order=made.id, changes=changes, **given)


def moved(s: Selling, made: DocumentRef, state: str | None = None, **counts: int) -> None:
    """What shipments and invoices do to the first line of an order; in pieces."""
    line = s.lines(made.id)[0]
    counted: dict[str, Any] = {name: count * SCALE for name, count in counts.items()}
    updates = [] if state is None else [Update(made.id, state=state)]
    write(s.company.pk, updates=updates, line_updates=[LineUpdate(line.id, **counted)])
