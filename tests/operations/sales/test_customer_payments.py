"""Payments of customers: parts, several invoices, exchange differences, discounts, advances, what is written off; and every refusal."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.queries import chain
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.customers import set_terms
from everstock.operations.sales.facts import load
from everstock.operations.sales.invoices import cancel_invoice
from everstock.operations.sales.orders import create_order
from everstock.operations.sales.payments import apply_prepayment, cancel_payment, prepay, register_payment, write_off
from everstock.operations.sales.receivables import ageing, open_receivables, statement
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.till import Till
from tests.operations.unchanged import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def till(db: None) -> Till:
    return Till()


def advance(till: Till, amount: int, partner: str = "JONES", **more: Any) -> DocumentRef:
    given = {"day": MONDAY, "recorded_at": next(till.moments), **more}
    return prepay(till.boss, customer=till.partners[partner], amount=amount, **given)


def test_an_invoice_is_paid_in_parts_and_a_bounced_payment_opens_it_again(till: Till) -> None:
    invoice = till.billed(tax=2_000)
    first = till.pay(PaymentLine(invoice.id, 3_000), reference="B-17")
    assert first == (first.id, "CP-2026-000001", "posted")
    assert (till.header(invoice.id).state, till.header(invoice.id).paid) == ("partly_paid", 3_000)
    assert till.balances() == {"1010": 3_000, "1100": 9_000, "2200": -2_000, "4000": -10_000}
    second = till.pay(PaymentLine(invoice.id))
    assert till.header(invoice.id).state == "paid"
    till.check()
    till.bounce(second)
    assert (till.header(invoice.id).state, till.header(invoice.id).paid) == ("partly_paid", 3_000)
    assert [row.open for row in open_receivables(till.company, as_of=MONDAY + 19 * DAY)] == []
    assert [row.open for row in open_receivables(till.company, as_of=MONDAY + 20 * DAY)] == [9_000]
    till.check()
    refused("document.wrong_state", lambda: till.bounce(second))


def test_one_payment_for_several_invoices_through_another_account(till: Till) -> None:
    invoices = [till.billed(), till.billed(5_000)]
    payment = till.pay(*(PaymentLine(one.id) for one in invoices), account=till.codes["1000"])
    assert till.balances() == {"1000": 15_000, "4000": -15_000}
    assert till.header(payment.id).gross == 15_000
    till.check()


@pytest.mark.parametrize(
    "rate, gain, loss", [(1_300_000_000, -1_000, 0), (1_100_000_000, 0, 1_000), (1_200_000_000, 0, 0)]
)
def test_a_rate_change_between_invoice_and_payment(till: Till, rate: int, gain: int, loss: int) -> None:
    invoice = till.billed(partner="PARIS", currency="EUR", rate=1_200_000_000)
    assert till.balance("1100") == 12_000
    actions.set_exchange_rate(company=till.company, currency_code="EUR", day=MONDAY + 9 * DAY, rate=rate)
    till.pay(PaymentLine(invoice.id), partner="PARIS")
    assert (till.balance("1100"), till.balance("8000"), till.balance("8100")) == (0, gain, loss)
    assert till.balance("1010") == 10_000 * rate // 10**9
    till.check()


def test_parts_in_euro_leave_no_cent_and_the_bank_knows_best(till: Till) -> None:
    invoice = till.billed(100, partner="PARIS", currency="EUR", rate=1_234_567_891)
    payments = [till.pay(PaymentLine(invoice.id, 33), partner="PARIS", bank_amount=41) for _ in range(3)]
    till.bounce(payments[0])
    till.check()
    till.pay(PaymentLine(invoice.id), partner="PARIS", bank_amount=42)
    assert (till.balance("1100"), till.balance("1010")) == (0, 124)
    till.check()


def test_what_goes_through_the_bank_cannot_stand_for_what_nobody_paid(till: Till) -> None:
    # an exchange difference closes an invoice, so there is none in the company's own currency, and never one of all that is owed
    own, foreign = till.billed(), till.billed(partner="PARIS", currency="EUR", rate=1_200_000_000)
    for invoice, partner in ((own, "JONES"), (foreign, "PARIS")):
        refused("payment.bank_amount", lambda: till.pay(PaymentLine(invoice.id), partner=partner, bank_amount=0))  # noqa: B023
        assert till.header(invoice.id).state == "posted"
    till.pay(PaymentLine(own.id), bank_amount=10_000)
    till.pay(PaymentLine(foreign.id), partner="PARIS", bank_amount=1_000)
    assert till.balances() == {"1010": 11_000, "4000": -22_000, "8100": 11_000}
    till.check()


def test_a_cash_discount_takes_its_tax_along(till: Till) -> None:
    terms = {"discount_days": 10, "discount": 20_000}
    invoice, late = (till.billed(tax=2_000, day=day, terms=terms) for day in (MONDAY, MONDAY - 2 * DAY))
    till.pay(PaymentLine(invoice.id), PaymentLine(late.id), day=MONDAY + 10 * DAY, take_discount=True)
    assert till.balances() == {"1010": 23_760, "2200": -3_960, "4000": -20_000, "4200": 200}
    assert (till.header(invoice.id).state, till.header(invoice.id).paid) == ("paid", 12_000)
    till.check()
    third = till.billed(terms=terms)
    refused("payment.no_discount", lambda: till.pay(PaymentLine(third.id), day=MONDAY + 11 * DAY, take_discount=True))


@pytest.mark.parametrize("settle", [True, False])
def test_of_what_is_credited_no_cash_discount_is_kept_back(till: Till, settle: bool) -> None:
    """2 % of 96.00, whether the credit of 24.00 is set off before or by the payment; another invoice's is paid out in full."""
    terms = {"discount_days": 10, "discount": 20_000}
    invoice, other = till.billed(tax=2_000, terms=terms), till.billed(5_000)
    till.pay(PaymentLine(other.id))
    notes = []
    for one, amount, at_once in ((invoice, 2_000, settle), (other, 1_000, False)):
        lines = [CreditLine(till.lines(one.id)[0].id, amount=amount)]
        given: dict[str, Any] = {"day": MONDAY + DAY, "settle": at_once, "recorded_at": next(till.moments)}
        notes.append(post_credit_note(till.boss, lines=lines, **given))
    open_ = [PaymentLine(note.id) for note in notes if note.state != "paid"]
    till.pay(PaymentLine(invoice.id), *open_, take_discount=True)
    assert till.balances()["1010"] == 5_000 + 9_600 - 192 - 1_000
    assert (till.balance("4200"), till.balance("2200"), till.balance("1100")) == (160, -1_600 + 32, 0)
    till.check()


@pytest.mark.parametrize(("part", "tax"), [(1_000_000, 0), (500_000, 1_000)])
def test_tax_that_was_credited_is_in_no_discount_and_no_bad_debt(till: Till, part: int, tax: int) -> None:
    """Of 100.00 with tax and 100.00 without, what is taxed is credited, all of it or half; ``tax`` is left of 20.00."""
    terms = {"discount_days": 10, "discount": 20_000}
    discounted, lost = (till.billed(tax=2_000, charge=10_000, terms=terms) for _ in range(2))
    for one in (discounted, lost):
        lines = [CreditLine(till.lines(one.id)[0].id, part=part)]
        given: dict[str, Any] = {"day": MONDAY + DAY, "settle": True, "recorded_at": next(till.moments)}
        post_credit_note(till.boss, lines=lines, **given)
    assert till.balance("2200") == -2 * tax
    till.pay(PaymentLine(discounted.id), take_discount=True)
    assert till.balance("2200") == -2 * tax + tax // 50
    gone: dict[str, Any] = {"invoice": lost.id, "reason": "Bankrupt", "day": MONDAY + 9 * DAY}
    if tax:
        write_off(till.boss, amount=3_333, tax=True, recorded_at=next(till.moments), **gone)
    else:
        refused("payment.no_tax", lambda: write_off(till.boss, tax=True, recorded_at=NOW, **gone))
    write_off(till.boss, tax=tax > 0, recorded_at=next(till.moments), **gone)
    assert (till.balance("2200"), till.balance("1100")) == (-tax + tax // 50, 0)
    till.check()


def test_the_cash_discount_is_the_one_that_the_invoice_promised(till: Till) -> None:
    """Agreed with the order; what is agreed with the customer later is of later orders."""
    jones = till.partners["JONES"]
    set_terms(till.boss, customer=jones, discount_days=10, discount=20_000, recorded_at=NOW)
    line = OrderLine(SCALE, item=till.items["BOLT"], unit_price=100 * SCALE, location=till.shed)
    given: dict[str, Any] = {"customer": jones, "lines": [line], "day": MONDAY, "confirm": True}
    promised = create_order(till.boss, **given, recorded_at=next(till.moments))
    set_terms(till.boss, customer=jones, discount_days=10, discount=0, recorded_at=NOW)
    without = create_order(till.boss, **given, recorded_at=next(till.moments))
    invoices = [till.bill(till.ship(order, 1)) for order in (promised, without)]
    set_terms(till.boss, customer=jones, discount_days=30, discount=500_000, recorded_at=NOW)
    till.pay(PaymentLine(invoices[0].id), take_discount=True)
    assert till.balance("4200") == 200
    refused("payment.no_discount", lambda: till.pay(PaymentLine(invoices[1].id), take_discount=True))
    till.check()


def test_what_was_paid_too_much_stays_on_account_and_pays_the_next_invoice(till: Till) -> None:
    invoice = till.billed()
    payment = till.pay(PaymentLine(invoice.id), amount=12_500)
    assert till.balances() == {"1010": 12_500, "2050": -2_500, "4000": -10_000}
    till.check()
    later = till.billed(2_000)
    applied = apply_prepayment(
        till.boss,
        prepayment=payment.id,
        lines=[PaymentLine(later.id)],
        day=MONDAY + 9 * DAY,
        recorded_at=next(till.moments),
    )
    assert (till.header(later.id).state, till.balance("2050")) == ("paid", -500)
    till.check()
    refused("payment.applied", lambda: till.bounce(payment))
    till.bounce(applied)
    till.bounce(payment)
    assert till.balances() == {"1100": 12_000, "4000": -12_000}
    till.check()


def test_too_much_in_euro_has_its_share_of_what_the_bank_says(till: Till) -> None:
    invoice = till.billed(100, partner="PARIS", currency="EUR", rate=1_200_000_000)
    till.pay(PaymentLine(invoice.id), partner="PARIS", amount=150, bank_amount=181)
    assert till.balances() == {"1010": 181, "2050": -60, "4000": -120, "8000": -1}
    till.check()


def test_an_order_that_was_paid_in_advance_pays_its_invoices(till: Till) -> None:
    order = till.ordered(4, net=1_200)
    paid = advance(till, 1_000, order=order.id)
    assert (till.header(order.id).paid, till.balance("2050")) == (1_000, -1_000)
    till.check()
    first = till.bill(till.ship(order, 3), key="I")
    assert first.state == "paid"
    assert (till.header(paid.id).paid, till.balances()) == (900, {"1010": 1_000, "2050": -100, "4000": -900})
    second = till.bill(till.ship(order, 1))
    assert (second.state, till.header(second.id).paid, till.balance("1100")) == ("partly_paid", 100, 200)
    till.check()
    refused("payment.applied", lambda: till.bounce(paid))
    other = till.ordered(1, net=300)
    unused = advance(till, 300, order=other.id)
    till.bounce(unused)
    assert till.header(other.id).paid == 0
    till.check()


def test_an_advance_pays_nothing_before_it_was_paid(till: Till) -> None:
    order = till.ordered(4, net=1_200)
    paid = advance(till, 900, order=order.id, day=MONDAY + 5 * DAY)
    invoice = till.bill(till.ship(order, 3), day=MONDAY + DAY)
    assert invoice.state == "paid"
    assert [row.open for row in open_receivables(till.company, as_of=MONDAY + 4 * DAY)] == [900]
    assert open_receivables(till.company, as_of=MONDAY + 5 * DAY) == []
    [applied] = [
        one for one in chain(till.company.pk, invoice.id) if one.kind == "customer_payment" and one.id != paid.id
    ]
    till.bounce(DocumentRef(applied.id, applied.number, applied.state))
    given: dict[str, Any] = {"prepayment": paid.id, "lines": [PaymentLine(invoice.id)], "recorded_at": NOW}
    refused("prepayment.day", lambda: apply_prepayment(till.boss, day=MONDAY + 4 * DAY, **given))
    apply_prepayment(till.boss, day=MONDAY + 5 * DAY, **{**given, "recorded_at": next(till.moments)})
    till.check()


def test_whoever_may_not_register_payments_leaves_the_advance_for_others(till: Till) -> None:
    order = till.ordered(4, net=1_200)
    advance(till, 1_200, order=order.id)
    shipment = till.ship(order, 4)
    till.boss = till.actor(Permission.CUSTOMER_INVOICE_POST)
    assert till.bill(shipment).state == "posted"


def test_a_rest_is_written_off_up_to_a_limit(till: Till) -> None:
    invoice = till.billed(partner="PARIS", currency="EUR", rate=1_200_000_000)
    till.pay(PaymentLine(invoice.id, 9_900), partner="PARIS", rate=1_200_000_000)
    given: dict[str, Any] = {"invoice": invoice.id, "reason": "Bankrupt", "day": MONDAY + 99 * DAY, "recorded_at": NOW}
    may = Permission.RECEIVABLE_WRITE_OFF
    refused("permission.missing", lambda: write_off(till.actor(Permission.PAYMENT_REGISTER), **given))
    refused("approval.over_limit", lambda: write_off(till.actor(may, limit=119), **given))
    refused("reason.missing", lambda: write_off(till.boss, **{**given, "reason": " "}))
    refused("payment.exceeds", lambda: write_off(till.boss, amount=101, **given))
    gone = write_off(till.actor(may, limit=120), **given)
    assert (till.header(invoice.id).state, till.balance("6600"), till.balance("1100")) == ("paid", 120, 0)
    till.check()
    refused("document.wrong_state", lambda: write_off(till.boss, **given))
    till.bounce(gone, MONDAY + 100 * DAY)
    assert (till.balance("6600"), till.balance("1100")) == (0, 120)
    till.check()


def test_the_tax_of_a_bad_debt_is_owed_no_more_if_that_is_said(till: Till) -> None:
    """In three parts it is all of the tax, to the cent: 0.07, 0.06 and 0.07 of 0.20."""
    given: dict[str, Any] = {"reason": "Bankrupt", "day": MONDAY + 99 * DAY}
    invoice, foreign = (
        till.billed(100, tax=20),
        till.billed(100, tax=20, partner="PARIS", currency="EUR", rate=1_200_000_000),
    )
    gone = []
    for taxes in (-37, -31, -24):
        gone.append(
            write_off(till.boss, invoice=invoice.id, amount=40, tax=True, recorded_at=next(till.moments), **given)
        )
        assert till.balance("2200") == taxes
    assert (till.balance("1100"), till.balance("6600")) == (144, 100)
    till.check()
    for one in gone:
        till.bounce(one, MONDAY + 100 * DAY)
    assert (till.balance("2200"), till.balance("1100"), till.balance("6600")) == (-44, 264, 0)
    till.check()
    write_off(till.boss, invoice=foreign.id, tax=True, recorded_at=next(till.moments), **given)
    assert (till.balance("2200"), till.balance("1100"), till.balance("6600")) == (-20, 120, 120)
    write_off(till.boss, invoice=invoice.id, recorded_at=next(till.moments), **given)
    assert (till.balance("2200"), till.balance("1100"), till.balance("6600")) == (-20, 0, 240)
    till.check()
    free = till.billed()
    refused("payment.no_tax", lambda: write_off(till.boss, invoice=free.id, tax=True, recorded_at=NOW, **given))


def test_ageing_reproduces_what_was_open_at_a_past_day(till: Till) -> None:
    paid = till.billed(100, day=MONDAY - 200 * DAY, due_on=MONDAY - 91 * DAY)
    for days, cents in ((0, 100), (1, 200), (30, 400), (31, 800), (90, 1_600), (91, 3_200)):
        till.billed(cents, day=MONDAY - 200 * DAY, due_on=MONDAY - days * DAY)
    known = next(till.moments)
    expected = [(till.partners["JONES"], 100, (600, 800, 1_600, 3_300), 6_400)]
    assert ageing(till.company, as_of=MONDAY) == expected
    till.pay(PaymentLine(paid.id), day=MONDAY + DAY)
    assert ageing(till.company, as_of=MONDAY) == expected
    assert ageing(till.company, as_of=MONDAY + DAY)[0].total == 6_300
    assert ageing(till.company, as_of=MONDAY + DAY, known_at=known)[0].total == 6_400
    till.check()


def test_what_was_paid_before_the_day_of_its_invoice_is_owed_to_the_customer_until_then(till: Till) -> None:
    invoice = till.billed(day=MONDAY + 9 * DAY)
    till.pay(PaymentLine(invoice.id, 3_000), day=MONDAY)
    [row] = open_receivables(till.company, as_of=MONDAY)
    assert (row.gross, row.paid, row.open, row.amount) == (0, 3_000, -3_000, -3_000)
    [row] = open_receivables(till.company, as_of=MONDAY + 9 * DAY)
    assert (row.gross, row.paid, row.open, row.amount) == (10_000, 3_000, 7_000, 7_000)
    till.check()


def test_a_statement_of_account_ends_at_what_is_open(till: Till) -> None:
    before = till.billed(700, day=MONDAY - 40 * DAY)
    till.pay(PaymentLine(before.id, 200), day=MONDAY - 9 * DAY)
    invoice = till.billed(tax=2_000, day=MONDAY + DAY)
    payment = till.pay(PaymentLine(invoice.id), amount=12_500, day=MONDAY + 2 * DAY)
    till.bounce(payment, MONDAY + 3 * DAY)
    after = till.billed(1, day=MONDAY + 30 * DAY)
    rows = statement(till.company, customer=till.partners["JONES"], from_=MONDAY, to=MONDAY + 9 * DAY)
    assert [(row.number, row.amount, row.balance, row.cancelled) for row in rows] == [
        ("", 0, 500, False),
        (invoice.number, 12_000, 12_500, False),
        (payment.number, -12_500, 0, False),
        (payment.number, 12_500, 12_500, True),
    ]
    later = statement(till.company, customer=till.partners["JONES"], from_=MONDAY, to=MONDAY + 99 * DAY)
    assert (later[-1].number, later[-1].balance) == (after.number, till.balance("1100"))


def test_what_is_paid_is_cancelled_after_its_payments(till: Till) -> None:
    invoice = till.billed()
    payment = till.pay(PaymentLine(invoice.id, 1))
    given: dict[str, Any] = {"invoice": invoice.id, "day": MONDAY, "reason": "Wrong", "recorded_at": NOW}
    refused("document.wrong_state", lambda: cancel_invoice(till.boss, **given))
    till.bounce(payment)
    assert cancel_invoice(till.boss, **given).state == "cancelled"
    till.check()


def test_nothing_is_cancelled_before_its_own_day(till: Till) -> None:
    invoice = till.billed(day=MONDAY + DAY)
    payment = till.pay(PaymentLine(invoice.id), day=MONDAY + 2 * DAY)
    refused("document.cancel_day", lambda: till.bounce(payment, MONDAY + DAY))
    till.bounce(payment, MONDAY + 2 * DAY)
    end: dict[str, Any] = {"invoice": invoice.id, "reason": "Wrong", "recorded_at": next(till.moments)}
    refused("document.cancel_day", lambda: cancel_invoice(till.boss, day=MONDAY, **end))
    cancel_invoice(till.boss, day=MONDAY + DAY, **end)
    till.check()


def test_the_same_request_twice_is_one_payment(till: Till) -> None:
    invoice = till.billed()
    first = till.pay(PaymentLine(invoice.id, 100), key="p", recorded_at=NOW)
    assert till.pay(PaymentLine(invoice.id, 100), key="p", recorded_at=NOW) == first
    refused("request.other_content", lambda: till.pay(PaymentLine(invoice.id, 101), key="p", recorded_at=NOW))
    assert till.header(invoice.id).paid == 100


Made = dict[str, DocumentRef]
"""An invoice (that is open), an order, and a payment of an invoice and one in advance."""
REFUSALS: list[tuple[str, Callable[[Till, Made], Any]]] = [
    ("permission.missing", lambda t, m: t.pay(PaymentLine(m["invoice"].id), actor=t.actor(Permission.SALE_READ))),
    ("document.no_lines", lambda t, m: t.pay()),
    (
        "customer.unknown",
        lambda t, m: register_payment(
            t.boss, customer=0, lines=[PaymentLine(m["invoice"].id)], day=MONDAY, recorded_at=NOW
        ),
    ),
    ("customer.not_one", lambda t, m: t.pay(PaymentLine(m["invoice"].id), partner="SMITH")),
    ("document.unknown", lambda t, m: t.pay(PaymentLine(0))),
    ("payment.twice", lambda t, m: t.pay(PaymentLine(m["invoice"].id), PaymentLine(m["invoice"].id))),
    ("payment.other_customer", lambda t, m: t.pay(PaymentLine(m["invoice"].id), partner="PARIS", currency="USD")),
    ("payment.other_currency", lambda t, m: t.pay(PaymentLine(m["invoice"].id), currency="EUR")),
    ("payment.amount", lambda t, m: t.pay(PaymentLine(m["invoice"].id, 0))),
    ("payment.exceeds", lambda t, m: t.pay(PaymentLine(m["invoice"].id, 10_001))),
    ("payment.total", lambda t, m: t.pay(PaymentLine(m["invoice"].id), amount=9_999)),
    *(
        ("payment.bank_amount", lambda t, m, bank=bank: t.pay(PaymentLine(m["invoice"].id), bank_amount=bank))
        for bank in (0, 9_999, 10_001, -10_000)
    ),
    ("payment.bank_amount", lambda t, m: advance(t, 100, given=Given(bank_amount=1))),
    ("account.unknown", lambda t, m: t.pay(PaymentLine(m["invoice"].id), account=0)),
    ("account.no_money", lambda t, m: t.pay(PaymentLine(m["invoice"].id), account=t.codes["4000"])),
    ("account.no_money", lambda t, m: advance(t, 100, given=Given(account=t.codes["5000"]))),
    ("rate.invalid", lambda t, m: t.pay(PaymentLine(m["invoice"].id), rate=2)),
    ("payment.amount", lambda t, m: advance(t, 0)),
    ("document.unknown", lambda t, m: advance(t, 1, order=m["invoice"].id)),
    ("payment.other_customer", lambda t, m: advance(t, 1, partner="PARIS", order=m["order"].id, given=Given("USD"))),
    ("payment.other_currency", lambda t, m: advance(t, 1, order=m["order"].id, given=Given("EUR"))),
    (
        "prepayment.not_one",
        lambda t, m: apply_prepayment(
            t.boss, prepayment=m["payment"].id, lines=[PaymentLine(m["invoice"].id)], day=MONDAY, recorded_at=NOW
        ),
    ),
    (
        "prepayment.exceeds",
        lambda t, m: apply_prepayment(
            t.boss, prepayment=m["advance"].id, lines=[PaymentLine(m["invoice"].id)], day=MONDAY, recorded_at=NOW
        ),
    ),
    (
        "document.unknown",
        lambda t, m: cancel_payment(t.boss, payment=m["invoice"].id, day=MONDAY, reason="x", recorded_at=NOW),
    ),
]


def test_refusals(till: Till) -> None:
    made = {
        "invoice": till.billed(),
        "order": till.ordered(1, net=100),
        "payment": till.pay(PaymentLine(till.billed().id)),
        "advance": advance(till, 1),
    }
    for code, case in REFUSALS:
        refused(code, partial(case, till, made))
    till.check()


def test_what_was_paid_counts_for_the_credit_limit(till: Till) -> None:
    set_terms(till.boss, customer=till.partners["JONES"], credit_limit=1_000, recorded_at=NOW)

    def owed() -> int:
        return load(till.company.pk, customer=till.partners["JONES"], day=MONDAY, credit=True).owed

    with transaction.atomic():
        invoice = till.billed(900)
        assert owed() == 900
        till.pay(PaymentLine(invoice.id, 400))
        assert owed() == 500
        payment = till.pay(PaymentLine(invoice.id), amount=800)
        assert owed() == -300
        apply_prepayment(
            till.boss,
            prepayment=payment.id,
            lines=[PaymentLine(till.billed(200).id)],
            day=MONDAY + 9 * DAY,
            recorded_at=next(till.moments),
        )
        assert owed() == -100


def test_a_limit_of_writing_off_is_not_passed_in_steps(till: Till) -> None:
    invoice = till.billed(10_000)
    clerk = till.actor(Permission.RECEIVABLE_WRITE_OFF, limit=1_000)

    def give_up(amount: int) -> DocumentRef:
        given: dict[str, Any] = {"invoice": invoice.id, "amount": amount, "reason": "small", "day": MONDAY + DAY}
        return write_off(clerk, recorded_at=next(till.moments), **given)

    first = give_up(600)
    refused("approval.over_limit", lambda: give_up(401))
    give_up(400)
    till.bounce(first)
    give_up(600)
    till.check()


def test_a_cash_discount_in_euro_lessens_the_invoice_at_its_own_rate(till: Till) -> None:
    """The euro stood at 1.20 when 120.00 were billed, and stands at 1.50: 2.40 of them are kept back, with 0.40 of tax."""
    terms = {"discount_days": 10, "discount": 20_000}
    invoice = till.billed(tax=2_000, partner="PARIS", currency="EUR", terms=terms)
    assert till.balances() == {"1100": 14_400, "2200": -2_400, "4000": -12_000}
    till.pay(PaymentLine(invoice.id), partner="PARIS", day=MONDAY + DAY, take_discount=True, rate=1_500_000_000)
    assert till.balances() == {"1010": 17_640, "2200": -2_352, "4000": -12_000, "4200": 240, "8000": -3_528}
    till.check()


def test_a_statement_calls_no_payment_what_was_written_off(till: Till) -> None:
    invoice = till.billed(1_000)
    given: dict[str, Any] = {"reason": "small", "day": MONDAY + DAY, "recorded_at": next(till.moments)}
    write_off(till.boss, invoice=invoice.id, amount=400, **given)
    till.pay(PaymentLine(invoice.id), day=MONDAY + 2 * DAY)
    rows = statement(till.company, customer=till.partners["JONES"], from_=MONDAY, to=MONDAY + 9 * DAY)
    assert [(row.kind, row.balance) for row in rows] == [
        *(("", 0), ("customer_invoice", 1_000), ("write_off", 600), ("customer_payment", 0))
    ]
