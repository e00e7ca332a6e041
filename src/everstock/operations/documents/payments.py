"""Payments of either side: what they settle, the exchange difference that is realised by them, the cash discount that is kept back.

A cash discount goes to its account, without the tax on it: what of the discount is tax that was deducted (or is owed) is so no more, in
proportion to the taxes of the invoice. Tax that is not recovered stays part of the cost of the goods.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE, round_half_up
from everstock.ledger.database import integers
from everstock.operations.documents.amounts import exchange_difference
from everstock.operations.documents.audit import audited
from everstock.operations.documents.booking import CANCEL, ready_journal
from everstock.operations.documents.cash_discounts import cash_discount
from everstock.operations.documents.checks import check_money_account, check_reason, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.open_items import carried_amounts
from everstock.operations.documents.payment_facts import Facts, lock, money, require_partner, required_rate
from everstock.operations.documents.queries import chain, reversed_journal
from everstock.operations.documents.read import raw_cursor, read
from everstock.operations.documents.records import Details, DocumentRef, Header, Line, Request, Update
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.sides import Side
from everstock.operations.documents.states import Progress, State, Verb, next_state, progressed
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission

INVOICE = "invoice"
"""Key in the details of a payment's line: the id of what it pays."""
CARRIED = "carried"
"""The same: what left the account of open items by it, in minor units of the company's currency."""
DISCOUNT = "discount"
"""The same: the cash discount that was kept back of what it pays, in minor units of its currency."""
PREPAID = "prepaid"
"""The same of what was paid in advance: what it stood at when it was paid, in minor units of the company's currency."""
PREPAYMENT = "prepayment"
"""Key in the details of a payment that was made by a prepayment, or paid it back: its id."""
TAKEN = "taken"
"""The same: what left the account of advances by it, in minor units of the company's currency."""
ADVANCE = "advance"
"""Key in the details of a payment of which something was paid in advance: how much, in minor units of its currency."""
ORDER = "order"
"""The same: the id of the order that was paid in advance, if one was named."""


class PaymentLine(NamedTuple):
    """What is paid of an invoice, or used of a credit note (``document``: its id), in minor units of its currency; ``None``: all that is open.

    A cash discount is part of ``amount``: so much less is paid.
    """

    document: int
    amount: int | None = None


class Given(NamedTuple):
    """What is said of a payment besides what it pays.

    ``amount``: what was paid in all, in minor units of ``currency``; what it is above its lines is kept as paid in advance; ``None``:
    what the lines come to. ``bank_amount``: what went through the bank, in minor units of the company's currency, for a payment in
    another one; ``None``: at ``rate`` (10^-9). ``account``: through which, ``None``: the bank's.
    """

    currency: str | None = None
    rate: int | None = None
    bank_amount: int | None = None
    account: int | None = None
    reference: str | None = None
    amount: int | None = None


USUAL = Given()
"""Nothing is said."""


@answers_repeats
def register(
    actor: Actor,
    side: Side,
    *,
    partner: int,
    lines: Sequence[PaymentLine],
    day: dt.date,
    recorded_at: int,
    given: Given = USUAL,
    take_discount: bool = False,
    key: str | None = None,
) -> DocumentRef:
    """Register a payment of ``lines``; ``take_discount``: the cash discount that invoices promised is kept back where it is in time.

    Refused: ``permission.missing``, ``document.no_lines``, ``supplier.…`` or ``customer.…``, ``currency.unknown``, ``rate.…``,
    ``account.unknown``, ``document.unknown``, ``document.wrong_state``, ``payment.other_supplier`` or ``…_customer``,
    ``payment.other_currency``, ``payment.twice``, ``payment.amount``, ``payment.exceeds``, ``payment.total`` (less than its lines), ``payment.bank_amount``,
    ``payment.no_discount``, ``request.other_content``, what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    asked = fingerprint(side.payment.value, partner, tuple(lines), day, tuple(given), take_discount)
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            documents=[line.document for line in lines],
            partner=partner,
            currency=given.currency,
            account=given.account,
            key=key,
        )
        answered(facts.read.request, key, asked)
        header = payment_header(actor, side, facts, partner, given, day, recorded_at)
        composed = compose(actor, side, lines, facts, header)
        if take_discount:
            composed = _discounted(composed, facts, header, side)
        header, composed, journal = _settled(side, facts, header, composed, given)
        return write_payment(
            *(actor, header, composed, journal),
            request=None if key is None else Request(key, asked, header.id),
            updates=paid_updates(facts, composed),
            links=[(line.document, header.id) for line in lines],
        )


def payment_header(
    actor: Actor, side: Side, facts: Facts, partner: int, given: Given, day: dt.date, recorded_at: int
) -> Header:
    """Return the header of a payment, without its sums; refuse as ``require_partner``, ``required_rate`` and ``check_money_account``."""
    require_partner(facts, side)
    rate = required_rate(facts, given.rate, day)
    if given.account is not None and given.account not in facts.accounts:
        raise Refusal(
            "account.unknown",
            f"The account paid {'from' if side.owed > 0 else 'into'} is unknown or inactive.",
            "Name another account.",
        )
    if given.account is not None:
        check_money_account(actor.company_id, given.account)
    return Header(
        *(facts.read.ids[0], side.payment.value, State.POSTED.value, day, facts.currency, recorded_at),
        partner=partner,
        rate=rate,
        reference=None if given.reference is None else check_text(given.reference, "reference", 200),
        created_by=actor.user_id,
    )


def write_payment(
    actor: Actor,
    header: Header,
    lines: Sequence[Line],
    journal: Mapping[tuple[int, int], int],
    *,
    request: Request | None,
    updates: Sequence[Update] = (),
    links: Sequence[tuple[int, int]] = (),
) -> DocumentRef:
    """Post a payment and write it, with what it changes on what it pays."""
    header = header._replace(posted_at=header.created_at)
    after = {"state": header.state, "currency": header.currency, "gross": header.gross, "lines": len(lines)}
    numbers = write(
        actor.company_id,
        documents=[header],
        lines=lines,
        updates=updates,
        links=links,
        posting=ready_journal(actor, header, journal, header.day, header.created_at),
        audit=[audited(actor, header, "post", header.created_at, after=after)],
        request=request,
    )
    return DocumentRef(header.id, numbers[header.id], header.state)


def cancel(actor: Actor, side: Side, *, payment: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a payment: what it booked is booked back on ``day``, and what it paid is open again.

    Refused: ``permission.missing``, ``reason.missing``, ``document.unknown``, ``document.wrong_state``, ``payment.applied`` (what it paid
    in advance has paid invoices), what the ledger refuses.
    """
    require(actor, Permission.PAYMENT_REGISTER)
    check_reason(reason)
    with atomic_verb():
        header, lines = read(actor.company_id, [payment]).one(payment, side.payment)
        details = header.details or {}
        advance, order = details.get(PREPAYMENT), details.get(ORDER)
        others = [_of(line) for line in lines if _settles(line)]
        others += [one for one in (advance, order) if one is not None]
        facts = lock(actor.company_id, day, documents=[payment, *others], new_ids=0)
        header, lines = facts.read.one(payment, side.payment)
        if header.paid and header.state != State.CANCELLED:
            raise Refusal(
                "payment.applied",
                f"{header.number} is a prepayment that has paid invoices, or was paid back.",
                "Cancel those payments first.",
            )
        state = next_state(side.payment, header.state, Verb.CANCEL, header.number)
        journal = reversed_journal(actor.company_id, payment)
        write(
            actor.company_id,
            updates=[
                Update(payment, state=state.value),
                *([] if advance is None else [Update(advance, paid=-abs(header.net))]),
                *([] if order is None else [Update(order, paid=-details[ADVANCE])]),
                *paid_updates(facts, lines, back=True),
            ],
            posting=ready_journal(actor, header, journal, day, recorded_at, CANCEL),
            audit=[
                audited(
                    *(actor, header, Verb.CANCEL.value, recorded_at),
                    before={"state": header.state},
                    after={"state": state.value, "reason": reason, "day": day.isoformat()},
                )
            ],
        )
        return DocumentRef(payment, header.number, state.value)


def refuse_paid(company_id: int, header: Header, side: Side) -> None:
    """Refuse (``document.wrong_state``) to cancel what is paid, by the numbers of what paid it."""
    if not header.paid:
        return
    payments = " and ".join(
        one.number
        for one in chain(company_id, header.id)
        if one.kind == side.payment and one.distance == 1 and one.state != State.CANCELLED
    )
    credited = header.kind == side.invoice
    raise Refusal(
        "document.wrong_state",
        f"{header.number} is {State(header.state).words} and cannot be cancelled.",
        f"Cancel the payment {payments} first{', or enter a credit note' if credited else ''}.",
    )


# ---------------------------------------------------------------------------------------------------------------------
# The lines


def _of(line: Line) -> int:
    """The id of what a payment's line pays."""
    return int((line.details or {})[INVOICE])


def _settles(line: Line) -> bool:
    """Whether a payment's line pays a document; what was paid in advance, or of that paid back, does not."""
    return INVOICE in (line.details or {})


def advance_line(header: Header, number: int, description: str, amount: int, account: int, own: int) -> Line:
    """Return the line of what is paid in advance, which stands at ``own`` on its account."""
    return Line(
        *(header.id, number, 0, 0), description=description, net=amount, account=account, details={PREPAID: own}
    )


def compose(
    actor: Actor,
    side: Side,
    wanted: Sequence[PaymentLine],
    facts: Facts,
    header: Header,
    verb: Verb = Verb.PAY,
) -> list[Line]:
    """Return the lines of a payment, numbered from 1; raise ``Refusal`` for the first that cannot be."""
    if not wanted:
        raise Refusal("document.no_lines", "The payment pays nothing.", "Name at least one invoice.")
    if len({one.document for one in wanted}) < len(wanted):
        raise Refusal("payment.twice", "An invoice is named twice.", "Name every invoice once.")
    carried: Mapping[int, int] | None = None
    if header.currency != facts.read.company_currency:
        # in the company's own, what is open is what the books carry
        named = [one.document for one in wanted]
        carried = carried_amounts(actor.company_id, side, facts.account(side.account), named)
    return [_line(side, one, facts, header, number, carried, verb) for number, one in enumerate(wanted, 1)]


def _line(
    side: Side,
    one: PaymentLine,
    facts: Facts,
    header: Header,
    number: int,
    carried: Mapping[int, int] | None,
    verb: Verb,
) -> Line:
    of, _ = facts.read.one(one.document, *side.items)
    if of.partner != header.partner:
        raise Refusal(
            f"payment.other_{side.partner}",
            f"{of.number} is of another {side.partner}.",
            f"Register a payment for each {side.partner}.",
        )
    next_state(DocumentKind(of.kind), of.state, verb, of.number)
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
            f"{money(left, of.currency)} of {of.number} are open, and {money(amount, of.currency)} would be {verb.done}.",
            "Pay what is open; enter what was paid beyond it when its invoice is there."
            if side.owed > 0
            else "Enter what is open; what was paid beyond it is kept on account if the whole amount is named.",
        )
    sign = -1 if of.kind == side.credit_note else 1
    leaves = sign * amount
    if carried is not None:
        leaves, _ = exchange_difference(carried.get(of.id, 0), left, amount, 0)
    return Line(
        *(header.id, number, 0, 0),
        description=of.number,
        net=sign * amount,
        details={INVOICE: of.id, CARRIED: leaves},
    )


def _discounted(lines: Sequence[Line], facts: Facts, header: Header, side: Side) -> list[Line]:
    """The lines with the cash discount kept back of invoices that promised one and are not too old for it."""
    found, credited = [], _credited_along(lines, facts, side)
    for line in lines:
        of = facts.read.headers[_of(line)]
        discount = 0
        agreed = cash_discount(of)
        if agreed is not None and of.kind == side.invoice:
            in_time = header.day <= of.day + dt.timedelta(days=agreed.discount_days)
            discount = round_half_up((line.net - credited[of.id]) * agreed.discount, SCALE) if in_time else 0
        details = {**(line.details or {}), **({DISCOUNT: discount} if discount else {})}
        found.append(line._replace(net=line.net - discount, details=details))
    if not any(DISCOUNT in (line.details or {}) for line in found):
        raise Refusal(
            "payment.no_discount",
            f"On {header.day} no cash discount may be taken any more, or none was agreed.",
            "Pay without a discount, or enter a credit note for it.",
        )
    return found


def _credited_along(lines: Sequence[Line], facts: Facts, side: Side) -> Counter[int]:
    """How much of each invoice (an id) is settled by its own credit notes among ``lines``: of that nothing is kept back."""
    left = {_of(line): abs(line.net) for line in lines}
    notes = [one for one in left if facts.read.headers[one].kind == side.credit_note]
    found = Counter[int]()
    if not notes:
        return found
    with raw_cursor() as run:
        run.execute(
            "SELECT predecessor_id, successor_id FROM document_link WHERE successor_id = ANY ($1::bigint[])",
            (integers(notes),),
        )
        for invoice, note in sorted(run.fetchall()):
            amount = min(left.get(invoice, 0), left[note])
            found[invoice] += amount
            for one in (invoice, note):
                left[one] = left.get(one, 0) - amount
    return found


# ---------------------------------------------------------------------------------------------------------------------
# The journal


def _settled(
    side: Side, facts: Facts, header: Header, lines: list[Line], given: Given
) -> tuple[Header, list[Line], Counter[tuple[int, int]]]:
    """The payment with its sums and what is kept on account, and what leaves the open items, what went through the bank, and between them the exchange difference."""
    settled = sum(line.net for line in lines)
    total = settled if given.amount is None else given.amount
    # what is said to be paid in all never stands for what is paid out
    if total < settled or total >= LIMIT or (given.amount is not None and (total <= 0 or settled < 0)):
        raise Refusal(
            "payment.total",
            f"The payment is {money(total, header.currency)}, and its lines come to {money(settled, header.currency)}.",
            "Correct the amount, or pay less of an invoice; what is paid out of a credit note is said with its number.",
        )
    header = header._replace(net=total, gross=total)
    ours = facts.account(side.account)
    bank = facts.account(Role.BANK) if given.account is None else given.account
    paid = through_the_bank(facts, header, total, given.bank_amount)
    more = total - settled
    # what is above the lines has its share of what went through the bank
    kept = round_half_up(paid * more, total) if more else 0
    journal: Counter[tuple[int, int]] = Counter({side.pair(ours, bank): paid - kept})
    discounts = _book_discounts(side, facts, lines, journal, ours)
    if more:
        advances = facts.account(side.advances)
        journal[side.pair(advances, bank)] += kept
        lines = [*lines, advance_line(header, len(lines) + 1, "On account", more, advances, kept)]
        header = header._replace(details=advance_details(more, None))
    book_difference(side, facts, lines, journal, ours, paid - kept + discounts)
    return header, lines, journal


def through_the_bank(facts: Facts, header: Header, total: int, said: int | None) -> int:
    """Return what went through the bank for ``total`` (in minor units of the payment's currency), in minor units of the company's: what was ``said``, or at its rate.

    What differs from the rate is an exchange difference, which closes the invoice: so it cannot stand for what was not paid. Refused:
    ``payment.amount`` (too large), ``payment.bank_amount`` (in the company's own currency another amount; in any other nothing, or the other way).
    """
    at_rate = facts.own(total, header)
    if said is None or said == at_rate:
        return at_rate
    if abs(said) >= LIMIT:
        raise Refusal("payment.amount", "The amount that went through the bank is too large.", "Check the number.")
    own = facts.read.company_currency
    if header.currency == own or said * total <= 0:
        raise Refusal(
            "payment.bank_amount",
            f"The payment is {money(total, header.currency)}, and {money(said, own)} would have gone through the bank.",
            "Leave out what went through the bank; pay less of an invoice by its own amount."
            if header.currency == own
            else "Enter what went through the bank, or leave it out.",
        )
    return said


def _book_discounts(
    side: Side, facts: Facts, lines: Sequence[Line], journal: Counter[tuple[int, int]], ours: int
) -> int:
    """Book the cash discounts of ``lines`` and return what they are together, in minor units of the company's currency."""
    total = 0
    for line in lines:
        discount = (line.details or {}).get(DISCOUNT)
        if not discount:
            continue
        # what is kept back was never paid: it lessens the invoice at the rate of the invoice
        of = facts.read.headers[_of(line)]
        own = rest = facts.own(discount, of)
        total += own
        left = _not_credited(side, facts, of)
        for account, amount in left.taxes.items():
            part = round_half_up(own * amount, left.gross)
            journal[side.pair(ours, account)] += part
            rest -= part
        journal[side.pair(ours, facts.account(side.discount))] += rest
    return total


def tax_in(side: Side, facts: Facts, line: Line) -> Counter[int]:
    """Return by account the tax in what ``line`` settles of an invoice, in minor units of the company's currency; in parts, it is together all of it.

    What was credited of the invoice is taken for settled first: its tax went back with the credit note.
    """
    of, found = facts.read.headers[_of(line)], Counter[int]()
    left = _not_credited(side, facts, of)
    before, after = (max(paid - (of.gross - left.gross), 0) for paid in (of.paid, of.paid + line.net))
    for account, amount in left.taxes.items():
        own = facts.own(amount, of)
        found[account] = round_half_up(own * after, left.gross) - round_half_up(own * before, left.gross)
    return found


class _Left(NamedTuple):
    """What of an invoice is not credited, in minor units of its currency; ``taxes`` by account."""

    gross: int
    taxes: Counter[int]


_CREDITED = """
    SELECT l.tax_code_id, l.net, l.tax FROM document_line l
     WHERE l.document_id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = $1))
       AND coalesce(l.details ->> 'invoice_line', l.details ->> 'fee_of')::bigint = ANY ($2::bigint[])
       AND (SELECT d.kind = $3 AND d.state <> 'cancelled' FROM document d WHERE d.id = l.document_id)
"""


def _not_credited(side: Side, facts: Facts, invoice: Header) -> _Left:
    """What of an invoice is not credited line by line (credit notes of suppliers do not say of which line they are), or kept back of its credit."""
    lines, gross, taxes = facts.read.lines[invoice.id], invoice.gross, Counter[int]()
    for line in lines:
        account = _tax_account(side, facts, line.tax_code, line.tax)
        if account is not None:
            taxes[account] += line.tax
    with raw_cursor() as run:
        run.execute(_CREDITED, (invoice.id, integers(line.id for line in lines), side.credit_note.value))
        for code, net, tax in run.fetchall():
            gross -= net + tax
            account = _tax_account(side, facts, code, tax)
            if account is not None:
                taxes[account] -= tax
    return _Left(gross, +taxes)


def _tax_account(side: Side, facts: Facts, code: int | None, amount: int) -> int | None:
    """The account that ``amount`` of a tax (its id) on a line of an invoice stands on, if it is one of taxes."""
    tax = None if code is None else facts.taxes[code]
    if tax is None or not amount:
        return None
    if side.owed < 0:
        return tax.output
    return tax.input if tax.kind == TaxKind.STANDARD else None


def book_difference(
    side: Side, facts: Facts, lines: Sequence[Line], journal: Counter[tuple[int, int]], ours: int, given: int
) -> None:
    """Book as exchange difference what was ``given`` for what ``lines`` pay beyond what the books carried it at, or less."""
    book_exchange(
        facts, journal, ours, side.owed * (given - sum((line.details or {}).get(CARRIED, 0) for line in lines))
    )


def book_exchange(facts: Facts, journal: Counter[tuple[int, int]], account: int, loss: int) -> None:
    """Book an exchange ``loss`` (below zero: gain) against ``account``."""
    if loss > 0:
        journal[facts.account(Role.EXCHANGE_LOSS), account] += loss
    elif loss < 0:
        journal[account, facts.account(Role.EXCHANGE_GAIN)] -= loss


def paid_updates(facts: Facts, lines: Sequence[Line], *, back: bool = False) -> list[Update]:
    """Return what changes on the documents that ``lines`` pay, or pay no more (``back``)."""
    updates = []
    for line in lines:
        if not _settles(line):
            continue
        header = facts.read.headers[_of(line)]
        kind = DocumentKind(header.kind)
        more = abs(line.net) + (line.details or {}).get(DISCOUNT, 0)
        more = -more if back else more
        progress = Progress.ALL if header.paid + more >= header.gross else Progress.PART
        if header.paid + more == 0:
            progress = Progress.NOTHING
        updates.append(Update(header.id, state=progressed(kind, header.state, progress).value, paid=more))
    return updates


def advance_details(amount: int, order: int | None) -> Details:
    """Return what the header of a payment in advance says of it."""
    return {ADVANCE: amount} if order is None else {ADVANCE: amount, ORDER: order}
