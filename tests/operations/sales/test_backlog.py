"""Open orders, backorders, punctuality and goods shipped not invoiced: what is listed, on any day, and what it is worth."""

import datetime as dt

import pytest

from everstock.core.quantities import SCALE
from everstock.operations.documents.changes import LineChange
from everstock.operations.purchasing import changes as purchasing
from everstock.operations.sales.allocation import allocate
from everstock.operations.sales.backlog import backorders, order_book, punctuality
from everstock.operations.sales.promises import promise_order
from everstock.operations.sales.unbilled import shipped_not_invoiced
from everstock.reports.order_book import backorders as waiting
from everstock.reports.order_book import fill_rate
from everstock.reports.order_book import order_book as book
from everstock.reports.proof import prove
from everstock.reports.unbilled import not_invoiced
from tests.operations.buying import DAY, MONDAY
from tests.operations.sales.earning import Earning
from tests.operations.sales.ordering import confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Earning:
    return Earning()


def test_open_orders_stand_by_due_day_with_what_is_reserved(shop: Earning) -> None:
    shop.came(5)
    late, soon = (shop.order_of(4, expected_on=MONDAY + days * DAY) for days in (9, 2))
    undated = shop.order_of(1)
    allocate(shop.boss, orders=[soon.id, late.id], recorded_at=next(shop.moments))
    shop.leave(soon, 1)
    found = [
        (row.document, row.open // SCALE, row.reserved // SCALE, row.short // SCALE) for row in order_book(shop.company)
    ]
    assert found == [(undated.id, 1, 0, 1), (soon.id, 3, 3, 0), (late.id, 4, 1, 3)]
    rows = book(company=shop.company, day=MONDAY + 5 * DAY)
    assert [(row.late, row.value) for row in rows] == [(None, 400), (3, 1200), (None, 1600)]
    assert book(company=shop.company, day=MONDAY, item="NUT") == []


def test_backorders_say_when_enough_is_expected(shop: Earning) -> None:
    """Orders over 3 and 4 and nothing there: 5 come in a week, which is enough for the first, 5 more in two."""
    first, second, third = (shop.order_of(many, expected_on=MONDAY + DAY) for many in (3, 4, 9))
    buys = [shop.sent(shop.line(5, "2.5", expected_on=MONDAY + days * DAY)) for days in (7, 14)]
    found = [
        (row.line.document, row.line.short // SCALE, row.expected_on, row.source) for row in backorders(shop.company)
    ]
    assert found == [
        (first.id, 3, MONDAY + 7 * DAY, buys[0].number),
        (second.id, 4, MONDAY + 14 * DAY, buys[1].number),
        (third.id, 9, None, ""),
    ]


def test_a_backorder_waits_for_what_comes_to_its_warehouse_and_says_what_was_promised(shop: Earning) -> None:
    """Two and three are short, in two places. What was promised of the first order came to nothing: its purchase order is late."""
    here, there = confirmed(shop, shop.line(2, "4")), confirmed(shop, shop.line(3, "4", location=shop.shed))
    buy = shop.sent(shop.line(2, "2.5", expected_on=MONDAY + 5 * DAY))
    promise_order(shop.boss, order=here.id, day=MONDAY, recorded_at=next(shop.moments))
    purchasing.change_order(
        *(shop.boss,),
        order=buy.id,
        changes=[LineChange(1, expected_on=MONDAY + 8 * DAY)],
        recorded_at=next(shop.moments),
    )
    shop.sent(shop.line(9, "2.5", expected_on=MONDAY + 6 * DAY, location=shop.shed))
    found = {row.order: (row.promised_on, row.expected_on) for row in waiting(company=shop.company)}
    assert found == {
        here.number: (MONDAY + 5 * DAY, MONDAY + 8 * DAY),
        there.number: (None, MONDAY + 6 * DAY),
    }


def test_punctual_is_what_left_in_full_by_its_day(shop: Earning) -> None:
    shop.came(20)
    in_time, in_part, too_late, next_month = (
        shop.order_of(4, expected_on=MONDAY + days * DAY) for days in (3, 3, 3, 40)
    )
    shop.leave(in_time, 4, day=MONDAY + 3 * DAY)
    shop.leave(in_part, 3, day=MONDAY + DAY)
    shop.leave(in_part, 1, day=MONDAY + 4 * DAY)
    shop.leave(too_late, 4, day=MONDAY + 4 * DAY)
    march, april = punctuality(shop.company, from_=MONDAY, to=MONDAY + 60 * DAY)
    assert (march.lines, march.in_full, march.ordered // SCALE, march.shipped // SCALE) == (3, 1, 12, 7)
    assert (april.month, april.lines, april.in_full) == (dt.date(2026, 4, 1), 1, 0)
    [row] = fill_rate(company=shop.company, to=MONDAY + 30 * DAY)
    assert (row.share, row.fill_rate) == (33_330_000, 58_330_000)
    assert next_month.id


def test_what_is_not_invoiced_is_listed_as_it_was(shop: Earning) -> None:
    """Six leave for 4.00 each at a cost of 2.50. The first two are invoiced, later taken back; freight comes in May."""
    receipt = shop.came(10)
    order = shop.order_of(6)
    first, second = shop.leave(order, 2), shop.leave(order, 4, day=MONDAY + 3 * DAY)
    end = MONDAY + 10 * DAY
    invoice = shop.invoice(first, day=MONDAY + 5 * DAY)
    then = next(shop.moments)
    [row] = not_invoiced(company=shop.company, as_of=end)
    assert (row.shipment, row.order, row.age, row.open, row.value, row.cost) == (
        *(second.number, "SO-2026-000001", 7),
        *(4 * SCALE, 1600, 1000),
    )
    assert row.reference == f"SH/{second.id}/1"
    before = not_invoiced(company=shop.company, as_of=MONDAY + 4 * DAY)
    assert [one.open // SCALE for one in before] == [2, 4]
    shop.cancel_invoice(invoice, MONDAY + 8 * DAY)
    shop.freight_in(receipt, 1000, day=dt.date(2026, 5, 1))
    now = not_invoiced(company=shop.company, as_of=end)
    assert [(one.value, one.cost) for one in now] == [(800, 700), (1600, 1400)]
    assert not_invoiced(company=shop.company, as_of=end, known_at=then) == [row]
    shop.cancel_shipment(second)
    assert [one.shipment for one in not_invoiced(company=shop.company, as_of=end)] == [first.number]
    assert not_invoiced(company=shop.company, as_of=end, known_at=then) == [row]
    assert not_invoiced(company=shop.company, as_of=end, partner="PARIS") == []
    settled = shipped_not_invoiced(shop.company, as_of=MONDAY + 6 * DAY, known_at=then, include_settled=True)
    assert [one.open for one in settled] == [0, 4 * SCALE]


def test_what_is_given_away_is_listed_until_it_is_billed_for_nothing(shop: Earning) -> None:
    """Two leave for nothing; the invoice over nothing is booked on one day, and taken back on another."""
    shop.came(10)
    shipment = shop.leave(shop.order_of(2, price="0"), 2)
    first = next(shop.moments)
    invoice = shop.invoice(shipment, day=MONDAY + 5 * DAY)
    billed = next(shop.moments)

    def listed(days: int, known_at: int | None = None) -> list[tuple[int, int]]:
        found = shipped_not_invoiced(shop.company, as_of=MONDAY + days * DAY, known_at=known_at)
        return [(row.open // SCALE, row.value) for row in found]

    assert [listed(days) for days in (0, 1, 4, 5, 9)] == [[], [(2, 0)], [(2, 0)], [], []]
    assert listed(9, first) == [(2, 0)]
    shop.cancel_invoice(invoice, MONDAY + 8 * DAY)
    assert [listed(days) for days in (4, 5, 7, 8)] == [[(2, 0)], [], [], [(2, 0)]]
    assert [listed(days, billed) for days in (4, 5, 8)] == [[(2, 0)], [], []]
    assert listed(9, first) == [(2, 0)]
    again = shop.invoice(shipment, day=MONDAY + 9 * DAY)
    assert again.id != invoice.id
    assert [listed(days) for days in (7, 8, 9)] == [[], [(2, 0)], []]
    assert prove(shop.company.pk).violations == []
