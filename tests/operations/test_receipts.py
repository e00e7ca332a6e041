"""Receipts: what comes into stock and into the books, what the orders learn of it, and every refusal, after which nothing has changed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.facts import Kind
from everstock.core.quantities import LIMIT, SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.masterdata import actions
from everstock.masterdata.models import Item, Lot
from everstock.operations.documents import queries
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef, LineUpdate, Update
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.documents.write import write
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.call_offs import CallOff, call_off
from everstock.operations.purchasing.models import SupplierTerms
from everstock.operations.purchasing.orders import approve_order, close_order, create_blanket_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipt_progress import deviations_of
from everstock.operations.purchasing.receipts import cancel_receipt, receive_dispatched
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.operations.purchasing.transit import arrive, cancel_arrival
from everstock.operations.warehouse.availability import availability
from everstock.operations.warehouse.incoming import incoming, incoming_lines
from everstock.operations.warehouse.transit import Arrival
from tests.operations.buying import MONDAY, NOW
from tests.operations.receiving import TUESDAY, House, at

P = Permission
DAY = dt.timedelta(days=1)
WORKER = (P.RECEIPT_POST,)
"""What somebody at the dock may do."""


def come(order: DocumentRef, pieces: float, line: int = 1, **more: Any) -> ReceiptLine:
    """So many of the unit of an order's line."""
    return ReceiptLine(round(pieces * SCALE), order=order.id, line=line, **more)


def blind(house: House, pieces: float = 1, item: str = "BOLT", **more: Any) -> ReceiptLine:
    """Goods that nobody ordered."""
    return ReceiptLine(round(pieces * SCALE), item=house.items[item], **more)


def cancel(house: House, receipt: DocumentRef, **changes: Any) -> DocumentRef:
    given = {"actor": house.boss, "receipt": receipt.id, "reason": "wrong", "recorded_at": NOW}
    return cancel_receipt(**{**given, **changes})


# --- against an order


def test_a_receipt_says_what_came(house: House) -> None:
    order = house.sent(
        house.line(10, "2.5", discount=100_000, tax_code=house.taxes["VAT"]),
        house.line(4, "1", "NUT", location=house.shed),
        OrderLine(SCALE, unit_price=15 * SCALE, description="Freight", account=house.account),
    )
    receipt = house.take(
        come(order, 4, rejected=2 * SCALE, reason="rusty"), come(order, 4, line=2), reference="DN-9", location=None
    )
    assert receipt == (receipt.id, "GR-2026-000001", "posted")
    header = house.header(receipt.id)
    assert (header.partner, header.day, header.currency, header.rate) == (
        *(house.partners["SMITH"], TUESDAY),
        *("USD", 10**9),
    )
    assert (header.reference, header.created_at, header.posted_at, header.created_by) == ("DN-9", NOW, NOW, None)
    assert (header.net, header.tax, header.gross) == (900 + 400, 180, 1480)
    bolts, nuts = house.lines(receipt.id)
    assert (bolts.quantity, bolts.base_quantity, bolts.rejected, bolts.details) == (
        *(4 * SCALE, 4 * SCALE, 2 * SCALE),
        {"reason": "rusty"},
    )
    assert (bolts.unit_price, bolts.discount, bolts.net, bolts.tax) == (2_500_000, 100_000, 900, 180)
    assert (bolts.location, nuts.location, bolts.description) == (house.dock, house.shed, "Bolt M8")
    assert [line.source for line in (bolts, nuts)] == [line.id for line in house.lines(order.id)[:2]]
    assert (bolts.ledger_reference, nuts.ledger_reference) == (f"GR/{receipt.id}/1", f"GR/{receipt.id}/2")
    assert house.progress_of(order) == ("partly_received", [(4, 2, 0), (4, 0, 0), (0, 0, 0)])
    assert (house.stock(), house.stock("NUT", house.shed)) == (4, 4)
    assert house.balances("1200", "2100", "1400") == (1300, -1300, 0)
    assert [(row.id, row.distance) for row in queries.chain(house.company.pk, receipt.id)] == [(order.id, -1)]
    assert len(queries.postings(house.company.pk, [receipt.id])[receipt.id]) == 1
    [said] = AuditEvent.objects.filter(subject=receipt.number)
    assert (said.action, said.subject_id, said.after) == (
        *("goods_receipt.post", receipt.id),
        {"state": "posted", "lines": 2},
    )
    house.assert_lawful()


def test_an_order_is_received_bit_by_bit(house: House) -> None:
    order = house.sent(house.line(10, "2.5"), house.line(4, "1", "NUT"))
    house.take(come(order, 10))
    assert house.progress_of(order)[0] == "partly_received"
    assert [row.quantity for row in incoming(house.company.pk)] == [4 * SCALE]
    house.take(come(order, 1, line=2), come(order, 3, line=2))
    assert house.progress_of(order) == ("received", [(10, 0, 0), (4, 0, 0)])
    assert incoming(house.company.pk) == []
    house.assert_lawful()


def test_all_rejected_is_expected_still(house: House) -> None:
    order = house.sent()
    receipt = house.take(come(order, 0, rejected=10 * SCALE))
    assert house.progress_of(order) == ("sent", [(0, 10, 0)])
    assert house.lines(receipt.id)[0].ledger_reference is None
    assert queries.postings(house.company.pk, [receipt.id]) == {}
    assert (house.header(receipt.id).gross, house.stock()) == (0, 0)
    assert [row.quantity for row in incoming(house.company.pk)] == [10 * SCALE]
    assert SupplierTerms.objects.filter(partner=house.partners["SMITH"], learned_count__gt=0).count() == 0
    cancel(house, receipt)
    assert house.progress_of(order) == ("sent", [(0, 0, 0)])


def test_one_delivery_of_several_orders(house: House) -> None:
    first, second = house.sent(), house.sent(house.line(5, "3"))
    receipt = house.take(come(second, 5), come(first, 10))
    assert (house.progress_of(first)[0], house.progress_of(second)[0]) == ("received", "received")
    assert {row.id for row in queries.chain(house.company.pk, receipt.id)} == {first.id, second.id}
    assert house.balances("1200", "2100") == (4000, -4000)
    house.assert_lawful()


@pytest.mark.parametrize(
    "ordered, price, unit, received, received_in, base, unit_price, net",
    [
        (2, "250", "box", 2, None, 200, 250_000_000, 50_000),
        (2, "250", "box", 150, "each", 150, 2_500_000, 37_500),
        (300, "2.5", None, 2, "box", 200, 250_000_000, 50_000),
        (3, "1", "third", 3, None, 1, 1_000_000, 300),
        (3, "1", "third", 1, "each", 1, 3_000_000, 300),
        # a price per piece that no decimals can hold: the amount is exact all the same
        (3, "100", "box", 299, "each", 299, 1_000_000, 29_900),
        (1, "0.0001", "box", 1, "each", 1, 1, 0),
        (2000, "0.000149", "box", 199_900, "each", 199_900, 1, 30),
    ],
)
def test_units_are_converted_exactly(
    house: House,
    ordered: int,
    price: str,
    unit: str | None,
    received: int,
    received_in: str | None,
    base: int,
    unit_price: int,
    net: int,
) -> None:
    order = house.sent(house.line(ordered, price, unit=None if unit is None else house.units[unit]))
    receipt = house.take(come(order, received, unit=None if received_in is None else house.units[received_in]))
    [line] = house.lines(receipt.id)
    assert (line.quantity, line.base_quantity, line.unit_price, line.net) == (
        *(received * SCALE, base * SCALE),
        *(unit_price, net),
    )
    assert house.stock() == base
    assert house.lines(order.id)[0].received == base * SCALE
    house.assert_lawful()


def test_the_moment_of_arrival(house: House) -> None:
    order = house.sent()
    house.take(come(order, 3), effective_at=at(TUESDAY, 15))
    house.assert_refused("stock.short", "BOLT", lambda: house.sold(1))
    house.take(come(order, 3))
    house.sold(3)
    house.assert_refused(
        "moment.other_day", "not on 2026-03-03", lambda: house.take(come(order, 3), effective_at=at(TUESDAY + DAY))
    )
    house.assert_lawful()


def test_a_request_repeated_is_answered_with_the_first_receipt(house: House) -> None:
    order = house.sent()
    first = house.take(come(order, 4), key="k")
    assert house.take(come(order, 4), key="k") == first
    assert house.progress_of(order) == ("partly_received", [(4, 0, 0)])
    house.assert_refused("request.other_content", "another request", lambda: house.take(come(order, 5), key="k"))


# --- tolerances

OVER, UNDER = {"over_tolerance": 100_000}, {"under_tolerance": 200_000}


@pytest.mark.parametrize(
    "terms, parts, allowed",
    [
        ({}, [10], True),
        ({}, [10.000001], False),
        ({}, [4, 6], True),
        ({}, [4, 6.000001], False),
        (OVER, [11], True),
        (OVER, [11.000001], False),
        (OVER, [10, 1], True),
        (OVER, [10, 1.000001], False),
        (OVER, [11, 0.000001], False),
    ],
)
def test_over_tolerance(house: House, terms: dict[str, int], parts: list[float], allowed: bool) -> None:
    order = house.sent(terms=terms)
    worker = house.actor(*WORKER)
    for part in parts[:-1]:
        house.take(come(order, part), actor=worker)
    last = come(order, parts[-1])
    if not allowed:
        refusal = house.assert_refused(
            "receipt.over_tolerance", "10 were ordered", lambda: house.take(last, actor=worker)
        )
        assert "may receive more" in refusal.remedy
        worker = house.actor(*WORKER, P.RECEIPT_OVER_TOLERANCE)
    receipt = house.take(last, actor=worker)
    assert house.progress_of(order)[0] == "received"
    received = sum(round(part * SCALE) for part in parts)
    assert house.lines(order.id)[0].received == received
    header = house.header(receipt.id)
    assert deviations_of(header) == ([] if allowed else [(order.number, 1, 10 * SCALE, received)])
    assert (header.details or {}).get("approved_by") == (None if allowed else "Ann")
    house.assert_lawful()


def test_the_owner_who_may_do_everything_is_told_of_what_is_not_tolerated(house: House) -> None:
    # a sentence for each line, on the document and in the audit trail
    order = house.sent(house.line(10, "2.5"), house.line(4, "1", "NUT"), house.line(2, "1", "NUT"))
    final = come(order, 1, line=2)._replace(final=True)
    receipt = house.take(come(order, 12), final, come(order, 2, line=3))
    words = [one.words for one in deviations_of(house.header(receipt.id))]
    assert words == [
        f"Of line 1 of {order.number}, 10 were ordered and 12 received, more than its tolerance allows.",
        f"Of line 2 of {order.number}, 4 were ordered and 1 received, less than its tolerance allows.",
    ]
    said = AuditEvent.objects.get(subject=receipt.number, action="goods_receipt.post").after
    assert (said or {})["deviations"] == [
        [order.number, 1, 10 * SCALE, 12 * SCALE],
        [order.number, 2, 4 * SCALE, SCALE],
    ]


def test_all_lines_of_a_receipt_count_together(house: House) -> None:
    order = house.sent(terms=OVER)
    worker = house.actor(*WORKER)
    house.assert_refused(
        "receipt.over_tolerance",
        "12 would be received",
        lambda: house.take(come(order, 6), come(order, 6), actor=worker),
    )
    house.take(come(order, 6), come(order, 5), actor=worker)


@pytest.mark.parametrize(
    "terms, pieces, final, allowed, state",
    [
        ({}, 9.999999, None, True, "partly_received"),
        ({}, 9.999999, True, False, "received"),
        (UNDER, 8, None, True, "received"),
        (UNDER, 8, True, True, "received"),
        (UNDER, 8, False, True, "partly_received"),
        (UNDER, 7.999999, None, True, "partly_received"),
        (UNDER, 7.999999, True, False, "received"),
    ],
)
def test_under_tolerance(
    house: House, terms: dict[str, int], pieces: float, final: bool | None, allowed: bool, state: str
) -> None:
    order = house.sent(terms=terms)
    worker = house.actor(*WORKER)
    last = come(order, pieces, final=final)
    if not allowed:
        refusal = house.assert_refused(
            "receipt.under_tolerance", "10 were ordered", lambda: house.take(last, actor=worker)
        )
        assert refusal.remedy.startswith("Let the rest be expected")
        worker = house.actor(*WORKER, P.RECEIPT_OVER_TOLERANCE)
    receipt = house.take(last, actor=worker)
    assert house.progress_of(order)[0] == state
    assert bool(incoming(house.company.pk)) == (state != "received")
    cancel(house, receipt)
    assert house.progress_of(order) == ("sent", [(0, 0, 0)])
    assert [row.quantity for row in incoming(house.company.pk)] == [10 * SCALE]


def test_what_comes_after_the_end_is_welcome(house: House) -> None:
    order = house.sent(terms=UNDER)
    first = house.take(come(order, 3))
    house.take(come(order, 6))
    assert house.progress_of(order)[0] == "received"
    house.take(come(order, 1))
    cancel(house, first)
    assert house.progress_of(order) == ("partly_received", [(7, 0, 0)])
    assert [row.quantity for row in incoming(house.company.pk)] == [3 * SCALE]
    house.assert_lawful()


# --- prices


def test_goods_that_nobody_ordered(house: House) -> None:
    receipt = house.take(
        blind(house, 2, unit_price=3 * SCALE, discount=500_000, tax_code=house.taxes["VAT"]),
        supplier=house.partners["SMITH"],
        location=house.dock,
    )
    [line] = house.lines(receipt.id)
    assert (line.source, line.net, line.tax, line.details) == (None, 300, 60, None)
    assert queries.chain(house.company.pk, receipt.id) == []
    assert house.balances("1200", "2100") == (300, -300)
    house.assert_lawful()


def supplier_price(house: House, supplier: str, price: float) -> None:
    house.sell(supplier=supplier)
    suppliers.set_price(
        house.boss,
        supplier=house.partners[supplier],
        item=house.items["BOLT"],
        unit_price=round(price * SCALE),
        valid_from=MONDAY,
        recorded_at=NOW,
    )


def test_a_price_that_is_not_known_is_the_suppliers(house: House) -> None:
    order = house.sent(house.line(3))
    supplier_price(house, "SMITH", 1.5)
    receipt = house.take(come(order, 2), blind(house, 4, location=house.shed))
    for line, net in zip(house.lines(receipt.id), (300, 600), strict=True):
        assert (line.unit_price, line.net, line.details) == (1_500_000, net, {"provisional": True})
    assert house.balances("1200", "2100") == (900, -900)
    house.assert_lawful()


def test_else_what_it_cost_last(house: House) -> None:
    dear = house.take(blind(house, 3, unit_price=9 * SCALE), supplier=house.partners["SMITH"], location=house.dock)
    cheap = house.take(blind(house, 4, unit_price=SCALE), supplier=house.partners["SMITH"], location=house.dock)
    invoiced = LedgerLine(
        Kind.COST_CHANGE, house.items["BOLT"], "invoice", value=1000, applies_to=f"GR/{cheap.id}/1", effective_at=None
    )
    post(house.company.pk, Document(NOW, (invoiced,), "tests"))
    boxes = blind(house, 1, unit=house.units["box"])
    receipt = house.take(boxes, supplier=house.partners["EURO"], location=house.dock)
    [line] = house.lines(receipt.id)
    # 10.00 USD for 4 pieces: 250 USD a box, at 1.2 USD for a EUR
    assert (line.unit_price, line.net, line.details) == (208_333_333, 20_833, {"provisional": True})
    assert house.balances("1200") == (2700 + 1000 + 25_000,)
    cancel(house, receipt)
    cancelled = house.take(blind(house, 1), supplier=house.partners["SMITH"], location=house.dock)
    cancel(house, cancelled)
    assert cancel(house, dear).state == "cancelled"
    house.assert_lawful()


def test_else_it_comes_in_at_current_cost(house: House) -> None:
    receipt = house.take(blind(house, 3), supplier=house.partners["SMITH"], location=house.dock)
    [line] = house.lines(receipt.id)
    assert (line.unit_price, line.net, line.details) == (None, 0, {"provisional": True})
    assert (house.stock(), house.balances("1200", "2100")) == (3, (0, 0))
    invoiced = LedgerLine(Kind.COST_CHANGE, line.item or 0, "invoice", value=750, applies_to=line.ledger_reference)
    post(house.company.pk, Document(NOW, (invoiced,), "tests"))
    assert house.balances("1200", "2100") == (750, -750)
    opened = LedgerLine(
        Kind.OPENING, house.items["NUT"], "opening", 2 * SCALE, house.dock, value=500, effective_at=at(MONDAY)
    )
    post(house.company.pk, Document(NOW, (opened,), "tests"))
    house.take(blind(house, 4, "NUT"), supplier=house.partners["SMITH"], location=house.dock)
    assert house.balances("1200", "2100") == (750 + 1500, -750 - 1000)
    house.assert_lawful()


def test_a_price_for_an_order_that_has_none(house: House) -> None:
    order = house.sent(house.line(3, item="NUT"))
    receipt = house.take(come(order, 2, unit_price=4 * SCALE))
    [line] = house.lines(receipt.id)
    assert (line.unit_price, line.net, line.details) == (4 * SCALE, 800, None)


def test_the_rate_of_the_receipts_day(house: House) -> None:
    order = house.sent(house.line(10, "3.33"), supplier="EURO")
    actions.set_exchange_rate(company=house.company, currency_code="EUR", day=TUESDAY, rate=1_234_567_891)
    receipt = house.take(come(order, 7))
    header = house.header(receipt.id)
    assert (house.header(order.id).rate, header.rate, header.currency) == (1_200_000_000, 1_234_567_891, "EUR")
    assert (header.net, house.balances("1200", "2100")) == (2331, (2878, -2878))
    house.assert_lawful()


def test_a_currency_without_cents(house: House) -> None:
    actions.set_exchange_rate(company=house.company, currency_code="JPY", day=MONDAY, rate=6_500_000)
    order = house.sent(house.line(3, "1000"), supplier="YEN")
    assert house.header(house.take(come(order, 3)).id).net == 3000
    assert house.balances("1200") == (1950,)


def test_tax_that_is_not_recovered_is_part_of_the_cost(house: House) -> None:
    house.taxes["LOST"] = house._tax("LOST", 250_000, TaxKind.NON_RECOVERABLE)
    order = house.sent(
        house.line(10, "2", tax_code=house.taxes["LOST"]),
        house.line(10, "2", "NUT", tax_code=house.taxes["VAT"]),
        house.line(10, "2", tax_code=house.taxes["REV"]),
    )
    receipt = house.take(come(order, 10), come(order, 10, line=2), come(order, 10, line=3))
    assert [line.tax for line in house.lines(receipt.id)] == [500, 400, 0]
    assert house.balances("1200", "2100", "1400") == (2500 + 2000 + 2000, -6500, 0)
    house.assert_lawful()


# --- lots and serial numbers


def lots(house: House, *lines: ReceiptLine, **more: Any) -> DocumentRef:
    return house.take(*lines, **{"supplier": house.partners["SMITH"], "location": house.dock, **more})


def milk(house: House, lot: str | None, pieces: int = 1, **more: Any) -> ReceiptLine:
    return blind(house, pieces, "MILK", **{"lot": lot, "unit_price": SCALE, **more})


def pump(house: House, lot: str | None, pieces: int = 1, **more: Any) -> ReceiptLine:
    return blind(house, pieces, "PUMP", **{"lot": lot, "unit_price": SCALE, **more})


def test_lots_are_captured(house: House) -> None:
    made, until = MONDAY - DAY, TUESDAY
    receipt = lots(
        house,
        milk(house, "A", 2, unit=house.units["box"], expires_on=until, manufactured_on=made),
        milk(house, "B"),
        milk(house, "A", 3, expires_on=until, manufactured_on=made),
    )
    first, second, third = house.lines(receipt.id)
    found = {row.pk: (row.code, row.expires_on, row.manufactured_on) for row in Lot.objects.all()}
    assert found == {first.lot: ("A", until, made), second.lot: ("B", None, None)}
    assert third.lot == first.lot
    assert house.stock("MILK") == 28
    # what was not known then is learned, what was known stays
    lots(house, milk(house, "B", expires_on=until + DAY), milk(house, "A"))
    assert {row.code: row.expires_on for row in Lot.objects.all()} == {"A": until, "B": until + DAY}
    house.assert_lawful()


def test_a_serial_number_is_in_stock_once(house: House) -> None:
    first = lots(house, pump(house, "1"), pump(house, "2"))
    house.assert_refused("serial.in_stock", "Serial number 2 of item PUMP", lambda: lots(house, pump(house, "2")))
    cancel(house, first)
    lots(house, pump(house, "2"))
    assert house.stock("PUMP") == 1
    house.assert_lawful()


def test_goods_that_were_rejected_need_no_lot(house: House) -> None:
    receipt = lots(house, milk(house, None, 0, rejected=SCALE), pump(house, None, 0, rejected=3 * SCALE))
    assert [line.lot for line in house.lines(receipt.id)] == [None, None]
    assert not Lot.objects.exists()


LOT_REFUSALS: list[tuple[str, Callable[[House], list[ReceiptLine]], str]] = [
    ("lot.missing", lambda h: [milk(h, None)], "MILK is tracked by lot"),
    ("lot.missing", lambda h: [pump(h, None)], "PUMP is tracked by serial"),
    ("lot.not_tracked", lambda h: [blind(h, lot="A")], "BOLT is not tracked"),
    ("serial.quantity", lambda h: [pump(h, "1", 2)], "one piece, not 2"),
    ("serial.twice", lambda h: [pump(h, "1"), pump(h, "1")], "comes twice"),
    ("code.invalid", lambda h: [milk(h, " A")], "begins or ends with a space"),
    ("code.invalid", lambda h: [milk(h, "")], "is empty"),
    ("lot.expired", lambda h: [milk(h, "A", expires_on=MONDAY)], "expired on 2026-03-02"),
    ("lot.expired", lambda h: [milk(h, "OLD")], "Lot OLD of item MILK expired on 2026-03-02"),
    ("lot.other_days", lambda h: [milk(h, "OLD", expires_on=TUESDAY)], "known with other days"),
    ("lot.other_days", lambda h: [milk(h, "OLD", manufactured_on=TUESDAY)], "known with other days"),
    ("lot.other_days", lambda h: [milk(h, "A", expires_on=TUESDAY), milk(h, "A")], "known with other days"),
    ("lot.days", lambda h: [milk(h, "A", manufactured_on=TUESDAY + DAY)], "made on 2026-03-04"),
    ("lot.days", lambda h: [milk(h, "A", manufactured_on=TUESDAY, expires_on=MONDAY)], "made on 2026-03-03"),
]  # fmt: skip


@pytest.mark.parametrize("code, lines, words", LOT_REFUSALS)
def test_refused_lots(house: House, code: str, lines: Callable[[House], list[ReceiptLine]], words: str) -> None:
    Lot.objects.create(item_id=house.items["MILK"], code="OLD", expires_on=MONDAY, manufactured_on=MONDAY - 90 * DAY)
    house.assert_refused(code, words, lambda: lots(house, *lines(house)))


# --- goods in transit


def dispatched(house: House, order: DocumentRef, pieces: float = 10, **more: Any) -> DocumentRef:
    given = {"lines": [come(order, pieces)], "day": TUESDAY, "recorded_at": NOW, "location": house.road, **more}
    return receive_dispatched(house.boss, **given)


def arrived(house: House, receipt: DocumentRef, pieces: float, **more: Any) -> DocumentRef:
    arrivals = [Arrival(receipt.id, 1, round(pieces * SCALE))]
    given = {"arrivals": arrivals, "day": TUESDAY, "recorded_at": NOW, "location": house.dock, **more}
    return arrive(house.boss, **given)


def test_goods_on_their_way_over_the_end_of_a_period(house: House) -> None:
    last = dt.date(2026, 3, 31)
    order = house.sent(terms={"incoterm": "FOB"})
    receipt = dispatched(house, order, day=last, key="d")
    assert dispatched(house, order, day=last, key="d") == receipt
    assert house.progress_of(order) == ("received", [(10, 0, 0)])
    actions.lock_periods(company=house.company, through=last)
    first = arrived(house, receipt, 4, day=last + 2 * DAY, key="a")
    assert first == (first.id, "TR-2026-000001", "posted")
    assert arrived(house, receipt, 4, day=last + 2 * DAY, key="a") == first
    arrived(house, receipt, 6, day=last + 3 * DAY)
    assert house.balances("1200", "1240", "2100", as_of=last) == (0, 2500, -2500)
    assert house.balances("1200", "1240", "2100", as_of=last + 2 * DAY) == (1000, 1500, -2500)
    assert house.balances("1200", "1240", "2100", "2160") == (2500, 0, -2500, 0)
    [line] = house.lines(receipt.id)
    assert (line.location, line.received) == (house.road, 10 * SCALE)
    assert [(row.number, row.distance) for row in queries.chain(house.company.pk, receipt.id)] == [
        ("PO-2026-000001", -1),
        ("TR-2026-000001", 1),
        ("TR-2026-000002", 1),
    ]
    house.assert_lawful()


def test_what_is_in_transit_is_incoming_until_it_arrives(house: House) -> None:
    def coming() -> list[tuple[str, int]]:
        lines = incoming_lines(house.company.pk, items=[house.items["BOLT"]])
        [known] = availability(house.company.pk, [house.items["BOLT"]], day=TUESDAY)
        assert known.incoming == sum(line.quantity for line in lines)
        assert incoming_lines(house.company.pk) == lines
        return [(line.number, line.quantity // SCALE) for line in lines]

    order = house.sent(terms={"incoterm": "FOB"})
    receipt = dispatched(house, order, 7)
    assert coming() == [(order.number, 3), (receipt.number, 7)]
    made = arrived(house, receipt, 5)
    assert coming() == [(order.number, 3), (receipt.number, 2)]
    cancel_arrival(house.boss, transfer=made.id, reason="not yet", recorded_at=NOW)
    assert coming() == [(order.number, 3), (receipt.number, 7)]


def test_an_arrival_can_be_taken_back(house: House) -> None:
    order = house.sent(terms={"incoterm": "EXW"})
    receipt = dispatched(house, order)
    arrival = arrived(house, receipt, 4)
    house.assert_refused("receipt.arrived", "has arrived in part", lambda: cancel(house, receipt))
    taken_back: dict[str, Any] = {"transfer": arrival.id, "reason": "not ours", "recorded_at": NOW}
    assert cancel_arrival(house.boss, **taken_back).state == "cancelled"
    house.assert_refused("document.wrong_state", "is cancelled", lambda: cancel_arrival(house.boss, **taken_back))
    assert house.lines(receipt.id)[0].received == 0
    assert house.balances("1200", "1240", "2100") == (0, 2500, -2500)
    cancel(house, receipt)
    assert house.balances("1200", "1240", "2100") == (0, 0, 0)
    house.assert_lawful()


@pytest.mark.parametrize("incoterm", ["", "DAP", "DPU", "DDP"])
def test_goods_that_are_not_ours_on_the_way(house: House, incoterm: str) -> None:
    order = house.sent(terms={"incoterm": incoterm})
    house.assert_refused("receipt.not_owned_yet", order.number, lambda: dispatched(house, order))


ARRIVAL_REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("document.no_lines", {"arrivals": []}, "Nothing arrives"),
    ("document.unknown", {"arrivals": [Arrival(10**9, 1, SCALE)]}, "no such goods receipt"),
    ("arrival.line_unknown", {"line": 2}, "names no goods"),
    ("arrival.exceeds", {"quantity": 10_000_001}, "10 are on the way, and 10.000001"),
    ("quantity.not_positive", {"quantity": 0}, "not above zero"),
    ("quantity.too_large", {"quantity": LIMIT}, "too large"),
    ("location.unknown", {"location": None}, "unknown or inactive"),
    ("location.unknown", {"location": "gone"}, "unknown or inactive"),
    ("transfer.wrong_place", {"location": "road"}, "ROAD is of kind transit"),
    ("arrival.before_dispatch", {"day": MONDAY}, "dispatched on 2026-03-03"),
    ("moment.other_day", {"effective_at": at(MONDAY)}, "not on 2026-03-03"),
]


@pytest.mark.parametrize("code, change, words", ARRIVAL_REFUSALS)
def test_refused_arrivals(house: House, code: str, change: dict[str, Any], words: str) -> None:
    receipt = dispatched(house, house.sent(terms={"incoterm": "FOB"}))
    one = Arrival(receipt.id, change.get("line", 1), change.get("quantity", SCALE))
    given: dict[str, Any] = {"arrivals": [one], "location": house.dock, "day": TUESDAY, "recorded_at": NOW}
    for name in ("arrivals", "day", "effective_at", "location"):
        if name in change:
            value = change[name]
            given[name] = getattr(house, value) if name == "location" and value else value
    house.assert_refused(code, words, lambda: arrive(house.boss, **given))


def test_only_goods_in_transit_arrive(house: House) -> None:
    order = house.sent(house.line(5, "1"), house.line(5, "1"), terms={"incoterm": "FOB"})
    here, gone = house.take(come(order, 1)), dispatched(house, order, 1)
    cancel(house, gone)
    for receipt in (here, gone):
        house.assert_refused(
            "arrival.not_in_transit",
            f"{receipt.number} are not in transit",
            lambda r=receipt: arrived(house, r, 1),  # type: ignore[misc]
        )
    worker = house.actor(P.TRANSFER_POST)
    house.assert_refused(
        "permission.missing", "may not receive goods", lambda: arrive(worker, arrivals=[], day=TUESDAY, recorded_at=NOW)
    )


def test_goods_of_two_suppliers_do_not_arrive_together(house: House) -> None:
    both = [
        dispatched(house, house.sent(house.line(5, "1"), supplier=supplier, terms={"incoterm": "FOB"}), 5)
        for supplier in ("SMITH", "EURO")
    ]
    arrivals = [Arrival(receipt.id, 1, SCALE) for receipt in both]
    house.assert_refused(
        "receipt.other_supplier",
        "another supplier",
        lambda: arrive(house.boss, arrivals=arrivals, day=TUESDAY, recorded_at=NOW, location=house.dock),
    )


# --- periods


def test_a_late_receipt_is_booked_on_the_first_open_day(house: House) -> None:
    february = dt.date(2026, 2, 27)
    order = house.sent(day=february)
    actions.lock_periods(company=house.company, through=dt.date(2026, 2, 28))
    receipt = house.take(come(order, 10), day=february)
    assert house.header(receipt.id).day == february
    assert house.balances("1200", as_of=dt.date(2026, 2, 28)) == (0,)
    assert house.balances("1200", as_of=dt.date(2026, 3, 1)) == (2500,)
    cancel(house, receipt)
    assert house.balances("1200", "2100") == (0, 0)
    house.assert_lawful()


# --- lead times


def learned(house: House, supplier: str = "SMITH") -> tuple[int, int] | None:
    rows = SupplierTerms.objects.filter(partner=house.partners[supplier])
    return rows.values_list("learned_days", "learned_count").first()


def test_the_first_goods_of_an_order_teach_the_lead_time(house: House) -> None:
    suppliers.add_holidays(house.boss, supplier=house.partners["SMITH"], days={MONDAY: "closed"}, recorded_at=NOW)
    order = house.sent()
    first = house.take(come(order, 4), day=MONDAY + 8 * DAY)
    assert learned(house) == (7, 1)
    house.take(come(order, 4), day=MONDAY + 20 * DAY)
    assert learned(house) == (7, 1)
    cancel(house, first)
    assert learned(house) == (0, 0)


def test_goods_in_transit_teach_it_when_they_arrive(house: House) -> None:
    receipt = dispatched(house, house.sent(terms={"incoterm": "FOB"}))
    assert learned(house) == (0, 0)
    arrival = arrived(house, receipt, 4, day=MONDAY + 5 * DAY)
    arrived(house, receipt, 4, day=MONDAY + 9 * DAY)
    assert learned(house) == (5, 1)
    cancel_arrival(house.boss, transfer=arrival.id, reason="wrong", recorded_at=NOW)
    assert learned(house) == (0, 0)


# --- cancel


def test_a_cancelled_receipt_leaves_no_trace_in_stock_and_books(house: House) -> None:
    order = house.sent(house.line(10, "2.5"), house.line(4, "1", "NUT"))
    receipt = house.take(come(order, 10, rejected=SCALE), come(order, 4, line=2))
    assert cancel(house, receipt, reason="wrong pallet") == (receipt.id, receipt.number, "cancelled")
    assert house.progress_of(order) == ("sent", [(0, 0, 0), (0, 0, 0)])
    assert (house.stock(), house.stock("NUT"), house.balances("1200", "2100")) == (0, 0, (0, 0))
    assert len(queries.postings(house.company.pk, [receipt.id])[receipt.id]) == 2
    said = AuditEvent.objects.get(subject=receipt.number, action="goods_receipt.cancel")
    assert (said.before, said.after) == ({"state": "posted"}, {"state": "cancelled", "reason": "wrong pallet"})
    assert house.take(come(order, 10), come(order, 4, line=2)).number == "GR-2026-000002"
    house.assert_lawful()


def test_what_was_not_received_of_a_closed_call_off_is_left_in_the_blanket_order(house: House) -> None:
    made = create_blanket_order(
        house.boss,
        supplier=house.partners["SMITH"],
        lines=[house.line(100, "2")],
        day=MONDAY,
        valid_until=MONDAY + 90 * DAY,
        location=house.dock,
        recorded_at=NOW,
    )
    approve_order(house.boss, order=made.id, recorded_at=NOW)
    send_order(house.boss, order=made.id, day=MONDAY, recorded_at=NOW)
    order = call_off(house.boss, blanket=made.id, lines=[CallOff(1, 10 * SCALE)], day=MONDAY, recorded_at=NOW)
    send_order(house.boss, order=order.id, day=MONDAY, recorded_at=NOW)
    first, second = house.take(come(order, 4)), house.take(come(order, 3))
    close_order(house.boss, order=order.id, reason="enough", recorded_at=NOW)
    assert house.lines(made.id)[0].ordered == 7 * SCALE
    cancel(house, first)
    assert house.lines(made.id)[0].ordered == 3 * SCALE
    cancel(house, second)
    assert house.lines(made.id)[0].ordered == 0
    assert house.progress_of(order) == ("closed", [(0, 0, 0)])
    house.assert_lawful()


def _invoiced(house: House, receipt: DocumentRef) -> None:
    write(
        house.company.pk,
        line_updates=[LineUpdate(house.lines(receipt.id)[0].id, invoiced=SCALE)],
        updates=[Update(receipt.id, state=State.PARTLY_INVOICED.value)],
    )


def _invoiced_by_line(house: House, receipt: DocumentRef) -> None:
    write(house.company.pk, line_updates=[LineUpdate(house.lines(receipt.id)[0].id, invoiced=SCALE)])


def _returned(house: House, receipt: DocumentRef) -> None:
    back = [ReturnLine(SCALE, receipt.id, 1)]
    given: dict[str, Any] = {"location": house.dock, "day": TUESDAY, "recorded_at": NOW}
    return_goods(house.boss, lines=back, resolution=Resolution.CREDIT, **given)


CANCEL_REFUSALS: list[tuple[str, Callable[[House, DocumentRef], object], dict[str, Any], str]] = [
    ("document.wrong_state", _invoiced, {}, "is partly invoiced and cannot be cancelled"),
    ("receipt.invoiced", _invoiced_by_line, {}, "is invoiced in part"),
    ("receipt.returned", _returned, {}, "was returned in part"),
    ("document.wrong_state", cancel, {}, "is cancelled and cannot be cancelled"),
    ("stock.short_later", lambda h, r: h.sold(1), {}, "BOLT at DOCK would fall below zero"),
    ("reason.missing", lambda h, r: None, {"reason": " "}, "no reason"),
    ("text.invalid", lambda h, r: None, {"reason": "x" * 2001}, "longer than 2000"),
    ("document.unknown", lambda h, r: None, {"unknown": True}, "no such goods receipt"),
    ("permission.missing", lambda h, r: None, {"actor": P.TRANSFER_POST}, "Ann may not receive goods"),
]


@pytest.mark.parametrize("code, before, change, words", CANCEL_REFUSALS)
def test_refused_cancellations(
    house: House, code: str, before: Callable[[House, DocumentRef], object], change: dict[str, Any], words: str
) -> None:
    receipt = house.take(come(house.sent(), 4))
    before(house, receipt)
    if "actor" in change:
        change = {"actor": house.actor(change["actor"])}
    if "unknown" in change:
        change, receipt = {}, DocumentRef(10**9, "", "")
    house.assert_refused(code, words, lambda: cancel(house, receipt, **change))


def test_an_order_is_no_receipt(house: House) -> None:
    order = house.sent()
    house.assert_refused("document.unknown", "no such goods receipt", lambda: cancel(house, order))


# --- refusals

Act = Callable[[House, DocumentRef], Any]


def _line(change: Callable[[House, DocumentRef], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive one line: 4 bolts of the order, but for what is changed."""

    def act(house: House, order: DocumentRef) -> DocumentRef:
        given = {
            "quantity": 4 * SCALE,
            "order": order.id,
            "line": 1,
            **more,
            **(change(house, order) if change else {}),
        }
        return house.take(ReceiptLine(**given))

    return act


def _take(change: Callable[[House, DocumentRef], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive 4 bolts of the order, but for what is changed of the receipt."""
    return lambda house, order: house.take(come(order, 4), **more, **(change(house, order) if change else {}))


def _blind(change: Callable[[House], dict[str, Any]] | None = None, **more: Any) -> Act:
    """Receive a bolt without an order."""

    def act(house: House, _: DocumentRef) -> DocumentRef:
        line = blind(house, **more, **(change(house) if change else {}))
        return house.take(line, supplier=house.partners["SMITH"], location=house.dock)

    return act


REFUSED: list[tuple[str, Act, str]] = [
    ("permission.missing", lambda h, o: h.take(come(o, 4), actor=h.actor(P.PURCHASE_ORDER_CREATE)), "Ann may not receive goods"),
    ("document.no_lines", lambda h, o: h.take(supplier=h.partners["SMITH"]), "has no lines"),
    ("document.unknown", _line(order=10**9), "no such purchase order"),
    ("receipt.other_supplier", _take(lambda h, o: {"supplier": h.partners["EURO"], "currency": "USD"}), "is an order to another supplier"),
    ("receipt.other_currency", _take(currency="EUR"), "is in USD, and the receipt in EUR"),
    ("receipt.before_order", _take(day=MONDAY - DAY), "cannot have come on 2026-03-01"),
    ("receipt.no_supplier", lambda h, o: h.take(blind(h), location=h.dock), "neither an order nor a supplier"),
    ("receipt.line_unknown", _line(line=9), "Line 1 names no line of PO-2026-000001"),
    ("receipt.line_unknown", _line(line=None), "Line 1 names no line of PO-2026-000001"),
    ("receipt.not_goods", _line(line=2), "line 2 of PO-2026-000001 is no item"),
    ("receipt.other_item", _line(lambda h, o: {"item": h.items["NUT"]}), "another item than line 1"),
    ("receipt.priced_by_order", _line(unit_price=SCALE), "names a price"),
    ("receipt.priced_by_order", _line(discount=1), "names a price"),
    ("receipt.priced_by_order", _line(lambda h, o: {"tax_code": h.taxes["VAT"]}), "names a price"),
    ("receipt.nothing_came", _line(quantity=0, rejected=SCALE, final=True), "Nothing came of line 1"),
    ("receipt.wrong_place", _line(lambda h, o: {"location": h.loss}), "of kind loss"),
    ("receipt.wrong_place", _take(lambda h, o: {"location": h.road}), "of kind transit"),
    ("location.unknown", _line(location=10**8), "unknown or inactive location"),
    ("location.unknown", _take(lambda h, o: {"location": h.gone}), "unknown or inactive location"),
    ("location.missing", lambda h, o: h.take(blind(h), supplier=h.partners["SMITH"]), "does not say where"),
    ("unit.no_conversion", _line(lambda h, o: {"unit": h.units["pair"]}), "BOLT has no conversion"),
    ("quantity.not_exact", _line(lambda h, o: {"unit": h.units["third"]}), "cannot be converted exactly"),
    ("quantity.not_exact", _line(lambda h, o: {"unit": h.units["third"], "quantity": 3 * SCALE, "rejected": SCALE}), "cannot be converted exactly"),
    ("quantity.not_positive", _line(quantity=0), "not above zero"),
    ("quantity.not_positive", _line(quantity=-SCALE), "not above zero"),
    ("quantity.not_positive", _line(rejected=-SCALE), "not above zero"),
    ("quantity.too_large", _line(quantity=LIMIT), "too large"),
    ("quantity.too_large", _line(lambda h, o: {"quantity": LIMIT // 10, "unit": h.units["box"]}), "too large"),
    ("text.invalid", _line(rejected=SCALE, reason="x" * 2001), "reason of line 1 is longer"),
    ("text.invalid", _take(reference="x" * 201), "reference is longer"),
    ("moment.other_day", _take(effective_at=at(MONDAY)), "not on 2026-03-03"),
    ("request.key", _take(key=""), "empty or too long"),
    ("receipt.no_item", lambda h, o: h.take(ReceiptLine(SCALE), supplier=h.partners["SMITH"], location=h.dock), "neither a line of an order nor an item"),
    ("item.unknown", lambda h, o: h.take(ReceiptLine(SCALE, item=10**8), supplier=h.partners["SMITH"], location=h.dock), "unknown item"),
    ("item.inactive", _blind(item="OLD"), "OLD is inactive"),
    ("tax.unknown", _blind(tax_code=10**8), "unknown tax code"),
    ("price.negative", _blind(unit_price=-1), "is negative"),
    ("discount.invalid", _blind(unit_price=SCALE, discount=1_000_001), "not between 0 and 100"),
    ("document.too_large", _blind(pieces=10**9, unit_price=LIMIT - 1), "too large"),
    ("supplier.unknown", lambda h, o: h.take(blind(h), supplier=10**8, location=h.dock), "no such supplier"),
    ("supplier.not_one", lambda h, o: h.take(blind(h), supplier=h.partners["JONES"], location=h.dock), "JONES is not a supplier"),
    ("currency.unknown", lambda h, o: h.take(blind(h), supplier=h.partners["SMITH"], location=h.dock, currency="XYZ"), "not a known currency"),
    ("rate.missing", lambda h, o: h.take(blind(h), supplier=h.partners["YEN"], location=h.dock), "no exchange rate for JPY"),
    ("receipt.not_owned_yet", lambda h, o: receive_dispatched(h.boss, lines=[blind(h)], day=TUESDAY, recorded_at=NOW, location=h.road), "Goods without an order"),
]  # fmt: skip


@pytest.mark.parametrize("code, act, words", REFUSED)
def test_refused_receipts(house: House, code: str, act: Act, words: str) -> None:
    order = house.sent(house.line(10, "2.5"), OrderLine(SCALE, unit_price=SCALE, description="Freight"))
    house.assert_refused(code, words, lambda: act(house, order))


TOGETHER: list[tuple[str, Callable[[House], DocumentRef], str]] = [
    ("receipt.other_supplier", lambda h: h.sent(supplier="EURO", currency="USD"), "is an order to another supplier"),
    ("receipt.other_currency", lambda h: h.sent(currency="EUR"), "is in EUR, and the receipt in USD"),
    ("document.wrong_state", lambda h: h.order(), "is requested and cannot be received"),
    ("document.unknown", lambda h: House().sent(), "no such purchase order"),
    ("receipt.over_tolerance", lambda h: h.sent(h.line(3, "1")), "3 were ordered and 4 would be received"),
]


@pytest.mark.parametrize("code, other, words", TOGETHER)
def test_orders_that_cannot_be_received_together(
    house: House, code: str, other: Callable[[House], DocumentRef], words: str
) -> None:
    both = house.sent(), other(house)
    worker = house.actor(*WORKER)
    house.assert_refused(code, words, lambda: house.take(*(come(order, 4) for order in both), actor=worker))


def test_goods_in_transit_are_in_transit(house: House) -> None:
    order = house.sent(terms={"incoterm": "FOB"})
    house.assert_refused(
        "receipt.wrong_place", "of kind internal", lambda: dispatched(house, order, location=house.dock)
    )


@pytest.mark.parametrize(
    "state, possible",
    [
        (State.REQUESTED, False),
        (State.APPROVED, False),
        (State.SENT, True),
        (State.PARTLY_RECEIVED, True),
        (State.RECEIVED, True),
        (State.INVOICED, True),
        (State.CLOSED, False),
        (State.CANCELLED, False),
    ],
)
def test_in_which_states_goods_are_received(house: House, state: State, possible: bool) -> None:
    order = house.sent()
    write(house.company.pk, updates=[Update(order.id, state=state.value)])
    if possible:
        house.take(come(order, 4))
        assert house.progress_of(order) == ("partly_received", [(4, 0, 0)])
    else:
        house.assert_refused("document.wrong_state", "cannot be received", lambda: house.take(come(order, 4)))


def test_nothing_is_received_against_a_blanket_order(house: House) -> None:
    made = create_blanket_order(
        house.boss,
        supplier=house.partners["SMITH"],
        lines=[house.line(100, "2")],
        day=MONDAY,
        valid_until=MONDAY,
        location=house.dock,
        recorded_at=NOW,
    )
    house.assert_refused("document.unknown", "no such purchase order", lambda: house.take(come(made, 4)))


def test_an_item_that_became_inactive_may_still_come(house: House) -> None:
    order = house.sent()
    Item.objects.filter(pk=house.items["BOLT"]).update(active=False)
    house.take(come(order, 10))
    assert house.stock() == 10


def test_numbers_have_no_gaps_after_refusals(house: House) -> None:
    order = house.sent()
    house.assert_refused("location.unknown", "unknown", lambda: house.take(come(order, 1), location=house.gone))
    assert house.take(come(order, 1)).number == "GR-2026-000001"
    assert not queries.number_gaps(house.company.pk)
    assert [row.kind for row in queries.documents(house.company.pk, [DocumentKind.GOODS_RECEIPT])] == ["goods_receipt"]
