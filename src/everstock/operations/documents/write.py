"""The one way into the tables of documents: everything a verb changed, in one statement."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg

from everstock.core.problems import Refusal
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.records import Header, Line, LineUpdate, Request, Update, Version
from everstock.operations.documents.requests import answered
from everstock.operations.identity.audit import AuditRow

_WRITE = "document_write($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"


class Call(NamedTuple):
    """A call of an SQL function whose answer nobody needs: ``name`` is a constant of the program, ``arguments`` its parameters."""

    name: str
    arguments: tuple[object, ...]


def write(
    company_id: int,
    *,
    documents: Sequence[Header] = (),
    lines: Sequence[Line] = (),
    updates: Sequence[Update] = (),
    line_updates: Sequence[LineUpdate] = (),
    versions: Sequence[Version] = (),
    links: Sequence[tuple[int, int]] = (),
    postings: Sequence[tuple[int, int]] = (),
    audit: Sequence[AuditRow] = (),
    request: Request | None = None,
    before: Call | None = None,
) -> dict[int, str]:
    """Write new documents and what changes on others; return the numbers of the new ones by their (reserved) ids.

    ``links``: (predecessor, successor); ``postings``: (document, position in the ledger). An audit row whose subject is empty
    gets the number of the new document that is its ``subject_id``. The documents of ``updates`` and ``line_updates`` must be
    locked. ``before``: called in the same statement, before the write. This must be a verb's last statement: the number series stay locked from here to the commit.

    Raises ``Repeated`` or refuses (``request.other_content``) if ``request`` came in at the same moment elsewhere; refuses an invoice
    that is there already (``document.reference_taken``) and numbers beyond 64 bits (``document.too_large``).
    """
    parameters = (
        company_id,
        None if request is None else _encode(request._asdict()),
        _changed(line_updates),
        _changed(updates),
        _changed(versions),
        _encode(_new(lines)) if lines else None,
        _encode(links) if links else None,
        _encode(postings) if postings else None,
        _encode(_numbered(documents)) if documents else None,
        _changed(audit),
    )
    try:
        with raw_cursor() as run:
            if before is None:
                run.execute(f"SELECT {_WRITE}", parameters, prepare=True)
            else:
                places = ", ".join(f"${number}" for number in range(11, 11 + len(before.arguments)))
                statement = f"SELECT {before.name}({places}), {_WRITE}"
                run.execute(statement, (*parameters, *before.arguments), prepare=True)
            row = run.fetchone()
    except psycopg.errors.UniqueViolation as error:
        if error.diag.constraint_name != "document_reference_once":
            raise
        raise _reference_taken(documents) from None
    except psycopg.errors.NumericValueOutOfRange:
        raise too_large() from None
    assert row is not None
    written: dict[str, Any] = row[-1]
    if request is not None and "request" in written:
        answered(written["request"], request.key, request.content)
    return {int(document): number for document, number in (written["numbers"] or {}).items()}


def _new(records: Sequence[Header] | Sequence[Line]) -> list[dict[str, Any]]:
    """New rows without their empty fields, which are most: in the statement, absent is null or zero.

    A unit price of zero is not an unknown one, so it is sent.
    """
    return [
        {
            name: value
            for name, value in zip(record._fields, record, strict=True)
            if value or (value == 0 and name == "unit_price")
        }
        for record in records
    ]


def _numbered(documents: Sequence[Header]) -> list[dict[str, Any]]:
    """New documents with how their numbers begin."""
    rows = _new(documents)
    for row in rows:
        row["prefix"] = PREFIX[DocumentKind(row["kind"])]
    return rows


def _changed(records: Sequence[Update] | Sequence[LineUpdate] | Sequence[Version] | Sequence[AuditRow]) -> str | None:
    """Rows without the fields that are ``None``."""
    if not records:
        return None
    return _encode(
        [
            {name: value for name, value in zip(record._fields, record, strict=True) if value is not None}
            for record in records
        ]
    )


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=dt.date.isoformat).encode


def _reference_taken(documents: Sequence[Header]) -> Refusal:
    names = " or ".join(f"“{one.reference}”" for one in documents if one.reference is not None)
    return Refusal(
        "document.reference_taken",
        f"There is already such a document of this partner with their number {names}.",
        "Look it up by that number; if it is wrong, cancel it before entering it again.",
    )


def too_large() -> Refusal:
    """What is answered when a sum does not fit the books."""
    return Refusal(
        "document.too_large", "A quantity or an amount is too large for the books.", "Check quantities and prices."
    )
