"""Credit notes to customers: the price alone, never more than is left, settled or left open, taken back; and every refusal."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everstock.core.quantities import SCALE
from everstock.ledger.queries import pool_values
from everstock.masterdata import actions
from everstock.operations.documents.models import Document
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit_notes import CreditLine, cancel_credit_note, post_credit_note
from everstock.operations.sales.customers import set_terms
from everstock.operations.sales.invoices import cancel_invoice
from everstock.operations.sales.payments import write_off
from everstock.operations.sales.receivables import open_receivables
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import Came, approve_return, receive_return, take_back
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.till import Till
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(db: None) -> Till:
    return Till()


def credit(till: Till, *lines: CreditLine, **more: Any) -> DocumentRef:
    given = {"lines": lines, "day": MONDAY + 2 * DAY, "recorded_at": next(till.moments), **more}
    return post_credit_note(given.pop("actor", till.boss), **given)


def price(till: Till, invoice: DocumentRef, amount: int | None = None, line: int = 1, **more: Any) -> CreditLine:
    return CreditLine(till.lines(invoice.id)[line - 1].id, amount=amount, **more)


def test_the_price_alone_is_credited_and_no_cost_changes(till: Till) -> None:
    invoice = till.billed(tax=2_000)
    before = pool_values(till.company.pk)
    note = credit(till, price(till, invoice, 1_000), reference="THEIRS")
    assert note == (note.id, "CC-2026-000001", "posted")
    assert till.balances() == {"1100": 10_800, "2200": -1_800, "4000": -10_000, "4100": 1_000}
    assert pool_values(till.company.pk) == before
    rows = open_receivables(till.company, as_of=MONDAY + 2 * DAY)
    assert [(row.number, row.open) for row in rows] == [(invoice.number, 12_000), (note.number, -1_200)]
    till.check()
    till.pay(PaymentLine(invoice.id), PaymentLine(note.id))
    assert (till.balance("1010"), till.balance("1100")) == (10_800, 0)
    till.check()


def test_goods_without_a_shipment_are_credited_with_the_tax_that_was_paid_for_them(till: Till) -> None:
    """In two parts of what was approved, and less what is kept back."""
    jones = till.partners["JONES"]
    set_terms(till.boss, customer=jones, recorded_at=NOW, tax_code=till.taxes["VAT"])
    blind = ReturnLine(10 * SCALE, item=till.items["BOLT"], unit_price=5 * SCALE, fee_rate=SCALE // 10)
    given: dict[str, Any] = {"customer": jones, "location": till.shed, "resolution": Resolution.CREDIT}
    given |= {"day": MONDAY, "recorded_at": NOW}
    approved = approve_return(till.boss, lines=[blind, blind._replace(unit_price=None)], **given)
    assert (till.header(approved.id).net, till.header(approved.id).tax) == (4_500, 900)
    receive_return(till.boss, sales_return=approved.id, day=MONDAY, recorded_at=NOW, lines=[Came(1, 4 * SCALE)])
    # 20.00, of which 2.00 are kept back, and a fifth of it
    assert (till.header(approved.id).net, till.header(approved.id).tax) == (1_800, 360)
    note = credit(till, CreditLine(till.lines(approved.id)[0].id))
    assert [(line.net, line.tax) for line in till.lines(note.id)] == [(2_000, 400), (-200, -40)]
    assert till.balances() == {"1100": -2_160, "2200": 360, "4000": -200, "4100": 2_000}
    till.check()


def test_a_percentage_is_settled_with_its_invoice_and_the_rest_is_paid_out(till: Till) -> None:
    invoice = till.billed(tax=2_000)
    till.pay(PaymentLine(invoice.id, 11_500))
    note = credit(till, price(till, invoice, part=100_000), settle=True, key="C")
    assert note.state == "partly_paid"
    assert credit(till, price(till, invoice, part=100_000), settle=True, key="C").id == note.id
    assert (till.header(invoice.id).state, till.balance("1100")) == ("paid", -700)
    refused("payment.total", lambda: till.pay(PaymentLine(note.id), amount=300))
    till.pay(PaymentLine(note.id, 300))
    till.pay(PaymentLine(note.id))
    assert (till.balance("1010"), till.balance("1100")) == (10_800, 0)
    till.check()


def test_a_credit_in_euro_is_at_the_rate_of_its_invoice(till: Till) -> None:
    invoice = till.billed(partner="PARIS", currency="EUR")
    actions.set_exchange_rate(company=till.company, currency_code="EUR", day=MONDAY + DAY, rate=1_500_000_000)
    note = credit(till, price(till, invoice, 10_000), settle=True)
    assert (note.state, till.header(invoice.id).state) == ("paid", "paid")
    assert till.balances() == {"4000": -12_000, "4100": 12_000}
    till.check()


def test_goods_in_euro_that_come_back_are_credited_at_the_rate_of_their_invoice(till: Till) -> None:
    ordered = till.ordered(2, net=10_000, partner="PARIS", currency="EUR", rate=900_000_000)
    shipment = till.ship(ordered, 2)
    till.bill(shipment)
    actions.set_exchange_rate(company=till.company, currency_code="EUR", day=MONDAY + DAY, rate=1_500_000_000)
    credit(till, goods(till, back(till, shipment, 1)))
    assert till.balances() == {"1100": 6_000, "4000": -12_000, "4100": 6_000}
    till.check()


def test_no_more_is_credited_than_a_line_still_has(till: Till) -> None:
    invoice = till.billed(tax=2_000)
    first = credit(till, price(till, invoice, 9_999))
    refused("credit.exceeds", lambda: credit(till, price(till, invoice, 2)))
    refused("invoice.credited", lambda: cancel_invoice(till.boss, invoice=invoice.id, **_end(till)))
    credit(till, price(till, invoice, 1))
    assert till.balance("1100") == 0
    refused("credit.amount", lambda: credit(till, price(till, invoice, part=0)))
    refused("credit.exceeds", lambda: credit(till, price(till, invoice, 1)))
    cancel_credit_note(till.boss, credit_note=first.id, **_end(till))
    assert (till.balance("1100"), till.header(first.id).state) == (11_999, "cancelled")
    credit(till, price(till, invoice, 9_999))
    till.check()


def _end(till: Till) -> dict[str, Any]:
    return {"day": MONDAY + 9 * DAY, "reason": "Wrong", "recorded_at": next(till.moments)}


def test_what_was_set_off_is_cancelled_after_its_payment(till: Till) -> None:
    invoice = till.billed()
    note = credit(till, price(till, invoice, 100), settle=True)
    refused("document.wrong_state", lambda: cancel_credit_note(till.boss, credit_note=note.id, **_end(till)))
    till.check()


@given(net=st.integers(1, 10_000), parts=st.lists(st.integers(1, 3_000), min_size=1, max_size=5))
@settings(deadline=None, max_examples=5, suppress_health_check=list(HealthCheck))
def test_credits_in_parts_come_to_the_invoice(net: int, parts: list[int]) -> None:
    till = Till()
    invoice = till.billed(net, tax=net // 5)
    left = net
    for part in parts:
        if part < left:
            credit(till, price(till, invoice, part))
            left -= part
    credit(till, price(till, invoice, left))
    assert till.balance("1100") == till.balance("2200") == 0
    till.check()


def test_lines_of_one_credit_note_share_what_the_line_of_the_invoice_has(till: Till) -> None:
    """Of 10.00: a tenth and 3.00, half of what is left for half of the goods, the rest of the price; and nothing for the other half."""
    shipment = till.ship(till.ordered(4, net=1_000), 4)
    invoice = till.bill(shipment)
    two, rest = back(till, shipment, 2), back(till, shipment, 2)
    refused("credit.twice", lambda: credit(till, goods(till, two, 1), goods(till, two, 1)))
    refused("credit.exceeds", lambda: credit(till, goods(till, two), goods(till, rest), price(till, invoice, 1)))
    price_off = price(till, invoice, part=100_000), price(till, invoice, 300)
    refused("credit.exceeds", lambda: credit(till, *price_off, goods(till, two), price(till, invoice, 301)))
    note = credit(till, *price_off, goods(till, two), price(till, invoice, 300), goods(till, rest))
    assert [line.net for line in till.lines(note.id)] == [100, 300, 300, 300, 0]
    assert till.balance("1100") == 0
    till.check()


def test_goods_of_two_returns_take_no_cent_more_than_is_left(till: Till) -> None:
    shipment = till.ship(till.ordered(4, net=1_000), 4)
    credit(till, price(till, till.bill(shipment), 499))
    note = credit(till, goods(till, back(till, shipment, 2)), goods(till, back(till, shipment, 2)))
    assert [line.net for line in till.lines(note.id)] == [251, 250]
    assert till.balance("1100") == 0
    till.check()


REFUSALS: list[tuple[str, Callable[[Till, DocumentRef], Any]]] = [
    ("permission.missing", lambda t, i: credit(t, price(t, i, 1), actor=t.actor(Permission.SALE_READ))),
    (
        "permission.missing",
        lambda t, i: credit(t, price(t, i, 1), settle=True, actor=t.actor(Permission.CUSTOMER_INVOICE_POST)),
    ),
    ("document.no_lines", lambda t, _: credit(t)),
    ("credit.line_unknown", lambda t, _: credit(t, CreditLine(0, amount=1))),
    ("credit.exceeds", lambda t, i: credit(t, price(t, i, 9_999), price(t, i, 2))),
    ("credit.incomplete", lambda t, i: credit(t, price(t, i))),
    ("credit.incomplete", lambda t, i: credit(t, price(t, i, 1, part=1))),
    ("credit.incomplete", lambda t, i: credit(t, price(t, i, 1, quantity=1))),
    ("credit.amount", lambda t, i: credit(t, price(t, i, -1))),
    ("text.invalid", lambda t, i: credit(t, price(t, i, 1), reference="x" * 201)),
    ("reason.missing", lambda t, i: cancel_credit_note(t.boss, credit_note=i.id, **{**_end(t), "reason": ""})),
    ("document.unknown", lambda t, i: cancel_credit_note(t.boss, credit_note=i.id, **_end(t))),
]


def test_refusals(till: Till) -> None:
    invoice, other = till.billed(), till.billed(partner="PARIS")
    for code, case in REFUSALS:
        refused(code, partial(case, till, invoice))
    refused("credit.other_customer", lambda: credit(till, price(till, invoice, 1), price(till, other, 1)))
    credit(till, price(till, invoice, 1), key="k", recorded_at=NOW)
    refused("request.other_content", lambda: credit(till, price(till, invoice, 2), key="k", recorded_at=NOW))
    till.check()


def back(till: Till, shipment: DocumentRef, quantity: int, **more: Any) -> DocumentRef:
    """So many pieces of a shipment come back to be credited."""
    line = ReturnLine(quantity * SCALE, shipment=shipment.id, line=1, location=till.shed, **more)
    given: dict[str, Any] = {"day": MONDAY + DAY, "recorded_at": next(till.moments)}
    return take_back(till.boss, lines=[line], resolution=Resolution.CREDIT, **given)


def goods(till: Till, returned: DocumentRef, quantity: int | None = None) -> CreditLine:
    return CreditLine(till.lines(returned.id)[0].id, None if quantity is None else quantity * SCALE)


def test_goods_that_came_back_are_credited_less_what_is_kept_back(till: Till) -> None:
    shipment = till.ship(till.ordered(10, net=1_000, unit_price=SCALE, tax_code=till.taxes["VAT"], tax=200), 10)
    invoice = till.bill(shipment)
    returned = back(till, shipment, 4, fee=50)
    refused("credit.not_expected", lambda: credit(till, goods(till, returned, 5)))
    refused("credit.incomplete", lambda: credit(till, goods(till, returned)._replace(amount=1)))
    part = credit(till, goods(till, returned, 1))
    assert till.state(returned) == "partly_credited"
    note = credit(till, goods(till, returned), settle=True)
    assert till.state(returned) == "credited"
    assert [till.header(one.id).net for one in (part, note)] == [87, 263]
    assert [(one.quantity, one.unit_price, one.net) for one in till.lines(note.id)] == [
        *((3 * SCALE, SCALE, 300), (SCALE, None, -37)),
    ]
    assert sum(till.header(one.id).gross for one in (part, note)) == till.header(returned.id).gross == 420
    assert {code: till.balance(code) for code in ("4000", "4100", "2200")} == {
        "4000": -1_050,
        "4100": 400,
        "2200": -130,
    }
    assert till.header(invoice.id).paid == till.header(note.id).gross
    refused("document.wrong_state", lambda: credit(till, goods(till, returned)))
    till.check()
    cancel_credit_note(till.boss, credit_note=part.id, **_end(till))
    assert till.state(returned) == "partly_credited"
    till.check()


def test_goods_are_credited_at_what_their_invoice_still_has(till: Till) -> None:
    shipment = till.ship(till.ordered(10, net=1_000, unit_price=SCALE), 10)
    invoice = till.bill(shipment)
    credit(till, price(till, invoice, 100))
    half = credit(till, goods(till, back(till, shipment, 5)))
    # no unit price: it would not make up the amount
    assert [(one.quantity, one.unit_price, one.net) for one in till.lines(half.id)] == [(5 * SCALE, None, 450)]
    rest = back(till, shipment, 5)
    assert till.header(credit(till, goods(till, rest)).id).net == 450
    assert till.balance("1100") == 0
    till.check()


def test_no_more_is_kept_back_for_restocking_than_is_credited(till: Till) -> None:
    shipment = till.ship(till.ordered(10, net=1_000, tax_code=till.taxes["VAT"], tax=200), 10)
    invoice = till.bill(shipment)
    credit(till, price(till, invoice, 970))
    header = till.header(credit(till, goods(till, back(till, shipment, 10, fee=50))).id)
    assert (header.net, header.tax, header.gross) == (0, 0, 0)
    assert till.balance("1100") == 36
    till.check()


def test_what_came_back_before_it_was_billed_is_not_credited(till: Till) -> None:
    shipment = till.ship(till.ordered(10, net=1_000), 10)
    returned = back(till, shipment, 4)
    refused("credit.not_expected", lambda: credit(till, goods(till, returned)))
    assert till.header(till.bill(shipment).id).net == 600
    till.check()


def test_goods_on_no_invoice_are_not_credited(till: Till) -> None:
    shipment = till.ship(till.ordered(2, net=600), 2)
    invoice = till.bill(shipment)
    back = take_back(
        till.boss,
        lines=[ReturnLine(SCALE, shipment.id, 1)],
        resolution=Resolution.CREDIT,
        location=till.shed,
        day=MONDAY + DAY,
        recorded_at=next(till.moments),
    )
    # no verb cancels an invoice of what came back
    Document.objects.filter(pk=invoice.id).update(state="cancelled")
    refused("credit.not_invoiced", lambda: credit(till, CreditLine(till.lines(back.id)[0].id)))


@pytest.mark.parametrize("rate", [1_000_000, 950_000, 150_000, 50_000])
@pytest.mark.parametrize("net, tax", [(1_000, 190), (10_000, 1_900), (999, 190)])
def test_what_is_kept_back_takes_its_tax_along_to_the_cent(till: Till, net: int, tax: int, rate: int) -> None:
    shipment = till.ship(till.ordered(1, net=net, tax_code=till.taxes["VAT"], tax=tax), 1)
    till.bill(shipment)
    returned = back(till, shipment, 1, fee_rate=rate)
    agreed, note = till.header(returned.id), till.header(credit(till, goods(till, returned)).id)
    assert (note.net, note.tax) == (agreed.net, agreed.tax)
    till.check()


def test_a_rest_that_is_a_restocking_fee_is_written_off_with_its_tax(till: Till) -> None:
    shipment = till.ship(till.ordered(1, net=10_000, tax_code=till.taxes["VAT"], tax=2_000), 1)
    invoice = till.bill(shipment)
    credit(till, goods(till, back(till, shipment, 1, fee_rate=200_000)), settle=True)
    assert till.balances() == {"1100": 2_400, "2200": -400, "4000": -12_000, "4100": 10_000}
    write_off(till.boss, invoice=invoice.id, reason="Gone", day=MONDAY + 5 * DAY, recorded_at=NOW + 10**9, tax=True)
    assert (till.balance("1100"), till.balance("2200")) == (0, 0)
    till.check()


@pytest.mark.parametrize("turn", [(0, 1, 2), (1, 0, 2), (2, 1, 0)])
def test_returns_are_credited_in_any_order(till: Till, turn: tuple[int, ...]) -> None:
    shipment = till.ship(till.ordered(3, net=1_000), 3)
    till.bill(shipment)
    returned = [back(till, shipment, 1) for _ in range(3)]
    assert sum(till.header(credit(till, goods(till, returned[one])).id).net for one in turn) == 1_000
    till.check()


def test_nothing_is_credited_before_it_was_billed_or_came_back(till: Till) -> None:
    shipment = till.ship(till.ordered(2, net=1_000), 2)
    invoice = till.bill(shipment, day=MONDAY + 5 * DAY)
    refused("credit.too_early", lambda: credit(till, price(till, invoice, 100), day=MONDAY + 4 * DAY))
    returned = take_back(
        till.boss,
        lines=[ReturnLine(SCALE, shipment.id, 1, location=till.shed)],
        resolution=Resolution.CREDIT,
        day=MONDAY + 7 * DAY,
        recorded_at=next(till.moments),
    )
    refused("credit.too_early", lambda: credit(till, goods(till, returned), day=MONDAY + 6 * DAY))
    credit(till, goods(till, returned), day=MONDAY + 7 * DAY)
    till.check()


def test_what_nobody_paid_is_not_credited(till: Till) -> None:
    """Of 120.00 two per cent were kept back, or all is given up: a credit of all of it would pay out more than came in, and take its tax back twice."""
    terms = {"discount_days": 10, "discount": 20_000}
    paid, lost = till.billed(tax=2_000, terms=terms), till.billed(tax=2_000)
    payment = till.pay(PaymentLine(paid.id), day=MONDAY + DAY, take_discount=True)
    given: dict[str, Any] = {"reason": "Gone", "day": MONDAY + DAY, "recorded_at": next(till.moments), "tax": True}
    given_up = write_off(till.boss, invoice=lost.id, **given)
    later = {"day": MONDAY + 3 * DAY}
    for invoice in (paid, lost):
        refused("credit.never_paid", lambda of=invoice: credit(till, price(till, of, 10_000), **later))  # type: ignore[misc]
    credit(till, price(till, paid, 9_800), **later)
    refused("credit.never_paid", lambda: credit(till, price(till, paid, 1), **later))
    till.bounce(given_up, MONDAY + 3 * DAY)
    credit(till, price(till, lost, 10_000), **later)
    till.bounce(payment, MONDAY + 3 * DAY)
    credit(till, price(till, paid, 200), **later)
    assert (till.balance("2200"), till.balance("4000") + till.balance("4100")) == (0, 0)
    till.check()
