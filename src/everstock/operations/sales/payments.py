"""Payments of customers: of invoices and credit notes, in advance, and what is written off; see ``documents.payments``."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.operations.documents import payments, prepayments
from everstock.operations.documents.checks import check_reason
from everstock.operations.documents.payment_facts import lock
from everstock.operations.documents.payments import (
    CARRIED,
    ORDER,
    Given,
    PaymentLine,
    compose,
    paid_updates,
    tax_in,
    write_payment,
)
from everstock.operations.documents.prepayments import advance_in, left_of
from everstock.operations.documents.read import raw_cursor, read, reference_of
from everstock.operations.documents.records import DocumentRef, Header, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import State, Verb
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require, require_limit
from everstock.operations.identity.permissions import Permission

WRITTEN_OFF = "written_off"
"""Key in the details of a payment by which nobody paid: why what it settles was written off."""


def register_payment(
    actor: Actor,
    *,
    customer: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    given: Given = payments.USUAL,
    take_discount: bool = False,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``customer`` (a partner's id) paid on ``day`` what ``lines`` say; credit notes are set off against invoices, or paid out.

    ``given``: currency, rate, amounts and account, as there. Where invoices are carried at another rate, the difference is an exchange gain
    or loss. ``take_discount``: the customer kept the cash discount back that its invoices promised, of all that were paid in time for it.

    Refused: as ``documents.payments.register``.
    """
    return payments.register(
        *(actor, SELLING),
        partner=customer,
        lines=lines,
        day=day,
        recorded_at=recorded_at,
        given=given,
        take_discount=take_discount,
        key=key,
    )


def cancel_payment(actor: Actor, *, payment: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a payment, or what was written off: it is booked back on ``day``, and open again. Refused: as ``documents.payments.cancel``."""
    return payments.cancel(actor, SELLING, payment=payment, day=day, reason=reason, recorded_at=recorded_at)


def prepay(
    actor: Actor,
    *,
    customer: int,
    amount: int,
    day: dt.date,
    recorded_at: int,
    given: Given = payments.USUAL,
    order: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``customer`` paid ``amount`` (minor units of the payment's currency) on ``day`` for what will be billed.

    ``order``: the order that was paid; its invoices are paid by it when they are posted. Refused: as ``documents.prepayments.prepay``.
    """
    return prepayments.prepay(
        *(actor, SELLING),
        partner=customer,
        amount=amount,
        day=day,
        recorded_at=recorded_at,
        given=given,
        order=order,
        key=key,
    )


def apply_prepayment(
    actor: Actor,
    *,
    prepayment: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> DocumentRef:
    """Pay invoices by what a customer paid in advance, or above its invoices. Refused: as ``documents.prepayments.apply_prepayment``."""
    return prepayments.apply_prepayment(
        actor, SELLING, prepayment=prepayment, lines=lines, day=day, recorded_at=recorded_at, key=key
    )


def apply_prepayments_of(
    actor: Actor, *, invoice: int, orders: Iterable[int], day: dt.date, recorded_at: int
) -> DocumentRef:
    """Pay ``invoice`` (an id) by what was paid in advance for ``orders`` (ids), the first paid first; return the invoice as it is then.

    Nothing happens where ``actor`` may not register payments: whoever may applies them. There must be a transaction.
    """
    open_ = _open(actor, invoice)
    for prepayment, left, paid_on in (
        prepaid_for(actor.company_id, orders) if Permission.PAYMENT_REGISTER in actor.permissions else ()
    ):
        amount = min(open_, left)
        if amount > 0:
            wanted = [PaymentLine(invoice, amount)]
            # an invoice of an earlier day is open until the money is there
            apply_prepayment(actor, prepayment=prepayment, lines=wanted, day=max(day, paid_on), recorded_at=recorded_at)
            open_ -= amount
    return reference_of(read(actor.company_id, [invoice]).headers[invoice])


def _open(actor: Actor, invoice: int) -> int:
    header = read(actor.company_id, [invoice]).headers[invoice]
    return header.gross - header.paid


def prepaid_for(company_id: int, orders: Iterable[int]) -> list[tuple[int, int, dt.date]]:
    """Return payments in advance (ids) for orders (ids), what is left of each in minor units of its currency, and when it was paid."""
    with raw_cursor() as run:
        run.execute(
            "SELECT DISTINCT successor_id FROM document_link WHERE predecessor_id = ANY ($1::bigint[])",
            (integers(sorted(set(orders))),),
        )
        found = read(company_id, [one for (one,) in run.fetchall()])
    left = []
    for key, header in sorted(found.headers.items()):
        paid = advance_in(found.lines[key]) if ORDER in (header.details or {}) else None
        if paid is not None and header.kind == SELLING.payment and header.state != State.CANCELLED:
            left.append((key, left_of(header, paid), header.day))
    return left


@answers_repeats
def write_off(
    actor: Actor,
    *,
    invoice: int,
    reason: str,
    day: dt.date,
    recorded_at: int,
    amount: int | None = None,
    tax: bool = False,
    key: str | None = None,
) -> DocumentRef:
    """Write off what of an invoice (its id) nobody will pay, as a bad debt; return the document that settles it, which ``cancel_payment`` takes back.

    ``amount``: in minor units of its currency, ``None``: all that is open. It is booked at what the books carry it at.
    What was written off of the invoice before counts towards the limit. ``tax``: the tax in it is owed no more, as the law grants for bad debts under its conditions, and is taken off the accounts of output tax;
    else it is part of the bad debt.

    Refused: ``permission.missing``, ``approval.over_limit``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``,
    ``payment.amount``, ``payment.exceeds``, ``payment.no_tax``, ``account.missing``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.RECEIVABLE_WRITE_OFF)
    check_reason(reason)
    asked = fingerprint("write_off", invoice, reason, day, amount, tax)
    with atomic_verb():
        facts = lock(actor.company_id, day, documents=[invoice], key=key)
        answered(facts.read.request, key, asked)
        of, _ = facts.read.one(invoice, SELLING.invoice)
        header = Header(
            *(facts.read.ids[0], SELLING.payment.value, State.POSTED.value, day, of.currency, recorded_at),
            partner=of.partner,
            rate=of.rate,
            created_by=actor.user_id,
            details={WRITTEN_OFF: reason},
        )
        composed = compose(actor, SELLING, [PaymentLine(invoice, amount)], facts, header, Verb.WRITE_OFF)
        total = sum(line.net for line in composed)
        carried = sum((line.details or {})[CARRIED] for line in composed)
        require_limit(actor, Permission.RECEIVABLE_WRITE_OFF, carried + _written_off(invoice))
        relief = tax_in(SELLING, facts, composed[0]) if tax else Counter[int]()
        if tax and not relief.total():
            raise Refusal(
                "payment.no_tax",
                f"There is no output tax in what would be written off of {of.number}.",
                "Write it off without its tax.",
            )
        ours, lost = facts.account(SELLING.account), facts.account(Role.BAD_DEBT)
        journal = {SELLING.pair(ours, account): part for account, part in relief.items()}
        journal[SELLING.pair(ours, lost)] = carried - relief.total()
        return write_payment(
            *(actor, header._replace(net=total, gross=total), composed, journal),
            request=None if key is None else Request(key, asked, header.id),
            updates=paid_updates(facts, composed),
            links=[(invoice, header.id)],
        )


_WRITTEN_OFF = f"""
    SELECT coalesce(sum((l.details ->> '{CARRIED}')::bigint), 0)::bigint
      FROM document d JOIN document_line l ON l.document_id = d.id
     WHERE d.id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = $1))
       AND d.details ? '{WRITTEN_OFF}' AND d.state <> 'cancelled'
"""


def _written_off(invoice: int) -> int:
    """What of an invoice was written off, in minor units of the company's currency."""
    with raw_cursor() as run:
        run.execute(_WRITTEN_OFF, (invoice,))
        [(amount,)] = run.fetchall()
    return int(amount)
