"""When orders, quotes and kits can leave, and why then."""

import datetime as dt

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.sales.channels import Buffer, set_buffer, set_safety_stock
from everstock.operations.sales.holds import CartLine, hold_cart
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.orders import cancel_order
from everstock.operations.sales.promises import kept_on, promise_order, promises
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.working_days import set_working_days
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.ordering import sent
from tests.operations.sales.ordering import change, confirmed, order, quote
from tests.operations.sales.selling import Selling
from tests.operations.sales.test_allocation import held, why
from tests.operations.sales.test_kits import Kits
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db
Said = list[tuple[int, list[tuple[int | None, int, str, str]]]]


def said(selling: Selling, made: DocumentRef, *, keep: bool = True, day: dt.date = MONDAY) -> Said:
    """Line by line: in how many days from Monday how much can leave and why."""
    if keep:
        found = promise_order(selling.boss, order=made.id, day=day, recorded_at=NOW)
    else:
        found = promises(selling.company.pk, selling.header(made.id), selling.lines(made.id), day=day, recorded_at=NOW)
    return [
        (
            one.line,
            [
                ((p.day - MONDAY).days if p.day else None, p.quantity // SCALE, p.reason.value, p.source)
                for p in one.parts
            ],
        )
        for one in found
    ]


def test_from_stock_from_what_comes_and_by_buying(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    po = sent(selling, selling.line(10, "1", expected_on=MONDAY + 9 * DAY))
    first = confirmed(selling, selling.line(6, "3"))
    assert said(selling, first) == [(1, [(0, 4, "in stock", ""), (9, 2, "incoming", po.number)])]
    second = confirmed(selling, selling.line(5, "3"), selling.line(7, "3"))
    nobody = (2, [(9, 3, "incoming", po.number), (None, 4, "none", "")])
    assert said(selling, second) == [(1, [(9, 5, "incoming", po.number)]), nobody]
    selling.sell("BOLT")
    suppliers.set_terms(
        selling.boss, supplier=selling.partners["SMITH"], lead_time=12, closed_weekdays=0b1100000, recorded_at=NOW
    )
    saturday = (14, 4, "lead time", "SMITH")
    assert said(selling, second)[1] == (2, [(9, 3, "incoming", po.number), saturday]), (
        "closed from the 12th day to the 14th"
    )
    set_working_days(selling.boss, handling_days=2, recorded_at=NOW)
    assert said(selling, first) == [(1, [(2, 4, "in stock", ""), (11, 2, "incoming", po.number)])]
    kept = kept_on(selling.lines(first.id)[0])
    assert [(part.day, part.quantity // SCALE) for part in kept] == [(MONDAY + 2 * DAY, 4), (MONDAY + 11 * DAY, 2)]
    ship(selling.boss, lines=[ShipmentLine(first.id, 1, 4 * SCALE)], day=MONDAY, recorded_at=NOW)
    assert said(selling, first) == [(1, [(11, 2, "incoming", po.number)])]
    cancel_order(selling.boss, order=second.id, reason="no", recorded_at=NOW)
    late = confirmed(selling, selling.line(1, "3", expected_on=MONDAY + 40 * DAY))
    assert said(selling, late) == [(1, [(40, 1, "incoming", po.number)])], "not before the customer wants it"
    assert prove(selling.company.pk).violations == []


def test_what_is_owed_to_others_is_not_promised(selling: Selling) -> None:
    sent(selling, selling.line(10, "1", expected_on=MONDAY + 9 * DAY))
    confirmed(selling, selling.line(8, "3", expected_on=MONDAY + 20 * DAY))
    mine = confirmed(selling, selling.line(5, "3"))
    assert [(part[1], part[2]) for part in said(selling, mine)[0][1]] == [(2, "incoming"), (3, "none")]


def test_a_quote_is_asked_without_keeping_it(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    offer = quote(selling, selling.line(6, "3"), location=selling.dock)
    assert said(selling, offer, keep=False) == [(1, [(0, 4, "in stock", ""), (None, 2, "none", "")])]
    assert said(selling, quote(selling, selling.line(6, "3")), keep=False) == [], "nobody said from where"
    asked = order(selling, selling.line(3, "3"), selling.line(3, "3"))
    assert said(selling, asked, keep=False)[1] == (2, [(0, 1, "in stock", ""), (None, 2, "none", "")])
    refused("document.wrong_state", lambda: promise_order(selling.boss, order=asked.id, day=MONDAY, recorded_at=NOW))
    refused("document.unknown", lambda: promise_order(selling.boss, order=offer.id, day=MONDAY, recorded_at=NOW))
    nobody = selling.actor(Permission.SALE_READ)
    refused("permission.missing", lambda: promise_order(nobody, order=asked.id, day=MONDAY, recorded_at=NOW))


def test_nothing_leaves_on_a_day_without_work(selling: Selling) -> None:
    """Closed on weekends and on Tuesday: two days of handling from Monday end on Thursday, and from the Saturday of the receipt on Wednesday."""
    set_working_days(
        selling.boss,
        handling_days=2,
        closed_weekdays=0b1100000,
        holidays={MONDAY + DAY: "Carnival"},
        recorded_at=NOW,
    )
    selling.stock(4, selling.dock)
    po = sent(selling, selling.line(4, "1", expected_on=MONDAY + 5 * DAY))
    made = confirmed(selling, selling.line(6, "3"))
    assert said(selling, made) == [(1, [(3, 4, "in stock", ""), (9, 2, "incoming", po.number)])]
    sunday = confirmed(selling, selling.line(1, "3", expected_on=MONDAY + 13 * DAY))
    assert said(selling, sunday) == [(1, [(14, 1, "incoming", po.number)])], "it is wanted on a Sunday"


def test_what_comes_by_two_orders_is_promised_of_each(selling: Selling) -> None:
    """Both are there long before the customer wants them, who gets the rest of the first one."""
    first, second = (sent(selling, selling.line(20, "1", expected_on=MONDAY + day * DAY)) for day in (2, 9))
    confirmed(selling, selling.line(10, "3"))
    made = confirmed(selling, selling.line(25, "3", expected_on=MONDAY + 15 * DAY))
    assert said(selling, made) == [
        (1, [(15, 10, "incoming", first.number), (15, 15, "incoming", second.number)]),
    ]


def test_what_is_overdue_is_not_promised_for_today(selling: Selling) -> None:
    """It should have come on Monday; on Friday it may come on Monday again, the next day of work."""
    po = sent(selling, selling.line(10, "1", expected_on=MONDAY))
    overdue = f"{po.number} (overdue)"
    selling.stock(4, selling.dock)
    set_working_days(selling.boss, closed_weekdays=0b1100000, recorded_at=NOW)
    made = confirmed(selling, selling.line(6, "3"))
    assert said(selling, made) == [(1, [(0, 4, "in stock", ""), (0, 2, "incoming", po.number)])], "it may still come"
    friday = MONDAY + 4 * DAY
    assert said(selling, made, day=friday) == [(1, [(4, 4, "in stock", ""), (7, 2, "incoming", overdue)])]
    [there] = availability(selling.company.pk, [selling.items["BOLT"]], day=friday)
    assert [(day, some // SCALE) for day, some in there.by_day()] == [(friday, 0), (friday + 3 * DAY, 8)]
    set_working_days(selling.boss, overdue_days=3, recorded_at=NOW)
    assert said(selling, made, day=friday)[0][1][1] == (9, 2, "incoming", overdue)
    set_working_days(selling.boss, overdue_days=0, recorded_at=NOW)
    assert said(selling, made, day=friday)[0][1][1] == (4, 2, "incoming", overdue)


def test_the_same_promise_again_writes_nothing(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    made = confirmed(selling, selling.line(3, "3"))
    first = said(selling, made)
    before = read(selling.company.pk, [made.id])
    assert said(selling, made) == first
    assert read(selling.company.pk, [made.id]) == before


def test_a_kit_leaves_with_the_last_of_its_components() -> None:
    kits = Kits()
    kits.stock(10, kits.dock)
    kits.stock(2, kits.dock, "NUT")
    po = sent(kits, kits.line(4, "1", "NUT", expected_on=MONDAY + 3 * DAY))
    [there] = availability(kits.company.pk, [kits.items["SET"]], day=MONDAY)
    assert (there.free, there.incoming) == (2 * SCALE, 3 * SCALE), "five pairs of bolts, two nuts, and four more"
    assert there.by_day() == [(MONDAY, 2 * SCALE), (MONDAY + 3 * DAY, 5 * SCALE)]
    parts = there.promises(6 * SCALE, MONDAY)
    assert [(part.quantity // SCALE, part.reason.value, part.source) for part in parts] == [
        (2, "in stock", ""),
        (3, "incoming", po.number),
        (1, "none", ""),
    ]
    made = confirmed(kits, kits.line(4, "5", "SET"))
    assert said(kits, made) == [
        (1, [(3, 4, "incoming", po.number)]),
        (2, [(0, 8, "in stock", "")]),
        (3, [(0, 2, "in stock", ""), (3, 2, "incoming", po.number)]),
    ]
    [box] = availability(kits.company.pk, [kits.items["BOX"]], day=MONDAY)
    assert box.free == 0
    assert availability(kits.company.pk, [kits.items["BOX"], kits.items["OLD"]], day=MONDAY + dt.timedelta(9))


def test_what_expires_before_it_would_leave_is_not_promised(selling: Selling) -> None:
    """Four last until Wednesday, three longer: for Thursday three can be promised, and then still the four for today."""
    selling.milk("L1", MONDAY + 2 * DAY, 4, selling.dock)
    selling.milk("L2", MONDAY + 9 * DAY, 3, selling.dock)
    po = sent(selling, selling.line(2, "1", "MILK", expected_on=MONDAY + DAY))
    [there] = availability(selling.company.pk, [selling.items["MILK"]], day=MONDAY)
    days = [((day - MONDAY).days, quantity // SCALE) for day, quantity in there.by_day()]
    assert days == [(0, 7), (1, 9), (3, 5), (10, 2)]
    offer = quote(
        selling,
        selling.line(2, "3", "MILK", expected_on=MONDAY + 3 * DAY),
        selling.line(2, "3", "MILK", expected_on=MONDAY + 4 * DAY),
        selling.line(9, "3", "MILK"),
        location=selling.dock,
    )
    assert said(selling, offer, keep=False) == [
        (1, [(3, 2, "in stock", "")]),
        (2, [(4, 1, "in stock", ""), (4, 1, "incoming", po.number)]),
        (3, [(0, 4, "in stock", ""), (1, 1, "incoming", po.number), (None, 4, "none", "")]),
    ]
    thursday = confirmed(selling, selling.line(5, "3", "MILK", expected_on=MONDAY + 3 * DAY))
    assert said(selling, thursday) == [(1, [(3, 3, "in stock", ""), (3, 2, "incoming", po.number)])]
    assert why(selling, NOW, thursday.id) == [(1, "4 expiring before it is wanted")]
    today = confirmed(selling, selling.line(5, "3", "MILK"))
    assert said(selling, today) == [(1, [(0, 4, "in stock", ""), (None, 1, "none", "")])]
    assert prove(selling.company.pk).violations == []


def test_a_kit_is_promised_as_long_as_what_is_in_it_is_good() -> None:
    kits = Kits()
    kits.stock(10, kits.dock)
    kits.milk("L1", MONDAY + 2 * DAY, 4, kits.dock)
    kits.milk("L2", MONDAY + 9 * DAY, 2, kits.dock)
    kits.kit("SET", BOLT=2, MILK=1)
    [there] = availability(kits.company.pk, [kits.items["SET"]], day=MONDAY)
    days = [((day - MONDAY).days, quantity // SCALE) for day, quantity in there.by_day()]
    assert days == [(0, 5), (3, 2), (10, 0)]
    [first, rest] = there.promises(5 * SCALE, MONDAY, MONDAY + 3 * DAY)
    assert (first.quantity // SCALE, first.reason.value, rest.reason.value) == (2, "in stock", "none")


def test_what_a_cart_holds_passes_to_an_order_for_a_day_on_which_it_is_good(selling: Selling) -> None:
    selling.milk("L1", MONDAY + 2 * DAY, 4, selling.dock)
    selling.milk("L2", MONDAY + 9 * DAY, 3, selling.dock)
    cart = [CartLine(selling.items["MILK"], 5 * SCALE, selling.dock)]
    hold_cart(selling.boss, token="c", lines=cart, minutes=60, recorded_at=NOW)
    late = selling.line(5, "3", "MILK", expected_on=MONDAY + 5 * DAY)
    made = confirmed(selling, late, cart="c")
    assert held(selling)[-1] == (f"{made.id}/1", 3)
    change(selling, made, LineChange(1, expected_on=MONDAY + DAY))
    assert held(selling)[-1] == (f"{made.id}/1", 5), "the two that the cart still holds are somebody else's"
    change(selling, made, LineChange(1, expected_on=MONDAY + 8 * DAY))
    assert held(selling)[-1] == (f"{made.id}/1", 3)
    change(selling, made, LineChange(1, expected_on=MONDAY + 10 * DAY))
    assert [one for one in held(selling) if one[0] == f"{made.id}/1"] == []


def test_what_a_channel_leaves_for_others_is_not_promised(selling: Selling) -> None:
    """Of ten, five are its buffer and two safety stock; six come, of which a buffer that is a part takes its part."""
    channel = selling.channel("shop", selling.dock, kind=ChannelKind.WHOLESALE)
    selling.stock(10, selling.dock)
    five = Buffer(quantity=5 * SCALE)
    set_buffer(selling.boss, channel=channel.pk, item=selling.items["BOLT"], buffer=five, recorded_at=NOW)
    set_safety_stock(
        selling.boss, item=selling.items["BOLT"], warehouse=selling.dock, quantity=2 * SCALE, recorded_at=NOW
    )
    po = sent(selling, selling.line(6, "1", expected_on=MONDAY + 9 * DAY))
    made = confirmed(selling, selling.line(12, "3"), channel="shop")
    in_parts = [(0, 3, "in stock", ""), (9, 6, "incoming", po.number), (None, 3, "none", "")]
    assert said(selling, made) == [(1, in_parts)]
    other = confirmed(selling, selling.line(9, "3"))
    assert said(selling, other) == [(1, [(0, 7, "in stock", ""), (None, 2, "none", "")])], "after the first one's nine"
    selling.stock(8, selling.dock, kind=Kind.ADJUST_OUT)
    cancel_order(selling.boss, order=other.id, reason="no", recorded_at=NOW)
    cancel_order(selling.boss, order=made.id, reason="no", recorded_at=NOW)
    third = confirmed(selling, selling.line(12, "3"), channel="shop")
    comes = (9, 1, "incoming", po.number)
    assert said(selling, third) == [(1, [comes, (None, 11, "none", "")])], "of two and six, seven are left"
    half = Buffer(part=SCALE // 2)
    set_buffer(selling.boss, channel=channel.pk, item=selling.items["BOLT"], buffer=half, recorded_at=NOW)
    comes = (9, 2, "incoming", po.number)
    assert said(selling, third) == [(1, [comes, (None, 10, "none", "")])], (
        "half of the two, two more and half of what comes"
    )


def test_a_changed_line_keeps_no_promise_of_before(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    made = confirmed(selling, selling.line(3, "3"), selling.line(1, "3"))
    said(selling, made)
    change(selling, made, LineChange(1, quantity=9 * SCALE), LineChange(2, unit_price=4 * SCALE))
    assert [bool(kept_on(line)) for line in selling.lines(made.id)] == [False, True]


def test_what_a_cart_holds_no_more_is_promised(selling: Selling) -> None:
    selling.stock(4, selling.dock)
    cart = [CartLine(selling.items["BOLT"], 4 * SCALE, selling.dock)]
    hold_cart(selling.boss, token="c", lines=cart, minutes=1, recorded_at=NOW)
    offer = quote(selling, selling.line(3, "3"), location=selling.dock)

    def first_part(now: int) -> tuple[str, int]:
        [found] = promises(
            *(selling.company.pk, selling.header(offer.id), selling.lines(offer.id)), day=MONDAY, recorded_at=now
        )
        return found.parts[0].reason.value, found.parts[0].quantity // SCALE

    end = NOW + 60_000_000
    assert [first_part(now) for now in (end - 1, end)] == [("none", 3), ("in stock", 3)]


def test_a_quote_of_a_kit_and_of_its_component_promises_neither_twice() -> None:
    kits = Kits()
    kits.stock(10, kits.dock)
    kits.stock(9, kits.dock, "NUT")
    offer = quote(kits, kits.line(4, "5", "SET"), kits.line(5, "3"), location=kits.dock)
    # as on its order, where components stand after the other lines
    assert said(kits, offer, keep=False) == [(1, [(None, 4, "none", "")]), (2, [(0, 5, "in stock", "")])]
