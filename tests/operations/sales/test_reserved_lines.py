"""What of an order leaves at once when some of it is on backorder."""

import pytest

from everstock.core.quantities import SCALE
from everstock.masterdata.models import ItemUnit
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.orders import close_order
from everstock.operations.sales.reserved_lines import reserved_lines
from everstock.operations.sales.shipments import ship
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.sales.ordering import confirmed, quote
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_kits import Kits
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


def ready(selling: Selling, order: DocumentRef) -> list[tuple[int, float]]:
    return [(one.line, one.quantity / SCALE) for one in reserved_lines(selling.company.pk, order.id)]


def leave(selling: Selling, order: DocumentRef) -> DocumentRef:
    return ship(selling.boss, lines=reserved_lines(selling.company.pk, order.id), day=MONDAY, recorded_at=NOW)


def test_what_is_short_stays_on_backorder(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    selling.stock(5, selling.dock, "NUT")
    made = confirmed(selling, selling.line(6, "3"), selling.line(2, "1", "NUT"), selling.line(1, "3"))
    assert ready(selling, made) == [(1, 4), (2, 2)]
    leave(selling, made)
    assert [line.received // SCALE for line in selling.lines(made.id)] == [4, 2, 0]
    assert ready(selling, made) == []
    offer = quote(selling, selling.line(1, "3"))
    refused("document.unknown", lambda: ready(selling, offer))


def test_in_the_unit_of_the_line_and_not_less_than_it_can_say(selling: Selling) -> None:
    units = {unit: selling.units[unit] for unit in ("box", "third", "pair")}
    ItemUnit.objects.create(item_id=selling.items["BOLT"], unit_id=units["pair"], numerator=7, denominator=1)
    selling.stock(150, selling.dock)
    boxes = confirmed(selling, selling.line(2, "3", unit=units["box"]))
    assert ready(selling, boxes) == [(1, 1.5)]
    leave(selling, boxes)
    close_order(selling.boss, order=boxes.id, reason="Half a box is enough", recorded_at=NOW)
    selling.stock(10, selling.dock)
    thirds = confirmed(selling, selling.line(6, "3", unit=units["third"]))
    assert ready(selling, thirds) == [(1, 6)]
    leave(selling, thirds)
    sevens = confirmed(selling, selling.line(5, "3", unit=units["pair"]))
    assert ready(selling, sevens) == [(1, 1)], "of the eight that are there"
    leave(selling, sevens)
    assert ready(selling, sevens) == []


def test_of_kits_whole_ones() -> None:
    kits = Kits()
    kits.stock(7, kits.dock)
    kits.stock(2, kits.dock, "NUT")
    made = confirmed(kits, kits.line(4, "5", "SET"))
    assert ready(kits, made) == [(1, 2)]
    leave(kits, made)
    assert kits.said(made) == [(1, 4, 2, 0, 2000), (2, 8, 4, 0, 0), (3, 4, 2, 0, 0)]
    assert ready(kits, made) == [], "one has its bolts, and no nut"
    kits.sound()


def test_what_somebody_picks_is_left_to_them(db: None) -> None:
    floor = Floor()
    floor.stock(4, floor.bins[0])
    made = floor.ordered(6)
    floor.list_(made)
    assert ready(floor, made) == []
    floor.stock(2, floor.bins[1])
    floor.allocate(made)
    assert ready(floor, made) == [(1, 2)]
    leave(floor, made)
    floor.proven()
