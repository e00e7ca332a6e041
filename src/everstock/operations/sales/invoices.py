"""Customer invoices: what was shipped, and the charges of its orders, billed and in the books.

The cost of what is billed was booked when it left. An invoice books receivable, revenue and tax; what is shipped and not billed is what its shipments'
lines still have open.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.costing.state import share
from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.books import Books, books_of
from everstock.ledger.lines import Document as Booked
from everstock.ledger.lines import JournalLine, epoch_day
from everstock.ledger.post import Ready, ready
from everstock.operations.documents.amounts import in_company_currency, totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.queries import reversed_journal
from everstock.operations.documents.read import Read, lock
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
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Progress, State, Verb, next_state, order_progress, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import billing_facts
from everstock.operations.sales.billing_facts import BillingFacts
from everstock.operations.sales.kits import PART_OF, is_kit, part_of

_KIND = DocumentKind.CUSTOMER_INVOICE


class _Billed(NamedTuple):
    """A line of the invoice, the line of the order whose price it has, and that of the shipment, if goods are billed."""

    line: Line
    ordered: Line
    shipped: Line | None


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

    A part of an order's line is billed so that all parts together come to the line's amount. ``due_on``: ``None`` by the terms of the first
    order. ``reference``: the customer's own number. ``key``: the same key with the same content returns the first invoice.

    Refused: ``permission.missing``, ``document.no_lines``, ``document.unknown``, ``document.wrong_state``, ``invoice.other_customer``,
    ``invoice.nothing_left``, ``invoice.no_price``, ``account.missing``, ``text.invalid``, ``request.other_content``.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    asked = fingerprint(_KIND.value, tuple(shipments), day, due_on, reference)
    with atomic_verb():
        facts = billing_facts.load(actor.company_id, sorted(set(shipments)), key=key)
        read = facts.read
        answered(read.request, key, asked)
        headers = _shipments(read, shipments)
        billed = _billed(read, headers)
        orders = _orders(read, billed)
        sums = totals(one.line for one in billed)
        days = (orders[0].details or {}).get("payment_days", 0)
        header = Header(
            *(read.ids[0], _KIND.value, State.POSTED.value, day, orders[0].currency, recorded_at),
            partner=orders[0].partner,
            due_on=due_on or day + dt.timedelta(days=days),
            rate=orders[0].rate,
            reference=None if reference is None else check_text(reference, "reference", 200),
            net=sums.net,
            tax=sums.tax,
            gross=sums.gross,
            posted_at=recorded_at,
            created_by=actor.user_id,
            details=_series(orders),
        )
        updates, line_updates = _progress(read, billed)
        after = {"state": header.state, "currency": header.currency, "gross": header.gross, "lines": len(billed)}
        numbers = write(
            actor.company_id,
            documents=[header],
            lines=[one.line for one in billed],
            updates=updates,
            line_updates=line_updates,
            links=[(shipment.id, header.id) for shipment in headers],
            posting=(header.id, _booked(actor, facts, header, billed)),
            audit=[audited(actor, header, "post", recorded_at, after=after)],
            request=None if key is None else Request(key, asked, header.id),
        )
        return DocumentRef(header.id, numbers[header.id], header.state)


def cancel_invoice(actor: Actor, *, invoice: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an invoice: what it booked is booked back on ``day``, and what it billed can be billed again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``; and what the ledger refuses.
    """
    require(actor, Permission.CUSTOMER_INVOICE_POST)
    check_reason(reason)
    with atomic_verb():
        billed = lock(actor.company_id, [invoice], predecessors=True)
        header, lines = billed.one(invoice, _KIND)
        state = next_state(_KIND, header.state, Verb.CANCEL, header.number)
        shipments = [key for key, one in billed.headers.items() if one.kind == DocumentKind.SHIPMENT]
        read = lock(actor.company_id, shipments, predecessors=True)
        counted = Counter({line.source or 0: -line.base_quantity for line in lines})
        for line in (line for some in read.lines.values() for line in some if line.source is not None):
            counted[line.source or 0] += counted[line.id]
        updates, line_updates = _counted(read, counted)
        entries = tuple(
            JournalLine(*accounts, amount, epoch_day(day))
            for accounts, amount in reversed_journal(actor.company_id, invoice).items()
        )
        back = Booked(recorded_at, (), f"{_KIND.value}.cancel", f"{PREFIX[_KIND]}/{invoice}", actor.name, entries)
        after = {"state": state.value, "reason": reason, "day": day.isoformat()}
        write(
            actor.company_id,
            updates=[Update(invoice, state=state.value), *updates],
            line_updates=line_updates,
            posting=(invoice, ready(actor.company_id, back)),
            audit=[audited(actor, header, Verb.CANCEL.value, recorded_at, before={"state": header.state}, after=after)],
        )
        return DocumentRef(invoice, header.number, state.value)


def _shipments(read: Read, shipments: Sequence[int]) -> list[Header]:
    if not shipments:
        raise Refusal("document.no_lines", "Nothing is billed.", "Name at least one shipment.")
    headers = [read.one(shipment, DocumentKind.SHIPMENT)[0] for shipment in dict.fromkeys(shipments)]
    for header in headers:
        next_state(DocumentKind.SHIPMENT, header.state, Verb.INVOICE, header.number)
        if (header.partner, header.currency, header.rate) != (headers[0].partner, headers[0].currency, headers[0].rate):
            raise Refusal(
                "invoice.other_customer",
                f"{header.number} is of another customer, or in another currency or at another rate, than {headers[0].number}.",
                "Bill them one by one.",
            )
    return headers


# ---------------------------------------------------------------------------------------------------------------------
# The lines


def _billed(read: Read, shipments: Iterable[Header]) -> list[_Billed]:
    """The lines of the invoice, numbered from 1: goods by shipment, then the charges of their orders."""
    ordered = {line.id: line for lines in read.lines.values() for line in lines}
    so_far: Counter[int] = Counter()
    found: list[_Billed] = []
    for shipment in shipments:
        for shipped in read.lines[shipment.id]:
            open_ = shipped.base_quantity - shipped.returned - shipped.invoiced
            if open_ > 0 and shipped.source is not None:
                of = ordered[shipped.source]
                found.append(_Billed(_part(read, of, so_far, open_, len(found) + 1, shipped.id), of, shipped))
    for order in dict.fromkeys(one.ordered.document for one in found):
        for charge in read.lines[order]:
            open_ = _billable(charge)
            if open_ > 0:
                found.append(_Billed(_part(read, charge, so_far, open_, len(found) + 1, charge.id), charge, None))
    if not found:
        raise Refusal(
            "invoice.nothing_left",
            "Everything that was shipped is billed already.",
            "Look at the invoices of its orders.",
        )
    return found


def _billable(line: Line) -> int:
    """What of a line of an order is billed by itself: of charges what is left, of kits what is shipped; goods are by their shipments."""
    if is_kit(line):
        return line.received - line.invoiced
    return line.base_quantity - line.invoiced if line.item is None else 0


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


def _series(orders: Iterable[Header]) -> Details | None:
    """In which series the invoice is numbered: that of the orders' channel, if they are all of one."""
    found = {(order.details or {}).get(SERIES) for order in orders}
    return {SERIES: found.pop()} if len(found) == 1 and None not in found else None


def _orders(read: Read, billed: Iterable[_Billed]) -> list[Header]:
    return [read.headers[order] for order in dict.fromkeys(one.ordered.document for one in billed)]


# ---------------------------------------------------------------------------------------------------------------------
# What is booked and what it changes


def _booked(actor: Actor, facts: BillingFacts, header: Header, billed: Sequence[_Billed]) -> Ready:
    """Receivable against revenue and tax, one entry for each account."""
    books = books_of(actor.company_id)
    while True:
        version = books.version
        posting = ready(actor.company_id, _journal(actor, books, facts, header, billed))
        # the accounts were found by rules that another process may have changed before ``ready`` looked
        if books.version == version:
            return posting


def _journal(actor: Actor, books: Books, facts: BillingFacts, header: Header, billed: Sequence[_Billed]) -> Booked:
    receivable = _for_company(books, Role.RECEIVABLE)
    sums: Counter[int] = Counter()
    for one in billed:
        sums[_revenue(books, one, facts.categories)] += one.line.net
        if one.line.tax:
            sums[_output_tax(facts.output_tax, one.line)] += one.line.tax
    entries = tuple(
        JournalLine(receivable, account, own, epoch_day(header.day))
        for account, own in _own(sums, header, facts.read.company_currency).items()
        if own
    )
    reference = f"{PREFIX[_KIND]}/{header.id}"
    return Booked(header.created_at, (), _KIND.value, reference, actor.name, entries)


def _own(sums: Mapping[int, int], header: Header, currency: str) -> dict[int, int]:
    """The amounts in the company's currency: the invoice's gross amount is rounded, and the largest takes the cent that is left over."""
    own = {
        account: in_company_currency(amount, header.currency, header.rate, currency) for account, amount in sums.items()
    }
    largest = max(sorted(own), key=lambda account: abs(own[account]))
    own[largest] += in_company_currency(header.gross, header.currency, header.rate, currency) - sum(own.values())
    return own


def _revenue(books: Books, one: _Billed, categories: Mapping[int, int | None]) -> int:
    if one.line.account is not None:
        return one.line.account
    item, place = one.line.item, None if one.shipped is None else one.shipped.location
    category = None if item is None else categories[item]
    found = books.rules.account(Role.REVENUE, books.categories.path(category), books.locations.path(place))
    return _for_company(books, Role.REVENUE) if found is None else found


def _for_company(books: Books, role: Role) -> int:
    found = books.rules.account(role)
    if found is None:
        raise Refusal("account.missing", f"No account is set for {role.value}.", "Add a posting rule for it.")
    return found


def _output_tax(taxed: Mapping[int, int | None], line: Line) -> int:
    account = taxed.get(line.tax_code or 0)
    if account is None:
        raise Refusal(
            "account.missing",
            f"The tax code of line {line.line} has no account for output tax.",
            "Name one on the tax code.",
        )
    return account


def _progress(read: Read, billed: Sequence[_Billed]) -> tuple[list[Update], list[LineUpdate]]:
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
        else:
            state = progressed(kind, header.state, _reached(lines))
        if state != header.state:
            updates.append(Update(document, state=state.value))
    return updates, [LineUpdate(line, invoiced=quantity) for line, quantity in sorted(counted.items()) if quantity]


def _reached(lines: Sequence[Line]) -> Progress:
    if all(line.invoiced >= line.base_quantity - line.returned for line in lines):
        return Progress.ALL
    return Progress.PART if any(line.invoiced for line in lines) else Progress.NOTHING
