"""Receipts: what comes into stock and into the books, what the orders learn of it, and what a cancelled one leaves."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.operations.documents import queries
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef, LineUpdate, Update
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.states import State
from everstock.operations.documents.write import write
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.call_offs import CallOff, call_off
from everstock.operations.purchasing.models import SupplierTerms
from everstock.operations.purchasing.orders import approve_order, close_order, create_blanket_order, send_order
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.operations.purchasing.transit import cancel_arrival
from everstock.operations.warehouse.incoming import incoming
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.receiving import TUESDAY, House, arrived, at, cancel, come, dispatched

P = Permission

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
