"""What a customer is promised: confirming, holds and credit limits."""

import json
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.statements import Statement
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.prepayments import pay_back
from everstock.operations.documents.records import DocumentRef, Header
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.orders import cancel_order, close_order, confirm_order
from everstock.operations.sales.payments import prepay
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.ordering import change, confirmed, moved, order
from tests.operations.sales.selling import Selling
from tests.operations.sales.till import Till
from tests.operations.unchanged import refused

P = Permission


def invoice(s: Selling, gross: int, paid: int = 0, kind: str = "customer_invoice", currency: str = "USD") -> None:
    """An invoice or a credit note that is open in part, in minor units of its currency."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('document_id_seq')")
        [number] = cursor.fetchone()
    header = Header(
        *(number, kind, "partly_paid" if paid else "posted", MONDAY, currency, NOW),
        partner=s.partners["JONES"],
        rate=1_200_000_000 if currency == "EUR" else 1_000_000_000,
        net=gross,
        gross=gross,
        paid=paid,
    )
    write(s.company.pk, documents=[header])


def limit(s: Selling, amount: int | None, customer: str = "JONES") -> None:
    customers.set_terms(s.boss, customer=s.partners[customer], recorded_at=NOW, credit_limit=amount)


def test_confirming_promises_what_the_order_says(selling: Selling) -> None:
    s = selling
    made = order(s)
    refused("order.sent_too_early", lambda: confirm_order(s.boss, order=made.id, day=MONDAY - DAY, recorded_at=NOW))
    done = confirm_order(s.boss, order=made.id, day=MONDAY + DAY, recorded_at=NOW)
    assert done == made._replace(state="confirmed")
    assert (s.header(made.id).sent_on, s.header(made.id).state) == (MONDAY + DAY, "confirmed")
    at_once = confirmed(s)
    assert (at_once.state, s.header(at_once.id).sent_on) == ("confirmed", MONDAY)
    events = AuditEvent.objects.filter(subject=at_once.number).order_by("id")
    assert [(one.action, one.after) for one in events] == [
        ("sales_order.create", {"state": "requested", "currency": "USD", "gross": 2500, "lines": 1}),
        ("sales_order.confirm", {"state": "confirmed"}),
    ]


def test_a_customer_on_hold_is_promised_nothing(selling: Selling) -> None:
    s = selling
    made = order(s)
    customers.hold(s.boss, customer=s.partners["JONES"], reason="does not pay", recorded_at=NOW)
    rights = (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM)
    seller = s.actor(*rights)

    def confirm(actor: Actor) -> DocumentRef:
        return confirm_order(actor, order=made.id, day=MONDAY, recorded_at=NOW)

    with pytest.raises(Refusal, match=r"JONES is on hold: does not pay\."):
        confirm(seller)
    refused("customer.on_hold", lambda: confirm(seller))
    refused("customer.on_hold", lambda: confirmed(s, actor=seller))
    assert order(s, actor=seller).state == "requested", "it may be written down"
    refused("approval.over_limit", lambda: confirm(s.actor(*rights, P.CREDIT_OVERRIDE, limit=2499)))
    assert confirm(s.actor(*rights, P.CREDIT_OVERRIDE, limit=2500)).state == "confirmed"


def test_credit_is_what_is_owed_and_on_order(selling: Selling) -> None:
    s = selling
    seller = s.actor(P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM)
    partly = confirmed(s, s.line(10, "10", tax_code=s.taxes["VAT"]))  # 120.00
    moved(s, partly, "partly_shipped", received=4, invoiced=3)  # 84.00 to be invoiced
    order(s, s.line(100, "10"))  # requested is not promised
    cancel_order(s.boss, order=confirmed(s, s.line(100, "10")).id, reason="x", recorded_at=NOW)
    confirmed(s, s.line(100, "10"), customer="PARIS")
    confirmed(s, s.line(10, "1"), currency="EUR")  # 10.00 EUR are 12.00
    invoice(s, 3600, paid=600)  # 30.00
    invoice(s, 1000, currency="EUR")  # 12.00
    invoice(s, 800, kind="customer_credit_note")  # 8.00 off
    owed = 8400 + 1200 + 3000 + 1200 - 800
    limit(s, owed + 2499)
    refused("credit.exceeded", lambda: confirmed(s, actor=seller))
    with pytest.raises(
        Refusal, match=r"JONES would owe and have on order 155\.00 USD, and its credit limit is 154\.99"
    ):
        confirmed(s, actor=seller)
    limit(s, owed + 2500)
    last = confirmed(s, actor=seller)
    assert last.state == "confirmed"
    changer = s.actor(P.SALES_ORDER_CHANGE, P.CREDIT_OVERRIDE, limit=249)
    refused("credit.exceeded", lambda: change(s, last, LineChange(1, 11 * SCALE), actor=s.actor(P.SALES_ORDER_CHANGE)))
    refused("approval.over_limit", lambda: change(s, last, LineChange(1, 11 * SCALE), actor=changer))
    assert change(s, last, LineChange(1, 11 * SCALE), actor=changer._replace(limits={P.CREDIT_OVERRIDE: 250}))
    # who takes less is asked nothing, whatever the limit
    limit(s, 0)
    assert change(s, last, LineChange(1, 5 * SCALE), actor=s.actor(P.SALES_ORDER_CHANGE)).state == "confirmed"


def owed(shop: Till) -> int:
    """What JONES owes and has on order, in cents."""
    (answer,) = Statement("SELECT sale_owed($1, $2, '{}')", "int", "int").run(shop.company.pk, shop.partners["JONES"])
    return sum(amount for _, _, amount in json.loads(answer or "null") or ())


def test_an_advance_that_was_paid_back_is_not_owed(db: None) -> None:
    shop = Till()
    wanted = shop.ordered(1, net=10_000)
    customer = shop.partners["JONES"]
    paid = prepay(shop.boss, customer=customer, amount=10_000, day=MONDAY, recorded_at=NOW, order=wanted.id)
    assert owed(shop) == 0
    pay_back(shop.boss, SELLING, prepayment=paid.id, day=MONDAY, recorded_at=NOW)
    assert owed(shop) == 10_000


def test_what_left_of_a_closed_order_and_did_not_come_back_is_owed(db: None) -> None:
    shop = Till()
    wanted = shop.ordered(10, net=10_000)
    shipment = shop.ship(wanted, 9)
    assert owed(shop) == 10_000
    close_order(shop.boss, order=wanted.id, reason="Enough", recorded_at=NOW)
    assert owed(shop) == 9_000
    back = [ReturnLine(2 * SCALE, shipment.id, 1)]
    given: dict[str, Any] = {"resolution": Resolution.CREDIT, "location": shop.shed, "day": MONDAY, "recorded_at": NOW}
    take_back(shop.boss, lines=back, **given)
    assert owed(shop) == 7_000
    shop.bill(shipment)
    assert owed(shop) == 7_000
    shop.check()
