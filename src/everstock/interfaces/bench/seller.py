"""A process that sells: each of its documents is an order, its shipment and its invoice, by the actions that people use.

The order is priced and confirmed in one step, which reserves the goods; then they are picked and shipped, and billed, each with a durable
commit of its own. Items, customers and quantities are drawn at random, of goods that are there.
"""

import datetime as dt
import sys
import time
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from everstock.core.quantities import SCALE
from everstock.interfaces.bench.client import remember, serve
from everstock.interfaces.bench.workload import LINES, Ground

if TYPE_CHECKING:
    from everstock.operations.documents.lines import OrderLine

MOST = 5
"""Units of a line at most."""


class Sale(NamedTuple):
    """What is sold to a customer on a day."""

    customer: int
    day: dt.date
    lines: "tuple[OrderLine, ...]"


class Seller:
    """Somebody who sells for a company. What it draws depends on ``seed`` alone."""

    def __init__(self, ground: Ground, seed: int) -> None:
        from everstock.operations.identity.actor import system_actor

        self._ground = ground
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose
        self._actor = system_actor(ground.company, "bench")

    def sale(self, day: dt.date) -> Sale:
        """The next one."""
        from everstock.operations.documents.lines import OrderLine

        random, ground = self._random, self._ground
        lines = [
            OrderLine((1 + int(random.random() * MOST)) * SCALE, random.choice(ground.items)) for _ in range(LINES)
        ]
        return Sale(random.choice(ground.partners), day, tuple(lines))

    def sell(self, one: Sale) -> None:
        """Take the order, ship it and bill it."""
        from everstock.operations.sales.invoices import invoice_shipments
        from everstock.operations.sales.orders import create_order
        from everstock.operations.sales.shipments import ShipmentLine, ship

        actor, location, day = self._actor, self._ground.location, one.day
        order = create_order(
            actor, customer=one.customer, lines=one.lines, day=day, recorded_at=_now(), location=location, confirm=True
        ).id
        goods = [ShipmentLine(order, number, line.quantity) for number, line in enumerate(one.lines, 1)]
        shipment = ship(actor, lines=goods, day=day, recorded_at=_now())
        invoice_shipments(actor, shipments=[shipment.id], day=day, recorded_at=_now())


def _now() -> int:
    return time.time_ns() // 1000


def main() -> None:
    """Sell for a company."""
    import django

    django.setup()
    from everstock.interfaces.bench.companies import ground_of

    company, number, _ = map(int, sys.argv[1:4])
    ground, _ = ground_of(company)
    remember(ground, number)
    seller = Seller(ground, number)
    serve(seller.sale, seller.sell)


if __name__ == "__main__":
    main()
