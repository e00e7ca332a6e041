"""Receipts: goods that came, against orders or without one, into stock and into the books at once.

A receipt debits inventory and credits goods received not invoiced, in the ledger, by one line for each line of the document whose goods were
accepted (``ledger_reference``); its value is the line's net amount at the rate of the day, with tax that is not recovered. The invoice
corrects it later; one that came before the goods is matched with them at once, see ``ahead``. Goods that are ours before they arrive are received into a transit location (``receive_dispatched``); see ``transit``
for their arrival.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from everstock.core.facts import Kind
from everstock.core.posting import LocationKind
from everstock.core.problems import Refusal
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.statements import Call
from everstock.masterdata.models import Tracking
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.incoterms import Incoterm
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.orders import called_off
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import lock as document_lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import receipt_facts
from everstock.operations.purchasing.ahead import lock_waiting, match_lines, waiting
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.receipt_facts import ReceiptFacts, costs_taken_back
from everstock.operations.purchasing.receipt_lines import (
    FINAL,
    Composed,
    ReceiptLine,
    compose,
    estimated,
    ledger_details,
    ledger_value,
    unpriced,
)
from everstock.operations.purchasing.receipt_progress import DEVIATIONS, OrderChanges, given_back, order_changes
from everstock.operations.purchasing.suppliers import LEARNING, learning
from everstock.operations.warehouse.lots import receive_lots
from everstock.operations.warehouse.places import refuse_drop_shipped
from everstock.operations.warehouse.posting import arrival_moment, ledger_reference, ready_lines, reversals

IN_TRANSIT = "in_transit"
"""Key in a receipt's details: its goods were ours before they arrived; ``received`` of its lines counts what has arrived."""
FIRST_OF = "first_of"
"""Key in the details of such a receipt: the orders (ids) of which it brings the first goods, and so will teach the lead time."""
TAUGHT = "taught"
"""Key in details: the days that deliveries were seen to take, to be forgotten if the document is cancelled."""
_HOUSE = frozenset({LocationKind.INTERNAL, LocationKind.CONSIGNMENT})
_ON_THE_WAY = frozenset({LocationKind.TRANSIT})
_KIND = DocumentKind.GOODS_RECEIPT


class _Delivery(NamedTuple):
    """What a receipt is asked to be."""

    lines: tuple[ReceiptLine, ...]
    day: dt.date
    supplier: int | None
    location: int | None
    currency: str | None
    reference: str | None
    effective_at: int | None
    in_transit: bool
    drop_shipped: bool = False


@answers_repeats
def receive(
    actor: Actor,
    *,
    lines: Sequence[ReceiptLine],
    day: dt.date,
    recorded_at: int,
    supplier: int | None = None,
    location: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Receive goods that came on ``day`` and return the receipt, posted.

    ``supplier``: needed where no line names an order. ``location``: for lines that name none, usually a dock or a place for quality control.
    ``currency``: of goods without an order, ``None`` for the one in which we trade with the supplier. ``reference``: their delivery note.
    ``effective_at``: the moment they came, in microseconds of the company's clock; ``None``: at the start of the day. ``key``: the same key
    with the same content returns the first receipt. What is beyond the tolerance and received by permission, the receipt says in its details
    (``receipt_progress.deviations_of``).

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``receipt.no_supplier``,
    ``receipt.other_supplier``, ``receipt.other_currency``, ``receipt.before_order``, ``receipt.over_tolerance``, ``receipt.under_tolerance``,
    ``receipt.nothing_came``, ``moment.other_day``, ``request.other_content``; for a line ``receipt.line_unknown``, ``receipt.not_goods``,
    ``receipt.other_item``, ``receipt.priced_by_order``, ``receipt.no_item``, ``receipt.wrong_place``, ``receipt.drop_shipped``, ``item.…``, ``unit.no_conversion``,
    ``quantity.…``, ``location.…``, ``tax.unknown``, ``price.negative``, ``discount.invalid``, ``lot.…`` and ``serial.…``; and what the
    ledger refuses.
    """
    asked = _Delivery(tuple(lines), day, supplier, location, currency, reference, effective_at, in_transit=False)
    return _receive(actor, asked, recorded_at, key)


@answers_repeats
def receive_dispatched(
    actor: Actor,
    *,
    lines: Sequence[ReceiptLine],
    day: dt.date,
    recorded_at: int,
    location: int,
    reference: str | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Receive into transit what the supplier dispatched on ``day`` and what is ours from then on, by the order's incoterm.

    ``location``: of kind transit, for lines that name none. Otherwise as ``receive``; also refused: ``receipt.not_owned_yet``.
    """
    asked = _Delivery(tuple(lines), day, None, location, None, reference, effective_at, in_transit=True)
    return _receive(actor, asked, recorded_at, key)


@answers_repeats
def receive_drop_shipped(
    actor: Actor,
    *,
    lines: Sequence[ReceiptLine],
    day: dt.date,
    recorded_at: int,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Receive what the supplier sends to a customer on ``day``, and what is shipped in the same transaction; refused as ``receive``."""
    asked = _Delivery(tuple(lines), day, None, None, None, reference, None, in_transit=False, drop_shipped=True)
    return _receive(actor, asked, recorded_at, key)


class _Waiting(Exception):
    """Something was billed of these goods before: begin again, with all locks that matching takes."""


def _receive(actor: Actor, asked: _Delivery, recorded_at: int, key: str | None) -> DocumentRef:
    require(actor, Permission.RECEIPT_POST)
    try:
        return _post(actor, asked, recorded_at, key, match=False)
    except _Waiting:
        return _post(actor, asked, recorded_at, key, match=True)


def _post(actor: Actor, asked: _Delivery, recorded_at: int, key: str | None, *, match: bool) -> DocumentRef:
    content = fingerprint(_KIND.value, *asked)
    with transaction.atomic() if match else atomic_verb():
        if match:
            named = {one.order for one in asked.lines if one.order is not None}
            lock_waiting(actor.company_id, named, asked.day)
        facts = _lock(actor, asked, key, ahead=not match)
        answered(facts.read.request, key, content)
        orders = _orders(asked, facts.read)
        known = receipt_facts.required(facts.facts)
        document = facts.read.ids[0]
        composed = compose(
            *(asked.lines, facts, known),
            document=document,
            location=asked.location,
            kinds=_ON_THE_WAY if asked.in_transit else _HOUSE,
        )
        if not match:
            _check_waiting(composed)
        if not asked.drop_shipped:
            _check_places(actor.company_id, composed)
        composed = _with_lots(_with_estimates(actor, composed, known), facts, asked.day)
        changes = order_changes(actor, facts.read, composed)
        header, lines = _document(actor, asked, facts, known, orders, composed, changes, recorded_at)
        at = arrival_moment(asked.day, asked.effective_at)
        moved = _ledger_lines(composed, header, known, at)
        posting = ready_lines(actor, _KIND, document, moved, recorded_at, facts.ledger)
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=lines,
            updates=changes.updates,
            line_updates=changes.line_updates,
            links=[(order.id, document) for order in orders],
            posting=posting,
            audit=[audited(actor, header, "post", recorded_at, after=_said(header, lines))],
            request=None if key is None else Request(key, content, document),
            after=learned(actor, header),
        )
        if not match:
            return DocumentRef(document, numbers[document], header.state)
        for order, order_lines in _accepted(composed).items():
            match_lines(actor, order=order, order_lines=order_lines, day=asked.day, recorded_at=recorded_at)
        found = read_documents(actor.company_id, [document]).headers[document]
        return DocumentRef(document, found.number, found.state)


def _accepted(composed: Sequence[Composed]) -> dict[int, set[int]]:
    """The lines (ids) of orders of which goods were accepted, by order."""
    accepted: dict[int, set[int]] = {}
    for one in composed:
        if one.order_line is not None and one.line.base_quantity:
            accepted.setdefault(one.order_line.document, set()).add(one.order_line.id)
    return dict(sorted(accepted.items()))


def _check_waiting(composed: Sequence[Composed]) -> None:
    """Raise ``_Waiting`` if something was billed of what comes, and not kept."""
    billed = {
        one.order_line.id
        for one in composed
        if one.order_line is not None and one.order_line.invoiced and one.line.base_quantity
    }
    if billed and waiting(billed):
        raise _Waiting


def _check_places(company_id: int, composed: Sequence[Composed]) -> None:
    for one in composed:
        if one.line.location is not None:
            refuse_drop_shipped(company_id, one.line.location, f"What is on line {one.line.line}")


def _lock(actor: Actor, asked: _Delivery, key: str | None, *, ahead: bool) -> ReceiptFacts:
    lines = asked.lines
    ordered = [(one.order, one.line) for one in lines if one.order is not None and one.line is not None]
    return receipt_facts.lock(
        actor.company_id,
        [one.order for one in lines if one.order is not None],
        asked.day,
        supplier=asked.supplier,
        currency=asked.currency,
        items=[one.item for one in lines if one.item is not None],
        units=[one.unit for one in lines if one.unit is not None],
        locations=[place for place in (asked.location, *(one.location for one in lines)) if place is not None],
        tax_codes=[one.tax_code for one in lines if one.tax_code is not None],
        key=key,
        ahead=ordered if ahead else None,
    )


def _orders(asked: _Delivery, read: Read) -> list[Header]:
    """The orders that are received, in the order of their ids; refused if they cannot be, or not together."""
    wanted = sorted({one.order for one in asked.lines if one.order is not None})
    orders = [read.one(order, DocumentKind.PURCHASE_ORDER)[0] for order in wanted]
    for order in orders:
        next_state(DocumentKind.PURCHASE_ORDER, order.state, Verb.RECEIVE, order.number)
        if order.partner != (asked.supplier or orders[0].partner):
            raise Refusal(
                "receipt.other_supplier",
                f"{order.number} is an order to another supplier.",
                "Make one receipt for each supplier.",
            )
        if order.currency != (asked.currency or orders[0].currency):
            raise Refusal(
                "receipt.other_currency",
                f"{order.number} is in {order.currency}, and the receipt in {asked.currency or orders[0].currency}.",
                "Make one receipt for each currency.",
            )
        if asked.day < order.day:
            raise Refusal(
                "receipt.before_order",
                f"{order.number} is of {order.day}, and goods of it cannot have come on {asked.day}.",
                "Check the day.",
            )
        if asked.in_transit:
            _check_owned(order)
    if asked.in_transit and any(one.order is None for one in asked.lines):
        raise Refusal(
            "receipt.not_owned_yet",
            "Goods without an order are ours when they have arrived.",
            "Receive them when they are here.",
        )
    return orders


def _check_owned(order: Header) -> None:
    incoterm = (order.details or {}).get("incoterm")
    if not incoterm or not Incoterm(incoterm).owned_on_the_way:
        agreed = f"by {incoterm}" if incoterm else "where no Incoterm was agreed"
        raise Refusal(
            "receipt.not_owned_yet",
            f"The goods of {order.number} are ours when they have arrived, {agreed}.",
            "Receive them when they are here.",
        )


def _with_estimates(actor: Actor, composed: list[Composed], known: Facts) -> list[Composed]:
    items = unpriced(composed)
    if not items:
        return composed
    costs = receipt_facts.last_costs(actor.company_id, items)
    return [estimated(one, known, costs) for one in composed]


def _with_lots(composed: list[Composed], facts: ReceiptFacts, day: dt.date) -> list[Composed]:
    wanted = [one.lot for one in composed if one.lot is not None]
    if not wanted:
        return composed
    serial = {item for item, tracking in facts.tracking.items() if tracking == Tracking.SERIAL}
    found = receive_lots(wanted, serial, day)
    return [
        one if one.lot is None else one._replace(line=one.line._replace(lot=found[one.lot.item, one.lot.code]))
        for one in composed
    ]


def _document(
    actor: Actor,
    asked: _Delivery,
    facts: ReceiptFacts,
    known: Facts,
    orders: Sequence[Header],
    composed: Sequence[Composed],
    changes: OrderChanges,
    recorded_at: int,
) -> tuple[Header, list[Line]]:
    lines = []
    for one in composed:
        line = one.line
        if line.base_quantity:
            line = line._replace(ledger_reference=ledger_reference(_KIND, line.document, line.line))
        if line.source in changes.finals:
            line = line._replace(details={**(line.details or {}), FINAL: True})
        lines.append(line)
    details: Details = {}
    first = (
        [order for order in orders if order.state == State.SENT] if any(line.base_quantity for line in lines) else []
    )
    if asked.in_transit:
        details |= {IN_TRANSIT: True, FIRST_OF: [order.id for order in first]}
    elif first:
        details[TAUGHT] = [facts.calendar.took(order.sent_on or order.day, asked.day) for order in first]
    if changes.deviations:
        details |= {DEVIATIONS: [list(one) for one in changes.deviations], "approved_by": actor.name}
    sums = totals(lines)
    header = Header(
        *(facts.read.ids[0], _KIND.value, State.POSTED.value, asked.day, known.currency, recorded_at),
        partner=orders[0].partner if orders else asked.supplier,
        rate=known.rate,
        reference=None if asked.reference is None else check_text(asked.reference, "reference", 200),
        net=sums.net,
        tax=sums.tax,
        gross=sums.gross,
        posted_at=recorded_at,
        created_by=actor.user_id,
        details=details or None,
    )
    return header, lines


def _said(header: Header, lines: Sequence[Line]) -> Details:
    """What the audit trail says of a new receipt."""
    found: Details = {"state": header.state, "lines": len(lines)}
    deviations = (header.details or {}).get(DEVIATIONS)
    return {**found, DEVIATIONS: deviations} if deviations else found


def _ledger_lines(composed: Sequence[Composed], header: Header, known: Facts, at: int) -> list[LedgerLine]:
    return [
        LedgerLine(
            Kind.RECEIPT,
            one.line.item,
            ledger_reference(_KIND, header.id, one.line.line),
            quantity=one.line.base_quantity,
            location=one.line.location,
            lot=one.line.lot,
            effective_at=at,
            value=ledger_value(one, known),
            partner=header.partner,
            details=ledger_details(one.line, known),
            number=one.line.line,
        )
        for one in composed
        if one.line.base_quantity and one.line.item is not None
    ]


def cancel_receipt(actor: Actor, *, receipt: int, reason: str, recorded_at: int) -> DocumentRef:
    """Reverse a receipt: the goods are not in stock, nothing is owed for them, and the order expects them again unless it is closed.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state`` (invoiced, or cancelled before),
    ``receipt.matched``, ``receipt.invoiced``, ``receipt.returned``, ``receipt.arrived``, and what the ledger refuses: goods that have left (``stock.…``), or have
    landed costs (``reversal.dependants``).
    """
    require(actor, Permission.RECEIPT_POST)
    check_reason(reason)
    with atomic_verb():
        read = document_lock(actor.company_id, _chain(actor.company_id, receipt))
        header, lines = read.one(receipt, _KIND)
        if any(line.invoiced for line in lines):
            _check_unmatched(actor.company_id, header)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        _check_untouched(header, lines)
        updates, line_updates = _taken_back(read, lines)
        undo = reversals(lines)
        costs = costs_taken_back(actor.company_id, [line.applies_to for line in undo if line.applies_to is not None])
        posting = ready_lines(actor, _KIND, receipt, [*costs, *undo], recorded_at)
        before, after = {"state": header.state}, {"state": state.value, "reason": reason}
        write(
            actor.company_id,
            updates=[Update(receipt, state=state.value), *updates],
            line_updates=line_updates,
            posting=posting,
            audit=[audited(actor, header, "cancel", recorded_at, before=before, after=after)],
            after=learned(actor, header, forget=True),
        )
        return DocumentRef(receipt, header.number, state.value)


def learned(actor: Actor, header: Header, *, forget: bool = False) -> Call | None:
    """Return the call that learns (or forgets) the lead time that a document of a supplier taught, if it did.

    It locks the supplier's terms, so it belongs after the ledger's locks, which make receipts wait for each other anyway.
    """
    taught = (header.details or {}).get(TAUGHT)
    if not taught or header.partner is None:
        return None
    return Call("lead_time_learn", LEARNING, learning(actor.company_id, header.partner, taught, forget=forget))


def _chain(company_id: int, receipt: int) -> list[int]:
    """The receipt, its orders, and the blanket orders these were called off from. Links never change, so nothing is locked yet."""
    orders = read_documents(company_id, [receipt], predecessors=True).headers
    return sorted(read_documents(company_id, list(orders), predecessors=True).headers)


def _check_unmatched(company_id: int, header: Header) -> None:
    for one in chain(company_id, header.id):
        if (one.distance, one.kind, one.state) == (1, DocumentKind.GRNI_CLEARING, State.POSTED):
            raise Refusal(
                "receipt.matched",
                f"{header.number} was matched with what was billed before, or cleared, by {one.number}.",
                f"Cancel {one.number} first.",
            )


def _check_untouched(header: Header, lines: Sequence[Line]) -> None:
    touched = {
        "receipt.invoiced": ("is invoiced in part", "Cancel the invoice first.", any(line.invoiced for line in lines)),
        "receipt.returned": ("was returned in part", "Cancel the return first.", any(line.returned for line in lines)),
        "receipt.arrived": ("has arrived in part", "Cancel the arrival first.", any(line.received for line in lines)),
    }
    for code, (what, remedy, is_so) in touched.items():
        if is_so:
            raise Refusal(code, f"{header.number} {what}.", remedy)


def _taken_back(read: Read, lines: Sequence[Line]) -> tuple[list[Update], list[LineUpdate]]:
    """What changes on the orders of a receipt, and on the blanket orders of those that are closed."""
    back: dict[int, tuple[int, int]] = {}
    for line in lines:
        if line.source is not None:
            accepted, rejected = back.get(line.source, (0, 0))
            back[line.source] = accepted + line.base_quantity, rejected + line.rejected
    updates: list[Update] = []
    line_updates: list[LineUpdate] = []
    not_wanted: dict[int, int] = {}
    for order, header in read.headers.items():
        if header.kind != DocumentKind.PURCHASE_ORDER:
            continue
        moved, changed = given_back(read, order, back)
        updates += moved
        line_updates += changed
        if header.state == State.CLOSED:
            # closing gave back what was missing then; what is missing now is more
            for line in read.lines[order]:
                less = _missing(line, back.get(line.id, (0, 0))[0]) - _missing(line, 0)
                if line.source is not None and less:
                    not_wanted[line.source] = not_wanted.get(line.source, 0) - less
    blankets, blanket_lines = called_off(read, not_wanted)
    return [*updates, *blankets], [*line_updates, *blanket_lines]


def _missing(line: Line, back: int) -> int:
    return max(0, line.base_quantity - line.received + back)
