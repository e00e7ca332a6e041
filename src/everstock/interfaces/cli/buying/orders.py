"""``everstock po``: purchase orders and blanket orders."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    perhaps,
    reason_option,
    repeated,
    today,
    told,
)
from everstock.interfaces.cli.documents import cancel_one, filter_options, list_documents, show_one
from everstock.interfaces.cli.ordering import CHANGED, WANTED, NumberedType, line_changes, order_lines
from everstock.interfaces.cli.output import format_option
from everstock.interfaces.cli.printing import print_document, printing_options
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import DAY, PRICED, Entry
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef

if TYPE_CHECKING:
    from everstock.interfaces.cli.codes import Desk

_ORDERS = (DocumentKind.PURCHASE_ORDER, DocumentKind.BLANKET_ORDER)
_CALLED = NumberedType("LINE=QUANTITY")


@click.group()
def po() -> None:
    """Purchase orders: from the request to the last delivery.

    An order is requested, approved, sent; then goods are received and invoiced against it (`everstock receive`, `everstock invoice`).
    A blanket order fixes quantities and prices for a time; orders are called off from it.

    \b
    Examples:
      everstock po create SMITH --line BOLT=500@0.12 --line NUT=10box --to DOCK
      everstock po approve PO-2026-000001 --as ann
      everstock po send PO-2026-000001
      everstock po change PO-2026-000001 --line 1=600
      everstock po print PO-2026-000001 --language de --output order.pdf
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@po.command()
@click.argument("supplier")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What is ordered, as {WANTED.form}. Without a unit it is the base unit, without a price the supplier's.",
    of=WANTED,
)
@repeated("--charge", "charges", "TEXT=PRICE", "A service or a charge, such as Freight=25.00.", of=PRICED)
@click.option("--to", "location", metavar="LOCATION", help="Where goods shall arrive; default: the only dock.")
@day_option("Day of the order.")
@click.option("--expected", type=DAY, metavar="DATE", help="When goods are expected; default: by the lead time.")
@click.option("--currency", metavar="CODE", help="Currency of the prices; default: the supplier's.")
@click.option("--tax", metavar="CODE", help="Tax code of all lines; default: the supplier's.")
@click.option("--reference", metavar="TEXT", help="The supplier's number, if there is one.")
@click.option("--send", is_flag=True, help="Approve and send it at once.")
@click.option("--blanket-until", type=DAY, metavar="DATE", help="Make it a blanket order, valid until this day.")
@making_options
@click.pass_obj
def create(
    program: Program,
    /,
    supplier: str,
    lines: Sequence[Entry],
    charges: Sequence[tuple[str, int]],
    location: str | None,
    tax: str | None,
    expected: dt.date | None,
    blanket_until: dt.date | None,
    send: bool,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Request what is needed from SUPPLIER.

    \b
    Example:
      everstock po create SMITH --line BOLT=500@0.12 --line "NUT=10 box-5%" \\
        --charge Freight=25.00 --to DOCK --expected 2026-04-01
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.orders import create_blanket_order, create_order

    partner = at.codes.supplier(supplier).pk
    wanted = order_lines(at, lines, charges, tax)
    place = at.codes.place_in(location)
    common = {"supplier": partner, "lines": wanted, "location": place, "recorded_at": now(), **given}
    if blanket_until is None:
        done = create_order(at.actor, expected_on=expected, send=send, **common)
    elif send:
        raise click.UsageError("A blanket order is approved and sent in steps of their own: leave --send out.")
    elif expected is None:
        done = create_blanket_order(at.actor, valid_until=blanket_until, **common)
    else:
        raise click.UsageError("Of a blanket order nothing is expected: leave --expected to the call-offs.")
    told(at, done, quiet=quiet, further="" if send else f"po approve {done.number}")


@po.command()
@click.argument("number")
@as_option
@click.pass_obj
def approve(program: Program, number: str, as_: str | None) -> None:
    """Approve an order, up to the limit of who does it.

    Limits are set by `everstock user limit`.
    """
    at = desk(program, as_)
    from everstock.operations.purchasing.orders import approve_order

    _, order = at.codes.document(number, _ORDERS)
    done = approve_order(at.actor, order=order, recorded_at=now())
    told(at, done, further=f"po send {done.number}")


@po.command()
@click.argument("number")
@day_option("Day on which it went to the supplier; the lead time runs from then.")
@as_option
@click.pass_obj
def send(program: Program, number: str, day: dt.date, as_: str | None) -> None:
    """Note that an approved order went to the supplier. Print it with `everstock po print`."""
    at = desk(program, as_)
    from everstock.operations.purchasing.orders import send_order

    kind, order = at.codes.document(number, _ORDERS)
    done = send_order(at.actor, order=order, day=day, recorded_at=now())
    told(at, done, further=_after_sending(at, kind, done))


def _after_sending(at: "Desk", kind: DocumentKind, done: DocumentRef) -> str:
    """What to type when a supplier has an order."""
    from everstock.operations.drop_shipping.actions import customers_order

    if kind is DocumentKind.BLANKET_ORDER:
        return f"po call-off {done.number} --line 1=QUANTITY"
    sent_on = customers_order(at.company.pk, done.id) is not None
    return f"so dispatched {done.number}" if sent_on else f"receive {done.number}"


@po.command()
@click.argument("number")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What changes on a line, as {CHANGED.form}: its number, then the new quantity (0: not wanted any more) or price.",
    of=CHANGED,
)
@repeated("--add", "added", "LINE", f"A new line, as {WANTED.form}.", of=WANTED)
@click.option("--to", "location", metavar="LOCATION", help="Where goods of added lines shall arrive.")
@click.option(
    "--expected", type=DAY, metavar="DATE", help="New expected day of the lines named with --line, or of all."
)
@click.option("--reference", metavar="TEXT", help="The supplier's number.")
@click.option("--valid-until", type=DAY, metavar="DATE", help="Until when a blanket order is valid.")
@click.option("--if-version", "version", type=int, metavar="N", help="Refuse if it was changed since this version.")
@as_option
@click.pass_obj
def change(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    added: Sequence[Entry],
    location: str | None,
    expected: dt.date | None,
    as_: str | None,
    **given: Any,
) -> None:
    """Change an order. Once it was sent, what it said before is kept as a version.

    Before it is sent, a changed order has to be approved again.

    \b
    Example:
      everstock po change PO-2026-000001 --line 1=600 --line 2@4.80 --add WASHER=200
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.changes import change_order

    _, order = at.codes.document(number, _ORDERS)
    changes = line_changes(at, order, lines, expected)
    place = at.codes.place_in(location)
    new = order_lines(at, added, [], None)
    told(
        at,
        change_order(at.actor, order=order, changes=changes, added=new, location=place, recorded_at=now(), **given),
    )


@po.command("call-off")
@click.argument("number")
@repeated(
    "--line",
    "lines",
    "LINE",
    f"What is called off, as {_CALLED.form}: the number of a line and how much of it.",
    of=_CALLED,
    required=True,
)
@click.option(
    "--to", "location", metavar="LOCATION", help="Where goods shall arrive; default: as in the blanket order."
)
@day_option("Day of the order.")
@click.option("--expected", type=DAY, metavar="DATE", help="When goods are expected; default: by the lead time.")
@click.option("--reference", metavar="TEXT", help="The supplier's number, if there is one.")
@making_options
@click.pass_obj
def call_off(
    program: Program,
    /,
    number: str,
    lines: Sequence[Entry],
    location: str | None,
    expected: dt.date | None,
    as_: str | None,
    quiet: bool,
    **given: Any,
) -> None:
    """Order part of a blanket order, at its prices. The new order needs no approval of its own.

    \b
    Example:
      everstock po call-off BO-2026-000001 --line 1=250
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.purchasing.call_offs import CallOff
    from everstock.operations.purchasing.call_offs import call_off as make

    _, blanket = at.codes.document(number, [DocumentKind.BLANKET_ORDER])
    place = perhaps(at.codes.location, location)
    wanted = [CallOff(int(entry.name), entry.quantity or 0, place, expected) for entry in lines]
    done = make(at.actor, blanket=blanket, lines=wanted, recorded_at=now(), **given)
    told(at, done, quiet=quiet, further=f"po send {done.number}")


@po.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def cancel(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Cancel an order of which nothing was received or invoiced."""
    cancel_one(program, number, reason, today(), as_, *_ORDERS)


@po.command()
@click.argument("number")
@reason_option
@as_option
@click.pass_obj
def close(program: Program, number: str, reason: str, as_: str | None) -> None:
    """Close an order: no more of it is expected. What came may still be invoiced."""
    at = desk(program, as_)
    from everstock.operations.purchasing.orders import close_order

    _, order = at.codes.document(number, _ORDERS)
    told(at, close_order(at.actor, order=order, reason=reason, recorded_at=now()))


@po.command("list")
@filter_options("supplier")
@click.pass_obj
def list_(program: Program, /, **filters: Any) -> None:
    """List orders, the newest first.

    \b
    Example:
      everstock po list --state sent --state partly_received --supplier SMITH --format csv
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    list_documents(program, _ORDERS, **filters)


@po.command()
@click.argument("number")
@as_option
@format_option
@click.pass_obj
def show(program: Program, number: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show an order: its head, its lines with what became of them, receipts, invoices."""
    show_one(program, number, as_, format, *_ORDERS)


@po.command("print")
@click.argument("number")
@printing_options
@as_option
@click.pass_obj
def print_(program: Program, /, number: str, as_: str | None, **given: Any) -> None:
    """Write an order as PDF, as it goes to the supplier. One that is not approved yet is marked as a draft.

    \b
    Example:
      everstock po print PO-2026-000001 --language de --output order.pdf
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    print_document(program, number, as_, *_ORDERS, **given)
