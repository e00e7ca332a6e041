"""Goods that are exchanged at a till."""

from functools import partial
from typing import Any

import pytest
from django.db import transaction

from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.masterdata.models import Account, ExchangeRate
from everstock.operations.documents import queries
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import Document, DocumentLink
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales import channels, customers
from everstock.operations.sales.models import ChannelKind
from everstock.operations.sales.payments import cancel_payment
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till_days import cash_up, change_of, difference_of, summed, till_day, till_report
from everstock.operations.sales.till_exchanges import exchange_goods
from everstock.operations.sales.till_returns import Back
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.counter import CASH, Returns, kit
from tests.operations.unchanged import refused

P = Permission
LATER: dict[str, Any] = {"day": MONDAY + DAY, "recorded_at": NOW + 10}


class Exchanges(Returns):
    """The same shop; what is exchanged is so on Tuesday."""

    def swap(
        self, receipt: DocumentRef, back: list[Back], *lines: OrderLine, tenders: tuple[Tender, ...] = CASH, **more: Any
    ) -> DocumentRef:
        given = {"channel": "T1", **LATER, **more}
        actor = given.pop("actor", self.boss)
        return exchange_goods(actor, receipt=receipt.id, back=back, lines=lines, tenders=tenders, **given)


@pytest.fixture
def shop(db: None) -> Exchanges:
    return Exchanges()


class _Undone(Exception):
    pass


@pytest.mark.parametrize("price", ["1", "5", "9"])
def test_an_exchange_is_a_return_and_a_sale(shop: Exchanges, price: str) -> None:
    """Whatever is paid: less, as much, or more than is credited."""
    vat = shop.taxes["VAT"]
    receipt = shop.sold(shop.line(4, "5", tax_code=vat))
    shop.dearer()
    back, nut = [Back(1, SCALE), Back(1, SCALE, scrap=True)], shop.line(2, price, "NUT", tax_code=vat)
    seen = []
    with pytest.raises(_Undone), transaction.atomic():
        shop.back(receipt, *back, reason="bent")
        shop.sold(nut, **LATER)
        seen.append((shop.balances(), shop.there(), shop.there(shop.quality), shop.there(item="NUT")))
        raise _Undone
    done = shop.swap(receipt, back, nut, tenders=CASH if price != "5" else (), reason="bent")
    assert (done.number[:5], done.state) == ("CI-TA", "paid")
    assert [(shop.balances(), shop.there(), shop.there(shop.quality), shop.there(item="NUT"))] == seen
    assert prove(shop.company.pk).violations == []
    assert queries.number_gaps(shop.company.pk) == []


def test_only_the_difference_is_paid(shop: Exchanges) -> None:
    receipt = shop.sold(shop.line(4, "5"))
    done = shop.swap(receipt, [Back(1, 2 * SCALE)], shop.line(2, "8", "NUT"), tenders=(Tender("card", 200), *CASH))
    made = [
        (one.kind, one.state, one.number[:5], one.gross, one.paid)
        for one in Document.objects.filter(company=shop.company, id__gt=receipt.id).order_by("id")
    ]
    assert made[1:] == [
        ("sales_return", "credited", "RM-TA", 1000, 0),
        ("customer_credit_note", "paid", "CC-TA", 1000, 1000),
        ("sales_order", "invoiced", "SO-TA", 1600, 0),
        ("shipment", "invoiced", "SH-TA", 0, 0),
        ("customer_invoice", "paid", "CI-TA", 1600, 1600),
        ("customer_payment", "posted", "CP-TA", 200, 0),
        ("customer_payment", "posted", "CP-TA", 400, 0),
        ("customer_payment", "posted", "CP-TA", 0, 0),
    ]
    assert difference_of(shop.boss, receipt=done.id) == {"card": 200, "cash": 400}
    # and the other way round
    done = shop.swap(done, [Back(1)], shop.line(3, "5"), tenders=(Tender("cash"),))
    assert difference_of(shop.boss, receipt=done.id) == {"cash": -100}
    assert (shop.balance(shop.drawer), shop.balance(shop.bank)) == (2000 + 400 - 100, 200)
    assert (shop.there(), shop.there(item="NUT")) == (10 - 4 + 2 - 3, 4)
    assert prove(shop.company.pk).violations == []


def test_the_drawer_of_a_day_with_exchanges_is_right(shop: Exchanges) -> None:
    receipt = shop.sold(shop.line(4, "5"))
    more = shop.swap(receipt, [Back(1, SCALE)], shop.line(1, "8", "NUT"))
    less = shop.swap(receipt, [Back(1, SCALE)], shop.line(1, "3", "NUT"), tenders=(Tender("card"),))
    even = shop.swap(receipt, [Back(1, SCALE)], shop.line(1, "5", "NUT"), tenders=())
    seller = shop.actor(P.SALE_READ)
    found = till_day(seller, channel="T1", day=MONDAY + DAY)
    assert [(one.gross, one.paid, one.exchanged) for one in found] == [
        (-500, {}, -500),
        (800, {"cash": 300}, 500),
        (-500, {"card": -200}, -300),
        (300, {}, 300),
        (-500, {}, -500),
        (500, {}, 500),
    ]
    assert [one.number for one in found if one.gross > 0] == [more.number, less.number, even.number]
    assert cash_up(till_report(seller, channel="T1", day=MONDAY + DAY)) == {"card": -200, "cash": 300}
    assert [one[1:5] for one in summed(till_report(seller, day=MONDAY + DAY))] == [
        ("sale", "", "3", 1600),
        ("return", "", "3", -1500),
        ("tender", "card", "1", -200),
        ("tender", "cash", "1", 300),
    ]
    assert (shop.balance(shop.drawer), shop.balance(shop.bank)) == (2000 + 300, -200)
    # what was set off is open again when that is cancelled: of both, by nothing that is in the drawer
    [setting_off] = DocumentLink.objects.filter(predecessor=less.id).values_list("successor_id", flat=True)
    cancel_payment(shop.boss, payment=setting_off, reason="Wrong", day=MONDAY + DAY, recorded_at=NOW + 20)
    found = till_day(seller, channel="T1", day=MONDAY + DAY)
    assert [(one.state, one.exchanged) for one in found if abs(one.gross) == 300] == [("posted", 0)]
    assert cash_up(till_report(seller, channel="T1", day=MONDAY + DAY)) == {"card": -200, "cash": 300}
    assert prove(shop.company.pk).violations == []


def test_the_same_exchange_is_made_once(shop: Exchanges) -> None:
    receipt = shop.sold(shop.line(4, "5"))
    swap = partial(shop.swap, receipt, [Back(1, 2 * SCALE)], key="k")
    first = swap(shop.line(1, "8", "NUT"))
    assert swap(shop.line(1, "8", "NUT")) == first
    assert Document.objects.filter(kind="customer_credit_note").count() == 1
    refused("request.other_content", lambda: swap(shop.line(2, "8", "NUT")))


def test_what_came_back_may_be_taken_again(shop: Exchanges) -> None:
    receipt = shop.sold(shop.line(10, "5"))
    swap = partial(shop.swap, receipt, [Back(1, 2 * SCALE)])
    refused("shipment.short", lambda: swap(shop.line(3, "4")))
    done = swap(shop.line(2, "4"))
    assert (shop.there(), shop.balance(shop.drawer)) == (0, 5000 - 200)
    assert [line.net for line in shop.lines(done.id)] == [800]
    assert prove(shop.company.pk).violations == []


def test_a_kit_and_what_was_given_away_are_exchanged_too(shop: Exchanges) -> None:
    kit(shop)
    receipt = shop.sold(shop.line(1, "9", "SET"), shop.line(1, "0"))
    free = next(line.line for line in shop.lines(receipt.id) if line.net == 0 and line.base_quantity == SCALE)
    shop.swap(receipt, [Back(free)], shop.line(1, "0", "NUT"))
    assert shop.balance(shop.drawer) == 900
    # nothing is credited, and a set is paid
    receipt = shop.sold(shop.line(1, "0"), **LATER)
    shop.swap(receipt, [Back(1)], shop.line(1, "9", "SET"))
    assert shop.balance(shop.drawer) == 1800
    # and a nut for nothing
    receipt = shop.sold(shop.line(1, "5"), **LATER)
    shop.swap(receipt, [Back(1)], shop.line(1, "0", "NUT"))
    assert shop.balance(shop.drawer) == 1800
    assert prove(shop.company.pk).violations == []


def test_the_difference_is_paid_in_another_currency_and_change_is_given(shop: Exchanges) -> None:
    drawer = Account.objects.create(company=shop.company, code="EURO", name="EURO", type="asset").pk
    channels.set_means(shop.boss, channel=shop.till.pk, means="euro", account=drawer, currency="EUR", recorded_at=NOW)
    ExchangeRate.objects.create(company=shop.company, currency_id="EUR", day=MONDAY, rate=1_100_000_000)
    receipt = shop.sold(shop.line(2, "5"))
    # 3.00 are to be paid; ten euro are 11.00
    done = shop.swap(receipt, [Back(1, SCALE)], shop.line(1, "8", "NUT"), tenders=(Tender("euro", 1000),))
    assert change_of(shop.boss, receipt=done.id) == [("cash", 800)]
    assert difference_of(shop.boss, receipt=done.id) == {"euro": 1100, "cash": -800}
    assert (shop.balance(drawer), shop.balance(shop.drawer)) == (1100, 1000 - 800)
    # and is not paid out in one
    refused("till.means", lambda: shop.swap(receipt, [Back(1)], shop.line(1, "1", "NUT"), tenders=(Tender("euro", 1),)))
    assert prove(shop.company.pk).violations == []


def test_whoever_bought_it_takes_the_other(shop: Exchanges) -> None:
    walk_in = actions.ensure_partners(company=shop.company, codes=["WALKIN"], is_customer=True)["WALKIN"]
    given: dict[str, Any] = {"kind": ChannelKind.POINT_OF_SALE, "customer": walk_in}
    other = shop.channel("T2", shop.dock, series="TB", **given)
    channels.set_means(shop.boss, channel=other.pk, means="cash", account=shop.bank, recorded_at=NOW)
    receipt = shop.sold(shop.line(2, "5"), channel="T2")
    cashier = shop.actor(P.TILL_RETURN, P.TILL_SELL)
    done = shop.swap(receipt, [Back(1, SCALE)], shop.line(1, "8", "NUT"), actor=cashier)
    assert (done.number[:5], shop.header(done.id).partner) == ("CI-TA", walk_in)
    assert (shop.balance(shop.drawer), shop.balance(shop.bank)) == (300, 1000)
    customers.hold(shop.boss, customer=walk_in, reason="owes since May", recorded_at=NOW)
    refused("customer.on_hold", lambda: shop.swap(receipt, [Back(1)], shop.line(1, "8", "NUT"), actor=cashier))
    assert prove(shop.company.pk).violations == []


def test_what_an_exchange_refuses(shop: Exchanges) -> None:
    receipt = shop.sold(shop.line(2, "5"))
    shop.channel("WEB", shop.dock)
    nut, back = shop.line(1, "8", "NUT"), [Back(1, SCALE)]
    swap = partial(shop.swap, receipt)
    for code, make in (
        ("permission.missing", partial(swap, back, nut, actor=shop.actor(P.TILL_SELL))),
        ("permission.missing", partial(swap, back, nut, actor=shop.actor(P.TILL_RETURN))),
        ("document.unknown", lambda: shop.swap(receipt._replace(id=10**8), back, nut)),
        ("document.no_lines", partial(swap, [], nut)),
        ("document.no_lines", partial(swap, back)),
        ("till.return", partial(swap, back, nut._replace(quantity=-SCALE))),
        ("till.not_one", partial(swap, back, nut, channel="WEB")),
        ("channel.unknown", partial(swap, back, nut, channel="FAIR")),
        ("return.exceeds", partial(swap, [Back(1, 3 * SCALE)], nut)),
        ("return.line_unknown", partial(swap, [Back(2)], nut)),
        ("reason.missing", partial(swap, [Back(1, scrap=True)], nut)),
        ("shipment.short", partial(swap, back, nut._replace(quantity=5 * SCALE))),
        ("price.missing", partial(swap, back, shop.line(1, None, "NUT"))),
        ("till.means", partial(swap, back, nut, tenders=(Tender("gold"),))),
        # 3.00 are to be paid, and 4.00 to be paid out
        ("till.amount", partial(swap, back, nut, tenders=())),
        ("till.amount", partial(swap, back, nut, tenders=(Tender("cash", 800),))),
        ("till.amount", partial(swap, back, shop.line(1, "1", "NUT"), tenders=())),
        ("till.amount", partial(swap, back, shop.line(1, "1", "NUT"), tenders=(Tender("cash", 300),))),
        ("till.amount", partial(swap, back, shop.line(1, "5", "NUT"), tenders=(Tender("cash", 1),))),
    ):
        refused(code, make)
