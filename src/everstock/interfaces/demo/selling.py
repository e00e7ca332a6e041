"""Customers of a made-up company: they ask for offers, order by four channels, change their minds, cancel, and are told no."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.demand import HABITS, Demand
from everstock.interfaces.demo.offering import CARD
from everstock.interfaces.demo.story import CLOSES, OPENS, Story
from everstock.interfaces.demo.world import Channel, Customer, Goods
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.states import State
from everstock.operations.identity.actor import Actor
from everstock.operations.sales.changes import change_order
from everstock.operations.sales.customers import hold, release
from everstock.operations.sales.orders import cancel_order, confirm_order, create_order
from everstock.operations.sales.quotes import Accepted, accept_quote, create_quote, lose_quote, send_quote
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till import sell
from everstock.operations.warehouse.availability import availability

_QUOTED, _WON, _WON_IN_PART = 0.22, 0.5, 0.15
_CHANGED, _CANCELLED, _TWICE, _HAGGLED, _FREIGHT, _NOT_AT_ONCE = 0.06, 0.03, 0.03, 0.2, 0.15, 0.4
_HELD = 45
"""Once in so many days a dealer is put on hold for a while."""
_WORTH_HAGGLING = 150 * SCALE
"""Of a line at full prices, in 10^-6 of the currency: a third off that is more than a salesperson may give."""
_KIT = 0.08
"""So many of the orders in the web shop are also for a kit."""
_NIGHT = 23 * 60 + 50


@dataclass(slots=True)
class Sale:
    """An order that was confirmed. ``ended``: nothing more of it is shipped; ``tried``: it was looked at for shipping."""

    id: int
    customer: Customer
    placed_on: dt.date
    ended: bool = False
    tried: bool = False

    def read(self, story: Story) -> tuple[Header, list[Line]]:
        """The order as it is now."""
        found = read(story.world.company.pk, [self.id])
        return found.headers[self.id], found.lines[self.id]


class Selling:
    """Plans what customers do; ``confirmed`` is told of every order that was promised, ``sold`` of every sale at the counter."""

    def __init__(
        self, story: Story, demand: Demand, confirmed: Callable[[Sale], None], sold: Callable[[DocumentRef], None]
    ) -> None:
        self.story = story
        self._demand = demand
        self._confirmed = confirmed
        self._sold = sold
        self._numbers = 0
        self._progress: Callable[[int], None] = lambda _: None
        self._placed = 0
        self._by_channel = {
            channel: [one for one in story.world.customers if one.channel is channel] for channel in Channel
        }

    def plan(self, orders: int, progress: Callable[[int], None]) -> None:
        """Plan about so many orders over the time of the story; ``progress`` is told how many customers have come."""
        story, self._progress = self.story, progress
        for channel, habits in HABITS.items():
            acts = {Channel.TRADE: self._trade, Channel.COUNTER: self._at_the_counter}
            for day in self._demand.days(channel, max(1, round(orders * habits.part))):
                act = acts.get(channel, partial(self._online, channel))
                minute = story.random.randrange(
                    OPENS, CLOSES if channel not in {Channel.WEB, Channel.MARKET} else _NIGHT
                )
                story.on(day, act, minute=minute, any_day=True)
        day = story.first + dt.timedelta(days=30)
        while day < story.last:
            story.on(day, self._put_on_hold)
            day += dt.timedelta(days=_HELD)

    def _came(self) -> None:
        self._placed += 1
        self._progress(self._placed)

    def _lines(self, channel: Channel) -> list[OrderLine]:
        """What a customer wants; a dealer takes whole boxes where there are some."""
        lines = []
        for goods, pieces in self._demand.basket(channel):
            unit, factor = goods.box if goods.box and channel is Channel.TRADE and pieces >= goods.box[1] else (None, 1)
            quantity = pieces // factor
            self._demand.note(goods, quantity * factor)
            lines.append(OrderLine(quantity * SCALE, item=goods.id, unit=unit))
        if channel is Channel.WEB and lines and self.story.chance(_KIT):
            lines += self._kit()
        self.story.lines += len(lines)
        return lines

    def _kit(self) -> list[OrderLine]:
        """A kit, if all that is in it is sold already."""
        kit = self.story.some(self.story.world.kits)
        if not all(self._demand.is_sold(goods) for goods, _ in kit.contents):
            return []
        self.story.done["kits ordered"] += 1
        for goods, pieces in kit.contents:
            self._demand.note(goods, pieces)
        return [OrderLine(SCALE, item=kit.id)]

    # --- web shop and marketplace

    def _online(self, channel: Channel) -> None:
        """An order comes in from another system, now and then twice."""
        story, world = self.story, self.story.world
        self._came()
        lines = self._lines(channel)
        if not lines:
            return
        customer = story.some(self._by_channel[channel])
        self._numbers += 1
        made = None
        for _ in range(2 if story.chance(_TWICE) else 1):
            made = story.do(
                f"orders of {channel}",
                create_order,
                world.shop,
                customer=customer.id,
                lines=lines,
                day=story.day,
                location=world.warehouse,
                reference=f"{channel[0]}{100_000 + self._numbers}",
                channel=channel.value,
                recorded_at=story.now,
                confirm=True,
            )
        assert made is not None
        self._stands(Sale(made.id, customer, story.day), world.shop)

    # --- at the counter

    def _at_the_counter(self) -> None:
        """Somebody takes away what is there."""
        story, world = self.story, self.story.world
        self._came()
        wanted = self._lines(Channel.COUNTER)
        free = dict.fromkeys((line.item or 0 for line in wanted), 0)
        if free:
            for one in availability(world.company.pk, list(free), day=story.day):
                free[one.item] += one.free if one.warehouse == world.warehouse else 0
        lines = [line for line in wanted if free[line.item or 0] >= line.quantity]
        story.asked += len(wanted)
        story.served += len(lines)
        if not lines:
            return
        receipt = story.do(
            "sales at the counter",
            sell,
            world.salesperson,
            channel=Channel.COUNTER.value,
            lines=lines,
            tenders=[Tender(CARD)],
            day=story.day,
            effective_at=story.now,
            recorded_at=story.now,
            key=f"till-{self._placed}",
        )
        self._sold(receipt)

    # --- the trade

    def _trade(self) -> None:
        """A dealer asks for an offer, or orders, or haggles."""
        story, world = self.story, self.story.world
        self._came()
        lines = self._lines(Channel.TRADE)
        if not lines:
            return
        customer = story.some(self._by_channel[Channel.TRADE])
        if story.chance(_QUOTED):
            self._quote(customer, lines)
            return
        given: dict[str, Any] = {
            "customer": customer.id,
            "day": story.day,
            "location": world.warehouse,
            "expected_on": story.day + dt.timedelta(days=story.random.choice((2, 3, 5, 10))),
            "reference": f"{customer.code}-{self._placed}",
            "channel": Channel.TRADE.value,
            "recorded_at": story.now,
        }
        if story.chance(_FREIGHT):
            freight = OrderLine(SCALE, description="Freight", unit_price=story.random.randint(9, 40) * SCALE)
            lines = [*lines, freight]
        actor, haggled = world.salesperson, self._haggled(lines)
        if haggled and story.chance(_HAGGLED) and customer.currency == world.company.currency_id:
            lines = haggled
            story.try_("approval.over_limit", create_order, actor, lines=lines, **given)
            actor = world.manager
        made = story.do(f"orders of {Channel.TRADE}", create_order, actor, lines=lines, **given)
        sale = Sale(made.id, customer, story.day)
        if story.chance(_NOT_AT_ONCE):
            story.after(0, 1, lambda: self._confirm(sale, tries=20))
        else:
            self._confirm(sale, tries=20)

    def _haggled(self, lines: list[OrderLine]) -> list[OrderLine]:
        """The same with the largest line at a price that nobody but the manager may agree to; nothing where all lines are small."""
        by_item = {goods.id: goods for goods in self.story.world.goods}
        worth = [self._full_price(by_item, line) * line.quantity // SCALE for line in lines]
        largest = max(range(len(lines)), key=worth.__getitem__)
        if worth[largest] < _WORTH_HAGGLING:
            return []
        price = self._full_price(by_item, lines[largest]) * 65 // 100
        return [line._replace(unit_price=price) if number == largest else line for number, line in enumerate(lines)]

    @staticmethod
    def _full_price(by_item: dict[int, Goods], line: OrderLine) -> int:
        if line.item is None:
            return 0
        goods = by_item[line.item]
        return goods.price * (goods.box[1] if line.unit and goods.box else 1)

    def _confirm(self, sale: Sale, tries: int) -> None:
        """The order is promised, unless the dealer is on hold; then it waits, or the manager decides."""
        story, world = self.story, self.story.world
        given: dict[str, Any] = {"order": sale.id, "day": story.day, "recorded_at": story.now}
        if sale.customer.id in story.on_hold:
            story.try_("customer.on_hold", confirm_order, world.salesperson, **given)
            if tries and not story.chance(0.1):
                story.after(2, 5, lambda: self._confirm(sale, tries - 1))
                return
            story.do("orders confirmed by the manager", confirm_order, world.manager, **given)
        else:
            confirm_within_credit(story, given)
        self._stands(sale, world.salesperson)

    def replace(self, sale: Sale) -> None:
        """Promise the order that replaces what a customer sent back."""
        self._confirm(sale, tries=20)

    # --- quotes

    def _quote(self, customer: Customer, lines: list[OrderLine]) -> None:
        story, world = self.story, self.story.world
        made = story.do(
            "quotes",
            create_quote,
            world.salesperson,
            customer=customer.id,
            lines=lines,
            day=story.day,
            valid_until=story.day + dt.timedelta(days=30),
            recorded_at=story.now,
        )
        send_quote(world.salesperson, quote=made.id, day=story.day, recorded_at=story.now)
        chance = story.random.random()
        if chance < _WON + _WON_IN_PART:
            story.after(2, 18, lambda: self._win(made, customer, in_part=chance > _WON))
        else:
            story.after(5, 40, lambda: self._lose(made))

    def _win(self, quote: DocumentRef, customer: Customer, *, in_part: bool) -> None:
        """The dealer takes the quote, or the first half of its lines."""
        story, world = self.story, self.story.world
        lines = read(world.company.pk, [quote.id]).lines[quote.id]
        taken = [Accepted(line.line) for line in lines[: max(1, len(lines) // 2)]] if in_part else []
        made = story.do(
            "quotes won in part" if in_part else "quotes won",
            accept_quote,
            world.salesperson,
            quote=quote.id,
            day=story.day,
            lines=taken,
            location=world.warehouse,
            recorded_at=story.now,
        )
        self._confirm(Sale(made.id, customer, story.day), tries=20)

    def _lose(self, quote: DocumentRef) -> None:
        story = self.story
        reason = story.some(("bought elsewhere", "too dear", "expired"))
        story.do(
            "quotes lost",
            lose_quote,
            story.world.salesperson,
            quote=quote.id,
            reason=reason,
            recorded_at=story.now,
        )

    # --- what becomes of orders

    def _stands(self, sale: Sale, actor: Actor) -> None:
        """An order was confirmed: some are changed or cancelled before they are shipped."""
        story = self.story
        if story.chance(_CANCELLED):
            sale.ended = True
            story.after(0, 1, lambda: self._cancel(sale, actor))
            return
        self._confirmed(sale)
        if sale.customer.channel is Channel.TRADE and story.chance(_CHANGED * 3):
            story.after(0, 2, lambda: self._change(sale))

    def _cancel(self, sale: Sale, actor: Actor) -> None:
        story = self.story
        story.do("orders cancelled", cancel_order, actor, order=sale.id, reason="not wanted", recorded_at=story.now)

    def _change(self, sale: Sale) -> None:
        """More or less of a line, or something else too."""
        story = self.story
        header, lines = sale.read(story)
        open_ = [line for line in lines if line.item is not None and not line.received and line.quantity > SCALE]
        if sale.ended or header.state not in {State.CONFIRMED, State.PARTLY_SHIPPED} or not open_:
            return
        line = story.some(open_)
        # of what was quoted no more can be had
        more = line.source is None and story.chance(0.4)
        quantity = line.quantity + SCALE if more else line.quantity - SCALE
        added = [OrderLine(SCALE, item=goods.id) for goods in self._something_else(lines)] if story.chance(0.3) else []
        story.do(
            "orders changed",
            change_order,
            story.world.manager,
            order=sale.id,
            changes=[LineChange(line.line, quantity=quantity)],
            added=added,
            location=story.world.warehouse,
            version=header.version,
            recorded_at=story.now,
        )

    def _something_else(self, lines: list[Line]) -> list[Goods]:
        known = {line.item for line in lines}
        return [goods for goods, _ in self._demand.basket(Channel.COUNTER) if goods.id not in known][:1]

    # --- who does not pay

    def _put_on_hold(self) -> None:
        """Nothing more is sold to a dealer until it has paid."""
        story = self.story
        dealer = story.some(self._by_channel[Channel.TRADE])
        if dealer.id in story.on_hold:
            return
        story.do(
            "customers on hold",
            hold,
            story.world.accountant,
            customer=dealer.id,
            reason="has not paid",
            recorded_at=story.now,
        )
        story.on_hold.add(dealer.id)
        story.after(5, 20, lambda: self._let_go(dealer))

    def _let_go(self, dealer: Customer) -> None:
        story = self.story
        story.on_hold.discard(dealer.id)
        story.do("customers released", release, story.world.manager, customer=dealer.id, recorded_at=story.now)


def confirm_within_credit(story: Story, given: dict[str, Any]) -> None:
    """Confirm an order; what is above the dealer's credit limit is for the manager to decide, who does not lose a customer."""
    try:
        story.do("orders confirmed", confirm_order, story.world.salesperson, **given)
    except Refusal as refusal:
        if refusal.code != "credit.exceeded":
            raise
        story.refused[refusal.code] += 1
        story.do("orders confirmed by the manager", confirm_order, story.world.manager, **given)
