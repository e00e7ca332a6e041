"""Writing the audit trail: a row for each thing done, all rows of a verb with one statement.

A verb whose own statement writes everything at once passes ``columns`` of its rows into that statement; others
call ``record``. Either way the rows are part of the verb's transaction: what was not done leaves no trace.
"""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from everstock.ledger.database import cursor, integers, texts
from everstock.operations.identity.actor import Actor


class AuditRow(NamedTuple):
    """A row of ``audit_event``, without its id; ``at`` in microseconds UTC, ``before`` and ``after`` as JSON text."""

    company_id: int
    at: int
    user_id: int | None
    user_name: str
    came_from: str
    action: str
    subject_kind: str
    subject_id: int | None
    subject: str
    before: str | None
    after: str | None


COLUMN_TYPES = ("int", "bigint", "int", "text", "text", "text", "text", "bigint", "text", "text", "text")
"""The PostgreSQL types of the fields of ``AuditRow``; the last two are cast to jsonb on their way into the table."""


def event(
    actor: Actor,
    *,
    at: int,
    action: str,
    subject_kind: str,
    subject: str,
    subject_id: int | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> AuditRow:
    """Return the row that says ``actor`` did ``action`` (such as "purchase_order.send") at a moment (microseconds UTC).

    ``before`` and ``after`` hold what JSON holds, and only what changed; ``TypeError`` for anything else.
    """
    return AuditRow(
        actor.company_id,
        at,
        actor.user_id,
        actor.name,
        actor.came_from,
        action,
        subject_kind,
        subject_id,
        subject,
        _json(before),
        _json(after),
    )


def _json(content: Mapping[str, object] | None) -> str | None:
    return None if content is None else json.dumps(content, ensure_ascii=False)


def columns(rows: Iterable[AuditRow]) -> list[str]:
    """Return the rows as PostgreSQL array literals, one for each of ``COLUMN_TYPES``."""
    by_column = list(zip(*rows, strict=True)) or [()] * len(COLUMN_TYPES)
    return [
        texts(column) if kind == "text" else integers(column)
        for kind, column in zip(COLUMN_TYPES, by_column, strict=True)
    ]


_INSERT = (
    "INSERT INTO audit_event (company_id, at, user_id, user_name, came_from, action, subject_kind, subject_id, subject,"
    " before, after) SELECT company_id, at, user_id, user_name, came_from, action, subject_kind, subject_id, subject,"
    f" before::jsonb, after::jsonb FROM unnest({', '.join(f'%s::{kind}[]' for kind in COLUMN_TYPES)})"
    f" AS row ({', '.join(AuditRow._fields)})"
)


def record(rows: Iterable[AuditRow]) -> None:
    """Add the rows to the audit trail, in their order; inside the transaction of what they tell of."""
    with cursor() as run:
        run.execute(_INSERT, columns(rows), prepare=True)
