"""Supplier invoices: entered, matched with order and receipt, held or posted, approved, cancelled."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import transaction

from everstock.core.problems import Refusal
from everstock.ledger.database import lock_items
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.audit import audited
from everstock.operations.documents.cash_discounts import promised
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.payment_facts import money
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, LineUpdate, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require, require_limit
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.ahead import lock_waiting, match_lines
from everstock.operations.purchasing.cancellations import cancel
from everstock.operations.purchasing.invoice_lines import InvoiceLine, all_lines, bill, compose
from everstock.operations.purchasing.matching import Mismatch
from everstock.operations.purchasing.settlement import Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import (
    Facts,
    lock,
    lock_document,
    required_rate,
    required_supplier,
)

KIND = DocumentKind.SUPPLIER_INVOICE


@answers_repeats
def post_invoice(
    actor: Actor,
    *,
    supplier: int,
    reference: str,
    day: dt.date,
    recorded_at: int,
    lines: Sequence[InvoiceLine] = (),
    receipts: Sequence[int] = (),
    currency: str | None = None,
    rate: int | None = None,
    due_on: dt.date | None = None,
    total: int | None = None,
    approve: bool = False,
    key: str | None = None,
) -> DocumentRef:
    """Enter the invoice ``reference`` of ``supplier`` (a partner's id) of ``day``, and post it if it matches; else it is held.

    ``receipts``: documents of which all that is not invoiced is billed at the prices ordered; ``lines``: what else is billed, or all of it, as it
    stands on the paper. ``currency``: ``None`` for the one in which we trade with the supplier; ``rate`` (10^-9): ``None`` for that of the day.
    ``due_on``: ``None`` by the terms of payment. ``total``: the gross amount on the paper, in minor units, to be compared. ``approve``:
    whether the actor approves at once what does not match.

    Billed goods are taken from what is received and not invoiced. Where they are billed at another value than the receipt stands at, its
    cost changes, for what is left and for what went (``differences.differences`` tells). Goods billed by their order's line are matched with
    what has come of it at once, in the same transaction, by a document of its own (see ``ahead``); what has not come waits for its receipt.

    Refused: ``permission.missing``, ``approval.over_limit``, ``document.no_lines``, ``supplier.unknown``, ``supplier.not_one``,
    ``invoice.reference_missing``, ``document.reference_taken``, ``currency.unknown``, ``rate.missing``, ``rate.invalid``, what ``compose`` refuses,
    ``document.wrong_state``, ``invoice.total``, ``invoice.due_too_early``, ``request.other_content``, what the ledger refuses.
    """
    asked = _Bill(
        *(supplier, reference, day, tuple(lines), tuple(receipts), currency, rate, due_on, total, approve),
    )
    require(actor, Permission.SUPPLIER_INVOICE_POST)
    try:
        return _post(actor, asked, recorded_at, key)
    except _GoodsHaveCome as come:
        return _post(actor, asked, recorded_at, key, orders=come.orders)


class _Bill(NamedTuple):
    """What an invoice is asked to be."""

    supplier: int
    reference: str
    day: dt.date
    lines: tuple[InvoiceLine, ...]
    receipts: tuple[int, ...]
    currency: str | None
    rate: int | None
    due_on: dt.date | None
    total: int | None
    approve: bool


class _GoodsHaveCome(Exception):
    """Goods of ``orders`` (ids) that the invoice bills by their orders' lines have come: begin again, with all locks that matching takes."""

    def __init__(self, orders: Collection[int]) -> None:
        super().__init__(*orders)
        self.orders = orders


def _post(
    actor: Actor, asked: _Bill, recorded_at: int, key: str | None, *, orders: Collection[int] = ()
) -> DocumentRef:
    """Post or hold an invoice. ``orders``: goods of them have come and are matched with it."""
    content = fingerprint(KIND.value, *asked)
    with _transaction(actor, asked.day, orders):
        facts = lock(
            *(actor.company_id, asked.day),
            lines=[line.source for line in asked.lines if line.source is not None],
            documents=asked.receipts,
            supplier=asked.supplier,
            currency=asked.currency,
            tax_codes=[line.tax_code for line in asked.lines if line.tax_code is not None],
            accounts=[line.account for line in asked.lines if line.account is not None],
            key=key,
        )
        answered(facts.read.request, key, content)
        header = new_header(actor, KIND, facts, asked.supplier, asked.reference, asked.day, asked.rate, recorded_at)
        composed = compose([*all_lines(facts, asked.receipts), *asked.lines], facts, header)
        header = _complete(header, composed, facts, asked.due_on, asked.total)
        settlement = Settlement(actor, facts, header, asked.day)
        billed, mismatches = bill(settlement, composed)
        request = None if key is None else Request(key, content, header.id)
        if mismatches and not asked.approve:
            return _hold(settlement, composed, mismatches, request)
        if mismatches:
            _require_approval(actor, mismatches)
            header = settlement.header = header._replace(details=_said(header.details, mismatches, actor))
        come = _goods_that_came(actor, facts, composed, orders)
        done = write_posted(settlement, billed, recorded_at, request)
        _match(actor, come, asked.day, recorded_at)
        return done


@contextmanager
def _transaction(actor: Actor, day: dt.date, orders: Collection[int]) -> Iterator[None]:
    """A verb's transaction; with ``orders``, whose goods are matched after its write, they are locked with all that was made from them."""
    if not orders:
        with atomic_verb():
            yield
        return
    with transaction.atomic():
        lock_waiting(actor.company_id, orders, day)
        yield


def _goods_that_came(actor: Actor, facts: Facts, lines: Sequence[Line], orders: Collection[int]) -> dict[int, set[int]]:
    """The lines (ids) of orders that are billed and of which goods are here, by order, with the items locked.

    Raises ``_GoodsHaveCome`` if they cannot be matched, because ``orders`` are not locked with all that was made from them.
    """
    come: dict[int, set[int]] = {}
    for line in lines:
        source = facts.source(line)
        if source is None or facts.header(source).kind != DocumentKind.PURCHASE_ORDER:
            continue
        if source.item is not None and source.received:
            come.setdefault(source.document, set()).add(source.id)
    if not come.keys() <= set(orders):
        raise _GoodsHaveCome(come.keys() | set(orders))
    if come:
        # before the invoice is written: who holds an item may wait for the row that the write locks
        lock_items(actor.company_id, [line.item for line in lines if line.item is not None])
    return dict(sorted(come.items()))


def _match(actor: Actor, come: Mapping[int, Collection[int]], day: dt.date, recorded_at: int) -> None:
    for order, order_lines in come.items():
        match_lines(actor, order=order, order_lines=order_lines, day=day, recorded_at=recorded_at)


def new_header(
    actor: Actor,
    kind: DocumentKind,
    facts: Facts,
    supplier: int,
    reference: str,
    day: dt.date,
    rate: int | None,
    recorded_at: int,
) -> Header:
    """Return the header of a new document of ``supplier``, without its sums."""
    required_supplier(facts)
    if not reference.strip():
        raise Refusal(
            "invoice.reference_missing",
            f"The {kind.words} has no number of the supplier.",
            "Enter the number that stands on it, so that it is not entered twice.",
        )
    return Header(
        *(facts.read.ids[0], kind.value, State.POSTED.value, day, facts.currency, recorded_at),
        partner=supplier,
        rate=required_rate(facts, rate, day),
        reference=check_text(reference.strip(), "reference", 200),
        created_by=actor.user_id,
    )


def _complete(header: Header, lines: Sequence[Line], facts: Facts, due_on: dt.date | None, total: int | None) -> Header:
    sums = totals(lines)
    if total is not None and total != sums.gross:
        raise Refusal(
            "invoice.total",
            f"The lines add up to {money(sums.gross, header.currency)}, and the invoice to {money(total, header.currency)}.",
            "Correct quantities, prices or taxes, or add what is missing as a line.",
        )
    agreed = _agreed(lines, facts)
    if due_on is None:
        due_on = header.day + dt.timedelta(days=agreed["payment_days"])
    elif due_on < header.day:
        raise Refusal("invoice.due_too_early", "The invoice is due before its day.", "Enter that day or a later one.")
    return header._replace(
        net=sums.net, tax=sums.tax, gross=sums.gross, due_on=due_on, details=promised(agreed) or None
    )


def _agreed(lines: Sequence[Line], facts: Facts) -> Mapping[str, Any]:
    """The terms of payment: those agreed with the first order, else the supplier's."""
    for line in lines:
        found = facts.source(line)
        while found is not None:
            details = facts.header(found).details or {}
            if "payment_days" in details:
                return details
            found = facts.source(found)
    return required_supplier(facts)._asdict()


def _said(details: Details | None, mismatches: Sequence[Mismatch], actor: Actor | None) -> Details:
    found: Details = {**(details or {}), "mismatches": [list(one) for one in mismatches]}
    return found if actor is None else {**found, "approved_by": actor.name}


def _require_approval(actor: Actor, mismatches: Sequence[Mismatch]) -> None:
    require_limit(actor, Permission.SUPPLIER_INVOICE_APPROVE_MISMATCH, sum(mismatch.amount for mismatch in mismatches))


def _hold(
    settlement: Settlement, lines: Sequence[Line], mismatches: Sequence[Mismatch], request: Request | None
) -> DocumentRef:
    """Write the invoice and nothing else: it is posted when somebody approves it."""
    header = settlement.header
    header = header._replace(state=State.ON_HOLD.value, details=_said(header.details, mismatches, None))
    after = {"state": header.state, "gross": header.gross, "mismatches": len(mismatches)}
    numbers = write(
        settlement.actor.company_id,
        documents=[header],
        lines=lines,
        links=[(settlement.facts.lines[line.source].document, header.id) for line in lines if line.source is not None],
        audit=[audited(settlement.actor, header, "create", header.created_at, after=after)],
        request=request,
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


# ---------------------------------------------------------------------------------------------------------------------
# Verbs on one invoice


def approve_invoice(actor: Actor, *, invoice: int, recorded_at: int) -> DocumentRef:
    """Approve an invoice that is held, and post it. What it differs by is found again, as order and receipt are now.

    Refused: ``permission.missing``, ``approval.over_limit``, ``document.unknown``, ``document.wrong_state``, what the ledger refuses.
    """
    require(actor, Permission.SUPPLIER_INVOICE_APPROVE_MISMATCH)
    try:
        return _approve(actor, invoice, recorded_at)
    except _GoodsHaveCome as come:
        return _approve(actor, invoice, recorded_at, orders=come.orders)


def _approve(actor: Actor, invoice: int, recorded_at: int, *, orders: Collection[int] = ()) -> DocumentRef:
    with _transaction(actor, dt.date.max, orders):
        facts, header, lines = lock_document(actor.company_id, KIND, invoice)
        state = next_state(KIND, header.state, Verb.APPROVE, header.number)
        settlement = Settlement(actor, facts, header, header.day)
        billed, mismatches = bill(settlement, lines)
        _require_approval(actor, mismatches)
        come = _goods_that_came(actor, facts, lines, orders)
        written, postings = settlement.post(billed, recorded_at)
        write(
            actor.company_id,
            updates=[
                Update(
                    invoice,
                    state=state.value,
                    posted_at=recorded_at,
                    details=_said(header.details, mismatches, actor),
                ),
                *settlement.updates(),
            ],
            line_updates=[
                *(LineUpdate(line.id, details=line.details) for line in written if line.details is not None),
                *settlement.line_updates(),
            ],
            posting=postings.ready,
            postings=postings.done,
            audit=[
                audited(
                    *(actor, header, Verb.APPROVE.value, recorded_at),
                    before={"state": header.state},
                    after={"state": state.value, "mismatches": [list(one) for one in mismatches]},
                )
            ],
        )
        _match(actor, come, header.day, recorded_at)
        return DocumentRef(invoice, header.number, state.value)


def cancel_invoice(actor: Actor, *, invoice: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel an invoice that is not paid: what it booked is booked back on ``day``, and its receipts can be invoiced again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``invoice.matched`` (goods billed ahead
    that have come since), ``invoice.credited`` (a credit note took more than would be left), what the ledger refuses.
    """
    require(actor, Permission.SUPPLIER_INVOICE_POST)
    return cancel(actor, KIND, invoice, day=day, reason=reason, recorded_at=recorded_at)


def mismatches_of(header: Header) -> list[Mismatch]:
    """Return in what an invoice differed when it was entered or approved."""
    details: Mapping[str, list[list[int]]] = header.details or {}
    return [Mismatch._make(one) for one in details.get("mismatches", ())]
