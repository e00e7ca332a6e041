"""``everstock so drop-ship|dispatched|cancel-dispatch``: the supplier delivers to the customer."""

import datetime as dt
from collections.abc import Sequence

import click

from everstock.interfaces.cli.acting import (
    as_option,
    day_option,
    desk,
    making_options,
    now,
    once,
    reason_option,
    repeated,
    told,
)
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry, EntryType
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.requests import Key

_SENT = EntryType("LINE[=QUANTITY]")


@click.command("drop-ship")
@click.argument("number")
@click.option("--supplier", metavar="CODE", help="Who delivers; default: of whom each item is bought first.")
@day_option("Day of the purchase orders.")
@as_option
@click.pass_obj
def drop_ship(program: Program, number: str, supplier: str | None, day: dt.date, as_: str | None) -> None:
    """Order from suppliers what of a confirmed order they shall deliver to the customer (so create --drop-ship).

    \b
    Example:
      everstock so drop-ship SO-2026-000001
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.drop_shipping.actions import order_from_suppliers

    _, order = at.codes.document(number, [DocumentKind.SALES_ORDER])
    whom = None if supplier is None else at.codes.supplier(supplier).pk
    for done in order_from_suppliers(at.actor, order=order, supplier=whom, day=day, recorded_at=now()):
        told(at, done, further=f"po approve {done.number}")


@click.command()
@click.argument("number")
@repeated("--line", "lines", "LINE", f"What was sent, as {_SENT.form}; default: all that is open.", of=_SENT)
@click.option("--reference", metavar="TEXT", help="The supplier's delivery note.")
@day_option("Day on which the goods left the supplier.")
@making_options
@click.pass_obj
def dispatched(
    program: Program,
    number: str,
    lines: Sequence[Entry],
    reference: str | None,
    day: dt.date,
    key: Key | None,
    as_: str | None,
    *,
    quiet: bool,
) -> None:
    """Note that the supplier sent goods of a purchase order to the customer: received and shipped at once, at their cost.

    \b
    Example:
      everstock so dispatched PO-2026-000004 --reference DN-77
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.interfaces.cli.lines import Offer
    from everstock.operations.drop_shipping.actions import Dispatched, dispatch

    _, order = at.codes.document(number, [DocumentKind.PURCHASE_ORDER])
    offer = Offer(at.company.pk, [(DocumentKind.PURCHASE_ORDER, order)], _to_come)
    sent = []
    for one, entry in offer.each(lines):
        open_ = one.open * one.line.denominator // one.line.numerator
        sent.append(Dispatched(one.line.line, open_ if entry.quantity is None else entry.quantity))

    def go() -> DocumentRef:
        return dispatch(at.actor, order=order, lines=sent, reference=reference, day=day, recorded_at=now(), key=key)

    done = once(at, key, go)
    told(at, done, quiet=quiet, further=f"so invoice {done.number}")


def _to_come(line: Line) -> int:
    return 0 if line.item is None else line.base_quantity - line.received


@click.command("cancel-dispatch")
@click.argument("number")
@click.argument("shipment")
@reason_option
@as_option
@click.pass_obj
def cancel_dispatch(program: Program, number: str, shipment: str, reason: str, as_: str | None) -> None:
    """Take back that goods of a purchase order (its NUMBER) left the supplier: SHIPMENT and receipt are cancelled together.

    \b
    Example:
      everstock so cancel-dispatch PO-2026-000007 SH-2026-000012 --reason "sent to another address"
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.drop_shipping import actions

    _, order = at.codes.document(number, [DocumentKind.PURCHASE_ORDER])
    _, sent = at.codes.document(shipment, [DocumentKind.SHIPMENT])
    told(at, actions.cancel_dispatch(at.actor, order=order, shipment=sent, reason=reason, recorded_at=now()))
