"""Drops every cache of a company and makes it anew from the facts. It may never change an answer.

Caches are: states of pools, balances, places of items in their order, checkpoints, snapshots, and sums of what is promised.
"""

from django.db import transaction

from everstock.core.costing.state import dump
from everstock.core.history import History
from everstock.core.replay import ItemState
from everstock.ledger import database
from everstock.ledger.books import Books
from everstock.ledger.database import integers, texts
from everstock.ledger.histories import engine_for
from everstock.ledger.item_laws import item_facts, items_with_facts
from everstock.ledger.snapshots import drop_snapshots

_ITEMS_AT_ONCE = 200

_DROP = (
    "DELETE FROM checkpoint WHERE item_id IN (SELECT id FROM item WHERE company_id = %(company)s)",
    "DELETE FROM balance WHERE item_id IN (SELECT id FROM item WHERE company_id = %(company)s)",
    "DELETE FROM item_clock WHERE item_id IN (SELECT id FROM item WHERE company_id = %(company)s)",
    "DELETE FROM reserved WHERE item_id IN (SELECT id FROM item WHERE company_id = %(company)s)",
    "UPDATE pool SET quantity = 0, value = 0, state = '{}' WHERE company_id = %(company)s",
)
_BALANCES = """
INSERT INTO balance (item_id, location_id, lot_id, quantity)
SELECT l.item_id, l.location_id, l.lot_id, sum(l.quantity)
  FROM leg l JOIN location p ON p.id = l.location_id AND p.kind IN ('internal', 'transit', 'consignment')
 WHERE l.company_id = %(company)s GROUP BY 1, 2, 3
"""
# rank 2 comes after everything of its instant: a fact of the same instant is then put in place by replay
_CLOCKS = """
INSERT INTO item_clock (item_id, last_at, last_rank, since_checkpoint)
SELECT item_id, max(effective_at), 2, 0 FROM movement
 WHERE company_id = %(company)s AND kind NOT IN (10, 11, 14) GROUP BY 1
"""
_RESERVED = """
INSERT INTO reserved (item_id, warehouse_id, quantity)
SELECT item_id, warehouse_id, sum(quantity) FROM reservation WHERE company_id = %(company)s GROUP BY 1, 2
"""


def rebuild(company_id: int) -> int:
    """Rebuild all caches of a company in one transaction, while nobody posts; returns the number of items."""
    with transaction.atomic():
        database.lock_company(company_id, exclusive=True)
        drop_snapshots(company_id)
        with database.cursor() as run:
            for statement in (*_DROP, _BALANCES, _CLOCKS, _RESERVED):
                run.execute(statement, {"company": company_id})
        books = Books(company_id)
        items = items_with_facts(books)
        for first in range(0, len(items), _ITEMS_AT_ONCE):
            _rebuild_pools(books, items[first : first + _ITEMS_AT_ONCE])
    return len(items)


def _rebuild_pools(books: Books, items: list[int]) -> None:
    facts = item_facts(books, items)
    rows: list[tuple[int, int, int, str]] = []
    for item in items:
        engine = engine_for(books, item)
        history = History(engine, ItemState(), facts[item])
        rows.extend(
            (pool, state.quantity, state.value, integers(dump(state))) for pool, state in history.state.pools.items()
        )
    if not rows:
        return
    pools, quantities, values, states = zip(*rows, strict=True)
    with database.cursor() as run:
        run.execute(
            "UPDATE pool SET quantity = n.quantity, value = n.value, state = n.state::bigint[]"
            " FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::text[]) AS n(id, quantity, value, state)"
            " WHERE pool.id = n.id",
            (integers(pools), integers(quantities), integers(values), texts(states)),
        )
