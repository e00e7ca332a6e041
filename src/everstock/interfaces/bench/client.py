"""A process that posts: told on standard input how many documents to prepare and when to go, it answers with its times.

Preparing is not measured: it makes the lines. The moment of recording is read right before each posting.
"""

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from everstock.core.facts import Kind
from everstock.interfaces.bench.workload import SOURCE, Ground, Workload
from everstock.ledger.lines import Document, Line

T = TypeVar("T")


def main() -> None:
    """Post documents to a company."""
    import django

    django.setup()
    from everstock.interfaces.bench.companies import ground_of
    from everstock.ledger.post import post

    company, number, clients = map(int, sys.argv[1:4])
    ground, on_hand = ground_of(company)
    shares = [units // clients for units in on_hand]
    name = f"C{number}-{os.getpid()}-{time.time_ns()}"
    remember(ground, number)
    workload = Workload(ground, shares, number, name)

    def go(document: Document) -> None:
        post(company, document._replace(recorded_at=time.time_ns() // 1000))

    serve(lambda _: workload.document(), go)


def remember(ground: Ground, number: int) -> None:
    """Get to know the company and all its pools, as a process does that has posted for a while; nothing of it is kept."""
    from django.db import transaction

    from everstock.ledger.post import post_all

    receipts = tuple(
        Line(Kind.RECEIPT, item, f"W{number}-{item}", 1_000_000, ground.location, value=100) for item in ground.items
    )
    with transaction.atomic():
        post_all(ground.company, [Document(time.time_ns() // 1000, receipts, SOURCE)])
        transaction.set_rollback(True)


def serve(prepare: Callable[[dt.date], T], go: Callable[[T], object]) -> None:
    """Serve ``prepare N [DAY]`` and ``go`` until the input ends; without a day, things happen today."""
    prepared: list[T] = []
    for order in sys.stdin:
        verb, *rest = order.split()
        if verb == "prepare":
            day = dt.date.fromisoformat(rest[1]) if len(rest) > 1 else dt.datetime.now(dt.UTC).date()
            prepared = [prepare(day) for _ in range(int(rest[0]))]
            _answer({"ready": True})
        else:
            _answer(_go(prepared, go))


def _go(prepared: list[T], go: Callable[[T], object]) -> dict[str, Any]:
    times: list[float] = []
    begun = last = time.perf_counter()
    for one in prepared:
        go(one)
        done = time.perf_counter()
        times.append(done - last)
        last = done
    return {"seconds": last - begun, "times": times}


def _answer(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
