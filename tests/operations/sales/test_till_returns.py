"""Goods that come back to a till."""

from functools import partial
from typing import Any

import pytest

from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.masterdata.models import Account, ExchangeRate, Location
from everstock.operations.documents import queries
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import channels
from everstock.operations.sales.invoices import invoice_shipments
from everstock.operations.sales.models import ChannelKind, SalesChannel
from everstock.operations.sales.orders import create_order
from everstock.operations.sales.payments import cancel_payment
from everstock.operations.sales.shipments import ShipmentLine, ship
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till_days import cash_up, summed, till_day, till_report
from everstock.operations.sales.till_returns import Back
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.counter import Returns, kit
from tests.operations.unchanged import refused

P = Permission


@pytest.fixture
def shop(db: None) -> Returns:
    return Returns()


def test_goods_come_back_by_their_receipt_at_their_price_and_cost(shop: Returns) -> None:
    receipt = shop.sold(shop.line(1, "3", "NUT"), shop.line(4, "5", tax_code=shop.taxes["VAT"]))
    shop.dearer()
    bought = shop.balances()
    # 3.00, and 20.00 with 4.00 of tax; one nut and four bolts at 1.00
    assert bought["CASH"] == 2700
    note = shop.back(
        receipt,
        Back(2, 2 * SCALE),
        Back(2, SCALE, scrap=True),
        refunds=(Tender("card", 300), Tender("cash")),
        reason="bent",
    )
    # three bolts at 6.00 with tax: 3.00 to the card, 15.00 out of the drawer
    assert (note.number[:5], note.state) == ("CC-TA", "paid")
    after = shop.balances()
    moved = {code: after.get(code, 0) - bought.get(code, 0) for code in {**after, **bought}}
    assert {code: amount for code, amount in moved.items() if amount} == {
        "CARD": -300,
        "CASH": -1500,
        "4100": 1500,
        "2200": 300,
        # three come back at 1.00, and one of them leaves for scrap
        "1200": 200,
        "5000": -300,
        "5310": 100,
    }
    assert (shop.there(shop.dock), shop.there(shop.quality)) == (10 - 4 + 10 + 2, 0)
    made = [
        (one.kind, one.state, one.number[:5], one.gross, one.paid)
        for one in Document.objects.filter(company=shop.company, id__gt=receipt.id).order_by("id")
    ]
    assert made[-5:] == [
        ("sales_return", "credited", "RM-TA", 1800, 0),
        ("stock_transfer", "posted", "TR-20", 0, 0),
        ("customer_credit_note", "paid", "CC-TA", 1800, 1800),
        ("customer_payment", "posted", "CP-TA", -300, 0),
        ("customer_payment", "posted", "CP-TA", -1500, 0),
    ]
    assert prove(shop.company.pk).violations == []
    assert queries.number_gaps(shop.company.pk) == []


def test_nothing_comes_back_twice(shop: Returns) -> None:
    receipt = shop.sold(shop.line(4, "5"))
    shop.back(receipt, Back(1, 3 * SCALE))
    refused("return.exceeds", lambda: shop.back(receipt, Back(1, 2 * SCALE)))
    refused("return.exceeds", lambda: shop.back(receipt, Back(1, SCALE), Back(1, SCALE)))
    # all that is left
    assert shop.back(receipt, Back(1)).state == "paid"
    refused("return.nothing_left", lambda: shop.back(receipt, Back(1)))
    assert (shop.there(), shop.balance(shop.drawer)) == (10, 0)
    assert prove(shop.company.pk).violations == []


@pytest.mark.parametrize("late", [1, 3])
def test_what_was_sold_on_a_past_day_is_scrapped_on_that_day(shop: Returns, late: int) -> None:
    """Both are entered ``late`` days later."""
    recorded_at = NOW + late * 86_400_000_000
    receipt = shop.sold(shop.line(4, "5"), recorded_at=recorded_at)
    shop.back(receipt, Back(1, SCALE, scrap=True), Back(1, SCALE), day=MONDAY, recorded_at=recorded_at, reason="bent")
    assert (shop.there(shop.dock), shop.there(shop.quality)) == (7, 0)
    # and what came in the same way later on that day
    shop.back(receipt, Back(1, scrap=True), day=MONDAY, recorded_at=recorded_at + 1, reason="bent")
    assert (shop.there(shop.dock), shop.there(shop.quality)) == (7, 0)
    assert prove(shop.company.pk).violations == []


def test_what_came_back_can_be_sold_again(shop: Returns) -> None:
    receipt = shop.sold(shop.line(10, "5"))
    shop.back(receipt, Back(1, 4 * SCALE))
    later: dict[str, Any] = {"day": MONDAY + DAY, "recorded_at": NOW + 20}
    refused("shipment.short", lambda: shop.sold(shop.line(5, "5"), **later))
    shop.sold(shop.line(4, "5"), **later)
    assert shop.there() == 0
    assert prove(shop.company.pk).violations == []


def test_the_same_return_is_made_once(shop: Returns) -> None:
    receipt = shop.sold(shop.line(4, "5"))
    first = shop.back(receipt, Back(1, 4 * SCALE), key="k")
    assert shop.back(receipt, Back(1, 4 * SCALE), key="k") == first
    assert Document.objects.filter(kind="sales_return").count() == 1
    refused("request.other_content", lambda: shop.back(receipt, Back(1, 3 * SCALE), key="k"))


def test_what_was_given_away_comes_back_for_nothing(shop: Returns) -> None:
    receipt = shop.sold(shop.line(1, "0"), shop.line(1, "5", "NUT"))
    shop.sold(shop.line(2, "0"))
    note = shop.back(receipt, Back(1), refunds=())
    assert (note.number[:5], shop.header(note.id).gross) == ("CC-TA", 0)
    # what is left of nothing is nothing
    refused("till.amount", lambda: shop.back(receipt, Back(2), refunds=(Tender("cash", 0),)))
    shop.credit(receipt, 2)
    note = shop.back(receipt, Back(2))
    assert (note.number[:5], shop.header(note.id).gross) == ("CC-TA", 0)
    assert (shop.there(), shop.there(item="NUT")) == (8, 4)
    assert not Document.objects.filter(kind="customer_payment", gross__lte=0).exists()
    assert prove(shop.company.pk).violations == []


def test_goods_come_back_to_another_till_of_a_customer_without_a_name(shop: Returns) -> None:
    walk_in = actions.ensure_partners(company=shop.company, codes=["WALKIN"], is_customer=True)["WALKIN"]
    given: dict[str, Any] = {"kind": ChannelKind.POINT_OF_SALE, "customer": walk_in}
    other = shop.channel("T2", shop.dock, series="TB", **given)
    channels.set_means(shop.boss, channel=other.pk, means="cash", account=shop.bank, recorded_at=NOW)
    receipt = shop.sold(shop.line(2, "5"), channel="T2")
    cashier = shop.actor(P.TILL_RETURN)
    note = shop.back(receipt, Back(1, SCALE), actor=cashier)
    assert note.number[:5] == "CC-TA"
    assert shop.header(note.id).partner == walk_in
    assert (shop.balance(shop.drawer), shop.balance(shop.bank)) == (-500, 1000)
    seller = shop.actor(P.SALE_READ)
    [back] = till_day(seller, channel="T1", day=MONDAY + DAY)
    assert (back.number, back.gross, back.paid) == (note.number, -500, {"cash": -500})
    assert cash_up(till_report(seller, channel="T1", day=MONDAY + DAY)) == {"cash": -500}
    assert prove(shop.company.pk).violations == []


def test_what_a_return_to_a_till_refuses(shop: Returns) -> None:
    receipt = shop.sold(shop.line(2, "5"), OrderLine(SCALE, unit_price=SCALE, description="Wrapping"))
    shop.channel("WEB", shop.dock)
    unpaid = shop.sold(shop.line(1, "5"))
    [payment] = Document.objects.filter(kind="customer_payment", gross=500)
    cancel_payment(shop.boss, payment=payment.pk, day=MONDAY, reason="Counterfeit", recorded_at=NOW + 5)
    jones: dict[str, Any] = {"customer": shop.partners["JONES"], "recorded_at": NOW}
    order = create_order(
        *(shop.boss,), lines=[shop.line(1, "5")], location=shop.dock, day=MONDAY, confirm=True, **jones
    )
    leaving = [ShipmentLine(order.id, 1, SCALE)]
    shipped = ship(shop.boss, lines=leaving, day=MONDAY, recorded_at=NOW)
    billed = invoice_shipments(shop.boss, shipments=[shipped.id], day=MONDAY, recorded_at=NOW)
    nobody = shop.actor(
        P.TILL_SELL, P.SALES_RETURN_POST, P.CUSTOMER_INVOICE_POST, P.PAYMENT_REGISTER, P.QUALITY_RELEASE
    )
    back = partial(shop.back, receipt)
    for code, make in (
        ("permission.missing", partial(back, Back(1), actor=nobody)),
        ("document.unknown", lambda: shop.back(receipt._replace(id=10**8), Back(1))),
        ("document.no_lines", back),
        ("channel.unknown", partial(back, Back(1), channel="FAIR")),
        ("till.not_one", partial(back, Back(1), channel="WEB")),
        ("till.not_receipt", lambda: shop.back(billed, Back(1))),
        ("till.not_paid", lambda: shop.back(unpaid, Back(1))),
        ("till.means", partial(back, Back(1), refunds=(Tender("gold"),))),
        ("till.amount", partial(back, Back(1), refunds=())),
        ("till.amount", partial(back, Back(1), refunds=(Tender("cash", 1001),))),
        ("return.line_unknown", partial(back, Back(2))),
        ("return.line_unknown", partial(back, Back(9))),
        ("quantity.not_positive", partial(back, Back(1, 0))),
        ("location.unknown", partial(back, Back(1, location=10**8))),
        ("reason.missing", partial(back, Back(1, scrap=True))),
        ("quality.not_held", partial(back, Back(1, scrap=True, location=shop.dock), reason="bent")),
        ("return.before_origin", partial(back, Back(1), day=MONDAY - DAY)),
    ):
        refused(code, make)
    Location.objects.create(company=shop.company, code="LOOK2", kind="internal", purpose="quality")
    refused("till.scrap_place", partial(back, Back(1, scrap=True), reason="bent"))
    Location.objects.filter(purpose="quality").update(active=False)
    refused("till.scrap_place", partial(back, Back(1, scrap=True), reason="bent"))
    SalesChannel.objects.filter(pk=shop.till.pk).update(active=False)
    refused("channel.inactive", partial(back, Back(1)))


def test_a_kit_comes_back_as_its_components(shop: Returns) -> None:
    kit(shop)
    receipt = shop.sold(shop.line(2, "9", "SET", tax_code=shop.taxes["VAT"]))
    [bolts, nuts] = [line.line for line in shop.lines(receipt.id) if line.net == 0]
    # two sets are 18.00 with 3.60 of tax; four bolts and two nuts at 1.00 each have two thirds and one third of it
    shop.back(receipt, Back(nuts, SCALE))
    assert shop.balance(shop.drawer) == 2160 - 360
    shop.back(receipt, Back(nuts), Back(bolts))
    assert (shop.balance(shop.drawer), shop.there(), shop.there(item="NUT")) == (0, 10, 4)
    refused("return.line_unknown", lambda: shop.back(receipt, Back(3)))
    assert prove(shop.company.pk).violations == []


def test_the_report_of_a_day_is_what_the_books_say(shop: Returns) -> None:
    drawer = Account.objects.create(company=shop.company, code="EURO", name="EURO", type="asset").pk
    given: dict[str, Any] = {"channel": shop.till.pk, "account": drawer, "recorded_at": NOW}
    channels.set_means(shop.boss, means="euro", currency="EUR", **given)
    ExchangeRate.objects.update_or_create(
        company=shop.company, currency_id="EUR", day=MONDAY, defaults={"rate": 1_100_000_000}
    )
    first = shop.sold(shop.line(4, "5"))
    # 20 euro are 22.00, of which 12.00 go back
    second = shop.sold(tenders=(Tender("euro", 2000),))
    note = shop.back(first, Back(1, SCALE), refunds=(Tender("card"),), day=MONDAY)
    third = shop.sold(shop.line(1, "5"), tenders=(Tender("card", 100), Tender("cash")), day=MONDAY + DAY)
    seller = shop.actor(P.SALE_READ)
    found = till_report(seller, day=MONDAY)
    assert [(one.what, one.means, one.number, one.amount) for one in found if one.what != "tender"] == [
        ("sale", "", first.number, 2000),
        ("sale", "", second.number, 1000),
        ("return", "", note.number, -500),
    ]
    assert [one[1:] for one in summed(found)] == [
        ("sale", "", "2", 3000, 0, ""),
        ("return", "", "1", -500, 0, ""),
        ("tender", "card", "1", -500, 0, ""),
        ("tender", "cash", "2", 2000 - 1200, 0, ""),
        ("tender", "euro", "1", 2200, 2000, "EUR"),
    ]
    balances = shop.balances()
    assert (balances["CASH"], balances["EURO"]) == (800 + 400, 2200)
    # counterfeit: the euro are taken out of the books on the next day, and the change is back
    [payment] = Document.objects.filter(details__means="euro")
    cancel_payment(shop.boss, payment=payment.pk, day=MONDAY + DAY, reason="Counterfeit", recorded_at=NOW + 30)
    assert till_report(seller, day=MONDAY) == found
    tenders = [one for one in summed(till_report(seller, day=MONDAY + DAY, channel="T1")) if one.what == "tender"]
    assert [(one.means, one.amount, one.given) for one in tenders] == [
        ("card", 100, 0),
        ("cash", 400 + 1200, 0),
        ("euro", -2200, -2000),
    ]
    assert third.number in {one.number for one in till_report(seller, day=MONDAY + DAY)}
    assert till_report(seller, day=MONDAY, channel="T2") == []
    refused("permission.missing", lambda: till_report(shop.actor(P.TILL_SELL), day=MONDAY))
    assert prove(shop.company.pk).violations == []
