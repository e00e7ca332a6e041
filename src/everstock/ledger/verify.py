"""The laws of the books, recomputed from the raw facts by code that shares nothing with the costing engine.

What concerns one item is checked item by item against ``core.naive``; what concerns the company is a query per law (``laws``). Layers
above bring laws of their own; ``everstock verify`` and nightly jobs call ``reports.proof``, which has them all.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from everstock.ledger import database
from everstock.ledger.books import Books
from everstock.ledger.item_laws import ITEM_LAWS, check_items, items_with_facts
from everstock.ledger.laws import COMPANY_LAWS, Law, Violation
from everstock.ledger.workers import check_in_processes

Progress = Callable[[str, int, int], None]
"""Called with what is being checked, the number done, and the number in all."""

_ITEMS_AT_ONCE = 100
_PROCESSES = 8
_PARTS_WORTH_IT = 4
"""Parts below which starting processes takes longer than it saves."""


class Verdict(NamedTuple):
    """What was checked and what was found, the worst first."""

    items: int
    facts: int
    moments: int
    laws: int
    violations: list[Violation]


def verify(
    company_id: int,
    *,
    progress: Progress | None = None,
    known_at_samples: int = 3,
    further: Mapping[str, Law] | None = None,
) -> Verdict:
    """Check every law of one company, in one snapshot of the database.

    ``known_at_samples``: at how many earlier recording moments the books are recomputed as they were known then. ``further``: laws that
    the ledger does not know, by name.
    """
    tell = progress or _say_nothing
    nested = connection.in_atomic_block  # then the caller's transaction is the snapshot
    with transaction.atomic():
        if not nested:
            with database.cursor() as run:
                run.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        books = Books(company_id)
        items = items_with_facts(books)
        earlier = _earlier_positions(company_id, known_at_samples)
        parts = [items[first : first + _ITEMS_AT_ONCE] for first in range(0, len(items), _ITEMS_AT_ONCE)]
        laws = {**COMPANY_LAWS, **(further or {})}
        checked = _checked(books, parts, earlier, list(laws.values()), nested=nested)
        violations: list[Violation] = []
        facts = done = 0
        for part, (replayed, found) in zip(parts, islice(checked, len(parts)), strict=True):
            facts += replayed
            done += len(part)
            violations.extend(found)
            tell("replay from the raw facts", done, len(items))
        for number, (name, (_, found)) in enumerate(zip(laws, checked, strict=True), 1):
            violations.extend(found)
            tell(name, number, len(laws))
    violations.sort(key=lambda violation: -violation.weight)
    return Verdict(len(items), facts, 1 + len(earlier), ITEM_LAWS + len(laws), violations)


def _checked(
    books: Books, parts: list[list[int]], earlier: list[int], laws: list[Law], *, nested: bool
) -> Iterator[tuple[int, list[Violation]]]:
    """Check items part by part, then the laws, in several processes where that pays: facts replayed, what was found."""
    processes = min(os.cpu_count() or 1, len(parts), _PROCESSES)
    if nested or processes < 2 or len(parts) < _PARTS_WORTH_IT:
        for part in parts:
            yield check_items(books, part, earlier)
        for law in laws:
            yield 0, list(law(books))
        return
    with database.cursor() as run:
        run.execute("SELECT pg_export_snapshot()")
        row = run.fetchone()
    assert row is not None
    yield from check_in_processes(books.company_id, row[0], parts, earlier, laws, processes)


def _say_nothing(_what: str, _done: int, _total: int) -> None:
    pass


def _earlier_positions(company_id: int, samples: int) -> list[int]:
    """Positions spread over the history since the costing last changed, without the last one."""
    with database.cursor() as run:
        run.execute(
            "SELECT max(id) FROM (SELECT id, ntile(%s) OVER (ORDER BY id) AS part FROM posting WHERE company_id = %s"
            " AND id >= coalesce((SELECT max(posting_id) FROM costing_change WHERE company_id = %s), 0)) p"
            " GROUP BY part ORDER BY 1",
            (samples + 1, company_id, company_id),
        )
        return [position for (position,) in run.fetchall()][:-1]
