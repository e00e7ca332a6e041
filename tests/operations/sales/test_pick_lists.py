"""Pick lists: what is fetched together and in which order, what is short, what goes back, and what of it is shipped."""

from functools import partial
from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.reservations import reservations
from everstock.masterdata.models import Barcode, Item, Location
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.queries import chain
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.states import State
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.carriers import plan_delivery, set_carrier
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.operations.sales.pick_lists import Method
from everstock.operations.sales.picks import Picked, put_back
from everstock.operations.sales.reallocation import OfOrder, holders_of, reallocate
from everstock.operations.sales.shipments import cancel_shipment
from everstock.operations.sales.waves import Choice, create_wave
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.count_requests import ShortReason, awaited_counts, dismiss_count
from everstock.operations.warehouse.dispatches import dispatch
from everstock.operations.warehouse.models import StorageBin
from everstock.operations.warehouse.pick_shares import Share, shares_of
from everstock.operations.warehouse.posting import departure_moment
from everstock.operations.warehouse.transfers import Move, move
from everstock.operations.warehouse.walking import Stop, walk
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor(db: None) -> Floor:
    return Floor()


def shares(pick_list: DocumentRef) -> list[Share]:
    return shares_of([pick_list.id])


def test_from_the_bin_over_the_table_to_the_customer(floor: Floor) -> None:
    floor.stock(4, floor.bins[0])
    floor.stock(6, floor.bins[1])
    order = floor.ordered(7)
    pick_list = floor.list_(order)
    assert (pick_list.number[:3], pick_list.state) == ("PL-", State.RELEASED)
    assert floor.says(pick_list) == [(floor.bins[0], 4), (floor.bins[1], 3)]
    assert floor.held() == [7]
    moved = floor.pick(pick_list, Picked(1), Picked(2, SCALE))
    assert moved.number.startswith("TR-")
    assert floor.state(pick_list) == State.PARTLY_PICKED
    assert [floor.at(place) for place in (*floor.bins, floor.table)] == [0, 5, 5]
    floor.proven()
    floor.pick(pick_list)
    assert floor.state(pick_list) == State.PICKED
    shipment = floor.ship_picked(pick_list)
    [line] = {line.location for line in floor.lines(shipment.id)}
    assert line == floor.table
    assert [floor.at(place) for place in (*floor.bins, floor.table)] == [0, 3, 0]
    assert (floor.state(pick_list), floor.state(order)) == (State.COMPLETED, State.SHIPPED)
    assert floor.held() == []
    floor.proven()


def test_what_is_on_a_list_is_offered_to_nobody_else(floor: Floor) -> None:
    floor.stock(5, floor.bins[0])
    first, second, third = floor.ordered(4), floor.ordered(4), floor.ordered(3)
    pick_list = floor.list_(first)
    assert floor.says(floor.list_(second)) == [(floor.bins[0], 1)]
    refused("picking.nothing", lambda: floor.list_(first))
    refused("shipment.on_pick_list", lambda: floor.ship(first, 1))
    floor.stock(3, floor.bins[1])
    refused("stock.on_pick_list", lambda: floor.ship(third, 1, location=floor.bins[0]))
    floor.pick(pick_list)
    away = [Move(floor.items["BOLT"], SCALE, floor.table, floor.bins[1])]
    refused("stock.on_pick_list", lambda: move(floor.boss, moves=away, day=MONDAY, recorded_at=NOW))
    road = Location.objects.create(company=floor.company, code="ROAD", kind="transit").pk
    far: dict[str, Any] = {"moves": away, "destination": floor.dock, "transit": road, "day": MONDAY, "recorded_at": NOW}
    refused("stock.on_pick_list", lambda: dispatch(floor.boss, **far))
    refused("stock.on_pick_list", lambda: floor.ship(third, 1, location=floor.table))
    shipped = floor.ship(third, 3)
    assert [line.location for line in floor.lines(shipped.id)] == [floor.bins[1]]
    floor.proven()


def test_what_is_on_a_list_is_given_to_no_other_order(floor: Floor) -> None:
    floor.stock(4, floor.bins[0])
    giver, taker = floor.ordered(6), floor.ordered(6)

    def move(quantity: int) -> None:
        lines = {"giver": OfOrder(giver.id, 1), "taker": OfOrder(taker.id, 1)}
        reallocate(floor.boss, quantity=quantity * SCALE, reason="waits since May", recorded_at=NOW, **lines)

    pick_list = floor.list_(giver)
    floor.stock(2, floor.bins[1])
    floor.allocate(giver)
    assert floor.held() == [6], "of which 4 are on the list"
    assert [row.listed // SCALE for row in holders_of(floor.boss, item=floor.items["BOLT"], recorded_at=NOW)] == [4]
    refused("reallocation.on_pick_list", lambda: move(3))
    move(1)
    floor.pick(pick_list)
    refused("reallocation.on_pick_list", lambda: move(2))
    floor.cancel(pick_list)
    move(2)
    assert sorted(floor.held()) == [3, 3]
    again = floor.list_(giver)
    floor.pick(again)
    floor.ship_picked(again)
    refused("reallocation.exceeds_reserved", lambda: move(1))
    floor.proven()


def test_what_was_fetched_together_is_not_of_one_chain(floor: Floor) -> None:
    floor.stock(5, floor.bins[0])
    first, second = floor.ordered(2), floor.ordered(3)
    batch = floor.list_(first, second, method=Method.BATCH)
    moved = floor.pick(batch)
    shipped = [floor.ship_picked(batch, orders=[order.id]) for order in (first, second)]

    def linked(document: DocumentRef) -> dict[int, int]:
        return {one.id: one.distance for one in chain(floor.company.pk, document.id)}

    for order, shipment in zip((first, second), shipped, strict=True):
        assert linked(order) == {batch.id: 1, moved.id: 2, shipment.id: 1}
        assert linked(shipment) == {batch.id: -1, order.id: -1}
    orders = {first.id: -1, second.id: -1}
    assert linked(batch) == {**orders, moved.id: 1, **dict.fromkeys((one.id for one in shipped), 1)}
    assert linked(moved) == {batch.id: -1, **dict.fromkeys(orders, -2)}


def test_a_batch_fetches_together_and_a_cluster_knows_whose_it_is(floor: Floor) -> None:
    floor.stock(9, floor.bins[0])
    floor.stock(9, floor.bins[1], "NUT")
    first, second = floor.ordered(2, 3), floor.ordered(1, item=floor.items["NUT"], partner="PARIS")
    third = floor.ordered(4, partner="PARIS")
    batch = floor.list_(first, second, method=Method.BATCH)
    assert floor.says(batch) == [(floor.bins[0], 5), (floor.bins[1], 1)]
    assert [(one.order, one.quantity // SCALE) for one in shares(batch)] == [
        (first.id, 2),
        (first.id, 3),
        (second.id, 1),
    ]
    floor.cancel(batch)
    cluster = floor.list_(first, second, third, method=Method.CLUSTER, totes=["A", "B", "C"])
    assert [(one.tote, one.quantity // SCALE) for one in shares(cluster)] == [("A", 2), ("A", 3), ("C", 4), ("B", 1)]
    floor.pick(cluster, Picked(1, 6 * SCALE))
    assert [one.picked // SCALE for one in shares(cluster)] == [2, 3, 1, 0]
    refused("shipment.other_customer", lambda: floor.ship_picked(cluster))
    floor.ship_picked(cluster, orders=[first.id])
    assert (floor.state(first), floor.state(cluster)) == (State.SHIPPED, State.PARTLY_PICKED)
    assert floor.at(floor.table) == 1
    floor.proven()


def test_the_way_goes_down_one_aisle_and_up_the_next(floor: Floor) -> None:
    far, near = floor.place("AISLE-1", "aisle"), floor.place("AISLE-2", "aisle")
    wanted = {"F1": (far, 21), "F2": (far, 22), "F3": (far, 23), "N1": (near, 11), "N2": (near, 12), "N3": (near, 13)}
    for code, (aisle, distance) in wanted.items():
        place = floor.place(code, parent=aisle)
        StorageBin.objects.create(location_id=place, distance=distance)
        floor.stock(1, place)
    pick_list = floor.list_(floor.ordered(6))
    codes = dict(Location.objects.values_list("id", "code"))
    assert [codes[place or 0] for place, _ in floor.says(pick_list)] == ["N1", "N2", "N3", "F3", "F2", "F1"]


def test_places_without_an_aisle_are_one() -> None:
    stops = [Stop(1, "B", 2), Stop(2, "A", 2), Stop(3, "C", 1), Stop(4, "D", 0, "X"), Stop(5, "E", 9, "X")]
    assert [at.code for at in walk(stops)] == ["D", "E", "B", "A", "C"]


def test_short_is_taken_from_elsewhere_and_somebody_counts(floor: Floor) -> None:
    floor.stock(4, floor.bins[0])
    floor.stock(3, floor.bins[1])
    order, other = floor.ordered(4), floor.ordered(1)
    pick_list = floor.list_(order)
    said = floor.short(pick_list, 1, 3, note="box was open")
    assert (said.elsewhere // SCALE, said.backorder, said.lines) == (3, 0, (2,))
    assert floor.says(pick_list) == [(floor.bins[0], 4), (floor.bins[1], 3)]
    [asked] = awaited_counts(floor.company.pk)
    assert (asked.item, asked.location, asked.reason, asked.note) == (
        *(floor.items["BOLT"], floor.bins[0]),
        *("missing", "box was open"),
    )
    floor.pick(pick_list)
    assert [floor.at(place) for place in (*floor.bins, floor.table)] == [3, 0, 4]
    # nothing is taken where the count is awaited, whatever the books say
    refused("picking.nothing", lambda: floor.list_(other))
    count = LedgerLine(
        Kind.COUNT,
        floor.items["BOLT"],
        "C1",
        SCALE,
        floor.bins[0],
        effective_at=departure_moment(MONDAY + DAY, None, NOW),
    )
    post(floor.company.pk, Document(NOW + 1, (count,), "test"))
    assert awaited_counts(floor.company.pk) == []
    assert floor.says(floor.list_(floor.ordered(5))) == [(floor.bins[0], 1)]
    floor.ship_picked(pick_list)
    assert floor.state(order) == State.SHIPPED
    floor.proven()


def test_short_of_what_is_nowhere_else_is_on_backorder(floor: Floor) -> None:
    floor.stock(5, floor.bins[0])
    first, second = floor.ordered(3), floor.ordered(2)
    pick_list = floor.list_(first, second, method=Method.BATCH)
    said = floor.short(pick_list, 1, 3, reason=ShortReason.DAMAGED)
    assert (said.elsewhere, said.backorder // SCALE, said.lines) == (0, 3, ())
    # the last one goes without first
    assert [(one.order, one.missing // SCALE) for one in shares(pick_list)] == [(first.id, 1), (second.id, 2)]
    assert sorted(one.quantity // SCALE for one in reservations(floor.company.pk)) == [2]
    floor.short(pick_list, 1)
    assert floor.state(pick_list) == State.COMPLETED
    [asked] = awaited_counts(floor.company.pk)
    dismiss_count(floor.boss, request=asked.id, recorded_at=NOW)
    refused("count.done", lambda: dismiss_count(floor.boss, request=asked.id, recorded_at=NOW))
    refused("count.unknown", lambda: dismiss_count(floor.boss, request=0, recorded_at=NOW))
    assert floor.says(floor.list_(second)) == [(floor.bins[0], 2)]
    floor.proven()


def lose(floor: Floor, quantity: int, place: int) -> None:
    """So much is found to be lost at a place, outside of picking."""
    floor.stock(quantity, place, kind=Kind.ADJUST_OUT)


def test_a_loss_ends_first_what_is_on_no_pick_list(floor: Floor) -> None:
    floor.stock(10, floor.bins[0])
    listed = floor.ordered(4, expected_on=MONDAY + 9 * DAY)
    urgent = floor.ordered(6, expected_on=MONDAY)
    pick_list = floor.list_(listed)
    floor.allocate(urgent)
    assert floor.held() == [4, 6]
    lose(floor, 5, floor.bins[0])
    assert floor.held() == [4, 1], "though it is the less urgent one, somebody fetches it"
    floor.pick(pick_list)
    lose(floor, 1, floor.bins[0])
    assert floor.held() == [4]
    floor.ship_picked(pick_list)
    floor.proven()


def test_of_what_is_partly_on_a_list_the_rest_ends_first(floor: Floor) -> None:
    floor.stock(4, floor.bins[0])
    urgent, other = floor.ordered(6, expected_on=MONDAY), floor.ordered(4, expected_on=MONDAY + DAY)
    lists = [floor.list_(urgent)]
    floor.stock(6, floor.bins[1])
    floor.allocate(urgent)
    lists.append(floor.list_(other))
    lose(floor, 2, floor.bins[1])
    assert floor.held() == [4, 4]
    for pick_list in lists:
        floor.pick(pick_list)
    floor.proven()


def test_a_list_whose_goods_were_lost_is_short_and_takes_no_others(floor: Floor) -> None:
    floor.stock(6, floor.bins[0])
    floor.stock(4, floor.bins[1])
    first, second = floor.ordered(6, expected_on=MONDAY), floor.ordered(4, expected_on=MONDAY + DAY)
    lists = [floor.list_(first), floor.list_(second)]
    lose(floor, 3, floor.bins[0])
    assert floor.held() == [3, 4], "the more urgent one, but its goods are those that are lost"
    refused("stock.short", lambda: floor.pick(lists[0]))
    said = floor.short(lists[0], 1, 3)
    assert (said.elsewhere, said.backorder // SCALE) == (0, 3)
    assert floor.held() == [3, 4], "what the ledger ended is not ended again"
    assert len(awaited_counts(floor.company.pk)) == 1
    for pick_list in lists:
        floor.pick(pick_list)
        floor.ship_picked(pick_list)
    assert floor.held() == []
    floor.proven()


def test_what_is_there_is_picked_for_whom_it_is_still_reserved(floor: Floor) -> None:
    floor.stock(10, floor.bins[0])
    first, second = floor.ordered(6, expected_on=MONDAY), floor.ordered(4, expected_on=MONDAY + DAY)
    lists = [floor.list_(first), floor.list_(second)]
    lose(floor, 3, floor.bins[0])
    assert floor.held() == [6, 1]
    # there would be enough at the place, if the first list had less of it
    said = refused("picking.not_reserved", lambda: floor.pick(lists[1]), "3 of BOLT is not reserved")
    assert "short" in said.remedy
    floor.pick(lists[1], Picked(1, SCALE))
    refused("picking.not_reserved", lambda: floor.pick(lists[1]))
    # nothing is taken elsewhere that is not reserved for the order, and what came meanwhile must be reserved first
    floor.stock(1, floor.bins[1])
    floor.allocate(second)
    said_short = floor.short(lists[1], 1)
    assert (said_short.elsewhere // SCALE, said_short.backorder // SCALE) == (1, 2)
    assert floor.held() == [6, 2]
    for pick_list in lists:
        floor.pick(pick_list)
        floor.ship_picked(pick_list)
    floor.proven()


def test_what_expires_first_is_picked_and_what_expired_is_not(floor: Floor) -> None:
    floor.milk("OLD", MONDAY - DAY, 5, floor.bins[0])
    soon = floor.milk("SOON", MONDAY + DAY, 2, floor.bins[1])
    late = floor.milk("LATE", MONDAY + 9 * DAY, 5, floor.bins[0])
    pick_list = floor.list_(floor.ordered(4, item=floor.items["MILK"]))
    assert {line.lot: line.base_quantity // SCALE for line in floor.lines(pick_list.id)} == {soon: 2, late: 2}
    [line] = [line.line for line in floor.lines(pick_list.id) if line.lot == soon]
    refused("picking.wrong_lot", lambda: floor.pick(pick_list, Picked(line, lot="LATE")))
    refused("lot.expired", lambda: floor.pick(pick_list, day=MONDAY + 2 * DAY))
    floor.pick(pick_list, Picked(line, lot="SOON"))
    refused("lot.expired", lambda: floor.ship_picked(pick_list, day=MONDAY + 2 * DAY))
    floor.ship_picked(pick_list)
    floor.proven()


def test_what_was_scanned_must_be_what_is_asked_for(floor: Floor) -> None:
    floor.stock(300, floor.bins[0])
    bolt = Item.objects.get(pk=floor.items["BOLT"])
    for code, item, unit in (
        ("111", bolt.pk, None),
        ("222", bolt.pk, floor.units["box"]),
        ("333", floor.items["NUT"], None),
    ):
        Barcode.objects.create(company=floor.company, code=code, item_id=item, unit_id=unit)
    pick_list = floor.list_(floor.ordered(250))
    for wrong in ("333", "444", "NUT"):
        refused("picking.wrong_item", partial(floor.pick, pick_list, Picked(1, SCALE, wrong)))
    refused("picking.exceeds", lambda: floor.pick(pick_list, Picked(1, 3 * SCALE, "222")))
    floor.pick(pick_list, Picked(1, 2 * SCALE, "222"), Picked(1, SCALE, "111"), Picked(1, SCALE, "BOLT"))
    assert floor.at(floor.table) == 202
    floor.pick(pick_list, Picked(1, None, "111"))
    assert floor.at(floor.table) == 250


def test_a_cancelled_list_puts_goods_back(floor: Floor) -> None:
    floor.stock(4, floor.bins[0])
    floor.stock(6, floor.bins[1])
    order = floor.ordered(7)
    pick_list = floor.list_(order)
    moved = floor.pick(pick_list, Picked(1), Picked(2, SCALE))
    refused(
        "transfer.of_pick_list",
        lambda: cancel_transfer(floor.boss, transfer=moved.id, reason="x", recorded_at=NOW),
    )
    shipment = floor.ship_picked(pick_list)
    assert floor.state(pick_list) == State.PARTLY_PICKED
    cancel_shipment(floor.boss, shipment=shipment.id, reason="never left", recorded_at=NOW)
    assert floor.at(floor.table) == 5
    assert floor.state(order) == State.CONFIRMED
    cancelled = floor.cancel(pick_list)
    assert cancelled.state == State.CANCELLED
    assert [floor.at(place) for place in (*floor.bins, floor.table)] == [4, 6, 0]
    refused("document.wrong_state", lambda: floor.cancel(pick_list))
    refused("document.wrong_state", lambda: floor.pick(pick_list))
    again = floor.list_(order)
    floor.pick(again, Picked(1))
    floor.ship_picked(again)
    assert floor.cancel(again).state == State.COMPLETED
    floor.proven()


def test_an_order_that_changes_after_picking_leaves_goods_to_put_back(floor: Floor) -> None:
    floor.stock(9, floor.bins[0])
    order = floor.ordered(6)
    pick_list = floor.list_(order)
    floor.pick(pick_list, Picked(1, 4 * SCALE))
    refused(
        "picking.nothing_to_put_back", lambda: put_back(floor.boss, pick_list=pick_list.id, day=MONDAY, recorded_at=NOW)
    )
    change_order(floor.boss, order=order.id, changes=[LineChange(1, quantity=5 * SCALE)], recorded_at=NOW)
    [share] = shares(pick_list)
    assert (share.open // SCALE, share.staged // SCALE) == (1, 4)
    change_order(floor.boss, order=order.id, changes=[LineChange(1, quantity=3 * SCALE)], recorded_at=NOW)
    assert floor.state(pick_list) == State.PICKED
    back = put_back(floor.boss, pick_list=pick_list.id, day=MONDAY, recorded_at=NOW, key="K")
    assert put_back(floor.boss, pick_list=pick_list.id, day=MONDAY, recorded_at=NOW, key="K") == back
    assert (floor.at(floor.bins[0]), floor.at(floor.table)) == (6, 3)
    floor.ship_picked(pick_list)
    assert (floor.state(order), floor.state(pick_list)) == (State.SHIPPED, State.COMPLETED)
    floor.proven()


@pytest.mark.parametrize("end", [cancel_order, close_order])
def test_an_order_that_ends_after_picking_leaves_goods_to_put_back(floor: Floor, end: Any) -> None:
    floor.stock(9, floor.bins[0])
    order, other = floor.ordered(6), floor.ordered(2)
    pick_list = floor.list_(order, other, method=Method.BATCH)
    floor.pick(pick_list, Picked(1, 4 * SCALE))
    end(floor.boss, order=order.id, reason="changed its mind", recorded_at=NOW)
    assert [(one.open // SCALE, one.staged // SCALE) for one in shares(pick_list)] == [(0, 4), (2, 0)]
    refused("shipment.nothing_staged", lambda: floor.ship_picked(pick_list, orders=[other.id]))
    put_back(floor.boss, pick_list=pick_list.id, day=MONDAY, recorded_at=NOW)
    floor.pick(pick_list)
    floor.ship_picked(pick_list, orders=[other.id])
    assert (floor.at(floor.bins[0]), floor.at(floor.table)) == (7, 0)
    assert floor.state(pick_list) == State.COMPLETED
    floor.proven()


def test_a_wave_chooses_by_day_carrier_channel_and_priority(floor: Floor) -> None:
    floor.stock(50, floor.bins[0])
    floor.stock(50, floor.bins[1], "NUT")
    carrier = set_carrier(floor.boss, code="DHL", recorded_at=NOW).pk
    nut = floor.items["NUT"]
    early = floor.ordered(1, expected_on=MONDAY)
    late = floor.ordered(2, expected_on=MONDAY + 9 * DAY)
    paris = floor.ordered(3, item=nut, partner="PARIS", expected_on=MONDAY + DAY)
    customers.set_terms(floor.boss, customer=floor.partners["PARIS"], priority=1, recorded_at=NOW)
    plan_delivery(floor.boss, document=late.id, carrier=carrier, recorded_at=NOW)

    def wave(**more: Any) -> list[int]:
        names = {name: more.pop(name) for name in list(more) if name in Choice._fields}
        given = {"staging": floor.table, "day": MONDAY, "recorded_at": NOW, **more}
        made = create_wave(floor.boss, choice=Choice(**names), **given)
        orders = list(dict.fromkeys(share.order for share in sorted(shares(made), key=lambda one: one.source)))
        floor.cancel(made)
        return orders

    assert wave(due_by=MONDAY + DAY) == [early.id, paris.id]
    assert wave(carrier=carrier) == [late.id]
    assert wave(priority=1) == [paris.id]
    # served by priority first; what would be more lines than wanted is left
    assert wave(most_lines=1) == [paris.id]
    assert wave() == [early.id, late.id, paris.id]
    refused("picking.no_orders", lambda: wave(channel="shop"))
    customers.hold(floor.boss, customer=floor.partners["PARIS"], reason="Owes since May", recorded_at=NOW)
    assert wave() == [early.id, late.id], "nothing would leave for who is on hold"
    given: dict[str, Any] = {"choice": Choice(), "staging": floor.table, "day": MONDAY, "recorded_at": NOW, "key": "W"}
    assert create_wave(floor.boss, **given) == create_wave(floor.boss, **given)


def test_the_same_request_does_it_once(floor: Floor) -> None:
    floor.stock(9, floor.bins[0])
    order = floor.ordered(4)
    pick_list = floor.list_(order, key="L")
    assert floor.list_(order, key="L") == pick_list
    moved = floor.pick(pick_list, Picked(1, SCALE), key="P")
    assert floor.pick(pick_list, Picked(1, SCALE), key="P") == moved
    shipment = floor.ship_picked(pick_list, key="S")
    assert floor.ship_picked(pick_list, key="S") == shipment
    refused("request.other_content", lambda: floor.ship_picked(pick_list, day=MONDAY + DAY, key="S"))
    assert (floor.at(floor.bins[0]), floor.at(floor.table)) == (8, 0)


def test_refusals(floor: Floor) -> None:
    floor.stock(9, floor.bins[0])
    order, other = floor.ordered(4), floor.ordered(2)
    requested, nut = floor.ordered(4, state=State.REQUESTED), floor.ordered(4, item=floor.items["NUT"])
    nobody = floor.actor(*set(Permission) - {Permission.SHIPMENT_POST, Permission.COUNT_ENTER})
    pick_list = floor.list_(order)
    refused("document.no_lines", floor.list_)
    refused("document.unknown", lambda: floor.list_(DocumentRef(10**9, "", "")))
    refused("document.wrong_state", lambda: floor.list_(requested))
    refused("picking.one_order", lambda: floor.list_(order, other))
    refused("picking.not_staging", lambda: floor.list_(other, staging=floor.bins[0]))
    refused("picking.totes", lambda: floor.list_(other, totes=["A"]))
    refused("picking.totes", lambda: floor.list_(order, other, totes=["A", "A"], method=Method.CLUSTER))
    refused("code.invalid", lambda: floor.list_(other, totes=[" "], method=Method.CLUSTER))
    refused("picking.nothing", lambda: floor.list_(nut))
    refused("picking.line_unknown", lambda: floor.pick(pick_list, Picked(9)))
    refused("picking.exceeds", lambda: floor.pick(pick_list, Picked(1, 5 * SCALE)))
    refused("quantity.not_positive", lambda: floor.pick(pick_list, Picked(1, 0)))
    refused("picking.exceeds", lambda: floor.short(pick_list, 1, 5))
    refused("picking.line_unknown", lambda: floor.short(pick_list, 2))
    refused("document.wrong_state", lambda: floor.ship_picked(pick_list))
    refused("document.unknown", lambda: floor.ship_picked(order))
    refused("reason.missing", lambda: floor.cancel(pick_list, reason=" "))
    for verb in (
        lambda: floor.list_(other, actor=nobody),
        lambda: floor.pick(pick_list, actor=nobody),
        lambda: floor.short(pick_list, 1, actor=nobody),
        lambda: floor.cancel(pick_list, actor=nobody),
        lambda: floor.ship_picked(pick_list, actor=nobody),
        lambda: put_back(nobody, pick_list=pick_list.id, day=MONDAY, recorded_at=NOW),
        lambda: create_wave(nobody, choice=Choice(), staging=floor.table, day=MONDAY, recorded_at=NOW),
        lambda: dismiss_count(nobody, request=1, recorded_at=NOW),
    ):
        refused("permission.missing", verb)
