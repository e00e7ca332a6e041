"""A process that posts: told on standard input how many documents to prepare and when to go, it answers with its times.

Preparing is not measured: it makes the lines. The moment of recording is read right before each posting.
"""

import json
import os
import sys
import time
from typing import Any

from everstock.core.facts import Kind
from everstock.interfaces.bench.workload import SOURCE, Ground, Workload
from everstock.ledger.lines import Document, Line


def main() -> None:
    """Serve ``prepare N`` and ``go`` until the input ends."""
    import django

    django.setup()
    from everstock.interfaces.bench.companies import ground_of

    company, number, clients = map(int, sys.argv[1:4])
    ground, on_hand = ground_of(company)
    shares = [units // clients for units in on_hand]
    name = f"C{number}-{os.getpid()}-{time.time_ns()}"
    _remember(ground, number)
    workload = Workload(ground, shares, number, name)
    documents: list[Any] = []
    for order in sys.stdin:
        verb, *rest = order.split()
        if verb == "prepare":
            documents = [workload.document() for _ in range(int(rest[0]))]
            _answer({"ready": True})
        else:
            _answer(_go(ground.company, documents))


def _remember(ground: Ground, number: int) -> None:
    """Get to know the company and all its pools, as a process does that has posted for a while; nothing of it is kept."""
    from django.db import transaction

    from everstock.ledger.post import post_all

    receipts = tuple(
        Line(Kind.RECEIPT, item, f"W{number}-{item}", 1_000_000, ground.location, value=100) for item in ground.items
    )
    with transaction.atomic():
        post_all(ground.company, [Document(time.time_ns() // 1000, receipts, SOURCE)])
        transaction.set_rollback(True)


def _go(company: int, documents: list[Any]) -> dict[str, Any]:
    from everstock.ledger.post import post

    times: list[float] = []
    begun = last = time.perf_counter()
    for document in documents:
        post(company, document._replace(recorded_at=time.time_ns() // 1000))
        done = time.perf_counter()
        times.append(done - last)
        last = done
    return {"seconds": last - begun, "times": times}


def _answer(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
