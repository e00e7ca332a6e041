"""Goods in transit that are ours: their arrival moves them from the transit location to the dock; nothing is owed anew."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import lock as document_lock
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import facts as order_facts
from everstock.operations.purchasing.receipts import FIRST_OF, IN_TRANSIT, TAUGHT, learned
from everstock.operations.warehouse import transfers
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import WHY, TransferFacts, TransferPurpose


class Arrival(NamedTuple):
    """What arrived of line number ``line`` of ``receipt`` (an id): ``quantity`` in 10^-6 of that line's unit.

    ``location``: ``None`` for that of the arrival.
    """

    receipt: int
    line: int
    quantity: int
    location: int | None = None


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
    """Take goods in at the dock that were received in transit; return the stock transfer, posted.

    ``location``: for arrivals that name none. ``effective_at``: the moment, in microseconds of the company's clock; ``None``: at the end of
    ``day``. ``key``: the same key with the same content returns the first transfer.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``arrival.not_in_transit`` (no such receipt, or cancelled),
    ``arrival.line_unknown``, ``arrival.exceeds``, ``arrival.before_dispatch``, ``receipt.other_supplier``, ``quantity.…``,
    ``location.unknown``, ``transfer.wrong_place``, ``moment.other_day``, ``request.other_content``; and what the ledger refuses.
    """
    require(actor, Permission.RECEIPT_POST)
    asked = fingerprint("arrival", tuple(arrivals), day, location, effective_at)
    with atomic_verb():
        facts = transfers.transfer_facts(
            actor.company_id,
            documents=[one.receipt for one in arrivals],
            locations=[place for place in (location, *(one.location for one in arrivals)) if place is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        lines = _lines(arrivals, facts, day, location)
        header = transfers.new_header(actor, facts.read, TransferPurpose.ARRIVAL, day, recorded_at)
        receipts = [facts.read.headers[receipt] for receipt in sorted({one.receipt for one in arrivals})]
        taught = _took(actor, facts.read, receipts, day)
        details = {**(header.details or {}), **({TAUGHT: taught} if taught else {})}
        header = header._replace(partner=receipts[0].partner, details=details)
        return transfers.post_transfer(
            *(actor, header, lines, departure_moment(day, effective_at)),
            request=None if key is None else Request(key, asked, header.id),
            line_updates=_counted(lines),
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
            line_updates=[update._replace(received=-update.received) for update in _counted(lines)],
            after=learned(actor, header, forget=True),
        )


def _lines(arrivals: Sequence[Arrival], facts: TransferFacts, day: dt.date, location: int | None) -> list[Line]:
    if not arrivals:
        raise Refusal("document.no_lines", "Nothing arrives.", "Add at least one line.")
    lines = []
    so_far: Counter[int] = Counter()
    for number, one in enumerate(arrivals, 1):
        header, received = facts.read.one(one.receipt, DocumentKind.GOODS_RECEIPT)
        _check_receipt(header, facts.read.headers[arrivals[0].receipt], day)
        dispatched = next((line for line in received if line.line == one.line), None)
        if dispatched is None or dispatched.ledger_reference is None:
            raise Refusal(
                "arrival.line_unknown", f"Line {number} names no goods of {header.number}.", "Name one of its lines."
            )
        where = f"line {number}"
        base = transfers.base_quantity(one.quantity, dispatched.numerator, dispatched.denominator, where)
        target = transfers.place(one.location or location, facts, number)
        so_far[dispatched.id] += base
        open_ = dispatched.base_quantity - dispatched.received
        if so_far[dispatched.id] > open_:
            raise Refusal(
                "arrival.exceeds",
                f"Of line {one.line} of {header.number}, {format_quantity(open_)} are on the way, and "
                f"{format_quantity(so_far[dispatched.id])} would arrive.",
                "Let less arrive, and receive what is more against the order.",
            )
        lines.append(
            Line(
                *(facts.read.ids[0], number, one.quantity, base),
                item=dispatched.item,
                location=dispatched.location,
                to_location=target.id,
                lot=dispatched.lot,
                description=dispatched.description,
                unit=dispatched.unit,
                numerator=dispatched.numerator,
                denominator=dispatched.denominator,
                source=dispatched.id,
            )
        )
    return lines


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
    if day < header.day:
        raise Refusal(
            "arrival.before_dispatch",
            f"The goods of {header.number} were dispatched on {header.day} and cannot have arrived on {day}.",
            "Check the day.",
        )


def _counted(lines: Sequence[Line]) -> list[LineUpdate]:
    """How much has arrived of the receipts' lines."""
    arrived: Counter[int] = Counter()
    for line in lines:
        assert line.source is not None
        arrived[line.source] += line.base_quantity
    return [LineUpdate(line, received=quantity) for line, quantity in arrived.items()]


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
