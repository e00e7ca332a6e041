"""Drop shipments: ordered from the supplier for the customer, received and shipped at once, billed by both."""

from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.ledger.queries import on_hand, rows
from everstock.masterdata import actions
from everstock.masterdata.models import Location
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.records import DocumentRef
from everstock.operations.drop_shipping.actions import (
    Dispatched,
    cancel_dispatch,
    dispatch,
    drop_place,
    order_from_suppliers,
)
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.invoices import post_invoice
from everstock.operations.purchasing.orders import approve_order, cancel_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from everstock.operations.sales import customers, orders
from everstock.operations.sales.invoices import invoice_shipments
from everstock.operations.warehouse.availability import availability
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.ordering import change, confirmed
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_deliveries import live
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


class Dropping(Selling):
    """SMITH sells bolts at 2.00 and nuts; YEN is nobody's first supplier."""

    def __init__(self) -> None:
        super().__init__()
        self.items |= actions.ensure_items(company=self.company, skus=["OTHER"])
        self.sell("BOLT")
        self.sell("NUT")
        suppliers.set_price(
            self.boss,
            supplier=self.partners["SMITH"],
            item=self.items["BOLT"],
            unit_price=2 * SCALE,
            valid_from=MONDAY,
            recorded_at=NOW,
        )
        self.place = drop_place(self.company.pk)
        live(self, "HOME", "Bonn")

    def drop(self, made: DocumentRef, *, send: bool = True) -> DocumentRef:
        [po] = order_from_suppliers(self.boss, order=made.id, day=MONDAY, recorded_at=NOW)
        if send:
            approve_order(self.boss, order=po.id, recorded_at=NOW)
            send_order(self.boss, order=po.id, day=MONDAY, recorded_at=NOW)
        return po

    def sent(self, po: DocumentRef, *lines: tuple[int, int], **more: str) -> DocumentRef:
        wanted = [Dispatched(line, quantity * SCALE) for line, quantity in lines]
        return dispatch(self.boss, order=po.id, lines=wanted, day=MONDAY, recorded_at=NOW, **more)


@pytest.fixture
def dropping(db: None) -> Dropping:
    return Dropping()


def test_from_the_order_to_both_invoices(dropping: Dropping) -> None:
    company, bolt = dropping.company.pk, dropping.items["BOLT"]
    made = confirmed(
        dropping, dropping.line(10, "3"), dropping.line(4, "1", "NUT", location=dropping.dock), location=dropping.place
    )
    po = dropping.drop(made)
    [line] = dropping.lines(po.id)
    assert (line.item, line.quantity, line.location) == (bolt, 10 * SCALE, dropping.place)
    assert (dropping.header(po.id).details or {})["delivery"]["city"] == "Bonn"
    refused("drop_ship.nothing", lambda: dropping.drop(made))

    first = dropping.sent(po, (1, 6), key="k")
    assert dropping.sent(po, (1, 6), key="k").id == first.id
    assert on_hand(company, bolt) == 0
    assert dropping.lines(made.id)[0].received == 6 * SCALE
    there = [one for one in availability(company, [bolt], day=MONDAY) if one.free or one.on_hand]
    assert there == [], "nobody else is ever promised it"
    billed = invoice_shipments(dropping.boss, shipments=[first.id], day=MONDAY, recorded_at=NOW)
    assert dropping.header(billed.id).net == 1800
    [(receipt,)] = rows("SELECT max(id) FROM document WHERE kind = 'goods_receipt'", ())
    assert dropping.header(receipt).net == 1200, "what left cost what the supplier asks"
    post_invoice(
        dropping.boss,
        supplier=dropping.partners["SMITH"],
        reference="S1",
        day=MONDAY,
        recorded_at=NOW,
        receipts=[receipt],
    )
    rest = dropping.sent(po)
    assert dropping.header(po.id).state in {"received", "invoiced"}
    assert dropping.lines(made.id)[0].received == 10 * SCALE
    cancel_dispatch(dropping.boss, order=po.id, shipment=rest.id, reason="still there", recorded_at=NOW)
    assert dropping.lines(made.id)[0].received == 6 * SCALE
    assert dropping.header(po.id).state == "partly_received"
    assert on_hand(company, bolt) == 0
    refused(
        "document.wrong_state",
        lambda: cancel_dispatch(dropping.boss, order=po.id, shipment=first.id, reason="no", recorded_at=NOW),
    )
    assert prove(company).violations == []


def test_what_is_changed_is_ordered_again_and_no_more_is_sent_than_ordered(dropping: Dropping) -> None:
    made = confirmed(dropping, dropping.line(10, "3"), location=dropping.place)
    po = dropping.drop(made)
    change(dropping, made, LineChange(1, quantity=12 * SCALE))
    more = dropping.drop(made)
    assert [line.quantity for line in dropping.lines(more.id)] == [2 * SCALE]
    change(dropping, made, LineChange(1, quantity=8 * SCALE))
    refused("shipment.exceeds", lambda: dropping.sent(po))
    dropping.sent(po, (1, 8))
    assert dropping.header(made.id).state == "shipped"
    assert prove(dropping.company.pk).violations == []


def test_what_the_supplier_sends_is_received_with_its_dispatch_alone(dropping: Dropping) -> None:
    """Else it would lie where nothing lies, and be promised to its order out of stock. Two of ten came here by mistake."""
    made = confirmed(dropping, dropping.line(10, "3"), location=dropping.place)
    po = dropping.drop(made)
    came: dict[str, Any] = {"lines": [ReceiptLine(2 * SCALE, po.id, 1)], "day": MONDAY, "recorded_at": NOW}
    refused("receipt.drop_shipped", lambda: receive(dropping.boss, **came))
    refused("receipt.drop_shipped", lambda: receive(dropping.boss, **came, location=dropping.place))
    receive(dropping.boss, **came, location=dropping.dock)
    assert on_hand(dropping.company.pk, dropping.items["BOLT"]) == 2 * SCALE
    dropping.sent(po, (1, 8))
    assert dropping.header(po.id).state == "received"
    assert prove(dropping.company.pk).violations == []


def test_an_order_ends_after_those_to_its_suppliers(dropping: Dropping) -> None:
    made = confirmed(dropping, dropping.line(10, "3"), location=dropping.place)
    po = dropping.drop(made)

    def cancel() -> None:
        orders.cancel_order(dropping.boss, order=made.id, reason="no", recorded_at=NOW)

    refused("order.drop_shipped", cancel)
    cancel_order(dropping.boss, order=po.id, reason="no", recorded_at=NOW)
    again = dropping.drop(made, send=False)
    refused("document.wrong_state", lambda: dropping.sent(again, (1, 1)))
    cancel_order(dropping.boss, order=again.id, reason="no", recorded_at=NOW)
    cancel()
    assert dropping.header(made.id).state == "cancelled"
    assert prove(dropping.company.pk).violations == []


def test_what_cannot_be_drop_shipped(dropping: Dropping) -> None:
    mine = confirmed(dropping, dropping.line(1, "3"))
    refused("drop_ship.nothing", lambda: dropping.drop(mine))
    made = confirmed(dropping, dropping.line(1, "3"), location=dropping.place)
    seller = dropping.actor(Permission.SALES_ORDER_CREATE)
    refused("permission.missing", lambda: order_from_suppliers(seller, order=made.id, day=MONDAY, recorded_at=NOW))
    refused("permission.missing", lambda: dispatch(seller, order=made.id, day=MONDAY, recorded_at=NOW))
    nobody = confirmed(dropping, dropping.line(1, "3", "OTHER"), location=dropping.place)
    refused("drop_ship.no_supplier", lambda: dropping.drop(nobody))
    own = dropping.order()
    refused("drop_ship.not_one", lambda: dropping.sent(own))
    refused("document.unknown", lambda: dropping.sent(made))
    po = dropping.drop(made)
    refused(
        "drop_ship.not_one",
        lambda: cancel_dispatch(dropping.boss, order=po.id, shipment=made.id, reason="no", recorded_at=NOW),
    )


def test_the_place_of_drop_shipments_is_one_that_can_be_used(dropping: Dropping) -> None:
    company = dropping.company
    own = Location.objects.filter(pk=dropping.place)
    own.update(active=False)
    refused("drop_ship.no_place", lambda: drop_place(company.pk), "inactive")
    own.update(active=True, purpose="bin")
    refused("drop_ship.no_place", lambda: drop_place(company.pk), "used otherwise")
    other = Location.objects.create(company=company, code="BY-OTHERS", kind="internal", purpose="drop_ship")
    assert drop_place(company.pk) == other.pk
    own.update(purpose="drop_ship")
    assert drop_place(company.pk) == dropping.place


def test_what_the_unit_of_the_order_cannot_measure_is_refused_with_its_receipt(dropping: Dropping) -> None:
    made = confirmed(dropping, dropping.line(1, "300", unit=dropping.units["box"]), location=dropping.place)
    po = dropping.drop(made)
    crumb = [Dispatched(1, 1)]
    refused(
        "quantity.not_exact",
        lambda: dispatch(dropping.boss, order=po.id, lines=crumb, day=MONDAY, recorded_at=NOW),
    )
    dropping.sent(po, (1, 50))
    assert dropping.lines(made.id)[0].received == 50 * SCALE
    assert prove(dropping.company.pk).violations == []


def test_nothing_is_bought_or_sent_for_a_customer_on_hold(dropping: Dropping) -> None:
    made, further = (confirmed(dropping, dropping.line(10, "3"), location=dropping.place) for _ in range(2))
    po = dropping.drop(made)
    customers.hold(dropping.boss, customer=dropping.partners["JONES"], reason="owes since May", recorded_at=NOW)
    given: dict[str, Any] = {"order": further.id, "day": MONDAY, "recorded_at": NOW}
    buyer, chief = (Permission.PURCHASE_ORDER_CREATE,), (Permission.PURCHASE_ORDER_CREATE, Permission.CREDIT_OVERRIDE)
    refused("customer.on_hold", lambda: order_from_suppliers(dropping.actor(*buyer), **given))
    refused("approval.over_limit", lambda: order_from_suppliers(dropping.actor(*chief, limit=2_999), **given))
    worker = dropping.actor(Permission.RECEIPT_POST, Permission.SHIPMENT_POST)
    refused("customer.on_hold", lambda: dispatch(worker, order=po.id, day=MONDAY, recorded_at=NOW))
    assert [one.number for one in order_from_suppliers(dropping.actor(*chief, limit=3_000), **given)]
    customers.release(dropping.boss, customer=dropping.partners["JONES"], recorded_at=NOW)
    dispatch(worker, order=po.id, day=MONDAY, recorded_at=NOW)
    assert prove(dropping.company.pk).violations == []
