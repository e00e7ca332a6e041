"""Goods in transit that are ours: their arrival moves them from the transit location to the dock; nothing is owed anew."""

import datetime as dt
from collections.abc import Sequence

from everstock.core.problems import Refusal
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import lock as document_lock
from everstock.operations.documents.records import DocumentRef, Header, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import facts as order_facts
from everstock.operations.purchasing.receipts import FIRST_OF, IN_TRANSIT, TAUGHT, learned
from everstock.operations.warehouse import transfers
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import WHY, TransferPurpose
from everstock.operations.warehouse.transit import Arrival, counted, out_of_transit, refuse_before


@answers_repeats
def arrive(
    actor: Actor,
    *,
    arrivals: Sequence[Arrival],
    day: dt.date,
    recorded_at: int,
    location: int | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Take goods in at the dock that were received in transit (``Arrival.document``: the receipt); return the stock transfer, posted.

    ``location``: for arrivals that name none. ``effective_at``: the moment, in microseconds of the company's clock; ``None``: at the end of
    ``day``. ``key``: the same key with the same content returns the first transfer.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``arrival.not_in_transit`` (no such receipt, or cancelled),
    ``arrival.line_unknown``, ``arrival.exceeds``, ``arrival.before_dispatch``, ``receipt.other_supplier``, ``quantity.…``,
    ``location.missing``, ``location.unknown``, ``transfer.wrong_place``, ``moment.other_day``, ``request.other_content``; and what the ledger refuses.
    """
    require(actor, Permission.RECEIPT_POST)
    asked = fingerprint("arrival", tuple(arrivals), day, location, effective_at)
    with atomic_verb():
        facts = transfers.transfer_facts(
            actor.company_id,
            documents=[one.document for one in arrivals],
            locations=[place for place in (location, *(one.location for one in arrivals)) if place is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        lines = out_of_transit(
            *(arrivals, facts, DocumentKind.GOODS_RECEIPT),
            check=lambda receipt: _check_receipt(receipt, facts.read.headers[arrivals[0].document], day),
            target=lambda number, one, _: transfers.place(one.location or location, facts, number).id,
        )
        header = transfers.new_header(actor, facts.read, TransferPurpose.ARRIVAL, day, recorded_at)
        receipts = [facts.read.headers[receipt] for receipt in sorted({one.document for one in arrivals})]
        taught = _took(actor, facts.read, receipts, day)
        details = {**(header.details or {}), **({TAUGHT: taught} if taught else {})}
        header = header._replace(partner=receipts[0].partner, details=details)
        return transfers.post_transfer(
            *(actor, header, lines, departure_moment(day, effective_at, recorded_at)),
            request=None if key is None else Request(key, asked, header.id),
            line_updates=counted(lines, TransferPurpose.ARRIVAL),
            links=[(receipt.id, header.id) for receipt in receipts],
            after=learned(actor, header),
        )


def cancel_arrival(actor: Actor, *, transfer: int, reason: str, recorded_at: int) -> DocumentRef:
    """Reverse an arrival: the goods are in transit again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``arrival.not_one``, and what the
    ledger refuses, such as ``stock.short_later``.
    """
    require(actor, Permission.RECEIPT_POST)
    with atomic_verb():
        read = document_lock(actor.company_id, [transfer], predecessors=True)
        header, lines = read.one(transfer, DocumentKind.STOCK_TRANSFER)
        if (header.details or {})[WHY] != TransferPurpose.ARRIVAL:
            raise Refusal(
                "arrival.not_one", f"{header.number} is no arrival.", "Cancel it as the stock transfer that it is."
            )
        return transfers.cancel(
            *(actor, header, lines, TransferPurpose.ARRIVAL, reason, recorded_at),
            line_updates=counted(lines, TransferPurpose.ARRIVAL, -1),
            after=learned(actor, header, forget=True),
        )


def _check_receipt(header: Header, first: Header, day: dt.date) -> None:
    if header.partner != first.partner:
        raise Refusal(
            "receipt.other_supplier",
            f"{header.number} is of another supplier than {first.number}.",
            "Let the goods of each supplier arrive by themselves.",
        )
    if IN_TRANSIT not in (header.details or {}) or header.state == State.CANCELLED:
        raise Refusal(
            "arrival.not_in_transit",
            f"The goods of {header.number} are not in transit.",
            "Name a receipt of goods that were dispatched.",
        )
    refuse_before(header, day)


def _took(actor: Actor, read: Read, receipts: Sequence[Header], day: dt.date) -> list[int]:
    """How many days the orders took of which first goods were dispatched, and of these the first arrive now."""
    sent = [
        read.headers[order].sent_on or read.headers[order].day
        for receipt in receipts
        if not any(line.received for line in read.lines[receipt.id])
        for order in (receipt.details or {})[FIRST_OF]
    ]
    supplier = receipts[0].partner
    if not sent or supplier is None:
        return []
    calendar = order_facts.load(actor.company_id, supplier, min(sent), currency=read.company_currency).calendar
    return [calendar.took(since, day) for since in sent]
