"""Goods between own warehouses: what a dispatch, an arrival and a loss say, who may, and what is refused. The journal: scenarios/test_transfers."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.masterdata.models import Lot
from everstock.operations.documents.queries import chain
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive_dispatched
from everstock.operations.purchasing.transit import arrive as arrive_from_supplier
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.dispatches import arrive, dispatch, lose
from everstock.operations.warehouse.transfers import Move, move
from everstock.operations.warehouse.transit import Arrival
from tests.operations.buying import DAY, NOW
from tests.operations.receiving import TUESDAY, House

P = Permission


@pytest.fixture(scope="module")
def made_house(module_db: None) -> House:
    """Ten bolts, a crate of milk (lot A) and a pump (serial 1) at the dock; two bolts in quality control."""
    house = House()
    lines = [
        ReceiptLine(10 * SCALE, item=house.items["BOLT"], unit_price=2 * SCALE),
        ReceiptLine(24 * SCALE, item=house.items["MILK"], lot="A", unit_price=SCALE, expires_on=TUESDAY),
        ReceiptLine(SCALE, item=house.items["PUMP"], lot="1", unit_price=9 * SCALE),
        ReceiptLine(2 * SCALE, item=house.items["BOLT"], location=house.quality, unit_price=2 * SCALE),
    ]
    house.take(*lines, supplier=house.partners["SMITH"], location=house.dock)
    return house


def bolts(house: House, pieces: int = 4, from_: str = "dock") -> Move:
    return Move(house.items["BOLT"], pieces * SCALE, getattr(house, from_))


def sent(house: House, *moves: Move, **more: Any) -> DocumentRef:
    way = {"destination": house.shed, "transit": house.road, "day": TUESDAY, "recorded_at": NOW}
    return dispatch(**{"actor": house.boss, "moves": moves or [bolts(house)], **way, **more})


def came(house: House, of: DocumentRef, pieces: int, line: int = 1, **more: Any) -> DocumentRef:
    arrivals = [Arrival(of.id, line, pieces * SCALE)]
    return arrive(**{"actor": house.boss, "arrivals": arrivals, "day": TUESDAY + DAY, "recorded_at": NOW, **more})


def lost(house: House, of: DocumentRef, pieces: int, line: int = 1, **more: Any) -> DocumentRef:
    given = {"losses": [Arrival(of.id, line, pieces * SCALE)], "reason": "fell off the lorry", "day": TUESDAY + DAY}
    return lose(**{"actor": house.boss, "recorded_at": NOW, **given, **more})


def test_lots_and_units_go_along(house: House) -> None:
    milk = Move(house.items["MILK"], 2 * SCALE, house.dock, lot="A", unit=house.units["box"])
    pump = Move(house.items["PUMP"], SCALE, house.dock, lot="1")
    made = sent(house, bolts(house), milk, pump, expected_on=TUESDAY + 3 * DAY)
    assert made == (made.id, "TR-2026-000001", "sent")
    header = house.header(made.id)
    assert (header.sent_on, header.expected_on) == (TUESDAY, TUESDAY + 3 * DAY)
    assert header.details == {"purpose": "dispatch", "destination": house.shed}
    assert [house.stock(item, house.road) for item in ("BOLT", "MILK", "PUMP")] == [4, 24, 1]
    everything = [Arrival(made.id, 1, 4 * SCALE), Arrival(made.id, 2, SCALE), Arrival(made.id, 3, SCALE)]
    some = arrive(house.boss, arrivals=everything, day=TUESDAY, recorded_at=NOW)
    lots = dict(Lot.objects.values_list("code", "id"))
    assert [
        (line.base_quantity, line.unit, line.lot, line.location, line.to_location) for line in house.lines(some.id)
    ] == [
        (4 * SCALE, None, None, house.road, house.shed),
        (12 * SCALE, house.units["box"], lots["A"], house.road, house.shed),
        (SCALE, None, lots["1"], house.road, house.shed),
    ]
    assert [house.stock(item, house.shed) for item in ("BOLT", "MILK", "PUMP")] == [4, 12, 1]
    assert house.progress_of(made) == ("partly_received", [(4, 0, 0), (12, 0, 0), (1, 0, 0)])
    gone = lost(house, made, 1, line=2)
    assert house.progress_of(made) == ("received", [(4, 0, 0), (12, 12, 0), (1, 0, 0)])
    assert house.stock("MILK", house.road) == 0
    assert house.balances("5300", "1240") == (1200, 0)
    assert {one.number for one in chain(house.company.pk, made.id) if one.distance == 1} == {some.number, gone.number}
    said = AuditEvent.objects.get(subject=gone.number)
    assert said.after == {"state": "posted", "lines": 1, "purpose": "loss", "reason": "fell off the lorry"}
    house.assert_lawful()


def test_goods_arrive_at_another_place_than_they_were_sent_to(house: House) -> None:
    made = sent(house)
    came(house, made, 1, location=house.quality)
    came(house, made, 2, location=house.bin)
    came(house, made, 1)
    assert [house.stock(location=place) for place in (house.quality, house.bin, house.shed)] == [3, 2, 1]
    house.assert_lawful()


def test_requests_repeated_are_answered_with_the_first_documents(house: House) -> None:
    made = sent(house, key="s")
    assert sent(house, key="s") == made
    arrived, gone = came(house, made, 1, key="a"), lost(house, made, 1, key="l")
    assert (came(house, made, 1, key="a"), lost(house, made, 1, key="l")) == (arrived, gone)
    assert house.stock(location=house.road) == 2
    for again in (lambda: came(house, made, 2, key="a"), lambda: sent(house, bolts(house, 5), key="s")):
        house.assert_refused("request.other_content", "another request", again)


def test_what_has_left_again_is_not_taken_back(house: House) -> None:
    made = sent(house)
    arrived = came(house, made, 4)
    house.sold(1, location=house.shed, day=TUESDAY + 2 * DAY)
    house.assert_refused("stock.short_later", "SHED", lambda: cancel(house, arrived))


def cancel(house: House, document: DocumentRef, **more: Any) -> DocumentRef:
    return cancel_transfer(**{"actor": house.boss, "transfer": document.id, "reason": "x", "recorded_at": NOW, **more})


def test_who_may(house: House) -> None:
    worker = house.actor(P.TRANSFER_POST)
    made = sent(house, actor=worker)
    arrived = came(house, made, 1, actor=worker)
    house.assert_refused("permission.missing", "adjust stock", lambda: lost(house, made, 1, actor=worker))
    gone = lost(house, made, 1, actor=house.actor(P.ADJUSTMENT_POST))
    nobody = house.actor(P.RECEIPT_POST)
    for act in (
        lambda: sent(house, actor=nobody),
        lambda: came(house, made, 1, actor=nobody),
        lambda: cancel(house, arrived, actor=nobody),
        lambda: cancel(house, gone, actor=worker),
    ):
        house.assert_refused("permission.missing", "may not", act)
    assert cancel(house, arrived, actor=worker).state == "cancelled"


Act = Callable[[House, DocumentRef], object]
REFUSED: list[tuple[str, str, Act]] = [
    ("transfer.not_transit", "not of kind transit", lambda h, _: sent(h, transit=h.bin)),
    ("transfer.not_transit", "unknown", lambda h, _: sent(h, transit=10**6)),
    ("transfer.wrong_place", "ROAD is of kind transit", lambda h, _: sent(h, destination=h.road)),
    ("location.unknown", "unknown or inactive", lambda h, _: sent(h, destination=10**6)),
    ("transfer.same_location", "from DOCK to DOCK", lambda h, _: sent(h, destination=h.dock)),
    ("transfer.on_hold", "QC are in quality control", lambda h, _: sent(h, bolts(h, 1, "quality"))),
    ("transfer.in_transit", "goods at ROAD are still on their way", lambda h, _: sent(h, bolts(h, 1, "road"))),
    ("transfer.expected_too_early", "before they are sent", lambda h, _: sent(h, expected_on=TUESDAY - DAY)),
    ("document.no_lines", "no lines", lambda h, _: sent(h, moves=[])),
    ("lot.missing", "MILK", lambda h, _: sent(h, Move(h.items["MILK"], SCALE, h.dock))),
    ("quantity.not_positive", "line 1", lambda h, _: sent(h, bolts(h, 0))),
    ("stock.short", "BOLT at DOCK", lambda h, _: sent(h, bolts(h, 7))),
    ("document.no_lines", "Nothing arrives", lambda h, _: came(h, _, 1, arrivals=[])),
    ("document.unknown", "no such stock transfer", lambda h, _: came(h, _, 1, arrivals=[Arrival(10**9, 1, SCALE)])),
    ("arrival.line_unknown", "names no goods", lambda h, made: came(h, made, 1, line=2)),
    ("arrival.exceeds", "4 are on the way, and 5 would arrive", lambda h, made: came(h, made, 5)),
    ("arrival.exceeds", "4 are on the way, and 5 would arrive", lambda h, made: lost(h, made, 5)),
    ("arrival.before_dispatch", "cannot have arrived", lambda h, made: came(h, made, 1, day=TUESDAY - DAY)),
    ("transfer.wrong_place", "ROAD is of kind transit", lambda h, made: came(h, made, 1, location=h.road)),
    ("moment.other_day", "is not on", lambda h, made: came(h, made, 1, effective_at=1)),
    ("reason.missing", "no reason", lambda h, made: lost(h, made, 1, reason=" ")),
    ("account.unknown", "does not have", lambda h, made: lost(h, made, 1, account=10**6)),
    ("journal.stock_account", "1200", lambda h, made: lost(h, made, 1, account=h._accounts["1200"])),
]


@pytest.mark.parametrize(("code", "words", "act"), REFUSED)
def test_what_is_refused_changes_nothing(house: House, code: str, words: str, act: Act) -> None:
    made = sent(house)
    house.assert_refused(code, words, lambda: act(house, made))


def test_what_is_no_dispatch_does_not_arrive(house: House) -> None:
    put_away = move(house.boss, moves=[bolts(house)._replace(to_location=house.bin)], day=TUESDAY, recorded_at=NOW)
    house.assert_refused(
        "arrival.not_dispatched", "Nothing of TR-2026-000001 is in transit", lambda: came(house, put_away, 1)
    )


def test_what_a_supplier_sent_arrives_by_its_receipt_alone(house: House) -> None:
    order = house.sent(terms={"incoterm": "FOB"})
    road: dict[str, Any] = {"location": house.road, "day": TUESDAY, "recorded_at": NOW}
    receipt = receive_dispatched(house.boss, lines=[ReceiptLine(10 * SCALE, order.id, 1)], **road)
    house.assert_refused("document.unknown", "no such stock transfer", lambda: came(house, receipt, 1))
    made = sent(house)
    arrivals = [Arrival(made.id, 1, SCALE)]
    house.assert_refused(
        "document.unknown",
        "no such goods receipt",
        lambda: arrive_from_supplier(
            house.boss, arrivals=arrivals, location=house.dock, day=TUESDAY + DAY, recorded_at=NOW
        ),
    )
