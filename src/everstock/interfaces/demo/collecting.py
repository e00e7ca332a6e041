"""What customers of a made-up company pay: at once, late, in part, several invoices together, in their currencies, with a discount, or never."""

import datetime as dt
from functools import partial

from everstock.interfaces.demo.offering import DISCOUNT_DAYS
from everstock.interfaces.demo.paying import through_the_bank
from everstock.interfaces.demo.selling import Sale
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel, Customer
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.prepayments import advance_in, left_of, pay_back
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header
from everstock.operations.documents.sides import SELLING
from everstock.operations.documents.states import State
from everstock.operations.sales.payments import cancel_payment, prepay, register_payment, write_off

_FORTNIGHT = 14
_IN_PART, _BOUNCED, _TOO_MUCH, _NEVER, _SLOW, _IN_ADVANCE = 0.08, 0.01, 0.05, 0.012, 0.04, 0.1
_ENDED = frozenset({State.CANCELLED.value, State.CLOSED.value})
_OPEN = frozenset({State.POSTED.value, State.PARTLY_PAID.value})


class Collecting:
    """Plans the payments of customers."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self._owed: dict[int, list[int]] = {}
        self._advances: dict[int, int] = {}
        """What was paid in advance, by the order it was paid for."""

    def plan(self) -> None:
        """Plan the days on which the marketplace pays."""
        market = next(one for one in self.story.world.customers if one.channel is Channel.MARKET)
        day = self.story.first + dt.timedelta(days=_FORTNIGHT)
        while day <= self.story.last:
            self.story.on(day, partial(self._pay_all, market))
            self.story.on(day, self._pay_back)
            day += dt.timedelta(days=_FORTNIGHT)

    def confirmed(self, sale: Sale) -> None:
        """Some customers of the web shop pay by bank transfer, before anything is shipped."""
        if sale.customer.channel is Channel.WEB and self.story.chance(_IN_ADVANCE):
            self.story.after(0, 0, lambda: self._prepay(sale))

    def _prepay(self, sale: Sale) -> None:
        story = self.story
        header, _ = sale.read(story)
        if sale.ended or header.state != State.CONFIRMED or header.paid or not header.gross:
            return
        made = story.do(
            "payments in advance",
            prepay,
            story.world.accountant,
            customer=sale.customer.id,
            amount=header.gross,
            day=story.day,
            recorded_at=story.now,
            order=sale.id,
        )
        self._advances[sale.id] = made.id

    def _pay_back(self) -> None:
        """Who paid in advance and waited in vain gets the money back."""
        orders = read(self.story.world.company.pk, sorted(self._advances)).headers
        for order, header in orders.items():
            if header.state in _ENDED:
                self._return(self._advances.pop(order))
            elif header.state == State.INVOICED:
                del self._advances[order]

    def _return(self, payment: int) -> None:
        story = self.story
        found = read(story.world.company.pk, [payment])
        line = advance_in(found.lines[payment])
        if found.headers[payment].state == State.CANCELLED or line is None:
            return
        if left_of(found.headers[payment], line) <= 0:
            return
        story.do(
            "advances paid back",
            pay_back,
            story.world.accountant,
            SELLING,
            prepayment=payment,
            day=story.day,
            recorded_at=story.now,
        )

    def owe(self, customer: Customer, invoice: int) -> None:
        """Plan what becomes of an invoice that is in the books."""
        story = self.story
        header = read(story.world.company.pk, [invoice]).headers[invoice]
        if header.state not in _OPEN or not header.gross:
            # paid in advance, or nothing to pay, as for what replaces goods that came back
            return
        self._owed.setdefault(customer.id, []).append(invoice)
        if customer.channel is Channel.MARKET:
            return
        if story.chance(_NEVER):
            self._owed[customer.id].remove(invoice)
            story.after(100, 160, lambda: self._give_up(invoice))
        elif customer.channel is Channel.WEB:
            story.after(*((10, 60) if story.chance(_SLOW) else (0, 2)), partial(self._pay_all, customer))
        else:
            due = header.due_on or story.day
            late = story.random.randint(*customer.late)
            day = story.day + dt.timedelta(days=8) if customer.discount else due + dt.timedelta(days=late)
            story.on(max(day, story.day), partial(self._pay_all, customer))

    def _pay_all(self, customer: Customer) -> None:
        """Everything that is due, in one payment for each currency; a marketplace pays also what is not due yet."""
        story = self.story
        headers = read(story.world.company.pk, self._owed.get(customer.id, [])).headers
        self._owed[customer.id] = [key for key, header in headers.items() if header.state in _OPEN]
        soon = story.day + dt.timedelta(days=400 if customer.discount or customer.channel is Channel.MARKET else 3)
        due = [headers[key] for key in self._owed[customer.id] if (headers[key].due_on or story.day) <= soon]
        due = [header for header in due if header.gross > header.paid]
        for currency in sorted({header.currency for header in due}):
            self._pay(customer, [header for header in due if header.currency == currency], part=story.chance(_IN_PART))

    def _pay(self, customer: Customer, due: list[Header], *, part: bool) -> None:
        """Pay invoices, or (``part``) half of a large one now and the rest later."""
        story = self.story
        own = story.world.company.currency_id
        currency = due[0].currency
        total = sum(header.gross - header.paid for header in due)
        lines = [PaymentLine(header.id) for header in due]
        part = part and customer.channel is Channel.TRADE and total > 20_000 and len(due) == 1
        if part:
            total //= 2
            lines = [PaymentLine(due[0].id, total)]
            story.after(10, 40, partial(self._pay_all, customer))
        too_much = currency == own and customer.channel is Channel.TRADE and not part and story.chance(_TOO_MUCH)
        in_time = all((story.day - header.day).days <= DISCOUNT_DAYS and not header.paid for header in due)
        take = customer.discount and in_time and not (too_much or part)
        what = "payments in part" if part else "payments too high" if too_much else "payments"
        made = story.do(
            what,
            register_payment,
            story.world.accountant,
            customer=customer.id,
            lines=lines,
            day=story.day,
            recorded_at=story.now,
            given=Given(
                currency=currency,
                bank_amount=None if take else through_the_bank(story, total, currency),
                reference=f"IN-{sum(story.done.values()):06d}",
                amount=total + 1_000 if too_much else None,
            ),
            take_discount=take,
        )
        if too_much:
            story.after(10, 40, partial(self._return, made.id))
        elif story.chance(_BOUNCED):
            story.after(1, 4, lambda: self._bounce(customer, made.id, [header.id for header in due]))

    def _bounce(self, customer: Customer, payment: int, paid: list[int]) -> None:
        """The bank takes a payment back, and the customer pays again later."""
        story = self.story
        story.do(
            "payments cancelled",
            cancel_payment,
            story.world.accountant,
            payment=payment,
            day=story.day,
            reason="taken back by the bank",
            recorded_at=story.now,
        )
        self._owed[customer.id] = sorted({*self._owed[customer.id], *paid})
        story.after(3, 15, partial(self._pay_all, customer))

    def _give_up(self, invoice: int) -> None:
        """Nobody will pay any more."""
        story = self.story
        header = read(story.world.company.pk, [invoice]).headers[invoice]
        if header.state in _OPEN:
            story.do(
                "invoices written off",
                write_off,
                story.world.manager,
                invoice=invoice,
                reason="insolvent",
                day=story.day,
                recorded_at=story.now,
            )
