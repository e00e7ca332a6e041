"""Goods in transit: dispatched, arrived, taken back, refused."""

import datetime as dt
from typing import Any

import pytest

from everstock.core.quantities import LIMIT, SCALE
from everstock.masterdata import actions
from everstock.operations.documents import queries
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.transit import arrive, cancel_arrival
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.incoming import incoming_lines
from everstock.operations.warehouse.transit import Arrival
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.receiving import TUESDAY, House, arrived, at, cancel, come, dispatched

P = Permission


def test_goods_on_their_way_over_the_end_of_a_period(house: House) -> None:
    last = dt.date(2026, 3, 31)
    order = house.sent(terms={"incoterm": "FOB"})
    receipt = dispatched(house, order, day=last, key="d")
    assert dispatched(house, order, day=last, key="d") == receipt
    assert house.progress_of(order) == ("received", [(10, 0, 0)])
    actions.lock_periods(company=house.company, through=last)
    first = arrived(house, receipt, 4, day=last + 2 * DAY, key="a")
    assert first == (first.id, "TR-2026-000001", "posted")
    assert arrived(house, receipt, 4, day=last + 2 * DAY, key="a") == first
    arrived(house, receipt, 6, day=last + 3 * DAY)
    assert house.balances("1200", "1240", "2100", as_of=last) == (0, 2500, -2500)
    assert house.balances("1200", "1240", "2100", as_of=last + 2 * DAY) == (1000, 1500, -2500)
    assert house.balances("1200", "1240", "2100", "2160") == (2500, 0, -2500, 0)
    [line] = house.lines(receipt.id)
    assert (line.location, line.received) == (house.road, 10 * SCALE)
    assert [(row.number, row.distance) for row in queries.chain(house.company.pk, receipt.id)] == [
        ("PO-2026-000001", -1),
        ("TR-2026-000001", 1),
        ("TR-2026-000002", 1),
    ]
    house.assert_lawful()


def test_what_is_in_transit_is_incoming_until_it_arrives(house: House) -> None:
    def coming() -> list[tuple[str, int]]:
        lines = incoming_lines(house.company.pk, items=[house.items["BOLT"]])
        [known] = availability(house.company.pk, [house.items["BOLT"]], day=TUESDAY)
        assert known.incoming == sum(line.quantity for line in lines)
        assert incoming_lines(house.company.pk) == lines
        return [(line.number, line.quantity // SCALE) for line in lines]

    order = house.sent(terms={"incoterm": "FOB"})
    receipt = dispatched(house, order, 7)
    assert coming() == [(order.number, 3), (receipt.number, 7)]
    made = arrived(house, receipt, 5)
    assert coming() == [(order.number, 3), (receipt.number, 2)]
    cancel_arrival(house.boss, transfer=made.id, reason="not yet", recorded_at=NOW)
    assert coming() == [(order.number, 3), (receipt.number, 7)]


def test_an_arrival_can_be_taken_back(house: House) -> None:
    order = house.sent(terms={"incoterm": "EXW"})
    receipt = dispatched(house, order)
    arrival = arrived(house, receipt, 4)
    house.assert_refused("receipt.arrived", "has arrived in part", lambda: cancel(house, receipt))
    taken_back: dict[str, Any] = {"transfer": arrival.id, "reason": "not ours", "recorded_at": NOW}
    assert cancel_arrival(house.boss, **taken_back).state == "cancelled"
    house.assert_refused("document.wrong_state", "is cancelled", lambda: cancel_arrival(house.boss, **taken_back))
    assert house.lines(receipt.id)[0].received == 0
    assert house.balances("1200", "1240", "2100") == (0, 2500, -2500)
    cancel(house, receipt)
    assert house.balances("1200", "1240", "2100") == (0, 0, 0)
    house.assert_lawful()


@pytest.mark.parametrize("incoterm", ["", "DAP", "DPU", "DDP"])
def test_goods_that_are_not_ours_on_the_way(house: House, incoterm: str) -> None:
    order = house.sent(terms={"incoterm": incoterm})
    house.assert_refused("receipt.not_owned_yet", order.number, lambda: dispatched(house, order))


ARRIVAL_REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("document.no_lines", {"arrivals": []}, "Nothing arrives"),
    ("document.unknown", {"arrivals": [Arrival(10**9, 1, SCALE)]}, "no such goods receipt"),
    ("arrival.line_unknown", {"line": 2}, "names no goods"),
    ("arrival.exceeds", {"quantity": 10_000_001}, "10 are on the way, and 10.000001"),
    ("quantity.not_positive", {"quantity": 0}, "not above zero"),
    ("quantity.too_large", {"quantity": LIMIT}, "too large"),
    ("location.missing", {"location": None}, "does not say where the goods go"),
    ("location.unknown", {"location": "gone"}, "unknown or inactive"),
    ("transfer.wrong_place", {"location": "road"}, "ROAD is of kind transit"),
    ("arrival.before_dispatch", {"day": MONDAY}, "dispatched on 2026-03-03"),
    ("moment.other_day", {"effective_at": at(MONDAY)}, "not on 2026-03-03"),
]


@pytest.mark.parametrize("code, change, words", ARRIVAL_REFUSALS)
def test_refused_arrivals(house: House, code: str, change: dict[str, Any], words: str) -> None:
    receipt = dispatched(house, house.sent(terms={"incoterm": "FOB"}))
    one = Arrival(receipt.id, change.get("line", 1), change.get("quantity", SCALE))
    given: dict[str, Any] = {"arrivals": [one], "location": house.dock, "day": TUESDAY, "recorded_at": NOW}
    for name in ("arrivals", "day", "effective_at", "location"):
        if name in change:
            value = change[name]
            given[name] = getattr(house, value) if name == "location" and value else value
    house.assert_refused(code, words, lambda: arrive(house.boss, **given))


def test_only_goods_in_transit_arrive(house: House) -> None:
    order = house.sent(house.line(5, "1"), house.line(5, "1"), terms={"incoterm": "FOB"})
    here, gone = house.take(come(order, 1)), dispatched(house, order, 1)
    cancel(house, gone)
    for receipt in (here, gone):
        house.assert_refused(
            "arrival.not_in_transit",
            f"{receipt.number} are not in transit",
            lambda r=receipt: arrived(house, r, 1),  # type: ignore[misc]
        )
    worker = house.actor(P.TRANSFER_POST)
    house.assert_refused(
        "permission.missing", "may not receive goods", lambda: arrive(worker, arrivals=[], day=TUESDAY, recorded_at=NOW)
    )


def test_goods_of_two_suppliers_do_not_arrive_together(house: House) -> None:
    both = [
        dispatched(house, house.sent(house.line(5, "1"), supplier=supplier, terms={"incoterm": "FOB"}), 5)
        for supplier in ("SMITH", "EURO")
    ]
    arrivals = [Arrival(receipt.id, 1, SCALE) for receipt in both]
    house.assert_refused(
        "receipt.other_supplier",
        "another supplier",
        lambda: arrive(house.boss, arrivals=arrivals, day=TUESDAY, recorded_at=NOW, location=house.dock),
    )
