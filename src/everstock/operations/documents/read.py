"""Reading documents with their lines: one statement, with or without locks."""

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.db import connection

from everstock.core.problems import Refusal
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.records import DocumentRef, Header, Line


class Read(NamedTuple):
    """Documents by id and their lines in order. ``ids``: reserved for new documents. ``request``: see ``requests.answered``."""

    headers: dict[int, Header]
    lines: dict[int, list[Line]]
    ids: list[int]
    request: list[Any] | None
    company_currency: str

    def one(self, document: int, *kinds: DocumentKind) -> tuple[Header, list[Line]]:
        """Return the header and the lines of ``document``; refuse (``document.unknown``) what is not there or of none of ``kinds``."""
        header = self.headers.get(document)
        if header is None or header.kind not in kinds:
            raise unknown_document(kinds[0])
        return header, self.lines[document]


def unknown_document(kind: DocumentKind) -> Refusal:
    """What is answered when a document cannot be found."""
    return Refusal(
        "document.unknown",
        f"There is no such {kind.words} in this company.",
        f"Look it up in the list of {kind.words}s, or create it.",
    )


def raw_cursor() -> "psycopg.RawCursor[Any]":
    """A cursor for statements that run at every verb: ``$1`` placeholders, no translation of the query text."""
    connection.ensure_connection()
    return psycopg.RawCursor(connection.connection)


@contextmanager
def joining_whole_tables() -> "Iterator[psycopg.RawCursor[Any]]":
    """The same, in a transaction, for statements that want most rows of several tables: these are joined by hashing.

    Where the statistics say that the tables are empty, as after much was rolled back, the planner would go through all of one for each row
    of another, which takes hours.
    """
    with raw_cursor() as run:
        run.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_hashjoin = on")
        yield run
        run.execute("SET LOCAL enable_nestloop = DEFAULT; SET LOCAL enable_hashjoin = DEFAULT")


_READ = Statement(
    "SELECT document_read($1, $2, $3, $4, $5, $6, $7)", "int", "bigint[]", "bool", "bool", "int", "text", "bool"
)


def lock(
    company_id: int,
    ids: Sequence[int],
    *,
    predecessors: bool = False,
    new_ids: int = 0,
    key: str | None = None,
    lines: bool = True,
) -> Read:
    """Read documents and keep others from changing them until the transaction ends (there must be one).

    ``predecessors``: lock and read the documents these were made from too. ``new_ids``: how many ids to reserve for documents to
    write. ``key``: the idempotency key of the request, to be followed by ``requests.answered``. ``lines``: without, there are none.
    """
    return _read(company_id, ids, locked=True, predecessors=predecessors, new_ids=new_ids, key=key, lines=lines)


def read(company_id: int, ids: Sequence[int], *, predecessors: bool = False) -> Read:
    """Read documents as they are now; unknown ids and those of other companies are left out."""
    return _read(company_id, ids, locked=False, predecessors=predecessors, new_ids=0, key=None)


def _read(
    company_id: int,
    ids: Sequence[int],
    *,
    locked: bool,
    predecessors: bool,
    new_ids: int,
    key: str | None,
    lines: bool = True,
) -> Read:
    (answer,) = _READ.run(company_id, integers(ids), locked, predecessors, new_ids, key, lines)
    return understood(json.loads(answer or ""))


def understood(found: dict[str, Any]) -> Read:
    """Return what the SQL function ``document_read`` answered, as records; for statements that call it among other things."""
    headers = {values[0]: _header(values) for values in found["documents"] or ()}
    lines: dict[int, list[Line]] = {document: [] for document in headers}
    for values in found["lines"] or ():
        line = _line(values)
        lines[line.document].append(line)
    return Read(headers, lines, found["ids"] or [], found["request"], found["currency"])


_DAYS_OF_HEADER = tuple(Header._fields.index(name) for name in ("day", "due_on", "expected_on", "sent_on"))
_EXPECTED_ON = Line._fields.index("expected_on")
_day = dt.date.fromisoformat


def _header(values: list[Any]) -> Header:
    for place in _DAYS_OF_HEADER:
        if values[place] is not None:
            values[place] = _day(values[place])
    return Header._make(values)


def _line(values: list[Any]) -> Line:
    if values[_EXPECTED_ON] is not None:
        values[_EXPECTED_ON] = _day(values[_EXPECTED_ON])
    return Line._make(values)


def reference_of(header: Header) -> DocumentRef:
    """Return which document it is and where."""
    return DocumentRef(header.id, header.number, header.state)
