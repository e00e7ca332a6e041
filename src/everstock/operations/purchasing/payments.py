"""Payments to suppliers: what they settle, the exchange difference that is realised by them, the cash discount that is kept back.

A cash discount goes to its account, without the tax on it: what of the discount is tax that was deducted is deducted no more, in
proportion to the taxes of the invoice. Tax that is not recovered stays part of the cost of the goods.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, round_half_up
from everstock.operations.documents.audit import audited
from everstock.operations.documents.checks import check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.queries import reversed_journal
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Progress, State, Verb, next_state, progressed
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.matching import exchange_difference
from everstock.operations.purchasing.models import SupplierTerms
from everstock.operations.purchasing.payables import carried_amounts
from everstock.operations.purchasing.settlement import Settlement, write_posted
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
DISCOUNT = "discount"
"""The same: the cash discount that was kept back of what it pays, in minor units of its currency."""
PREPAID = "prepaid"
"""The same of a prepayment: what it stood at when it was paid, in minor units of the company's currency."""
PREPAYMENT = "prepayment"
"""Key in the details of a payment that was made by a prepayment: its id."""


class PaymentLine(NamedTuple):
    """What is paid of an invoice, or used of a credit note (``document``: its id), in minor units of its currency; ``None``: all that is open.

    A cash discount is part of ``amount``: so much less is paid.
    """

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
    take_discount: bool = False,
    key: str | None = None,
) -> DocumentRef:
    """Register that ``supplier`` (a partner's id) was paid on ``day`` what ``lines`` say; credit notes are set off against invoices.

    ``currency``: that of the invoices, ``None`` for the one in which we trade with the supplier. ``bank_amount``: what left the bank, in minor
    units of the company's currency; ``None``: the sum at ``rate`` (10^-9), ``None`` for that of the day. Where invoices are carried at another
    rate, the difference is an exchange gain or loss. ``account``: it was paid from, ``None`` for the bank's. ``take_discount``: keep the supplier's
    cash discount back of all invoices that are paid in time for it.

    Refused: ``permission.missing``, ``document.no_lines``, ``supplier.unknown``, ``supplier.not_one``, ``currency.unknown``, ``rate.…``, ``account.unknown``,
    ``document.unknown``, ``document.wrong_state``, ``payment.other_supplier``, ``payment.other_currency``, ``payment.twice``, ``payment.amount`` (not
    above zero), ``payment.exceeds`` (more than is open), ``payment.no_discount`` (none is agreed, or all invoices are too old), ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint(
        *("supplier_payment", supplier, tuple(lines), day, currency, rate, bank_amount, account, reference),
        take_discount,
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
        header = payment_header(actor, facts, supplier, rate, reference, day, recorded_at)
        composed = compose(actor, lines, facts, header)
        if take_discount:
            composed = _discounted(composed, facts, header)
        total = sum(line.net for line in composed)
        header = header._replace(net=total, gross=total)
        settlement = Settlement(actor, facts, header, day)
        settlement.journal = _journal(facts, header, composed, bank_amount, account)
        return write_posted(
            *(settlement, composed, recorded_at),
            None if key is None else Request(key, asked, header.id),
            updates=paid_updates(facts, composed),
            links=[(line.document, header.id) for line in lines],
        )


def payment_header(
    actor: Actor, facts: Facts, supplier: int, rate: int | None, reference: str | None, day: dt.date, recorded_at: int
) -> Header:
    """Return the header of a payment to ``supplier``, without its sums; refuse as ``required_supplier`` and ``required_rate``."""
    required_supplier(facts)
    return Header(
        *(facts.read.ids[0], KIND.value, State.POSTED.value, day, facts.currency, recorded_at),
        partner=supplier,
        rate=required_rate(facts, rate, day),
        reference=None if reference is None else check_text(reference, "reference", 200),
        created_by=actor.user_id,
    )


def cancel_payment(actor: Actor, *, payment: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a payment: what it booked is booked back on ``day``, and what it paid is open again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``payment.applied`` (a prepayment that
    has paid invoices), what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    check_reason(reason)
    with atomic_verb():
        header, lines = read(actor.company_id, [payment]).one(payment, KIND)
        advance = (header.details or {}).get(PREPAYMENT)
        others = [_of(line) for line in lines if not _is_advance(line)] + ([] if advance is None else [advance])
        facts = lock(actor.company_id, day, documents=[payment, *others], new_ids=0)
        header, lines = facts.read.one(payment, KIND)
        if header.paid and header.state != State.CANCELLED:
            raise Refusal(
                "payment.applied",
                f"{header.number} is a prepayment that has paid invoices.",
                "Cancel those payments first.",
            )
        state = next_state(KIND, header.state, Verb.CANCEL, header.number)
        settlement = Settlement(actor, facts, header, day)
        settlement.journal = reversed_journal(actor.company_id, payment)
        posting = settlement.cancel(recorded_at)
        write(
            actor.company_id,
            updates=[
                Update(payment, state=state.value),
                *([] if advance is None else [Update(advance, paid=-header.net)]),
                *paid_updates(facts, [line for line in lines if not _is_advance(line)], back=True),
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


def _is_advance(line: Line) -> bool:
    return PREPAID in (line.details or {})


def compose(actor: Actor, wanted: Sequence[PaymentLine], facts: Facts, header: Header) -> list[Line]:
    """Return the lines of a payment, numbered from 1; raise ``Refusal`` for the first that cannot be."""
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


def _discounted(lines: Sequence[Line], facts: Facts, header: Header) -> list[Line]:
    """The lines with the cash discount of the supplier kept back of invoices that are not too old for it."""
    terms = SupplierTerms.objects.filter(partner=header.partner or 0).first()
    found = []
    for line in lines:
        of = facts.read.headers[_of(line)]
        discount = 0
        if terms is not None and of.kind == DocumentKind.SUPPLIER_INVOICE:
            in_time = header.day <= of.day + dt.timedelta(days=terms.discount_days)
            discount = round_half_up(line.net * terms.discount, SCALE) if in_time else 0
        details = {**(line.details or {}), **({DISCOUNT: discount} if discount else {})}
        found.append(line._replace(net=line.net - discount, details=details))
    if not any(DISCOUNT in (line.details or {}) for line in found):
        raise Refusal(
            "payment.no_discount",
            f"On {header.day} no cash discount may be taken any more, or none was agreed.",
            "Pay without a discount, or change the terms of the supplier.",
        )
    return found


def _book_discounts(
    facts: Facts, header: Header, lines: Sequence[Line], journal: Counter[tuple[int, int]], payable: int
) -> int:
    """Book the cash discounts of ``lines`` and return what they are together, in minor units of the company's currency."""
    total = 0
    for line in lines:
        discount = (line.details or {}).get(DISCOUNT)
        if not discount:
            continue
        own = rest = facts.own(discount, header)
        total += own
        of, billed = facts.read.headers[_of(line)], facts.read.lines[_of(line)]
        taxes: Counter[int] = Counter()
        for one in billed:
            tax = None if one.tax_code is None else facts.taxes[one.tax_code]
            if tax is not None and tax.kind == TaxKind.STANDARD and tax.input_account is not None:
                taxes[tax.input_account] += one.tax
        for account, amount in taxes.items():
            part = round_half_up(own * amount, of.gross)
            journal[payable, account] += part
            rest -= part
        journal[payable, facts.account(Role.CASH_DISCOUNT)] += rest
    return total


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
    journal: Counter[tuple[int, int]] = Counter({(payable, bank): paid})
    book_difference(facts, lines, journal, payable, paid + _book_discounts(facts, header, lines, journal, payable))
    return journal


def book_difference(
    facts: Facts, lines: Sequence[Line], journal: Counter[tuple[int, int]], payable: int, given: int
) -> None:
    """Book as exchange difference what was ``given`` for what ``lines`` pay beyond what the books carried it at, or less."""
    loss = given - sum((line.details or {})[CARRIED] for line in lines)
    if loss > 0:
        journal[facts.account(Role.EXCHANGE_LOSS), payable] += loss
    elif loss < 0:
        journal[payable, facts.account(Role.EXCHANGE_GAIN)] -= loss


def paid_updates(facts: Facts, lines: Sequence[Line], *, back: bool = False) -> list[Update]:
    """Return what changes on the documents that ``lines`` pay, or pay no more (``back``)."""
    updates = []
    for line in lines:
        header = facts.read.headers[_of(line)]
        kind = DocumentKind(header.kind)
        more = abs(line.net) + (line.details or {}).get(DISCOUNT, 0)
        more = -more if back else more
        progress = Progress.ALL if header.paid + more >= header.gross else Progress.PART
        if header.paid + more == 0:
            progress = Progress.NOTHING
        updates.append(Update(header.id, state=progressed(kind, header.state, progress).value, paid=more))
    return updates
