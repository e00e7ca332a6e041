"""Stock held for carts and quotes; who holds what, and taking it from one order for another."""

from typing import Any

from everstock.core.facts import DAY as DAY_LONG
from everstock.core.quantities import SCALE
from everstock.ledger.reservations import reservations
from everstock.operations.documents.changes import LineChange
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.changes import change_quote
from everstock.operations.sales.channels import Buffer, set_buffer
from everstock.operations.sales.holds import CartLine, Held, extend_cart, hold_cart, hold_quote, release_cart
from everstock.operations.sales.orders import confirm_order
from everstock.operations.sales.quotes import lose_quote
from everstock.operations.sales.reallocation import OfOrder, holders_of, reallocate
from everstock.operations.warehouse.availability import availability
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.ordering import accept, order, quote
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import refused

P = Permission
MINUTE = 60_000_000


def hold(s: Selling, quantity: int, cart: str = "c", **more: Any) -> list[Held]:
    given = {"token": cart, "minutes": 15, "recorded_at": NOW, **more}
    lines = given.pop("lines", [CartLine(s.items["BOLT"], quantity * SCALE, s.dock)])
    return hold_cart(given.pop("actor", s.boss), lines=lines, **given)


def held(s: Selling) -> dict[str, int]:
    return {one.holder.split("/")[0] + one.holder[-1]: one.quantity // SCALE for one in reservations(s.company.pk)}


def test_a_cart_holds_until_its_time_is_over(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    [one] = hold(s, 6)
    assert one == Held(s.items["BOLT"], s.dock, 6 * SCALE, 6 * SCALE, NOW + 15 * MINUTE)
    assert hold(s, 6, "d")[0].held == 4 * SCALE
    assert hold(s, 8)[0].held == 6 * SCALE, "what it had, and no more is free"
    assert hold(s, 3)[0].held == 3 * SCALE
    assert held(s) == {"CARTd": 4, "CARTc": 3}
    assert extend_cart(s.boss, token="c", minutes=30, recorded_at=NOW + MINUTE) == 3 * SCALE
    later = NOW + 15 * MINUTE
    refused("cart.nothing_held", lambda: extend_cart(s.boss, token="d", minutes=30, recorded_at=later))
    assert hold(s, 10, "e", recorded_at=later)[0].held == 7 * SCALE, "without any job"
    assert held(s) == {"CARTc": 3, "CARTe": 7}
    assert release_cart(s.boss, token="c") == 3 * SCALE
    assert release_cart(s.boss, token="c") == 0
    assert prove(s.company.pk).violations == []


def test_a_cart_is_held_within_what_its_channel_may_promise(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    web = s.channel("WEB", s.dock)
    set_buffer(s.boss, channel=web.pk, item=None, buffer=Buffer(quantity=4 * SCALE), recorded_at=NOW)
    [one] = hold(s, 0, lines=[CartLine(s.items["BOLT"], 9 * SCALE)], channel="WEB")
    assert (one.warehouse, one.held) == (s.dock, 6 * SCALE)


def test_what_a_cart_holds_passes_over_to_its_order(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    hold(s, 6)
    hold(s, 4, "d")
    refused("cart.not_confirmed", lambda: order(s, cart="c"))
    order(s, s.line(5, "1"), confirm=True, cart="c")
    assert held(s) == {"CARTd": 4, "SO1": 5}
    assert [one.expires_at for one in reservations(s.company.pk, item=s.items["BOLT"]) if one.expires_at is None] == [
        None
    ]
    late = order(s, s.line(6, "1"), confirm=True, cart="d", recorded_at=NOW + 15 * MINUTE)
    assert late.state == "confirmed"
    assert sorted(held(s).values()) == [5], "both orders end in the same line number"
    assert sorted(one.quantity // SCALE for one in reservations(s.company.pk)) == [5, 5]
    assert prove(s.company.pk).violations == []


def test_what_a_cart_holds_is_not_what_an_order_waits_for(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    hold(s, 4)
    order(s, s.line(10, "1"), confirm=True)
    assert held(s) == {"CARTc": 4, "SO1": 6}
    [one] = availability(s.company.pk, [s.items["BOLT"]], day=MONDAY, recorded_at=NOW)
    assert (one.reserved, one.free, one.needed) == (10 * SCALE, 0, 4 * SCALE)


def test_what_a_cart_cannot_be(selling: Selling) -> None:
    s = selling
    s.stock(1, s.dock)
    s.channel("WEB", s.dock)
    bolt = s.items["BOLT"]
    for code, more in (
        ("permission.missing", {"actor": s.actor(P.SALES_ORDER_CREATE)}),
        ("cart.token", {"token": ""}),
        ("cart.token", {"token": "x" * 101}),
        ("cart.token", {"token": "a\nb"}),
        ("hold.minutes", {"minutes": 0}),
        ("hold.minutes", {"minutes": 10**6}),
        ("document.no_lines", {"lines": []}),
        ("item.unknown", {"lines": [CartLine(10**8, SCALE, s.dock)]}),
        ("item.unknown", {"lines": [CartLine(s.items["OLD"], SCALE, s.dock)]}),
        ("quantity.not_positive", {"lines": [CartLine(bolt, 0, s.dock)]}),
        ("location.missing", {"lines": [CartLine(bolt, SCALE)]}),
        ("location.unknown", {"lines": [CartLine(bolt, SCALE, s.gone)]}),
        ("channel.unknown", {"channel": "FAIR"}),
        ("channel.other_warehouse", {"channel": "WEB", "lines": [CartLine(bolt, SCALE, s.shed)]}),
    ):
        refused(code, lambda more=more: hold(s, 1, **more))  # type: ignore[misc]


def test_a_quote_is_held_through_its_last_day(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    offer = quote(s, s.line(6, "1", location=s.dock))
    last = MONDAY + 30 * DAY
    [one] = hold_quote(s.boss, quote=offer.id, recorded_at=NOW)
    assert (one.held, one.expires_at) == (
        6 * SCALE,
        ((last - MONDAY).days + 1) * DAY_LONG + NOW // DAY_LONG * DAY_LONG + DAY_LONG,
    )
    change_quote(s.boss, quote=offer.id, changes=[LineChange(1, quantity=4 * SCALE)], recorded_at=NOW)
    assert held(s) == {"QU1": 4}
    made = accept(s, offer)
    assert held(s) == {"QU1": 4}, "until the order is confirmed"
    confirm_order(s.boss, order=made.id, day=MONDAY, recorded_at=NOW)
    assert held(s) == {"SO1": 4}
    lost = quote(s, s.line(6, "1", location=s.dock))
    hold_quote(s.boss, quote=lost.id, recorded_at=NOW)
    assert held(s) == {"SO1": 4, "QU1": 6}
    lose_quote(s.boss, quote=lost.id, reason="too dear", recorded_at=NOW)
    assert held(s) == {"SO1": 4}
    refused("quote.not_sent", lambda: hold_quote(s.boss, quote=lost.id, recorded_at=NOW))
    endless = quote(s, s.line(1, "1", location=s.dock), valid_until=None)
    refused("quote.no_last_day", lambda: hold_quote(s.boss, quote=endless.id, recorded_at=NOW))
    short = quote(s, s.line(1, "1", location=s.dock))
    refused("quote.not_valid", lambda: hold_quote(s.boss, quote=short.id, recorded_at=NOW + 40 * DAY_LONG))
    refused("permission.missing", lambda: hold_quote(s.actor(P.QUOTE_CREATE), quote=short.id, recorded_at=NOW))


def test_a_manager_takes_from_one_order_for_another(selling: Selling) -> None:
    s = selling
    s.stock(10, s.dock)
    customers.set_terms(s.boss, customer=s.partners["PARIS"], recorded_at=NOW, priority=1, customer_group="VIP")
    one = order(s, s.line(8, "1"), confirm=True)
    other = order(s, s.line(5, "1"), confirm=True, customer="PARIS")
    hold(s, 1, minutes=1, recorded_at=NOW - 2 * MINUTE)

    def move(quantity: int, **more: Any) -> None:
        given = {
            "giver": OfOrder(one.id, 1),
            "taker": OfOrder(other.id, 1),
            "reason": "VIP",
            "recorded_at": NOW,
            **more,
        }
        reallocate(given.pop("actor", s.boss), quantity=quantity * SCALE, **given)

    move(3)
    found = holders_of(s.boss, item=s.items["BOLT"], recorded_at=NOW)
    assert [(row.number, row.customer, row.customer_group, row.priority, row.quantity // SCALE) for row in found] == [
        (other.number, "PARIS", "VIP", 1, 5),
        (one.number, "JONES", "", 5, 5),
    ]
    said = AuditEvent.objects.filter(action="sales_order.give_up").get()
    assert said.after == {
        "item": s.items["BOLT"],
        "quantity": 3 * SCALE,
        "reason": "VIP",
        "line": 1,
        "to": other.number,
    }
    for code, wrong in (
        ("permission.missing", {"actor": s.actor(P.SALES_ORDER_CHANGE, P.SALES_ORDER_CONFIRM)}),
        ("reason.missing", {"reason": " "}),
        ("reallocation.exceeds_need", {}),
        ("reallocation.other_goods", {"taker": OfOrder(one.id, 1)}),
        ("order.line_unknown", {"taker": OfOrder(other.id, 2)}),
        ("document.unknown", {"giver": OfOrder(10**9, 1)}),
    ):
        refused(code, lambda wrong=wrong: move(1, **wrong))  # type: ignore[misc]
    move(2, giver=OfOrder(other.id, 1), taker=OfOrder(one.id, 1))
    third = order(s, s.line(9, "1"), confirm=True)
    refused("reallocation.exceeds_reserved", lambda: move(9, taker=OfOrder(third.id, 1)))
    assert prove(s.company.pk).violations == []
