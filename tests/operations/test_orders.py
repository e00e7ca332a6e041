"""Purchase orders: what is written, what each verb does, and every refusal, after which nothing has changed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.core.quantities import LIMIT, SCALE
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.changes import change_order
from everstock.operations.purchasing.orders import (
    approve_order,
    cancel_order,
    close_order,
    create_order,
    send_order,
)
from tests.operations.buying import DAY, MONDAY, NOW, Buying
from tests.operations.ordering import Make, approved, refused_with, sent
from tests.operations.unchanged import everything

P = Permission

# --- create


def test_an_order_says_what_was_wanted(buying: Buying) -> None:
    suppliers.set_terms(
        buying.boss,
        supplier=buying.partners["EURO"],
        recorded_at=NOW,
        incoterm="FOB",
        payment_days=30,
        lead_time=3,
        over_tolerance=100_000,
        under_tolerance=50_000,
        price_tolerance=20_000,
        tax_code=buying.taxes["VAT"],
    )
    order = buying.order(
        OrderLine(
            2 * SCALE, item=buying.items["BOLT"], unit=buying.units["box"], unit_price=12_345_678, discount=100_000
        ),
        buying.line(7, "0.999", "NUT", location=buying.shed, expected_on=MONDAY + DAY, tax_code=buying.taxes["REV"]),
        OrderLine(SCALE, unit_price=15 * SCALE, description="Freight", account=buying.account),
        supplier="EURO",
        reference="Q-17",
    )
    assert order == (order.id, "PO-2026-000001", "requested")
    header = buying.header(order.id)
    assert (header.partner, header.day, header.currency, header.rate) == (
        *(buying.partners["EURO"], MONDAY),
        *("EUR", 1_200_000_000),
    )
    assert (header.reference, header.created_at, header.created_by, header.posted_at) == ("Q-17", NOW, None, None)
    assert header.details == {
        "incoterm": "FOB",
        "payment_days": 30,
        "discount_days": 0,
        "discount": 0,
        "over_tolerance": 100_000,
        "under_tolerance": 50_000,
        "price_tolerance": 20_000,
    }
    bolts, nuts, freight = buying.lines(order.id)
    assert (bolts.quantity, bolts.base_quantity, bolts.unit) == (2 * SCALE, 200 * SCALE, buying.units["box"])
    assert (bolts.numerator, bolts.denominator, bolts.description) == (100, 1, "Bolt M8")
    assert (bolts.net, bolts.tax, bolts.location) == (2222, 444, buying.dock)
    assert (bolts.expected_on, bolts.details) == (MONDAY + 3 * DAY, {"lead_time": 3})
    assert (nuts.net, nuts.tax, nuts.location, nuts.expected_on) == (699, 0, buying.shed, MONDAY + DAY)
    assert nuts.details is None
    assert (freight.item, freight.net, freight.tax, freight.description) == (None, 1500, 300, "Freight")
    assert freight.account == buying.account
    assert (header.net, header.tax, header.gross) == (4421, 744, 5165)
    assert header.expected_on == MONDAY + 3 * DAY
    [said] = AuditEvent.objects.filter(subject=order.number)
    assert (said.action, said.subject_id, said.at, said.came_from) == (
        *("purchase_order.create", order.id),
        *(NOW, "tests"),
    )
    assert said.after == {"state": "requested", "currency": "EUR", "gross": 5165, "lines": 3}


def test_the_price_is_the_suppliers_unless_given(buying: Buying) -> None:
    buying.sell(unit="box")
    for from_quantity, price in ((0, 50), (5, 40)):
        suppliers.set_price(
            buying.boss,
            supplier=buying.partners["SMITH"],
            item=buying.items["BOLT"],
            unit_price=price * SCALE,
            from_quantity=from_quantity * SCALE,
            valid_from=MONDAY,
            recorded_at=NOW,
        )
    order = buying.order(
        OrderLine(4 * SCALE, item=buying.items["BOLT"], unit=buying.units["box"]),
        OrderLine(500 * SCALE, item=buying.items["BOLT"]),
        OrderLine(500 * SCALE, item=buying.items["BOLT"], unit_price=0),
        OrderLine(SCALE, item=buying.items["NUT"]),
    )
    assert [(line.unit_price, line.net) for line in buying.lines(order.id)] == [
        *((50 * SCALE, 20000), (400_000, 20000)),
        *((0, 0), (None, 0)),
    ]


def test_the_base_unit_is_no_unit(buying: Buying) -> None:
    order = buying.order(
        buying.line(1, "1", unit=buying.units["each"]), buying.line(3, "1", unit=buying.units["third"])
    )
    base, third = buying.lines(order.id)
    assert (base.unit, base.base_quantity) == (None, SCALE)
    assert (third.unit, third.base_quantity, third.numerator, third.denominator) == (
        *(buying.units["third"], SCALE),
        *(1, 3),
    )


def test_a_request_repeated_is_answered_with_the_first_order(buying: Buying) -> None:
    first = buying.order(key="k", reference="a")
    before = everything()
    assert buying.order(key="k", reference="a") == first
    with pytest.raises(Refusal) as refused:
        buying.order(key="k", reference="b")
    assert refused.value.code == "request.other_content"
    assert everything() == before
    approve_order(buying.boss, order=first.id, recorded_at=NOW)
    assert buying.order(key="k", reference="a") == first._replace(state="approved")
    assert buying.order(key="l", reference="a").number == "PO-2026-000002"


def _order(*lines: Callable[[Buying], OrderLine], **more: Any) -> Make:
    def make(buying: Buying) -> DocumentRef:
        given = {name: value(buying) if callable(value) else value for name, value in more.items()}
        return buying.order(*(line(buying) for line in lines), **given)

    return make


def _line(quantity: int = SCALE, **more: Any) -> Callable[[Buying], OrderLine]:
    def make(buying: Buying) -> OrderLine:
        given = {name: value(buying) if callable(value) else value for name, value in more.items()}
        return OrderLine(quantity, **{"item": buying.items["BOLT"], "unit_price": SCALE, **given})

    return make


def _as(*permissions: Permission, limit: int | None = None) -> Callable[[Buying], Any]:
    return lambda buying: buying.actor(*permissions, limit=limit)


def _create(actor: Callable[[Buying], Any]) -> Make:
    return lambda buying: create_order(
        actor(buying), supplier=buying.partners["SMITH"], lines=[_line()(buying)], day=MONDAY, recorded_at=NOW
    )


REFUSED_ORDERS: list[tuple[str, Make, str]] = [
    ("permission.missing", _create(_as(P.PURCHASE_ORDER_APPROVE)), "Ann may not create purchase orders"),
    ("document.no_lines", lambda b: create_order(b.boss, supplier=b.partners["SMITH"], lines=[], day=MONDAY, recorded_at=NOW), "has no lines"),
    ("supplier.unknown", lambda b: create_order(b.boss, supplier=10**8, lines=[_line()(b)], day=MONDAY, recorded_at=NOW), "no such supplier"),
    ("supplier.not_one", _order(supplier="JONES"), "JONES is not a supplier"),
    ("currency.unknown", _order(currency="XXX"), "“XXX”"),
    ("rate.missing", _order(supplier="YEN"), "no exchange rate for JPY on 2026-03-02"),
    ("rate.missing", _order(supplier="EURO", day=dt.date(2026, 2, 28)), "EUR on 2026-02-28"),
    ("item.unknown", _order(_line(item=10**8)), "Line 1 names an unknown item"),
    ("item.inactive", _order(_line(), _line(item=lambda b: b.items["OLD"])), "Line 2: item OLD is inactive"),
    ("unit.no_conversion", _order(_line(unit=lambda b: b.units["pair"])), "item BOLT has no conversion"),
    ("quantity.not_positive", _order(_line(0)), "quantity of line 1 is not above zero"),
    ("quantity.not_positive", _order(_line(-1)), "not above zero"),
    ("quantity.too_large", _order(_line(LIMIT)), "too large"),
    ("quantity.too_large", _order(_line(LIMIT // 10, unit=lambda b: b.units["box"])), "too large"),
    ("quantity.not_exact", _order(_line(unit=lambda b: b.units["third"])), "cannot be converted exactly at 1/3"),
    ("document.too_large", _order(_line(LIMIT - 1, unit_price=LIMIT - 1)), "too large for the books"),
    ("order.location_missing", _order(location=None), "Line 1 does not say where"),
    ("location.unknown", _order(location=10**8), "unknown or inactive location"),
    ("location.unknown", _order(location=lambda b: b.gone), "unknown or inactive location"),
    ("location.no_stock", _order(location=lambda b: b.loss), "cannot arrive at"),
    ("tax.unknown", _order(_line(tax_code=10**8)), "tax code"),
    ("tax.unknown", _order(_line(tax_code=lambda b: b.taxes["OLD"])), "tax code"),
    ("account.unknown", _order(_line(account=10**8)), "account"),
    ("price.negative", _order(_line(unit_price=-1)), "price of line 1 is negative"),
    ("discount.invalid", _order(_line(discount=-1)), "discount of line 1"),
    ("discount.invalid", _order(_line(discount=SCALE + 1)), "discount of line 1"),
    ("order.line_incomplete", _order(_line(item=None)), "names no item"),
    ("order.line_incomplete", _order(_line(item=None, unit_price=None, description="x")), "names no item"),
    ("order.expected_too_early", _order(expected_on=MONDAY - DAY), "Line 1 is expected on 2026-03-01"),
    ("text.invalid", _order(_line(description="x" * 2001)), "description of line 1 is longer"),
    ("text.invalid", _order(reference="a\0"), "reference contains"),
    ("request.key", _order(key=""), "key of a request"),
]  # fmt: skip


@pytest.mark.parametrize("code, make, words", REFUSED_ORDERS)
def test_an_order_that_cannot_be(buying: Buying, code: str, make: Make, words: str) -> None:
    refused_with(buying, code, words, make)


@pytest.mark.parametrize(
    "quantity, unit, code",
    [
        (200, None, "order.below_minimum"),
        (2, "box", "order.below_minimum"),
        (450, None, "order.not_multiple"),
        (401, None, "order.not_multiple"),
        (400, None, ""),
        (4, "box", ""),
        (600, None, ""),
        (1200, "third", ""),
    ],
)
def test_minimum_and_multiple_are_of_the_suppliers_unit(
    buying: Buying, quantity: int, unit: str | None, code: str
) -> None:
    buying.sell(unit="box", minimum_quantity=3 * SCALE, multiple=2 * SCALE)
    line = buying.line(quantity, "1", unit=None if unit is None else buying.units[unit])
    if not code:
        assert buying.order(line).state == "requested"
    else:
        refused_with(buying, code, "the supplier sells item BOLT", lambda b: b.order(line))
    assert buying.order(line, supplier="EURO").state == "requested", "another supplier has no minimum"


# --- approve, send, cancel, close


def test_from_requested_to_closed(buying: Buying) -> None:
    order = buying.order()
    assert approve_order(buying.boss, order=order.id, recorded_at=NOW + 1).state == "approved"
    assert send_order(buying.boss, order=order.id, day=MONDAY, recorded_at=NOW + 2).state == "sent"
    assert buying.progress(order.id, (1, {"received": 4 * SCALE})) == "partly_received"
    assert buying.progress(order.id, (1, {"received": 6 * SCALE})) == "received"
    assert buying.progress(order.id, (1, {"invoiced": 10 * SCALE})) == "invoiced"
    assert close_order(buying.boss, order=order.id, reason="done", recorded_at=NOW + 3) == order._replace(
        state="closed"
    )
    header = buying.header(order.id)
    assert header.sent_on == MONDAY
    assert header.details == {
        "incoterm": "",
        "payment_days": 0,
        "discount_days": 0,
        "discount": 0,
        "over_tolerance": 0,
        "under_tolerance": 0,
        "price_tolerance": 0,
        "reason": "done",
    }
    trail = AuditEvent.objects.filter(subject=order.number).order_by("id")
    assert list(trail.values_list("action", "at", "before", "after"))[1:] == [
        ("purchase_order.approve", NOW + 1, {"state": "requested"}, {"state": "approved"}),
        ("purchase_order.send", NOW + 2, {"state": "approved"}, {"state": "sent"}),
        ("purchase_order.close", NOW + 3, {"state": "invoiced"}, {"state": "closed", "reason": "done"}),
    ]


def placed(buying: Buying, actor: Actor, *lines: OrderLine, **more: Any) -> DocumentRef:
    lines = lines or (buying.line(10, "2.5"),)
    given = {"location": buying.dock, "recorded_at": NOW, "day": MONDAY, **more}
    return create_order(actor, supplier=buying.partners["SMITH"], lines=lines, send=True, **given)


def test_placed_at_once_is_created_approved_and_sent(buying: Buying) -> None:
    step_by_step, at_once = sent(buying), placed(buying, buying.boss, key="K")
    assert at_once.state == step_by_step.state == "sent"
    assert placed(buying, buying.boss, key="K") == at_once
    headers = [buying.header(order.id)._replace(id=0, number="") for order in (step_by_step, at_once)]
    assert headers[0] == headers[1]
    lines = [[line._replace(id=0, document=0) for line in buying.lines(order.id)] for order in (step_by_step, at_once)]
    assert lines[0] == lines[1]
    trails = [
        list(
            AuditEvent.objects.filter(subject=order.number)
            .order_by("id")
            .values_list("action", "at", "before", "after")
        )
        for order in (step_by_step, at_once)
    ]
    assert len(trails[0]) == 3
    assert trails[0] == trails[1]


@pytest.mark.parametrize("lacking", [P.PURCHASE_ORDER_CREATE, P.PURCHASE_ORDER_APPROVE, P.PURCHASE_ORDER_SEND])
def test_who_places_an_order_may_do_all_three(buying: Buying, lacking: Permission) -> None:
    steps = {P.PURCHASE_ORDER_CREATE, P.PURCHASE_ORDER_APPROVE, P.PURCHASE_ORDER_SEND}
    some = buying.actor(*(steps - {lacking}), limit=None)
    refused_with(buying, "permission.missing", "Ann", lambda b: placed(b, some))


def test_who_places_an_order_has_the_limit_for_it(buying: Buying) -> None:
    steps = (P.PURCHASE_ORDER_CREATE, P.PURCHASE_ORDER_APPROVE, P.PURCHASE_ORDER_SEND)
    refused_with(buying, "approval.over_limit", "Ann", lambda b: placed(b, b.actor(*steps, limit=2499)))
    assert placed(buying, buying.actor(*steps, limit=2500)).state == "sent"
    words = "this one has a line without a price"
    refused_with(
        buying, "approval.over_limit", words, lambda b: placed(b, b.actor(*steps, limit=10**9), b.line(1, item="NUT"))
    )


# 10 bolts at 2.50 EUR, taxed at 20 %: 30.00 EUR, at 1.2 it is 36.00 USD
@pytest.mark.parametrize("limit, allowed", [(None, True), (3600, True), (3599, False), (0, False)])
def test_approval_up_to_a_limit_in_the_companys_currency(buying: Buying, limit: int | None, *, allowed: bool) -> None:
    order = buying.order(buying.line(10, "2.5", tax_code=buying.taxes["VAT"]), supplier="EURO")
    actor = buying.actor(P.PURCHASE_ORDER_APPROVE, limit=limit)
    if allowed:
        assert approve_order(actor, order=order.id, recorded_at=NOW).state == "approved"
    else:
        refused_with(
            buying, "approval.over_limit", "Ann", lambda b: approve_order(actor, order=order.id, recorded_at=NOW)
        )


def test_what_has_no_price_needs_somebody_without_limit(buying: Buying) -> None:
    order = buying.order(buying.line(1))
    some = buying.actor(P.PURCHASE_ORDER_APPROVE, limit=10**9)
    refused_with(
        buying, "approval.over_limit", "without a price", lambda b: approve_order(some, order=order.id, recorded_at=NOW)
    )
    every = buying.actor(P.PURCHASE_ORDER_APPROVE, limit=None)
    assert approve_order(every, order=order.id, recorded_at=NOW).state == "approved"


def test_days_from_the_lead_time_are_counted_from_sending(buying: Buying) -> None:
    smith = buying.partners["SMITH"]
    suppliers.set_terms(buying.boss, supplier=smith, recorded_at=NOW, lead_time=5, closed_weekdays=0b1100000)
    order = approved(buying, buying.line(1, "1"), buying.line(1, "1", expected_on=MONDAY + DAY), buying.line(1, "1"))
    assert [line.expected_on for line in buying.lines(order.id)] == [MONDAY + 7 * DAY, MONDAY + DAY, MONDAY + 7 * DAY]
    send_order(buying.boss, order=order.id, day=MONDAY + 4 * DAY, recorded_at=NOW)
    assert [line.expected_on for line in buying.lines(order.id)] == [MONDAY + 9 * DAY, MONDAY + DAY, MONDAY + 9 * DAY]
    header = buying.header(order.id)
    assert (header.sent_on, header.expected_on) == (MONDAY + 4 * DAY, MONDAY + 9 * DAY)


VERBS: dict[str, Callable[[Any, int], Any]] = {
    "approve": lambda actor, order: approve_order(actor, order=order, recorded_at=NOW),
    "send": lambda actor, order: send_order(actor, order=order, day=MONDAY, recorded_at=NOW),
    "change": lambda actor, order: change_order(actor, order=order, reference="x", recorded_at=NOW),
    "cancel": lambda actor, order: cancel_order(actor, order=order, reason="x", recorded_at=NOW),
    "close": lambda actor, order: close_order(actor, order=order, reason="x", recorded_at=NOW),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_needs_its_permission_and_an_order_of_the_company(buying: Buying, verb: str) -> None:
    order = buying.order()
    others = [permission for permission in P if permission != f"purchase_order.{verb}"]
    refused_with(buying, "permission.missing", f"may not {verb}", lambda b: VERBS[verb](b.actor(*others), order.id))
    stranger = Buying()
    refused_with(buying, "document.unknown", "no such purchase order", lambda b: VERBS[verb](stranger.boss, order.id))
    refused_with(buying, "document.unknown", "no such purchase order", lambda b: VERBS[verb](b.boss, 10**9))


@pytest.mark.parametrize("verb", ["approve", "send", "change", "cancel", "close"])
def test_a_verb_asks_the_table_of_states(buying: Buying, verb: str) -> None:
    order = buying.order()
    cancel_order(buying.boss, order=order.id, reason="x", recorded_at=NOW)
    refused_with(
        buying, "document.wrong_state", f"{order.number} is cancelled", lambda b: VERBS[verb](b.boss, order.id)
    )


@pytest.mark.parametrize("verb", [cancel_order, close_order])
@pytest.mark.parametrize("code, reason", [("reason.missing", " "), ("text.invalid", "x" * 2001)])
def test_an_end_has_a_reason(buying: Buying, verb: Any, code: str, reason: str) -> None:
    order = sent(buying)
    refused_with(buying, code, "reason", lambda b: verb(b.boss, order=order.id, reason=reason, recorded_at=NOW))


def test_other_refusals_of_verbs(buying: Buying) -> None:
    order = approved(buying)
    refused_with(
        buying,
        "order.sent_too_early",
        "is of 2026-03-02 and cannot be sent on 2026-03-01",
        lambda b: send_order(b.boss, order=order.id, day=MONDAY - DAY, recorded_at=NOW),
    )
    send_order(buying.boss, order=order.id, day=MONDAY, recorded_at=NOW)
    buying.progress(order.id, (1, {"invoiced": SCALE}))
    refused_with(
        buying,
        "order.invoiced",
        "invoiced in part",
        lambda b: cancel_order(b.boss, order=order.id, reason="x", recorded_at=NOW),
    )
