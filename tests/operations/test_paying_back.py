"""What was paid in advance, or above invoices, is paid back: on either side, in another currency, in parts, and cancelled."""

from __future__ import annotations

from typing import Any

import pytest

from everstock.ledger.queries import account_totals
from everstock.masterdata import actions
from everstock.masterdata.models import Account
from everstock.operations.documents import payments, prepayments
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import BUYING, SELLING, Side
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.credit_notes import CreditLine
from everstock.operations.sales.receivables import statement
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.owing import Owing, received
from tests.operations.sales.selling import Selling
from tests.operations.unchanged import everything, refused


class _Advances(Selling):
    """A company that pays in advance, and is paid."""

    def paid(self, side: Side, amount: int, partner: str, **more: Any) -> DocumentRef:
        given = {"partner": self.partners[partner], "amount": amount, "day": MONDAY, "recorded_at": NOW, **more}
        return prepayments.prepay(self.boss, side, **given)

    def back(self, side: Side, prepayment: DocumentRef, amount: int | None = None, **more: Any) -> DocumentRef:
        given = {"prepayment": prepayment.id, "amount": amount, "day": MONDAY + DAY, "recorded_at": NOW, **more}
        return prepayments.pay_back(given.pop("actor", self.boss), side, **given)

    def balances(self) -> dict[str, int]:
        names = dict(Account.objects.filter(company=self.company).values_list("id", "code"))
        found = {names[one.account]: one.debit - one.credit for one in account_totals(self.company.pk)}
        return {code: amount for code, amount in sorted(found.items()) if amount}

    def lawful(self) -> None:
        assert prove(self.company.pk).violations == []


@pytest.fixture
def advances(db: None) -> _Advances:
    return _Advances()


@pytest.mark.parametrize(("side", "partner", "sign"), [(BUYING, "SMITH", 1), (SELLING, "JONES", -1)])
def test_in_parts_until_nothing_is_left(advances: _Advances, side: Side, partner: str, sign: int) -> None:
    advance = advances.paid(side, 10_000, partner)
    stands = advances.balances()
    [account] = set(stands) - {"1010"}
    first = advances.back(side, advance, 3_000)
    assert (advances.header(first.id).gross, advances.header(advance.id).paid) == (-3_000, 3_000)
    assert advances.balances() == {account: sign * 7_000, "1010": -sign * 7_000}
    refused("prepayment.exceeds", lambda: advances.back(side, advance, 7_001))
    refused("prepayment.exceeds", lambda: advances.back(side, advance, 0))
    advances.back(side, advance)
    assert advances.balances() == {}
    refused("prepayment.exceeds", lambda: advances.back(side, advance))
    refused(
        "payment.applied",
        lambda: payments.cancel(
            advances.boss, side, payment=advance.id, day=MONDAY + DAY, reason="wrong", recorded_at=NOW
        ),
    )
    payments.cancel(advances.boss, side, payment=first.id, day=MONDAY + DAY, reason="bounced", recorded_at=NOW)
    assert advances.balances() == {account: sign * 3_000, "1010": -sign * 3_000}
    assert advances.header(advance.id).paid == 7_000
    advances.lawful()


@pytest.mark.parametrize(
    ("side", "partner", "bank", "left"),
    [
        (BUYING, "EURO", None, {"1010": 1_000, "8000": -1_000}),
        (BUYING, "EURO", 11_500, {"1010": -500, "8100": 500}),
        (SELLING, "PARIS", None, {"1010": -1_000, "8100": 1_000}),
        (SELLING, "PARIS", 11_500, {"1010": 500, "8000": -500}),
    ],
)
def test_the_rate_has_moved(
    advances: _Advances, side: Side, partner: str, bank: int | None, left: dict[str, int]
) -> None:
    """100 euro at 1.20 are paid back at 1.30, or at what went through the bank."""
    advance = advances.paid(side, 10_000, partner, given=Given("EUR"))
    actions.set_exchange_rate(company=advances.company, currency_code="EUR", day=MONDAY + DAY, rate=1_300_000_000)
    advances.back(side, advance, given=Given(bank_amount=bank))
    assert advances.balances() == left
    advances.lawful()


@pytest.mark.parametrize(("side", "partner", "account"), [(BUYING, "EURO", "1310"), (SELLING, "PARIS", "2050")])
def test_no_cent_is_left_where_what_was_taken_first_is_cancelled(
    advances: _Advances, side: Side, partner: str, account: str
) -> None:
    """Ten cents of euro stand at six; how the first two are rounded depends on which of them was taken first."""
    given = Given("EUR", rate=600_000_000)
    advance = advances.paid(side, 10, partner, given=given)
    first = advances.back(side, advance, 1, given=given)
    advances.back(side, advance, 1, given=given)
    payments.cancel(advances.boss, side, payment=first.id, day=MONDAY + DAY, reason="bounced", recorded_at=NOW)
    advances.lawful()
    advances.back(side, advance, given=given)
    assert account not in advances.balances()
    advances.lawful()


def test_a_repeat_answers_and_whoever_may_not_is_refused(advances: _Advances) -> None:
    advance = advances.paid(SELLING, 5_000, "JONES")
    done = advances.back(SELLING, advance, key="K")
    before = everything()
    assert advances.back(SELLING, advance, key="K") == done
    assert everything() == before
    refused("request.other_content", lambda: advances.back(SELLING, advance, 1, key="K"))
    refused("prepayment.not_one", lambda: advances.back(SELLING, done))
    nobody = advances.actor(Permission.SALE_READ)
    refused("permission.missing", lambda: advances.back(SELLING, advance, actor=nobody))


def test_an_order_that_was_paid_is_not_paid_any_more(advances: _Advances) -> None:
    from everstock.operations.documents.lines import OrderLine
    from everstock.operations.sales.orders import create_order

    order = create_order(
        advances.boss,
        customer=advances.partners["JONES"],
        lines=[OrderLine(1_000_000, item=advances.items["BOLT"], unit_price=50_000_000)],
        location=advances.shed,
        day=MONDAY,
        recorded_at=NOW,
        confirm=True,
    )
    advance = advances.paid(SELLING, 5_000, "JONES", order=order.id)
    back = advances.back(SELLING, advance, 2_000)
    assert advances.header(order.id).paid == 3_000
    advances.lawful()
    rows = statement(advances.company, customer=advances.partners["JONES"], from_=MONDAY, to=MONDAY + DAY)
    assert [(row.amount, row.balance) for row in rows] == [(0, 0), (-5_000, -5_000), (2_000, -3_000)]
    payments.cancel(advances.boss, SELLING, payment=back.id, day=MONDAY + DAY, reason="bounced", recorded_at=NOW)
    assert advances.header(order.id).paid == 5_000
    advances.lawful()


def test_a_credit_note_is_paid_back_by_its_supplier(owing: Owing) -> None:
    _, receipt = received(owing)
    bill = owing.bill(owing.paper(receipt, 10))
    given: dict[str, Any] = {"partner": owing.partners["SMITH"], "day": MONDAY + 5 * DAY, "recorded_at": NOW}
    payments.register(owing.boss, BUYING, lines=[PaymentLine(bill.id)], **given)
    back = owing.send_back(receipt, 4, day=MONDAY + 3 * DAY)
    credit = owing.credit(CreditLine(owing.lines(back.id)[0].id), day=MONDAY + 5 * DAY)
    assert (owing.balance("2000"), owing.balance("1010")) == (1_000, -2_500)
    paid = payments.register(owing.boss, BUYING, lines=[PaymentLine(credit.id)], **given)
    assert (owing.balance("2000"), owing.balance("1010")) == (0, -1_500)
    assert owing.header(paid.id).gross == -1_000
    refused(
        "document.wrong_state", lambda: payments.register(owing.boss, BUYING, lines=[PaymentLine(credit.id)], **given)
    )
    owing.check()
