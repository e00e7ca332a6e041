"""Whatever place is named to a verb of selling or of its warehouse: one that cannot be is refused, and nothing else comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.usage import settings_changed
from everstock.masterdata.actions import create_company
from everstock.masterdata.models import Location
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.sales.holds import CartLine, hold_cart
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from everstock.operations.warehouse.putaway import Goods, set_bin, suggest
from everstock.operations.warehouse.transfers import Move, move
from tests.operations.buying import CREATED_AT, MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.sales.ordering import order, quote
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {"day": MONDAY, "recorded_at": NOW}


@pytest.fixture
def floor(db: None) -> Floor:
    floor = Floor()
    floor.stock(50, floor.bins[0])
    return floor


def ship_from(floor: Floor, place: int) -> object:
    return floor.ship(floor.ordered(2), 2, location=place)


def come_back_to(floor: Floor, place: int) -> object:
    shipment = floor.ship(floor.ordered(1), 1)
    lines = [ReturnLine(SCALE, shipment.id, 1)]
    return take_back(floor.boss, lines=lines, resolution=Resolution.CREDIT, location=place, **GIVEN)


VERBS: dict[str, Callable[[Floor, int], object]] = {
    "order": lambda floor, place: order(floor, location=place),
    "quote": lambda floor, place: quote(floor, location=place),
    "cart": lambda floor, place: hold_cart(
        *(floor.boss,),
        token="c",
        lines=[CartLine(floor.items["BOLT"], SCALE, place)],
        minutes=5,
        recorded_at=NOW,
    ),
    "channel": lambda floor, place: floor.channel("WEB", place),
    "pick": lambda floor, place: floor.list_(floor.ordered(1), staging=place),
    "ship": ship_from,
    "take back": come_back_to,
    "move from": lambda floor, place: move(
        floor.boss, moves=[Move(floor.items["BOLT"], SCALE, place, floor.bins[1])], **GIVEN
    ),
    "move to": lambda floor, place: move(
        floor.boss, moves=[Move(floor.items["BOLT"], SCALE, floor.bins[0], place)], **GIVEN
    ),
    "bin": lambda floor, place: set_bin(floor.boss, location=place, recorded_at=NOW),
    "suggest": lambda floor, place: suggest(floor.company.pk, [Goods(floor.items["BOLT"], SCALE, place)]),
}


def foreign(floor: Floor) -> int:
    other = create_company(code="OTHER", name="", currency_code="USD", created_at=CREATED_AT)
    return Location.objects.create(company=other, code="ELSEWHERE", kind="internal", purpose="bin").pk


def of_kind(kind: str) -> Callable[[Floor], int]:
    return lambda floor: Location.objects.filter(company=floor.company, kind=kind).values_list("pk", flat=True)[0]


PLACES: dict[str, Callable[[Floor], int]] = {
    "of another company": foreign,
    "inactive": lambda floor: floor.gone,
    "none": lambda floor: 10**9,
    "the customers": of_kind("customer"),
    "the loss": lambda floor: floor.loss,
}


CODES = {
    *(
        "location.unknown",
        "location.no_stock",
        "location.holds_no_stock",
        "transfer.wrong_place",
        "picking.not_staging",
    ),
    *("bin.not_one", "stock.short"),
}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_place_that_cannot_be_is_refused(floor: Floor, verb: str, where: str) -> None:
    place = PLACES[where](floor)
    if (verb, where) in {("bin", "inactive"), ("suggest", "inactive")}:
        # what lies there may still be described, and put elsewhere
        VERBS[verb](floor, place)
        return
    with pytest.raises(Refusal) as said:
        VERBS[verb](floor, place)
    assert said.value.code in CODES
    floor.proven()


def held(floor: Floor, place: int) -> None:
    """A place is used for quality control from now on."""
    Location.objects.filter(pk=place).update(purpose="quality")
    settings_changed(floor.company.pk)


def test_goods_on_hold_do_not_leave_for_customers(floor: Floor) -> None:
    hold = floor.place("HOLD", "quality")
    floor.stock(5, hold)
    order = floor.ordered(9)
    said = refused("stock.on_hold", lambda: floor.ship(order, 2, location=hold))
    assert "HOLD is held for quality control" in said.cause
    assert "released" in said.remedy
    assert floor.at(hold) == 5
    # also if they lay elsewhere than on hold when they were put on a list, or picked
    listed = floor.list_(order)
    floor.proven()
    held(floor, floor.bins[0])
    refused("stock.on_hold", lambda: floor.pick(listed))
    assert floor.at(floor.bins[0]) == 50


def test_what_was_picked_stays_where_staging_became_a_place_of_quality_control(floor: Floor) -> None:
    listed = floor.list_(floor.ordered(9))
    floor.pick(listed)
    held(floor, floor.table)
    refused("stock.on_hold", lambda: floor.ship_picked(listed))
    assert floor.at(floor.table) == 9


def test_goods_leave_from_the_warehouse_they_are_promised_from(floor: Floor) -> None:
    floor.stock(5, floor.dock)
    order = floor.ordered(2)
    said = refused("shipment.other_warehouse", lambda: floor.ship(order, 2, location=floor.dock))
    assert "SHED" in said.cause
    assert "DOCK" in said.cause
    elsewhere = floor.ordered(2, location=floor.dock)
    floor.ship(elsewhere, 2, location=floor.dock)
    assert floor.at(floor.dock) == 3
    floor.ship(order, 2, location=floor.bins[0])
    floor.proven()
