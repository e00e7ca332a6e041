"""What is on its way: by item, place and day."""

from everstock.core.quantities import SCALE
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.states import State
from everstock.operations.purchasing.orders import (
    cancel_order,
    close_order,
    send_order,
)
from everstock.operations.warehouse.incoming import incoming, incoming_lines
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.ordering import approved, blanket, sent


def test_incoming_by_item_place_and_day(buying: Buying) -> None:
    bolt, nut, dock, shed = buying.items["BOLT"], buying.items["NUT"], buying.dock, buying.shed
    late, soon = MONDAY + 9 * DAY, MONDAY + DAY
    first = sent(
        buying,
        buying.line(10, "1", expected_on=late),
        buying.line(1, "1", unit=buying.units["box"], expected_on=late),
        buying.line(5, "1", "NUT", expected_on=soon),
        buying.line(5, "1", "NUT", location=shed, expected_on=soon),
        OrderLine(SCALE, unit_price=SCALE, description="Freight", expected_on=soon),
    )
    second = sent(buying, buying.line(3, "1", expected_on=late))
    waiting = approved(buying, buying.line(7, "1", expected_on=soon))
    buying.order(buying.line(100, "1", expected_on=soon))
    blanket(buying)
    cancel_order(buying.boss, order=sent(buying).id, reason="x", recorded_at=NOW)
    sent(Buying())
    buying.progress(first.id, (1, {"received": 4 * SCALE, "rejected": SCALE}), (4, {"received": 5 * SCALE}))

    company = buying.company.pk
    bolts, nuts = (bolt, dock, late, 109 * SCALE), (nut, dock, soon, 5 * SCALE)
    assert incoming(company) == [bolts, nuts]
    assert incoming(company, items=[nut]) == [nuts]
    assert incoming(company, locations=[shed]) == []
    assert incoming(company, until=soon) == [nuts]
    assert incoming(company, states=[State.APPROVED]) == [(bolt, dock, soon, 7 * SCALE)]
    assert [(row.number, row.line, row.quantity) for row in incoming_lines(company, items=[bolt])] == [
        (first.number, 1, 6 * SCALE),
        (first.number, 2, 100 * SCALE),
        (second.number, 1, 3 * SCALE),
    ]
    assert incoming_lines(company)[0].supplier == buying.partners["SMITH"]
    close_order(buying.boss, order=first.id, reason="x", recorded_at=NOW)
    send_order(buying.boss, order=waiting.id, day=MONDAY, recorded_at=NOW)
    assert incoming(company) == [(bolt, dock, soon, 7 * SCALE), (bolt, dock, late, 3 * SCALE)]
