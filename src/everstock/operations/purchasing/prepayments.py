"""Prepayments: paid to a supplier before its invoice, and applied to invoices when they come.

A prepayment is a payment that settles nothing yet: it stands on the account of advances to suppliers, at the rate of its day. Applied, it
pays invoices as a payment does, in a document of its own; ``paid`` of the prepayment is what of it was applied. Tax is not booked: it is
deducted by the invoice.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, round_half_up
from everstock.operations.documents.records import DocumentRef, Header, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.payments import (
    KIND,
    PREPAID,
    PREPAYMENT,
    PaymentLine,
    book_difference,
    compose,
    paid_updates,
    payment_header,
)
from everstock.operations.purchasing.settlement import Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import Facts, lock, money


@answers_repeats
def prepay(
    actor: Actor,
    *,
    supplier: int,
    amount: int,
    day: dt.date,
    recorded_at: int,
    currency: str | None = None,
    rate: int | None = None,
    bank_amount: int | None = None,
    account: int | None = None,
    reference: str | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``supplier`` was paid ``amount`` (minor units of ``currency``) on ``day`` for what it will bill.

    Otherwise as ``payments.register_payment``. Refused: ``permission.missing``, ``supplier.unknown``, ``supplier.not_one``,
    ``currency.unknown``, ``rate.…``, ``account.unknown``, ``account.missing``, ``payment.amount``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint("prepayment", supplier, amount, day, currency, rate, bank_amount, account, reference)
    with atomic_verb():
        accounts = [] if account is None else [account]
        facts = lock(actor.company_id, day, supplier=supplier, currency=currency, accounts=accounts, key=key)
        answered(facts.read.request, key, asked)
        header = payment_header(actor, facts, supplier, rate, reference, day, recorded_at)
        if not 0 < amount < LIMIT or (bank_amount is not None and not 0 < bank_amount < LIMIT):
            raise Refusal(
                "payment.amount", "Nothing is paid, or too much for the books.", "Enter an amount above zero."
            )
        if account is not None and not facts.accounts.get(account, ("", False))[1]:
            raise Refusal("account.unknown", "The account paid from is unknown or inactive.", "Name another account.")
        header = header._replace(net=amount, gross=amount)
        own = facts.own(amount, header) if bank_amount is None else bank_amount
        advances = facts.account(Role.PREPAYMENT)
        line = Line(
            *(header.id, 1, 0, 0), description="Prepayment", net=amount, account=advances, details={PREPAID: own}
        )
        settlement = Settlement(actor, facts, header, day)
        settlement.journal[advances, facts.account(Role.BANK) if account is None else account] += own
        return write_posted(settlement, [line], recorded_at, None if key is None else Request(key, asked, header.id))


@answers_repeats
def apply_prepayment(
    actor: Actor,
    *,
    prepayment: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> DocumentRef:
    """Pay invoices by a prepayment (its id), which has to be large enough; return the payment, which ``cancel_payment`` takes back.

    Refused: ``prepayment.not_one`` (no prepayment, or cancelled), ``prepayment.exceeds``, and as ``payments.register_payment``.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint("prepayment_application", prepayment, tuple(lines), day)
    with atomic_verb():
        facts = lock(actor.company_id, day, documents=[prepayment, *(line.document for line in lines)], key=key)
        answered(facts.read.request, key, asked)
        advance, paid = _advance(facts, prepayment)
        header = Header(
            *(facts.read.ids[0], KIND.value, State.POSTED.value, day, advance.currency, recorded_at),
            partner=advance.partner,
            rate=advance.rate,
            created_by=actor.user_id,
            details={PREPAYMENT: prepayment},
        )
        composed = compose(actor, lines, facts, header)
        total = sum(line.net for line in composed)
        _check_enough(advance, total)
        payable = facts.account(Role.PAYABLE)
        assert paid.account is not None
        taken = _worth_left(advance, paid, 0) - _worth_left(advance, paid, total)
        journal: Counter[tuple[int, int]] = Counter({(payable, paid.account): taken})
        book_difference(facts, composed, journal, payable, taken)
        settlement = Settlement(actor, facts, header._replace(net=total, gross=total), day)
        settlement.journal = journal
        return write_posted(
            *(settlement, composed, recorded_at),
            None if key is None else Request(key, asked, header.id),
            updates=[Update(prepayment, paid=total), *paid_updates(facts, composed)],
            links=[(line.document, header.id) for line in lines] + [(prepayment, header.id)],
        )


def _advance(facts: Facts, prepayment: int) -> tuple[Header, Line]:
    header, lines = facts.read.one(prepayment, KIND)
    if PREPAID not in (lines[0].details or {}) or header.state == State.CANCELLED:
        raise Refusal(
            "prepayment.not_one",
            f"{header.number} is no prepayment, or is cancelled.",
            "Name a prepayment that stands.",
        )
    return header, lines[0]


def _check_enough(advance: Header, total: int) -> None:
    left = advance.net - advance.paid
    if not 0 < total <= left:
        raise Refusal(
            "prepayment.exceeds",
            f"{money(left, advance.currency)} of {advance.number} are left, and {money(total, advance.currency)} would be paid.",
            "Apply less of it, and pay the rest.",
        )


def _worth_left(advance: Header, paid: Line, more: int) -> int:
    """What the advance stands at when ``more`` of it is applied: what is left is rounded, so that the last invoice clears it to the cent."""
    return round_half_up((paid.details or {})[PREPAID] * (advance.net - advance.paid - more), advance.net)
