"""Supplier returns, the goods side: against a receipt, at its own value, or free, at current cost.

A return debits goods received not invoiced and credits inventory, in the ledger, by one line for each line of the document. What is
expected for it (a credit, a replacement, nothing) is in its details; the credit note is another document.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.facts import Kind
from everstock.core.posting import STOCK_KINDS
from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.lines import Line as LedgerLine
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import Read
from everstock.operations.documents.read import lock as document_lock
from everstock.operations.documents.read import read as read_documents
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.resolutions import RESOLUTION, Resolution, resolution_of
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import receipt_facts
from everstock.operations.purchasing.facts import Facts
from everstock.operations.purchasing.receipt_facts import ReceiptFacts
from everstock.operations.purchasing.receipt_lines import Price, priced
from everstock.operations.purchasing.receipt_progress import received_again
from everstock.operations.warehouse.lots import check_tracking, known_lots
from everstock.operations.warehouse.posting import departure_moment, ledger_reference, ready_lines, reversals
from everstock.operations.warehouse.transfers import base_quantity, factor

_KIND = DocumentKind.SUPPLIER_RETURN


class ReturnLine(NamedTuple):
    """What goes back: ``quantity`` in 10^-6 of ``unit``.

    Of line number ``line`` of ``receipt`` (an id), or of ``item`` without one. ``unit``: ``None`` for the receipt line's, without a receipt
    the base unit. ``location``: where it is taken from, ``None`` for where it came in. ``lot``: its code, ``None`` for the receipt line's.
    ``unit_price``: the credit expected for goods without a receipt, in 10^-6 of the major unit, ``None``: not known.
    """

    quantity: int
    receipt: int | None = None
    line: int | None = None
    item: int | None = None
    unit: int | None = None
    location: int | None = None
    lot: str | None = None
    unit_price: int | None = None
    reason: str = ""


class _Composed(NamedTuple):
    """A line to write, and the receipt's line it is of."""

    line: Line
    received: Line | None
    lot: str | None


@answers_repeats
def return_goods(
    actor: Actor,
    *,
    lines: Sequence[ReturnLine],
    resolution: Resolution,
    day: dt.date,
    recorded_at: int,
    supplier: int | None = None,
    location: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    effective_at: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Send goods back to the supplier on ``day`` and return the supplier return, posted.

    ``supplier``: needed where no line names a receipt. ``location``: for lines that name none. ``currency``: of a return without receipts.
    ``reference``: the number under which the supplier takes them back. ``effective_at``: the moment they left, in microseconds of the
    company's clock; ``None``: now, or at the end of an earlier day. ``key``: the same key with the same content returns the first return.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``return.no_supplier``,
    ``receipt.other_supplier``, ``receipt.other_currency``, ``return.order_closed``, ``moment.other_day``, ``request.other_content``; for a
    line ``return.line_unknown``, ``return.other_item``, ``return.other_lot``, ``return.exceeds``, ``return.no_item``, ``return.priced``,
    ``unit.no_conversion``, ``quantity.…``, ``location.…``, ``lot.…`` and ``serial.quantity``; and what the ledger refuses, such as
    ``stock.short`` and ``return.before_origin``.
    """
    require(actor, Permission.SUPPLIER_RETURN_POST)
    asked = fingerprint(
        *(_KIND.value, tuple(lines), resolution.value, day, supplier, location, currency, reference, effective_at)
    )
    with atomic_verb():
        facts = _lock(actor, lines, day, supplier, location, currency, key)
        answered(facts.read.request, key, asked)
        receipts = _receipts(facts.read, lines, supplier, currency)
        known = _required(facts.facts)
        composed = _with_lots(_compose_all(lines, facts, known, location), known)
        updates, line_updates = _progress(facts.read, composed, resolution)
        returned = [_referred(one.line) for one in composed]
        header = _header(actor, facts, known, returned, day, recorded_at)._replace(
            partner=receipts[0].partner if receipts else supplier,
            reference=None if reference is None else check_text(reference, "reference", 200),
            details={RESOLUTION: resolution.value},
        )
        at = departure_moment(day, effective_at, recorded_at)
        moved = [_ledger_line(line, one.received, header, at) for line, one in zip(returned, composed, strict=True)]
        posting = ready_lines(actor, _KIND, header.id, moved, recorded_at)
        after = {"state": header.state, "lines": len(returned), RESOLUTION: resolution.value}
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=returned,
            updates=updates,
            line_updates=line_updates,
            links=[(receipt.id, header.id) for receipt in receipts],
            posting=posting,
            audit=[audited(actor, header, "post", recorded_at, after=after)],
            request=None if key is None else Request(key, asked, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state)


def cancel_return(actor: Actor, *, supplier_return: int, reason: str, recorded_at: int) -> DocumentRef:
    """Reverse a supplier return: the goods are back where they were taken from, and no replacement is expected.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state`` (credited, or cancelled before), and
    what the ledger refuses.
    """
    require(actor, Permission.SUPPLIER_RETURN_POST)
    check_reason(reason)
    with atomic_verb():
        receipts = read_documents(actor.company_id, [supplier_return], predecessors=True).headers
        chain = read_documents(actor.company_id, list(receipts), predecessors=True).headers
        read = document_lock(actor.company_id, sorted(chain))
        header, lines = read.one(supplier_return, _KIND)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        resolution = resolution_of(header)
        updates, line_updates = _counted(read, _by_source(lines), resolution, sign=-1)
        posting = ready_lines(actor, _KIND, supplier_return, reversals(lines), recorded_at)
        before, after = {"state": header.state}, {"state": state.value, "reason": reason}
        write(
            actor.company_id,
            updates=[Update(supplier_return, state=state.value), *updates],
            line_updates=line_updates,
            posting=posting,
            audit=[audited(actor, header, "cancel", recorded_at, before=before, after=after)],
        )
        return DocumentRef(supplier_return, header.number, state.value)


# ---------------------------------------------------------------------------------------------------------------------
# Reading


def _lock(
    actor: Actor,
    lines: Sequence[ReturnLine],
    day: dt.date,
    supplier: int | None,
    location: int | None,
    currency: str | None,
    key: str | None,
) -> ReceiptFacts:
    return receipt_facts.lock(
        actor.company_id,
        [one.receipt for one in lines if one.receipt is not None],
        day,
        supplier=supplier,
        currency=currency,
        items=[one.item for one in lines if one.item is not None],
        units=[one.unit for one in lines if one.unit is not None],
        locations=[place for place in (location, *(one.location for one in lines)) if place is not None],
        tax_codes=[],
        key=key,
        predecessors=True,
    )


def _required(facts: Facts | None) -> Facts:
    if facts is None:
        raise Refusal("return.no_supplier", "The return names neither a receipt nor a supplier.", "Name one of them.")
    return facts


def _receipts(read: Read, lines: Sequence[ReturnLine], supplier: int | None, currency: str | None) -> list[Header]:
    """The receipts that are returned, in the order of their ids; refused if they cannot be, or not together."""
    wanted = sorted({one.receipt for one in lines if one.receipt is not None})
    receipts = [read.one(receipt, DocumentKind.GOODS_RECEIPT)[0] for receipt in wanted]
    for receipt in receipts:
        next_state(DocumentKind.GOODS_RECEIPT, receipt.state, Verb.RETURN, receipt.number)
        if receipt.partner != (supplier or receipts[0].partner):
            raise Refusal(
                "receipt.other_supplier",
                f"The goods of {receipt.number} came from another supplier.",
                "Make one return for each supplier.",
            )
        if receipt.currency != (currency or receipts[0].currency):
            raise Refusal(
                "receipt.other_currency",
                f"{receipt.number} is in {receipt.currency}, and the return in {currency or receipts[0].currency}.",
                "Make one return for each currency.",
            )
    return receipts


# ---------------------------------------------------------------------------------------------------------------------
# Lines


def _compose_all(
    lines: Sequence[ReturnLine], facts: ReceiptFacts, known: Facts, location: int | None
) -> list[_Composed]:
    if not lines:
        raise Refusal("document.no_lines", "Nothing is returned.", "Add at least one line.")
    composed = []
    for number, one in enumerate(lines, 1):
        received = None
        if one.receipt is not None:
            header, of_receipt = facts.read.one(one.receipt, DocumentKind.GOODS_RECEIPT)
            received = _received(one, header, of_receipt, number)
        composed.append(_compose(one, received, facts, known, number, location))
    return composed


def _received(one: ReturnLine, header: Header, lines: Sequence[Line], number: int) -> Line:
    line = next((line for line in lines if line.line == one.line), None)
    if line is None or line.ledger_reference is None:
        raise Refusal(
            "return.line_unknown", f"Line {number} names no goods of {header.number}.", "Name one of its lines."
        )
    if one.item not in {None, line.item}:
        raise Refusal(
            "return.other_item",
            f"Line {number} is about another item than line {line.line} of {header.number}.",
            "Name the line the goods came with, or return them without a receipt.",
        )
    if one.unit_price is not None:
        raise Refusal(
            "return.priced",
            f"Line {number} names a price, but that of {header.number} holds.",
            "Leave the price out; the credit note corrects it.",
        )
    return line


def _compose(
    one: ReturnLine, received: Line | None, facts: ReceiptFacts, known: Facts, number: int, location: int | None
) -> _Composed:
    where = f"line {number}"
    wanted = one.item if received is None else received.item
    if wanted is None:
        raise Refusal("return.no_item", f"Line {number} names neither a line of a receipt nor an item.", "Name one.")
    item = known.items.get(wanted)
    if item is None:
        raise Refusal("item.unknown", f"Line {number} names an unknown item.", "Create the item first.")
    if received is not None and one.unit in {None, received.unit}:
        numerator, denominator, unit = received.numerator, received.denominator, received.unit
    else:
        numerator, denominator, unit = factor(item.id, one.unit, item.base_unit, item.sku, known.factors, where)
    base = base_quantity(one.quantity, numerator, denominator, where)
    place = _location(one.location or location or (received.location if received else None), known, number)
    if received is None or received.lot is None or one.lot is not None:
        check_tracking(facts.tracked(item.id), item.sku, one.lot, base, where)
    details: Details | None = {"reason": check_text(one.reason, f"reason of {where}")} if one.reason else None
    line = Line(
        *(facts.read.ids[0], number, one.quantity, base),
        item=item.id,
        location=place,
        lot=None if received is None else received.lot,
        description=item.name if received is None else received.description,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        discount=0 if received is None else received.discount,
        tax_code=None if received is None else received.tax_code,
        source=None if received is None else received.id,
        details=details,
    )
    if received is None:
        price = Price(one.unit_price, numerator, denominator, 0, None)
    else:
        price = Price(
            received.unit_price, received.numerator, received.denominator, received.discount, received.tax_code
        )
    tax = None if line.tax_code is None else known.taxes.get(line.tax_code)
    rate, kind = (0, "") if tax is None else (tax.rate, tax.kind)
    return _Composed(priced(line, price, known, rate, kind), received, one.lot)


def _location(location: int | None, known: Facts, number: int) -> int:
    if location is None:
        raise Refusal("location.missing", f"Line {number} does not say where the goods are.", "Name a location.")
    place = known.locations.get(location)
    if place is None:
        raise Refusal("location.unknown", f"Line {number} names an unknown location.", "Name another location.")
    if place.kind not in STOCK_KINDS:
        raise Refusal(
            "location.holds_no_stock",
            f"Line {number}: {place.code} is of kind {place.kind} and holds no stock.",
            "Name the place the goods are taken from.",
        )
    return location


def _with_lots(composed: list[_Composed], known: Facts) -> list[_Composed]:
    """Look up the lots that are named; of a receipt's line only its own lot can go back."""
    wanted: dict[tuple[int, str], str] = {}
    for one in composed:
        if one.lot is not None and one.line.item is not None:
            wanted[one.line.item, one.lot] = known.items[one.line.item].sku
    if not wanted:
        return composed
    found = known_lots(wanted)
    looked_up = []
    for one in composed:
        if one.lot is None or one.line.item is None:
            looked_up.append(one)
            continue
        lot = found[one.line.item, one.lot]
        if one.received is not None and one.received.lot != lot:
            raise Refusal(
                "return.other_lot",
                f"Line {one.line.line}: lot {one.lot} did not come with that line of the receipt.",
                "Name the receipt's line of that lot, or return it without a receipt.",
            )
        looked_up.append(one._replace(line=one.line._replace(lot=lot)))
    return looked_up


def _referred(line: Line) -> Line:
    return line._replace(ledger_reference=ledger_reference(_KIND, line.document, line.line))


def _header(
    actor: Actor, facts: ReceiptFacts, known: Facts, lines: Sequence[Line], day: dt.date, recorded_at: int
) -> Header:
    sums = totals(lines)
    return Header(
        *(facts.read.ids[0], _KIND.value, State.POSTED.value, day, known.currency, recorded_at),
        rate=known.rate,
        net=sums.net,
        tax=sums.tax,
        gross=sums.gross,
        posted_at=recorded_at,
        created_by=actor.user_id,
    )


def _ledger_line(line: Line, received: Line | None, header: Header, at: int | None) -> LedgerLine:
    assert line.item is not None
    assert line.ledger_reference is not None
    return LedgerLine(
        Kind.RETURN_OUT,
        line.item,
        line.ledger_reference,
        quantity=line.base_quantity,
        location=line.location,
        lot=line.lot,
        effective_at=at,
        applies_to=None if received is None else received.ledger_reference,
        partner=header.partner,
        number=line.line,
    )


# ---------------------------------------------------------------------------------------------------------------------
# Progress


def _by_source(lines: Sequence[Line]) -> Counter[int]:
    """How much goes back, in base units, by the receipt's line."""
    back: Counter[int] = Counter()
    for line in lines:
        if line.source is not None:
            back[line.source] += line.base_quantity
    return back


def _progress(
    read: Read, composed: Sequence[_Composed], resolution: Resolution
) -> tuple[list[Update], list[LineUpdate]]:
    back = _by_source([one.line for one in composed])
    for one in composed:
        received = one.received
        if received is None:
            continue
        open_ = received.base_quantity - received.returned
        if back[received.id] > open_:
            raise Refusal(
                "return.exceeds",
                f"Of line {received.line} of {read.headers[received.document].number}, {format_quantity(open_)} can be "
                f"returned, and {format_quantity(back[received.id])} would be.",
                "Return less, or return without a receipt.",
            )
    return _counted(read, back, resolution, sign=1)


def _counted(
    read: Read, back: Mapping[int, int], resolution: Resolution, *, sign: int
) -> tuple[list[Update], list[LineUpdate]]:
    """What a return (``sign`` 1) or its reversal (-1) changes on the receipts and, if a replacement is expected, on their orders."""
    updates: list[Update] = []
    line_updates = [LineUpdate(line, returned=sign * quantity) for line, quantity in sorted(back.items())]
    if resolution is not Resolution.REPLACEMENT:
        return updates, line_updates
    to_come: Counter[int] = Counter()
    for header in read.headers.values():
        if header.kind == DocumentKind.GOODS_RECEIPT:
            for line in read.lines[header.id]:
                if line.source is not None and line.id in back:
                    to_come[line.source] += back[line.id]
    for order, header in read.headers.items():
        if header.kind != DocumentKind.PURCHASE_ORDER or not any(line.id in to_come for line in read.lines[order]):
            continue
        if header.state == State.CLOSED and sign == 1:
            raise Refusal(
                "return.order_closed",
                f"{header.number} is closed, so no replacement is expected of it.",
                "Expect a credit, and order the goods again.",
            )
        moved, changed = received_again(read, order, {line: -sign * more for line, more in to_come.items()})
        updates += moved
        line_updates += changed
    return updates, line_updates
