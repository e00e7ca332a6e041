"""The laws of selling find what somebody changes by hand."""

import pytest
from django.db import connection, transaction

from everstock.core.quantities import SCALE
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.sales import picking_laws
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.laws import LAWS
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from everstock.reports.proof import prove
from tests.operations.buying import NOW
from tests.operations.sales.ordering import confirmed
from tests.operations.sales.returning import LATER
from tests.operations.sales.till import Till

TAMPERINGS = (
    (
        "progress of sales = what was made from them",
        "UPDATE document_line SET received = received - 1 WHERE received > 0",
    ),
    (
        "progress of sales = what was made from them",
        "UPDATE document_line l SET invoiced = 0 FROM document d WHERE d.id = l.document_id AND d.kind = 'shipment'",
    ),
    (
        "progress of sales = what was made from them",
        "UPDATE document_line l SET returned = 0 FROM document d WHERE d.id = l.document_id AND d.kind = 'shipment'",
    ),
    (
        "returned <= shipped",
        "UPDATE document_line l SET base_quantity = l.base_quantity * 4 FROM document d WHERE d.id = l.document_id AND d.kind = 'sales_return'",
    ),
    (
        "credited <= invoiced",
        "UPDATE document_line SET net = net + 301 WHERE details ? 'invoice_line'",
    ),
    (
        "open receivables = accounts receivable",
        "UPDATE document SET gross = gross + 1, net = net + 1 WHERE kind = 'customer_invoice'",
    ),
    (
        "open receivables = accounts receivable",
        "UPDATE entry SET amount = amount + 1 WHERE movement_id IS NULL",
    ),
    ("channels of orders exist", "UPDATE sales_channel SET code = 'other' WHERE code = 'shop'"),
    ("channels of orders exist", "DELETE FROM sales_channel WHERE code = 'shop'"),
    ("drop shipments never lie in stock", "UPDATE location SET purpose = 'drop_ship' WHERE code = 'SHED'"),
    (
        "kits shipped = their components",
        "UPDATE document_line SET received = received + 1000000 WHERE location_id IS NULL AND item_id IS NOT NULL",
    ),
    (
        "kits shipped = their components",
        "UPDATE document_line SET returned = returned + 1000000 WHERE location_id IS NULL AND item_id IS NOT NULL",
    ),
    (
        "kits billed = shares of their components",
        "UPDATE document_line SET details = jsonb_set(details, '{kit_shares,0,1}', '1') WHERE details ? 'kit_shares'",
    ),
    (
        "paid by customers = what payments say",
        "UPDATE document SET paid = paid - 1 WHERE kind = 'customer_invoice'",
    ),
    (
        "paid by customers = what payments say",
        "UPDATE document SET state = 'posted' WHERE kind = 'customer_invoice'",
    ),
    (
        "paid by customers = what payments say",
        "UPDATE document SET paid = paid + 1 WHERE kind = 'sales_order'",
    ),
    (
        "advances from customers = prepayments",
        "UPDATE document SET paid = paid + 1 WHERE details ? 'advance'",
    ),
)


@pytest.mark.django_db
def test_the_laws_of_selling_find_what_somebody_changes_by_hand() -> None:
    store = Till()
    order = store.ordered(4, net=1200)
    set_kit(store.boss, item=store.items["NUT"], components={store.items["BOLT"]: 2 * SCALE}, recorded_at=NOW)
    store.bill(store.ship(confirmed(store, store.line(2, "1", "NUT"), location=store.shed), 2, line=2))
    store.channel("shop")
    confirmed(store, channel="shop", reference="W-1")
    shipment = store.ship(order, 3)
    invoice = store.bill(shipment)
    take_back(
        store.boss,
        lines=[ReturnLine(SCALE, shipment.id, 1)],
        resolution=Resolution.CREDIT,
        location=store.shed,
        day=LATER,
        recorded_at=NOW,
    )
    other = store.bill(store.ship(order, 1))
    post_credit_note(store.boss, lines=[CreditLine(store.lines(other.id)[0].id, amount=1)], day=LATER, recorded_at=NOW)
    store.pay(PaymentLine(invoice.id), amount=1_000)
    assert prove(store.company.pk).violations == []
    for law, statement in TAMPERINGS:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement)
            assert cursor.rowcount > 0, statement
            found = {violation.law for violation in prove(store.company.pk, known_at_samples=0).violations}
            transaction.set_rollback(True)
        assert law in found, (statement, found)
    # those of picking are tried where there are pick lists
    assert {law for law, _ in TAMPERINGS} == set(LAWS) - set(picking_laws.LAWS)
