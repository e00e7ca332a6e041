"""Margin: every figure is that of the books over the same days, whatever is learned late, and leads down to documents."""

import datetime as dt
from functools import partial
from typing import Any, get_args
from unittest.mock import Mock

import pytest

from everstock.core.problems import Refusal
from everstock.ledger.queries import position_at
from everstock.masterdata.models import Item
from everstock.operations.documents.allocation import Sharing
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import cancel_invoice as cancel_bill
from everstock.operations.sales import selling_costs
from everstock.operations.sales.models import SellingCost
from everstock.operations.sales.selling_costs import attribute_cost, withdraw_cost
from everstock.reports.margin import Amounts, By, MarginRow, margin, margin_entries
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY
from tests.operations.sales.earning import Earning
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db
MONTH_END = dt.date(2026, 3, 31)


@pytest.fixture
def shop(db: None) -> Earning:
    return Earning()


def test_lines_stand_in_the_order_of_their_numbers(shop: Earning) -> None:
    shop.came(20)
    order = shop.order_of(*[1] * 11)
    for line in (11, 10, 2, 1):
        shop.leave(order, 1, line=line)
    assert [key.rpartition("/")[2] for key in shop.margins("line")] == ["1", "2", "10", "11"]


def test_a_percentage_of_next_to_nothing_is_not_told() -> None:
    def percent(revenue: int, cost: int) -> int | None:
        return MarginRow("", "", "", Amounts(quantity=1, revenue=revenue, cost=cost), ()).percent

    assert percent(1_000, 400) == 60_000_000
    assert percent(1_000, 11_000) == -1_000_000_000
    assert percent(1, 100_000) is None
    assert percent(-1, -100_000) is None
    assert percent(-1_000, -400) == 60_000_000
    assert percent(0, 5) is None


def test_a_late_landed_cost_reaches_the_margin_of_what_is_invoiced(shop: Earning) -> None:
    """10 bolts at 2.50, 4 sold at 4.00 and invoiced. In May freight of 5.00 comes: 2.00 of it belongs to what was sold in March."""
    receipt = shop.came(10)
    shop.invoice(shop.leave(shop.order_of(4), 4))
    then = next(shop.moments)
    before = shop.margins(to=MONTH_END)["BOLT"]
    assert (before.amounts.revenue, before.amounts.cost, before.margin, before.percent) == (1600, 1000, 600, 37_500_000)
    shop.freight_in(receipt, 500, day=dt.date(2026, 5, 4))
    now = shop.margins(to=MONTH_END)["BOLT"]
    assert (now.amounts.cost, now.margin, now.percent) == (1200, 400, 25_000_000)
    assert shop.margins(to=MONTH_END, known_at=then)["BOLT"] == before
    assert shop.on_account("5000", to=MONTH_END) == 1200
    assert shop.on_account("5000", to=MONTH_END, position=position_at(shop.company.pk, then)) == 1000
    assert prove(shop.company.pk).violations == []


def test_what_is_shipped_and_not_invoiced_stands_beside_revenue(shop: Earning) -> None:
    shop.came(10)
    order = shop.order_of(6)
    shop.invoice(shop.leave(order, 2))
    shop.leave(order, 3)
    row = shop.margins()["BOLT"].amounts
    assert (row.quantity, row.revenue, row.not_invoiced, row.cost) == (5_000_000, 800, 1200, 1250)


def test_over_a_period_end_revenue_and_cost_are_those_of_the_accounts(shop: Earning) -> None:
    """Shipped in March, invoiced in April."""
    shop.came(10)
    shipment = shop.leave(shop.order_of(4), 4, day=MONTH_END)
    shop.invoice(shipment, day=MONTH_END + DAY)
    months = {key: row.amounts[1:4] for key, row in shop.margins("month").items()}
    assert months == {"2026-03": (0, 0, 1000), "2026-04": (1600, 0, 0)}
    assert shop.margins("month", to=MONTH_END)["2026-03"].amounts[1:4] == (0, 1600, 1000)
    for from_, to in ((MONDAY, MONTH_END), (MONTH_END + DAY, MONTH_END + DAY)):
        rows = shop.margins(from_=from_, to=to).values()
        assert sum(row.amounts.cost for row in rows) == shop.on_account("5000", from_, to)
        assert sum(row.amounts.revenue for row in rows) == -shop.on_account("4000", from_, to)


def test_by_whatever_the_sums_are_the_same(shop: Earning) -> None:
    shop.came(10)
    shop.came(10, "1", item="NUT")
    order = shop.order_of(3, 3, charge=250, details=None)
    first, second = shop.leave(order, 3), shop.leave(order, 2, line=2)
    shop.invoice(first)
    shop.invoice(second)
    third = shop.leave(shop.order_of(4, price="3", item="NUT", partner="PARIS"), 4, day=MONDAY + 9 * DAY)
    shop.invoice(third, day=MONDAY + 9 * DAY)
    every = margin_entries(company=shop.company)
    for by in get_args(By):
        rows = shop.margins(by).values()
        for at, name in enumerate(("quantity", "revenue", "not_invoiced", "cost", "provisional", "selling_costs")):
            assert sum(row.amounts[at] for row in rows) == sum(entry.amounts[at] for entry in every), (by, name)
    assert {key: row.margin for key, row in shop.margins("customer").items()} == {"JONES": 1000, "PARIS": 800}
    assert {key: row.margin for key, row in shop.margins().items()} == {"": 250, "BOLT": 750, "NUT": 800}
    assert {key: row.margin for key, row in shop.margins("category").items()} == {"": 1050, "SMALL": 750}
    assert list(shop.margins("week")) == ["2026-W10", "2026-W11"]
    assert list(shop.margins("day")) == ["2026-03-03", "2026-03-04", "2026-03-11"]
    [one, two, three] = [row for key, row in shop.margins("invoice").items()]
    assert [row.margin for row in (one, two, three)] == [1200 - 750 + 250, 800 - 500, 1200 - 400]
    assert one.documents == ("CI-2026-000001", "SH-2026-000001")
    lines = [row for key, row in shop.margins("line").items()]
    assert [(row.item, row.partner, row.margin) for row in lines[:3]] == [
        ("BOLT", "JONES", 450),
        ("BOLT", "JONES", 300),
        ("", "JONES", 250),
    ]


def test_the_cost_of_a_shipment_is_shared_between_its_invoices(shop: Earning) -> None:
    """Three leave, cost 7.50 and are billed when three more have left: of the second shipment nothing is billed."""
    shop.came(10)
    order = shop.order_of(6)
    first = shop.leave(order, 3)
    shop.leave(order, 3)
    shop.invoice(first)
    found = {key: row.amounts for key, row in shop.margins("invoice").items()}
    assert {key: (one.quantity, one.revenue, one.not_invoiced, one.cost) for key, one in found.items()} == {
        "": (3_000_000, 0, 1200, 750),
        "CI-2026-000001": (3_000_000, 1200, 0, 750),
    }


def test_provisional_costs_are_flagged(shop: Earning) -> None:
    """A receipt without a price at the last cost of 2.50, freight that is estimated, then both are billed."""
    shop.came(2)
    receipt = shop.came(8, None)
    shop.invoice(shop.leave(shop.order_of(4), 4))
    then = next(shop.moments)
    assert shop.margins()["BOLT"].amounts[3:5] == (1000, 500)
    shop.freight_in(receipt, 80, day=MONDAY + DAY, estimated=True)
    assert shop.margins()["BOLT"].amounts[3:5] == (1020, 520)
    shop.bill(shop.paper(receipt, 8, "3"), approve=True)
    assert shop.margins()["BOLT"].amounts[3:5] == (1120, 20)
    assert shop.margins(known_at=then)["BOLT"].amounts[3:5] == (1000, 500)


def test_a_cancelled_invoice_is_taken_back_on_its_day(shop: Earning) -> None:
    shop.came(10)
    shipment = shop.leave(shop.order_of(4), 4)
    invoice = shop.invoice(shipment, day=MONTH_END)
    shop.cancel_invoice(invoice, MONTH_END + DAY)
    assert {key: row.amounts[1:3] for key, row in shop.margins("month").items()} == {
        "2026-03": (1600, 1600),
        "2026-04": (-1600, 0),
    }
    assert shop.margins(to=MONTH_END)["BOLT"].amounts[1:3] == (1600, 0)
    shop.cancel_shipment(shipment)
    assert "BOLT" not in shop.margins()


def test_returns_and_credits_of_the_price_reduce_the_line_they_are_about(shop: Earning) -> None:
    """Four at 4.00 of which one comes back less 10 % for restocking; two at 4.00 of which the price is 1.00 less."""
    receipt = shop.came(10)
    first, second = shop.leave(shop.order_of(4), 4), shop.leave(shop.order_of(2), 2)
    bills = [shop.invoice(one) for one in (first, second)]
    shop.refund(shop.take_back(first, 1, fee=100_000))
    shop.refund(bills[1], 100)
    for by in ("line", "order", "invoice"):
        one, two = (row.amounts for row in shop.margins(by).values())
        assert (one.quantity, one.revenue, one.not_invoiced, one.cost) == (3_000_000, 1600 - 360, 0, 750), by
        assert (two.quantity, two.revenue, two.not_invoiced, two.cost) == (2_000_000, 700, 0, 500), by
    # what is kept back is no item, and is of the line of one
    assert [row.item for row in shop.margins("line").values()] == ["BOLT", "BOLT"]
    # the cost of what came back follows the cost of what left
    shop.freight_in(receipt, 500, day=dt.date(2026, 5, 4))
    assert [row.amounts.cost for row in shop.margins("order").values()] == [900, 600]
    assert shop.on_account("5000") == 1500
    assert prove(shop.company.pk).violations == []


def test_what_comes_back_before_it_is_billed_is_not_billed(shop: Earning) -> None:
    shop.came(10)
    shipment = shop.leave(shop.order_of(4), 4)
    shop.take_back(shipment, 1)
    row = shop.margins()["BOLT"].amounts
    assert (row.quantity, row.revenue, row.not_invoiced, row.cost) == (3_000_000, 0, 1200, 750)
    shop.invoice(shipment)
    assert shop.margins()["BOLT"].amounts[1:4] == (1200, 0, 750)


def test_freight_out_lessens_the_margin_and_is_no_cost_of_goods(shop: Earning) -> None:
    """Two lines worth 8.00 and 4.00 by weight 1 to 2; then the carrier bills 10.00 for both shipments, by value."""
    Item.objects.filter(pk=shop.items["BOLT"]).update(weight=1_000_000)
    shop.came(10)
    first = shop.leave(shop.order_of(2), 2)
    second = shop.leave(shop.order_of(4), 4)
    shop.invoice(first)
    stock = shop.on_account("1200")
    ships = [first.id, second.id]
    noted = attribute_cost(
        *(shop.boss,),
        shipments=[second.id],
        amount=301,
        day=MONDAY + DAY,
        by=Sharing.WEIGHT,
        recorded_at=next(shop.moments),
    )
    then = next(shop.moments)
    bill = shop.bill(freight(shop, 1001))
    [line] = shop.lines(bill.id)
    said: dict[str, Any] = {
        "shipments": ships,
        "bill_line": line.id,
        "day": MONDAY + 2 * DAY,
        "recorded_at": next(shop.moments),
    }
    billed = attribute_cost(shop.boss, **said, key="k")
    assert attribute_cost(shop.boss, **said, key="k") == billed
    spent = {key: row.amounts.selling_costs for key, row in shop.margins("order").items()}
    assert list(spent.values()) == [334, 301 + 667]
    row = shop.margins()["BOLT"]
    assert (row.margin, row.amounts.contribution) == (800 - 1500, 800 - 1500 - 1302)
    assert {key: one.amounts.selling_costs for key, one in shop.margins("invoice").items()} == {
        "": 968,
        "CI-2026-000001": 334,
    }
    assert (shop.on_account("1200"), shop.on_account("5000")) == (stock, 1500)
    for code, wrong in (
        ("request.other_content", {**said, "amount": 1, "key": "k"}),
        ("request.key", {**said, "key": ""}),
        ("selling_cost.exceeds", {**said, "amount": 1}),
        ("selling_cost.amount", said),
        ("selling_cost.amount", {**said, "bill_line": None}),
        ("selling_cost.bill", {**said, "bill_line": shop.lines(first.id)[0].id}),
        ("selling_cost.by_hand", {**said, "by": Sharing.HAND}),
        ("landed.no_basis", {**said, "bill_line": None, "amount": 5, "by": Sharing.VOLUME}),
        ("document.no_lines", {**said, "shipments": []}),
        ("document.unknown", {**said, "shipments": [bill.id]}),
    ):
        refused(code, partial(attribute_cost, shop.boss, **wrong))
    refused(
        "permission.missing",
        lambda: attribute_cost(shop.actor(Permission.COST_SEE, Permission.LANDED_COST_POST), **said),
    )
    cancel_bill(shop.boss, invoice=bill.id, day=MONDAY + 3 * DAY, reason="x", recorded_at=next(shop.moments))
    assert shop.margins()["BOLT"].amounts.selling_costs == 301
    withdraw_cost(shop.boss, cost=noted, reason="never sent", recorded_at=next(shop.moments))
    refused("selling_cost.unknown", lambda: withdraw_cost(shop.boss, cost=noted, reason="x", recorded_at=0))
    assert shop.margins()["BOLT"].amounts.selling_costs == 0
    assert shop.margins(known_at=then)["BOLT"].amounts.selling_costs == 301
    assert prove(shop.company.pk).violations == []


def test_two_who_use_a_key_at_the_same_moment_note_one_cost(shop: Earning, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second asks before the first is there, and finds it when it writes."""
    shop.came(10)
    said: dict[str, Any] = {"day": MONDAY, "recorded_at": next(shop.moments), "key": "k", "amount": 5}
    first, second = ([shop.leave(shop.order_of(2), 2).id] for _ in range(2))
    noted = attribute_cost(shop.boss, shipments=first, **said)
    known = selling_costs._of_request(shop.company.pk, "k")
    monkeypatch.setattr(selling_costs, "_of_request", Mock(side_effect=[None, known] * 2))
    assert attribute_cost(shop.boss, shipments=first, **said) == noted
    refused("request.other_content", lambda: attribute_cost(shop.boss, shipments=second, **said))
    assert SellingCost.objects.count() == 1


def freight(shop: Earning, amount: int) -> InvoiceLine:
    """A line of a supplier's invoice over freight, without an order."""
    return InvoiceLine(amount=amount, account=shop.codes["6300"], description="Freight")


def test_refusals(shop: Earning) -> None:
    for code, asked in (
        ("margin.by", {"by": "moon"}),
        ("range.empty", {"from_": MONTH_END, "to": MONDAY}),
        ("item.unknown", {"item": "BOLTS"}),
        ("partner.unknown", {"partner": "JON"}),
    ):
        with pytest.raises(Refusal) as refused:
            margin(company=shop.company, **asked)
        assert refused.value.code == code
