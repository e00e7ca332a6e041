"""Questions about documents: lists, what led to one and what came of it, what is attached to it."""

import datetime as dt
from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

from everstock.ledger.database import integers, texts
from everstock.ledger.statements import flush
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import raw_cursor, read, unknown_document
from everstock.operations.documents.records import Details, DocumentRef, Header, Line
from everstock.operations.documents.requests import Key, Repeated, answered
from everstock.operations.documents.states import State


class Row(NamedTuple):
    """A document in a list. Amounts in minor units of ``currency``."""

    id: int
    kind: str
    number: str
    state: str
    partner: int | None
    day: dt.date
    due_on: dt.date | None
    expected_on: dt.date | None
    reference: str | None
    currency: str
    net: int
    tax: int
    gross: int
    paid: int


class Linked(NamedTuple):
    """A document in the chain of another. ``distance``: below 0 it led to it, above 0 it came of it."""

    distance: int
    id: int
    kind: str
    number: str
    state: str
    day: dt.date


class Note(NamedTuple):
    """``at`` in microseconds UTC; ``user``: an id, ``None`` for the system."""

    id: int
    at: int
    user: int | None
    text: str


class AttachmentRow(NamedTuple):
    """An attached file without its content; ``size`` in bytes, ``sha256`` in hexadecimal."""

    id: int
    at: int
    user: int | None
    name: str
    media_type: str
    size: int
    sha256: str


class OldVersion(NamedTuple):
    """What a document said until it was changed at ``at``; ``content`` as ``records.content`` gives it."""

    version: int
    at: int
    user: int | None
    content: Details


class Gap(NamedTuple):
    """``number`` of a series that no document has; or (``beyond``) that a document has, and the series never gave."""

    kind: str
    series: str
    year: int
    number: int
    beyond: bool


def document(company_id: int, document_id: int, kind: DocumentKind) -> tuple[Header, list[Line]]:
    """Return a document with its lines; refuse (``document.unknown``) what is not there or of another kind."""
    return read(company_id, [document_id]).one(document_id, kind)


def document_id(company_id: int, kind: DocumentKind, number: str) -> int:
    """Return the id of the document with this number; refuse ``document.unknown``."""
    found = _rows(
        "SELECT id FROM document WHERE company_id = $1 AND kind = $2 AND number = $3", company_id, kind.value, number
    )
    if not found:
        raise unknown_document(kind)
    return int(found[0][0])


def made_under(company_id: int, key: Key) -> DocumentRef | None:
    """Return the document that this request made, or ``None``: nobody used its key. Refused: ``request.key``, ``request.other_content``."""
    ((found,),) = _rows("SELECT document_of_request($1, $2)", company_id, str(key))
    try:
        answered(found, key, key.content)
    except Repeated as repeated:
        flush()  # whoever made it may still be waiting for the disk
        return repeated.document
    return None


_LIST = (
    f"SELECT {', '.join(f'{name}_id' if name in {'partner', 'currency'} else name for name in Row._fields)} FROM document"
    " WHERE company_id = $1 AND kind = ANY ($2::text[]) AND ($3::text[] IS NULL OR state = ANY ($3::text[]))"
    "  AND ($4::int IS NULL OR partner_id = $4) AND ($5::date IS NULL OR day >= $5) AND ($6::date IS NULL OR day <= $6)"
    "  AND ($7::text IS NULL OR reference = $7) AND ($8::bigint IS NULL OR id < $8)"
    " ORDER BY id DESC LIMIT $9"
)


def documents(
    company_id: int,
    kinds: Collection[DocumentKind],
    *,
    states: Collection[State] | None = None,
    partner: int | None = None,
    from_: dt.date | None = None,
    to: dt.date | None = None,
    reference: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Row]:
    """Return documents, the newest first; ``None``: any. ``before``: the id of the last one of the page before."""
    wanted = None if states is None else texts(state.value for state in states)
    parameters = (texts(kind.value for kind in kinds), wanted, partner, from_, to, reference, before, limit)
    return [Row(*row) for row in _rows(_LIST, company_id, *parameters)]


# A shipment is linked with its own orders as well as with the pick list, which others share: no chain leads through the list from one to the others.
_CHAIN = (
    "WITH RECURSIVE back(id, distance) AS ("
    "  SELECT $2::bigint, 0 UNION SELECT l.predecessor_id, b.distance - 1 FROM back b JOIN document_link l ON l.successor_id = b.id"
    "   WHERE b.id = $2 OR (SELECT kind FROM document WHERE id = b.id) <> 'pick_list'"
    "      OR (SELECT kind FROM document WHERE id = $2) = 'stock_transfer'"
    "), forth(id, distance) AS ("
    "  SELECT $2::bigint, 0 UNION SELECT l.successor_id, f.distance + 1 FROM forth f JOIN document_link l ON l.predecessor_id = f.id"
    "   WHERE f.id = $2 OR (SELECT kind FROM document WHERE id = f.id) <> 'pick_list'"
    "      OR (SELECT kind FROM document WHERE id = l.successor_id) <> 'shipment'"
    ") SELECT a.distance, d.id, d.kind, d.number, d.state, d.day"
    "  FROM (SELECT id, max(distance) AS distance FROM back GROUP BY id"
    "        UNION SELECT id, min(distance) FROM forth GROUP BY id) a"
    "  JOIN document d ON d.id = a.id WHERE d.company_id = $1 AND d.id <> $2 ORDER BY 1, 2"
)


def chain(company_id: int, document_id: int) -> list[Linked]:
    """Return what led to a document and what came of it, directly or not, in order; the nearest way counts."""
    return [Linked(*row) for row in _rows(_CHAIN, company_id, document_id)]


_OF = " AND EXISTS (SELECT 1 FROM document d WHERE d.id = document_id AND d.company_id = $1)"


def versions(company_id: int, document_id: int) -> list[OldVersion]:
    """Return what a document said before each change after it was sent, in order; what it says now is not among them."""
    question = (
        f"SELECT version, at, user_id, content::json FROM document_version WHERE document_id = $2{_OF} ORDER BY version"
    )
    return [OldVersion(*row) for row in _rows(question, company_id, document_id)]


def notes(company_id: int, document_id: int) -> list[Note]:
    """Return the notes of a document, the oldest first."""
    question = f"SELECT id, at, user_id, text FROM document_note WHERE document_id = $2{_OF} ORDER BY id"
    return [Note(*row) for row in _rows(question, company_id, document_id)]


def attachments(company_id: int, document_id: int) -> list[AttachmentRow]:
    """Return the files attached to a document, the oldest first."""
    question = (
        "SELECT id, at, user_id, name, media_type, length(content), encode(sha256, 'hex') FROM document_attachment"
        f" WHERE document_id = $2{_OF} ORDER BY id"
    )
    return [AttachmentRow(*row) for row in _rows(question, company_id, document_id)]


def attachment_content(company_id: int, attachment_id: int) -> bytes | None:
    """Return the content of an attached file, or ``None`` if the company has none with this id."""
    found = _rows(f"SELECT content FROM document_attachment WHERE id = $2{_OF}", company_id, attachment_id)
    return bytes(found[0][0]) if found else None


def postings(company_id: int, document_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the positions in the ledger of what each document posted."""
    question = (
        f"SELECT document_id, position FROM document_posting WHERE document_id = ANY ($2::bigint[]){_OF} ORDER BY 1, 2"
    )
    found: dict[int, list[int]] = {}
    for document_id, position in _rows(question, company_id, integers(document_ids)):
        found.setdefault(document_id, []).append(position)
    return found


def reversed_journal(company_id: int, document: int) -> Counter[tuple[int, int]]:
    """Return the journal that takes back what a document posted without moving anything: (account, contra) to amount."""
    positions = postings(company_id, [document]).get(document, [])
    found = _rows(
        "SELECT account_id, contra_id, sum(amount)::bigint FROM entry"
        " WHERE posting_id = ANY ($1::bigint[]) AND movement_id IS NULL GROUP BY 1, 2",
        integers(positions),
    )
    return Counter({(account, contra): -amount for account, contra, amount in found})


_GAPS = (
    "SELECT kind, series, year, n, g.n IS NOT NULL FROM ("
    "  SELECT kind, series, year::int, generate_series(1, last) AS n FROM number_series WHERE company_id = $1) s"
    " FULL JOIN ("
    # the series is between the prefix and the year, if there is one
    "  SELECT kind, split_part(regexp_replace(number, '-[0-9]+-[0-9]+$', ''), '-', 2) AS series,"
    "         split_part(number, '-', -2)::int AS year, split_part(number, '-', -1)::int AS n"
    "    FROM document WHERE company_id = $1) g USING (kind, series, year, n)"
    " WHERE s.n IS NULL OR g.n IS NULL ORDER BY 1, 2, 3, 4"
)


def number_gaps(company_id: int) -> list[Gap]:
    """Return the numbers that are missing in their series; there are none, or somebody changed the tables by hand."""
    return [Gap(*row) for row in _rows(_GAPS, company_id)]


def _rows(question: str, *parameters: object) -> list[Any]:
    with raw_cursor() as run:
        run.execute(question, parameters)
        return run.fetchall()
