"""What can be promised: now, and day by day from what is on its way."""

import datetime as dt

import pytest

from everstock.core.facts import Kind
from everstock.core.posting import LocationKind
from everstock.core.promising import Flow, Part
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document, Line
from everstock.ledger.post import post
from everstock.ledger.reservations import Wanted, reserve
from everstock.masterdata.models import Location
from everstock.operations.warehouse.availability import Availability, Work, availability
from everstock.operations.warehouse.dispatches import dispatch
from everstock.operations.warehouse.transfers import Move
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.ordering import sent

pytestmark = pytest.mark.django_db
WEDNESDAY = MONDAY + 2 * DAY
TODAY = (WEDNESDAY - dt.date(1970, 1, 1)).days


def stock(buying: Buying, quantity: int, place: int, reference: str, item: str = "BOLT") -> None:
    line = Line(Kind.RECEIPT, buying.items[item], reference, quantity * SCALE, place, value=quantity * 100)
    post(buying.company.pk, Document(NOW, (line,), "test"))


def test_everything_of_an_item_at_one_glance() -> None:
    buying = Buying()
    bolt, dock, shed, company = buying.items["BOLT"], buying.dock, buying.shed, buying.company
    quality = Location.objects.create(company=company, code="Q", kind="internal", purpose="quality", parent_id=dock).pk
    road = Location.objects.get(company=company, kind=LocationKind.TRANSIT.value).pk
    for place, quantity in ((dock, 20), (quality, 4), (shed, 9)):
        stock(buying, quantity, place, f"R{place}")
    stock(buying, 1, dock, "NUT", "NUT")
    reserve(company.pk, [Wanted("SO/1/1", bolt, dock, 5 * SCALE)], recorded_at=NOW)
    sent(buying, buying.line(10, "1", expected_on=WEDNESDAY + 9 * DAY))
    sent(buying, buying.line(2, "1", expected_on=MONDAY + DAY))
    dispatch(
        buying.boss,
        moves=[Move(bolt, 3 * SCALE, shed, road)],
        destination=dock,
        transit=road,
        day=MONDAY,
        expected_on=WEDNESDAY + DAY,
        recorded_at=NOW,
    )
    flows = (Flow(TODAY, 15 * SCALE, 0), Flow(TODAY + 1, 5 * SCALE, 0), Flow(TODAY + 9, 10 * SCALE, 0))
    at_dock, at_shed = availability(company.pk, [bolt], day=WEDNESDAY)
    arrivals = ((TODAY + 1, "PO-2026-000002 (overdue)"), (TODAY + 1, "TR-2026-000001"), (TODAY + 9, "PO-2026-000001"))
    assert at_dock == Availability(
        *(bolt, dock, 24 * SCALE, 4 * SCALE, 5 * SCALE, 15 * SCALE, 15 * SCALE, 0, flows),
        arrivals=arrivals,
        work=Work(overdue=1),
    ), "an order that is late is expected tomorrow"
    assert (at_shed.on_hand, at_shed.free, at_shed.incoming) == (6 * SCALE, 6 * SCALE, 0)
    assert at_dock.by_day() == [
        (WEDNESDAY, 15 * SCALE),
        (WEDNESDAY + DAY, 20 * SCALE),
        (WEDNESDAY + 9 * DAY, 30 * SCALE),
    ]
    assert at_dock.promise(19 * SCALE, WEDNESDAY) == [Part(TODAY, 15 * SCALE), Part(TODAY + 1, 4 * SCALE)]
    both = availability(company.pk, [bolt, buying.items["NUT"]], day=WEDNESDAY)
    assert both[:2] == [at_dock, at_shed]
    assert [one.free for one in both[2:]] == [SCALE]
    assert availability(company.pk, [buying.items["OLD"]], day=WEDNESDAY) == []
