"""Sellers of four channels who fight for scarce goods: a role of the race tests' processes (``tests.operations.worker``)."""

import datetime as dt
import random
import time
from collections import Counter
from typing import Any, NamedTuple

from everstock.core.facts import Kind
from everstock.core.problems import Refusal

UNIT = 1_000_000
EXPECTED = {
    *("shipment.exceeds", "shipment.short", "stock.short", "stock.short_later", "stock.promised", "stock.kept"),
    *("document.wrong_state", "order.invoiced", "return.exceeds"),
}
"""Why a seller may be refused where goods get lost."""


class Kept(NamedTuple):
    """A confirmed order of one line that was not shipped yet: what of it was reserved, in whole units."""

    order: int
    item: int
    ordered: int
    reserved: int


class Rival:
    """One process. Everything it does is of one of the scarce items; what it knows is what it was told."""

    def __init__(self, job: dict[str, Any]) -> None:
        from everstock.operations.identity.actor import system_actor

        self.job, self.name = job, f"{job['name']}"
        self.channel = f"CHANNEL-{job['name'] % 4}"
        self.chance = random.Random(job["name"])
        self.actor = system_actor(job["company"], self.channel)
        self.orders: list[Kept] = []
        self.carts: dict[str, tuple[int, int]] = {}
        self.shipped: list[tuple[int, int, int]] = []
        self.count: Counter[str] = Counter()
        self.sums: Counter[str] = Counter()

    def run(self) -> dict[str, Any]:
        """Until the time is over; returns how often what was done, and the units sold, returned, found and lost by item."""
        acts = ["order"] * 4 + ["cart"] * 6 + ["end_cart", "end_cart", "ship", "ship", "cancel", "take_back"]
        acts += ["lose", "find"] * self.job["losses"]
        until = time.monotonic() + self.job["seconds"]
        while time.monotonic() < until:
            act = self.chance.choice(acts)
            try:
                getattr(self, act)()
                self.count[act] += 1
            except Refusal as refusal:
                if refusal.code not in EXPECTED or not self.job["losses"]:
                    raise
                self.count[refusal.code] += 1
        return {"acts": self.count, "sums": self.sums}

    def order(self) -> None:
        from everstock.ledger.reservations import reservations
        from everstock.operations.documents.lines import OrderLine
        from everstock.operations.sales.allocation import holder
        from everstock.operations.sales.orders import create_order

        item, wanted = self.chance.choice(self.job["items"]), self.chance.randint(1, 3)
        made = create_order(
            self.actor,
            customer=self.job["customer"],
            lines=[OrderLine(wanted * UNIT, item=item, unit_price=UNIT)],
            day=self.day(),
            recorded_at=_now(),
            location=self.job["location"],
            channel=self.channel,
            reference=f"{self.name}-{self.count['order']}",
            confirm=True,
        )
        held = reservations(self.job["company"], holders=[holder(made.id, 1)])
        self.orders.append(Kept(made.id, item, wanted, sum(one.quantity for one in held) // UNIT))

    def cart(self) -> None:
        """For a moment, mostly too short for whoever is in it; on the first item, the hot one."""
        from everstock.ledger.reservations import Wanted, reserve

        item, holder = self.job["items"][0], f"CART/{self.name}/{self.count['cart']}"
        wanted = Wanted(holder, item, self.job["location"], self.chance.randint(1, 3) * UNIT)
        lasts = self.chance.choice([5_000, 20_000, 60_000_000])
        [granted] = reserve(self.job["company"], [wanted], recorded_at=_now(), expires_at=_now() + lasts)
        if granted and lasts > 1_000_000:
            self.carts[holder] = item, granted

    def end_cart(self) -> None:
        from everstock.ledger.reservations import release

        if self.carts:
            holder, (_, granted) = self.carts.popitem()
            [ended] = release(self.job["company"], [holder])
            if not self.job["losses"]:
                assert ended == granted, "what was promised to a cart was lost"

    def ship(self) -> None:
        """What was reserved; nobody but who loses goods can have taken it."""
        from everstock.operations.sales.shipments import ShipmentLine, ship

        kept = self.some(lambda one: one.reserved > 0)
        if kept is not None:
            line = ShipmentLine(kept.order, 1, kept.reserved * UNIT)
            made = ship(self.actor, lines=[line], day=self.day(), recorded_at=_now())
            self.sums[f"sold {kept.item}"] += kept.reserved
            self.shipped.append((made.id, kept.item, kept.reserved))

    def cancel(self) -> None:
        from everstock.operations.sales.orders import cancel_order

        kept = self.some(lambda one: True)
        if kept is not None:
            cancel_order(self.actor, order=kept.order, reason="race", recorded_at=_now())

    def take_back(self) -> None:
        """One piece of the first line of a shipment, back into stock."""
        from everstock.operations.documents.resolutions import Resolution
        from everstock.operations.sales.return_lines import ReturnLine
        from everstock.operations.sales.returns import take_back

        if self.shipped:
            shipment, item, _ = self.shipped.pop(self.chance.randrange(len(self.shipped)))
            take_back(
                self.actor,
                lines=[ReturnLine(UNIT, shipment, 1)],
                resolution=Resolution.CREDIT,
                day=self.day(),
                location=self.job["location"],
                recorded_at=_now(),
            )
            self.sums[f"returned {item}"] += 1

    def lose(self) -> None:
        self._adjust(Kind.ADJUST_OUT, "lost")

    def find(self) -> None:
        self._adjust(Kind.ADJUST_IN, "found")

    def _adjust(self, kind: Kind, name: str) -> None:
        from everstock.ledger.lines import Document, Line
        from everstock.ledger.post import post

        item = self.chance.choice(self.job["items"])
        lot = self.chance.choice(self.job["lots"]) if item == self.job["items"][1] else None
        line = Line(kind, item, f"{name}-{self.name}-{time.time_ns()}", UNIT, self.job["location"], lot=lot)
        post(self.job["company"], Document(_now(), (line,), "race"))
        self.sums[f"{name} {item}"] += 1

    def some(self, fits: Any) -> Kept | None:
        """One of the orders, which is then no longer known."""
        found = [place for place, one in enumerate(self.orders) if fits(one)]
        return self.orders.pop(self.chance.choice(found)) if found else None

    def day(self) -> dt.date:
        return dt.datetime.now(dt.UTC).date()


def _now() -> int:
    return time.time_ns() // 1000


def rivals(job: dict[str, Any], number: int) -> Any:
    """Everything that happens to scarce goods, for ``job["seconds"]``."""
    return Rival(job).run()
