"""Payments to suppliers: what they settle, and the exchange difference that is realised by them."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.operations.documents.checks import check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Progress, State, Verb, next_state, progressed
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.cancellations import check_reason
from everstock.operations.purchasing.invoices import write_posted
from everstock.operations.purchasing.matching import exchange_difference
from everstock.operations.purchasing.orders import audited
from everstock.operations.purchasing.payables import carried_amounts
from everstock.operations.purchasing.settlement import Settlement, reversed_journal
from everstock.operations.purchasing.settlement_facts import (
    Facts,
    lock,
    money,
    required_rate,
    required_supplier,
)

KIND = DocumentKind.SUPPLIER_PAYMENT
PAID = (DocumentKind.SUPPLIER_INVOICE, DocumentKind.SUPPLIER_CREDIT_NOTE)
INVOICE = "invoice"
"""Key in the details of a payment's line: the id of what it pays."""
CARRIED = "carried"
"""The same: what left the accounts payable by it, in minor units of the company's currency."""


class PaymentLine(NamedTuple):
    """What is paid of an invoice, or used of a credit note (``document``: its id), in minor units of its currency; ``None``: all that is open."""

    document: int
    amount: int | None = None


@answers_repeats
def register_payment(
    actor: Actor,
    *,
    supplier: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    currency: str | None = None,
    rate: int | None = None,
    bank_amount: int | None = None,
    account: int | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``supplier`` (a partner's id) was paid on ``day`` what ``lines`` say; credit notes are set off against invoices.

    ``currency``: that of the invoices, ``None`` for the one in which we trade with the supplier. ``bank_amount``: what left the bank, in minor
    units of the company's currency; ``None``: the sum at ``rate`` (10^-9), ``None`` for that of the day. Where invoices are carried at another
    rate, the difference is an exchange gain or loss. ``account``: it was paid from, ``None`` for the bank's.

    Refused: ``permission.missing``, ``document.no_lines``, ``supplier.unknown``, ``supplier.not_one``, ``currency.unknown``, ``rate.…``, ``account.unknown``,
    ``document.unknown``, ``document.wrong_state``, ``payment.other_supplier``, ``payment.other_currency``, ``payment.twice``, ``payment.amount`` (not
    above zero), ``payment.exceeds`` (more than is open), ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint(
        *("supplier_payment", supplier, tuple(lines), day, currency, rate, bank_amount, account, reference)
    )
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            documents=[line.document for line in lines],
            supplier=supplier,
            currency=currency,
            accounts=[] if account is None else [account],
            key=key,
        )
        answered(facts.read.request, key, asked)
        required_supplier(facts)
        header = Header(
            *(facts.read.ids[0], KIND.value, State.POSTED.value, day, facts.currency, recorded_at),
            partner=supplier,
            rate=required_rate(facts, rate, day),
            reference=None if reference is None else check_text(reference, "reference", 200),
            created_by=actor.user_id,
        )
        composed = _compose(actor, lines, facts, header)
        total = sum(line.net for line in composed)
        header = header._replace(net=total, gross=total)
        settlement = Settlement(actor, facts, header, day)
        settlement.journal = _journal(facts, header, composed, bank_amount, account)
        return write_posted(
            *(settlement, composed, recorded_at),
            None if key is None else Request(key, asked, header.id),
            updates=_paid(facts, composed),
            links=[(line.document, header.id) for line in lines],
        )


def cancel_payment(actor: Actor, *, payment: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a payment: what it booked is booked back on ``day``, and what it paid is open again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    check_reason(reason)
    with atomic_verb():
        _, lines = read(actor.company_id, [payment]).one(payment, KIND)
        facts = lock(actor.company_id, day, documents=[payment, *(_of(line) for line in lines)], new_ids=0)
        header, lines = facts.read.one(payment, KIND)
        state = next_state(KIND, header.state, Verb.CANCEL, header.number)
        settlement = Settlement(actor, facts, header, day)
        settlement.journal = reversed_journal(actor.company_id, payment)
        posting = settlement.cancel(recorded_at)
        write(
            actor.company_id,
            updates=[
                Update(payment, state=state.value),
                *_paid(facts, [line._replace(net=-line.net) for line in lines]),
            ],
            posting=posting,
            audit=[
                audited(
                    *(actor, header, Verb.CANCEL.value, recorded_at),
                    before={"state": header.state},
                    after={"state": state.value, "reason": reason, "day": day.isoformat()},
                )
            ],
        )
        return DocumentRef(payment, header.number, state.value)


def _of(line: Line) -> int:
    """The id of what a payment's line pays."""
    return int((line.details or {})[INVOICE])


def _compose(actor: Actor, wanted: Sequence[PaymentLine], facts: Facts, header: Header) -> list[Line]:
    if not wanted:
        raise Refusal("document.no_lines", "The payment pays nothing.", "Name at least one invoice.")
    if len({one.document for one in wanted}) < len(wanted):
        raise Refusal("payment.twice", "An invoice is named twice.", "Name every invoice once.")
    carried = carried_amounts(actor.company_id, facts.account(Role.PAYABLE), [one.document for one in wanted])
    return [_line(one, facts, header, number, carried.get(one.document, 0)) for number, one in enumerate(wanted, 1)]


def _line(one: PaymentLine, facts: Facts, header: Header, number: int, carried: int) -> Line:
    of, _ = facts.read.one(one.document, *PAID)
    if of.partner != header.partner:
        raise Refusal(
            "payment.other_supplier",
            f"{of.number} is of another supplier.",
            "Register a payment for each supplier.",
        )
    next_state(DocumentKind(of.kind), of.state, Verb.PAY, of.number)
    if of.currency != header.currency:
        raise Refusal(
            "payment.other_currency",
            f"{of.number} is in {of.currency}, and the payment in {header.currency}.",
            "Register a payment for each currency of invoices.",
        )
    left = of.gross - of.paid
    amount = left if one.amount is None else one.amount
    if amount <= 0:
        raise Refusal(
            "payment.amount", f"Nothing is paid of {of.number}.", "Enter an amount above zero, or leave it out."
        )
    if amount > left:
        raise Refusal(
            "payment.exceeds",
            f"{money(left, of.currency)} of {of.number} are open, and {money(amount, of.currency)} would be paid.",
            "Pay what is open; enter what was paid beyond it when its invoice is there.",
        )
    leaves, _ = exchange_difference(carried, left, amount, 0)
    sign = -1 if of.kind == DocumentKind.SUPPLIER_CREDIT_NOTE else 1
    return Line(
        *(header.id, number, 0, 0),
        description=of.number,
        net=sign * amount,
        details={INVOICE: of.id, CARRIED: leaves},
    )


def _journal(
    facts: Facts, header: Header, lines: Sequence[Line], bank_amount: int | None, account: int | None
) -> Counter[tuple[int, int]]:
    """What leaves the accounts payable, what left the bank, and between them the exchange difference."""
    if account is not None and not facts.accounts.get(account, ("", False))[1]:
        raise Refusal("account.unknown", "The account paid from is unknown or inactive.", "Name another account.")
    if bank_amount is not None and abs(bank_amount) >= LIMIT:
        raise Refusal("payment.amount", "The amount that left the bank is too large.", "Check the number.")
    payable = facts.account(Role.PAYABLE)
    bank = facts.account(Role.BANK) if account is None else account
    paid = facts.own(header.net, header) if bank_amount is None else bank_amount
    loss = paid - sum((line.details or {})[CARRIED] for line in lines)
    journal: Counter[tuple[int, int]] = Counter({(payable, bank): paid})
    if loss > 0:
        journal[facts.account(Role.EXCHANGE_LOSS), payable] += loss
    elif loss < 0:
        journal[payable, facts.account(Role.EXCHANGE_GAIN)] -= loss
    return journal


def _paid(facts: Facts, lines: Sequence[Line]) -> list[Update]:
    """What changes on the documents that ``lines`` pay."""
    updates = []
    for line in lines:
        header = facts.read.headers[_of(line)]
        kind = DocumentKind(header.kind)
        more = -line.net if kind is DocumentKind.SUPPLIER_CREDIT_NOTE else line.net
        progress = Progress.ALL if header.paid + more >= header.gross else Progress.PART
        if header.paid + more == 0:
            progress = Progress.NOTHING
        updates.append(Update(header.id, state=progressed(kind, header.state, progress).value, paid=more))
    return updates
