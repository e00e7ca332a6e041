"""What leaves a made-up company: what is there at once, the rest when it has come; sometimes the wrong quantity, which is taken back."""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from everstock.core.quantities import SCALE
from everstock.interfaces.demo.picking import OPEN, PICKED_AT, Picking
from everstock.interfaces.demo.selling import Sale
from everstock.interfaces.demo.story import Story
from everstock.interfaces.demo.world import Channel
from everstock.ledger.reservations import reservations
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Line
from everstock.operations.sales.allocation import allocate, holder
from everstock.operations.sales.kits import is_kit, part_of
from everstock.operations.sales.orders import cancel_order, close_order
from everstock.operations.sales.shipments import ShipmentLine, cancel_shipment, ship

_SENT_AT = 16 * 60
"""When the carriers come, in minutes of the day; what has come by then for others who wait is looked at before."""
_MISTAKEN, _TOO_MUCH = 0.015, 0.015
_PATIENCE = {Channel.WEB: (9, 25), Channel.MARKET: (6, 15), Channel.TRADE: (20, 45)}
"""Days after which customers who wait leave, from and to."""
_DELAYS = {Channel.WEB: (0, 1), Channel.MARKET: (0, 1), Channel.TRADE: (1, 3)}

Shipped = Callable[[Sale, DocumentRef], None]


class Shipping:
    """Plans what is shipped; ``shipped`` is told of every shipment that left."""

    def __init__(self, story: Story, shipped: Shipped) -> None:
        self.story = story
        self._shipped = shipped
        self._picking = Picking(story, shipped, self._wait)
        self._waiting: dict[int, Sale] = {}
        self._kept: Counter[tuple[int, int]] = Counter()
        """What is reserved for those who wait for a whole order, by the order and the line's number."""

    def plan(self) -> None:
        """Plan the days on which whoever waits may get something."""
        day = self.story.first
        while day <= self.story.last:
            if day.weekday() < 5:
                self.story.on(day, self._serve_waiting, minute=_SENT_AT - 20)
            day += dt.timedelta(days=1)

    def expect(self, sale: Sale) -> None:
        """Plan the shipment of an order."""
        story = self.story
        day = story.day + dt.timedelta(days=story.random.randint(*_DELAYS[sale.customer.channel]))
        self._look_at(sale, day)

    def _look_at(self, sale: Sale, day: dt.date) -> None:
        """Plan to see what of an order can leave: what dealers ordered is picked together, later in the day."""
        minute = PICKED_AT if sale.customer.channel is Channel.TRADE else _SENT_AT
        self.story.on(day, partial(self._pick, sale), minute=minute)

    # --- what can leave

    def _pick(self, sale: Sale) -> None:
        """Ship what is reserved for an order; what is missing waits."""
        story = self.story
        header, lines = sale.read(story)
        if sale.ended or header.state not in OPEN:
            self._waiting.pop(sale.id, None)
            return
        reserved = self._reserved(
            [line for line in lines if line.item is not None and line.base_quantity > line.received]
        )
        open_ = [
            line for line in lines if line.item is not None and line.base_quantity > line.received and not part_of(line)
        ]
        for kit in filter(is_kit, open_):
            # of a kit only whole ones leave
            parts = [line for line in lines if part_of(line) == kit.line]
            there = (reserved[part.document, part.line] * kit.base_quantity // part.base_quantity for part in parts)
            reserved[kit.document, kit.line] = min(there) // SCALE * SCALE
        short = sum(reserved[line.document, line.line] < line.base_quantity - line.received for line in open_)
        if not sale.tried:
            sale.tried = True
            story.asked += len(open_)
            story.served += len(open_) - short
        leaving = [
            ShipmentLine(sale.id, line.line, units * SCALE)
            for line in open_
            if (units := reserved[line.document, line.line] * line.denominator // line.numerator // SCALE)
        ]
        if short:
            self._wait(sale)
            if sale.customer.whole:
                return
        else:
            self._waiting.pop(sale.id, None)
        if not leaving:
            return
        for line in lines:
            if any(one.line in {line.line, part_of(line)} for one in leaving):
                self._kept.pop((sale.id, line.line), None)
        exact = all(
            not reserved[line.document, line.line] * line.denominator % (line.numerator * SCALE) for line in open_
        )
        if sale.customer.channel is Channel.TRADE and exact and sale.customer.id not in story.on_hold:
            story.lines += len(leaving)
            self._picking.add(sale)
        else:
            self._ship(sale, leaving, in_part=short > 0)

    def _wait(self, sale: Sale) -> None:
        """Not everything is there."""
        if sale.id not in self._waiting:
            self._waiting[sale.id] = sale
            self.story.done["orders that wait"] += 1
            self.story.after(*_PATIENCE[sale.customer.channel], partial(self._leave_unserved, sale))

    def _serve_waiting(self) -> None:
        """What has come is reserved for those who wait, dealers first, and leaves today."""
        story = self.story
        if not self._waiting:
            return
        headers = read(story.world.company.pk, list(self._waiting)).headers
        # what came in the same hour was picked for some of them
        self._waiting = {key: sale for key, sale in self._waiting.items() if headers[key].state in OPEN}
        waiting = sorted(self._waiting.values(), key=lambda one: (one.customer.channel is not Channel.TRADE, one.id))
        now = allocate(story.world.salesperson, orders=[one.id for one in waiting], recorded_at=story.now)
        more = {one.order for one in now if one.reserved > self._kept[one.order, one.line]}
        self._kept = Counter({(one.order, one.line): one.reserved for one in now})
        for sale in waiting:
            if sale.id in more:
                story.done["backorders served"] += 1
                self._look_at(sale, story.day)

    def _reserved(self, lines: list[Line]) -> Counter[tuple[int, int]]:
        """What is reserved for lines of orders: base units (10^-6), by the order and the line's number."""
        by_holder = {holder(line.document, line.line): (line.document, line.line) for line in lines}
        found = reservations(self.story.world.company.pk, holders=list(by_holder))
        return Counter({by_holder[one.holder]: one.quantity for one in found})

    # --- what leaves

    def _ship(self, sale: Sale, leaving: list[ShipmentLine], *, in_part: bool) -> None:
        story, world = self.story, self.story.world
        if sale.customer.id in story.on_hold:
            story.try_("customer.on_hold", ship, world.worker, lines=leaving, **self._when())
            self._look_at(sale, story.day + dt.timedelta(days=3))
            return
        if story.chance(_TOO_MUCH):
            first, *rest = leaving
            wrong = [first._replace(quantity=first.quantity + 1000 * SCALE), *rest]
            story.try_("shipment.exceeds", ship, world.worker, lines=wrong, **self._when())
        if story.chance(_MISTAKEN) and any(line.quantity > SCALE for line in leaving):
            self._ship_wrongly(sale, leaving)
        what = "shipments in part" if in_part else "shipments"
        made = story.do(what, ship, world.worker, lines=leaving, key=f"ship-{story.now}-{sale.id}", **self._when())
        story.lines += len(leaving)
        self._shipped(sale, made)

    def _ship_wrongly(self, sale: Sale, leaving: list[ShipmentLine]) -> None:
        """One piece too few, noticed before the carrier came."""
        story, world = self.story, self.story.world
        wrong = [line._replace(quantity=max(SCALE, line.quantity - SCALE)) for line in leaving]
        made = story.do("shipments", ship, world.worker, lines=wrong, **self._when())
        story.do(
            "shipments cancelled",
            cancel_shipment,
            world.worker,
            shipment=made.id,
            reason="wrong quantity",
            recorded_at=story.now,
        )
        allocate(world.salesperson, orders=[sale.id], recorded_at=story.now)

    def _when(self) -> dict[str, Any]:
        return {"day": self.story.day, "effective_at": self.story.now, "recorded_at": self.story.now}

    # --- who waits too long

    def _leave_unserved(self, sale: Sale) -> None:
        """Whoever still waits after so long does not want it any more."""
        story, world = self.story, self.story.world
        if sale.id not in self._waiting or sale.ended:
            return
        header, lines = sale.read(story)
        del self._waiting[sale.id]
        if header.state not in OPEN:
            return
        sale.ended = True
        given: dict[str, Any] = {"order": sale.id, "reason": "waited too long", "recorded_at": story.now}
        if any(line.received or line.invoiced for line in lines):
            story.do("orders closed", close_order, world.salesperson, **given)
        else:
            story.do("orders cancelled", cancel_order, world.salesperson, **given)
