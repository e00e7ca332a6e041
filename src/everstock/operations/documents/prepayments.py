"""Prepayments of either side: paid before there is an invoice, and applied to invoices when they come.

A prepayment is a payment that settles nothing yet: it stands on the account of advances, at the rate of its day; so does what a payment was
above the invoices it paid. Applied, it pays invoices as a payment does, in a document of its own; what is not needed is paid back, in another
one, whose amounts are below zero. ``paid`` of the prepayment is what of it was applied or paid back. Tax is not booked: it comes with the invoice.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT
from everstock.operations.documents.amounts import exchange_difference
from everstock.operations.documents.payment_facts import Facts, lock, money
from everstock.operations.documents.payments import (
    ORDER,
    PREPAID,
    PREPAYMENT,
    TAKEN,
    USUAL,
    Given,
    PaymentLine,
    advance_details,
    advance_line,
    book_difference,
    book_exchange,
    compose,
    paid_updates,
    payment_header,
    through_the_bank,
    write_payment,
)
from everstock.operations.documents.read import raw_cursor, read
from everstock.operations.documents.records import DocumentRef, Header, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.sides import Side
from everstock.operations.documents.states import State, Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission


@answers_repeats
def prepay(
    actor: Actor,
    side: Side,
    *,
    partner: int,
    amount: int,
    day: dt.date,
    recorded_at: int,
    given: Given = USUAL,
    order: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``amount`` (minor units of the payment's currency) was paid in advance; ``order``: for which one.

    Refused: ``permission.missing``, ``supplier.…`` or ``customer.…``, ``currency.unknown``, ``rate.…``, ``account.…``, ``payment.amount``,
    ``payment.bank_amount``, ``payment.other_…``, ``document.unknown``, ``document.wrong_state``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint("prepayment", side.payment.value, partner, amount, day, tuple(given), order)
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            documents=[] if order is None else [order],
            partner=partner,
            currency=given.currency,
            account=given.account,
            key=key,
        )
        answered(facts.read.request, key, asked)
        header = payment_header(actor, side, facts, partner, given, day, recorded_at)
        if not 0 < amount < LIMIT:
            raise Refusal(
                "payment.amount", "Nothing is paid, or too much for the books.", "Enter an amount above zero."
            )
        if order is not None:
            _check_order(side, facts, header, order)
        header = header._replace(net=amount, gross=amount, details=advance_details(amount, order))
        own = through_the_bank(facts, header, amount, given.bank_amount)
        advances = facts.account(side.advances)
        bank = facts.account(Role.BANK) if given.account is None else given.account
        return write_payment(
            *(actor, header, [advance_line(header, 1, "Prepayment", amount, advances, own)]),
            {side.pair(advances, bank): own},
            request=None if key is None else Request(key, asked, header.id),
            updates=[] if order is None else [Update(order, paid=amount)],
            links=[] if order is None else [(order, header.id)],
        )


def _check_order(side: Side, facts: Facts, header: Header, order: int) -> None:
    assert side.order is not None, "nothing is paid in advance by order on this side"
    of, _ = facts.read.one(order, side.order)
    next_state(side.order, of.state, Verb.PAY, of.number)
    if of.partner != header.partner:
        raise Refusal(
            f"payment.other_{side.partner}",
            f"{of.number} is of another {side.partner}.",
            "Name an order of who pays.",
        )
    if of.currency != header.currency:
        raise Refusal(
            "payment.other_currency",
            f"{of.number} is in {of.currency}, and the payment in {header.currency}.",
            "Enter the payment in the order's currency.",
        )


@answers_repeats
def apply_prepayment(
    actor: Actor,
    side: Side,
    *,
    prepayment: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    key: str | None = None,
) -> DocumentRef:
    """Pay invoices by what was paid in advance by ``prepayment`` (a payment's id), which has to be enough.

    Refused: ``prepayment.not_one`` (nothing was paid in advance by it, or cancelled), ``prepayment.exceeds``, ``prepayment.day`` (before it was paid), and as ``payments.register``.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint("prepayment_application", prepayment, tuple(lines), day)
    with atomic_verb():
        facts = lock(actor.company_id, day, documents=[prepayment, *(line.document for line in lines)], key=key)
        answered(facts.read.request, key, asked)
        advance, paid = _advance(side, facts, prepayment, day)
        header = Header(
            *(facts.read.ids[0], side.payment.value, State.POSTED.value, day, advance.currency, recorded_at),
            partner=advance.partner,
            rate=advance.rate,
            created_by=actor.user_id,
        )
        composed = compose(actor, side, lines, facts, header)
        total = sum(line.net for line in composed)
        _check_enough(advance, paid, total)
        ours = facts.account(side.account)
        assert paid.account is not None
        taken = _taken(side, advance, paid, total)
        journal: Counter[tuple[int, int]] = Counter({side.pair(ours, paid.account): taken})
        book_difference(side, facts, composed, journal, ours, taken)
        details = {PREPAYMENT: prepayment, TAKEN: taken}
        return write_payment(
            *(actor, header._replace(net=total, gross=total, details=details), composed, journal),
            request=None if key is None else Request(key, asked, header.id),
            updates=[Update(prepayment, paid=total), *paid_updates(facts, composed)],
            links=[(line.document, header.id) for line in lines] + [(prepayment, header.id)],
        )


@answers_repeats
def pay_back(
    actor: Actor,
    side: Side,
    *,
    prepayment: int,
    day: dt.date,
    recorded_at: int,
    amount: int | None = None,
    given: Given = USUAL,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``amount`` (minor units of its currency, ``None``: all that is left) of what was paid in advance by ``prepayment`` was paid back.

    What it stands at leaves the account of advances; what went through the bank is ``given``, or at the rate of the day, and what lies
    between is an exchange difference. Of an order that was paid in advance so much is not paid any more.

    Refused: ``prepayment.not_one``, ``prepayment.exceeds``, ``prepayment.day``, and as ``prepay``.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint("pay_back", side.payment.value, prepayment, amount, day, tuple(given))
    with atomic_verb():
        named, _ = read(actor.company_id, [prepayment]).one(prepayment, side.payment)
        order = (named.details or {}).get(ORDER)
        facts = lock(
            *(actor.company_id, day),
            documents=[prepayment, *([] if order is None else [order])],
            partner=named.partner,
            currency=named.currency,
            account=given.account,
            key=key,
        )
        answered(facts.read.request, key, asked)
        advance, paid = _advance(side, facts, prepayment, day)
        assert advance.partner is not None, "a payment is of somebody"
        header = payment_header(actor, side, facts, advance.partner, given, day, recorded_at)
        back = left_of(advance, paid) if amount is None else amount
        _check_enough(advance, paid, back)
        assert paid.account is not None
        taken = _taken(side, advance, paid, back)
        moved = through_the_bank(facts, header, back, given.bank_amount)
        bank = facts.account(Role.BANK) if given.account is None else given.account
        journal: Counter[tuple[int, int]] = Counter({side.pair(bank, paid.account): moved})
        book_exchange(facts, journal, paid.account, side.owed * (taken - moved))
        details = {PREPAYMENT: prepayment, TAKEN: taken, **({} if order is None else advance_details(-back, order))}
        line = Line(*(header.id, 1, 0, 0), description="Paid back", net=-back, account=paid.account)
        return write_payment(
            *(actor, header._replace(net=-back, gross=-back, details=details), [line], journal),
            request=None if key is None else Request(key, asked, header.id),
            updates=[Update(prepayment, paid=back), *([] if order is None else [Update(order, paid=-back)])],
            links=[(prepayment, header.id)],
        )


def left_of(advance: Header, paid: Line) -> int:
    """Return what is left of what was paid in advance by a payment and its line ``paid``, in minor units of its currency."""
    return paid.net - advance.paid


def advance_in(lines: Sequence[Line]) -> Line | None:
    """Return the line of a payment that says what was paid in advance, if there is one."""
    return next((line for line in lines if PREPAID in (line.details or {})), None)


def _advance(side: Side, facts: Facts, prepayment: int, day: dt.date) -> tuple[Header, Line]:
    header, lines = facts.read.one(prepayment, side.payment)
    found = advance_in(lines)
    if found is None or header.state == State.CANCELLED:
        raise Refusal(
            "prepayment.not_one",
            f"{header.number} is no prepayment, or is cancelled.",
            "Name a prepayment that stands.",
        )
    if day < header.day:
        raise Refusal(
            "prepayment.day",
            f"{header.number} was paid on {header.day}, and would be used on {day}.",
            "Use it on that day or later.",
        )
    return header, found


def _check_enough(advance: Header, paid: Line, total: int) -> None:
    left = left_of(advance, paid)
    if not 0 < total <= left:
        raise Refusal(
            "prepayment.exceeds",
            f"{money(left, advance.currency)} of {advance.number} are left, and {money(total, advance.currency)} would be taken.",
            "Take less of it, and at least something.",
        )


# what a payment and those made by it put on an account (2): what was paid in advance is on the other side than what is owed
_STANDING = """
    SELECT $4 * coalesce(sum(CASE WHEN e.account_id = $2 THEN e.amount ELSE 0 END
                             - CASE WHEN e.contra_id = $2 THEN e.amount ELSE 0 END), 0)::bigint
      FROM entry e
     WHERE e.posting_id = ANY (ARRAY(
               SELECT position FROM document_posting WHERE document_id = ANY (ARRAY(
                   SELECT $1::bigint UNION ALL SELECT d.id FROM document d
                    WHERE d.id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = $1))
                      AND d.kind = $3 AND (d.details ->> 'prepayment')::bigint = $1))))
       AND e.movement_id IS NULL AND (e.account_id = $2 OR e.contra_id = $2)
"""


def _taken(side: Side, advance: Header, paid: Line, total: int) -> int:
    """What leaves the books when ``total`` of the advance is taken: what is left is rounded, so that the last of it clears it to the cent.

    What it stands at is asked of the books: how it was rounded so far depends on what was taken first, which may be cancelled since.
    """
    with raw_cursor() as run:
        run.execute(_STANDING, (advance.id, paid.account, side.payment.value, side.owed))
        [(standing,)] = run.fetchall()
    leaves, _ = exchange_difference(standing, left_of(advance, paid), total, 0)
    return leaves
