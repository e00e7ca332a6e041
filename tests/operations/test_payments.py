"""Payments: what they settle, realised exchange differences, ageing, and every refusal, after which nothing has changed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from everstock.core.problems import Refusal
from everstock.masterdata import actions
from everstock.operations.documents import payments, queries
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import BUYING
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.credit_notes import CreditLine, cancel_credit_note
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import cancel_invoice
from everstock.operations.purchasing.payables import ageing, open_payables
from everstock.operations.purchasing.payments import cancel_payment, register_payment
from everstock.operations.purchasing.prepayments import apply_prepayment
from everstock.operations.purchasing.suppliers import set_terms
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing
from tests.operations.unchanged import everything


def owed(owing: Owing, cents: int = 10_000, supplier: str = "SMITH", **more: Any) -> DocumentRef:
    """A posted invoice for a service."""
    return owing.bill(InvoiceLine(description="Service", amount=cents), supplier=supplier, **more)


def pay(
    owing: Owing, *lines: PaymentLine, supplier: str = "SMITH", day: dt.date = MONDAY + 9 * DAY, **more: Any
) -> DocumentRef:
    given = {"recorded_at": next(owing.moments), **more}
    return register_payment(owing.boss, supplier=owing.partners[supplier], lines=lines, day=day, **given)


def test_an_invoice_is_paid_in_parts(owing: Owing) -> None:
    invoice = owed(owing)
    first = pay(owing, PaymentLine(invoice.id, 3_000), reference="B-17")
    assert first == (first.id, "SP-2026-000001", "posted")
    assert (owing.header(invoice.id).state, owing.header(invoice.id).paid) == ("partly_paid", 3_000)
    assert owing.balances() == {"1010": -3_000, "2000": -7_000, "6900": 10_000}
    pay(owing, PaymentLine(invoice.id))
    assert (owing.header(invoice.id).state, owing.header(invoice.id).paid) == ("paid", 10_000)
    assert owing.balances() == {"1010": -10_000, "6900": 10_000}
    assert [one.number for one in queries.chain(owing.company.pk, first.id)] == [invoice.number]
    owing.check()


def test_one_payment_for_several_invoices_less_a_credit_note(owing: Owing) -> None:
    invoices = [owed(owing), owed(owing, 5_000)]
    note = owing.credit(CreditLine(amount=1_000, description="Bonus"))
    payment = pay(owing, *(PaymentLine(one.id) for one in (*invoices, note)), account=owing.codes["1000"])
    assert owing.balances() == {"1000": -14_000, "6900": 14_000}
    assert {owing.header(one.id).state for one in (*invoices, note)} == {"paid"}
    assert owing.header(payment.id).gross == 14_000
    owing.check()


def test_a_credit_note_is_set_off_against_an_invoice(owing: Owing) -> None:
    invoice, note = owed(owing, 1_000), owing.credit(CreditLine(amount=1_000, description="Bonus"))
    pay(owing, PaymentLine(invoice.id), PaymentLine(note.id))
    assert owing.balances() == {}
    assert open_payables(owing.company, as_of=MONDAY + 9 * DAY) == []
    owing.check()


@pytest.mark.parametrize(
    "rate, gain, loss", [(1_300_000_000, 0, 1_000), (1_100_000_000, -1_000, 0), (1_200_000_000, 0, 0)]
)
def test_a_rate_change_between_invoice_and_payment(owing: Owing, rate: int, gain: int, loss: int) -> None:
    invoice = owed(owing, supplier="EURO")
    assert owing.balance("2000") == -12_000
    actions.set_exchange_rate(company=owing.company, currency_code="EUR", day=MONDAY + 9 * DAY, rate=rate)
    pay(owing, PaymentLine(invoice.id), supplier="EURO")
    assert (owing.balance("2000"), owing.balance("8000"), owing.balance("8100")) == (0, gain, loss)
    assert owing.balance("1010") == -(10_000 * rate // 10**9)
    owing.check()


def test_parts_in_euro_leave_no_cent_and_the_bank_knows_best(owing: Owing) -> None:
    invoice = owed(owing, 100, supplier="EURO", rate=1_234_567_891)
    payments = [pay(owing, PaymentLine(invoice.id, 33), supplier="EURO", bank_amount=41) for _ in range(3)]
    cancel_payment(
        owing.boss, payment=payments[0].id, day=MONDAY + 9 * DAY, reason="Bounced", recorded_at=next(owing.moments)
    )
    assert owing.header(invoice.id).state == "partly_paid"
    owing.check()
    pay(owing, PaymentLine(invoice.id), supplier="EURO", bank_amount=42)
    assert owing.balance("2000") == 0
    assert owing.balance("1010") == -124
    assert owing.header(invoice.id).state == "paid"
    owing.check()


def test_a_cancelled_payment_opens_the_invoice_again(owing: Owing) -> None:
    invoice = owed(owing)
    payment = pay(owing, PaymentLine(invoice.id))
    gone = cancel_payment(
        *(owing.boss,), payment=payment.id, day=MONDAY + 20 * DAY, reason="Bounced", recorded_at=next(owing.moments)
    )
    assert gone.state == "cancelled"
    assert (owing.header(invoice.id).state, owing.header(invoice.id).paid) == ("posted", 0)
    assert owing.balances() == {"2000": -10_000, "6900": 10_000}
    assert [row.open for row in open_payables(owing.company, as_of=MONDAY + 20 * DAY)] == [10_000]
    assert open_payables(owing.company, as_of=MONDAY + 19 * DAY) == []
    owing.check()


def test_what_is_paid_is_cancelled_after_its_payments(owing: Owing) -> None:
    invoice, note = owed(owing, 1_000), owing.credit(CreditLine(amount=400, description="Bonus"))
    bounced, second, third = (
        pay(owing, PaymentLine(invoice.id, 100)),
        pay(owing, PaymentLine(invoice.id, 100)),
        pay(owing, PaymentLine(invoice.id, 800), PaymentLine(note.id)),
    )
    given: dict[str, Any] = {"day": MONDAY + 20 * DAY, "reason": "Wrong"}
    cancel_payment(owing.boss, payment=bounced.id, recorded_at=next(owing.moments), **given)
    paid: list[tuple[Callable[..., DocumentRef], str, DocumentRef, str, str]] = [
        (cancel_invoice, "invoice", invoice, "partly paid", f"{second.number} and {third.number} first, or enter a"),
        (cancel_credit_note, "credit_note", note, "paid", f"{third.number} first."),
    ]
    for verb, name, document, state, remedy in paid:
        with pytest.raises(Refusal) as refused:
            verb(owing.boss, **{name: document.id}, recorded_at=next(owing.moments), **given)
        assert refused.value.cause == f"{document.number} is {state} and cannot be cancelled."
        assert f"Cancel the payment {remedy}" in refused.value.remedy
    for payment in (second, third):
        cancel_payment(owing.boss, payment=payment.id, recorded_at=next(owing.moments), **given)
    assert cancel_invoice(owing.boss, invoice=invoice.id, recorded_at=next(owing.moments), **given).state == "cancelled"
    owing.check()


def test_ageing(owing: Owing) -> None:
    for days, cents in ((0, 100), (1, 200), (30, 400), (31, 800), (90, 1_600), (91, 3_200)):
        owed(owing, cents, day=MONDAY - 200 * DAY, due_on=MONDAY - days * DAY)
    late = owed(owing, 50, supplier="EURO", day=MONDAY + DAY)
    assert ageing(owing.company, as_of=MONDAY) == [(owing.partners["SMITH"], 100, (600, 800, 1_600, 3_200), 6_300)]
    rows = open_payables(owing.company, as_of=MONDAY + DAY, partner=owing.partners["EURO"])
    assert [(row.document, row.currency, row.open, row.amount) for row in rows] == [(late.id, "EUR", 50, 60)]
    before = next(owing.moments)
    owed(owing, 70, day=MONDAY)
    assert ageing(owing.company, as_of=MONDAY, known_at=before)[0].total == 6_300
    assert ageing(owing.company, as_of=MONDAY)[0].total == 6_370
    owing.check()


def test_the_same_request_twice_is_one_payment(owing: Owing) -> None:
    invoice = owed(owing)
    first = pay(owing, PaymentLine(invoice.id, 100), key="p", recorded_at=NOW)
    assert pay(owing, PaymentLine(invoice.id, 100), key="p", recorded_at=NOW) == first
    assert owing.header(invoice.id).paid == 100


# --- refusals

Case = Callable[[Owing], Any]


def _held(owing: Owing) -> DocumentRef:
    order = owing.sent(owing.line(10, "2.5"))
    return owing.bill(owing.paper(owing.receive(order), 11))


def _paid(owing: Owing) -> DocumentRef:
    invoice = owed(owing)
    pay(owing, PaymentLine(invoice.id))
    return invoice


REFUSALS: list[tuple[str, str, str, Case]] = [
    (
        "permission.missing",
        "may not register payments",
        "Ask",
        lambda o: register_payment(
            o.actor(Permission.PURCHASE_READ), supplier=o.partners["SMITH"], lines=[], day=MONDAY, recorded_at=NOW
        ),
    ),
    ("document.no_lines", "pays nothing", "at least one", pay),
    (
        "supplier.unknown",
        "no such supplier",
        "Create",
        lambda o: register_payment(o.boss, supplier=0, lines=[PaymentLine(1)], day=MONDAY, recorded_at=NOW),
    ),
    ("supplier.not_one", "JONES is not a supplier", "Mark", lambda o: pay(o, PaymentLine(1), supplier="JONES")),
    ("document.unknown", "no such supplier invoice", "Look it up", lambda o: pay(o, PaymentLine(0))),
    ("payment.twice", "named twice", "once", lambda o: pay(o, PaymentLine(1), PaymentLine(1))),
    (
        "payment.other_supplier",
        "another supplier",
        "each supplier",
        lambda o: pay(o, PaymentLine(owed(o).id), supplier="YEN", currency="USD"),
    ),
    (
        "payment.other_currency",
        "is in USD, and the payment in EUR",
        "each currency",
        lambda o: pay(o, PaymentLine(owed(o).id), currency="EUR"),
    ),
    ("payment.amount", "Nothing is paid", "above zero", lambda o: pay(o, PaymentLine(owed(o).id, 0))),
    (
        "payment.exceeds",
        "100.00 USD of SI-2026-000001 are open, and 100.01 USD",
        "Pay what is open",
        lambda o: pay(o, PaymentLine(owed(o).id, 10_001)),
    ),
    ("document.wrong_state", "is on hold and cannot be paid", "approved", lambda o: pay(o, PaymentLine(_held(o).id))),
    ("document.wrong_state", "is paid and cannot be paid", "credited", lambda o: pay(o, PaymentLine(_paid(o).id))),
    ("account.unknown", "unknown or inactive", "another", lambda o: pay(o, PaymentLine(owed(o).id), account=0)),
    (
        "rate.missing",
        "no exchange rate for JPY",
        "Enter the rate",
        lambda o: pay(o, PaymentLine(owed(o).id), supplier="YEN"),
    ),
    ("rate.invalid", "cannot be that", "above zero", lambda o: pay(o, PaymentLine(owed(o).id), rate=2)),
    ("currency.unknown", "XXX", "such as", lambda o: pay(o, PaymentLine(owed(o).id), currency="XXX", rate=1)),
    (
        "reason.missing",
        "no reason",
        "Say why",
        lambda o: cancel_payment(o.boss, payment=1, day=MONDAY, reason=" ", recorded_at=NOW),
    ),
    (
        "document.unknown",
        "no such supplier payment",
        "Look it up",
        lambda o: cancel_payment(o.boss, payment=owed(o).id, day=MONDAY, reason="x", recorded_at=NOW),
    ),
]


@pytest.mark.parametrize("code, cause, remedy, case", REFUSALS, ids=[f"{n}-{row[0]}" for n, row in enumerate(REFUSALS)])
@pytest.mark.usefixtures("watched")
def test_refusals(owing: Owing, code: str, cause: str, remedy: str, case: Case) -> None:
    with pytest.raises(Refusal) as refused:
        case(owing)
    assert (refused.value.code, cause in refused.value.cause, remedy in refused.value.remedy) == (code, True, True), (
        refused.value
    )
    balances = owing.balances()
    assert balances.get("1010", 0) in {0, -10_000}
    owing.check()


def test_a_refused_payment_changes_nothing(owing: Owing) -> None:
    invoice = owed(owing)
    before = everything()
    with pytest.raises(Refusal):
        pay(owing, PaymentLine(invoice.id, 10_001))
    assert everything() == before


def test_what_was_paid_above_its_invoices_is_a_prepayment(owing: Owing) -> None:
    invoice = owed(owing)
    given: dict[str, Any] = {"partner": owing.partners["SMITH"], "day": MONDAY, "lines": [PaymentLine(invoice.id)]}
    with pytest.raises(Refusal) as refused:
        payments.register(owing.boss, BUYING, given=Given(amount=9_999), recorded_at=next(owing.moments), **given)
    assert (refused.value.code, "99.99 USD" in refused.value.cause) == ("payment.total", True)
    payment = payments.register(
        owing.boss, BUYING, given=Given(amount=12_500), recorded_at=next(owing.moments), **given
    )
    assert owing.balances() == {"1010": -12_500, "1310": 2_500, "6900": 10_000}
    owing.check()
    later = owed(owing, 2_000)
    apply_prepayment(
        owing.boss,
        prepayment=payment.id,
        lines=[PaymentLine(later.id)],
        day=MONDAY + 9 * DAY,
        recorded_at=next(owing.moments),
    )
    assert owing.balance("1310") == 500
    owing.check()


def test_the_cash_discount_is_the_one_of_the_order_or_of_when_the_invoice_came(owing: Owing) -> None:
    smith = owing.partners["SMITH"]
    terms: dict[str, Any] = {"supplier": smith, "discount_days": 10, "recorded_at": NOW}
    set_terms(owing.boss, discount=20_000, **terms)
    order = owing.sent()
    set_terms(owing.boss, discount=30_000, **terms)
    goods = owing.bill(receipts=[owing.receive(order, 10).id])
    service = owed(owing)
    for fraction in (0, 500_000):
        set_terms(owing.boss, discount=fraction, **terms)
        payment = pay(owing, PaymentLine(goods.id), PaymentLine(service.id), take_discount=True)
        # 2 % of 25.00 and 3 % of 100.00
        assert owing.balance("4810") == -(50 + 300)
        cancel_payment(
            owing.boss, payment=payment.id, day=MONDAY + 9 * DAY, reason="Bounced", recorded_at=next(owing.moments)
        )
    owing.check()
