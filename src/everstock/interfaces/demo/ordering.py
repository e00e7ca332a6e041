"""Purchase orders of a made-up company: requested, approved by who may, sent, changed, called off, cancelled."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Offered, Seller
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.changes import LineChange
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header, Line
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.call_offs import CallOff, call_off
from everstock.operations.purchasing.changes import change_order
from everstock.operations.purchasing.orders import (
    approve_order,
    cancel_order,
    close_order,
    create_blanket_order,
    create_order,
    send_order,
)

_BLANKETS = 0.1
"""So many of the suppliers have a blanket order for each half year."""
_HALF_YEAR = dt.timedelta(days=182)
_CHANGED, _CANCELLED, _ASKED_TWICE, _HAGGLED, _CHARGED = 0.06, 0.03, 0.02, 0.08, 0.06


@dataclass(slots=True)
class Order:
    """An order that was sent. ``offers``: by the number of the line, of goods alone. ``matched``: something was billed of it before it came."""

    id: int
    number: str
    seller: Seller
    offers: dict[int, Offered]
    sent_on: dt.date
    expected_on: dt.date
    closed: bool = False
    matched: bool = False

    def read(self, story: Story) -> tuple[Header, list[Line]]:
        """The order as it is now."""
        found = read(story.world.company.pk, [self.id])
        return found.headers[self.id], found.lines[self.id]


class Ordering:
    """Plans orders; what was sent is handed on to ``sent``."""

    def __init__(self, story: Story, sent: Callable[[Order], None]) -> None:
        self.story = story
        self._sent = sent
        self._blankets: dict[int, tuple[int, dt.date, list[Offered]]] = {}
        self._placed = 0

    def plan(self) -> None:
        """Plan blanket orders for a few suppliers."""
        story = self.story
        sellers = [seller for seller in story.world.sellers if not seller.foreign]
        for seller in sellers[: max(1, round(len(sellers) * _BLANKETS))]:
            start = story.first
            while start < story.last:
                story.on(start, self._agree(seller), minute=9 * 60)
                start += _HALF_YEAR

    # --- blanket orders

    def _agree(self, seller: Seller) -> Callable[[], None]:
        def act() -> None:
            story = self.story
            offers = [offer for offer in seller.offers if offer.priced][:3]
            if not offers:
                return
            until = story.day + _HALF_YEAR
            lines = [OrderLine(400 * offer.multiple * SCALE, item=offer.goods.id, unit=offer.unit) for offer in offers]
            made = story.do(
                "blanket orders",
                create_blanket_order,
                story.world.buyer,
                supplier=seller.id,
                lines=lines,
                day=story.day,
                valid_until=until,
                location=story.world.dock,
                recorded_at=story.now,
            )
            approve_order(story.world.manager, order=made.id, recorded_at=story.now)
            send_order(story.world.buyer, order=made.id, day=story.day, recorded_at=story.now)
            self._blankets[seller.id] = made.id, until, offers

        return act

    def _call_off(self, seller: Seller, needed: Mapping[int, int]) -> set[int]:
        """Order what is needed of goods of the blanket order, if there is one and enough of it left; return of which items that was."""
        story = self.story
        blanket, until, offers = self._blankets.get(seller.id, (0, story.first, []))
        if not blanket or story.day > until:
            return set()
        left = read(story.world.company.pk, [blanket]).lines[blanket]
        lines, called = [], {}
        for line, offer in zip(left, offers, strict=True):
            quantity = needed.get(offer.goods.id, 0) * SCALE
            if quantity and line.ordered + quantity * offer.factor <= line.base_quantity:
                lines.append(CallOff(line.line, quantity))
                called[offer.goods.id] = offer
        if lines:
            made = story.do(
                "call-offs",
                call_off,
                story.world.buyer,
                blanket=blanket,
                lines=lines,
                day=story.day,
                recorded_at=story.now,
            )
            story.after(0, 1, self._send(made.id, seller, called))
        return set(called)

    # --- orders

    def place(self, seller: Seller, needed: Mapping[int, int]) -> None:
        """Order what is ``needed`` at a supplier: units as it sells them, by item."""
        story = self.story
        self._placed += 1
        called = self._call_off(seller, needed)
        offers = [offer for offer in seller.offers if offer.goods.id in needed.keys() - called]
        if not offers:
            return
        lines = [self._line(offer, seller, needed[offer.goods.id]) for offer in offers]
        if story.chance(_CHARGED):
            lines.append(OrderLine(SCALE, description="Pallets", unit_price=story.random.randint(5, 40) * SCALE))
        key = f"order-{self._placed}"
        made = None
        for _ in range(2 if story.chance(_ASKED_TWICE) else 1):
            made = story.do(
                "purchase orders",
                create_order,
                story.world.buyer,
                supplier=seller.id,
                lines=lines,
                day=story.day,
                location=story.world.dock,
                recorded_at=story.now,
                key=key,
            )
        assert made is not None
        story.lines += len(offers)
        self._approve(made.id, seller, {offer.goods.id: offer for offer in offers})

    def _line(self, offer: Offered, seller: Seller, quantity: int) -> OrderLine:
        price = None
        if offer.priced and self.story.chance(_HAGGLED):
            price = offer.price(seller, self.story.random.uniform(0.9, 1.05))
        return OrderLine(quantity * SCALE, item=offer.goods.id, unit=offer.unit, unit_price=price)

    def _approve(self, order: int, seller: Seller, offers: dict[int, Offered]) -> None:
        """The buyer approves what is within the limit; the rest waits for the manager."""
        story = self.story
        found = read(story.world.company.pk, [order])
        if self._above_limit(found.headers[order], found.lines[order]):
            story.try_("approval.over_limit", approve_order, story.world.buyer, order=order, recorded_at=story.now)
            story.after(0, 2, self._approve_by_manager(order, seller, offers))
            return
        story.do("approvals", approve_order, story.world.buyer, order=order, recorded_at=story.now)
        if story.chance(_CANCELLED / 3):
            story.after(0, 3, self._cancel(order))
            return
        story.after(0, 1, self._send(order, seller, offers))

    def _above_limit(self, header: Header, lines: list[Line]) -> bool:
        limit = self.story.world.buyer.limits[Permission.PURCHASE_ORDER_APPROVE]
        own = self.story.world.company.currency_id
        amount = in_company_currency(header.gross, header.currency, header.rate, own)
        return limit is not None and (amount > limit or any(line.unit_price is None for line in lines))

    def _approve_by_manager(self, order: int, seller: Seller, offers: dict[int, Offered]) -> Callable[[], None]:
        def act() -> None:
            story = self.story
            story.do("approvals", approve_order, story.world.manager, order=order, recorded_at=story.now)
            story.after(0, 1, self._send(order, seller, offers))

        return act

    def _send(self, order: int, seller: Seller, by_item: dict[int, Offered]) -> Callable[[], None]:
        def act() -> None:
            story = self.story
            story.do(
                "purchase orders sent",
                send_order,
                story.world.buyer,
                order=order,
                day=story.day,
                recorded_at=story.now,
            )
            found = read(story.world.company.pk, [order])
            header, lines = found.headers[order], found.lines[order]
            offers = {line.line: by_item[line.item] for line in lines if line.item is not None}
            assert header.expected_on is not None
            sent = Order(order, header.number, seller, offers, story.day, header.expected_on)
            if story.chance(_CANCELLED * 2 / 3):
                sent.closed = True
                story.after(0, 1, self._cancel(order))
                return
            if story.chance(_CHANGED):
                story.after(0, 1, self._change(sent))
            self._sent(sent)

        return act

    def _cancel(self, order: int) -> Callable[[], None]:
        def act() -> None:
            story = self.story
            actor, moment = story.world.buyer, story.now
            story.do(
                "purchase orders cancelled", cancel_order, actor, order=order, reason="not needed", recorded_at=moment
            )

        return act

    def _change(self, order: Order) -> Callable[[], None]:
        """Less of one line than was ordered, or a later day."""

        def act() -> None:
            story = self.story
            header, lines = order.read(story)
            line = story.some(line for line in lines if line.item is not None)
            offer = order.offers[line.line]
            less = line.quantity - offer.multiple * SCALE
            change = LineChange(line.line, expected_on=max(order.expected_on, story.day) + dt.timedelta(days=7))
            if less >= max(offer.minimum, 1) * SCALE and not (line.received or line.invoiced) and story.chance(0.6):
                change = LineChange(line.line, quantity=less)
            if order.closed or header.state not in {"sent", "partly_received"}:
                return
            story.do(
                "purchase orders changed",
                change_order,
                story.world.buyer,
                order=order.id,
                changes=[change],
                version=header.version,
                recorded_at=story.now,
            )

        return act

    def close(self, order: Order) -> None:
        """Wait for no more of an order."""
        story = self.story
        header, _ = order.read(story)
        if order.closed or header.state not in {"sent", "partly_received", "received"}:
            return
        order.closed = True
        actor, moment = story.world.buyer, story.now
        story.do(
            "purchase orders closed",
            close_order,
            actor,
            order=order.id,
            reason="the rest never came",
            recorded_at=moment,
        )
