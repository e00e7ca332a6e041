"""The statements of the posting path: one that reads under locks, one that writes."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connection

from everstock.core.facts import Pool
from everstock.ledger.statements import Statement

_LOCK_SPACE = 0x45565354
"""First key of our advisory locks, so that they cannot meet anybody else's."""


def cursor() -> "psycopg.Cursor[Any]":
    """A cursor of the driver on Django's connection: parameters are bound by the server and statements prepared."""
    connection.ensure_connection()
    return psycopg.Cursor(connection.connection)


def lock_company(company_id: int, *, exclusive: bool) -> None:
    """Keep settings and costing of a company as they are until the transaction ends, or keep everybody else out."""
    function = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
    with cursor() as run:
        run.execute(f"SELECT {function}(%s, %s)", (_LOCK_SPACE, company_id), prepare=True)


def lock_clock(company_id: int) -> None:
    """Keep postings of a company from being written until the transaction ends; every position so far is committed then."""
    with cursor() as run:
        run.execute("SELECT ledger_lock_clock(%s)", (company_id,), prepare=True)


def integers(values: Iterable[int | None]) -> str:
    """A PostgreSQL array literal; far cheaper than having the driver walk the list."""
    return "{" + str(list(values))[1:-1].replace("None", "NULL") + "}"


def texts(values: Iterable[str | None]) -> str:
    """A PostgreSQL array literal of texts."""
    values = list(values)
    missing = values.count(None)
    if missing == len(values):
        return "{" + ",".join(["NULL"] * missing) + "}"
    if not missing:
        joined = '","'.join(values)  # type: ignore[arg-type]
        if "\\" not in joined and joined.count('"') == 2 * len(values) - 2:
            return '{"' + joined + '"}'
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


_READ = Statement(
    "SELECT ledger_read($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    *("int", "bool", "int[]", "int[]", "int[]", "int[]", "int[]", "text[]", "int"),
)


def read(
    company_id: int,
    items: Iterable[int],
    pools: Iterable[int],
    places: Sequence[tuple[int, int, int]],
    references: Sequence[str],
    new_ids: int,
    *,
    exclusive: bool,
) -> dict[str, Any]:
    """Lock company (shared or exclusive) and items, and return what a posting needs of them; see ``ledger_read``."""
    columns = list(zip(*places, strict=True)) if places else [(), (), ()]
    (answer,) = _READ.run(
        *(company_id, exclusive, integers(sorted(items)), integers(pools)),
        *(integers(column) for column in columns),
        *(texts(references), new_ids),
    )
    result: dict[str, Any] = json.loads(answer or "")
    return result


def lock_items(company_id: int, items: Iterable[int]) -> None:
    """Lock items until the transaction ends, for a caller that posts to some of them only after it wrote what others wait for."""
    read(company_id, set(items), (), (), (), 0, exclusive=False)


COLUMNS: dict[str, tuple[str, ...]] = {
    "postings": ("bigint", "text", "text", "text"),
    "movements": (
        *("bigint", "int", "int", "smallint", "bigint", "bigint", "int", "int", "int", "int"),
        *("int", "bigint", "bigint", "bigint", "bigint", "int", "text", "bigint", "text"),
    ),
    "differences": ("int", "bigint", "int", "int", "int", "bigint", "bigint"),
    "entries": ("int", "int", "bigint", "bigint", "int", "int", "int", "int", "int", "bigint", "bigint"),
    "pools": ("int", "bigint", "bigint", "text"),
    "balances": ("int", "int", "int", "bigint"),
    "clocks": ("int", "bigint", "smallint", "int"),
    "checkpoints": ("int", "bigint"),
    "wrong_checkpoints": ("int", "bigint"),
    "new_checkpoints": ("int", "bigint", "int", "text"),
}
"""The groups of parameters of ``ledger_write``, in order: the types of their columns."""


Rows = Mapping[str, Sequence[tuple[Any, ...]]]
"""Rows to write by the names of ``COLUMNS``."""
WRITE_TYPES = [kind for kinds in COLUMNS.values() for kind in kinds]
"""The types of what ``ledger_write`` is given after the company, each as an array."""
_WRITE = f"SELECT ledger_write($1, {', '.join(f'${n}::{kind}[]' for n, kind in enumerate(WRITE_TYPES, 2))})"
_WRITE_AND_COMMIT = Statement(
    f"SELECT ledger_write({', '.join(f'${number}' for number in range(1, len(WRITE_TYPES) + 2))})",
    *("int", *(f"{kind}[]" for kind in WRITE_TYPES)),
)


def write(company_id: int, rows: Rows) -> list[int]:
    """Write what a batch changed (``rows`` by the names of ``COLUMNS``) and return the positions of its postings."""
    return writing(company_id, rows)()


def writing(company_id: int, rows: Rows, *, commit: bool = False) -> Callable[[], list[int]]:
    """A ``write`` that is ready to go, on this thread's connection but in any thread.

    With ``commit`` the transaction ends in the same call, if all went well, and what it wrote is durable when the call returns.
    Not for large batches: what is bound is read once, what is part of the text several times.
    """
    connection.ensure_connection()
    server = connection.connection
    arrays = arguments(rows)
    if not commit:
        return lambda: _positions(server, (company_id, *arrays))
    return lambda: positions(_WRITE_AND_COMMIT.run_on(server, (company_id, *arrays), commit=True)[0])


def arguments(rows: Rows) -> list[str]:
    """``rows`` as array literals of ``WRITE_TYPES``."""
    arrays: list[str] = []
    for name, kinds in COLUMNS.items():
        group = rows[name]
        if not group:
            arrays += ["{}"] * len(kinds)
            continue
        for kind, column in zip(kinds, zip(*group, strict=True), strict=True):
            arrays.append(texts(column) if kind == "text" else integers(column))
    return arrays


def positions(answer: str | None) -> list[int]:
    """The positions that ``ledger_write`` answered, as the server writes them."""
    return [int(position) for position in (answer or "{}")[1:-1].split(",") if position]


def _positions(server: "psycopg.Connection[Any]", parameters: Sequence[object]) -> list[int]:
    with psycopg.RawCursor(server) as run:
        run.execute(_WRITE, parameters, prepare=True)
        row = run.fetchone()
    assert row is not None
    found: list[int] = row[0]
    return found


_FIND_POOLS = """
    WITH wanted AS (SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[]) AS w(item, inventory, warehouse, lot))
    SELECT item_id, inventory_id, warehouse_id, lot_id, p.id, p.allowance_id, p.price_difference_id, p.transfer_id, false
      FROM wanted w JOIN pool p ON p.item_id = w.item AND p.inventory_id = w.inventory AND p.warehouse_id = w.warehouse
       AND p.lot_id = w.lot AND NOT p.retired
"""
_OPEN_POOLS = """
    WITH wanted AS (
        SELECT * FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
            AS w(item, inventory, warehouse, lot, allowance, difference, transfer)
    ), created AS (
        INSERT INTO pool AS p (company_id, item_id, inventory_id, warehouse_id, lot_id, allowance_id, price_difference_id, transfer_id,
                               quantity, value, state, retired)
        SELECT %s, w.*, 0, 0, '{}', false FROM wanted w
         WHERE NOT EXISTS (SELECT 1 FROM pool p WHERE p.item_id = w.item AND p.inventory_id = w.inventory
                              AND p.warehouse_id = w.warehouse AND p.lot_id = w.lot AND NOT p.retired)
            ON CONFLICT DO NOTHING
        RETURNING p.*
    )
    SELECT item_id, inventory_id, warehouse_id, lot_id, id, allowance_id, price_difference_id, transfer_id, true FROM created
    UNION ALL
    SELECT item_id, inventory_id, warehouse_id, lot_id, p.id, p.allowance_id, p.price_difference_id, p.transfer_id, false
      FROM wanted w JOIN pool p ON p.item_id = w.item AND p.inventory_id = w.inventory AND p.warehouse_id = w.warehouse
       AND p.lot_id = w.lot AND NOT p.retired
"""


def open_pools(
    company_id: int, wanted: dict[tuple[int, int, int, int], tuple[int, int, int]], items: Collection[int]
) -> tuple[dict[tuple[int, int, int, int], Pool], set[int]]:
    """Find or create pools by (item, inventory account, warehouse, lot); values: allowance, price difference, transfer.

    ``items``: all that the caller will lock; they are locked before a pool is created, or somebody who has one of them might wait for the
    pool while we wait for the item. Returns the pools, and the ids of those that were created.
    """
    pools: dict[tuple[int, int, int, int], Pool] = {}
    created: set[int] = set()

    def ask(statement: str, *more: Any) -> None:
        columns = [integers(column) for column in zip(*sorted(wanted.keys() - pools.keys()), strict=True)]
        with cursor() as run:
            run.execute(statement, (*columns, *more), prepare=True)
            for item, inventory, warehouse, lot, pool, allowance, difference, transfer, is_new in run.fetchall():
                pools[item, inventory, warehouse, lot] = Pool(pool, inventory, allowance, difference, transfer)
                if is_new:
                    created.add(pool)

    ask(_FIND_POOLS)
    if items and wanted.keys() - pools.keys():
        lock_items(company_id, items)
    while missing := sorted(wanted.keys() - pools.keys()):
        # once more for what somebody else created and committed while we waited to create it
        roles = [integers(column) for column in zip(*(wanted[key] for key in missing), strict=True)]
        ask(_OPEN_POOLS, *roles, company_id)
    return pools, created


def stock_account(company_id: int, account: int) -> str | None:
    """The code of an account that carries the value of stock, ``""`` for any other of the company's, ``None`` if it is not."""
    with cursor() as run:
        run.execute(
            "SELECT CASE WHEN EXISTS (SELECT 1 FROM posting_rule r WHERE r.account_id = a.id AND r.role = ANY (%s))"
            "  OR EXISTS (SELECT 1 FROM pool p WHERE p.company_id = a.company_id"
            "   AND a.id IN (p.inventory_id, p.allowance_id, p.transfer_id)) THEN a.code ELSE '' END"
            " FROM account a WHERE a.id = %s AND a.company_id = %s",
            (["inventory", "in_transit", "allowance", "transfer"], account, company_id),
        )
        row = run.fetchone()
    return None if row is None else str(row[0])
