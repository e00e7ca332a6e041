"""Supplier invoices: what they book, and what happens when they differ."""

from typing import Any

import pytest

from everstock.core.facts import Method
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.masterdata.models import Item
from everstock.operations.documents import queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.ahead import match_ahead
from everstock.operations.purchasing.differences import differences
from everstock.operations.purchasing.grni import GrniKind, cancel_clearing
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import approve_invoice, cancel_invoice, mismatches_of
from everstock.operations.purchasing.receipts import cancel_receipt
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing, match_of, received

P = Permission


# --- an invoice that matches


def test_an_invoice_that_matches_clears_what_was_received(owing: Owing) -> None:
    order = owing.sent(owing.line(10, "2.5"), owing.line(4, "1", "NUT"))
    receipt = owing.receive(order)
    assert owing.balances() == {"1200": 2900, "2100": -2900}
    invoice = owing.bill(receipts=[receipt.id], total=2900, reference="INV-A")
    assert invoice == (invoice.id, "SI-2026-000001", "posted")
    assert owing.balances() == {"1200": 2900, "2000": -2900}
    assert (owing.header(order.id).state, owing.header(receipt.id).state) == ("invoiced", "invoiced")
    assert [line.invoiced for line in owing.lines(receipt.id)] == [10 * SCALE, 4 * SCALE]
    assert [line.invoiced for line in owing.lines(order.id)] == [10 * SCALE, 4 * SCALE]
    header = owing.header(invoice.id)
    assert (header.reference, header.net, header.tax, header.gross) == ("INV-A", 2900, 0, 2900)
    assert header.posted_at is not None
    assert [link.number for link in queries.chain(owing.company.pk, invoice.id)] == [order.number, receipt.number]
    assert len(queries.postings(owing.company.pk, [invoice.id])[invoice.id]) == 1
    [said] = AuditEvent.objects.filter(subject=invoice.number)
    assert (said.action, said.after) == (
        "supplier_invoice.post",
        {"state": "posted", "currency": "USD", "gross": 2900, "lines": 2},
    )
    assert owing.rows() == []
    owing.check()


def test_it_is_due_by_the_terms_of_the_order(owing: Owing) -> None:
    suppliers.set_terms(owing.boss, supplier=owing.partners["SMITH"], recorded_at=NOW, payment_days=30)
    _, receipt = received(owing)
    suppliers.set_terms(owing.boss, supplier=owing.partners["SMITH"], recorded_at=NOW, payment_days=60)
    first = owing.bill(owing.paper(receipt, 4), day=MONDAY)
    second = owing.bill(owing.paper(receipt, 4), day=MONDAY, due_on=MONDAY + DAY)
    charge = owing.bill(InvoiceLine(description="Courier", amount=100), day=MONDAY)
    due = [owing.header(one.id).due_on for one in (first, second, charge)]
    assert due == [MONDAY + 30 * DAY, MONDAY + DAY, MONDAY + 60 * DAY]


def test_several_invoices_of_a_receipt_take_all_of_it_to_the_cent(owing: Owing) -> None:
    order, receipt = received(owing, 3, "0.333333")
    assert owing.balance("2100") == -100
    for state in ("partly_invoiced", "partly_invoiced", "invoiced"):
        owing.bill(owing.paper(receipt, 1, amount=33), approve=True)
        assert owing.header(receipt.id).state == state
        owing.check()
    assert owing.balance("2100") == 0
    assert owing.stock() == (3, 99)
    assert owing.header(order.id).state == "invoiced"


def test_one_invoice_bills_several_receipts_and_a_service(owing: Owing) -> None:
    service = OrderLine(SCALE, unit_price=15 * SCALE, description="Assembly", account=owing.codes["6300"])
    order = owing.sent(owing.line(10, "2.5"), service)
    receipts = [owing.receive(order, quantity, day=MONDAY + quantity * DAY) for quantity in (4, 6)]
    invoice = owing.bill(
        owing.paper(order, None, line=2),
        InvoiceLine(description="Packing", amount=250),
        receipts=[receipt.id for receipt in receipts],
    )
    assert owing.balances() == {"1200": 2500, "2000": -4250, "6300": 1500, "6900": 250}
    assert [owing.header(receipt.id).state for receipt in receipts] == ["invoiced", "invoiced"]
    assert owing.header(order.id).state == "invoiced"
    assert [line.net for line in owing.lines(invoice.id)] == [1000, 1500, 1500, 250]
    owing.check()


def test_the_unit_of_the_receipt_is_that_of_the_invoice(owing: Owing) -> None:
    line = OrderLine(2 * SCALE, item=owing.items["BOLT"], unit=owing.units["box"], unit_price=50 * SCALE)
    order = owing.sent(line)
    receipt = owing.receive(order)
    invoice = owing.bill(InvoiceLine(owing.lines(receipt.id)[0].id, SCALE))
    [billed] = owing.lines(invoice.id)
    assert (billed.quantity, billed.base_quantity, billed.net) == (SCALE, 100 * SCALE, 5000)
    assert owing.rows()[0].open == 5000
    owing.check()


# --- differences


@pytest.mark.parametrize(
    "method, stock, sold",
    [(Method.FIFO, 1500, 1500), (Method.AVERAGE, 1500, 1500), (Method.LIFO, 1500, 1500)],
)
@pytest.mark.django_db
def test_a_price_difference_after_half_was_sold(method: Method, stock: int, sold: int) -> None:
    owing = Owing(method)
    _, receipt = received(owing)
    owing.issue(5)
    invoice = owing.bill(owing.paper(receipt, 10, "3"), approve=True)
    assert owing.balances() == {"1200": stock, "2000": -3000, "5000": sold}
    changed = differences(owing.company.pk, invoice.id)
    assert [(one.day, one.in_stock, one.amount) for one in changed] == [
        (MONDAY, True, 500),
        (MONDAY + DAY, True, -250),
        (MONDAY + DAY, False, 250),
    ]
    assert [one.issues for one in changed] == [(), (), ("SALE-1",)]
    owing.check()


@pytest.mark.django_db
def test_under_standard_cost_the_difference_is_a_price_variance() -> None:
    owing = Owing(Method.STANDARD)
    Item.objects.filter(pk=owing.items["BOLT"]).update(standard_cost=2_500_000)
    order, receipt = received(owing)
    again = owing.receive(owing.sent(owing.line(10, "2.75")))
    owing.bill(owing.paper(receipt, 10, "3"), approve=True)
    owing.bill(receipts=[again.id])
    assert owing.balances() == {"1200": 5000, "2000": -5750, "5100": 750}
    assert owing.header(order.id).state == "invoiced"
    owing.check()


def test_what_is_not_invoiced_yet_keeps_its_provisional_value(owing: Owing) -> None:
    _, receipt = received(owing)
    owing.bill(owing.paper(receipt, 4, "3"), approve=True)
    assert owing.stock() == (10, 4 * 300 + 6 * 250)
    [row] = owing.rows()
    assert (row.kind, row.received, row.invoiced, row.open) == (GrniKind.RECEIVED, 2700, 1200, 1500)
    owing.bill(owing.paper(receipt, 6, "2"), approve=True)
    assert owing.balances() == {"1200": 2400, "2000": -2400}
    owing.check()


def test_a_receipt_without_a_price_is_trued_up(owing: Owing) -> None:
    order = owing.sent(owing.line(10))
    receipt = owing.receive(order)
    assert owing.balances() == {}
    owing.issue(4)
    owing.bill(owing.paper(receipt, 10, "1.5"))
    assert owing.balances() == {"1200": 900, "2000": -1500, "5000": 600}
    assert owing.header(receipt.id).state == "invoiced"
    owing.check()


def test_an_invoice_in_euro_at_another_rate(owing: Owing) -> None:
    actions.set_exchange_rate(company=owing.company, currency_code="EUR", day=MONDAY + DAY, rate=1_300_000_000)
    order = owing.sent(owing.line(10, "2.5"), supplier="EURO")
    receipt = owing.receive(order)
    assert owing.balance("2100") == -3000
    owing.issue(5)
    invoice = owing.bill(receipts=[receipt.id], supplier="EURO")
    assert owing.balances() == {"1200": 1625, "2000": -3250, "5000": 1625}
    assert (owing.header(invoice.id).rate, owing.header(invoice.id).gross) == (1_300_000_000, 2500)
    owing.check()


def test_the_sum_of_an_invoice_in_euro_is_owed_to_the_cent(owing: Owing) -> None:
    order = owing.sent(*(owing.line(1, "0.02", item) for item in ("BOLT", "NUT", "BOLT")), supplier="EURO")
    receipt = owing.receive(order)
    owing.bill(receipts=[receipt.id], supplier="EURO")
    # 0.02 at 1.2 is 0.02 each; 0.06 at 1.2 is 0.07
    assert owing.balances() == {"1200": 6, "2000": -7, "6900": 1}
    owing.check()


def test_taxes(owing: Owing) -> None:
    order = owing.sent(
        *(
            owing.line(10, "1", item, tax_code=owing.taxes[tax])
            for item, tax in (("BOLT", "VAT"), ("NUT", "REV"), ("BOLT", "LOST"))
        )
    )
    receipt = owing.receive(order)
    assert owing.balance("2100") == -3200  # tax that is not recovered is part of the cost
    invoice = owing.bill(receipts=[receipt.id])
    assert owing.balances() == {"1200": 3200, "1400": 400, "2000": -3400, "2200": -200}
    header = owing.header(invoice.id)
    assert (header.net, header.tax, header.gross) == (3000, 400, 3400)
    owing.check()


def test_a_tax_as_printed_differs_by_a_cent(owing: Owing) -> None:
    _, receipt = received(owing, tax_code=owing.taxes["VAT"])
    owing.bill(owing.paper(receipt, 10, tax=501), total=3001)
    assert owing.balances() == {"1200": 2500, "1400": 501, "2000": -3001}
    owing.check()


# --- the match


def test_what_differs_is_held_until_somebody_approves_it(owing: Owing) -> None:
    _, receipt = received(owing)
    invoice = owing.bill(owing.paper(receipt, 10, "2.6"), owing.paper(receipt, 2, "2.5"))
    assert invoice.state == "on_hold"
    header = owing.header(invoice.id)
    found = [(one.line, one.kind, one.expected, one.billed, one.amount) for one in mismatches_of(header)]
    assert found == [(1, "price", 2500, 2600, 100), (2, "quantity", 0, 2 * SCALE, 500)]
    assert header.posted_at is None
    assert owing.balances() == {"1200": 2500, "2100": -2500}
    assert owing.lines(receipt.id)[0].invoiced == 0
    approver = owing.actor(P.SUPPLIER_INVOICE_APPROVE_MISMATCH, limit=599)
    with pytest.raises(Refusal, match=r"up to 5.99 USD; this is 6.00 USD"):
        approve_invoice(approver, invoice=invoice.id, recorded_at=NOW)
    approver = owing.actor(P.SUPPLIER_INVOICE_APPROVE_MISMATCH, limit=600)
    assert approve_invoice(approver, invoice=invoice.id, recorded_at=next(owing.moments)).state == "posted"
    # two pieces were billed and did not come: the supplier owes them, or a credit
    assert owing.balance("2000") == -3100
    [row] = owing.rows()
    assert row.open == -517
    assert owing.lines(receipt.id)[0].invoiced == 12 * SCALE
    owing.check()


@pytest.mark.parametrize(
    "price, quantity, state",
    [
        *(("2.75", 10, "posted"), ("2.25", 10, "posted"), ("2.76", 10, "on_hold"), ("2.24", 10, "on_hold")),
        *(("2.5", 12, "posted"), ("2.5", 13, "on_hold"), ("2.5", 1, "posted")),
    ],
)
def test_tolerances(owing: Owing, price: str, quantity: int, state: str) -> None:
    suppliers.set_terms(
        owing.boss,
        supplier=owing.partners["SMITH"],
        recorded_at=NOW,
        price_tolerance=100_000,
        over_tolerance=200_000,
    )
    _, receipt = received(owing)
    assert owing.bill(owing.paper(receipt, quantity, price)).state == state
    if state == "posted" and quantity >= 10:
        assert owing.rows() == []
        assert owing.lines(receipt.id)[0].invoiced == 10 * SCALE
    owing.check()


def test_who_may_approve_does_so_at_once(owing: Owing) -> None:
    _, receipt = received(owing)
    owing.bill(owing.paper(receipt, 10, "3"), approve=True)
    [header] = [owing.header(row.id) for row in queries.documents(owing.company.pk, [DocumentKind.SUPPLIER_INVOICE])]
    assert header.details == {"mismatches": [[1, "price", 2500, 3000, 500]], "approved_by": "system"}


# --- before the goods come


def test_an_invoice_before_the_receipt_waits_for_it(owing: Owing) -> None:
    order = owing.sent(owing.line(10, "2.5"))
    invoice = owing.bill(owing.paper(order, 10, "3"), approve=True)
    assert owing.balances() == {"2000": -3000, "2100": 3000}
    [row] = owing.rows()
    assert (row.kind, row.document, row.open, row.invoiced) == (GrniKind.INVOICED_AHEAD, invoice.id, -3000, 3000)
    receipts = [owing.receive(order, 4), owing.receive(order, 6)]
    matches = [match_of(owing, receipt) for receipt in receipts]
    assert owing.balances() == {"1200": 3000, "2000": -3000}
    assert [owing.header(one.id).state for one in (order, *receipts)] == ["invoiced"] * 3
    assert [receipt.state for receipt in receipts] == ["invoiced"] * 2
    assert owing.rows() == []
    assert match_ahead(owing.boss, order=order.id, day=MONDAY, recorded_at=NOW) is None
    owing.check()
    with pytest.raises(Refusal) as refused:
        cancel_invoice(owing.boss, invoice=invoice.id, day=MONDAY, reason="Wrong", recorded_at=NOW)
    assert refused.value.code == "invoice.matched"
    for receipt, match in zip(receipts, matches, strict=True):
        with pytest.raises(Refusal) as refused:
            cancel_receipt(owing.boss, receipt=receipt.id, reason="Wrong", recorded_at=NOW)
        assert refused.value.code == "receipt.matched"
        cancel_clearing(owing.boss, clearing=match, day=MONDAY + 5 * DAY, reason="x", recorded_at=next(owing.moments))
    assert owing.balances() == {"1200": 2500, "2000": -3000, "2100": 500}
    owing.check()
    cancel_invoice(
        owing.boss, invoice=invoice.id, day=MONDAY + 9 * DAY, reason="Wrong", recorded_at=next(owing.moments)
    )
    assert owing.balances() == {"1200": 2500, "2100": -2500}
    assert owing.lines(order.id)[0].invoiced == 0
    owing.check()


def test_a_match_at_the_price_billed_posts_nothing(owing: Owing) -> None:
    order = owing.sent(owing.line(10, "2.5"))
    owing.bill(owing.paper(order, None))
    receipt = owing.receive(order)
    assert queries.postings(owing.company.pk, [match_of(owing, receipt)]) == {}
    assert owing.rows() == []
    assert owing.header(receipt.id).state == "invoiced"
    owing.check()


def test_a_replacement_takes_the_place_of_what_went_back(owing: Owing) -> None:
    order, receipt = received(owing)
    owing.bill(receipts=[receipt.id])
    owing.send_back(receipt, 2, resolution=Resolution.REPLACEMENT)
    assert owing.rows()[0].open == -500
    replacement = owing.receive(order, 2, day=MONDAY + 7 * DAY)
    assert replacement.state == "invoiced"
    assert owing.rows() == []
    assert owing.balances() == {"1200": 2500, "2000": -2500}
    owing.check()


# --- cancel


def test_a_cancelled_invoice_leaves_no_trace_but_the_record(owing: Owing) -> None:
    order, receipt = received(owing)
    owing.issue(5)
    first = owing.bill(owing.paper(receipt, 4, "3"), approve=True, reference="TWICE")
    second = owing.bill(owing.paper(receipt, 6, "3"), approve=True)
    gone = cancel_invoice(
        owing.boss, invoice=first.id, day=MONDAY + 9 * DAY, reason="Not ours", recorded_at=next(owing.moments)
    )
    assert gone.state == "cancelled"
    owing.check()
    assert owing.header(receipt.id).state == "partly_invoiced"
    cancel_invoice(owing.boss, invoice=second.id, day=MONDAY + 9 * DAY, reason="x", recorded_at=next(owing.moments))
    assert owing.balances() == {"1200": 1250, "2100": -2500, "5000": 1250}
    assert (owing.header(order.id).state, owing.header(receipt.id).state) == ("received", "posted")
    owing.check()
    assert owing.bill(receipts=[receipt.id], reference="TWICE").state == "posted"
    [said] = AuditEvent.objects.filter(subject=first.number, action="supplier_invoice.cancel")
    assert said.after == {"state": "cancelled", "reason": "Not ours", "day": "2026-03-11"}


def test_a_held_invoice_is_cancelled_without_a_posting(owing: Owing) -> None:
    _, receipt = received(owing)
    invoice = owing.bill(owing.paper(receipt, 12))
    cancel_invoice(owing.boss, invoice=invoice.id, day=MONDAY, reason="x", recorded_at=NOW)
    assert owing.header(invoice.id).state == "cancelled"
    assert queries.postings(owing.company.pk, [invoice.id]) == {}
    owing.check()


def test_a_locked_period_takes_the_difference_on_its_first_open_day(owing: Owing) -> None:
    _, receipt = received(owing)
    actions.lock_periods(company=owing.company, through=MONDAY + 20 * DAY)
    owing.bill(owing.paper(receipt, 10, "3"), approve=True)
    assert owing.balance("2000", to=MONDAY + 20 * DAY) == 0
    assert owing.balance("2000", to=MONDAY + 21 * DAY) == -3000
    assert owing.balance("2100", to=MONDAY + 20 * DAY) == -2500
    posted = owing.rows(as_of=MONDAY + 20 * DAY, basis="posted")
    assert [row.open for row in posted] == [2500]
    assert owing.rows(as_of=MONDAY + 21 * DAY, basis="posted") == []
    owing.check()


def test_the_same_request_twice_makes_one_invoice(owing: Owing) -> None:
    _, receipt = received(owing)
    asked: dict[str, Any] = {"receipts": [receipt.id], "reference": "R-1", "recorded_at": NOW, "key": "k"}
    first = owing.bill(**asked)
    assert owing.bill(**asked) == first
    assert owing.balances() == {"1200": 2500, "2000": -2500}
