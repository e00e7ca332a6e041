"""What figures are held against, measured next to them on the same server.

pgbench: its TPC-B-like transaction at scale 10; five small statements and a durable commit. The floor: a hand-written loop that writes the
rows a posting left behind into copies of the tables, in one statement and one durable commit for each document.
"""

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from everstock.core.problems import Refusal
from everstock.interfaces.bench.server import Server

_TPC_B = "tpcb"
_SCALE = 10
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class Pgbench:
    """Runs of pgbench; ``seconds`` for each."""

    def __init__(self, server: Server, seconds: int, scale: int = _SCALE) -> None:
        self._server = server
        self._seconds = seconds
        self.samples: dict[int, list[float]] = {}
        server.create(_TPC_B, empty=True)
        server.program("pgbench", "-i", "-q", "-s", str(scale), server.url(_TPC_B))
        self.run(1, seconds=1)
        self.samples.clear()

    def run(self, clients: int = 1, *, seconds: int | None = None) -> float:
        """Transactions a second."""
        length = ("-T", str(seconds or self._seconds))
        printed = self._server.program(
            "pgbench", "-n", "-c", str(clients), "-j", str(min(clients, 2)), *length, self._server.url(_TPC_B)
        )
        found = _RATE.search(printed)
        if found is None:
            raise Refusal("bench.program", "pgbench told no rate.", "Run it by itself.")
        self.samples.setdefault(clients, []).append(float(found[1]))
        return self.samples[clients][-1]


class _Table:
    """How rows of a table are written from arrays: its columns and their types."""

    def __init__(self, run: "psycopg.Connection[Any]", name: str) -> None:
        rows = run.execute(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod), t.typelem <> 0 AND t.typlen = -1"
            " FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
            " WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            (name,),
        ).fetchall()
        self.name = name
        self.columns = [column for column, _, _ in rows]
        # an array column travels as text: there are no arrays of arrays of different lengths
        self.passed = ["text" if is_array else kind for _, kind, is_array in rows]
        self.casts = [f"{column}::{kind}" if is_array else column for column, kind, is_array in rows]
        self.read = ", ".join(
            f"{column}::text" if kind == "text" or "json" in kind or is_array or kind == "date" else column
            for column, kind, is_array in rows
        )

    def source(self, first: int) -> str:
        """The rows of the parameters from ``first`` on, as a FROM clause."""
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(self.passed, first))
        return f"unnest({arrays}) AS n({', '.join(self.columns)})"

    def insert(self, first: int) -> str:
        """A statement that adds rows."""
        columns = ", ".join(self.columns)
        return f"INSERT INTO floor_{self.name} ({columns}) SELECT {', '.join(self.casts)} FROM {self.source(first)}"

    def update(self, first: int, keys: Sequence[str], changed: Sequence[str]) -> str:
        """A statement that changes the rows of these keys."""
        cast = dict(zip(self.columns, self.casts, strict=True))
        values = ", ".join(f"{column} = n.{cast[column]}" for column in changed)
        same = " AND ".join(f"f.{key} = n.{key}" for key in keys)
        return f"UPDATE floor_{self.name} f SET {values} FROM {self.source(first)} WHERE {same}"


_ADDED = ("posting", "movement", "entry")
_CHANGED = {
    "pool": (("id",), ("quantity", "value", "state")),
    "balance": (("item_id", "location_id", "lot_id"), ("quantity",)),
    "item_clock": (("item_id",), ("last_at", "last_rank", "since_checkpoint")),
    "company_clock": (("company_id",), ("recorded_at",)),
}


class Floor:
    """Copies of the tables as they are now, and the loop that writes into them what the product writes from now on."""

    def __init__(self, run: "psycopg.Connection[Any]", company: int) -> None:
        self._run = run
        self._company = company
        self._last = self._newest()
        self._tables = {name: _Table(run, name) for name in (*_ADDED, *_CHANGED)}
        for name in self._tables:
            run.execute(f"DROP TABLE IF EXISTS floor_{name}")
            run.execute(f"CREATE TABLE floor_{name} (LIKE {name} INCLUDING ALL)")
            run.execute(f"INSERT INTO floor_{name} OVERRIDING SYSTEM VALUE SELECT * FROM {name}")
            run.execute(f"VACUUM (ANALYZE) floor_{name}")
        run.execute("SET plan_cache_mode = force_generic_plan")
        run.execute("SET enable_seqscan = off")
        self._statement = self._compose()

    def _newest(self) -> int:
        row = self._run.execute("SELECT coalesce(max(id), 0) FROM posting").fetchone()
        assert row is not None
        return int(row[0])

    def _compose(self) -> str:
        """One statement: all rows of a document."""
        parts, first = [], 1
        for name, table in self._tables.items():
            parts.append(table.insert(first) if name in _ADDED else table.update(first, *_CHANGED[name]))
            first += len(table.columns)
        *others, last = parts
        return f"WITH {', '.join(f'w{n} AS ({part})' for n, part in enumerate(others))} {last}"

    def write_again(self) -> float:
        """Write what the product wrote since the last call; returns its lines a second."""
        documents = self._documents()
        lines = sum(len(document["movement"]) for document in documents)
        tables = list(self._tables)
        run = psycopg.RawCursor(self._run)
        begun = time.perf_counter()
        for document in documents:
            parameters = [_array(column) for name in tables for column in zip(*document[name], strict=True)]
            run.execute(self._statement, parameters, prepare=True)
        seconds = time.perf_counter() - begun
        return lines / seconds

    def _documents(self) -> list[dict[str, list[tuple[Any, ...]]]]:
        """The rows of each posting since the last call; of what was changed, the rows as they are now."""
        newest = self._newest()
        since, self._last = self._last, newest
        documents: dict[int, dict[str, list[tuple[Any, ...]]]] = {}
        for name, key in (("posting", "id"), ("movement", "posting_id"), ("entry", "posting_id")):
            rows = self._select(name, f"company_id = {self._company} AND {key} > {since} AND {key} <= {newest}")
            place = self._tables[name].columns.index(key)
            for row in rows:
                documents.setdefault(row[place], {}).setdefault(name, []).append(row)
        of_item = self._tables["movement"].columns.index("item_id")
        by_item: dict[str, dict[int, list[tuple[Any, ...]]]] = {}
        for name in ("pool", "balance", "item_clock"):
            place = self._tables[name].columns.index("item_id")
            for row in self._select(name, "true"):
                by_item.setdefault(name, {}).setdefault(row[place], []).append(row)
        clock = self._select("company_clock", f"company_id = {self._company}")
        for document in documents.values():
            items = sorted({row[of_item] for row in document["movement"]})
            for name, rows_of in by_item.items():
                document[name] = [row for item in items for row in rows_of[item]]
            document["company_clock"] = clock
        return [documents[posting] for posting in sorted(documents)]

    def _select(self, name: str, where: str) -> list[tuple[Any, ...]]:
        table = self._tables[name]
        statement = sql.SQL(f"SELECT {table.read} FROM {name} WHERE {where}")
        return self._run.execute(statement).fetchall()


def _array(values: Iterable[Any]) -> str:
    """A PostgreSQL array literal, made as cheaply as Python can."""
    return "{" + ",".join("NULL" if value is None else _literal(value) for value in values) + "}"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)
