"""Random histories of billing and being paid: what is open is what the books say, on any day, as known at any moment; in two currencies."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from everstock.core.problems import Refusal
from everstock.ledger.queries import Basis, account_totals, position_at
from everstock.masterdata import actions
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.prepayments import pay_back
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.sides import SELLING
from everstock.operations.sales.credit_notes import CreditLine, cancel_credit_note, post_credit_note
from everstock.operations.sales.invoices import cancel_invoice
from everstock.operations.sales.payments import apply_prepayment, prepay, write_off
from everstock.operations.sales.receivables import ageing, open_receivables, statement
from tests.operations.buying import DAY, MONDAY
from tests.operations.sales.till import Till

pytestmark = pytest.mark.django_db
LAST = MONDAY + 60 * DAY
WORDS = (
    *("invoice", "invoice", "pay", "pay all", "prepay", "apply", "apply", "back"),
    *("credit", "settle", "lose", "cancel", "cancel", "cancel"),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, 40),
        st.integers(1, 400),
        st.integers(0, 9),
        st.sampled_from([("JONES", "USD"), ("PARIS", "EUR")]),
    ),
    min_size=8,
    max_size=22,
)


class History:
    """Carries out steps that can be; what is refused did not happen."""

    def __init__(self) -> None:
        self.till = Till()
        for days, rate in ((0, 613_000_000), (10, 587_300_000), (25, 650_100_000)):
            actions.set_exchange_rate(
                company=self.till.company, currency_code="EUR", day=MONDAY + days * DAY, rate=rate
            )
        self.made: dict[tuple[str, str], list[DocumentRef]] = {}
        self.done: Counter[str] = Counter()

    def step(self, what: str, days: int, cents: int, which: int, whose: tuple[str, str]) -> None:
        verbs: dict[str, Callable[[dt.date, int, int, tuple[str, str]], None]] = {
            "invoice": self._invoice,
            "pay": self._pay,
            "pay all": self._pay_all,
            "prepay": self._prepay,
            "apply": self._apply,
            "back": self._back,
            "credit": self._credit,
            "settle": self._settle,
            "lose": self._lose,
            "cancel": self._cancel,
        }
        try:
            verbs[what](MONDAY + days * DAY, cents, which, whose)
        except (Refusal, IndexError):
            return
        self.done[what] += 1

    def _one(self, kind: str, partner: str, which: int) -> DocumentRef:
        some = self.made.get((kind, partner), [])
        return some[-1 - which % 3] if len(some) > which % 3 else some[0]

    def _keep(self, kind: str, partner: str, document: DocumentRef) -> None:
        self.made.setdefault((kind, partner), []).append(document)

    def _invoice(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        partner, currency = whose
        made = self.till.billed(
            cents, tax=cents // 5, partner=partner, currency=currency, day=day, due_on=day + which * 7 * DAY
        )
        self._keep("invoice", partner, made)

    def _pay(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        line = PaymentLine(self._one("invoice", whose[0], which).id, cents)
        self._keep("payment", whose[0], self.till.pay(line, partner=whose[0], day=day, currency=whose[1]))

    def _pay_all(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        """All of an invoice, with the open credit note if there is one, or more than is open."""
        invoice = self._one("invoice", whose[0], which)
        lines = [PaymentLine(invoice.id)]
        header = self.till.header(invoice.id)
        more: dict[str, int] = {}
        if which % 2 and self.made.get(("credit", whose[0])):
            lines.append(PaymentLine(self._one("credit", whose[0], which).id))
        else:
            more["amount"] = header.gross - header.paid + cents
        paid = self.till.pay(*lines, partner=whose[0], day=day, currency=whose[1], **more)
        self._keep("payment", whose[0], paid)
        if more:
            self._keep("advance", whose[0], paid)

    def _prepay(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        customer = self.till.partners[whose[0]]
        paid = prepay(self.till.boss, customer=customer, amount=cents, day=day, recorded_at=next(self.till.moments))
        self._keep("advance", whose[0], paid)
        self._keep("payment", whose[0], paid)

    def _apply(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        given: dict[str, Any] = {"day": day, "recorded_at": next(self.till.moments)}
        lines = [PaymentLine(self._one("invoice", whose[0], which).id, cents % 7 + 1)]
        advance = self._one("advance", whose[0], cents)
        self._keep("payment", whose[0], apply_prepayment(self.till.boss, prepayment=advance.id, lines=lines, **given))

    def _back(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        advance = self._one("advance", whose[0], which)
        given: dict[str, Any] = {
            "day": day,
            "recorded_at": next(self.till.moments),
            "amount": cents % 5 + 1 if which else None,
        }
        self._keep("payment", whose[0], pay_back(self.till.boss, SELLING, prepayment=advance.id, **given))

    def _credit(self, day: dt.date, cents: int, which: int, whose: tuple[str, str], *, settle: bool = False) -> None:
        line = self.till.lines(self._one("invoice", whose[0], which).id)[0].id
        lines = [CreditLine(line, amount=cents % 50 + 1), CreditLine(line, part=30_000 * (which + 1))]
        made = post_credit_note(
            self.till.boss, lines=lines, day=day, recorded_at=next(self.till.moments), settle=settle
        )
        self._keep("credit", whose[0], made)

    def _settle(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        self._credit(day, cents, which, whose, settle=True)

    def _lose(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        invoice = self._one("invoice", whose[0], which)
        given: dict[str, Any] = {
            "reason": "Bankrupt",
            "day": day,
            "recorded_at": next(self.till.moments),
            "tax": which % 2 == 0,
        }
        self._keep("payment", whose[0], write_off(self.till.boss, invoice=invoice.id, amount=cents, **given))

    def _cancel(self, day: dt.date, cents: int, which: int, whose: tuple[str, str]) -> None:
        kind = ("payment", "payment", "credit", "invoice")[cents % 4]
        document = self._one(kind, whose[0], which)
        given: dict[str, Any] = {"day": day + 9 * DAY, "reason": "Wrong", "recorded_at": next(self.till.moments)}
        if kind == "payment":
            self.till.bounce(document, day + 9 * DAY)
        elif kind == "credit":
            cancel_credit_note(self.till.boss, credit_note=document.id, **given)
        else:
            cancel_invoice(self.till.boss, invoice=document.id, **given)


def check(till: Till, as_of: dt.date, known_at: int | None, basis: Basis) -> None:
    position = position_at(till.company.pk, known_at)
    asked: dict[str, Any] = {"as_of": as_of, "known_at": known_at, "basis": basis}
    stands = {
        one.account: one.debit - one.credit
        for one in account_totals(till.company.pk, to=as_of, position=position, basis=basis)
    }
    rows = open_receivables(till.company, **asked)
    aged = ageing(till.company, **asked)
    balance = stands.get(till.codes["1100"], 0)
    assert sum(row.amount for row in rows) == balance
    assert sum(row.total for row in aged) == sum(row.not_due + sum(row.overdue) for row in aged) == balance
    assert all(row.open == row.gross - row.paid for row in rows)
    # in the company's own currency what is open is what it stands at
    assert all(row.open == row.amount for row in rows if row.currency == "USD")


@pytest.mark.slow
@given(steps=STEPS, kept=st.integers(2, 12), split=st.integers(0, 50))
@settings(
    deadline=None,
    max_examples=10,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_what_is_open_is_what_the_books_say(
    steps: list[tuple[str, int, int, int, tuple[str, str]]], kept: int, split: int
) -> None:
    history = History()
    till, known, then = history.till, None, []
    days = (MONDAY + split * DAY, LAST)
    start = [("invoice", 5, 333, 1, whose) for whose in (("JONES", "USD"), ("PARIS", "EUR"))]
    for at, step in enumerate([*start, *steps]):
        history.step(*step)
        if at == kept:
            then = [open_receivables(till.company, as_of=day) for day in days]
            known = next(till.moments)
    for known_at in {None, known}:
        for day in days:
            check(till, day, known_at, "effective")
            check(till, day, known_at, "posted")
    if known is not None:
        # the list of a past day can be had again, whatever was done since then
        assert [open_receivables(till.company, as_of=day, known_at=known) for day in days] == then
    # statements say what is open less what was paid in advance and is not used
    said = Counter[str]()
    for partner in ("JONES", "PARIS"):
        for row in statement(till.company, customer=till.partners[partner], from_=MONDAY, to=LAST):
            said[row.currency] = row.balance
    open_ = Counter[str]()
    for item in open_receivables(till.company, as_of=LAST):
        open_[item.currency] += item.open
    for (kind, partner), some in history.made.items():
        for one in some if kind == "advance" else []:
            header = till.header(one.id)
            if header.state != "cancelled":
                open_["USD" if partner == "JONES" else "EUR"] -= (header.details or {})["advance"] - header.paid
    assert {key: value for key, value in said.items() if value} == {key: value for key, value in open_.items() if value}
    till.check()
