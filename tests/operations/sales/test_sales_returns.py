"""Sales returns: what comes back at its own cost, what is credited for it, what becomes of it, and what is refused."""

from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import on_hand, rows
from everstock.ledger.sales import sold
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.invoices import cancel_invoice
from everstock.operations.sales.orders import cancel_order, confirm_order, create_order
from everstock.operations.sales.return_lines import ReturnLine, billed, to_credit
from everstock.operations.sales.returns import Came, approve_return, receive_return, take_back
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.operations.sales.whereabouts import lot_history
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.returning import LATER, Returning
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_customer_invoices import bill
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db
P = Permission


@pytest.fixture
def store(db: None) -> Returning:
    return Returning()


def assert_lawful(store: Returning) -> None:
    assert prove(store.company.pk).violations == []


def revenue(store: Returning) -> int:
    """By what was sold and came back, in cents."""
    return sum(one.revenue for one in sold(store.company.pk, 100))


def recost(store: Returning, reference: str, value: int) -> None:
    """Let a receipt cost something else than it did, in cents."""
    line = LedgerLine(Kind.COST_CHANGE, store.items["BOLT"], f"{reference}/new", value=value, applies_to=reference)
    post(store.company.pk, Document(NOW, (line,), "test"))


# ---------------------------------------------------------------------------------------------------------------------
# Goods, cost and credit


def test_a_return_says_what_came_back_and_what_is_credited(store: Returning) -> None:
    shipment = store.shipped(4, tax_code=store.taxes["VAT"], tax=240, discount=100_000)
    bill(store, shipment)
    returned = store.back(store.of(shipment, 3, reason="too long"), reference="THEIRS-9")
    assert returned == (returned.id, "RM-2026-000001", "posted")
    header, [line] = store.document(returned)
    assert (header.partner, header.day, header.reference, header.details) == (
        *(store.partners["JONES"], LATER, "THEIRS-9"),
        {"resolution": "credit"},
    )
    assert (header.net, header.tax, header.gross, header.posted_at) == (900, 180, 1080, NOW)
    assert (line.location, line.base_quantity, line.unit_price, line.discount, line.tax_code) == (
        *(store.returns, 3 * SCALE, 3 * SCALE, 100_000),
        store.taxes["VAT"],
    )
    assert line.ledger_reference == f"RM/{returned.id}/1"
    assert line.details == {"reason": "too long", "billed": 3 * SCALE}
    _, [shipped] = store.document(shipment)
    assert (line.source, shipped.returned) == (shipped.id, 3 * SCALE)
    assert to_credit(header, line) == 3 * SCALE
    assert to_credit(header, line._replace(invoiced=SCALE)) == 2 * SCALE
    # four left at 1.00, three are back: in the ledger nothing is credited yet
    assert (store.there(), store.there(place=store.returns), store.balance("5000")) == (49, 3, 100)
    assert revenue(store) == 270
    [said] = AuditEvent.objects.filter(subject=returned.number)
    assert (said.action, said.after) == ("sales_return.post", {"state": "posted", "lines": 1, "resolution": "credit"})
    numbers = [row.number[:2] for row in queries.chain(store.company.pk, returned.id)]
    assert numbers == ["SO", "SH"]
    assert_lawful(store)


def test_it_comes_back_at_what_it_had_cost_and_follows_when_that_changes(store: Returning) -> None:
    [receipt] = _receipts(store)
    shipment = store.shipped(10)
    recost(store, receipt, 10_000)  # 2.00 apiece, after they left
    assert store.balance("5000") == 2000
    store.stock(50, store.shed)  # later ones are cheaper again
    returned = store.back(store.of(shipment, 4))
    assert (store.balance("5000"), store.balance("1200")) == (1200, 10_000 + 5000 - 1200)
    # and a cost that is known only after the return
    line = LedgerLine(Kind.LANDED_COST, store.items["BOLT"], "freight", value=5000, applies_to=receipt)
    post(store.company.pk, Document(NOW, (line,), "test"))
    assert store.balance("5000") == 1800
    store.cancel(returned)
    assert store.balance("5000") == 3000
    assert_lawful(store)


def _receipts(store: Returning) -> list[str]:
    found = rows("SELECT reference FROM movement WHERE company_id = %s AND reference LIKE 'M%%'", (store.company.pk,))
    return [row[0] for row in found]


def test_without_a_shipment_at_current_cost(store: Returning) -> None:
    store.stock(50, store.shed)
    returned = store.back(store.free(2, unit_price=5 * SCALE), customer=store.partners["PARIS"])
    header, [line] = store.document(returned)
    assert (header.currency, header.rate, header.net, line.source) == ("EUR", 1_200_000_000, 1000, None)
    assert (to_credit(header, line), billed(line)) == (2 * SCALE, 2 * SCALE)
    assert (store.there(), revenue(store)) == (102, -1200)
    box = store.back(store.free(1, unit=store.units["box"]), customer=store.partners["JONES"])
    header, [line] = store.document(box)
    assert (line.base_quantity, header.net, to_credit(header, line)) == (100 * SCALE, 0, 0)
    assert_lawful(store)


def test_a_lot_without_a_shipment_comes_back_after_it_left(store: Returning) -> None:
    """Also on the day it was sold, at a moment nobody knows; and not on a day before."""
    pump, milk = store.lot("PUMP", "S-1"), store.lot("MILK", "L-1", 10)
    store.shipped_lot("PUMP", pump)
    store.shipped_lot("MILK", milk, 4)
    given: dict[str, Any] = {"customer": store.partners["JONES"], "recorded_at": NOW + 10}
    blind = store.free(1, "PUMP", lot="S-1")
    refused("lot.not_shipped", lambda: store.back(blind, day=MONDAY - DAY, **given), "come back before it left")
    store.back(blind, day=MONDAY, **given)
    assert [(one.back, one.out // SCALE) for one in lot_history(store.company.pk, pump)] == [(False, 1), (True, 0)]
    # six of ten go the day after: so many come back only then
    order = store.ordered(6, item=store.items["MILK"], net=600)
    leaving = ShipmentLine(order.id, 1, 6 * SCALE, store.shed, milk)
    ship(store.boss, lines=[leaving], day=MONDAY + DAY, recorded_at=NOW + 20)
    refused("lot.not_shipped", lambda: store.back(store.free(5, "MILK", lot="L-1"), day=MONDAY, **given))
    store.back(store.free(4, "MILK", lot="L-1"), day=MONDAY, **given)
    store.back(store.free(6, "MILK", lot="L-1"), day=MONDAY + DAY, **given)
    assert [one.out // SCALE for one in lot_history(store.company.pk, milk)] == [4, 0, 6, 0]
    assert_lawful(store)


def test_what_is_not_billed_is_billed_less(store: Returning) -> None:
    order = store.ordered(10, net=1000)
    shipment = store.ship(order, 10)
    first = store.back(store.of(shipment, 3))
    header, [line] = store.document(first)
    assert (header.net, to_credit(header, line), line.details) == (0, 0, None)
    assert store.document(bill(store, shipment))[0].net == 700
    assert (store.state(shipment), store.state(order)) == (State.INVOICED, State.INVOICED)
    second = store.back(store.of(shipment, 5))
    header, [line] = store.document(second)
    assert (header.net, to_credit(header, line)) == (500, 5 * SCALE)
    refused("return.later", lambda: store.cancel(first))
    store.cancel(second)
    store.cancel(first)
    assert store.state(order) == State.SHIPPED
    assert store.document(bill(store, shipment))[0].net == 300
    assert_lawful(store)


def test_all_that_is_not_billed_came_back(store: Returning) -> None:
    order = store.ordered(2, net=600)
    shipment = store.ship(order, 2)
    returned = store.back(store.of(shipment, 2))
    assert store.state(order) == State.INVOICED
    refused("document.wrong_state", lambda: store.ship(order, 1))
    store.cancel(returned)
    assert (store.state(order), store.state(shipment)) == (State.SHIPPED, State.POSTED)
    assert_lawful(store)


def test_parts_that_are_credited_come_to_what_was_billed(store: Returning) -> None:
    order = store.ordered(3, net=100, tax_code=store.taxes["VAT"], tax=20)
    first, second = store.ship(order, 2), store.ship(order, 1)
    bill(store, first, second)
    made = [store.back(store.of(one, 1)) for one in (second, first, first)]
    assert [store.document(one)[0].net for one in made] == [33, 34, 33]
    assert sum(store.document(one)[0].tax for one in made) == 20
    refused("return.exceeds", lambda: store.back(store.of(first, 0.5)))
    assert_lawful(store)


def test_a_fee_is_kept_back(store: Returning) -> None:
    shipment = store.shipped(4, tax_code=store.taxes["VAT"], tax=240)
    bill(store, shipment)
    returned = store.back(store.of(shipment, 1, fee=50), store.of(shipment, 2, fee_rate=100_000))
    header, lines = store.document(returned)
    assert [(line.net, line.tax) for line in lines] == [(250, 50), (540, 108)]
    assert [(line.details or {})["fee"] for line in lines] == [50, 60]
    assert (header.net, header.gross) == (790, 948)
    refused("return.fee", lambda: store.back(store.of(shipment, 1, fee=301)))
    refused("return.fee", lambda: store.back(store.of(shipment, 1, fee=1, fee_rate=1)))
    refused("return.fee", lambda: store.back(store.of(shipment, 1, fee=-1)))
    refused("return.fee", lambda: store.back(store.of(shipment, 1, fee=1), resolution=Resolution.NOTHING))
    assert_lawful(store)


def test_an_invoice_whose_goods_came_back_is_not_cancelled(store: Returning) -> None:
    shipment = store.shipped(4)
    invoice = bill(store, shipment)
    returned = store.back(store.of(shipment, 1))
    cancel: dict[str, Any] = {"invoice": invoice.id, "day": LATER, "reason": "wrong", "recorded_at": NOW}
    refused("invoice.returned", lambda: cancel_invoice(store.boss, **cancel))
    store.cancel(returned)
    cancel_invoice(store.boss, **cancel)
    assert_lawful(store)


def test_what_left_on_the_same_day_comes_back_after_it(store: Returning) -> None:
    shipment = store.shipped(4)
    store.back(store.of(shipment, 1), day=MONDAY)
    refused("return.before_origin", lambda: store.back(store.of(shipment, 1), day=MONDAY - DAY))
    assert_lawful(store)


def test_the_same_request_takes_goods_back_once(store: Returning) -> None:
    shipment = store.shipped(4)
    first = store.back(store.of(shipment, 3), key="K")
    assert store.back(store.of(shipment, 3), key="K") == first
    refused("request.other_content", lambda: store.back(store.of(shipment, 1), key="K"))


# ---------------------------------------------------------------------------------------------------------------------
# Approved first


def approved(store: Returning, *lines: ReturnLine, **more: Any) -> DocumentRef:
    given: dict[str, Any] = {
        "resolution": Resolution.CREDIT,
        "location": store.returns,
        "day": MONDAY,
        "recorded_at": NOW,
        **more,
    }
    return approve_return(given.pop("actor", store.boss), lines=lines, **given)


def receive(store: Returning, returned: DocumentRef, *lines: Came, **more: Any) -> DocumentRef:
    given: dict[str, Any] = {"sales_return": returned.id, "day": LATER, "recorded_at": NOW + 1, **more}
    return receive_return(given.pop("actor", store.boss), lines=lines, **given)


def test_approved_first_and_received_in_part(store: Returning) -> None:
    shipment = store.shipped(5, tax_code=store.taxes["VAT"], tax=300)
    bill(store, shipment)
    returned = approved(
        store, store.of(shipment, 3, fee_rate=500_000), store.of(shipment, 2), actor=store.actor(P.SALES_RETURN_APPROVE)
    )
    assert returned == (returned.id, "RM-2026-000001", "approved")
    header, lines = store.document(returned)
    assert (header.net, header.posted_at, [line.base_quantity // SCALE for line in lines]) == (1050, None, [3, 2])
    assert store.document(shipment)[1][0].returned == 0
    assert store.there() == 45
    assert_lawful(store)
    refused("return.not_approved", lambda: receive(store, returned, Came(1, 4 * SCALE)))
    refused("return.line_unknown", lambda: receive(store, returned, Came(3, SCALE)))
    refused("return.line_unknown", lambda: receive(store, returned, Came(1, SCALE), Came(1, SCALE)))
    refused("quantity.not_positive", lambda: receive(store, returned, Came(1, 0)))
    refused("permission.missing", lambda: receive(store, returned, actor=store.actor(P.SALES_RETURN_APPROVE)))

    came = receive(store, returned, Came(1, 2 * SCALE, store.workshop), actor=store.actor(P.SALES_RETURN_POST))
    assert came == (returned.id, returned.number, "posted")
    header, lines = store.document(returned)
    assert (header.net, header.tax, header.posted_at) == (300, 60, NOW + 1)
    assert header.details == {"resolution": "credit", "received_on": LATER.isoformat()}
    assert [(line.base_quantity // SCALE, line.location) for line in lines] == [(2, store.workshop), (0, store.returns)]
    assert lines[1].ledger_reference is None
    assert (store.there(), store.document(shipment)[1][0].returned) == (47, 2 * SCALE)
    refused("document.wrong_state", lambda: receive(store, returned))
    store.cancel(returned)
    assert (store.there(), store.document(shipment)[1][0].returned) == (45, 0)
    assert_lawful(store)


def test_what_was_approved_and_came_back_otherwise_cannot_come_again(store: Returning) -> None:
    shipment = store.shipped(5)
    returned = approved(store, store.of(shipment, 3))
    store.back(store.of(shipment, 4))
    refused("return.exceeds", lambda: receive(store, returned))
    receive(store, returned, Came(1, SCALE))
    assert_lawful(store)


def test_an_approved_return_is_cancelled_by_who_approves(store: Returning) -> None:
    returned = approved(store, store.of(store.shipped(5), 3))
    refused("permission.missing", lambda: store.cancel(returned, actor=store.actor(P.SALES_RETURN_POST)))
    store.cancel(returned, actor=store.actor(P.SALES_RETURN_APPROVE))
    refused("document.wrong_state", lambda: receive(store, returned))
    assert_lawful(store)


# ---------------------------------------------------------------------------------------------------------------------
# What replaces it


def test_what_was_billed_is_replaced_for_nothing_and_the_rest_at_its_price(store: Returning) -> None:
    order = store.ordered(5, net=1500, tax_code=store.taxes["VAT"], tax=300)
    shipment, other = store.ship(order, 3), store.ship(order, 2)
    bill(store, shipment)
    before = revenue(store)
    returned = store.back(store.of(shipment, 2), store.of(other, 2), resolution=Resolution.REPLACEMENT)
    header, lines = store.document(returned)
    assert (header.net, [to_credit(header, line) for line in lines]) == (0, [0, 0])
    assert before - revenue(store) == 600  # what is billed stays sold, the rest is sold anew
    [made] = _replacing(store, returned)
    order_, replacing = store.document(made)
    assert (order_.state, order_.partner, order_.net, order_.tax) == ("requested", header.partner, 600, 120)
    assert [(line.base_quantity // SCALE, line.unit_price, line.net) for line in replacing] == [
        (2, 0, 0),
        (2, 3 * SCALE, 600),
    ]
    refused("return.replaced", lambda: store.cancel(returned))
    confirm_order(store.boss, order=made.id, day=LATER, recorded_at=NOW)
    store.ship(made, 2, day=LATER)
    assert revenue(store) == before - 600
    assert_lawful(store)


def _replacing(store: Returning, returned: DocumentRef) -> list[DocumentRef]:
    return [
        DocumentRef(one.id, one.number, one.state)
        for one in queries.chain(store.company.pk, returned.id)
        if one.distance == 1 and one.kind == DocumentKind.SALES_ORDER
    ]


def test_what_replaces_billed_goods_is_not_sold_below_cost_unless_more_is_given_away(store: Returning) -> None:
    shipment = store.shipped(4)
    bill(store, shipment)
    for more in (0, 1):
        [made] = _replacing(store, store.back(store.of(shipment, 2), resolution=Resolution.REPLACEMENT))
        changes = [LineChange(1, quantity=(2 + more) * SCALE)]
        warnings = change_order(store.boss, order=made.id, changes=changes, recorded_at=NOW).warnings if more else ()
        done = confirm_order(store.boss, order=made.id, day=LATER, recorded_at=NOW)
        assert [len(warnings), len(done.warnings)] == [more, more]


def test_a_return_is_cancelled_when_its_replacement_is(store: Returning) -> None:
    shipment = store.shipped(3)
    returned = approved(store, store.of(shipment, 2), resolution=Resolution.REPLACEMENT)
    assert _replacing(store, returned) == []
    receive(store, returned)
    [made] = _replacing(store, returned)
    cancel_order(store.boss, order=made.id, reason="kept", recorded_at=NOW)
    store.cancel(returned)
    assert_lawful(store)


def test_boxes_are_replaced_by_boxes(store: Returning) -> None:
    store.stock(300, store.shed)
    order = store.ordered(2, numerator=100, unit=store.units["box"], unit_price=200 * SCALE, net=40_000)
    shipment = store.ship(order, 2)
    returned = store.back(
        store.of(shipment, 1, unit=store.units["box"]), store.of(shipment, 5), resolution=Resolution.REPLACEMENT
    )
    [made] = _replacing(store, returned)
    box, pieces = store.document(made)[1]
    assert (box.quantity, box.unit, box.unit_price, box.net) == (SCALE, store.units["box"], 200 * SCALE, 20_000)
    assert (pieces.quantity, pieces.unit, pieces.unit_price, pieces.net) == (5 * SCALE, None, 2 * SCALE, 1000)
    assert_lawful(store)


def test_what_is_credited_is_what_the_return_says(store: Returning) -> None:
    shipment = store.shipped(4)
    bill(store, shipment)
    returned = store.back(store.of(shipment, 2, fee_rate=100_000), store.of(shipment, 1))
    keys = [line.id for line in store.document(returned)[1]]

    def credit(*lines: CreditLine) -> DocumentRef:
        return post_credit_note(store.boss, lines=lines, day=LATER, recorded_at=NOW)

    assert store.document(credit(CreditLine(keys[0], SCALE)))[0].net == 270
    assert store.state(returned) == State.PARTLY_CREDITED
    refused("document.wrong_state", lambda: store.cancel(returned))
    rest = credit(CreditLine(keys[0]), CreditLine(keys[1]))
    assert (store.document(rest)[0].net, store.state(returned)) == (570, State.CREDITED)
    header, lines = store.document(returned)
    assert [to_credit(header, line) for line in lines] == [0, 0]
    assert_lawful(store)


# ---------------------------------------------------------------------------------------------------------------------
# Refused


def test_refusals(store: Returning) -> None:
    shipment, other = store.shipped(4), store.shipped(4, partner="PARIS")
    jones = store.partners["JONES"]
    refused("permission.missing", lambda: store.back(store.of(shipment, 1), actor=store.actor(P.SALE_READ)))
    refused("permission.missing", lambda: approved(store, actor=store.actor(P.SALES_RETURN_POST)))
    refused("document.no_lines", store.back)
    refused("document.unknown", lambda: store.back(ReturnLine(SCALE, 999_999, 1)))
    refused("return.no_customer", lambda: store.back(store.free(1)))
    refused("return.no_item", lambda: store.back(ReturnLine(SCALE), customer=jones))
    refused("item.unknown", lambda: store.back(ReturnLine(SCALE, item=999_999), customer=jones))
    refused("customer.unknown", lambda: store.back(store.free(1), customer=999_999))
    refused("customer.not_one", lambda: store.back(store.free(1), customer=store.partners["SMITH"]))
    refused("return.other_customer", lambda: store.back(store.of(shipment, 1), store.of(other, 1)))
    refused("return.other_customer", lambda: store.back(store.of(shipment, 1), customer=store.partners["PARIS"]))
    refused("return.line_unknown", lambda: store.back(store.of(shipment, 1, line=2)))
    refused("return.other_item", lambda: store.back(store.of(shipment, 1, item=store.items["NUT"])))
    refused("return.priced", lambda: store.back(store.of(shipment, 1, unit_price=1)))
    refused("return.exceeds", lambda: store.back(store.of(shipment, 3), store.of(shipment, 2)))
    refused("quantity.not_positive", lambda: store.back(store.of(shipment, 0)))
    refused("location.missing", lambda: store.back(store.of(shipment, 1), location=None))
    refused("location.unknown", lambda: store.back(store.of(shipment, 1), location=store.gone))
    refused("transfer.wrong_place", lambda: store.back(store.of(shipment, 1), location=store.loss))
    refused("unit.no_conversion", lambda: store.back(store.of(shipment, 1, unit=store.units["pair"])))
    refused("text.invalid", lambda: store.back(store.of(shipment, 1, reason="x" * 2001)))
    refused("price.negative", lambda: store.back(store.free(1, unit_price=-1), customer=jones))
    refused("moment.other_day", lambda: store.back(store.of(shipment, 1), effective_at=0))
    free = store.free(1)
    refused("return.not_replaceable", lambda: store.back(free, customer=jones, resolution=Resolution.REPLACEMENT))
    returned = store.back(store.of(shipment, 1))
    refused("reason.missing", lambda: store.cancel(returned, reason=" "))
    refused("permission.missing", lambda: store.cancel(returned, actor=store.actor(P.SALES_RETURN_APPROVE)))
    refused("document.unknown", lambda: store.cancel(shipment))
    store.cancel(returned)
    refused("document.wrong_state", lambda: store.cancel(returned))


def test_what_came_back_today_is_sold_again_today(selling: Selling) -> None:
    today = MONDAY - DAY
    selling.stock(5, selling.shed)

    def sell(quantity: int) -> int:
        line = OrderLine(quantity * SCALE, item=selling.items["BOLT"], unit_price=SCALE)
        given: dict[str, Any] = {"day": today, "recorded_at": NOW}
        order = create_order(
            selling.boss,
            customer=selling.partners["JONES"],
            lines=[line],
            location=selling.shed,
            confirm=True,
            **given,
        )
        return ship(selling.boss, lines=[ShipmentLine(order.id, 1, quantity * SCALE)], **given).id

    for _ in range(2):
        back = [ReturnLine(SCALE, sell(5), 1)]
        given: dict[str, Any] = {"day": today, "location": selling.shed, "recorded_at": NOW}
        take_back(selling.boss, lines=back, resolution=Resolution.NOTHING, **given)
        sell(1)
        selling.stock(5, selling.shed)
    assert on_hand(selling.company.pk, selling.items["BOLT"]) == 5 * SCALE
