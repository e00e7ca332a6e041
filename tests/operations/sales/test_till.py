"""Sold, taken away and paid in one call."""

from functools import partial

import pytest

from everstock.core.quantities import SCALE
from everstock.ledger.queries import on_hand
from everstock.ledger.reservations import Wanted, reserve
from everstock.masterdata.models import Account, ExchangeRate
from everstock.operations.documents import queries
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document, DocumentLink
from everstock.operations.identity.models import AuditEvent
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import channels, customers
from everstock.operations.sales.channels import Buffer
from everstock.operations.sales.payments import cancel_payment
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till_days import cash_up, till_day, till_report
from everstock.operations.sales.till_lots import OfLot
from everstock.operations.sales.unbilled import shipped_not_invoiced
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.counter import Counter, kit
from tests.operations.unchanged import refused

P = Permission


@pytest.fixture
def shop(db: None) -> Counter:
    return Counter()


def test_a_sale_is_ordered_shipped_invoiced_and_paid(shop: Counter) -> None:
    lines = [shop.line(2, "5", tax_code=shop.taxes["VAT"]), shop.line(1, "3", "NUT")]
    done = shop.sold(*lines, tenders=(Tender("card", 400), Tender("cash")))
    assert (done.number, done.state) == ("CI-TA-2026-000001", "paid")
    made = [
        (one.kind, one.state, one.number[:5], one.gross, one.paid)
        for one in Document.objects.order_by("id")
        if one.company_id == shop.company.pk
    ]
    assert made == [
        ("sales_order", "invoiced", "SO-TA", 1500, 0),
        ("shipment", "invoiced", "SH-TA", 0, 0),
        ("customer_invoice", "paid", "CI-TA", 1500, 1500),
        ("customer_payment", "posted", "CP-TA", 400, 0),
        ("customer_payment", "posted", "CP-TA", 1100, 0),
    ]
    order, shipment, bill = (
        shop.lines(key) for key in Document.objects.order_by("id").values_list("id", flat=True)[:3]
    )
    assert [(one.received, one.invoiced) for one in order] == [(2 * SCALE, 2 * SCALE), (SCALE, SCALE)]
    assert [one.source for one in shipment] == [one.id for one in order]
    assert [one.source for one in bill] == [one.id for one in shipment]
    assert DocumentLink.objects.count() == 4
    assert (shop.balance(shop.drawer), shop.balance(shop.bank)) == (1100, 400)
    assert prove(shop.company.pk).violations == []
    assert queries.number_gaps(shop.company.pk) == []


def test_the_same_sale_is_made_once(shop: Counter) -> None:
    first = shop.sold(key="k")
    assert shop.sold(key="k") == first
    refused("request.other_content", lambda: shop.sold(shop.line(1, "5"), key="k"))
    assert shop.sold().number == "CI-TA-2026-000002"
    assert shop.sold(day=MONDAY + DAY).number == "CI-TA-2026-000003", "no number was lost by what was refused"
    assert prove(shop.company.pk).violations == []


def test_what_is_kept_or_promised_is_not_sold(shop: Counter) -> None:
    channels.set_buffer(shop.boss, channel=shop.till.pk, item=None, buffer=Buffer(quantity=3 * SCALE), recorded_at=NOW)
    refused("stock.kept", lambda: shop.sold(shop.line(8, "5")))
    refused("stock.kept", lambda: shop.sold(shop.line(4, "5"), shop.line(4, "5")))
    shop.sold(shop.line(3, "5"), shop.line(4, "5"))
    refused("stock.kept", lambda: shop.sold(shop.line(1, "5")))
    refused("shipment.short", lambda: shop.sold(shop.line(4, "5")))
    channels.set_buffer(shop.boss, channel=shop.till.pk, item=None, buffer=None, recorded_at=NOW)
    held = [Wanted("CART/x", shop.items["BOLT"], shop.dock, 3 * SCALE)]
    reserve(shop.company.pk, held, recorded_at=NOW, expires_at=NOW + 10)
    refused("stock.kept", lambda: shop.sold(shop.line(1, "5")))
    shop.sold(shop.line(3, "5"), recorded_at=NOW + 10)
    assert prove(shop.company.pk).violations == []


def test_lots_that_were_read_leave_as_they_are_named(shop: Counter) -> None:
    old, new = (shop.milk(code, MONDAY + days * DAY, 5, shop.dock) for code, days in (("OLD", 1), ("NEW", 30)))
    milk, bolt = shop.items["MILK"], shop.items["BOLT"]
    take = partial(shop.sold, shop.line(2, "5", "MILK"))
    for code, lots, more in (
        ("lot.no_line", [OfLot(bolt, "NEW")], {}),
        ("lot.unknown", [OfLot(milk, "L")], {}),
        ("lot.twice", [OfLot(milk, "NEW", SCALE), OfLot(milk, "NEW", SCALE)], {}),
        ("lot.expired", [OfLot(milk, "OLD")], {"day": MONDAY + 2 * DAY}),
        ("lot.not_taken", [OfLot(milk, "NEW", 3 * SCALE)], {}),
        ("lot.not_taken", [OfLot(milk, "NEW"), OfLot(milk, "OLD")], {}),
        ("shipment.short", [OfLot(milk, "NEW", SCALE)], {}),
        ("quantity.not_positive", [OfLot(milk, "NEW", -SCALE)], {}),
    ):
        refused(code, partial(take, lots=lots, **more))
    take(lots=[OfLot(milk, "NEW", SCALE), OfLot(milk, "OLD")])
    take()
    left = [on_hand(shop.company.pk, milk, lot=lot) // SCALE for lot in (old, new)]
    assert left == [2, 4], "the second time what expires first"
    assert prove(shop.company.pk).violations == []


def test_what_a_till_refuses(shop: Counter) -> None:
    shop.channel("WEB", shop.dock)
    nobody = shop.actor(P.SALES_ORDER_CREATE, P.SHIPMENT_POST, P.CUSTOMER_INVOICE_POST, P.PAYMENT_REGISTER)
    bolt = shop.line(2, "5")
    for code, make in (
        ("permission.missing", lambda: shop.sold(actor=nobody)),
        ("till.return", lambda: shop.sold(bolt._replace(quantity=-SCALE))),
        ("channel.unknown", lambda: shop.sold(channel="FAIR")),
        ("till.not_one", lambda: shop.sold(channel="WEB", customer=shop.partners["JONES"])),
        ("till.currency", lambda: shop.sold(customer=shop.partners["PARIS"])),
        ("till.means", lambda: shop.sold(tenders=(Tender("gold"),))),
        ("till.amount", lambda: shop.sold(tenders=())),
        ("till.amount", lambda: shop.sold(tenders=(Tender("cash", 999),))),
        ("till.amount", lambda: shop.sold(tenders=(Tender("cash", 1001),))),
        ("till.amount", lambda: shop.sold(tenders=(Tender("cash", 1000), Tender("card")))),
        ("till.amount", lambda: shop.sold(tenders=(Tender("cash"), Tender("card")))),
        ("till.amount", lambda: shop.sold(tenders=(Tender("cash", 1200), Tender("card", -200)))),
        ("price.missing", lambda: shop.sold(shop.line(2))),
        ("document.no_lines", lambda: shop.sold(OrderLine(SCALE, unit_price=SCALE, description="Wrapping"))),
        ("shipment.short", lambda: shop.sold(shop.line(11, "5"))),
        ("channel.other_warehouse", lambda: shop.sold(bolt._replace(location=shop.shed))),
    ):
        refused(code, make)


def test_what_is_given_away_at_a_till_is_billed_and_not_listed_as_if_it_were_not(shop: Counter) -> None:
    done = shop.sold(shop.line(2, "0"), tenders=())
    assert done.state == "paid"
    for days in (0, 1):
        assert shipped_not_invoiced(shop.company, as_of=MONDAY + days * DAY) == []
    assert prove(shop.company.pk).violations == []


def test_nothing_is_sold_to_a_customer_on_hold(shop: Counter) -> None:
    seller = shop.actor(P.TILL_SELL)
    customers.hold(shop.boss, customer=shop.partners["JONES"], reason="owes since May", recorded_at=NOW)
    refused("customer.on_hold", lambda: shop.sold(actor=seller))
    chief = (P.TILL_SELL, P.CREDIT_OVERRIDE)
    refused("approval.over_limit", lambda: shop.sold(actor=shop.actor(*chief, limit=999)))
    shop.sold(actor=shop.actor(*chief, limit=1_000))
    customers.release(shop.boss, customer=shop.partners["JONES"], recorded_at=NOW)
    shop.sold(actor=seller)
    assert prove(shop.company.pk).violations == []


def test_below_cost_the_till_tells_whoever_may_see_costs(shop: Counter) -> None:
    for seller, told in ((shop.actor(P.TILL_SELL), []), (shop.actor(P.TILL_SELL, P.COST_SEE), [1])):
        done = shop.sold(shop.line(2, "0.50"), shop.line(1, "5"), actor=seller)
        assert [one.line for one in done.warnings] == told
        event = AuditEvent.objects.get(subject=done.number.replace("CI", "SO"))
        assert (event.after or {})["price.below_cost"] == [1]


def test_the_day_of_a_till(shop: Counter) -> None:
    seller = shop.actor(P.SALE_READ)
    shop.sold(tenders=(Tender("card", 400), Tender("cash")))
    shop.sold()
    shop.sold(day=MONDAY + DAY)
    sales = till_day(seller, channel="T1", day=MONDAY)
    assert [(one.number, one.gross, one.paid) for one in sales] == [
        ("CI-TA-2026-000001", 1000, {"card": 400, "cash": 600}),
        ("CI-TA-2026-000002", 1000, {"cash": 1000}),
    ]
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY)) == {"card": 400, "cash": 1600}
    refused("permission.missing", lambda: till_day(shop.actor(P.TILL_SELL), channel="T1", day=MONDAY))


def test_a_kit_is_sold_as_its_components(shop: Counter) -> None:
    kit(shop)
    done = shop.sold(shop.line(2, "9", "SET", tax_code=shop.taxes["VAT"]), shop.line(1, "5"))
    assert (done.number, done.state) == ("CI-TA-2026-000001", "paid")
    assert on_hand(shop.company.pk, shop.items["BOLT"]) == SCALE * (10 - 2 * 2 - 1)
    assert on_hand(shop.company.pk, shop.items["NUT"]) == SCALE * (4 - 2)
    order, shipment, bill = (
        shop.lines(key) for key in Document.objects.order_by("id").values_list("id", flat=True)[:3]
    )
    names: dict[int | None, str] = {key: sku for sku, key in shop.items.items()}
    found = [(names[one.item], one.base_quantity // SCALE, one.received // SCALE, one.net) for one in order]
    assert found == [("SET", 2, 2, 1800), ("BOLT", 1, 1, 500), ("BOLT", 4, 4, 0), ("NUT", 2, 2, 0)]
    assert [(names[one.item], one.base_quantity // SCALE) for one in shipment] == [("BOLT", 1), ("BOLT", 4), ("NUT", 2)]
    assert sorted((names[one.item], one.net) for one in bill) == [("BOLT", 0), ("BOLT", 500), ("NUT", 0), ("SET", 1800)]
    assert shop.balance(shop.drawer) == 1800 + 360 + 500
    assert prove(shop.company.pk).violations == []
    refused("kit.not_whole", lambda: shop.sold(shop.line(1, "9", "SET")._replace(quantity=SCALE // 2)))
    refused("shipment.short", lambda: shop.sold(shop.line(3, "9", "SET")))


def euro(shop: Counter, rate: str = "1.1") -> int:
    """Euro are taken too, into a drawer of their own; a euro is worth so many dollars from Monday on."""
    drawer = Account.objects.create(company=shop.company, code="EURO", name="EURO", type="asset").pk
    channels.set_means(shop.boss, channel=shop.till.pk, means="euro", account=drawer, currency="EUR", recorded_at=NOW)
    ExchangeRate.objects.create(company=shop.company, currency_id="EUR", day=MONDAY, rate=round(float(rate) * 10**9))
    return drawer


def test_foreign_cash_pays_at_the_rate_of_the_day_and_change_is_given_in_ones_own(shop: Counter) -> None:
    drawer = euro(shop)
    # 20 euro are 22.00 dollars, of which 12.00 go back
    done = shop.sold(tenders=(Tender("euro", 2000),))
    assert (done.number, done.state) == ("CI-TA-2026-000001", "paid")
    assert (shop.balance(drawer), shop.balance(shop.drawer)) == (2200, -1200)
    [payment] = Document.objects.filter(kind="customer_payment")
    assert (payment.gross, payment.currency_id) == (1000, "USD")
    assert payment.details == {
        "channel": "T1",
        "series": "TA",
        "means": "euro",
        "tendered": 2000,
        "tendered_currency": "EUR",
        "tendered_rate": 1_100_000_000,
        "change": 1200,
        "change_means": "cash",
    }
    # 5 euro are 5.50, and 4.50 are paid by card; then 5.05 euro are 5.555 dollars, which is 5.56, and the rest 4.44 in cash
    shop.sold(tenders=(Tender("euro", 500), Tender("card")))
    shop.sold(tenders=(Tender("cash", 444), Tender("euro", 505)))
    assert (shop.balance(drawer), shop.balance(shop.drawer), shop.balance(shop.bank)) == (3306, -756, 450)
    sales = till_day(shop.boss, channel="T1", day=MONDAY)
    assert [one.paid for one in sales] == [
        {"euro": 2200, "cash": -1200},
        {"euro": 550, "card": 450},
        {"cash": 444, "euro": 556},
    ]
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY)) == {"card": 450, "cash": -756, "euro": 3306}
    cancel_payment(shop.boss, payment=payment.pk, day=MONDAY, reason="Counterfeit", recorded_at=NOW + 10)
    assert (shop.balance(drawer), shop.balance(shop.drawer)) == (1106, 444)
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY)) == {"card": 450, "cash": 444, "euro": 1106}
    other = shop.sold(tenders=(Tender("euro", 2000),))
    [second] = Document.objects.filter(kind="customer_payment", details__tendered=2000).exclude(pk=payment.pk)
    there = {"card": 450, "cash": -756, "euro": 3306}
    assert (other.state, cash_up(till_report(shop.boss, channel="T1", day=MONDAY))) == ("paid", there)
    cancel_payment(shop.boss, payment=second.pk, day=MONDAY + DAY, reason="Counterfeit", recorded_at=NOW + 20)
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY)) == there, "a day that was counted stays as it was"
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY + DAY)) == {"cash": 1200, "euro": -2200}
    assert prove(shop.company.pk).violations == []


def test_change_out_of_the_same_drawer_is_told_by_means(shop: Counter) -> None:
    euro(shop)
    channels.set_means(
        shop.boss, channel=shop.till.pk, means="euro", account=shop.drawer, currency="EUR", recorded_at=NOW
    )
    shop.sold(tenders=(Tender("euro", 2000),))
    assert shop.balance(shop.drawer) == 1000
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY)) == {"cash": -1200, "euro": 2200}
    [payment] = Document.objects.filter(kind="customer_payment")
    cancel_payment(shop.boss, payment=payment.pk, day=MONDAY + DAY, reason="Counterfeit", recorded_at=NOW + 10)
    assert cash_up(till_report(shop.boss, channel="T1", day=MONDAY + DAY)) == {"cash": 1200, "euro": -2200}


def test_what_is_refused_of_foreign_cash(shop: Counter) -> None:
    euro(shop)
    channels.set_means(
        shop.boss, channel=shop.till.pk, means="pound", account=shop.drawer, currency="GBP", recorded_at=NOW
    )
    refused("rate.missing", lambda: shop.sold(tenders=(Tender("pound", 2000),)))
    for code, tenders, change in (
        ("till.amount", (Tender("euro"),), "cash"),
        ("till.amount", (Tender("euro", 908),), "cash"),
        ("till.amount", (Tender("euro", -909), Tender("cash")), "cash"),
        ("till.amount", (Tender("cash", 1000), Tender("euro", 1)), "cash"),
        ("till.amount", (Tender("euro", 1000), Tender("cash")), "cash"),
        ("till.means", (Tender("euro", 1000),), "euro"),
        ("till.means", (Tender("euro", 1000),), "gold"),
    ):
        refused(code, partial(shop.sold, tenders=tenders, change=change))
    refused(
        "currency.unknown",
        lambda: channels.set_means(
            shop.boss, channel=shop.till.pk, means="x", account=shop.drawer, currency="EURO", recorded_at=NOW
        ),
    )
