"""What a made-up company pays: every Thursday what is due, credit notes set off, in the currencies of its suppliers."""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple

from everstock.core.quantities import round_half_up
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Seller
from everstock.masterdata.queries import exchange_rate
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header
from everstock.operations.documents.states import State
from everstock.operations.purchasing.payments import cancel_payment, register_payment

_THURSDAY = 3
_IN_PART, _BOUNCED, _AT_THE_BANKS_RATE = 0.04, 0.03, 0.7
_OPEN = frozenset({State.POSTED.value, State.PARTLY_PAID.value})


class Paying:
    """Remembers what is owed, by supplier, and pays it."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._owed: dict[int, list[int]] = {}

    def plan(self) -> None:
        """Plan the days on which is paid."""
        day = self.story.first
        while day <= self.story.last:
            if day.weekday() == _THURSDAY:
                self.story.on(day, self._pay_all, minute=15 * 60)
            day += dt.timedelta(days=1)

    def owe(self, seller: Seller, invoice: int) -> None:
        """Note an invoice that is in the books."""
        self._owed.setdefault(seller.id, []).append(invoice)

    def credit(self, supplier: int, credit_note: int) -> None:
        """Note a credit note."""
        self._owed.setdefault(supplier, []).append(credit_note)

    def _pay_all(self) -> None:
        for supplier in sorted(self._owed):
            headers = read(self.story.world.company.pk, self._owed[supplier]).headers
            self._owed[supplier] = [key for key, header in headers.items() if header.state in _OPEN]
            due = [header for key in self._owed[supplier] if _is_due(header := headers[key], self.story.day)]
            for currency in sorted({header.currency for header in due}):
                self._pay(supplier, currency, [header for header in due if header.currency == currency])

    def _pay(self, supplier: int, currency: str, due: list[Header]) -> None:
        story = self.story
        lines = [_Line(header, header.gross - header.paid) for header in due]
        total = sum(line.amount for line in lines if not line.is_credit) - sum(
            line.amount for line in lines if line.is_credit
        )
        if total <= 0:
            return
        if len(lines) == 1 and total > 10_000 and story.chance(_IN_PART):
            lines, total = [_Line(due[0], total // 2)], total // 2
        made = story.do(
            "payments to suppliers",
            register_payment,
            story.world.accountant,
            supplier=supplier,
            lines=[PaymentLine(line.header.id, line.amount) for line in lines],
            day=story.day,
            currency=currency,
            bank_amount=through_the_bank(story, total, currency),
            reference=f"BANK-{story.done['payments to suppliers'] + 1:06d}",
            recorded_at=story.now,
        )
        if story.chance(_BOUNCED):
            story.after(1, 3, self._bounce(supplier, made.id, [line.header.id for line in lines]))

    def _bounce(self, supplier: int, payment: int, paid: list[int]) -> Callable[[], None]:
        """A payment comes back: what it paid is owed again."""

        def act() -> None:
            story = self.story
            story.do(
                "payments to suppliers cancelled",
                cancel_payment,
                story.world.accountant,
                payment=payment,
                day=story.day,
                reason="came back",
                recorded_at=story.now,
            )
            self._owed[supplier] = sorted({*self._owed[supplier], *paid})

        return act


class _Line(NamedTuple):
    header: Header
    amount: int

    @property
    def is_credit(self) -> bool:
        return self.header.kind == "supplier_credit_note"


def _is_due(header: Header, day: dt.date) -> bool:
    """Whether it is paid this week: an invoice when it is due, a credit note at once."""
    return header.due_on is None or header.due_on <= day + dt.timedelta(days=6)


def through_the_bank(story: Story, amount: int, currency: str) -> int | None:
    """What goes through the bank for a payment in a foreign currency, often at a rate that is not quite the one known; ``None``: at that one."""
    company = story.world.company
    if currency == company.currency_id or not story.chance(_AT_THE_BANKS_RATE):
        return None
    rate = exchange_rate(company, currency, story.day) or 0
    fee = 10_000 + story.random.randint(-30, 60)
    return round_half_up(in_company_currency(amount, currency, rate, company.currency_id) * fee, 10_000)
