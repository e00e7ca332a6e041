"""From what somebody typed of a supplier's paper to invoices, credit notes and payments."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import perhaps
from everstock.interfaces.cli.codes import Desk, money_of
from everstock.interfaces.cli.lines import Offer, Offered
from everstock.interfaces.cli.open_items import paid_lines
from everstock.interfaces.cli.showing import money
from everstock.interfaces.cli.words import Entry
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.documents.sides import BUYING
from everstock.operations.purchasing.credit_notes import CreditLine, post_credit_note
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import mismatches_of, post_invoice
from everstock.operations.purchasing.matching import MismatchKind
from everstock.operations.purchasing.payments import register_payment
from everstock.operations.purchasing.prepayments import apply_prepayment, prepay

_Line = TypeVar("_Line", InvoiceLine, CreditLine)


class _Paper(NamedTuple):
    """What a supplier's paper says of all its lines: ids, the currency of its amounts, the total in minor units."""

    supplier: int
    currency: str
    tax_code: int | None
    account: int | None
    total: int | None

    def charges(self, make: type[_Line], charges: Sequence[tuple[str, str]]) -> list[_Line]:
        """Return lines for what is billed or credited besides goods, from (text, amount)."""
        return [
            make(
                description=text,
                amount=money_of(amount, self.currency, "charge"),
                tax_code=self.tax_code,
                account=self.account,
            )
            for text, amount in charges
        ]


def _paper(
    at: Desk, supplier: str, *, currency: str | None, tax: str | None, account: str | None, total: str | None
) -> _Paper:
    partner = at.codes.supplier(supplier)
    spoken = at.currency(partner, currency)
    return _Paper(
        *(partner.pk, spoken),
        tax_code=perhaps(at.codes.tax, tax),
        account=perhaps(at.codes.account, account),
        total=None if total is None else money_of(total, spoken, "total"),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Invoices


def post_bill(
    at: Desk,
    *,
    supplier: str,
    receipts: Sequence[str],
    orders: Sequence[str],
    lines: Sequence[Entry],
    rest: bool,
    charges: Sequence[tuple[str, str]],
    account: str | None,
    tax: str | None,
    total: str | None,
    currency: str | None,
    **given: Any,
) -> DocumentRef:
    """Post an invoice; refused: as ``invoices.post_invoice``, and what cannot be understood."""
    paper = _paper(at, supplier, currency=currency, tax=tax, account=account, total=total)
    wanted: list[InvoiceLine] = []
    if receipts or orders:
        wanted = _billed(at, receipts, orders, lines, paper.tax_code, rest=rest or not lines)
    elif lines:
        raise Refusal(
            "invoice.of_nothing", "The lines are of no receipt and no order.", "Name one with --receipt or --order."
        )
    wanted += paper.charges(InvoiceLine, charges)
    return post_invoice(at.actor, supplier=paper.supplier, lines=wanted, currency=currency, total=paper.total, **given)


def _billed(
    at: Desk, receipts: Sequence[str], orders: Sequence[str], lines: Sequence[Entry], tax: int | None, *, rest: bool
) -> list[InvoiceLine]:
    documents = [at.codes.document(number, [DocumentKind.GOODS_RECEIPT]) for number in receipts]
    documents += [at.codes.document(number, [DocumentKind.PURCHASE_ORDER]) for number in orders]
    offer = Offer(at.company.pk, documents, _not_invoiced)
    chosen = {
        offered.line.id: InvoiceLine(offered.line.id, entry.quantity, entry.price, entry.discount, tax_code=tax)
        for offered, entry in offer.each(lines)
    }
    if rest:
        for offered in offer.open():
            chosen.setdefault(offered.line.id, InvoiceLine(offered.line.id))
    if not chosen:
        raise Refusal(
            "invoice.nothing_open",
            f"All of {' and '.join([*receipts, *orders])} is invoiced already.",
            "Check the other invoices.",
        )
    return list(chosen.values())


def _not_invoiced(line: Line) -> int:
    return line.base_quantity - line.returned - line.invoiced


def mismatches(at: Desk, invoice: int) -> list[str]:
    """In what an invoice differed when it was entered, in words; nothing for who may not see costs."""
    header = read(at.company.pk, [invoice]).headers[invoice]
    found = []
    for one in mismatches_of(header) if at.actor.sees_costs else ():
        if one.kind == MismatchKind.PRICE:
            sides = [f"{money(amount, header.currency)} {header.currency}" for amount in (one.expected, one.billed)]
        else:
            sides = [format_quantity(quantity) for quantity in (one.expected, one.billed)]
        found.append(f"line {one.line}, {one.kind}: {sides[0]} expected, {sides[1]} billed.")
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Credit notes


def post_credit(
    at: Desk,
    *,
    supplier: str,
    returns: Sequence[str],
    receipts: Sequence[str],
    lines: Sequence[Entry],
    amounts: Sequence[tuple[str, str]],
    reductions: Sequence[tuple[str, str]],
    charges: Sequence[tuple[str, str]],
    account: str | None,
    tax: str | None,
    total: str | None,
    currency: str | None,
    **given: Any,
) -> DocumentRef:
    """Post a credit note; refused: as ``credit_notes.post_credit_note``, and what cannot be understood."""
    paper = _paper(at, supplier, currency=currency, tax=tax, account=account, total=total)
    wanted: list[CreditLine] = []
    if returns or receipts:
        documents = [at.codes.document(number, [DocumentKind.SUPPLIER_RETURN]) for number in returns]
        documents += [at.codes.document(number, [DocumentKind.GOODS_RECEIPT]) for number in receipts]
        offer = Offer(at.company.pk, documents, lambda line: line.base_quantity - line.invoiced)
        back = {key for kind, key in documents if kind is DocumentKind.SUPPLIER_RETURN}
        chosen: list[tuple[Offered, int | None]] = [(offer.named(entry.name), entry.quantity) for entry in lines]
        if not lines:
            chosen = [(one, None) for one in offer.open() if one.header.id in back]
        said = {offer.named(name).line.id: money_of(amount, paper.currency, "amount") for name, amount in amounts}
        if said.keys() - {one.line.id for one, _ in chosen}:
            raise Refusal(
                "credit.amount_alone",
                "An amount is given for goods that are not credited.",
                "Name them with --line, or credit the price alone with --price-off.",
            )
        wanted += [CreditLine(one.line.id, quantity, said.get(one.line.id), paper.tax_code) for one, quantity in chosen]
        for name, amount in reductions:
            line = offer.named(name).line
            wanted.append(
                CreditLine(line.id, amount=money_of(amount, paper.currency, "reduction"), tax_code=paper.tax_code)
            )
    elif lines or amounts or reductions:
        raise Refusal(
            "invoice.of_nothing", "The lines are of no return and no receipt.", "Name one with --return or --receipt."
        )
    wanted += paper.charges(CreditLine, charges)
    return post_credit_note(
        at.actor, supplier=paper.supplier, lines=wanted, currency=currency, total=paper.total, **given
    )


# ---------------------------------------------------------------------------------------------------------------------
# Payments


def post_payment(
    at: Desk, paid: Sequence[tuple[str, str]], *, bank_amount: str | None, account: str | None, **given: Any
) -> DocumentRef:
    """Register a payment of invoices; supplier and currency are those of the first. Refused: as ``payments.register_payment``."""
    lines, first = paid_lines(at, BUYING, paid)
    assert first.partner is not None, "an invoice is of somebody"
    return register_payment(
        at.actor,
        supplier=first.partner,
        lines=lines,
        currency=first.currency,
        bank_amount=None if bank_amount is None else money_of(bank_amount, at.company.currency_id, "amount"),
        account=perhaps(at.codes.account, account),
        **given,
    )


def post_prepayment(
    at: Desk, supplier: str, *, amount: str, currency: str | None, account: str | None, **given: Any
) -> DocumentRef:
    """Register a prepayment. Refused: as ``prepayments.prepay``."""
    partner = at.codes.supplier(supplier)
    spoken = at.currency(partner, currency)
    return prepay(
        at.actor,
        supplier=partner.pk,
        amount=money_of(amount, spoken, "amount"),
        currency=spoken,
        account=perhaps(at.codes.account, account),
        **given,
    )


def post_application(at: Desk, prepayment: str, paid: Sequence[tuple[str, str]], **given: Any) -> DocumentRef:
    """Pay invoices by a prepayment. Refused: as ``prepayments.apply_prepayment``."""
    _, key = at.codes.document(prepayment, [DocumentKind.SUPPLIER_PAYMENT])
    return apply_prepayment(at.actor, prepayment=key, lines=paid_lines(at, BUYING, paid)[0], **given)
