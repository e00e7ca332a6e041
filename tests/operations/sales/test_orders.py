"""Sales orders: what is written, how an order makes progress, and every refusal, after which nothing has changed."""

from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.reservations import reservations
from everstock.operations.documents import queries
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.allocation import allocate, holder
from everstock.operations.sales.changes import change_order, change_quote
from everstock.operations.sales.orders import cancel_order, close_order, confirm_order, create_order
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.ordering import accept, change, confirmed, moved, order, quote
from tests.operations.sales.selling import Selling
from tests.operations.sales.till import Till
from tests.operations.unchanged import Watch, everything, refused

P = Permission

# --- create


def test_an_order_says_what_was_wanted(selling: Selling) -> None:
    s = selling
    terms: customers.TermsChange = {"payment_days": 30, "discount_days": 10, "discount": 20_000, "incoterm": "DAP"}
    with_tax: customers.TermsChange = {**terms, "tax_code": s.taxes["VAT"]}
    customers.set_terms(s.boss, customer=s.partners["PARIS"], recorded_at=NOW, **with_tax)
    made = order(
        s,
        OrderLine(2 * SCALE, item=s.items["BOLT"], unit=s.units["box"], unit_price=12_345_678, discount=100_000),
        s.line(7, "0.999", "NUT", location=s.shed, expected_on=MONDAY + DAY, tax_code=s.taxes["REV"]),
        OrderLine(SCALE, unit_price=15 * SCALE, description="Freight", account=s.account),
        customer="PARIS",
        reference="PO 17",
        expected_on=MONDAY + 5 * DAY,
    )
    assert made == (made.id, "SO-2026-000001", "requested")
    header = s.header(made.id)
    assert (header.partner, header.day, header.currency, header.rate) == (
        *(s.partners["PARIS"], MONDAY),
        *("EUR", 1_200_000_000),
    )
    assert (header.reference, header.created_at, header.posted_at, header.sent_on) == ("PO 17", NOW, None, None)
    assert header.details == terms
    bolts, nuts, freight = s.lines(made.id)
    assert (bolts.quantity, bolts.base_quantity, bolts.unit) == (2 * SCALE, 200 * SCALE, s.units["box"])
    assert (bolts.numerator, bolts.denominator, bolts.description) == (100, 1, "Bolt M8")
    assert (bolts.net, bolts.tax, bolts.location, bolts.expected_on) == (2222, 444, s.dock, MONDAY + 5 * DAY)
    assert (nuts.net, nuts.tax, nuts.location, nuts.expected_on) == (699, 0, s.shed, MONDAY + DAY)
    assert (freight.item, freight.net, freight.tax, freight.description) == (None, 1500, 300, "Freight")
    assert (freight.account, freight.location) == (s.account, None)
    assert (header.net, header.tax, header.gross) == (4421, 744, 5165)
    assert header.expected_on == MONDAY + 5 * DAY
    [said] = AuditEvent.objects.filter(subject=made.number)
    assert (said.action, said.subject_id, said.at) == ("sales_order.create", made.id, NOW)
    assert said.after == {"state": "requested", "currency": "EUR", "gross": 5165, "lines": 3}


def test_the_price_is_that_of_the_lists_unless_given(selling: Selling) -> None:
    s = selling
    listed = s.price_list()
    off = s.price_list("OFF", customer=s.partners["JONES"], base=listed.pk)
    s.put(listed, s.new(2), s.new(1.5, quantity=100), s.new(3, "NUT"))
    s.put(off, s.new(item="NUT", discount=100_000))
    made = order(
        s,
        s.line(99),
        s.line(100),
        OrderLine(SCALE, item=s.items["BOLT"], unit=s.units["box"]),
        s.line(1, "9"),
        s.line(10, item="NUT"),
        s.line(10, item="NUT", discount=50_000),
    )
    assert [(line.unit_price, line.discount, line.net) for line in s.lines(made.id)] == [
        *((2 * SCALE, 0, 19800), (SCALE * 3 // 2, 0, 15000), (150 * SCALE, 0, 15000), (9 * SCALE, 0, 900)),
        *((3 * SCALE, 100_000, 2700), (3 * SCALE, 50_000, 2850)),
    ]


def test_who_may_sell_below_the_lists_may_up_to_an_amount(selling: Selling) -> None:
    s = selling
    s.put(s.price_list(), s.new(2), s.new(5, "NUT"))
    # 10 pieces 0.50 below are 5.00; what is dearer than listed makes up for nothing
    lines = [s.line(10, "1.5"), s.line(10, "6", "NUT")]
    refused("price.below_list", lambda: order(s, *lines, actor=s.actor(P.SALES_ORDER_CREATE)))
    refused("price.below_list", lambda: quote(s, *lines, actor=s.actor(P.QUOTE_CREATE), send=False))
    rights = (P.SALES_ORDER_CREATE, P.PRICE_OVERRIDE)
    refused("approval.over_limit", lambda: order(s, *lines, actor=s.actor(*rights, limit=499)))
    assert order(s, *lines, actor=s.actor(*rights, limit=500)).state == "requested"
    # 9 % off the listed price are 1.80 below it
    lines = [s.line(10, discount=90_000)]
    refused("approval.over_limit", lambda: order(s, *lines, actor=s.actor(*rights, limit=179)))
    assert order(s, *lines, actor=s.actor(*rights, limit=180)).state == "requested"
    # in the company's currency: 10.00 EUR below are 12.00 USD
    s.put(s.price_list("EURO", currency="EUR"), s.new(2))
    lines = [s.line(10, "1")]
    refused("approval.over_limit", lambda: order(s, *lines, customer="PARIS", actor=s.actor(*rights, limit=1199)))
    assert order(s, *lines, customer="PARIS", actor=s.actor(*rights, limit=1200)).state == "requested"


def test_a_request_repeated_is_answered_with_the_first_order(selling: Selling) -> None:
    s = selling
    first = order(s, key="k", reference="a")
    before = everything()
    assert order(s, key="k", reference="a") == first
    refused("request.other_content", lambda: order(s, key="k", reference="b"))
    assert everything() == before
    assert order(s, reference="a").number == "SO-2026-000002"


def test_an_order_of_a_channel_is_taken_once(selling: Selling) -> None:
    s = selling
    for code in ("shop", "fair"):
        s.channel(code)
    first = confirmed(s, channel="shop", reference="#1001")
    assert s.header(first.id).details == {
        "incoterm": "",
        "payment_days": 0,
        "discount_days": 0,
        "discount": 0,
        "channel": "shop",
    }
    assert confirmed(s, channel="shop", reference="#1001") == first
    refused("request.other_content", lambda: order(s, channel="shop", reference="#1001"))
    refused("document.reference_taken", lambda: order(s, channel="shop", reference="#1001", key="another"))
    cancel_order(s.boss, order=first.id, reason="x", recorded_at=NOW)
    refused("document.reference_taken", lambda: order(s, channel="shop", reference="#1001", key="another"))
    others = [order(s, channel="fair", reference="#1001"), order(s, channel="shop", reference="#1002")]
    others += [order(s, reference="#1001"), order(s, reference="#1001")]
    assert [one.number for one in others] == [f"SO-2026-{number:06}" for number in range(2, 6)]
    refused("channel.reference_kept", lambda: change(s, others[0], reference="#7"))
    assert s.header(change(s, others[2], reference="#7").id).reference == "#7"


Make = Callable[[Selling], Any]


def _order(*lines: Callable[[Selling], OrderLine], **more: Any) -> Make:
    def make(s: Selling) -> DocumentRef:
        given = {name: value(s) if callable(value) else value for name, value in more.items()}
        return order(s, *(line(s) for line in lines), **given)

    return make


def _line(quantity: int = SCALE, **more: Any) -> Callable[[Selling], OrderLine]:
    def make(s: Selling) -> OrderLine:
        given = {name: value(s) if callable(value) else value for name, value in more.items()}
        return OrderLine(quantity, **{"item": s.items["BOLT"], "unit_price": SCALE, **given})

    return make


def _as(*permissions: Permission) -> Callable[[Selling], Actor]:
    return lambda s: s.actor(*permissions)


REFUSED_ORDERS: list[tuple[str, Make]] = [
    ("permission.missing", _order(actor=_as(P.SALES_ORDER_CONFIRM))),
    ("permission.missing", _order(actor=_as(P.SALES_ORDER_CREATE), confirm=True)),
    ("document.no_lines", lambda s: create_order(s.boss, customer=s.partners["JONES"], lines=[], day=MONDAY, recorded_at=NOW)),
    ("customer.unknown", lambda s: create_order(s.boss, customer=10**9, lines=[_line()(s)], day=MONDAY, recorded_at=NOW)),
    ("customer.not_one", _order(customer="SMITH")),
    ("currency.unknown", _order(currency="XXX")),
    ("rate.missing", _order(currency="JPY")),
    ("rate.missing", _order(currency="EUR", day=MONDAY - 30 * DAY)),
    ("quantity.not_positive", _order(_line(0))),
    ("quantity.too_large", _order(_line(2**62))),
    ("quantity.not_exact", _order(_line(1, unit=lambda s: s.units["third"]))),
    ("item.unknown", _order(_line(item=10**9))),
    ("item.inactive", _order(_line(item=lambda s: s.items["OLD"]))),
    ("unit.no_conversion", _order(_line(unit=lambda s: s.units["pair"]))),
    ("order.location_missing", _order(location=None)),
    ("location.unknown", _order(location=lambda s: s.gone)),
    ("location.unknown", _order(_line(location=10**9))),
    ("location.no_stock", _order(location=lambda s: s.loss)),
    ("price.missing", _order(_line(unit_price=None))),
    ("price.negative", _order(_line(unit_price=-1))),
    ("discount.invalid", _order(_line(discount=SCALE + 1))),
    ("document.too_large", _order(_line(SCALE * 10**9, unit_price=10**18))),
    ("order.line_incomplete", _order(_line(item=None, description="Freight", unit_price=None))),
    ("order.line_incomplete", _order(_line(item=None))),
    ("order.expected_too_early", _order(expected_on=MONDAY - DAY)),
    ("tax.unknown", _order(_line(tax_code=10**9))),
    ("tax.unknown", _order(_line(tax_code=lambda s: s.taxes["OLD"]))),
    ("account.unknown", _order(_line(account=10**9))),
    ("text.invalid", _order(_line(description="x" * 2001))),
    ("text.invalid", _order(reference="x" * 201)),
    ("text.invalid", _order(channel="shop", reference="x" * 121)),
    ("code.invalid", _order(channel=" shop", reference="1")),
    ("channel.no_reference", _order(channel="shop")),
    ("channel.unknown", _order(channel="fair", reference="1")),
    ("channel.no_customer", lambda s: create_order(s.boss, customer=None, lines=[s.line(1, "1")], day=MONDAY, recorded_at=NOW, channel="shop", reference="1")),
    ("request.key", _order(key="x" * 201)),
    ("quote.days", lambda s: quote(s, valid_until=MONDAY - DAY)),
    ("permission.missing", lambda s: quote(s, actor=s.actor(P.SALES_ORDER_CREATE))),
    ("price.missing", lambda s: quote(s, _line(unit_price=None)(s))),
    ("location.unknown", lambda s: quote(s, location=s.gone)),
]  # fmt: skip


@pytest.mark.parametrize("code, make", REFUSED_ORDERS)
def test_refused_orders(selling: Selling, code: str, make: Make) -> None:
    selling.channel("shop")
    refused(code, lambda: make(selling))


# --- the way of an order


def test_progress_follows_from_what_was_shipped_and_invoiced(selling: Selling) -> None:
    s = selling
    made = confirmed(s, s.line(10, "2.5"), s.line(4, "1", "NUT"))
    moved(s, made, "partly_shipped", received=10)
    assert change(s, made, LineChange(2, 0)).state == "shipped"
    moved(s, made, invoiced=10)
    assert change(s, made, reference="x").state == "invoiced"
    refused("document.wrong_state", lambda: change(s, made, reference="y"))
    closed = close_order(s.boss, order=made.id, reason="done", recorded_at=NOW)
    assert closed.state == "closed"
    assert s.header(made.id).details == {
        "incoterm": "",
        "payment_days": 0,
        "discount_days": 0,
        "discount": 0,
        "reason": "done",
    }


def test_a_change_after_confirmation_keeps_what_was_said(selling: Selling) -> None:
    s = selling
    made = order(s, s.line(10, "2.5", tax_code=s.taxes["VAT"]), s.line(4, "1", "NUT"))
    change(s, made, LineChange(1, 12 * SCALE))
    assert queries.versions(s.company.pk, made.id) == []
    confirm_order(s.boss, order=made.id, day=MONDAY, recorded_at=NOW)
    change(
        *(s, made, LineChange(1, discount=500_000), LineChange(2, expected_on=MONDAY + DAY)),
        added=[s.line(1, "7")],
        location=s.shed,
        version=2,
    )
    header = s.header(made.id)
    assert (header.version, header.net, header.tax, header.gross) == (3, 1500 + 400 + 700, 300, 2900)
    assert header.expected_on == MONDAY + DAY
    assert [(line.line, line.net, line.location) for line in s.lines(made.id)] == [
        *((1, 1500, s.dock), (2, 400, s.dock), (3, 700, s.shed)),
    ]
    [old] = queries.versions(s.company.pk, made.id)
    assert (old.version, old.content["gross"], len(old.content["lines"])) == (2, 3600 + 400, 2)
    refused("document.changed_meanwhile", lambda: change(s, made, reference="x", version=2))


CHANGES: list[tuple[str, Callable[[Selling, DocumentRef], Any]]] = [
    ("permission.missing", lambda s, o: change(s, o, reference="x", actor=s.actor(P.SALES_ORDER_CREATE))),
    ("document.unknown", lambda s, o: change(s, o._replace(id=10**9), reference="x")),
    ("document.unknown", lambda s, o: change_quote(s.boss, quote=o.id, reference="x", recorded_at=NOW)),
    ("order.no_change", change),
    ("order.line_unknown", lambda s, o: change(s, o, LineChange(9, 1))),
    ("order.below_received", lambda s, o: change(s, o, LineChange(1, 3 * SCALE))),
    ("order.no_quantity", lambda s, o: change(s, order(s), LineChange(1, 0))),
    ("price.below_list", lambda s, o: change(s, o, LineChange(1, unit_price=1), actor=s.actor(P.SALES_ORDER_CHANGE))),
    ("price.below_list", lambda s, o: change(s, o, added=[s.line(1, "0")], location=s.dock, actor=s.actor(P.SALES_ORDER_CHANGE))),
    ("document.wrong_state", lambda s, o: cancel_order(s.boss, order=o.id, reason="x", recorded_at=NOW)),
    ("reason.missing", lambda s, o: cancel_order(s.boss, order=o.id, reason=" ", recorded_at=NOW)),
    ("permission.missing", lambda s, o: cancel_order(s.actor(P.SALES_ORDER_CLOSE), order=o.id, reason="x", recorded_at=NOW)),
    ("permission.missing", lambda s, o: close_order(s.actor(P.SALES_ORDER_CANCEL), order=o.id, reason="x", recorded_at=NOW)),
    ("permission.missing", lambda s, o: confirm_order(s.actor(P.SALES_ORDER_CREATE), order=o.id, day=MONDAY, recorded_at=NOW)),
    ("document.wrong_state", lambda s, o: confirm_order(s.boss, order=o.id, day=MONDAY, recorded_at=NOW)),
    ("document.unknown", lambda s, o: confirm_order(s.boss, order=10**9, day=MONDAY, recorded_at=NOW)),
    ("document.unknown", lambda s, o: confirm_order(s.boss, order=quote(s).id, day=MONDAY, recorded_at=NOW)),
]  # fmt: skip


@pytest.mark.parametrize("code, make", CHANGES)
def test_refused_changes(
    selling: Selling, watched: Watch, code: str, make: Callable[[Selling, DocumentRef], Any]
) -> None:
    s = selling
    s.put(s.price_list(), s.new(2))
    made = confirmed(s)
    moved(s, made, "partly_shipped", received=4)
    with pytest.raises(Refusal) as said:
        make(s, made)
    assert said.value.code == code


def test_what_is_invoiced_cannot_be_cancelled(selling: Selling) -> None:
    s = selling
    made = confirmed(s)
    moved(s, made, invoiced=1)
    refused("order.invoiced", lambda: cancel_order(s.boss, order=made.id, reason="x", recorded_at=NOW))


def test_what_was_reserved_is_free_when_less_is_wanted(selling: Selling) -> None:
    s = selling
    for item in ("BOLT", "NUT"):
        line = LedgerLine(Kind.RECEIPT, s.items[item], f"M-{item}", 100 * SCALE, s.dock, value=100)
        post(s.company.pk, Document(NOW, (line._replace(effective_at=0),), "test"))
    made = confirmed(s, s.line(10, "2.5"), s.line(4, "1", "NUT"))
    other = confirmed(s)
    allocate(s.boss, orders=[made.id, other.id], recorded_at=NOW)

    def reserved() -> dict[str, int]:
        return {one.holder: one.quantity // SCALE for one in reservations(s.company.pk)}

    first, second, others = holder(made.id, 1), holder(made.id, 2), holder(other.id, 1)
    assert reserved() == {first: 10, second: 4, others: 10}
    change(s, made, LineChange(1, 7 * SCALE), LineChange(2, expected_on=MONDAY + DAY))
    assert reserved() == {first: 7, second: 4, others: 10}
    change(s, made, LineChange(2, 0))
    assert reserved() == {first: 7, others: 10}
    close_order(s.boss, order=made.id, reason="x", recorded_at=NOW)
    assert reserved() == {others: 10}
    cancel_order(s.boss, order=other.id, reason="x", recorded_at=NOW)
    assert reserved() == {}


# --- quotes


def test_other_companies_have_other_orders(selling: Selling) -> None:
    made, offer = order(selling), quote(selling)
    other = Selling()
    refused("document.unknown", lambda: confirm_order(other.boss, order=made.id, day=MONDAY, recorded_at=NOW))
    refused("document.unknown", lambda: accept(other, offer))
    refused("customer.unknown", lambda: create_order(
        other.boss, customer=selling.partners["JONES"], lines=[other.line(1, "1")], day=MONDAY, recorded_at=NOW
    ))  # fmt: skip
    assert [row.kind for row in queries.documents(other.company.pk, DocumentKind)] == []


def test_a_limit_of_prices_is_that_of_the_order_and_not_of_a_change(selling: Selling) -> None:
    s = selling
    s.put(s.price_list(), s.new(10), s.new(10, "NUT"))
    clerk = s.actor(P.SALES_ORDER_CREATE, P.SALES_ORDER_CHANGE, P.PRICE_OVERRIDE, limit=1_500)
    made = order(s, s.line(10, "10"), s.line(10, "10", "NUT"))

    def cheaper(line: int) -> DocumentRef:
        return change_order(clerk, order=made.id, changes=[LineChange(line, unit_price=9 * SCALE)], recorded_at=NOW)

    cheaper(1)
    refused("approval.over_limit", lambda: cheaper(2))
    change_order(clerk, order=made.id, changes=[LineChange(2, unit_price=11 * SCALE)], recorded_at=NOW)


def test_what_is_billed_in_part_keeps_its_price(db: None) -> None:
    shop = Till()
    made = shop.ordered(10, net=10_000, unit_price=10 * SCALE)
    shop.bill(shop.ship(made, 5))

    def change(said: LineChange) -> DocumentRef:
        return change_order(shop.boss, order=made.id, changes=[said], recorded_at=NOW)

    refused("order.price_billed", lambda: change(LineChange(1, unit_price=5 * SCALE)))
    refused("order.price_billed", lambda: change(LineChange(1, discount=SCALE // 10)))
    change(LineChange(1, quantity=8 * SCALE, unit_price=10 * SCALE))
    shop.bill(shop.ship(made, 3))
    assert shop.balance("4000") == -8_000
    shop.check()


def test_what_is_added_leaves_from_where_all_others_do(selling: Selling) -> None:
    s = selling
    made = order(s, s.line(2, "3"))
    change(s, made, added=[s.line(1, "3", "NUT")])
    assert [line.location for line in s.lines(made.id)] == [s.dock, s.dock]
    change(s, made, added=[s.line(1, "4", "NUT", location=s.shed)])
    refused("order.location_missing", lambda: change(s, made, added=[s.line(1, "5", "NUT")]))
