"""Sales returns: what a customer may send back is approved, and posted when it is here; or it comes without being approved.

Goods with a shipment come back at what they had cost when they left, also where that changes later; goods without one at current cost. A return
goes to any place of the house; from one of quality control it is inspected (``inspections``). What was not billed yet is billed less; what
was is to be credited (``return_lines.to_credit``) or replaced (``replacements``).

Kits come back as their components. Before they are billed, only whole kits that are back are not billed any more: of one that is incomplete the
price stays that of the whole, and something off it is a matter of the price alone. Components that were billed are credited with their part of
the kit's price.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from everstock.core.facts import DAY, Kind
from everstock.core.problems import Refusal
from everstock.core.quantities import round_half_up
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import Ready
from everstock.operations.documents.amounts import Totals, totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_quantity, check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import to_base
from everstock.operations.documents.queries import chain
from everstock.operations.documents.read import Read, lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.resolutions import RESOLUTION, Resolution, resolution_of
from everstock.operations.documents.states import State, Verb, next_state, order_progress, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import AuditRow
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import facts as sale_facts
from everstock.operations.sales.invoices import reached
from everstock.operations.sales.kits import KIT_PRICE, returned_kits
from everstock.operations.sales.replacements import replacement
from everstock.operations.sales.return_lines import (
    Composed,
    ReturnLine,
    billed,
    check_lots,
    check_shipped,
    compose,
    credited_back,
    joined,
    left_at,
    nothing_of,
    priced,
)
from everstock.operations.sales.shipments import unit_price_of
from everstock.operations.warehouse.origins import brought
from everstock.operations.warehouse.posting import arrival_moment, ledger_reference, ready_lines, reversals
from everstock.operations.warehouse.transfers import TransferFacts, place, transfer_facts

RECEIVED_ON = "received_on"
"""Key in the details of a return that was approved: the day on which the goods came, in ISO format; its own day is that of the approval."""
_KIND = DocumentKind.SALES_RETURN


class Came(NamedTuple):
    """What came of line number ``line`` of an approved return: ``quantity`` in 10^-6 of its unit, to ``location`` (``None``: as approved)."""

    line: int
    quantity: int
    location: int | None = None


class _Asked(NamedTuple):
    """What comes back, as it was asked for."""

    lines: Sequence[ReturnLine]
    resolution: Resolution
    day: dt.date
    customer: int | None
    location: int | None
    currency: str | None
    reference: str | None
    through: Details | None = None


# ---------------------------------------------------------------------------------------------------------------------
# Verbs


@answers_repeats
def approve_return(
    actor: Actor,
    *,
    lines: Sequence[ReturnLine],
    resolution: Resolution,
    day: dt.date,
    recorded_at: int,
    customer: int | None = None,
    location: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Allow a customer to send goods back and return the sales return, approved: no goods have moved.

    As ``take_back``; but of a fee that is agreed, at most what is credited will be kept.
    """
    require(actor, Permission.SALES_RETURN_APPROVE)
    asked = _Asked(tuple(lines), resolution, day, customer, location, currency, reference)
    content = fingerprint(_KIND.value, Verb.APPROVE.value, *asked)
    with atomic_verb():
        facts = _load(actor, asked, key)
        answered(facts.read.request, key, content)
        header, composed = _composed(actor, facts, asked, recorded_at)
        check_lots(actor.company_id, header.partner or 0, composed)
        written = [one.line for one in priced(composed, resolution, header.currency)]
        header = header._replace(state=State.APPROVED.value, **totals(written)._asdict())
        after = {"state": header.state, "lines": len(written), RESOLUTION: resolution.value}
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=written,
            links=[(shipment, header.id) for shipment in _shipments(asked)],
            audit=[audited(actor, header, Verb.APPROVE.value, recorded_at, after=after)],
            request=None if key is None else Request(key, content, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state)


@answers_repeats
def take_back(
    actor: Actor,
    *,
    lines: Sequence[ReturnLine],
    resolution: Resolution,
    day: dt.date,
    recorded_at: int,
    customer: int | None = None,
    location: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    effective_at: int | None = None,
    through: Details | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Take goods back that came on ``day`` and return the sales return, posted.

    ``customer``: needed where no line names a shipment. ``location``: for lines that name none. ``currency``: of a return without shipments.
    ``reference``: the customer's own number. ``effective_at``: the moment, in microseconds of the company's clock; ``None``: at the start of the
    day, of goods that left on it right after. ``through``: the channel they came back to and its series of numbers, as details keep them. ``key``: the same key with the same content returns the first return. What is replaced gets an order of
    its own, linked, in the same transaction.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``return.no_customer``,
    ``return.other_customer``, ``customer.…``, ``currency.unknown``, ``rate.missing``, ``moment.other_day``, ``request.other_content``; for a line
    ``return.line_unknown``, ``return.other_item``, ``return.other_lot``, ``return.exceeds``, ``return.no_item``, ``return.priced``,
    ``return.fee``, ``return.not_replaceable``, ``unit.no_conversion``, ``quantity.…``, ``location.missing``, ``location.unknown``, ``transfer.wrong_place``,
    ``lot.…`` and ``serial.quantity``; and what the ledger refuses, such as ``return.before_origin``.
    """
    require(actor, Permission.SALES_RETURN_POST)
    asked = _Asked(tuple(lines), resolution, day, customer, location, currency, reference, through)
    content = fingerprint(_KIND.value, *asked, effective_at)
    with atomic_verb():
        facts = _load(actor, asked, key)
        answered(facts.read.request, key, content)
        header, composed = _composed(actor, facts, asked, recorded_at)
        header = header._replace(posted_at=recorded_at)
        priced_ = priced(composed, resolution, header.currency, strict=True)
        done = _back(actor, facts.read, header, priced_, day, effective_at, recorded_at)
        header = header._replace(**done.sums._asdict())
        after = {"state": header.state, "lines": len(done.lines), RESOLUTION: resolution.value}
        numbers = write(
            actor.company_id,
            documents=[header, *done.orders],
            lines=[*done.lines, *done.replacing],
            updates=done.updates,
            line_updates=done.line_updates,
            links=[*((shipment, header.id) for shipment in _shipments(asked)), *done.links],
            posting=done.posting,
            audit=[audited(actor, header, "post", recorded_at, after=after), *done.audit],
            request=None if key is None else Request(key, content, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state)


def receive_return(
    actor: Actor,
    *,
    sales_return: int,
    day: dt.date,
    recorded_at: int,
    lines: Sequence[Came] = (),
    location: int | None = None,
    effective_at: int | None = None,
) -> DocumentRef:
    """Receive what was approved to come back, on ``day``, and return the sales return, posted.

    ``lines``: what came, at most what was approved; none: all of it. What did not come is not expected any more. ``location``: for lines that name none;
    ``None``: as approved. ``effective_at``: as for ``take_back``.

    Refused: as ``take_back``; ``return.line_unknown``, ``return.not_approved`` (more than was approved).
    """
    require(actor, Permission.SALES_RETURN_POST)
    with atomic_verb():
        shipments = read_documents(actor.company_id, [sales_return], predecessors=True).headers
        facts = transfer_facts(
            actor.company_id,
            documents=[sales_return, *shipments],
            locations=[one for one in (location, *(some.location for some in lines)) if one is not None],
        )
        header, approved = facts.read.one(sales_return, _KIND)
        state = next_state(_KIND, header.state, Verb.RECEIVE, header.number)
        came = _came(header, approved, lines, facts, location)
        for shipment in (one for one in facts.read.headers.values() if one.kind == DocumentKind.SHIPMENT):
            next_state(DocumentKind.SHIPMENT, shipment.state, Verb.RETURN, shipment.number)
        composed = [joined(line, facts.read) for line in came if line.base_quantity]
        check_shipped(facts.read, composed)
        composed = priced(composed, resolution_of(header), header.currency)
        done = _back(actor, facts.read, header, composed, day, effective_at, recorded_at)
        after = {"state": state.value, "lines": len(done.lines), RECEIVED_ON: day.isoformat()}
        details = {**(header.details or {}), RECEIVED_ON: day.isoformat()}
        received = Update(header.id, state=state.value, posted_at=recorded_at, details=details, **done.sums._asdict())
        write(
            actor.company_id,
            documents=done.orders,
            lines=done.replacing,
            updates=[received, *done.updates],
            line_updates=[*done.line_updates, *_as_came(approved, done.lines)],
            links=done.links,
            posting=done.posting,
            audit=[
                audited(actor, header, Verb.RECEIVE.value, recorded_at, before={"state": header.state}, after=after),
                *done.audit,
            ],
        )
        return DocumentRef(header.id, header.number, state.value)


def cancel_return(actor: Actor, *, sales_return: int, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an approved return, or reverse one that was received: the goods are with the customer, as if they had never come.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state`` (credited, or cancelled before),
    ``return.inspected``, ``return.replaced``, ``return.later``, and what the ledger refuses.
    """
    if Permission.SALES_RETURN_APPROVE not in actor.permissions:
        require(actor, Permission.SALES_RETURN_POST)
    check_reason(reason)
    with atomic_verb():
        shipments = read_documents(actor.company_id, [sales_return], predecessors=True).headers
        read = lock(actor.company_id, [sales_return, *shipments], predecessors=True)
        header, lines = read.one(sales_return, _KIND)
        received = header.posted_at is not None
        require(actor, Permission.SALES_RETURN_POST if received else Permission.SALES_RETURN_APPROVE)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        composed = [joined(line, read) for line in lines] if received else []
        _check_untouched(actor.company_id, header, composed)
        updates, line_updates = _progress(read, composed, sign=-1)
        after = {"state": state.value, "reason": reason}
        write(
            actor.company_id,
            updates=[Update(sales_return, state=state.value), *updates],
            line_updates=line_updates,
            posting=ready_lines(actor, _KIND, sales_return, reversals(one.line for one in composed), recorded_at),
            audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before={"state": header.state}, after=after)],
        )
        return DocumentRef(sales_return, header.number, state.value)


# ---------------------------------------------------------------------------------------------------------------------
# Reading


def _shipments(asked: _Asked) -> list[int]:
    return sorted({one.shipment for one in asked.lines if one.shipment is not None})


def _load(actor: Actor, asked: _Asked, key: str | None) -> TransferFacts:
    """Lock the shipments and their orders, and read what else is named."""
    shipments, items = _shipments(asked), {one.item for one in asked.lines if one.item is not None}
    if shipments and any(one.unit is not None or one.lot is not None for one in asked.lines):
        # what was shipped never changes, so nothing needs to be locked yet
        found = read_documents(actor.company_id, shipments).lines.values()
        items |= {line.item for lines in found for line in lines if line.item is not None}
    places = (asked.location, *(one.location for one in asked.lines))
    return transfer_facts(
        actor.company_id,
        documents=shipments,
        items=items,
        units=[one.unit for one in asked.lines if one.unit is not None],
        locations=[one for one in places if one is not None],
        key=key,
    )


def _composed(actor: Actor, facts: TransferFacts, asked: _Asked, recorded_at: int) -> tuple[Header, list[Composed]]:
    """The header, without its sums and as if it were posted, and the lines, without their amounts."""
    if not asked.lines:
        raise Refusal("document.no_lines", "Nothing comes back.", "Add at least one line.")
    headers = [facts.read.one(shipment, DocumentKind.SHIPMENT)[0] for shipment in _shipments(asked)]
    for shipment in headers:
        next_state(DocumentKind.SHIPMENT, shipment.state, Verb.RETURN, shipment.number)
        wanted = (asked.customer or headers[0].partner, asked.currency or headers[0].currency)
        if (shipment.partner, shipment.currency) != wanted:
            raise Refusal(
                "return.other_customer",
                f"{shipment.number} went to another customer, or is in another currency.",
                "Make one return for each.",
            )
    if headers:
        customer, currency, rate = headers[0].partner, headers[0].currency, headers[0].rate
    elif asked.customer is None:
        raise Refusal("return.no_customer", "The return names neither a shipment nor a customer.", "Name one of them.")
    else:
        known = sale_facts.load(actor.company_id, customer=asked.customer, day=asked.day, currency=asked.currency)
        customer, currency, rate = asked.customer, known.currency, known.rate
    header = Header(
        *(facts.read.ids[0], _KIND.value, State.POSTED.value, asked.day, currency, recorded_at),
        partner=customer,
        rate=rate,
        reference=None if asked.reference is None else check_text(asked.reference, "reference", 200),
        created_by=actor.user_id,
        details={**(asked.through or {}), RESOLUTION: asked.resolution.value},
    )
    composed = compose(asked.lines, facts, asked.location, customer or 0)
    check_shipped(facts.read, composed)
    return header, composed


def _came(
    header: Header, approved: Sequence[Line], lines: Sequence[Came], facts: TransferFacts, location: int | None
) -> list[Line]:
    """The lines of an approved return as they came."""
    came = {one.line: one for one in lines}
    unknown = came.keys() - {line.line for line in approved}
    if unknown or len(came) < len(lines):
        raise Refusal(
            "return.line_unknown",
            f"A line that {header.number} does not have would be received, or one twice.",
            "Name each of its lines once, by its number.",
        )
    found = []
    for line in approved:
        one = came.get(line.line, Came(line.line, 0 if lines else line.quantity))
        if one.line in came:
            check_quantity(one.quantity, f"line {line.line}")
        if one.quantity > line.quantity:
            raise Refusal(
                "return.not_approved",
                f"More came of line {line.line} than {header.number} approves.",
                "Receive what is approved, and take the rest back by itself.",
            )
        base = to_base(one.quantity, line.numerator, line.denominator, f"line {line.line}")
        wanted = one.location or location
        where = line.location if wanted is None else place(wanted, facts, line.line).id
        found.append(line._replace(quantity=one.quantity, base_quantity=base, location=where))
    return found


# ---------------------------------------------------------------------------------------------------------------------
# What is written


class _Back(NamedTuple):
    """Goods that are back: the lines of the return, the order that replaces them, what changes on others, and what is posted."""

    lines: list[Line]
    sums: Totals
    orders: list[Header]
    replacing: list[Line]
    updates: list[Update]
    line_updates: list[LineUpdate]
    links: list[tuple[int, int]]
    audit: list[AuditRow]
    posting: tuple[int, Ready] | None


def _back(
    actor: Actor,
    read: Read,
    header: Header,
    composed: Sequence[Composed],
    day: dt.date,
    effective_at: int | None,
    recorded_at: int,
) -> _Back:
    check_lots(actor.company_id, header.partner or 0, composed)
    at = arrival_moment(day, effective_at)
    last = at + DAY - 1 if effective_at is None else at
    left = left_at(actor.company_id, header.partner or 0, composed, last)
    referred = [
        one._replace(line=one.line._replace(ledger_reference=ledger_reference(_KIND, header.id, one.line.line)))
        for one in composed
    ]
    orders, replacing = replacement(actor, read, header, composed, day, recorded_at)
    updates, line_updates = _progress(read, composed, sign=1)
    moved = [_ledger_line(one, header, read, max(at, left.get(one.line.lot or 0, 0))) for one in referred]
    return _Back(
        [one.line for one in referred],
        totals(one.line for one in composed),
        orders,
        replacing,
        updates,
        line_updates,
        [(header.id, order.id) for order in orders],
        [
            audited(actor, order, "create", recorded_at, after={"state": order.state, "gross": order.gross})
            for order in orders
        ],
        ready_lines(actor, _KIND, header.id, moved, recorded_at),
    )


def _as_came(approved: Iterable[Line], came: Iterable[Line]) -> list[LineUpdate]:
    """What changes on the lines of an approved return when goods come: all of it, or less."""
    by_number = {line.line: line for line in came}
    now = [by_number.get(line.line, nothing_of(line)) for line in approved]
    return [
        LineUpdate(
            line.id,
            quantity=line.quantity,
            base_quantity=line.base_quantity,
            net=line.net,
            tax=line.tax,
            location=line.location,
            ledger_reference=line.ledger_reference,
            details=line.details or {},
        )
        for line in now
    ]


def _ledger_line(one: Composed, header: Header, read: Read, at: int) -> LedgerLine:
    line = one.line
    price = _price(one, header, read)
    if price is not None and resolution_of(header) is not Resolution.CREDIT:
        # what is billed and not credited stays sold
        price = round_half_up(price * (line.base_quantity - billed(line)), line.base_quantity)
    return LedgerLine(
        *(Kind.RETURN_IN, line.item or 0, line.ledger_reference or "", line.base_quantity, line.location),
        lot=line.lot,
        effective_at=at,
        applies_to=None if one.shipped is None else one.shipped.ledger_reference,
        unit_price=price,
        partner=header.partner,
        number=line.line,
    )


def _price(one: Composed, header: Header, read: Read) -> int | None:
    if one.kit is None:
        if one.ordered is None:
            return unit_price_of(one.line, header, read.company_currency)
        return unit_price_of(one.ordered, read.headers[one.ordered.document], read.company_currency)
    exact = ((one.shipped and one.shipped.details) or {}).get(KIT_PRICE)
    return None if exact is None else round_half_up(*exact)


def _progress(read: Read, composed: Sequence[Composed], *, sign: int) -> tuple[list[Update], list[LineUpdate]]:
    """What a return (``sign`` 1) or its reversal (-1) changes on shipments, and on their orders of what was not billed.

    Of a kit the whole ones that are back by now count, whichever of their components came first.
    """
    back: Counter[int] = Counter()
    for one in composed:
        if one.shipped is not None:
            back[one.shipped.id] += sign * one.line.base_quantity
        if one.ordered is not None:
            back[one.ordered.id] += sign * (one.line.base_quantity - billed(one.line))
    updates = []
    for document, header in read.headers.items():
        kind = DocumentKind(header.kind)
        lines = [line._replace(returned=line.returned + back[line.id]) for line in read.lines[document]]
        if kind not in {DocumentKind.SALES_ORDER, DocumentKind.SHIPMENT} or lines == read.lines[document]:
            continue
        if kind is DocumentKind.SALES_ORDER:
            kits = returned_kits(lines)
            back.update({line.id: kits[line.id] - line.returned for line in lines if line.id in kits})
            lines = [line._replace(returned=kits.get(line.id, line.returned)) for line in lines]
        state = progressed(
            kind, header.state, order_progress(lines) if kind is DocumentKind.SALES_ORDER else reached(lines)
        )
        if state != header.state:
            updates.append(Update(document, state=state.value))
    return updates, [LineUpdate(line, returned=quantity) for line, quantity in sorted(back.items()) if quantity]


def _check_untouched(company_id: int, header: Header, composed: Sequence[Composed]) -> None:
    """Refuse to reverse a return after which more was done."""
    for one in brought(company_id, [each.line.id for each in composed]).values():
        if one.gone:
            raise Refusal(
                "return.inspected",
                f"What {header.number} brought was inspected or moved.",
                "Cancel its transfers first.",
            )
    for linked in chain(company_id, header.id):
        if (linked.distance, linked.kind) == (1, DocumentKind.SALES_ORDER) and linked.state != State.CANCELLED:
            raise Refusal(
                "return.replaced", f"{linked.number} replaces what came back.", f"Cancel {linked.number} first."
            )
    back: Counter[int] = Counter()
    for line, shipped, *_ in composed:
        if shipped is None:
            continue
        standing = shipped.returned - back[shipped.id]
        back[shipped.id] += line.base_quantity
        less = standing - line.base_quantity
        if credited_back(shipped, standing) - credited_back(shipped, less) != billed(line):
            raise Refusal(
                "return.later",
                f"What {header.number} brought was taken off a bill, and more came back later.",
                "Cancel the later return first.",
            )
