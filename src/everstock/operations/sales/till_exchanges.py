"""Goods that are exchanged at a till: some come back by their receipt, others are taken away, and only the difference is paid or paid out.

It is what ``till_returns`` and ``till`` do, one after the other in one transaction: what is credited is set off against what is sold, and what the
means of payment of the till settle is the rest.
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from everstock.ledger.database import lock_items
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import DocumentRef, Header, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.kit_bills import contents
from everstock.operations.sales.tenders import CASH, Tender
from everstock.operations.sales.till import Basket, sold
from everstock.operations.sales.till_lots import OfLot
from everstock.operations.sales.till_returns import Asked, Back, Till, credited, load, locked, pay_out, settle
from everstock.operations.warehouse.lots import lock_lots


@answers_repeats
def exchange_goods(
    actor: Actor,
    *,
    channel: str,
    receipt: int,
    back: Sequence[Back],
    lines: Sequence[OrderLine],
    day: dt.date,
    recorded_at: int,
    tenders: Sequence[Tender] = (),
    change: str = CASH,
    reason: str = "",
    effective_at: int | None = None,
    lots: Sequence[OfLot] = (),
    key: str | None = None,
) -> DocumentRef:
    """Exchange goods of a receipt (an invoice's id) at a point of sale (the code of a channel), and return the invoice of what is taken away, paid.

    ``back``: what comes back, as for ``till_returns.return_goods``. ``lines``: what is taken away, as for ``till.sell``, by the customer of the
    receipt; that may be what came back. ``tenders``: how the difference is paid, or in the company's own currency paid out; none where there is
    none. ``change``, ``reason``, ``effective_at``, ``lots`` (of what is taken away): as for these two. ``key``: the same key with the same content returns the first invoice.

    Refused: ``permission.missing`` (to sell, or to take back), and whatever those two refuse, such as ``return.exceeds``, ``till.amount``,
    ``shipment.short``; nothing of it is done then.
    """
    require(actor, Permission.TILL_RETURN)
    require(actor, Permission.TILL_SELL)
    returned = Asked(channel, receipt, back, day, recorded_at, reason, effective_at)
    moments = (day, recorded_at)
    asked = fingerprint(
        *("till.exchange", channel, receipt, tuple(back), tuple(lines), tuple(tenders), day),
        *(change, reason, effective_at, tuple(lots)),
    )
    with transaction.atomic():
        read = locked(actor.company_id, receipt, key)
        answered(read.request, key, asked)
        till = load(actor.company_id, channel, day)
        _lock_goods(actor.company_id, read, lines)
        note = credited(actor, till, read, returned)
        basket = Basket(channel, lines, tenders, *moments, note.partner, change, effective_at, lots)
        done = sold(actor, basket, credit=note.gross)
        _settle(actor, till, note, done.id, tenders, *moments)
        if key is not None:
            write(actor.company_id, request=Request(key, asked, done.id))
        return done._replace(state=State.PAID.value)


def _settle(
    actor: Actor, till: Till, note: Header, invoice: int, tenders: Sequence[Tender], day: dt.date, recorded_at: int
) -> None:
    """Set off what is credited against what is sold; what is left of it is paid out."""
    bill = read_documents(actor.company_id, [invoice]).headers[invoice]
    enough = min(note.gross, bill.gross)
    if enough:
        settle(actor, till, note, [PaymentLine(note.id, enough), PaymentLine(invoice, enough)], day, recorded_at)
    if note.gross and note.gross >= bill.gross:
        # otherwise the tenders have paid what was not credited
        pay_out(actor, till, note._replace(paid=enough), tenders, day, recorded_at)


def _lock_goods(company_id: int, read: Read, lines: Sequence[OrderLine]) -> None:
    """Lock what comes back and what is taken away at once: two that exchange the same the other way round would wait for each other."""
    shipments = [key for key, header in read.headers.items() if header.kind == DocumentKind.SHIPMENT]
    back = [line for key in shipments for line in read.lines[key]]
    lots = {line.lot for line in back if line.lot is not None}
    if lots:
        lock_lots(lots)
    wanted = {line.item for line in lines if line.item is not None}
    kits = contents(wanted)
    inside = {component for components in kits.values() for component, _ in components}
    lock_items(company_id, (wanted | inside | {line.item for line in back if line.item is not None}) - kits.keys())
