"""Deliveries to a made-up company: in parts, late, too many, damaged, by sea, without an order, miscounted."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.interfaces.demo.handling import Batch, Handling
from everstock.interfaces.demo.ordering import Order
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Offered, Seller
from everstock.masterdata.models import Lot, Tracking
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Line
from everstock.operations.purchasing.receipt_lines import FINAL, ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive, receive_dispatched
from everstock.operations.purchasing.transit import arrive
from everstock.operations.warehouse.transit import Arrival

_PARTS = (1, 1, 1, 1, 1, 1, 1, 2, 2, 3)
"""In how many deliveries an order comes, as often as it stands here."""
_LATE = (0, 0, 0, 0, 1, -1, -2, 2, 5, 12, 20)
"""Days after the one that was expected."""
_OVER, _SHORT, _DAMAGED, _COUNTED_SINGLY, _ENTERED_LATE, _MISCOUNTED = 0.04, 0.05, 0.04, 0.1, 0.05, 0.015
_UNORDERED = 150
"""Once in so many days something comes that nobody ordered."""
_OPEN = frozenset({"sent", "partly_received", "received", "invoiced"})

Billed = Callable[[Seller, int], None]
Close = Callable[[Order], None]


class Receiving:
    """Plans what comes of orders that were sent. ``billed`` is told of every receipt that stands, ``close`` of orders to wait no more for."""

    def __init__(self, story: Story, handling: Handling, billed: Billed, close: Close) -> None:
        self.story = story
        self._handling = handling
        self._billed = billed
        self._close = close
        self._numbers = 0

    def expect(self, order: Order) -> None:
        """Plan the deliveries of an order."""
        story = self.story
        day = max(order.expected_on + dt.timedelta(days=story.some(_LATE)), order.sent_on)
        if order.seller.at_sea:
            story.on(max(order.sent_on, day - dt.timedelta(days=25)), self._delivery(order, 1))
            return
        parts = story.some(_PARTS)
        for part in range(parts):
            story.on(day, self._delivery(order, parts - part))
            day += dt.timedelta(days=story.random.randint(3, 15))

    def deliver_again(self, order: Order) -> None:
        """Plan another delivery, of what was damaged or went back for a replacement."""
        self.story.after(5, 15, self._delivery(order, 1))

    def _delivery(self, order: Order, parts: int) -> Callable[[], None]:
        return lambda: self._deliver(order, parts)

    # --- what comes

    def _deliver(self, order: Order, parts: int) -> None:
        """What is open of an order comes, in so many parts."""
        story = self.story
        header, lines = order.read(story)
        if order.closed or header.state not in _OPEN:
            return
        wanted: list[ReceiptLine] = []
        over = False
        for line in lines:
            left = (line.base_quantity - line.received) // SCALE
            if line.item is None or left <= 0 or (line.details or {}).get(FINAL):
                continue
            offer = order.offers[line.line]
            asked = ReceiptLine(0, order.id, line.line)
            if left % offer.factor:
                # pieces that went back for a replacement, less than a box
                wanted += self._in_lots(asked._replace(unit=offer.goods.base_unit), offer, left)
                continue
            count, damaged = self._counts(order, offer, left // offer.factor, parts)
            after = line.received + count * offer.factor * SCALE
            over |= after * 100 > line.base_quantity * (100 + order.seller.over)
            wanted += self._lines(asked, offer, count, damaged)
        if not wanted:
            return
        if parts > 1 or story.chance(0.5):
            story.after(35, 50, lambda: self._close(order))
        if any(line.rejected for line in wanted):
            self.deliver_again(order)
        if order.seller.at_sea:
            self._dispatch(order, wanted)
        else:
            self._receive(order, wanted, over=over)

    def _counts(self, order: Order, offer: Offered, left: int, parts: int) -> tuple[int, int]:
        """How many units of ``left`` come good, and how many damaged."""
        story = self.story
        count = left if parts == 1 else max(1, left // parts)
        if offer.goods.tracking == Tracking.SERIAL or parts > 1 or order.seller.at_sea:
            return count, 0
        if story.chance(_OVER):
            return count + max(1, count * order.seller.over // 100), 0
        if count > 1 and story.chance(_SHORT):
            return count - 1, 0
        if count > 2 and story.chance(_DAMAGED):
            return count - count // 3, count // 3
        return count, 0

    def _lines(self, asked: ReceiptLine, offer: Offered, count: int, damaged: int) -> list[ReceiptLine]:
        """Lines of a receipt over so many units that are good, and so many that are damaged."""
        story = self.story
        if damaged:
            bad = asked._replace(rejected=damaged * SCALE, reason="damaged")
            return [*self._in_lots(asked, offer, count), bad]
        if offer.unit is not None and story.chance(_COUNTED_SINGLY):
            return self._in_lots(asked._replace(unit=offer.goods.base_unit), offer, count * offer.factor)
        return self._in_lots(asked, offer, count)

    def _in_lots(self, asked: ReceiptLine, offer: Offered, count: int) -> list[ReceiptLine]:
        """A line over so many units, or one for each of their lots or serial numbers."""
        story = self.story
        if offer.goods.tracking == Tracking.NONE:
            return [asked._replace(quantity=count * SCALE)]
        if offer.goods.tracking == Tracking.SERIAL:
            return [asked._replace(quantity=SCALE, lot=self._code("SN")) for _ in range(count)]
        first = count if count < 4 or story.chance(0.6) else count // 2
        found = []
        for part in (first, count - first):
            if part:
                made = story.day - dt.timedelta(days=story.random.randint(10, 60))
                expires = story.day + dt.timedelta(days=story.random.randint(90, 700))
                lot = asked._replace(lot=self._code("L"), expires_on=expires, manufactured_on=made)
                found.append(lot._replace(quantity=part * SCALE))
        return found

    def _code(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}{self._numbers:06d}"

    # --- receipts

    def _receive(self, order: Order, wanted: list[ReceiptLine], *, over: bool) -> None:
        story, world = self.story, self.story.world
        day = story.day
        if story.chance(_ENTERED_LATE):
            day = max(order.sent_on, day - dt.timedelta(days=story.random.randint(1, 4)))
        given: dict[str, Any] = {
            "lines": wanted,
            "day": day,
            "location": world.dock,
            "reference": self._code("DN-"),
            "effective_at": None if day < story.day else story.now,
            "recorded_at": story.now,
        }
        actor = world.worker
        if over:
            story.try_("receipt.over_tolerance", receive, actor, **given)
            actor = world.manager
        what = "receipts entered late" if day < story.day else "receipts"
        made = story.do(what, receive, actor, key=self._code("R-"), **given)
        # of an order that was billed ahead the match would have to be cancelled first
        if story.chance(_MISCOUNTED) and not order.matched:
            given_up: dict[str, Any] = {"receipt": made.id, "reason": "miscounted", "recorded_at": story.now}
            try:
                story.do("receipts cancelled", cancel_receipt, actor, **given_up)
            except Refusal as refusal:
                # what had been billed and given up as never coming was matched with these goods
                if refusal.code != "receipt.matched":
                    raise
                story.refused[refusal.code] += 1
            else:
                made = story.do(what, receive, actor, **given)
        batches = self._batches(made.id, order)
        self._billed(order.seller, made.id)
        self._handling.put_away(batches, order)

    def _batches(self, receipt: int, order: Order) -> list[Batch]:
        story = self.story
        lines = read(story.world.company.pk, [receipt]).lines[receipt]
        _, ordered = order.read(story)
        offers = {line.id: order.offers[line.line] for line in ordered if line.item is not None}
        story.lines += len(lines)
        return batches_of(lines, {line.id: offers[line.source or 0] for line in lines})

    # --- by sea

    def _dispatch(self, order: Order, wanted: list[ReceiptLine]) -> None:
        """The goods are ours from now on, and arrive in some weeks."""
        story, world = self.story, self.story.world
        made = story.do(
            "dispatches",
            receive_dispatched,
            world.worker,
            lines=wanted,
            day=story.day,
            location=world.transit,
            effective_at=story.now,
            recorded_at=story.now,
        )
        batches = self._batches(made.id, order)
        self._billed(order.seller, made.id)
        arriving = [batches] if story.chance(0.8) or len(batches) < 2 else [batches[::2], batches[1::2]]
        for number, some in enumerate(arriving):
            story.after(20 + 10 * number, 30 + 10 * number, self._arrival(made.id, some, order))

    def _arrival(self, receipt: int, batches: list[Batch], order: Order) -> Callable[[], None]:
        def act() -> None:
            story, world = self.story, self.story.world
            story.do(
                "arrivals",
                arrive,
                world.worker,
                arrivals=[Arrival(receipt, batch.line.line, batch.line.quantity) for batch in batches],
                day=story.day,
                location=world.dock,
                effective_at=story.now,
                recorded_at=story.now,
            )
            self._handling.put_away(batches, order)

        return act

    # --- without an order

    def plan_unordered(self) -> None:
        """Plan goods that come without an order, now and then."""
        story = self.story
        days = max(21, (story.last - story.first).days)
        for _ in range(1 + days // _UNORDERED):
            story.on(story.first + dt.timedelta(days=story.random.randint(20, days)), self._unordered)

    def _unordered(self) -> None:
        story, world = self.story, self.story.world
        seller = story.some(world.sellers)
        offer = story.some(seller.offers)
        count = 1 if offer.goods.tracking == Tracking.SERIAL else story.random.randint(2, 12)
        price = offer.price(seller) if story.chance(0.5) else None
        asked = ReceiptLine(0, item=offer.goods.id, unit=offer.unit, unit_price=price)
        made = story.do(
            "receipts without an order",
            receive,
            world.worker,
            lines=self._lines(asked, offer, count, 0),
            day=story.day,
            supplier=seller.id,
            location=world.dock,
            effective_at=story.now,
            recorded_at=story.now,
        )
        lines = read(world.company.pk, [made.id]).lines[made.id]
        batches = batches_of(lines, {line.id: offer for line in lines})
        story.lines += len(lines)
        self._billed(seller, made.id)
        self._handling.put_away(batches, None)


def batches_of(lines: list[Line], offers: dict[int, Offered]) -> list[Batch]:
    """The goods that lines of a receipt brought in; ``offers`` by the ids of the lines."""
    lots = {lot.pk: lot for lot in Lot.objects.filter(pk__in=[line.lot for line in lines if line.lot])}
    return [
        Batch(
            *(line, offers[line.id], lots[line.lot].code if line.lot else None, line.base_quantity),
            lots[line.lot].expires_on if line.lot else None,
        )
        for line in lines
        if line.base_quantity
    ]
