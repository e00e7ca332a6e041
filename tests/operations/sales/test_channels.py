"""Sales channels: what each may promise, what it leaves untouched, how its orders are numbered."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.quantities import SCALE
from everstock.ledger.reservations import Wanted, reservations, reserve
from everstock.masterdata.models import Location, Lot
from everstock.operations.documents import queries
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import channels, customers
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.channel_stock import ChannelStock, channel_stock
from everstock.operations.sales.channels import Buffer
from everstock.operations.sales.invoices import invoice_shipments
from everstock.operations.sales.models import ChannelKind, SalesChannel
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.ordering import order
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import refused

P = Permission
MINUTE = 60_000_000


def buffer(s: Selling, channel: SalesChannel, item: str | None = "BOLT", **said: int) -> None:
    key = None if item is None else s.items[item]
    channels.set_buffer(s.boss, channel=channel.pk, item=key, buffer=Buffer(**said), recorded_at=NOW)


def safety(s: Selling, quantity: int, warehouse: int, item: str = "BOLT") -> None:
    given = {"item": s.items[item], "warehouse": warehouse, "quantity": quantity * SCALE}
    channels.set_safety_stock(s.boss, recorded_at=NOW, **given)


def free(s: Selling, channel: SalesChannel, item: str = "BOLT", now: int = NOW) -> float:
    [seen] = channel_stock(s.company.pk, channel.code, [s.items[item]], recorded_at=now)
    return seen.free / SCALE


def room(s: Selling, channel: SalesChannel, warehouse: int, now: int = NOW) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel_room(%s, %s, %s, %s)", [channel.pk, s.items["BOLT"], warehouse, now])
        return int(cursor.fetchone()[0])


def test_a_channel_is_master_data(selling: Selling) -> None:
    s = selling
    made = s.channel("web", s.shed, s.dock, name="Our shop", customer=s.partners["JONES"], series="WEB")
    assert (made.kind, [place.code for place in channels.warehouses_of(made)]) == ("shop", ["SHED", "DOCK"])
    s.channel("web", s.dock, kind=ChannelKind.MARKETPLACE, active=False)
    again = SalesChannel.objects.get(pk=made.pk)
    assert (again.kind, again.name, again.series, again.active) == ("marketplace", "Our shop", "WEB", False)
    assert [place.code for place in channels.warehouses_of(again)] == ["DOCK"]
    refused("channel.series", lambda: s.channel("fair", series="WEB"))
    refused("channel.inactive", lambda: order(s, channel="web", reference="1"))
    event = AuditEvent.objects.filter(action="channel.set").latest("id")
    assert event.before == {"kind": "shop", "active": True}
    assert event.after == {"kind": "marketplace", "active": False, "warehouses": [s.dock]}


def test_what_a_channel_cannot_be(selling: Selling) -> None:
    s = selling
    bay = Location.objects.create(company=s.company, code="BAY", kind="internal", purpose="bin", parent_id=s.dock).pk
    cases: list[tuple[str, Callable[[], object]]] = [
        ("code.invalid", lambda: s.channel(" web")),
        ("code.invalid", lambda: s.channel("web", customer_group=" x")),
        ("text.invalid", lambda: s.channel("web", name="x" * 201)),
        ("customer.unknown", lambda: s.channel("web", customer=10**8)),
        ("customer.not_one", lambda: s.channel("web", customer=s.partners["SMITH"])),
        ("location.unknown", lambda: s.channel("web", s.gone)),
        ("location.unknown", lambda: s.channel("web", s.loss)),
        ("location.no_warehouse", lambda: s.channel("web", bay)),
        *(("channel.series", partial(s.channel, "web", series=bad)) for bad in ("web", "9A", "A-B", "ABCDEFGHI")),
    ]
    for code, make in cases:
        refused(code, make)
    web = s.channel("web")
    bad_buffers: list[dict[str, Any]] = [{}, {"quantity": 1, "part": 1}, {"quantity": -1}, {"part": SCALE + 1}]
    cases = [
        ("item.unknown", lambda: channels.set_buffer(s.boss, channel=web.pk, item=10**8, buffer=None, recorded_at=NOW)),
        (
            "channel.unknown",
            lambda: channels.set_buffer(s.boss, channel=10**8, item=None, buffer=None, recorded_at=NOW),
        ),
        *(("buffer.invalid", partial(buffer, s, web, **bad)) for bad in bad_buffers),
        (
            "account.unknown",
            lambda: channels.set_means(s.boss, channel=web.pk, means="cash", account=10**8, recorded_at=NOW),
        ),
        ("safety_stock.invalid", lambda: safety(s, -1, s.dock)),
        ("location.no_warehouse", lambda: safety(s, 1, bay)),
    ]
    for code, make in cases:
        refused(code, make)
    nobody = s.actor(P.CUSTOMER_CHANGE, P.PRICE_CHANGE, P.LOCATION_CHANGE)
    for make in (
        lambda: channels.set_channel(nobody, code="web", recorded_at=NOW),
        lambda: channels.set_buffer(nobody, channel=web.pk, item=None, buffer=None, recorded_at=NOW),
        lambda: channels.set_means(nobody, channel=web.pk, means="cash", account=None, recorded_at=NOW),
        lambda: channels.set_safety_stock(nobody, item=s.items["BOLT"], warehouse=s.dock, quantity=1, recorded_at=NOW),
    ):
        refused("permission.missing", make)


def test_what_a_channel_sees(selling: Selling) -> None:
    s = selling
    quality = Location.objects.create(company=s.company, code="Q", kind="internal", purpose="quality", parent_id=s.dock)
    for quantity, place in ((20, s.dock), (4, quality.pk), (30, s.shed)):
        s.stock(quantity, place)
    web, fair = s.channel("web"), s.channel("fair", s.dock)
    safety(s, 5, s.dock)
    buffer(s, web, quantity=7 * SCALE)
    reserve(s.company.pk, [Wanted("X", s.items["BOLT"], s.dock, 2 * SCALE)], recorded_at=NOW)
    reserve(s.company.pk, [Wanted("Y", s.items["BOLT"], s.dock, SCALE)], recorded_at=NOW, expires_at=NOW + MINUTE)
    seen = channel_stock(s.company.pk, "web", [s.items["BOLT"], s.items["NUT"]], recorded_at=NOW)
    assert [one._replace(item=0) for one in seen] == [
        ChannelStock(0, *(SCALE * one for one in (54, 4, 0, 3, 5, 7, 35))),
        ChannelStock(0, 0, 0, 0, 0, 0, 0, 0),
    ]
    assert free(s, web, now=NOW + MINUTE) == 36, "what is held for a cart is free when its time is over"
    assert free(s, fair) == 12
    buffer(s, fair, None, part=333_333)
    assert free(s, fair) == pytest.approx(12 - 20 / 3, abs=0.00001), "a part of what could be sold"
    buffer(s, fair, quantity=12 * SCALE)
    assert free(s, fair) == 0, "the buffer of the item, not that of all"
    buffer(s, fair, quantity=100 * SCALE)
    assert free(s, fair) == 0
    channels.set_buffer(s.boss, channel=fair.pk, item=None, buffer=None, recorded_at=NOW)
    channels.set_buffer(s.boss, channel=fair.pk, item=s.items["BOLT"], buffer=None, recorded_at=NOW)
    safety(s, 0, s.dock)
    assert free(s, fair) == 17


def test_what_has_expired_is_not_sold(selling: Selling) -> None:
    s = selling
    web = s.channel("web", s.dock)
    s.stock(10, s.dock)
    lot = Lot.objects.create(item_id=s.items["BOLT"], code="L", expires_on=MONDAY)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE balance SET lot_id = %s WHERE item_id = %s AND location_id = %s", [lot.pk, s.items["BOLT"], s.dock]
        )
    on_monday = NOW + 2 * 24 * 60 * MINUTE
    assert (free(s, web), free(s, web, now=on_monday)) == (10, 0)
    assert (room(s, web, s.dock), room(s, web, s.dock, on_monday)) == (10 * SCALE, 0)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    places=st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=2, max_size=2),
    kept=st.one_of(
        st.integers(0, 12).map(lambda n: Buffer(quantity=n * SCALE)),
        st.integers(0, SCALE).map(lambda n: Buffer(part=n)),
    ),
)
def test_what_is_seen_is_what_can_be_promised(
    selling: Selling, places: list[tuple[int, int, int]], kept: Buffer
) -> None:
    s = Selling()
    web = s.channel("web")
    for place, (there, promised, safe) in zip((s.dock, s.shed), places, strict=True):
        if there:
            s.stock(there, place)
            reserve(s.company.pk, [Wanted("X", s.items["BOLT"], place, promised * SCALE)], recorded_at=NOW)
        safety(s, safe, place)
    channels.set_buffer(s.boss, channel=web.pk, item=None, buffer=kept, recorded_at=NOW)
    seen = round(free(s, web) * SCALE)
    rooms = [room(s, web, place) for place in (s.dock, s.shed)]
    assert max(rooms) <= seen <= sum(rooms)
    here = [max(0, there - min(promised, there) - safe) * SCALE for there, promised, safe in places]
    assert rooms == [min(one, seen) for one in here]


def test_an_order_is_reserved_within_what_its_channel_may_promise(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    web = s.channel("web", s.dock, customer=s.partners["JONES"])
    buffer(s, web, quantity=4 * SCALE)
    first = order(s, s.line(9, "1"), channel="web", reference="1", location=None, confirm=True)
    assert [one.quantity for one in reservations(s.company.pk)] == [6 * SCALE]
    [stands] = allocate(s.boss, orders=[first.id], recorded_at=NOW)
    assert (stands.reserved, stands.short) == (6 * SCALE, 3 * SCALE)
    refused("stock.kept", lambda: _ship(s, first.id, 7))
    _ship(s, first.id, 6)
    refused("stock.kept", lambda: _ship(s, first.id, 1))
    other = order(s, s.line(4, "1"), confirm=True)
    _ship(s, other.id, 4)
    assert prove(s.company.pk).violations == []


def _ship(s: Selling, made: int, quantity: int) -> int:
    line = ShipmentLine(made, 1, quantity * SCALE)
    return ship(s.boss, lines=[line], day=MONDAY, recorded_at=NOW).id


def test_orders_of_a_channel_leave_its_warehouses_under_its_numbers(selling: Selling) -> None:
    s = selling
    s.stock(10, s.shed)
    s.channel("web", s.shed, customer=s.partners["JONES"], series="WEB")
    s.channel("phone", s.shed, kind=ChannelKind.WHOLESALE)
    refused("channel.other_warehouse", lambda: order(s, channel="web", reference="1"))
    first = order(s, s.line(5, "1"), channel="web", reference="1", location=None, confirm=True)
    assert (first.number, s.lines(first.id)[0].location) == ("SO-WEB-2026-000001", s.shed)
    assert order(s, channel="phone", location=s.shed).number == "SO-2026-000001", "no number of its own"
    assert order(s, channel="web", reference="2", location=s.shed).number == "SO-WEB-2026-000002"
    shipment = _ship(s, first.id, 5)
    bill = invoice_shipments(s.boss, shipments=[shipment], day=MONDAY, recorded_at=NOW)
    assert bill.number == "CI-WEB-2026-000001"
    assert queries.number_gaps(s.company.pk) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE number_series SET last = last + 1 WHERE series = 'WEB' AND kind = 'sales_order'")
    assert queries.number_gaps(s.company.pk) == [("sales_order", "WEB", 2026, 3, False)]


def test_the_prices_of_a_channel_hold_for_who_has_none_of_his_own(selling: Selling) -> None:
    s = selling
    s.put(s.price_list("ALL"), s.new(5))
    s.put(s.price_list("WEB", customer_group="ONLINE"), s.new(4))
    s.put(s.price_list("TRADE", customer_group="TRADE"), s.new(3))
    s.channel("web", s.dock, customer_group="ONLINE")
    asked = [s.line(1)]
    made = [order(s, *asked), order(s, *asked, channel="web", reference="1")]
    customers.set_terms(s.boss, customer=s.partners["JONES"], recorded_at=NOW, customer_group="TRADE")
    made.append(order(s, *asked, channel="web", reference="2"))
    assert [s.lines(one.id)[0].unit_price for one in made] == [5 * SCALE, 4 * SCALE, 3 * SCALE]
