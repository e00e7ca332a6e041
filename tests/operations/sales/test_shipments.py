"""Allocation and shipments: what is reserved for orders, what leaves of them, and what is refused."""

from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.ledger.queries import on_hand, rows
from everstock.ledger.reservations import reservations
from everstock.masterdata.models import Location
from everstock.operations.documents.amounts import totals
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import lock, read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.documents.write import atomic_verb, write
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.allocation import Allocated, allocate
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.picking import Strategy
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


class Store(Selling):
    """Goods in the shed, which has two bins, and confirmed orders of JONES."""

    def __init__(self) -> None:
        super().__init__()
        create = Location.objects.create
        self.bins = [
            create(company=self.company, code=code, kind="internal", purpose="bin", parent_id=self.shed).pk
            for code in ("BIN-A", "BIN-B")
        ]

    def ordered(
        self, *quantities: int, partner: str = "JONES", state: State = State.CONFIRMED, **more: Any
    ) -> DocumentRef:
        """An order of bolts, line by line, with ``charge`` cents for something else; ``terms``: what was agreed."""
        with atomic_verb():
            [number] = lock(self.company.pk, [], new_ids=1).ids
            currency = more.pop("currency", "USD")
            header = Header(number, DocumentKind.SALES_ORDER.value, state.value, MONDAY, currency, NOW)
            header = header._replace(rate=more.pop("rate", header.rate), details=more.pop("terms", None))
            charge = more.pop("charge", 0)
            lines = [
                Line(
                    *(number, place, quantity * SCALE, quantity * SCALE * more.get("numerator", 1)),
                    **{"item": self.items["BOLT"], "location": self.shed, "unit_price": 3 * SCALE, **more},
                )
                for place, quantity in enumerate(quantities, 1)
            ]
            if charge:
                lines.append(Line(number, len(lines) + 1, SCALE, SCALE, unit_price=charge * 10_000, net=charge))
            header = header._replace(partner=self.partners[partner], **totals(lines)._asdict())
            write(self.company.pk, documents=[header], lines=lines)
        return DocumentRef(number, "", state.value)

    def allocate(self, *orders: DocumentRef) -> list[Allocated]:
        return allocate(self.boss, orders=[order.id for order in orders], recorded_at=NOW)

    def ship(self, order: DocumentRef, quantity: int, line: int = 1, **more: Any) -> DocumentRef:
        leaving = ShipmentLine(order.id, line, quantity * SCALE, more.pop("location", None))
        given = {"lines": [leaving], "day": MONDAY, "recorded_at": NOW, **more}
        return ship(given.pop("actor", self.boss), **given)

    def state(self, order: DocumentRef) -> str:
        return read(self.company.pk, [order.id]).headers[order.id].state

    def held(self) -> list[int]:
        return [one.quantity // SCALE for one in reservations(self.company.pk)]


@pytest.fixture
def store(db: None) -> Store:
    return Store()


def test_from_backorder_to_shipped(store: Store) -> None:
    bolt, company = store.items["BOLT"], store.company.pk
    store.stock(4, store.bins[0])
    store.stock(2, store.bins[1])
    first, second = store.ordered(5), store.ordered(3, 9)
    standing = store.allocate(first, second)
    assert [(one.order, one.line, one.reserved // SCALE, one.short // SCALE) for one in standing] == [
        (first.id, 1, 5, 0),
        (second.id, 1, 1, 2),
        (second.id, 2, 0, 9),
    ]
    [there] = availability(company, [bolt], day=MONDAY)
    assert (there.reserved, there.free, there.needed) == (6 * SCALE, 0, 11 * SCALE)
    store.stock(20, store.shed)
    assert [one.short for one in store.allocate(second)] == [0, 0]
    assert store.held() == [5, 3, 9]

    shipment = store.ship(first, 5)
    assert store.state(first) == State.SHIPPED
    assert store.held() == [3, 9]
    assert on_hand(company, bolt) == 21 * SCALE
    written = read(company, [shipment.id]).lines[shipment.id]
    assert [(line.location, line.quantity // SCALE) for line in written] == [(store.bins[0], 4), (store.bins[1], 1)]
    assert store.state(second) == State.CONFIRMED
    store.ship(second, 2)
    assert store.state(second) == State.PARTLY_SHIPPED
    assert store.held() == [1, 9]
    assert prove(company).violations == []


def test_what_is_reserved_for_others_does_not_leave(store: Store) -> None:
    store.stock(5, store.shed)
    first, second = store.ordered(4), store.ordered(4)
    store.allocate(first)
    refused("stock.promised", lambda: store.ship(second, 2))
    store.ship(second, 1)
    refused("stock.promised", lambda: store.ship(second, 1))
    store.ship(first, 4)
    assert store.held() == []
    refused("shipment.short", lambda: store.ship(second, 1))
    assert prove(store.company.pk).violations == []


def test_nothing_leaves_for_a_customer_on_hold(store: Store) -> None:
    store.stock(5, store.shed)
    order = store.ordered(4, net=1_000)
    customers.hold(store.boss, customer=store.partners["JONES"], reason="owes since May", recorded_at=NOW)
    worker = store.actor(Permission.SHIPMENT_POST)
    refused("customer.on_hold", lambda: store.ship(order, 1, actor=worker))
    chief = (Permission.SHIPMENT_POST, Permission.CREDIT_OVERRIDE)
    refused("approval.over_limit", lambda: store.ship(order, 1, actor=store.actor(*chief, limit=999)))
    store.ship(order, 1, actor=store.actor(*chief, limit=1_000))
    customers.release(store.boss, customer=store.partners["JONES"], recorded_at=NOW)
    store.ship(order, 1, actor=worker)
    assert prove(store.company.pk).violations == []


def test_a_cancelled_shipment_leaves_everything_as_it_was(store: Store) -> None:
    store.stock(5, store.shed)
    order = store.ordered(4)
    store.allocate(order)
    shipment = store.ship(order, 4)
    cancelled = cancel_shipment(store.boss, shipment=shipment.id, reason="never left", recorded_at=NOW)
    assert cancelled.state == State.CANCELLED
    assert store.state(order) == State.CONFIRMED
    assert on_hand(store.company.pk, store.items["BOLT"]) == 5 * SCALE
    [other] = store.allocate(store.ordered(5))
    assert other.reserved == SCALE, "what came back is reserved for its order again"
    [standing] = store.allocate(order)
    assert (standing.open, standing.reserved) == (4 * SCALE, 4 * SCALE)
    refused(
        "document.wrong_state",
        lambda: cancel_shipment(store.boss, shipment=shipment.id, reason="twice", recorded_at=NOW),
    )
    assert prove(store.company.pk).violations == []


def test_boxes_leave_as_pieces_at_the_price_of_a_piece(store: Store) -> None:
    store.stock(150, store.bins[1])
    order = store.ordered(1, unit=store.units["box"], numerator=100, unit_price=250 * SCALE, discount=100_000)
    store.ship(order, 1, strategy=Strategy.NEAREST)
    assert store.state(order) == State.SHIPPED
    [(quantity, price)] = rows(
        "SELECT quantity, unit_price FROM movement WHERE kind = 4 AND company_id = %s", (store.company.pk,)
    )
    assert (quantity, price) == (100 * SCALE, 2_250_000)


def test_the_same_request_ships_once(store: Store) -> None:
    store.stock(5, store.shed)
    order = store.ordered(4)
    first = store.ship(order, 2, key="K")
    assert store.ship(order, 2, key="K") == first
    assert on_hand(store.company.pk, store.items["BOLT"]) == 3 * SCALE
    refused("request.other_content", lambda: store.ship(order, 1, key="K"))


def test_refusals(store: Store) -> None:
    store.stock(50, store.bins[0])
    order, other = store.ordered(4, 4), store.ordered(4, partner="PARIS")
    service = store.ordered(1, item=None, location=None)
    refused("document.no_lines", lambda: store.ship(order, 1, lines=[]))
    refused("document.unknown", lambda: store.ship(DocumentRef(10**9, "", ""), 1))
    requested = store.ordered(4, state=State.REQUESTED)
    refused("document.wrong_state", lambda: store.ship(requested, 1))
    refused("document.wrong_state", lambda: store.allocate(requested))
    refused("shipment.line_unknown", lambda: store.ship(order, 1, line=3), "Line 3 of ")
    refused("shipment.line_unknown", lambda: store.ship(service, 1))
    refused("shipment.exceeds", lambda: store.ship(order, 5))
    twice = [ShipmentLine(order.id, 1, 3 * SCALE), ShipmentLine(order.id, 1, 2 * SCALE)]
    refused("shipment.exceeds", lambda: store.ship(order, 1, lines=twice))
    mixed = [ShipmentLine(order.id, 1, SCALE), ShipmentLine(other.id, 1, SCALE)]
    refused("shipment.other_customer", lambda: store.ship(order, 1, lines=mixed))
    refused("quantity.not_positive", lambda: store.ship(order, 0))
    refused("stock.short", lambda: store.ship(order, 1, location=store.bins[1]))
    refused("moment.other_day", lambda: store.ship(order, 1, effective_at=NOW + 10**12))
    worker = store.actor(Permission.SALE_READ)
    refused("permission.missing", lambda: store.ship(order, 1, actor=worker))
    refused("permission.missing", lambda: allocate(worker, orders=[order.id], recorded_at=NOW))
    refused("permission.missing", lambda: cancel_shipment(worker, shipment=1, reason="x", recorded_at=NOW))
    refused("reason.missing", lambda: cancel_shipment(store.boss, shipment=1, reason=" ", recorded_at=NOW))
    refused("document.unknown", lambda: cancel_shipment(store.boss, shipment=order.id, reason="x", recorded_at=NOW))


def test_orders_at_two_rates_leave_together_each_at_its_own(store: Store) -> None:
    store.stock(2, store.shed)
    euro: dict[str, Any] = {"net": 1_000, "unit_price": 10 * SCALE, "partner": "PARIS", "currency": "EUR"}
    orders = [store.ordered(1, rate=rate, **euro) for rate in (1_000_000_000, 2_000_000_000)]
    lines = [ShipmentLine(one.id, 1, SCALE) for one in orders]
    shipment = ship(store.boss, lines=lines, day=MONDAY, recorded_at=NOW)
    sold = "SELECT unit_price FROM movement WHERE reference LIKE %s ORDER BY id"
    assert rows(sold, (f"SH/{shipment.id}/%",)) == [(10 * SCALE,), (20 * SCALE,)]
