"""Processes that help to verify: each replays some items in the very snapshot of the database that the first one reads.

Nothing of Django is imported at the top: a new process imports this module before it has set Django up.
"""

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from everstock.ledger.laws import Law, Violation


_state: dict[str, Any] = {}


def check_in_processes(
    company_id: int,
    snapshot: str,
    parts: Iterable[list[int]],
    earlier: list[int],
    laws: "Iterable[Law]",
    processes: int,
) -> "Iterator[tuple[int, list[Violation]]]":
    """Facts replayed and violations found of each part of the items, in order, now and as known at ``earlier`` positions; then of each law.

    ``snapshot``: as exported by PostgreSQL. ``laws``: functions of modules, which the processes import.
    """
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_join, initargs=(company_id, snapshot)
    ) as pool:
        replayed, kept = pool.map(_check, parts, repeat(earlier)), pool.map(_law, laws)
        yield from replayed
        yield from kept


def _join(company_id: int, snapshot: str) -> None:
    gc.disable()  # a replay makes millions of small records, none in a circle, and the process ends soon
    import django  # noqa: PLC0415 - see above

    django.setup()
    from django.db import transaction  # noqa: PLC0415 - see above

    from everstock.ledger import database  # noqa: PLC0415 - see above
    from everstock.ledger.books import Books  # noqa: PLC0415 - see above
    from everstock.ledger.item_laws import items_with_facts  # noqa: PLC0415 - see above

    _state["transaction"] = transaction.atomic()
    _state["transaction"].__enter__()  # ends with the process
    with database.cursor() as run:
        run.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        run.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
    books = Books(company_id)
    items_with_facts(books)
    _state["books"] = books


def _check(items: list[int], earlier: list[int]) -> "tuple[int, list[Violation]]":
    from everstock.ledger.item_laws import check_items  # noqa: PLC0415 - see above

    return check_items(_state["books"], items, earlier)


def _law(law: "Law") -> "tuple[int, list[Violation]]":
    return 0, list(law(_state["books"]))
