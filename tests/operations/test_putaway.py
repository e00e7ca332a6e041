"""Goods that move in the house: transfers, quality control, and where to put what."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata.models import Item, ItemCategory, Location, Lot
from everstock.masterdata.queries import Tree
from everstock.operations.documents import queries
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive_dispatched
from everstock.operations.purchasing.transit import arrive, cancel_arrival
from everstock.operations.warehouse.cancellations import cancel_transfer
from everstock.operations.warehouse.models import PutAwayRule, RuleKind, StorageBin
from everstock.operations.warehouse.putaway import (
    Bin,
    Goods,
    Measures,
    Rule,
    Suggestion,
    allot,
    set_bin,
    set_rules,
    suggest,
)
from everstock.operations.warehouse.transfers import Move, hold, move, reject, release
from everstock.operations.warehouse.transit import Arrival
from tests.operations.buying import DAY, NOW
from tests.operations.receiving import TUESDAY, House, at

P = Permission
Verb = Callable[..., DocumentRef]


@pytest.fixture(scope="module")
def made_house(module_db: None) -> House:
    """Ten bolts, a crate of milk (lot A) and a pump (serial 1) at the dock; two bolts in quality control."""
    house = House()
    lines = [
        ReceiptLine(10 * SCALE, item=house.items["BOLT"], unit_price=2 * SCALE),
        ReceiptLine(12 * SCALE, item=house.items["MILK"], lot="A", unit_price=SCALE, expires_on=TUESDAY),
        ReceiptLine(SCALE, item=house.items["PUMP"], lot="1", unit_price=9 * SCALE),
        ReceiptLine(2 * SCALE, item=house.items["BOLT"], location=house.quality, unit_price=2 * SCALE),
    ]
    house.take(*lines, supplier=house.partners["SMITH"], location=house.dock)
    return house


def a_move(house: House, pieces: float = 4, from_: str = "dock", to: str | None = "bin", **more: Any) -> Move:
    item = house.items[more.pop("item", "BOLT")]
    target = None if to is None else getattr(house, to)
    return Move(item, round(pieces * SCALE), getattr(house, from_), target, **more)


def done(house: House, verb: Verb, *moves: Move, **more: Any) -> DocumentRef:
    given = {"actor": house.boss, "moves": moves, "day": TUESDAY, "recorded_at": NOW, **more}
    return verb(**given)


# --- transfers


def test_a_transfer_moves_goods_and_no_value(house: House) -> None:
    made = done(
        house,
        move,
        a_move(house),
        a_move(house, 1, item="MILK", lot="A", unit=house.units["box"]),
        a_move(house, 1, item="PUMP", lot="1", to="shed"),
    )
    assert made == (made.id, "TR-2026-000001", "posted")
    header, lines = house.header(made.id), house.lines(made.id)
    assert (header.partner, header.day, header.currency, header.gross, header.details) == (
        *(None, TUESDAY, "USD", 0),
        {"purpose": "move"},
    )
    assert [(line.location, line.to_location) for line in lines] == [
        *[(house.dock, house.bin)] * 2,
        (house.dock, house.shed),
    ]
    assert [line.base_quantity for line in lines] == [4 * SCALE, 12 * SCALE, SCALE]
    assert [line.ledger_reference for line in lines] == [f"TR/{made.id}/{number}" for number in (1, 2, 3)]
    lots = dict(Lot.objects.values_list("code", "id"))
    assert [line.lot for line in lines] == [None, lots["A"], lots["1"]]
    assert [house.stock(place_of, at_) for place_of, at_ in (("BOLT", house.bin), ("MILK", house.bin))] == [4, 12]
    assert house.balances("1200", "2160") == (2400 + 1200 + 900, 0)
    said = AuditEvent.objects.get(subject=made.number)
    assert (said.action, said.after) == (
        "stock_transfer.post",
        {"state": "posted", "lines": 3, "purpose": "move"},
    )
    house.assert_lawful()


def test_a_transfer_can_be_taken_back(house: House) -> None:
    made = done(house, move, a_move(house))
    given: dict[str, Any] = {"transfer": made.id, "reason": "wrong bin", "recorded_at": NOW}
    house.assert_refused("reason.missing", "no reason", lambda: cancel_transfer(house.boss, **{**given, "reason": ""}))
    assert cancel_transfer(house.boss, **given) == (made.id, made.number, "cancelled")
    assert (house.stock(location=house.bin), house.stock(location=house.dock)) == (0, 10)
    house.assert_refused("document.wrong_state", "is cancelled", lambda: cancel_transfer(house.boss, **given))
    house.assert_refused(
        "document.unknown",
        "no such stock transfer",
        lambda: cancel_transfer(house.boss, **{**given, "transfer": 10**9}),
    )
    house.assert_lawful()


def test_no_more_of_a_receipt_leaves_than_it_brought(house: House) -> None:
    receipt = house.take(
        ReceiptLine(3 * SCALE, item=house.items["BOLT"], unit_price=1),
        supplier=house.partners["SMITH"],
        location=house.dock,
    )
    (line,) = house.lines(receipt.id)
    done(house, move, a_move(house, 2, source=line.id))
    for verb, to in ((move, "bin"), (hold, "quality")):
        house.assert_refused(
            "putaway.exceeds",
            "brought 3 of item BOLT, of which 2 are put away or gone, and not the 3",
            partial(done, house, verb, *[a_move(house, 1.5, to=to, source=line.id)] * 2),
        )
    # what is moved on, and what comes back, was counted when it left; others' goods are not this receipt's
    done(house, move, a_move(house, 2, from_="bin", to="shed", source=line.id))
    done(house, move, a_move(house, 1, source=line.id), a_move(house, 9))
    done(house, move, a_move(house, 2, from_="shed", to="dock", source=line.id))
    away = done(house, move, a_move(house, 2, source=line.id))
    house.assert_refused("putaway.exceeds", "of which 3", lambda: done(house, move, a_move(house, 1, source=line.id)))
    cancel_transfer(house.boss, transfer=away.id, reason="wrong bin", recorded_at=NOW)
    done(house, move, a_move(house, 2, source=line.id))
    house.assert_lawful()


def test_no_more_of_an_arrival_leaves_than_arrived(house: House) -> None:
    receipt = receive_dispatched(
        house.boss,
        lines=[ReceiptLine(10 * SCALE, house.sent(terms={"incoterm": "FOB"}).id, 1)],
        day=TUESDAY,
        recorded_at=NOW,
        location=house.road,
    )
    here: dict[str, Any] = {"day": TUESDAY, "recorded_at": NOW, "location": house.dock}
    arrival = arrive(house.boss, arrivals=[Arrival(receipt.id, 1, 3 * SCALE)], **here)
    arrive(house.boss, arrivals=[Arrival(receipt.id, 1, 7 * SCALE)], **here)
    (line,) = house.lines(arrival.id)
    done(house, move, a_move(house, 2, source=line.id))
    house.assert_refused(
        "putaway.exceeds",
        f"{arrival.number} brought 3 of item BOLT, of which 2 are put away",
        lambda: done(house, move, a_move(house, 2, source=line.id)),
    )
    done(house, move, a_move(house, 1, source=line.id))
    house.assert_lawful()


def test_what_has_left_again_cannot_be_taken_back(house: House) -> None:
    made = done(house, move, a_move(house), effective_at=at(TUESDAY, 11))
    house.sold(1, location=house.bin)
    house.assert_refused(
        "stock.short_later",
        "BOLT at BIN",
        lambda: cancel_transfer(house.boss, transfer=made.id, reason="wrong", recorded_at=NOW),
    )


def test_a_request_repeated_is_answered_with_the_first_transfer(house: House) -> None:
    first = done(house, move, a_move(house), key="k")
    assert done(house, move, a_move(house), key="k") == first
    assert house.stock(location=house.bin) == 4
    house.assert_refused(
        "request.other_content", "another request", lambda: done(house, move, a_move(house, 5), key="k")
    )


# --- quality control


def test_goods_are_held_and_released(house: House) -> None:
    inspector = house.actor(P.QUALITY_RELEASE)
    worker = house.actor(P.TRANSFER_POST)
    held = done(house, hold, a_move(house, 3, to="quality"), actor=worker)
    assert house.header(held.id).details == {"purpose": "hold"}
    assert house.stock(location=house.quality) == 5
    out = a_move(house, 4, "quality")
    house.assert_refused("transfer.on_hold", "QC are in quality control", lambda: done(house, move, out, actor=worker))
    house.assert_refused(
        "permission.missing", "may not release or reject", lambda: done(house, release, out, actor=worker)
    )
    released = done(house, release, out, actor=inspector)
    assert (house.stock(location=house.quality), house.stock(location=house.bin)) == (1, 4)
    house.assert_refused(
        "permission.missing",
        "may not release or reject",
        lambda: cancel_transfer(worker, transfer=released.id, reason="x", recorded_at=NOW),
    )
    cancel_transfer(inspector, transfer=released.id, reason="wrong lot", recorded_at=NOW)
    assert house.stock(location=house.quality) == 5
    house.assert_lawful()


def test_rejected_goods_are_scrapped_at_cost(house: House) -> None:
    bad = done(house, reject, a_move(house, 2, "quality", None), reason="cracked", actor=house.actor(P.QUALITY_RELEASE))
    assert house.header(bad.id).details == {"purpose": "reject", "reason": "cracked"}
    assert (house.stock(location=house.quality), house.balances("5310")) == (0, (400,))
    cancel_transfer(house.boss, transfer=bad.id, reason="only dirty", recorded_at=NOW)
    assert (house.stock(location=house.quality), house.balances("5310")) == (2, (0,))
    house.assert_lawful()


def test_expired_goods_are_not_released(house: House) -> None:
    crate = a_move(house, 12, item="MILK", lot="A", to="quality")
    done(house, hold, crate)
    out = a_move(house, 12, "quality", item="MILK", lot="A")
    late: dict[str, Any] = {"day": TUESDAY + DAY}
    house.assert_refused(
        "lot.expired", "Lot A of item MILK expired on 2026-03-03", lambda: done(house, release, out, **late)
    )
    done(house, release, a_move(house, 6, "quality", item="MILK", lot="A"))
    done(house, reject, a_move(house, 6, "quality", None, item="MILK", lot="A"), reason="sour", **late)
    house.assert_lawful()


Act = Callable[[House], Any]


def _act(verb: Verb, change: Callable[[House], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Do something with 4 bolts from the dock to the bin, but for what is changed of the line."""

    def act(house: House) -> DocumentRef:
        given = {**more, **(change(house) if change else {})}
        on_verb = {name: given.pop(name) for name in ("effective_at", "reason", "actor") if name in given}
        line = a_move(house)._replace(**given)
        return done(house, verb, line, **on_verb)

    return act


REFUSED: list[tuple[str, Act, str]] = [
    ("permission.missing", _act(move, lambda h: {"actor": h.actor(P.RECEIPT_POST)}), "Ann may not transfer goods"),
    ("permission.missing", _act(hold, lambda h: {"actor": h.actor(P.QUALITY_RELEASE)}), "Ann may not transfer goods"),
    ("permission.missing", _act(reject, lambda h: {"actor": h.actor(P.TRANSFER_POST)}, reason="x"), "may not release or reject"),
    ("document.no_lines", lambda h: done(h, move), "has no lines"),
    ("item.unknown", _act(move, item=10**8), "unknown item"),
    ("unit.no_conversion", _act(move, lambda h: {"unit": h.units["pair"]}), "BOLT has no conversion"),
    ("quantity.not_exact", _act(move, lambda h: {"unit": h.units["third"]}), "cannot be converted exactly"),
    ("quantity.not_positive", _act(move, quantity=0), "not above zero"),
    ("quantity.too_large", _act(move, quantity=LIMIT), "too large"),
    ("quantity.too_large", _act(move, lambda h: {"unit": h.units["box"], "quantity": LIMIT // 10}), "too large"),
    ("location.unknown", _act(move, location=10**8), "unknown or inactive location"),
    ("location.missing", _act(move, to_location=None), "does not say where the goods go"),
    ("location.unknown", _act(move, lambda h: {"to_location": h.gone}), "unknown or inactive location"),
    ("transfer.wrong_place", _act(move, lambda h: {"to_location": h.road}), "ROAD is of kind transit"),
    ("transfer.wrong_place", _act(move, lambda h: {"location": h.loss}), "of kind loss"),
    ("transfer.in_transit", _act(move, lambda h: {"location": h.road}), "Line 1: goods at ROAD are still on their way"),
    ("transfer.wrong_place", _act(move, lambda h: {"to_location": h.quality}), "QC is a place of quality control"),
    ("transfer.wrong_place", _act(release, lambda h: {"location": h.quality, "to_location": _other_quality(h)}), "QC2 is a place of quality control"),
    ("transfer.wrong_place", _act(reject, lambda h: {"location": h.quality}, reason="x"), "what is rejected goes to scrap"),
    ("transfer.same_location", _act(move, lambda h: {"to_location": h.dock}), "from DOCK to DOCK"),
    ("transfer.on_hold", _act(move, lambda h: {"location": h.quality}), "QC are in quality control"),
    ("quality.not_there", _act(hold), "BIN is no place of quality control"),
    ("quality.not_held", _act(release), "DOCK are not in quality control"),
    ("quality.not_held", _act(reject, to_location=None, reason="x"), "DOCK are not in quality control"),
    ("reason.missing", _act(reject, reason=" "), "no reason"),
    ("lot.not_tracked", _act(move, lot="A"), "BOLT is not tracked"),
    ("lot.missing", _act(move, lambda h: {"item": h.items["MILK"]}), "MILK is tracked by lot"),
    ("lot.unknown", _act(move, lambda h: {"item": h.items["MILK"], "lot": "Z"}), "no lot Z of item MILK"),
    ("serial.quantity", _act(move, lambda h: {"item": h.items["PUMP"], "lot": "1"}), "one piece, not 4"),
    ("stock.short", _act(move, quantity=10_000_001), "There are 10 of item BOLT at DOCK"),
    ("moment.other_day", _act(move, effective_at=at(TUESDAY + DAY)), "not on 2026-03-03"),
]  # fmt: skip


def _other_quality(house: House) -> int:
    return Location.objects.get(company=house.company, code="QC2").pk


@pytest.mark.parametrize("code, act, words", REFUSED)
def test_refused_transfers(house: House, code: str, act: Act, words: str) -> None:
    Location.objects.create(company=house.company, code="QC2", kind="internal", purpose="quality")
    house.assert_refused(code, words, lambda: act(house))


def test_an_inactive_place_can_be_emptied(house: House) -> None:
    Location.objects.filter(pk=house.dock).update(active=False)
    done(house, move, a_move(house))
    assert house.stock(location=house.bin) == 4


def test_an_arrival_is_cancelled_as_an_arrival(house: House) -> None:
    order = house.sent(terms={"incoterm": "FOB"})
    line = ReceiptLine(10 * SCALE, order=order.id, line=1)
    receipt = receive_dispatched(house.boss, lines=[line], day=TUESDAY, recorded_at=NOW, location=house.road)
    arrival = arrive(
        house.boss, arrivals=[Arrival(receipt.id, 1, SCALE)], day=TUESDAY, recorded_at=NOW, location=house.dock
    )
    moved = done(house, move, a_move(house))
    house.assert_refused(
        "transfer.arrival",
        "is the arrival of goods",
        lambda: cancel_transfer(house.boss, transfer=arrival.id, reason="x", recorded_at=NOW),
    )
    house.assert_refused(
        "arrival.not_one",
        "is no arrival",
        lambda: cancel_arrival(house.boss, transfer=moved.id, reason="x", recorded_at=NOW),
    )
    assert [row.number for row in queries.chain(house.company.pk, arrival.id)][-1] == "GR-2026-000002"


# --- where to put what: by hand, without a database

WAREHOUSE, DOCK, ZONE, OTHER = 1, 2, 3, 9
BOLT, NUT, SHIRT, CAP = 11, 12, 13, 14
METAL, CLOTHES, HATS = 21, 22, 23
CATEGORIES = Tree({METAL: None, CLOTHES: None, HATS: CLOTHES})
MEASURES = {
    BOLT: Measures(METAL, weight=50_000, volume=10),
    NUT: Measures(METAL),
    SHIRT: Measures(CLOTHES, weight=200_000),
    CAP: Measures(HATS),
}
BINS = [
    Bin(31, "A-1", (31, WAREHOUSE), distance=10),
    Bin(32, "A-2", (32, WAREHOUSE), distance=20, max_quantity=100 * SCALE),
    Bin(33, "Z-1", (33, ZONE, WAREHOUSE), distance=30, max_weight=1_000_000),
    Bin(34, "Z-2", (34, ZONE, WAREHOUSE), distance=5, max_volume=100),
    Bin(41, "B-1", (41, OTHER), distance=0),
]
WAREHOUSE_OF = {31: WAREHOUSE, 32: WAREHOUSE, 33: WAREHOUSE, 34: WAREHOUSE, DOCK: WAREHOUSE, 41: OTHER}
FIXED, SAME, IN_ZONE, NEAREST = RuleKind.FIXED_BIN, RuleKind.SAME_ITEM, RuleKind.ZONE, RuleKind.NEAREST_EMPTY
Put = list[tuple[int | None, float, RuleKind | None]]

ALLOTMENTS: list[tuple[str, list[tuple[int, float]], dict[int, dict[int, int]], list[Rule], list[Put]]] = [
    ("the nearest empty bin", [(NUT, 5)], {}, [Rule(NEAREST)], [[(34, 5, NEAREST)]]),
    ("occupied bins are not empty", [(NUT, 5)], {34: {BOLT: 1}}, [Rule(NEAREST)], [[(31, 5, NEAREST)]]),
    ("what was there and has left is not there", [(NUT, 5)], {34: {BOLT: 0}}, [Rule(NEAREST)], [[(34, 5, NEAREST)]]),
    ("where it lies already", [(NUT, 5)], {32: {NUT: 7}}, [Rule(SAME), Rule(NEAREST)], [[(32, 5, SAME)]]),
    ("what does not fit goes on", [(NUT, 150)], {32: {NUT: 30}}, [Rule(SAME), Rule(NEAREST)], [[(32, 70, SAME), (34, 80, NEAREST)]]),
    ("a fixed bin", [(BOLT, 5), (NUT, 5)], {31: {SHIRT: 1}}, [Rule(FIXED, item=BOLT, location=31), Rule(NEAREST)], [[(31, 5, FIXED)], [(34, 5, NEAREST)]]),
    ("the order of the rules decides", [(BOLT, 5)], {31: {BOLT: 1}}, [Rule(NEAREST), Rule(SAME)], [[(34, 5, NEAREST)]]),
    ("a zone for a category", [(BOLT, 5)], {}, [Rule(IN_ZONE, category=METAL, location=ZONE)], [[(34, 5, IN_ZONE)]]),
    ("and for what is below it", [(CAP, 5)], {34: {NUT: 1}}, [Rule(IN_ZONE, category=CLOTHES, location=ZONE)], [[(33, 5, IN_ZONE)]]),
    ("but for no other", [(CAP, 5)], {}, [Rule(IN_ZONE, category=METAL, location=ZONE)], [[(None, 5, None)]]),
    ("a zone takes what lies there already", [(NUT, 5)], {33: {NUT: 1}, 34: {CAP: 1}}, [Rule(IN_ZONE, location=ZONE)], [[(33, 5, IN_ZONE)]]),
    ("by weight", [(SHIRT, 7)], {33: {BOLT: 4}, 34: {CAP: 1}}, [Rule(FIXED, item=SHIRT, location=33)], [[(33, 4, FIXED), (None, 3, None)]]),
    ("by volume", [(BOLT, 25)], {34: {BOLT: 3}}, [Rule(SAME)], [[(34, 7, SAME), (None, 18, None)]]),
    ("whole pieces only", [(SHIRT, 9)], {33: {BOLT: 1}}, [Rule(FIXED, item=SHIRT, location=33)], [[(33, 4, FIXED), (None, 5, None)]]),
    ("unless they are no whole ones", [(SHIRT, 4.5)], {}, [Rule(FIXED, item=SHIRT, location=33)], [[(33, 4.5, FIXED)]]),
    ("a full bin is passed over", [(NUT, 5)], {32: {NUT: 100}}, [Rule(SAME), Rule(NEAREST)], [[(34, 5, NEAREST)]]),
    ("what is put there counts", [(BOLT, 8), (BOLT, 8), (NUT, 1)], {}, [Rule(SAME), Rule(NEAREST)], [[(34, 8, NEAREST)], [(34, 2, SAME), (31, 6, NEAREST)], [(32, 1, NEAREST)]]),
    ("no rule, no place", [(NUT, 5)], {}, [], [[(None, 5, None)]]),
    ("never in another warehouse", [(NUT, 5)], {31: {CAP: 1}, 32: {CAP: 1}, 33: {CAP: 1}, 34: {CAP: 1}}, [Rule(NEAREST)], [[(None, 5, None)]]),
]  # fmt: skip


@pytest.mark.parametrize("name, goods, stock, rules, expected", ALLOTMENTS, ids=[row[0] for row in ALLOTMENTS])
def test_allot(
    name: str,
    goods: list[tuple[int, float]],
    stock: dict[int, dict[int, int]],
    rules: list[Rule],
    expected: list[Put],
) -> None:
    wanted = [Goods(item, round(quantity * SCALE), DOCK) for item, quantity in goods]
    scaled = {place: {item: quantity * SCALE for item, quantity in lying.items()} for place, lying in stock.items()}
    found = allot(wanted, BINS, scaled, rules, MEASURES, CATEGORIES, WAREHOUSE_OF)
    assert found == [
        Suggestion(number, place, round(quantity * SCALE), rule)
        for number, puts in enumerate(expected)
        for place, quantity, rule in puts
    ]


# --- and with one


def test_suggestions_for_the_house(house: House) -> None:
    create = Location.objects.create
    near = create(company=house.company, code="NEAR", kind="internal", purpose="bin", parent_id=house.shed).pk
    create(company=house.company, code="OFF", kind="internal", purpose="bin", parent_id=house.shed, active=False)
    Location.objects.filter(pk=house.dock).update(parent=house.shed)
    clothes = ItemCategory.objects.create(company=house.company, code="CLOTHES")
    Item.objects.filter(pk=house.items["NUT"]).update(category=clothes)
    set_bin(house.boss, location=house.bin, recorded_at=NOW, distance=9, max_quantity=6 * SCALE)
    set_bin(house.boss, location=near, recorded_at=NOW, distance=3)
    goods = [Goods(house.items["BOLT"], 8 * SCALE, house.dock), Goods(house.items["NUT"], SCALE, house.dock)]

    def put() -> list[Suggestion]:
        return suggest(house.company.pk, goods)

    assert put() == [Suggestion(0, near, 8 * SCALE, NEAREST), Suggestion(1, house.bin, SCALE, NEAREST)]
    done(house, move, a_move(house, 2))
    assert put() == [
        Suggestion(0, house.bin, 4 * SCALE, SAME),
        Suggestion(0, near, 4 * SCALE, NEAREST),
        Suggestion(1, None, SCALE, None),
    ]
    set_rules(
        house.boss,
        rules=[Rule(FIXED, item=house.items["BOLT"], location=near), Rule(IN_ZONE, category=clothes.pk, location=near)],
        recorded_at=NOW,
    )
    assert put() == [Suggestion(0, near, 8 * SCALE, FIXED), Suggestion(1, None, SCALE, None)]
    set_rules(house.boss, rules=[Rule(IN_ZONE, category=clothes.pk, location=house.shed)], recorded_at=NOW)
    assert put() == [Suggestion(0, None, 8 * SCALE, None), Suggestion(1, near, SCALE, IN_ZONE)]
    assert PutAwayRule.objects.filter(company=house.company).count() == 1
    said = AuditEvent.objects.filter(action="put_away_rules.set").latest("id")
    assert said.after == {"rules": [["zone", None, clothes.pk, house.shed]]}


def test_what_lies_there_counts_against_what_a_bin_can_hold(house: House) -> None:
    # a fixed bin where only other goods lie, and one of them twice; what lies in a bin that no rule asks for is only not nothing
    set_bin(house.boss, location=house.bin, recorded_at=NOW, max_quantity=6 * SCALE)
    create = Location.objects.create
    full = create(company=house.company, code="FULL", kind="internal", purpose="bin", parent_id=house.shed).pk
    Location.objects.filter(pk=house.dock).update(parent=house.shed)
    house.take(
        ReceiptLine(4 * SCALE, item=house.items["NUT"], unit_price=1),
        supplier=house.partners["SMITH"],
        location=house.bin,
    )
    house.take(
        ReceiptLine(SCALE, item=house.items["NUT"], unit_price=1), supplier=house.partners["SMITH"], location=full
    )
    set_rules(
        house.boss, rules=[Rule(FIXED, item=house.items["BOLT"], location=house.bin), Rule(NEAREST)], recorded_at=NOW
    )
    found = suggest(house.company.pk, [Goods(house.items["BOLT"], 5 * SCALE, house.dock)])
    assert found == [Suggestion(0, house.bin, 2 * SCALE, FIXED), Suggestion(0, None, 3 * SCALE, None)]


def test_set_a_bin_anew(house: House) -> None:
    set_bin(house.boss, location=house.bin, recorded_at=NOW, distance=9, max_weight=5)
    set_bin(house.boss, location=house.bin, recorded_at=NOW, max_volume=7)
    row = StorageBin.objects.get()
    assert (row.location_id, row.distance, row.max_quantity, row.max_weight, row.max_volume) == (
        *(house.bin, 0),
        *(None, None, 7),
    )


def _rules(*rules: Callable[[House], Rule]) -> Act:
    return lambda house: set_rules(house.boss, rules=[rule(house) for rule in rules], recorded_at=NOW)


SETTINGS: list[tuple[str, Act, str]] = [
    ("permission.missing", lambda h: set_rules(h.actor(P.TRANSFER_POST), rules=[], recorded_at=NOW), "may not change locations"),
    ("permission.missing", lambda h: set_bin(h.actor(P.TRANSFER_POST), location=h.bin, recorded_at=NOW), "may not change locations"),
    ("rule.twice", _rules(lambda h: Rule(SAME), lambda h: Rule(SAME)), "stands there twice"),
    ("rule.incomplete", _rules(lambda h: Rule(FIXED, item=h.items["BOLT"])), "fixed bin does not say"),
    ("rule.incomplete", _rules(lambda h: Rule(FIXED, location=h.bin)), "fixed bin does not say"),
    ("rule.incomplete", _rules(lambda h: Rule(IN_ZONE)), "zone does not say"),
    ("item.unknown", _rules(lambda h: Rule(SAME, item=10**8)), "unknown item"),
    ("category.unknown", _rules(lambda h: Rule(SAME, category=10**8)), "unknown category"),
    ("location.unknown", _rules(lambda h: Rule(NEAREST, location=h.loss)), "unknown location"),
    ("location.unknown", lambda h: set_bin(h.boss, location=10**8, recorded_at=NOW), "no such place"),
    ("bin.not_one", lambda h: set_bin(h.boss, location=h.dock, recorded_at=NOW), "DOCK is no bin"),
    ("bin.negative", lambda h: set_bin(h.boss, location=h.bin, recorded_at=NOW, max_weight=-1), "below zero or too large"),
    ("bin.negative", lambda h: set_bin(h.boss, location=h.bin, recorded_at=NOW, distance=2**31), "below zero or too large"),
    ("item.unknown", lambda h: suggest(h.company.pk, [Goods(10**8, SCALE, h.dock)]), "no such item"),
    ("location.unknown", lambda h: suggest(h.company.pk, [Goods(h.items["BOLT"], SCALE, h.loss)]), "no such place"),
    ("transfer.in_transit", lambda h: suggest(h.company.pk, [Goods(h.items["BOLT"], SCALE, h.road)]), "Goods at ROAD are still on their way"),
]  # fmt: skip


@pytest.mark.parametrize("code, act, words", SETTINGS)
def test_refused_settings(house: House, code: str, act: Act, words: str) -> None:
    house.assert_refused(code, words, lambda: act(house))
