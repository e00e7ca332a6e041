"""Customer invoices: what was shipped, and the charges of its orders, billed and in the books.

The cost of what is billed was booked when it left. An invoice books receivable, revenue and tax; what is shipped and not billed is what its shipments'
lines still have open.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction

from everstock.core.costing.state import share
from everstock.core.problems import Refusal
from everstock.ledger.database import texts
from everstock.masterdata.models import Currency
from everstock.operations.documents.amounts import known_rate, totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.booking import CANCEL, ready_journal
from everstock.operations.documents.cash_discounts import promised
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payments import refuse_paid
from everstock.operations.documents.queries import chain, reversed_journal
from everstock.operations.documents.read import Read, lock, raw_cursor, read
from everstock.operations.documents.records import (
    SERIES,
    Details,
    DocumentRef,
    Header,
    Line,
    LineUpdate,
    Request,
    Update,
)
from everstock.operations.documents.requests import Repeated, answered, answers_repeats, fingerprint, key_of_part
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import Progress, State, Verb, next_state, order_progress, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import billing_facts
from everstock.operations.sales.kit_billing import billed_kits, kit_shares
from everstock.operations.sales.kits import PART_OF, is_kit, part_of
from everstock.operations.sales.payments import apply_prepayments_of, prepaid_for
from everstock.operations.sales.revenue import Sold, booked

_KIND = DocumentKind.CUSTOMER_INVOICE
_BILLED = frozenset({DocumentKind.SHIPMENT, DocumentKind.SALES_ORDER})
"""What an invoice is made from: shipments, or an order of services."""


class Billed(NamedTuple):
    """A line of the invoice, the line of the order whose price it has, and that of the shipment, if goods are billed."""

    line: Line
    ordered: Line
    shipped: Line | None

    @property
    def sold(self) -> Sold:
        """The line as it is booked."""
        return Sold(self.line, None if self.shipped is None else self.shipped.location)


class _Prepaid(Exception):
    """Orders were paid in advance, so that their invoice has to be paid by that in the same transaction."""


class ToBill(NamedTuple):
    """What is to be billed: ``shipments``; of them ``order`` alone, if it is named.

    ``charges``: the order has no goods at all, and no shipments.
    """

    shipments: Sequence[int]
    order: int | None = None
    charges: bool = False


class _Paper(NamedTuple):
    """What stands on an invoice besides; see ``invoice_shipments``."""

    day: dt.date
    recorded_at: int
    due_on: dt.date | None
    reference: str | None
    key: str | None


@answers_repeats
def invoice_shipments(
    actor: Actor,
    *,
    shipments: Sequence[int],
    day: dt.date,
    recorded_at: int,
    due_on: dt.date | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Bill what of ``shipments`` (ids, of one customer) is not billed yet, with the charges of their orders, and return the invoice, posted.

    A part of an order's line is billed so that all parts together come to the line's amount. In the books it is at the exchange rate of its
    own day (IAS 21.21), whatever that of the order was. Kits are billed with the goods that make them
    whole, less whole ones that came back; with them their components, wherever they were shipped. ``due_on``: ``None`` by the terms of the first
    order, whose cash discount it promises. ``reference``: the customer's own number. ``key``: the same key with the same content returns the first invoice. What was paid in
    advance for the orders pays it, if ``actor`` may register payments.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``invoice.other_customer``,
    ``invoice.nothing_left``, ``invoice.no_price``, ``invoice.too_early``, ``rate.missing``, ``account.missing``, ``text.invalid``, ``request.other_content``.
    """
    asked = fingerprint(_KIND.value, tuple(shipments), day, due_on, reference)
    return _invoice(actor, ToBill(shipments), _Paper(day, recorded_at, due_on, reference, key), asked)


@answers_repeats
def invoice_order(
    actor: Actor,
    *,
    order: int,
    day: dt.date,
    recorded_at: int,
    due_on: dt.date | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Bill what of an order (its id) was shipped and is not billed yet, with its charges; an order without goods: its charges.

    Otherwise as ``invoice_shipments``.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    asked = fingerprint(_KIND.value, "order", order, day, due_on, reference)
    found = read(actor.company_id, [order])
    _, lines = found.one(order, DocumentKind.SALES_ORDER)
    services = all(line.item is None for line in lines)
    paper = _Paper(day, recorded_at, due_on, reference, key)
    waiting = [order] if services else _waiting_of(actor.company_id, order)
    return _invoice(actor, ToBill(waiting, order, charges=services), paper, asked)


@transaction.atomic
def invoice_period(
    actor: Actor,
    *,
    customer: int,
    through: dt.date,
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> list[DocumentRef]:
    """Bill everything that was shipped to ``customer`` (a partner's id) through a day and is not billed yet: one invoice for each currency.

    ``key``: with it, the same again returns the same invoices. Otherwise as ``invoice_shipments``.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    waiting = _waiting_for(actor.company_id, customer, through)
    if key is not None:
        for currency in _billed_before(actor.company_id, key):
            waiting.setdefault(currency, [])
    # all of them before the first is posted: whoever holds one may wait for the ledger
    _lock_all(actor.company_id, [one for some in waiting.values() for one in some])
    made = []
    for currency, shipments in sorted(waiting.items()):
        asked = fingerprint(_KIND.value, "period", customer, through, currency, day)
        paper = _Paper(day, recorded_at, None, None, None if key is None else key_of_part(key, currency))
        try:
            made.append(_invoice(actor, ToBill(shipments), paper, asked))
        except Repeated as repeated:
            made.append(repeated.document)
        except Refusal as refusal:
            if refusal.code != "invoice.nothing_left":
                raise
    if not made:
        raise _nothing_left()
    return made


_NOT_BILLED = frozenset({State.POSTED, State.PARTLY_INVOICED})


def _waiting_of(company_id: int, order: int) -> list[int]:
    """Shipments (ids) of an order that are not billed, or not wholly, in order."""
    with raw_cursor() as run:
        run.execute(
            "SELECT id FROM document WHERE id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = $1))"
            " AND company_id = $2 AND kind = 'shipment' AND state = ANY ($3::text[]) ORDER BY id",
            (order, company_id, texts(_NOT_BILLED)),
        )
        return [one for (one,) in run.fetchall()]


def _waiting_for(company_id: int, customer: int, through: dt.date) -> dict[str, list[int]]:
    """Shipments (ids) to a customer through a day that are not billed, or not wholly, by their currency."""
    with raw_cursor() as run:
        run.execute(
            "SELECT currency_id, array_agg(id ORDER BY id) FROM document"
            " WHERE company_id = $1 AND partner_id = $2 AND kind = 'shipment' AND day <= $3 AND state = ANY ($4::text[]) GROUP BY 1",
            (company_id, customer, through, texts(_NOT_BILLED)),
        )
        return dict(run.fetchall())


def _billed_before(company_id: int, key: str) -> list[str]:
    """Currencies in which the same request has made invoices."""
    keys = {key_of_part(key, currency): currency for currency in Currency.objects.values_list("code", flat=True)}
    with raw_cursor() as run:
        run.execute(
            "SELECT key FROM request_key WHERE company_id = $1 AND key = ANY ($2::text[])", (company_id, texts(keys))
        )
        return [keys[one] for (one,) in run.fetchall()]


def _lock_all(company_id: int, shipments: Sequence[int]) -> None:
    """Lock shipments (ids), their orders, and what was paid in advance for these."""
    found = lock(company_id, shipments, predecessors=True, lines=False)
    orders = [one.id for one in found.headers.values() if one.kind == DocumentKind.SALES_ORDER and one.paid]
    lock(company_id, [prepayment for prepayment, *_ in prepaid_for(company_id, orders)], lines=False)


def _invoice(actor: Actor, wanted: ToBill, paper: _Paper, asked: int) -> DocumentRef:
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    try:
        return _post(actor, wanted, paper, asked)[0]
    except _Prepaid:
        with transaction.atomic():
            _lock_all(actor.company_id, wanted.shipments)
            done, orders = _post(actor, wanted, paper, asked, prepaid=True)
            return apply_prepayments_of(
                actor, invoice=done.id, orders=orders, day=paper.day, recorded_at=paper.recorded_at
            )


def _post(
    actor: Actor, wanted: ToBill, paper: _Paper, asked: int, *, prepaid: bool = False
) -> tuple[DocumentRef, list[int]]:
    """Post the invoice; return it, and the orders (ids) that it bills. Raises ``_Prepaid`` unless it is known that they were paid in advance."""
    with atomic_verb():
        facts = billing_facts.load(actor.company_id, sorted(set(wanted.shipments)), paper.day, key=paper.key)
        read = facts.read
        answered(read.request, paper.key, asked)
        headers = _shipments(read, wanted, paper.day)
        billed = billed_lines(read, headers, wanted)
        orders = _orders(read, billed)
        if not prepaid and any(order.paid for order in orders):
            raise _Prepaid
        sums = totals(one.line for one in billed)
        days = (orders[0].details or {}).get("payment_days", 0)
        header = Header(
            *(read.ids[0], _KIND.value, State.POSTED.value, paper.day, orders[0].currency, paper.recorded_at),
            partner=orders[0].partner,
            due_on=paper.due_on or paper.day + dt.timedelta(days=days),
            rate=known_rate(orders[0].currency, read.company_currency, facts.rate, paper.day),
            reference=None if paper.reference is None else check_text(paper.reference, "reference", 200),
            net=sums.net,
            tax=sums.tax,
            gross=sums.gross,
            posted_at=paper.recorded_at,
            created_by=actor.user_id,
            details={**_series(orders), **promised(orders[0].details)} or None,
        )
        updates, line_updates = _progress(read, billed)
        after = {"state": header.state, "currency": header.currency, "gross": header.gross, "lines": len(billed)}
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=[one.line for one in billed],
            updates=updates,
            line_updates=line_updates,
            links=[(one, header.id) for one in _made_from(billed)],
            posting=(
                header.id,
                booked(actor, header, [one.sold for one in billed], facts.accounts, company=facts.ledger),
            ),
            audit=[audited(actor, header, "post", paper.recorded_at, after=after)],
            request=None if paper.key is None else Request(paper.key, asked, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state), [order.id for order in orders]


def cancel_invoice(actor: Actor, *, invoice: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an invoice: what it booked is booked back on ``day``, and what it billed can be billed again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``invoice.returned``; and what the ledger
    refuses.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    check_reason(reason)
    with atomic_verb():
        made_from = [
            key
            for key, one in read(actor.company_id, [invoice], predecessors=True).headers.items()
            if one.kind in _BILLED
        ]
        # what it is made from with it, in one go: whoever changes that waits for nothing we hold
        found = lock(actor.company_id, [invoice, *made_from], predecessors=True)
        header, lines = found.one(invoice, _KIND)
        refuse_paid(actor.company_id, header, SELLING)
        _refuse_credited(actor.company_id, header)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        counted = Counter({line.source or 0: -line.base_quantity for line in lines})
        shipped = [
            line for key in made_from if found.headers[key].kind == DocumentKind.SHIPMENT for line in found.lines[key]
        ]
        for line in shipped:
            counted[line.source or 0] += counted[line.id]
            if counted[line.id] and line.returned + line.invoiced > line.base_quantity:
                raise Refusal(
                    "invoice.returned",
                    f"Goods that {header.number} bills came back.",
                    "Credit them, or cancel the return first.",
                )
        updates, line_updates = _counted(found, counted)
        journal = reversed_journal(actor.company_id, invoice)
        after = {"state": state.value, "reason": reason, "day": day.isoformat()}
        write(
            actor.company_id,
            updates=[Update(invoice, state=state.value), *updates],
            line_updates=line_updates,
            posting=ready_journal(actor, header, journal, day, recorded_at, CANCEL),
            audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before={"state": header.state}, after=after)],
        )
        return DocumentRef(invoice, header.number, state.value)


def _refuse_credited(company_id: int, header: Header) -> None:
    notes = [
        one.number
        for one in chain(company_id, header.id)
        if one.kind == SELLING.credit_note and one.distance == 1 and one.state != State.CANCELLED
    ]
    if notes:
        raise Refusal(
            "invoice.credited",
            f"Something of {header.number} was credited.",
            f"Cancel the credit note {' and '.join(notes)} first, or credit the rest.",
        )


def _shipments(read: Read, wanted: ToBill, day: dt.date) -> list[Header]:
    if wanted.order is not None and wanted.charges:
        order = read.headers[wanted.order]
        next_state(DocumentKind.SALES_ORDER, order.state, Verb.INVOICE, order.number)
        return []
    if not wanted.shipments:
        if wanted.order is not None:
            raise _nothing_left()
        raise Refusal("document.no_lines", "Nothing is billed.", "Name at least one shipment.")
    headers = [read.one(shipment, DocumentKind.SHIPMENT)[0] for shipment in dict.fromkeys(wanted.shipments)]
    for header in headers:
        next_state(DocumentKind.SHIPMENT, header.state, Verb.INVOICE, header.number)
        if day < header.day:
            raise Refusal(
                "invoice.too_early",
                f"{header.number} left on {header.day}, and would be billed on {day}.",
                "Bill it on that day or later: revenue and cost belong together; what is paid before is a prepayment.",
            )
        if (header.partner, header.currency) != (headers[0].partner, headers[0].currency):
            raise Refusal(
                "invoice.other_customer",
                f"{header.number} is of another customer, or in another currency, than {headers[0].number}.",
                "Bill them one by one.",
            )
    return headers


def _nothing_left() -> Refusal:
    return Refusal(
        "invoice.nothing_left",
        "Everything that was shipped is billed already, or waits for the rest of its kit.",
        "Look at the invoices of its orders, or ship what is missing in their kits.",
    )


# ---------------------------------------------------------------------------------------------------------------------
# The lines


def billed_lines(read: Read, shipments: Sequence[Header], wanted: ToBill) -> list[Billed]:
    """Return the lines of the invoice (the first id of ``read``), numbered from 1: goods by shipment, then the charges of their orders.

    Kits are among the charges, their components among the goods: of these, no more than is in kits that are billed.
    """
    ordered = {line.id: line for lines in read.lines.values() for line in lines}
    goods = [
        (line, ordered[line.source], open_)
        for shipment in shipments
        for line in read.lines[shipment.id]
        if (open_ := line.base_quantity - line.returned - line.invoiced) > 0 and line.source is not None
    ]
    if wanted.order is not None:
        goods = [one for one in goods if one[1].document == wanted.order]
    kits = billed_kits(read, goods)
    so_far: Counter[int] = Counter()
    found: list[Billed] = []
    for shipped, of, open_ in kits.goods:
        found.append(Billed(_part(read, of, so_far, open_, len(found) + 1, shipped.id), of, shipped))
    billing = [one.ordered.document for one in found] + [ordered[kit].document for kit in kits.quantities]
    orders = [wanted.order] if wanted.charges else billing
    for order in dict.fromkeys(one for one in orders if one is not None):
        for charge in read.lines[order]:
            open_ = kits.quantities.get(charge.id, 0) if is_kit(charge) else _billable(charge)
            if open_ <= 0:
                continue
            line = _part(read, charge, so_far, open_, len(found) + 1, charge.id)
            if is_kit(charge):
                billed = [(one.line, one.ordered) for one in found]
                line = line._replace(details=kit_shares(charge, read.lines[order], charge.invoiced, open_, billed))
            found.append(Billed(line, charge, None))
    if not found:
        raise _nothing_left()
    return found


def _billable(line: Line) -> int:
    """What of a line of an order is billed by itself: of charges what is left; goods are by their shipments."""
    return line.base_quantity - line.invoiced if line.item is None else 0


def _made_from(billed: Iterable[Billed]) -> list[int]:
    """The documents whose lines are billed: shipments, or orders of charges alone."""
    shipments = dict.fromkeys(one.shipped.document for one in billed if one.shipped is not None)
    return sorted(shipments or dict.fromkeys(one.ordered.document for one in billed))


def _part(read: Read, of: Line, so_far: Counter[int], quantity: int, number: int, source: int) -> Line:
    """Bill ``quantity`` (base units) of an order's line: what all of it so far comes to, less what was billed before."""
    kit = part_of(of)
    if of.unit_price is None and kit is None:
        raise Refusal(
            "invoice.no_price",
            f"Line {of.line} of {read.headers[of.document].number} has no price.",
            "Change the order first.",
        )
    before = of.invoiced + so_far[of.id]
    so_far[of.id] += quantity
    net, tax = (
        share(amount, before + quantity, of.base_quantity) - share(amount, before, of.base_quantity)
        for amount in (of.net, of.tax)
    )
    return Line(
        *(read.ids[0], number, quantity, quantity),
        item=of.item,
        description=of.description,
        unit_price=of.unit_price if of.numerator == of.denominator else None,
        discount=of.discount,
        net=net,
        tax_code=of.tax_code,
        tax=tax,
        source=source,
        account=of.account,
        details=None if kit is None else {PART_OF: kit},
    )


def _series(orders: Iterable[Header]) -> Details:
    """In which series the invoice is numbered: that of the orders' channel, if they are all of one."""
    found = {(order.details or {}).get(SERIES) for order in orders}
    return {SERIES: found.pop()} if len(found) == 1 and None not in found else {}


def _orders(read: Read, billed: Iterable[Billed]) -> list[Header]:
    return [read.headers[order] for order in dict.fromkeys(one.ordered.document for one in billed)]


# ---------------------------------------------------------------------------------------------------------------------
# What is booked and what it changes


def _progress(read: Read, billed: Sequence[Billed]) -> tuple[list[Update], list[LineUpdate]]:
    """What is billed counts on the lines of shipments and of orders."""
    counted: Counter[int] = Counter()
    for one in billed:
        counted[one.ordered.id] += one.line.base_quantity
        if one.shipped is not None:
            counted[one.shipped.id] += one.line.base_quantity
    return _counted(read, counted)


def _counted(read: Read, counted: Mapping[int, int]) -> tuple[list[Update], list[LineUpdate]]:
    """What changes on the documents whose lines (ids) are billed by so much more."""
    updates = []
    for document, header in read.headers.items():
        kind = DocumentKind(header.kind)
        lines = [line._replace(invoiced=line.invoiced + counted.get(line.id, 0)) for line in read.lines[document]]
        if kind is DocumentKind.SALES_ORDER:
            state = progressed(kind, header.state, order_progress(lines))
        elif kind is not DocumentKind.SHIPMENT:
            continue
        else:
            state = progressed(kind, header.state, reached(lines))
        if state != header.state:
            updates.append(Update(document, state=state.value))
    return updates, [LineUpdate(line, invoiced=quantity) for line, quantity in sorted(counted.items()) if quantity]


def reached(lines: Sequence[Line]) -> Progress:
    """Return how far the lines of a shipment are billed; what came back before it was is not."""
    if all(line.invoiced >= line.base_quantity - line.returned for line in lines):
        return Progress.ALL
    return Progress.PART if any(line.invoiced for line in lines) else Progress.NOTHING
