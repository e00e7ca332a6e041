"""Credit notes of suppliers: for goods that went back, for goods that were billed and never came, for the price alone."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.posting import Role
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE, format_quantity, round_half_up
from everstock.operations.documents.amounts import minor_per_major, net_amount, totals
from everstock.operations.documents.checks import check_quantity, check_text
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import check_account, to_base
from everstock.operations.documents.payment_facts import money
from everstock.operations.documents.records import DocumentRef, Header, Line, Request
from everstock.operations.documents.requests import answered, answers_repeats, fingerprint
from everstock.operations.documents.states import Verb, next_state
from everstock.operations.documents.write import atomic_verb
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.billed import Billed, billed_in
from everstock.operations.purchasing.cancellations import RETURN_LINE, cancel
from everstock.operations.purchasing.invoice_lines import book_tax, cost_of, find_tax, taxed
from everstock.operations.purchasing.invoices import new_header
from everstock.operations.purchasing.settlement import Settlement, write_posted
from everstock.operations.purchasing.settlement_facts import Facts, lock

KIND = DocumentKind.SUPPLIER_CREDIT_NOTE
CREDITED = (DocumentKind.SUPPLIER_RETURN, DocumentKind.GOODS_RECEIPT)


class CreditLine(NamedTuple):
    """What is credited, as it stands on the paper.

    ``source``: id of a return's line, of goods that went back; of a receipt's line, with a ``quantity`` (10^-6 of its unit) for goods that were
    billed and not kept, without one for the price alone; ``None`` for a credit of its own, booked on ``account`` (``None``: purchase expense).
    A return's quantity: ``None`` for all that is not credited. ``amount``: the net amount in minor units, ``None``: what was billed for
    the goods, or for those that they replace; where no invoice in this currency is known of them, their own price. ``tax_code``: ``None`` for the source's. ``tax``: as printed, ``None``: what the code says.
    """

    source: int | None = None
    quantity: int | None = None
    amount: int | None = None
    tax_code: int | None = None
    tax: int | None = None
    description: str = ""
    account: int | None = None


@answers_repeats
def post_credit_note(
    actor: Actor,
    *,
    supplier: int,
    reference: str,
    day: dt.date,
    lines: Sequence[CreditLine],
    recorded_at: int,
    currency: str | None = None,
    rate: int | None = None,
    total: int | None = None,
    key: str | None = None,
) -> DocumentRef:
    """Post the credit note ``reference`` of a supplier (a partner's id) of ``day``. Currency, rate and total as in ``invoices.post_invoice``.

    Goods: what their return put on the account of goods received not invoiced is cleared, and what is credited more or less goes to
    price differences. Price alone: the cost of the receipt falls, for what is left and for what went.

    Refused: as ``invoices.post_invoice``; ``credit.line_unknown``, ``credit.other_supplier``, ``credit.not_expected`` (more than was billed and not
    kept), ``credit.not_invoiced``, ``credit.exceeds`` (more than was billed), ``credit.mixed`` (price and goods of one receipt's line),
    ``credit.line_incomplete``, ``credit.negative``.
    """
    require(actor, Permission.SUPPLIER_INVOICE_POST)
    asked = fingerprint("supplier_credit_note", supplier, reference, day, tuple(lines), currency, rate, total)
    with atomic_verb():
        facts = lock(
            *(actor.company_id, day),
            lines=[line.source for line in lines if line.source is not None],
            supplier=supplier,
            currency=currency,
            tax_codes=[line.tax_code for line in lines if line.tax_code is not None],
            accounts=[line.account for line in lines if line.account is not None],
            key=key,
        )
        answered(facts.read.request, key, asked)
        header = new_header(actor, KIND, facts, supplier, reference, day, rate, recorded_at)
        composed = _compose(lines, facts, header)
        sums = totals(composed)
        if total is not None and total != sums.gross:
            raise Refusal(
                "invoice.total",
                f"The lines add up to {money(sums.gross, header.currency)}, and the credit note to"
                f" {money(total, header.currency)}.",
                "Correct quantities, amounts or taxes, or add what is missing as a line.",
            )
        header = header._replace(net=sums.net, tax=sums.tax, gross=sums.gross)
        settlement = Settlement(actor, facts, header, day)
        credited = _credit(settlement, composed)
        return write_posted(
            *(settlement, credited, recorded_at), None if key is None else Request(key, asked, header.id)
        )


def cancel_credit_note(actor: Actor, *, credit_note: int, day: dt.date, reason: str, recorded_at: int) -> DocumentRef:
    """Cancel a credit note that was not settled; as ``invoices.cancel_invoice``."""
    require(actor, Permission.SUPPLIER_INVOICE_POST)
    return cancel(actor, KIND, credit_note, day=day, reason=reason, recorded_at=recorded_at)


# ---------------------------------------------------------------------------------------------------------------------
# What stands on the paper


def _compose(wanted: Sequence[CreditLine], facts: Facts, header: Header) -> list[Line]:
    if not wanted:
        raise Refusal("document.no_lines", "The credit note has no lines.", "Add at least one line.")
    billed = _billed(facts, header.currency, [one.source for one in wanted if one.source and one.amount is None])
    return [
        _own_line(one, facts, header, number) if one.source is None else _line(one, facts, header, number, billed)
        for number, one in enumerate(wanted, 1)
    ]


def _billed(facts: Facts, currency: str, named: Iterable[int]) -> Mapping[int, Billed]:
    """Return what was billed in ``currency`` of the receipts' lines that ``named`` ones (ids) are or went back from."""
    lines = [_credited_line(facts.lines[one], facts).id for one in named if one in facts.lines]
    return billed_in(currency, lines) if lines else {}


def _credited_line(named: Line, facts: Facts) -> Line:
    """The receipt's line of which goods are credited; that of a return without a receipt is its own."""
    if facts.header(named).kind != DocumentKind.SUPPLIER_RETURN:
        return named
    return facts.source(named) or named


def _own_line(one: CreditLine, facts: Facts, header: Header, number: int) -> Line:
    where = f"line {number}"
    if one.amount is None or not one.description:
        raise Refusal(
            "credit.line_incomplete",
            f"Line {number} names no return or receipt, and not both what it is for and its amount.",
            "Name a line of a return or a receipt, or give a description and an amount.",
        )
    check_account(one.account, facts.accounts, where)
    account = facts.account(Role.PURCHASE_EXPENSE) if one.account is None else one.account
    description = check_text(one.description, f"description of {where}")
    line = Line(*(header.id, number, SCALE, SCALE), description=description, account=account)
    _check_amount(one.amount, where)
    return taxed(line, one.amount, one.tax, find_tax(one.tax_code, facts, where), where)


def _named(one: CreditLine, facts: Facts, header: Header, number: int) -> Line:
    """The line of a return or a receipt that is credited; refused if it cannot be."""
    named = facts.lines.get(one.source or 0)
    if named is None or facts.header(named).kind not in CREDITED or named.id not in facts.booked:
        raise Refusal(
            "credit.line_unknown",
            f"Line {number} credits a line that is not known, or that moved no goods.",
            "Name a line of a return or a receipt.",
        )
    of = facts.header(named)
    if of.partner != header.partner:
        raise Refusal(
            "credit.other_supplier",
            f"Line {number} credits {of.number}, which is of another supplier.",
            "Enter the credit note under that supplier, or credit other lines.",
        )
    verb = Verb.CREDIT if of.kind == DocumentKind.SUPPLIER_RETURN else Verb.INVOICE
    next_state(DocumentKind(of.kind), of.state, verb, of.number)
    return named


def _line(one: CreditLine, facts: Facts, header: Header, number: int, billed: Mapping[int, Billed]) -> Line:
    where = f"line {number}"
    named = _named(one, facts, header, number)
    of = facts.header(named)
    is_return = of.kind == DocumentKind.SUPPLIER_RETURN
    quantity = one.quantity or 0
    if is_return and one.quantity is None:
        quantity = (named.base_quantity - named.invoiced) * named.denominator // named.numerator
    if quantity or is_return:
        check_quantity(quantity, where)
    base = to_base(quantity, named.numerator, named.denominator, where)
    target = _credited_line(named, facts)
    priced = None
    if quantity and named.unit_price is not None and of.currency == header.currency:
        priced = net_amount(quantity, named.unit_price, named.discount, minor_per_major(header.currency))
    net = one.amount
    if net is None:
        found = billed.get(target.id)
        net = found.share(base) if quantity and found is not None else priced
    if net is None:
        raise Refusal("price.missing", f"What {where} credits is not known.", "Enter the amount credited.")
    _check_amount(net, where)
    at_price = one.amount is None and net == priced
    line = Line(
        *(header.id, number, quantity, base),
        item=named.item,
        lot=named.lot,
        description=check_text(one.description, f"description of {where}") or named.description,
        unit=named.unit,
        numerator=named.numerator,
        denominator=named.denominator,
        unit_price=named.unit_price if at_price else None,
        discount=named.discount if at_price else 0,
        source=target.id,
        account=facts.booked[target.id].account,
        details={RETURN_LINE: named.id} if target is not named else None,
    )
    return taxed(line, net, one.tax, find_tax(one.tax_code or named.tax_code, facts, where), where)


def _check_amount(amount: int, where: str) -> None:
    if amount < 0:
        raise Refusal("credit.negative", f"The amount of {where} is negative.", "Enter an invoice instead.")


# ---------------------------------------------------------------------------------------------------------------------
# What it does


def _credit(settlement: Settlement, lines: Sequence[Line]) -> list[Line]:
    """Settle what ``lines`` credit, and put their journal together; return them with what they did."""
    facts, header = settlement.facts, settlement.header
    payable = facts.account(Role.PAYABLE)
    _check_mixed(lines)
    credited = []
    total = 0
    for line in lines:
        cost = facts.own(cost_of(line, facts), header)
        total += cost + book_tax(settlement, line, payable, -1)
        source = facts.source(line)
        assert line.account is not None
        if source is None:
            settlement.journal[payable, line.account] += cost
            credited.append(line)
        elif not line.base_quantity:
            credited.append(_price_alone(settlement, line, source, cost, payable))
        else:
            credited.append(_goods(settlement, line, source, cost, payable))
    rounding = facts.own(sum(line.net + line.tax for line in lines), header) - total
    if rounding:
        settlement.journal[payable, facts.account(Role.ROUNDING)] += rounding
    return credited


def _check_mixed(lines: Sequence[Line]) -> None:
    prices = {line.source for line in lines if line.source is not None and not line.base_quantity}
    goods = {line.source for line in lines if line.source is not None and line.base_quantity}
    if prices & goods:
        # what the goods that went back stand at changes with the price, which is known only once that is posted
        raise Refusal(
            "credit.mixed",
            "The credit note credits the price and the quantity of the same receipt's line.",
            "Enter the price as a credit note of its own.",
        )


def _price_alone(settlement: Settlement, line: Line, source: Line, cost: int, payable: int) -> Line:
    standing = settlement.standing(source)
    if standing.invoiced <= 0:
        raise Refusal(
            "credit.not_invoiced",
            f"What line {line.line} credits is not invoiced yet.",
            "Enter the invoice first.",
        )
    if cost > standing.billed:
        raise Refusal(
            "credit.exceeds",
            f"Line {line.line} credits {_own_money(cost, settlement)} where {_own_money(standing.billed, settlement)}"
            " was billed.",
            "Check the amount.",
        )
    assert line.account is not None
    settlement.journal[payable, line.account] += cost
    return line._replace(details=settlement.settle(source, count=0, value=-cost, expected=0, grni=-cost))


def _goods(settlement: Settlement, line: Line, source: Line, cost: int, payable: int) -> Line:
    """Clear what the goods put on the account when they went back (or when they were billed and did not come)."""
    free = settlement.facts.header(source).kind == DocumentKind.SUPPLIER_RETURN
    waiting = source.base_quantity - source.invoiced - settlement.invoiced[source.id]
    if not free:
        waiting = -settlement.standing(source).open
    quantity = line.base_quantity
    if quantity > waiting:
        raise Refusal(
            "credit.not_expected",
            f"Line {line.line} credits {format_quantity(quantity)}, and {format_quantity(max(waiting, 0))} were billed and"
            " not kept.",
            "Credit less; what went back before it was billed is not billed at all.",
        )
    stands = -settlement.open_amount(source)
    share = stands - round_half_up(stands * (waiting - quantity), waiting)
    assert line.account is not None
    settlement.journal[payable, line.account] += share
    settlement.journal[payable, settlement.facts.account(Role.PRICE_DIFFERENCE)] += cost - share
    if free:
        return line._replace(details=settlement.settle_only(source, count=quantity, grni=-share))
    value = -settlement.standing(source).credited(quantity)
    done = settlement.settle(source, count=-quantity, value=value, expected=value, grni=-share)
    if line.details is not None:
        settlement.invoiced[line.details[RETURN_LINE]] += quantity
    return line._replace(details={**(line.details or {}), **done})


def _own_money(amount: int, settlement: Settlement) -> str:
    return money(amount, settlement.facts.read.company_currency)
