"""Statements that run at every posting: prepared once on a connection, then each is one message to the server and one answer.

Where a transaction has not begun yet, its BEGIN goes along with the first statement; where the last statement ends it, its COMMIT does. So a
document costs two round trips, or three where less was read along than its posting needs, and from the last write to the commit nobody waits
for this process to hear of the one and to ask for the other.

That COMMIT does not wait for the disk, or whoever waits for a lock would wait for the disk as well, one after the other. The
smallest transaction of all follows it in the same message, and its commit waits until everything before it is on disk: what the
caller is told is durable, and many share one flush.
"""

import datetime as dt
from itertools import count
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import generators
from psycopg.pq import Escaping, ExecStatus, TransactionStatus

_numbers = count(1)
_known: "WeakKeyDictionary[psycopg.Connection[Any], set[str]]" = WeakKeyDictionary()
"""The names that each connection has prepared."""
_FLUSH = "SELECT pg_logical_emit_message(true, 'everstock', '')"
_COMMIT = f"; SET LOCAL synchronous_commit = off; COMMIT; {_FLUSH}"
Value = str | int | bool | dt.date | None


class Call(NamedTuple):
    """A call of an SQL function that goes along with another statement: ``name`` and ``types`` are constants of the program."""

    name: str
    types: tuple[str, ...]
    arguments: tuple[Value, ...]


class Statement:
    """``text`` with a ``$1`` for each of ``types``; answers with one row."""

    def __init__(self, text: str, *types: str) -> None:
        self.name = f"everstock_{next(_numbers)}"
        self.definition = f"PREPARE {self.name} ({', '.join(types)}) AS {text}"

    def run(self, *values: Value, commit: bool = False) -> list[str | None]:
        """Run on Django's connection; return the row as the server writes it. With ``commit`` the transaction ends, if all went well."""
        connection.ensure_connection()
        return self.run_on(connection.connection, values, commit=commit)

    def run_on(
        self, server: "psycopg.Connection[Any]", values: "tuple[Value, ...]", *, commit: bool = False
    ) -> list[str | None]:
        """The same on any connection, in any thread. The errors are the driver's."""
        with server.lock:
            known = _known.setdefault(server, set())
            if self.name not in known:
                _ask(server, self.definition)
                known.add(self.name)
            begin = "" if server.autocommit or _in_transaction(server) else "BEGIN; "
            text = ", ".join([_literal(server, value) for value in values])
            answers = _ask(server, f"{begin}EXECUTE {self.name} ({text}){_COMMIT if commit else ''}")
        row = answers[1 if begin else 0]
        return [
            None if value is None else value.decode() for value in (row.get_value(0, n) for n in range(row.nfields))
        ]


def flush() -> None:
    """Wait until everything this process has seen committed is on disk: before somebody is told that a request came in earlier."""
    connection.ensure_connection()
    with connection.connection.lock:
        _ask(connection.connection, _FLUSH)


def _in_transaction(server: "psycopg.Connection[Any]") -> bool:
    return server.pgconn.transaction_status != TransactionStatus.IDLE


def _ask(server: "psycopg.Connection[Any]", message: str) -> "list[psycopg.pq.abc.PGresult]":
    server.pgconn.send_query(message.encode())
    answers: list[psycopg.pq.abc.PGresult] = server.wait(generators.execute(server.pgconn))
    for answer in answers:
        if answer.status not in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            raise psycopg.errors.error_from_result(answer)
    return answers


def _literal(server: "psycopg.Connection[Any]", value: Value) -> str:
    if value is None:
        return "NULL"
    if not isinstance(value, str):
        return f"'{value}'" if isinstance(value, dt.date) else str(value)
    if "'" not in value and "\\" not in value and "\0" not in value:
        return f"'{value}'"
    if "\0" in value:
        raise psycopg.DataError("a text contains a zero character")
    return bytes(Escaping(server.pgconn).escape_literal(value.encode())).decode()
