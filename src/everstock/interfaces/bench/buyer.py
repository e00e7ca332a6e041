"""A process that buys: each of its documents is an order, its receipt and its invoice, by the actions that people use.

The order is created, approved and sent in one step, then received and billed, each with a durable commit of its own.
Everything comes as ordered and is billed as ordered; items, suppliers and quantities are drawn at random.
"""

import datetime as dt
import os
import sys
import time
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from everstock.core.quantities import SCALE
from everstock.interfaces.bench.client import remember, serve
from everstock.interfaces.bench.workload import LINES, Ground

if TYPE_CHECKING:
    from everstock.operations.documents.lines import OrderLine


class Purchase(NamedTuple):
    """What is bought of a supplier on a day; ``reference`` is the number of its invoice."""

    supplier: int
    day: dt.date
    lines: "tuple[OrderLine, ...]"
    reference: str


class Buyer:
    """Somebody who buys for a company. What it draws depends on ``seed`` alone; ``name`` makes its references new."""

    def __init__(self, ground: Ground, seed: int, name: str) -> None:
        from everstock.operations.identity.actor import system_actor

        self._ground = ground
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose
        self._name = name
        self._purchases = 0
        self._actor = system_actor(ground.company, "bench")

    def purchase(self, day: dt.date) -> Purchase:
        """The next one."""
        from everstock.operations.documents.lines import OrderLine

        random, ground = self._random, self._ground
        self._purchases += 1
        lines = []
        for _ in range(LINES):
            index = int(random.random() * len(ground.items))
            price = (100 + index * 7 % 5000) * SCALE // 100
            lines.append(OrderLine((1 + int(random.random() * 20)) * SCALE, ground.items[index], unit_price=price))
        return Purchase(random.choice(ground.partners), day, tuple(lines), f"{self._name}-{self._purchases}")

    def buy(self, one: Purchase) -> None:
        """Order, receive and enter the invoice."""
        from everstock.operations.purchasing.invoices import post_invoice
        from everstock.operations.purchasing.orders import create_order
        from everstock.operations.purchasing.receipt_lines import ReceiptLine
        from everstock.operations.purchasing.receipts import receive

        actor, location, day = self._actor, self._ground.location, one.day
        order = create_order(
            actor, supplier=one.supplier, lines=one.lines, day=day, recorded_at=_now(), location=location, send=True
        ).id
        goods = [ReceiptLine(line.quantity, order, number) for number, line in enumerate(one.lines, 1)]
        receipt = receive(actor, lines=goods, day=day, recorded_at=_now())
        post_invoice(
            actor,
            supplier=one.supplier,
            reference=one.reference,
            day=day,
            recorded_at=_now(),
            receipts=[receipt.id],
        )


def _now() -> int:
    return time.time_ns() // 1000


def main() -> None:
    """Buy for a company."""
    import django

    django.setup()
    from everstock.interfaces.bench.companies import ground_of

    company, number, _ = map(int, sys.argv[1:4])
    ground, _ = ground_of(company)
    remember(ground, number)
    buyer = Buyer(ground, number, f"C{number}-{os.getpid()}-{time.time_ns()}")
    serve(buyer.purchase, buyer.buy)


if __name__ == "__main__":
    main()
