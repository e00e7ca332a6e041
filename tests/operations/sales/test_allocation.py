"""What is reserved follows the order: confirmed, changed, cancelled, closed."""

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.reservations import reservations
from everstock.masterdata import actions
from everstock.operations.documents.changes import LineChange
from everstock.operations.drop_shipping.actions import drop_place
from everstock.operations.sales import customers
from everstock.operations.sales.allocation import allocate, waiting_orders
from everstock.operations.sales.channel_stock import channel_stock
from everstock.operations.sales.channels import Buffer, set_buffer, set_safety_stock
from everstock.operations.sales.holds import CartLine, hold_cart, release_cart
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.operations.sales.shortages import shortages
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.count_requests import awaited_counts, dismiss_count
from everstock.operations.warehouse.stock_views import By, lying
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.floor import Floor
from tests.operations.sales.ordering import change, confirmed
from tests.operations.sales.selling import Selling

pytestmark = pytest.mark.django_db


def held(selling: Selling) -> list[tuple[str, int]]:
    return [(one.holder.partition("/")[2], one.quantity // SCALE) for one in reservations(selling.company.pk)]


def why(selling: Selling, now: int, *orders: int) -> list[tuple[int, str]]:
    """Of each line that is short after allocating: why."""
    standing = allocate(selling.boss, orders=orders, recorded_at=now)
    found = shortages(selling.company.pk, standing, recorded_at=now)
    return [(one.line, ", ".join(f"{quantity / SCALE:g} {cause}" for cause, quantity in one.causes)) for one in found]


def test_what_is_reserved_follows_the_order(selling: Selling) -> None:
    selling.stock(10, selling.dock)
    first = confirmed(selling, selling.line(4, "3"))
    second = confirmed(selling, selling.line(4, "3"), selling.line(4, "3"))
    assert held(selling) == [(f"{first.id}/1", 4), (f"{second.id}/1", 4), (f"{second.id}/2", 2)]
    change(selling, first, LineChange(1, quantity=1 * SCALE))
    assert held(selling)[0] == (f"{first.id}/1", 1)
    change(selling, second, LineChange(2, quantity=9 * SCALE))
    assert held(selling)[2] == (f"{second.id}/2", 5)
    cancel_order(selling.boss, order=second.id, reason="not wanted", recorded_at=NOW)
    assert held(selling) == [(f"{first.id}/1", 1)]
    close_order(selling.boss, order=first.id, reason="not wanted", recorded_at=NOW)
    assert held(selling) == []
    assert prove(selling.company.pk).violations == []


def cart(selling: Selling, quantity: int, token: str) -> int:
    """How much a cart holds of so many bolts, for an hour."""
    lines = [CartLine(selling.items["BOLT"], quantity * SCALE, selling.dock)]
    return (
        sum(one.held for one in hold_cart(selling.boss, token=token, minutes=60, lines=lines, recorded_at=NOW)) // SCALE
    )


def test_what_becomes_free_is_kept_for_who_waited_first(selling: Selling) -> None:
    selling.stock(50, selling.dock)
    first = confirmed(selling, selling.line(50, "3"))
    waits = confirmed(selling, selling.line(15, "3"))
    change(selling, first, LineChange(1, quantity=30 * SCALE))
    third = confirmed(selling, selling.line(20, "3"))
    assert held(selling) == [(f"{first.id}/1", 30), (f"{third.id}/1", 5)], "of twenty, fifteen are waited for"
    selling.stock(4, selling.dock)
    assert cart(selling, 9, "A") == 0, "the third waits for fifteen"
    change(selling, first, LineChange(1, quantity=31 * SCALE))
    assert held(selling)[0] == (f"{first.id}/1", 31), (
        "who came before does not wait for who came later, and takes of the rest"
    )
    selling.stock(15, selling.dock)
    assert cart(selling, 9, "B") == 3
    allocate(selling.boss, orders=[third.id], recorded_at=NOW)
    assert (f"{third.id}/1", 20) in held(selling), "whoever allocates says who is first"
    allocate(selling.boss, orders=[waits.id], recorded_at=NOW)
    assert (f"{waits.id}/1", 15) in held(selling)
    assert prove(selling.company.pk).violations == []


def test_nothing_is_kept_for_who_needs_it_later_or_not_any_more(selling: Selling) -> None:
    late = confirmed(selling, selling.line(5, "3", expected_on=MONDAY + 30 * DAY))
    gone = confirmed(selling, selling.line(5, "3"))
    selling.stock(8, selling.dock)
    assert cart(selling, 8, "A") == 3
    cancel_order(selling.boss, order=gone.id, reason="no", recorded_at=NOW)
    assert cart(selling, 8, "A") == 8
    release_cart(selling.boss, token="A")
    later = confirmed(selling, selling.line(8, "3", expected_on=MONDAY + 40 * DAY))
    assert held(selling) == [(f"{later.id}/1", 3)], "by then the other one wants it"
    assert late


def test_an_order_of_a_channel_waits_however_often_others_ask_meanwhile(selling: Selling) -> None:
    selling.channel("shop", selling.dock, kind=ChannelKind.WHOLESALE)
    first = confirmed(selling, selling.line(5, "3"), channel="shop")
    assert cart(selling, 3, "A") == 0
    selling.stock(6, selling.dock)
    assert cart(selling, 3, "A") == 1
    allocate(selling.boss, orders=[first.id], recorded_at=NOW)
    assert (f"{first.id}/1", 5) in held(selling)


def test_who_lost_what_was_reserved_waits_for_it(selling: Selling) -> None:
    selling.stock(6, selling.dock)
    first = confirmed(selling, selling.line(6, "3"))
    selling.stock(4, selling.dock, kind=Kind.ADJUST_OUT)
    selling.stock(5, selling.dock)
    second = confirmed(selling, selling.line(5, "3"))
    assert held(selling) == [(f"{first.id}/1", 2), (f"{second.id}/1", 1)]


def test_who_comes_first_keeps_longest(selling: Selling) -> None:
    selling.stock(6, selling.dock)
    customers.set_terms(selling.boss, customer=selling.partners["PARIS"], priority=0, recorded_at=NOW)
    usual = confirmed(selling, selling.line(3, "3"))
    first = confirmed(selling, selling.line(3, "3"), customer="PARIS")
    assert held(selling) == [(f"{usual.id}/1", 3), (f"{first.id}/1", 3)]
    selling.stock(2, selling.dock, kind=Kind.ADJUST_OUT)
    assert held(selling) == [(f"{usual.id}/1", 1), (f"{first.id}/1", 3)]
    allocate(selling.boss, orders=[usual.id], recorded_at=NOW)
    selling.stock(1, selling.dock, kind=Kind.ADJUST_OUT)
    assert held(selling) == [(f"{first.id}/1", 3)], "allocating again leaves the priority as it is"


def test_who_waits_is_served_by_priority_day_and_group(selling: Selling) -> None:
    """Five orders over two bolts each, of which four are served when eight come."""
    for who, terms in (("PARIS", {"priority": 0}), ("JONES", {"customer_group": "TRADE"})):
        customers.set_terms(selling.boss, customer=selling.partners[who], recorded_at=NOW, **terms)
    selling.partners |= actions.ensure_partners(company=selling.company, codes=["ANNA"], is_customer=True)

    def waits(customer: str, due: int | None = None, item: str = "BOLT") -> int:
        expected_on = None if due is None else MONDAY + due * DAY
        return confirmed(selling, selling.line(2, "3", item, expected_on=expected_on), customer=customer).id

    undated, late, trade = waits("ANNA"), waits("ANNA", 9), waits("JONES", 3)
    soon, first, nuts = waits("ANNA", 3), waits("PARIS", 20), waits("JONES", 1, "NUT")
    served = [first, undated, nuts, soon, trade, late]
    confirmed(selling, selling.line(2, "3"), location=drop_place(selling.company.pk))
    assert waiting_orders(selling.company.pk) == served
    served.remove(nuts)
    bolt = selling.items["BOLT"]
    assert waiting_orders(selling.company.pk, items=[bolt]) == served
    selling.stock(8, selling.dock)
    allocate(selling.boss, orders=served, recorded_at=NOW)
    assert waiting_orders(selling.company.pk, items=[bolt]) == [late], "what nobody said a day for is wanted at once"


def test_what_is_to_be_counted_is_promised_to_nobody(db: None) -> None:
    """Five are in the books, one of three is not found: until somebody counts, nobody knows of the two besides."""
    floor = Floor()
    bin_, channel = floor.bins[0], floor.channel("shop", floor.shed)
    floor.stock(5, bin_)
    order = floor.ordered(3)
    floor.short(floor.list_(order), 1, 1)
    other = floor.ordered(2)
    asked = [order.id, other.id]
    standing = [
        (one.reserved // SCALE, one.short // SCALE) for one in allocate(floor.boss, orders=asked, recorded_at=NOW)
    ]
    assert standing == [(2, 1), (0, 2)]
    bolt = floor.items["BOLT"]
    [there] = availability(floor.company.pk, [bolt], day=MONDAY, recorded_at=NOW)
    assert (there.on_hand, there.on_hold, there.reserved, there.free) == (5 * SCALE, 3 * SCALE, 2 * SCALE, 0)
    [seen] = channel_stock(floor.company.pk, channel.code, [bolt], recorded_at=NOW)
    assert (seen.on_hand, seen.on_hold, seen.free) == (5 * SCALE, 3 * SCALE, 0)
    assert [(one.on_hand, one.on_hold) for one in lying(floor.company.pk, [bolt], By.LOCATION, recorded_at=NOW)] == [
        (0, 0),
        (5 * SCALE, 3 * SCALE),
    ]
    assert why(floor, NOW, order.id, other.id) == [
        (1, "3 to be counted first"),
        (1, "3 to be counted first, 2 reserved for others"),
    ]
    cart = [CartLine(bolt, SCALE, floor.shed)]
    [held_] = hold_cart(floor.boss, token="c", lines=cart, minutes=5, recorded_at=NOW, channel=channel.code)
    assert held_.held == 0
    [count] = awaited_counts(floor.company.pk)
    dismiss_count(floor.boss, request=count.id, recorded_at=NOW)
    assert [one.reserved // SCALE for one in allocate(floor.boss, orders=asked, recorded_at=NOW)] == [3, 2]
    floor.proven()


def test_a_short_line_says_why(db: None) -> None:
    """Of twenty bolts three are in quality control, four are an order's, two a cart's; the channel leaves five, and one as safety stock."""
    floor = Floor()
    channel = floor.channel("shop", floor.shed, kind=ChannelKind.WHOLESALE)
    bolt = floor.items["BOLT"]
    floor.stock(17, floor.bins[0])
    floor.stock(3, floor.place("CHECK", "quality"))
    milk = [
        floor.milk(code, expires_on, 5, floor.bins[0])
        for code, expires_on in (("OLD", MONDAY - 2 * DAY), ("NEW", None))
    ]
    set_safety_stock(floor.boss, item=bolt, warehouse=floor.shed, quantity=SCALE, recorded_at=NOW)
    set_buffer(floor.boss, channel=channel.pk, item=bolt, buffer=Buffer(quantity=5 * SCALE), recorded_at=NOW)
    confirmed(floor, floor.line(4, "3"), location=floor.shed)
    cart = [CartLine(bolt, 2 * SCALE, floor.shed)]
    hold_cart(floor.boss, token="c", lines=cart, minutes=1, recorded_at=NOW)
    made = confirmed(floor, floor.line(12, "3"), floor.line(8, "1", "MILK"), location=floor.shed, channel="shop")
    others = "4 reserved for others"
    kept = "1 kept as safety stock, 5 kept as buffer of the channel"
    assert why(floor, NOW, made.id) == [
        (1, f"3 held for quality control, {others}, 2 held for carts and quotes, {kept}"),
        (2, "5 expired"),
    ]
    minute = 60_000_000
    assert why(floor, NOW + minute, made.id)[0] == (1, f"3 held for quality control, {others}, {kept}")
    change(floor, made, LineChange(1, quantity=40 * SCALE))
    usual = confirmed(floor, floor.line(30, "3"), location=floor.shed)
    assert why(floor, NOW + minute, made.id, usual.id)[::2] == [
        (1, "3 held for quality control, 10 reserved for others, 20 not in stock"),
        (1, "3 held for quality control, 11 reserved for others, 10 not in stock"),
    ]
    assert len(milk) == 2
    floor.proven()


def test_what_the_supplier_delivers_is_short_of_nothing_here(selling: Selling) -> None:
    place = drop_place(selling.company.pk)
    made = confirmed(selling, selling.line(4, "3"), location=place)
    assert why(selling, NOW, made.id) == [(1, "4 delivered by the supplier")]
