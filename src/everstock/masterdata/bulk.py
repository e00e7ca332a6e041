"""Codes to ids for whole chunks: one statement for what is there, one for what is not.

A third one follows only when somebody else created some of it at the same time.

No statement here leaves the planner a choice that could go wrong. Its statistics are worst exactly when these run: if they
were gathered while an import was under way, or after a dry run of it, a table of 100,000 rows counts as empty, and a join
begun at the wrong end takes hours.
"""

from collections.abc import Callable, Collection, Mapping

from django.db import connection

from everstock.core.problems import Refusal
from everstock.masterdata.codes import code_problem
from everstock.masterdata.models import Company

Columns = Mapping[str, tuple[str, list[object]]]
"""Column name to (PostgreSQL type, one value per row)."""


def refuse_bad_code(code: str, what: str) -> None:
    """Refuse (``code.invalid``) what cannot be the code of a ``what``."""
    problem = code_problem(code)
    if problem:
        raise Refusal("code.invalid", f"The code “{code}” of a {what} {problem}.", "Use 1 to 64 printable characters.")


def find_lots(wanted: Collection[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the id of every (item id, lot code) that exists."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            # the limit keeps the lookup inside: one by index for each wanted lot
            "SELECT wanted.item_id, wanted.code, found.id FROM unnest(%s::int[], %s::text[]) AS wanted (item_id, code), "
            "LATERAL (SELECT id FROM lot WHERE lot.item_id = wanted.item_id AND lot.code = wanted.code LIMIT 1) AS found",
            [[item for item, _ in wanted], [code for _, code in wanted]],
        )
        return {(item, code): key for item, code, key in cursor.fetchall()}


def ensure(
    table: str, key: str, company: Company, codes: Collection[str], columns: Callable[[list[str]], Columns]
) -> dict[str, int]:
    """Return the id of the company's row of ``table`` for every code of ``codes``, which are in column ``key``.

    Missing rows are created; ``columns`` gives the other columns for the codes that are new. Refuses bad codes.
    """
    wanted = set(codes)
    for code in wanted:
        refuse_bad_code(code, table.replace("_", " "))
    found = find(table, key, company, wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        rows: Columns = {
            "company_id": ("int", [company.pk] * len(missing)),
            key: ("text", list(missing)),
            **columns(missing),
        }
        found |= {str(code): pk for _, code, pk in insert(table, rows, f"company_id, {key}")}
        # what somebody else created in the meantime was not inserted, and is visible now
        found |= find(table, key, company, wanted - found.keys())
    return found


def find(table: str, key: str, company: Company, codes: Collection[str]) -> dict[str, int]:
    """Return the id of the company's row of ``table`` for every code of ``codes`` that exists in column ``key``."""
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, id FROM {table} WHERE company_id = %s AND {key} = ANY(%s)", [company.pk, list(codes)]
        )
        return dict(cursor.fetchall())


def insert(table: str, columns: Columns, unique: str) -> list[tuple[object, object, int]]:
    """Insert the rows that do not exist; return (the two columns of ``unique``, id) of those that were.

    Rows are in the order of their codes, so that two imports waiting for each other's rows cannot wait in a circle.
    """
    names = ", ".join(columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) "
            f"ON CONFLICT ({unique}) DO NOTHING RETURNING {unique}, id",
            [values for _, values in columns.values()],
        )
        return list(cursor.fetchall())


def fetch(
    table: str, key: str, company: Company, codes: Collection[str], columns: list[str]
) -> dict[str, dict[str, object]]:
    """Return ``columns`` of the company's rows of ``table`` whose ``key`` is among ``codes``, by code."""
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key}, {', '.join(columns)} FROM {table} WHERE company_id = %s AND {key} = ANY(%s)",
            [company.pk, list(codes)],
        )
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in cursor.fetchall()}


def update(table: str, ids: list[int], columns: Columns) -> None:
    """Set ``columns`` of the rows ``ids``, one value per row; inside a transaction."""
    names = ", ".join(columns)
    arrays = ", ".join(f"%s::{kind}[]" for kind, _ in columns.values())
    settings = ", ".join(f"{name} = new.{name}" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            f"UPDATE {table} SET {settings} FROM unnest(%s::int[], {arrays}) AS new (id, {names}) WHERE {table}.id = new.id",
            [ids, *(values for _, values in columns.values())],
        )
        cursor.execute("RESET enable_nestloop")
