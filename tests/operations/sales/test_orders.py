"""Quotes and sales orders: what is written, what each verb does, and every refusal, after which nothing has changed."""

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
from everstock.operations.documents.records import DocumentRef, Header, LineUpdate, Update
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import customers
from everstock.operations.sales.allocation import allocate, holder
from everstock.operations.sales.changes import change_order, change_quote
from everstock.operations.sales.orders import cancel_order, close_order, confirm_order, create_order
from everstock.operations.sales.quotes import (
    Accepted,
    accept_quote,
    cancel_quote,
    create_quote,
    lose_quote,
    send_quote,
)
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.selling import DAY, Selling, refused
from tests.operations.unchanged import Watch, everything

P = Permission


def order(s: Selling, *lines: OrderLine, customer: str = "JONES", **more: Any) -> DocumentRef:
    """An order; of 10 bolts at 2.50 unless ``lines`` say otherwise."""
    given = {"day": MONDAY, "location": s.dock, "recorded_at": NOW, **more}
    actor = given.pop("actor", s.boss)
    return create_order(actor, customer=s.partners[customer], lines=lines or [s.line(10, "2.5")], **given)


def confirmed(s: Selling, *lines: OrderLine, **more: Any) -> DocumentRef:
    return order(s, *lines, confirm=True, **more)


def quote(s: Selling, *lines: OrderLine, send: bool = True, **more: Any) -> DocumentRef:
    """A quote over 10 bolts at 2.50 and 4 nuts at 1.00 for 30 days, unless said otherwise."""
    given = {"day": MONDAY, "valid_until": MONDAY + 30 * DAY, "recorded_at": NOW, **more}
    wanted = lines or [s.line(10, "2.5", tax_code=s.taxes["VAT"]), s.line(4, "1", "NUT")]
    made = create_quote(given.pop("actor", s.boss), customer=s.partners["JONES"], lines=wanted, **given)
    return send_quote(s.boss, quote=made.id, day=MONDAY, recorded_at=NOW) if send else made


def accept(s: Selling, offer: DocumentRef, *lines: Accepted, **more: Any) -> DocumentRef:
    given = {"day": MONDAY, "location": s.dock, "recorded_at": NOW, **more}
    return accept_quote(given.pop("actor", s.boss), quote=offer.id, lines=lines, **given)


def change(s: Selling, made: DocumentRef, *changes: LineChange, **more: Any) -> DocumentRef:
    given = {"recorded_at": NOW, **more}
    return change_order(given.pop("actor", s.boss), order=made.id, changes=changes, **given)


def moved(s: Selling, made: DocumentRef, state: str | None = None, **counts: int) -> None:
    """What shipments and invoices do to the first line of an order; in pieces."""
    line = s.lines(made.id)[0]
    counted: dict[str, Any] = {name: count * SCALE for name, count in counts.items()}
    updates = [] if state is None else [Update(made.id, state=state)]
    write(s.company.pk, updates=updates, line_updates=[LineUpdate(line.id, **counted)])


def invoice(s: Selling, gross: int, paid: int = 0, kind: str = "customer_invoice", currency: str = "USD") -> None:
    """An invoice or a credit note that is open in part, in minor units of its currency."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('document_id_seq')")
        [number] = cursor.fetchone()
    header = Header(
        *(number, kind, "partly_paid" if paid else "posted", MONDAY, currency, NOW),
        partner=s.partners["JONES"],
        rate=1_200_000_000 if currency == "EUR" else 1_000_000_000,
        net=gross,
        gross=gross,
        paid=paid,
    )
    write(s.company.pk, documents=[header])


def limit(s: Selling, amount: int | None, customer: str = "JONES") -> None:
    customers.set_terms(s.boss, customer=s.partners[customer], recorded_at=NOW, credit_limit=amount)


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
    ("customer.unknown", lambda s: create_order(s.boss, customer=None, lines=[s.line(1, "1")], day=MONDAY, recorded_at=NOW, channel="shop", reference="1")),
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


# --- confirm, and credit


def test_confirming_promises_what_the_order_says(selling: Selling) -> None:
    s = selling
    made = order(s)
    refused("order.sent_too_early", lambda: confirm_order(s.boss, order=made.id, day=MONDAY - DAY, recorded_at=NOW))
    done = confirm_order(s.boss, order=made.id, day=MONDAY + DAY, recorded_at=NOW)
    assert done == made._replace(state="confirmed")
    assert (s.header(made.id).sent_on, s.header(made.id).state) == (MONDAY + DAY, "confirmed")
    at_once = confirmed(s)
    assert (at_once.state, s.header(at_once.id).sent_on) == ("confirmed", MONDAY)
    events = AuditEvent.objects.filter(subject=at_once.number).order_by("id")
    assert [(one.action, one.after) for one in events] == [
        ("sales_order.create", {"state": "requested", "currency": "USD", "gross": 2500, "lines": 1}),
        ("sales_order.confirm", {"state": "confirmed"}),
    ]


def test_a_customer_on_hold_is_promised_nothing(selling: Selling) -> None:
    s = selling
    made = order(s)
    customers.hold(s.boss, customer=s.partners["JONES"], reason="does not pay", recorded_at=NOW)
    rights = (P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM)
    seller = s.actor(*rights)

    def confirm(actor: Actor) -> DocumentRef:
        return confirm_order(actor, order=made.id, day=MONDAY, recorded_at=NOW)

    with pytest.raises(Refusal, match=r"JONES is on hold: does not pay\."):
        confirm(seller)
    refused("customer.on_hold", lambda: confirm(seller))
    refused("customer.on_hold", lambda: confirmed(s, actor=seller))
    assert order(s, actor=seller).state == "requested", "it may be written down"
    refused("approval.over_limit", lambda: confirm(s.actor(*rights, P.CREDIT_OVERRIDE, limit=2499)))
    assert confirm(s.actor(*rights, P.CREDIT_OVERRIDE, limit=2500)).state == "confirmed"


def test_credit_is_what_is_owed_and_on_order(selling: Selling) -> None:
    s = selling
    seller = s.actor(P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM)
    partly = confirmed(s, s.line(10, "10", tax_code=s.taxes["VAT"]))  # 120.00
    moved(s, partly, "partly_shipped", received=4, invoiced=3)  # 84.00 to be invoiced
    order(s, s.line(100, "10"))  # requested is not promised
    cancel_order(s.boss, order=confirmed(s, s.line(100, "10")).id, reason="x", recorded_at=NOW)
    confirmed(s, s.line(100, "10"), customer="PARIS")
    confirmed(s, s.line(10, "1"), currency="EUR")  # 10.00 EUR are 12.00
    invoice(s, 3600, paid=600)  # 30.00
    invoice(s, 1000, currency="EUR")  # 12.00
    invoice(s, 800, kind="customer_credit_note")  # 8.00 off
    owed = 8400 + 1200 + 3000 + 1200 - 800
    limit(s, owed + 2499)
    refused("credit.exceeded", lambda: confirmed(s, actor=seller))
    with pytest.raises(
        Refusal, match=r"JONES would owe and have on order 155\.00 USD, and its credit limit is 154\.99"
    ):
        confirmed(s, actor=seller)
    limit(s, owed + 2500)
    last = confirmed(s, actor=seller)
    assert last.state == "confirmed"
    changer = s.actor(P.SALES_ORDER_CHANGE, P.CREDIT_OVERRIDE, limit=249)
    refused("credit.exceeded", lambda: change(s, last, LineChange(1, 11 * SCALE), actor=s.actor(P.SALES_ORDER_CHANGE)))
    refused("approval.over_limit", lambda: change(s, last, LineChange(1, 11 * SCALE), actor=changer))
    assert change(s, last, LineChange(1, 11 * SCALE), actor=changer._replace(limits={P.CREDIT_OVERRIDE: 250}))
    # who takes less is asked nothing, whatever the limit
    limit(s, 0)
    assert change(s, last, LineChange(1, 5 * SCALE), actor=s.actor(P.SALES_ORDER_CHANGE)).state == "confirmed"


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
    ("order.location_missing", lambda s, o: change(s, o, added=[s.line(1, "3")])),
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


def test_a_quote_needs_no_place_and_becomes_an_order_at_its_prices(selling: Selling) -> None:
    s = selling
    terms: customers.TermsChange = {"payment_days": 14}
    customers.set_terms(s.boss, customer=s.partners["JONES"], recorded_at=NOW, **terms)
    offer = quote(s, reference="RFQ 1")
    assert offer == (offer.id, "QU-2026-000001", "sent")
    assert (s.header(offer.id).due_on, s.header(offer.id).sent_on) == (MONDAY + 30 * DAY, MONDAY)
    assert {line.location for line in s.lines(offer.id)} == {None}
    # what was promised holds: terms and prices that have changed since then do not matter
    terms = {"payment_days": 30}
    customers.set_terms(s.boss, customer=s.partners["JONES"], recorded_at=NOW, **terms)
    s.put(s.price_list(), s.new(9))
    seller = s.actor(P.SALES_ORDER_CREATE, P.SALES_ORDER_CONFIRM, P.SALES_ORDER_CHANGE)
    made = accept(s, offer, actor=seller, confirm=True, expected_on=MONDAY + DAY, day=MONDAY + DAY)
    assert made == (made.id, "SO-2026-000001", "confirmed")
    header = s.header(made.id)
    assert (header.gross, header.reference, header.day) == (3400, "RFQ 1", MONDAY + DAY)
    assert (header.details or {})["payment_days"] == 14
    bolts, nuts = s.lines(made.id)
    quoted = s.lines(offer.id)
    assert [bolts.source, nuts.source] == [line.id for line in quoted]
    assert (bolts.net, bolts.tax, bolts.location, bolts.expected_on) == (2500, 500, s.dock, MONDAY + DAY)
    assert [line.ordered for line in quoted] == [10 * SCALE, 4 * SCALE]
    assert s.header(offer.id).state == "accepted"
    assert [one.number for one in queries.chain(s.company.pk, made.id)] == [offer.number]
    assert change(s, made, LineChange(1, 9 * SCALE), actor=seller).state == "confirmed"
    assert s.lines(offer.id)[0].ordered == 9 * SCALE
    refused("price.below_list", lambda: change(s, made, LineChange(1, unit_price=2 * SCALE), actor=seller))
    refused("quote.exceeded", lambda: change(s, made, LineChange(1, 11 * SCALE)))


def test_a_quote_is_taken_bit_by_bit_and_given_back(selling: Selling) -> None:
    s = selling
    offer = quote(s)
    first = accept(s, offer, Accepted(1, 4 * SCALE, s.shed, MONDAY + DAY))
    [line] = s.lines(first.id)
    assert (line.line, line.base_quantity, line.net, line.tax) == (1, 4 * SCALE, 1000, 200)
    assert (line.location, line.expected_on) == (s.shed, MONDAY + DAY)
    assert s.header(offer.id).state == "accepted"
    refused("quote.exceeded", lambda: accept(s, offer, Accepted(1, 7 * SCALE)))
    rest = accept(s, offer)
    assert [(line.line, line.base_quantity) for line in s.lines(rest.id)] == [(1, 6 * SCALE), (2, 4 * SCALE)]
    refused("document.no_lines", lambda: accept(s, offer))
    cancel_order(s.boss, order=rest.id, reason="x", recorded_at=NOW)
    assert [line.ordered for line in s.lines(offer.id)] == [4 * SCALE, 0]
    assert s.header(offer.id).state == "accepted"
    cancel_order(s.boss, order=first.id, reason="x", recorded_at=NOW)
    assert s.header(offer.id).state == "sent", "nothing is ordered of it any more"
    again = confirmed_of(s, offer)
    moved(s, again, "partly_shipped", received=3)
    close_order(s.boss, order=again.id, reason="x", recorded_at=NOW)
    assert [line.ordered for line in s.lines(offer.id)] == [3 * SCALE, 0]


def confirmed_of(s: Selling, offer: DocumentRef) -> DocumentRef:
    return accept(s, offer, confirm=True)


def test_a_quote_is_lost_or_taken_back_or_changed(selling: Selling) -> None:
    s = selling
    lost = lose_quote(s.boss, quote=quote(s).id, reason="too dear", recorded_at=NOW)
    assert (lost.state, (s.header(lost.id).details or {})["reason"]) == ("lost", "too dear")
    refused("document.wrong_state", lambda: accept(s, lost))
    taken = cancel_quote(s.boss, quote=quote(s, send=False).id, reason="typo", recorded_at=NOW)
    assert taken.state == "cancelled"
    offer = quote(s, valid_until=MONDAY)
    refused("quote.not_valid", lambda: accept(s, offer, day=MONDAY + DAY))
    refused("quote.days", lambda: change_quote(s.boss, quote=offer.id, valid_until=MONDAY - DAY, recorded_at=NOW))
    changes = [LineChange(1, unit_price=2 * SCALE)]
    done = change_quote(
        s.boss, quote=offer.id, changes=changes, valid_until=MONDAY + DAY, added=[s.line(1, "3")], recorded_at=NOW
    )
    assert (done.state, s.header(offer.id).due_on) == ("sent", MONDAY + DAY)
    [old] = queries.versions(s.company.pk, offer.id)
    assert old.content["due_on"] == MONDAY.isoformat()
    assert s.header(accept(s, offer, day=MONDAY + DAY).id).gross == 2400 + 400 + 300


QUOTES: list[tuple[str, Callable[[Selling, DocumentRef], Any]]] = [
    ("permission.missing", lambda s, q: accept(s, q, actor=s.actor(P.QUOTE_CREATE))),
    ("permission.missing", lambda s, q: accept(s, q, actor=s.actor(P.SALES_ORDER_CREATE), confirm=True)),
    ("permission.missing", lambda s, q: lose_quote(s.actor(P.SALES_ORDER_CREATE), quote=q.id, reason="x", recorded_at=NOW)),
    ("permission.missing", lambda s, q: send_quote(s.actor(P.SALES_ORDER_CREATE), quote=q.id, day=MONDAY, recorded_at=NOW)),
    ("permission.missing", lambda s, q: change_quote(s.actor(P.SALES_ORDER_CHANGE), quote=q.id, reference="x", recorded_at=NOW)),
    ("reason.missing", lambda s, q: lose_quote(s.boss, quote=q.id, reason="", recorded_at=NOW)),
    ("document.wrong_state", lambda s, q: send_quote(s.boss, quote=q.id, day=MONDAY, recorded_at=NOW)),
    ("document.wrong_state", lambda s, q: accept(s, quote(s, send=False))),
    ("document.unknown", lambda s, q: accept(s, order(s))),
    ("order.sent_too_early", lambda s, q: send_quote(s.boss, quote=quote(s, send=False).id, day=MONDAY - DAY, recorded_at=NOW)),
    ("quote.not_valid", lambda s, q: accept(s, q, day=MONDAY - DAY)),
    ("order.line_unknown", lambda s, q: accept(s, q, Accepted(3))),
    ("order.line_unknown", lambda s, q: accept(s, q, Accepted(1, SCALE), Accepted(1, SCALE))),
    ("quantity.not_positive", lambda s, q: accept(s, q, Accepted(1, 0))),
    ("order.location_missing", lambda s, q: accept(s, q, location=None)),
    ("location.no_stock", lambda s, q: accept(s, q, Accepted(1, SCALE, s.loss))),
    ("order.expected_too_early", lambda s, q: accept(s, q, expected_on=MONDAY - DAY)),
    ("item.inactive", lambda s, q: accept(_retired(s), q)),
]  # fmt: skip


def _retired(s: Selling) -> Selling:
    from everstock.masterdata.models import Item

    Item.objects.filter(pk=s.items["NUT"]).update(active=False)
    return s


@pytest.mark.parametrize("code, make", QUOTES)
def test_refused_with_quotes(
    selling: Selling, watched: Watch, code: str, make: Callable[[Selling, DocumentRef], Any]
) -> None:
    offer = quote(selling)
    with pytest.raises(Refusal) as said:
        make(selling, offer)
    assert said.value.code == code


def test_other_companies_have_other_orders(selling: Selling) -> None:
    made, offer = order(selling), quote(selling)
    other = Selling()
    refused("document.unknown", lambda: confirm_order(other.boss, order=made.id, day=MONDAY, recorded_at=NOW))
    refused("document.unknown", lambda: accept(other, offer))
    refused("customer.unknown", lambda: create_order(
        other.boss, customer=selling.partners["JONES"], lines=[other.line(1, "1")], day=MONDAY, recorded_at=NOW
    ))  # fmt: skip
    assert [row.kind for row in queries.documents(other.company.pk, DocumentKind)] == []
