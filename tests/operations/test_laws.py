"""Every law of documents holds over a company in which everything happened once, and finds what somebody changes by hand."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction

from everstock.core.quantities import SCALE
from everstock.masterdata.models import Location
from everstock.operations.documents import laws as documents
from everstock.operations.documents.allocation import Sharing
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing import laws as purchasing
from everstock.operations.purchasing.call_offs import CallOff, call_off
from everstock.operations.purchasing.credit_notes import CreditLine
from everstock.operations.purchasing.grni import clear_grni
from everstock.operations.purchasing.landed_costs import (
    Charge,
    ChargeBill,
    ChargeKind,
    invoice_landed_cost,
    post_landed_cost,
)
from everstock.operations.purchasing.orders import approve_order, close_order, create_blanket_order, send_order
from everstock.operations.purchasing.payments import register_payment
from everstock.operations.purchasing.prepayments import apply_prepayment, prepay
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive
from everstock.operations.warehouse.transfers import Move, move
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing

pytestmark = pytest.mark.django_db


def everything(owing: Owing) -> None:
    """Every kind of document, most of them in several states."""
    boss, moments = owing.boss, owing.moments
    order = owing.sent(owing.line(10, "2.5"), owing.line(5, "4", "NUT"))
    owing.bill(owing.paper(order, 4, "3"), approve=True)
    receipt = owing.receive(order, 6, 5)
    first = owing.bill(owing.paper(receipt, None, line=1), owing.paper(receipt, 3, line=2))
    back = owing.send_back(receipt, 2)
    replaced = owing.send_back(receipt, 1, line=2, resolution=Resolution.REPLACEMENT)
    owing.receive(order, 0, 1, day=MONDAY + 5 * DAY)
    credit = owing.credit(CreditLine(owing.lines(back.id)[0].id))
    lines = [PaymentLine(first.id, 1000), PaymentLine(credit.id)]
    pay: dict[str, Any] = {"supplier": owing.partners["SMITH"], "day": MONDAY + 9 * DAY}
    register_payment(boss, lines=lines, recorded_at=next(moments), **pay)
    advance = prepay(boss, amount=500, recorded_at=next(moments), **pay)
    applied: dict[str, Any] = {"lines": [PaymentLine(first.id, 200)], "day": MONDAY + 9 * DAY}
    apply_prepayment(boss, prepayment=advance.id, recorded_at=next(moments), **applied)
    abroad = owing.receive(owing.sent(supplier="EURO"))
    euro = owing.bill(receipts=[abroad.id], supplier="EURO")
    register_payment(
        *(boss,),
        supplier=owing.partners["EURO"],
        lines=[PaymentLine(euro.id)],
        day=MONDAY + 9 * DAY,
        rate=1_300_000_000,
        recorded_at=next(moments),
    )
    freight = post_landed_cost(
        boss,
        charges=[Charge(ChargeKind.FREIGHT, 700, Sharing.QUANTITY)],
        lines=[line.id for line in owing.lines(receipt.id)],
        day=MONDAY + DAY,
        recorded_at=next(moments),
    )
    carrier: dict[str, Any] = {"supplier": owing.partners["SMITH"], "reference": "F-1", "day": MONDAY + 3 * DAY}
    bill = [ChargeBill(1, 800)]
    invoice_landed_cost(boss, landed_cost=freight.id, charges=bill, recorded_at=next(moments), **carrier)
    never = owing.receive(owing.sent(owing.line(3, "1")))
    clear: dict[str, Any] = {"account": owing.codes["4900"], "reason": "Never billed", "day": MONDAY + 90 * DAY}
    clear_grni(boss, lines=[owing.lines(never.id)[0].id], recorded_at=next(moments), **clear)
    wrong = owing.receive(owing.sent())
    cancel_receipt(boss, receipt=wrong.id, reason="Wrong", recorded_at=next(moments))
    bin_ = Location.objects.create(company=owing.company, code="BIN", kind="internal", purpose="bin").pk
    moves = [Move(owing.items["NUT"], SCALE, owing.dock, bin_, source=owing.lines(receipt.id)[1].id)]
    move(boss, moves=moves, day=MONDAY + 2 * DAY, recorded_at=next(moments))
    blanket = create_blanket_order(
        boss,
        supplier=owing.partners["SMITH"],
        lines=[owing.line(50, "2")],
        day=MONDAY,
        valid_until=MONDAY + 200 * DAY,
        location=owing.dock,
        recorded_at=NOW,
    )
    approve_order(boss, order=blanket.id, recorded_at=NOW)
    send_order(boss, order=blanket.id, day=MONDAY, recorded_at=NOW)
    called = call_off(boss, blanket=blanket.id, lines=[CallOff(1, 20 * SCALE)], day=MONDAY, recorded_at=NOW)
    send_order(boss, order=called.id, day=MONDAY, recorded_at=NOW)
    lines_ = [ReceiptLine(8 * SCALE, called.id, 1, rejected=SCALE, reason="rusty")]
    receive(boss, lines=lines_, day=MONDAY, recorded_at=next(moments))
    close_order(boss, order=called.id, reason="Enough", recorded_at=NOW)
    assert owing.lines(blanket.id)[0].ordered == 8 * SCALE
    assert replaced.state == "posted"


def test_the_laws_hold_where_everything_happened(owing: Owing) -> None:
    everything(owing)
    owing.check()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT kind) FROM document WHERE company_id = %s", [owing.company.pk])
        assert cursor.fetchone() == (10,)


PROGRESS = "progress of documents = what was made from them"
TAMPERINGS = [
    ("numbers of documents have no gaps", "UPDATE number_series SET last = last + 1 WHERE kind = 'supplier_payment'"),
    ("numbers of documents have no gaps", "UPDATE document SET number = 'SI-2026-000099' WHERE number = 'SI-2026-000002'"),
    ("documents = sums of their lines", "UPDATE document SET net = net + 1, gross = gross + 1 WHERE kind = 'purchase_order'"),
    ("documents = sums of their lines", "UPDATE document_line SET tax = tax + 1 WHERE {of} 'supplier_invoice')"),
    ("lines of documents = movements", "UPDATE document_line SET base_quantity = base_quantity + 1 WHERE {of} 'goods_receipt')"),
    ("lines of documents = movements", "UPDATE document_line SET ledger_reference = NULL WHERE {of} 'stock_transfer')"),
    ("lines of documents = movements", "UPDATE document SET state = 'posted' WHERE kind = 'goods_receipt' AND state = 'cancelled'"),
    ("lines of documents = movements", "DELETE FROM document_line WHERE {of} 'supplier_return')"),
    *(
        (PROGRESS, f"UPDATE document_line SET {column} = {column} + 1 WHERE {{of}} '{kind}')")
        for kind, columns in {
            "purchase_order": ["ordered", "received", "invoiced", "returned", "rejected"],
            "blanket_order": ["ordered"],
            "goods_receipt": ["received", "invoiced", "returned"],
            "supplier_return": ["invoiced"],
            "supplier_invoice": ["received"],
            "landed_cost": ["invoiced", "received"],
        }.items()
        for column in columns
    ),
    (PROGRESS, "UPDATE document SET state = 'cancelled' WHERE kind = 'supplier_invoice'"),
    ("received not invoiced, line by line = its account", "UPDATE document_line SET details = details || '{{\"grni\": 1}}' WHERE {of} 'supplier_invoice') AND details ? 'grni'"),
    ("received not invoiced, line by line = its account", "DELETE FROM document_posting WHERE {of} 'grni_clearing')"),
    ("received not invoiced, line by line = its account", "UPDATE entry SET amount = amount + 1 WHERE movement_id IS NULL"),
    ("open payables = accounts payable", "UPDATE document SET gross = gross + 1, tax = tax + 1 WHERE kind = 'supplier_invoice'"),
    ("open payables = accounts payable", "UPDATE document SET rate = rate * 2 WHERE kind = 'supplier_invoice' AND currency_id = 'EUR'"),
    ("open payables = accounts payable", "DELETE FROM document_posting WHERE {of} 'supplier_credit_note')"),
    ("open payables = accounts payable", "UPDATE document_line SET details = details || '{{\"carried\": 7}}' WHERE {of} 'supplier_payment')"),
    ("advances to suppliers = prepayments", "UPDATE document SET paid = paid + 1 WHERE kind = 'supplier_payment' AND paid > 0"),
    ("advances to suppliers = prepayments", "UPDATE document_line SET details = '{{\"prepaid\": 7}}' WHERE details ? 'prepaid'"),
    ("advances to suppliers = prepayments", "UPDATE document SET state = 'cancelled' WHERE details ? 'prepayment'"),
    ("paid = what payments say", "UPDATE document SET paid = paid + 1 WHERE kind = 'supplier_invoice'"),
    ("paid = what payments say", "UPDATE document SET paid = paid - 1 WHERE paid > 0"),
    ("paid = what payments say", "UPDATE document SET state = 'paid' WHERE state = 'partly_paid'"),
    ("paid = what payments say", "UPDATE document SET state = 'cancelled' WHERE kind = 'supplier_payment'"),
]  # fmt: skip
OF = "document_id IN (SELECT id FROM document WHERE kind ="


def test_the_laws_find_what_somebody_changes_by_hand(owing: Owing) -> None:
    everything(owing)
    for law, statement in TAMPERINGS:
        with transaction.atomic(), connection.cursor() as cursor:
            # whoever may do this may do anything: the triggers that keep the rows as they are do not see it
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement.format(of=OF))
            assert cursor.rowcount > 0, statement
            found = {violation.law for violation in prove(owing.company.pk, known_at_samples=0).violations}
            transaction.set_rollback(True)
        assert law in found, (statement, found)
    assert prove(owing.company.pk).violations == []
    assert {law for law, _ in TAMPERINGS} == {*documents.LAWS, *purchasing.LAWS}


def test_a_day_long_ago_has_its_own_series(owing: Owing) -> None:
    owing.sent(day=dt.date(2019, 5, 1))
    owing.sent()
    owing.check()
