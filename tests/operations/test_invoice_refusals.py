"""Every refusal of supplier invoices and credit notes, after which nothing has changed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.models import Location, PostingRule
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.credit_notes import CreditLine, post_credit_note
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import approve_invoice, cancel_invoice, post_invoice
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from tests.operations.buying import MONDAY, NOW
from tests.operations.owing import Owing, received
from tests.operations.unchanged import everything

P = Permission
Case = Callable[[Owing], Any]


def _bill(owing: Owing, **more: Any) -> DocumentRef:
    """Bill a receipt of ten bolts with something wrong."""
    _, receipt = received(owing)
    return owing.bill(owing.paper(receipt, more.pop("quantity", 10), **more))


def _billed(owing: Owing) -> tuple[DocumentRef, DocumentRef]:
    _, receipt = received(owing)
    return receipt, owing.bill(receipts=[receipt.id])


def _source(owing: Owing, document: DocumentRef) -> int:
    return owing.lines(document.id)[0].id


def _twice(owing: Owing) -> None:
    _bill(owing)
    _, receipt = received(owing)
    owing.bill(receipts=[receipt.id], reference="INV-1")


def _without_payable(owing: Owing) -> None:
    PostingRule.objects.filter(company=owing.company, role="payable").delete()
    _bill(owing)


def _credit_return(owing: Owing, quantity: int, *, invoiced: bool = True) -> None:
    _, receipt = received(owing)
    if invoiced:
        owing.bill(receipts=[receipt.id])
    back = owing.send_back(receipt, 2)
    owing.credit(CreditLine(_source(owing, back), quantity * SCALE))


def _cancel_credited(owing: Owing) -> None:
    receipt, invoice = _billed(owing)
    owing.credit(CreditLine(_source(owing, receipt), amount=100))
    cancel_invoice(owing.boss, invoice=invoice.id, day=MONDAY, reason="x", recorded_at=next(owing.moments))


def _consigned(owing: Owing) -> None:
    place = Location.objects.create(company=owing.company, code="THEIRS", kind="consignment").pk
    order = owing.sent(owing.line(10, "2.5", location=place))
    lines = [ReceiptLine(10 * SCALE, order.id, 1)]
    receipt = receive(owing.boss, lines=lines, day=MONDAY, location=place, recorded_at=next(owing.moments))
    owing.bill(receipts=[receipt.id])


def _mixed(owing: Owing) -> None:
    line = _source(owing, _billed(owing)[0])
    owing.credit(CreditLine(line, amount=1), CreditLine(line, SCALE))


REFUSALS: list[tuple[str, str, str, Case]] = [
    (
        "permission.missing",
        "may not post supplier invoices",
        "Ask",
        lambda o: post_invoice(o.actor(P.PURCHASE_READ), supplier=1, reference="x", day=MONDAY, recorded_at=NOW),
    ),
    (
        "approval.over_limit",
        "up to 4.99 USD; this is 5.00 USD",
        "higher limit",
        lambda o: post_invoice(
            o.actor(P.SUPPLIER_INVOICE_POST, P.SUPPLIER_INVOICE_APPROVE_MISMATCH, limit=499),
            supplier=o.partners["SMITH"],
            reference="x",
            day=MONDAY,
            recorded_at=NOW,
            approve=True,
            lines=[o.paper(received(o)[1], 10, "3")],
        ),
    ),
    ("document.no_lines", "has no lines", "at least one", lambda o: o.bill()),
    (
        "supplier.unknown",
        "no such supplier",
        "Create",
        lambda o: post_invoice(o.boss, supplier=0, reference="x", day=MONDAY, recorded_at=NOW),
    ),
    ("supplier.not_one", "JONES", "Mark", lambda o: o.bill(supplier="JONES")),
    ("invoice.reference_missing", "no number", "Enter the number", lambda o: o.bill(reference=" ")),
    ("document.reference_taken", "“INV-1”", "cancel it", _twice),
    ("currency.unknown", "XXX", "such as", lambda o: o.bill(currency="XXX")),
    ("rate.missing", "JPY", "Enter the rate", lambda o: o.bill(supplier="YEN")),
    ("rate.invalid", "cannot be", "above zero", lambda o: o.bill(supplier="EURO", rate=0)),
    ("invoice.line_unknown", "not known", "Name a line", lambda o: o.bill(InvoiceLine(0))),
    (
        "invoice.line_unknown",
        "neither a receipt nor an order",
        "Name a line",
        lambda o: o.bill(InvoiceLine(_source(o, _billed(o)[1]))),
    ),
    ("invoice.line_incomplete", "not both", "amount", lambda o: o.bill(InvoiceLine(amount=5))),
    (
        "invoice.other_supplier",
        "GR-2026-000001",
        "under that supplier",
        lambda o: o.bill(o.paper(received(o)[1], 1), supplier="EURO"),
    ),
    ("invoice.account", "names an account", "Leave", lambda o: _bill(o, account=o.codes["6900"])),
    (
        "invoice.nothing_open",
        "is invoiced already",
        "other invoices",
        lambda o: o.bill(InvoiceLine(_source(o, _billed(o)[0]))),
    ),
    (
        "invoice.total",
        "25.00 USD, and the invoice to 24.99 USD",
        "Correct",
        lambda o: o.bill(o.paper(received(o)[1], 10), total=2499),
    ),
    (
        "invoice.due_too_early",
        "due before its day",
        "later",
        lambda o: o.bill(o.paper(received(o)[1], 10), due_on=MONDAY),
    ),
    ("invoice.tax", "does not charge", "tax code", lambda o: _bill(o, tax=5)),
    ("tax.unknown", "unknown or inactive tax", "another", lambda o: _bill(o, tax_code=o.taxes["OLD"])),
    ("discount.invalid", "discount", "Correct", lambda o: _bill(o, discount=SCALE + 1)),
    ("quantity.not_positive", "not above zero", "how much", lambda o: _bill(o, quantity=0)),
    ("price.negative", "negative", "credit note", lambda o: _bill(o, price="-1")),
    ("price.missing", "not known", "Enter the price", lambda o: o.bill(o.paper(received(o)[1], 1), currency="EUR")),
    ("document.too_large", "too large", "Check", lambda o: _bill(o, amount=LIMIT)),
    (
        "account.unknown",
        "unknown or inactive account",
        "another",
        lambda o: o.bill(InvoiceLine(description="x", amount=1, account=0)),
    ),
    ("account.missing", "payable", "posting rule", _without_payable),
    (
        "document.wrong_state",
        "is requested and cannot be invoiced",
        "approved",
        lambda o: o.bill(o.paper(o.order(), 1)),
    ),
    ("document.unknown", "no such goods receipt", "Look it up", lambda o: o.bill(receipts=[o.sent().id])),
    (
        "document.unknown",
        "no such supplier invoice",
        "Look it up",
        lambda o: approve_invoice(o.boss, invoice=received(o)[1].id, recorded_at=NOW),
    ),
    (
        "document.wrong_state",
        "is posted and cannot be approved",
        "paid, credited or cancelled",
        lambda o: approve_invoice(o.boss, invoice=_billed(o)[1].id, recorded_at=NOW),
    ),
    (
        "permission.missing",
        "may not approve supplier invoices",
        "Ask",
        lambda o: approve_invoice(o.actor(P.SUPPLIER_INVOICE_POST), invoice=1, recorded_at=NOW),
    ),
    (
        "reason.missing",
        "no reason",
        "Say why",
        lambda o: cancel_invoice(o.boss, invoice=1, day=MONDAY, reason="", recorded_at=NOW),
    ),
    ("invoice.credited", "was credited than would be left", "credit notes first", _cancel_credited),
    (
        "permission.missing",
        "may not post supplier invoices",
        "Ask",
        lambda o: post_credit_note(
            o.actor(P.PURCHASE_READ), supplier=1, reference="x", day=MONDAY, lines=[], recorded_at=NOW
        ),
    ),
    ("document.no_lines", "credit note has no lines", "at least one", lambda o: o.credit()),
    ("credit.line_incomplete", "not both", "amount", lambda o: o.credit(CreditLine(amount=5))),
    ("credit.line_unknown", "not known", "return or a receipt", lambda o: o.credit(CreditLine(0))),
    (
        "credit.other_supplier",
        "another supplier",
        "under that supplier",
        lambda o: o.credit(CreditLine(_source(o, received(o)[1]), amount=1), supplier="EURO"),
    ),
    ("credit.not_expected", "credits 3, and 2 were billed and not kept", "Credit less", lambda o: _credit_return(o, 3)),
    ("credit.not_expected", "and 0 were billed", "not billed at all", lambda o: _credit_return(o, 2, invoiced=False)),
    (
        "credit.not_invoiced",
        "not invoiced yet",
        "invoice first",
        lambda o: o.credit(CreditLine(_source(o, received(o)[1]), amount=1)),
    ),
    (
        "credit.exceeds",
        "25.01 USD where 25.00 USD was billed",
        "Check",
        lambda o: o.credit(CreditLine(_source(o, _billed(o)[0]), amount=2501)),
    ),
    ("invoice.consignment", "still the supplier's", "become ours", _consigned),
    ("credit.mixed", "price and the quantity", "of its own", _mixed),
    (
        "credit.negative",
        "negative",
        "invoice instead",
        lambda o: o.credit(CreditLine(_source(o, _billed(o)[0]), amount=-1)),
    ),
    ("price.missing", "not known", "amount credited", lambda o: o.credit(CreditLine(_source(o, _billed(o)[0])))),
    (
        "invoice.total",
        "credit note to",
        "Correct",
        lambda o: o.credit(CreditLine(_source(o, _billed(o)[0]), amount=100), total=99),
    ),
]


@pytest.mark.parametrize("code, cause, remedy, case", REFUSALS, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSALS)])
@pytest.mark.usefixtures("watched")
def test_refusals(owing: Owing, code: str, cause: str, remedy: str, case: Case) -> None:
    with pytest.raises(Refusal) as refused:
        case(owing)
    assert (refused.value.code, cause in refused.value.cause, remedy in refused.value.remedy) == (code, True, True), (
        refused.value
    )
    if code != "account.missing":
        owing.check()


def test_a_refused_invoice_changes_nothing(owing: Owing) -> None:
    _, receipt = received(owing)
    before = everything(), owing.balances()
    for more in ({"total": 1}, {"reference": ""}, {"supplier": "EURO"}, {"due_on": dt.date(2020, 1, 1)}):
        given: dict[str, Any] = dict(more)
        with pytest.raises(Refusal):
            owing.bill(owing.paper(receipt, 10), **given)
    with pytest.raises(Refusal):
        owing.credit(CreditLine(owing.lines(receipt.id)[0].id, amount=1))
    assert (everything(), owing.balances()) == before
