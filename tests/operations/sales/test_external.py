"""Orders of other systems: taken in one by one, the same again does nothing, and what is refused is told."""

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents.lines import OrderLine
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.external import External, Taken, Wish, take_in
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_kits import Kits
from tests.operations.unchanged import everything

pytestmark = pytest.mark.django_db


def taken(selling: Selling, *orders: External) -> list[Taken]:
    given = {"channel": "shop", "orders": orders, "recorded_at": NOW}
    return list(take_in(selling.boss, day=MONDAY, **given))  # type: ignore[arg-type]


def bolts(selling: Selling, quantity: int) -> OrderLine:
    return selling.line(quantity, "3")


def brought(selling: Selling, reference: str, *lines: OrderLine) -> External:
    return External(Wish.CREATE, reference, lines, selling.partners["JONES"])


def test_orders_come_change_and_go(selling: Selling) -> None:
    selling.channel("shop")
    first, second = taken(selling, brought(selling, "1", bolts(selling, 2)), brought(selling, "2", bolts(selling, 1)))
    assert first.order is not None
    assert second.order is not None
    assert first.order.state == "confirmed"
    again = taken(selling, brought(selling, "1", bolts(selling, 2)))
    assert [(one.order and one.order.id, one.repeated) for one in again] == [(first.order.id, True)]
    wanted = [bolts(selling, 5), selling.line(1, "1", "NUT")]
    taken(selling, External(Wish.CHANGE, "1", wanted), External(Wish.CANCEL, "2"), External(Wish.CANCEL, "2"))
    assert [line.quantity for line in selling.lines(first.order.id)] == [5 * SCALE, SCALE]
    assert selling.header(second.order.id).state == "cancelled"
    assert prove(selling.company.pk).violations == []


def test_what_is_refused_is_told_and_the_others_are_taken(selling: Selling) -> None:
    selling.channel("shop")
    twice = [bolts(selling, 1), bolts(selling, 2)]
    [made] = taken(selling, brought(selling, "1", *twice))
    assert made.refused is None
    before = everything()
    told = taken(
        selling,
        External(Wish.CHANGE, "9", [bolts(selling, 1)]),
        External(Wish.CANCEL, "9"),
        External(Wish.CHANGE, "1", [bolts(selling, 3)]),
        External(Wish.CHANGE, "1", twice),
        External(Wish.CREATE, "3", [selling.line(1, "1", "OLD")], selling.partners["JONES"]),
        # the same number with other content
        External(Wish.CREATE, "1", [bolts(selling, 7)], selling.partners["JONES"], MONDAY + DAY),
    )
    codes = [one.refused and one.refused.code for one in told]
    assert codes == [
        *("external.unknown", "external.unknown", "external.ambiguous", "external.ambiguous"),
        *("item.inactive", "request.other_content"),
    ]
    assert all(one.refused and one.refused.cause.endswith(".") and one.refused.remedy.endswith(".") for one in told)
    assert everything() == before
    assert [one.order is not None for one in taken(selling, brought(selling, "3", bolts(selling, 1)))] == [True]


def test_an_order_in_boxes_is_changed_in_pieces(selling: Selling) -> None:
    """A box holds 100. What is charged besides is not added again."""
    selling.channel("shop")
    boxes = selling.line(2, "300", unit=selling.units["box"])
    postage = OrderLine(SCALE, description="Postage", unit_price=5 * SCALE)
    [made] = taken(selling, brought(selling, "1", boxes, postage))
    assert made.order is not None
    for pieces in (300, 300, 20):
        taken(selling, External(Wish.CHANGE, "1", [selling.line(pieces, "3.5"), postage]))
    first, second = selling.lines(made.order.id)
    assert (first.quantity, first.base_quantity, first.unit_price) == (SCALE // 5, 20 * SCALE, 350 * SCALE)
    assert (second.description, second.net) == ("Postage", 500)
    pairs = selling.line(1, "7", unit=selling.units["pair"])
    [other] = taken(selling, External(Wish.CHANGE, "1", [pairs, postage]))
    assert other.refused is not None
    assert other.refused.code == "external.unit"


def test_kits_are_changed_with_what_they_contain_and_charges_stay() -> None:
    """The other system knows of the kit alone, and not of the gift box that was added here for 2.00."""
    kits = Kits()
    kits.channel("shop")
    [made] = taken(kits, brought(kits, "1", kits.line(1, "5", "SET"), bolts(kits, 3)))
    assert made.order is not None
    box = OrderLine(SCALE, description="Gift box", unit_price=2 * SCALE)
    change_order(kits.boss, order=made.order.id, added=[box], recorded_at=NOW)
    wanted = External(Wish.CHANGE, "1", [kits.line(2, "5", "SET")])
    [changed] = taken(kits, wanted)
    assert changed.refused is None
    names = {item: sku for sku, item in kits.items.items()}
    assert [(names.get(line.item or 0), line.quantity // SCALE) for line in kits.lines(made.order.id)] == [
        *(("SET", 2), ("BOLT", 0), ("BOLT", 4), ("NUT", 2)),
        (None, 1),
    ]
    assert taken(kits, wanted)[0].repeated
    kits.sound()
