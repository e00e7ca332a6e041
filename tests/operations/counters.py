"""What the progress counters of documents must be: the sums of the documents that came after them, added up again here."""

import json
from collections import Counter
from typing import Any, NamedTuple

from django.db import connection

from everstock.operations.documents.kinds import SELLING

FIELDS = ("received", "rejected", "invoiced", "returned")


class Row(NamedTuple):
    """A line with what is known of its document."""

    id: int
    document: int
    kind: str
    stands: bool
    source: int | None
    base: int
    counts: dict[str, int]
    details: dict[str, Any]
    resolution: str | None


_LINES = (
    "SELECT l.id, d.id, d.kind, d.posted_at IS NOT NULL AND d.state <> 'cancelled', l.source_id, l.base_quantity,"
    " l.received, l.rejected, l.invoiced, l.returned, l.details::text, d.details ->> 'resolution'"
    " FROM document_line l JOIN document d ON d.id = l.document_id WHERE d.company_id = %s ORDER BY l.id"
)


def lines_of(company: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_LINES, (company,))
        found = cursor.fetchall()
    return [
        Row(
            *(line, document, kind, stands, source, base, dict(zip(FIELDS, counts, strict=True))),
            json.loads(details) if details else {},
            resolution,
        )
        for line, document, kind, stands, source, base, *counts, details, resolution in found
    ]


def expected_counts(rows: list[Row]) -> dict[int, Counter[str]]:
    """What every line's counters should be, by its id."""
    by_id = {row.id: row for row in rows}
    found: dict[int, Counter[str]] = {row.id: Counter() for row in rows}
    for row in rows:
        if row.stands and row.source is not None:
            _SUCCESSORS.get(row.kind, _nothing)(row, by_id[row.source], by_id, found)
    return found


_Found = dict[int, Counter[str]]


def _nothing(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    pass


def _receipt(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    found[source.id]["received"] += row.base
    found[source.id]["rejected"] += row.counts["rejected"]


def _arrival(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    found[source.id]["received"] += row.base


def _return(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    found[source.id]["returned"] += row.base
    if row.resolution == "replacement" and source.source is not None:
        found[source.source]["received"] -= row.base


def _invoice(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    if source.kind == "landed_cost":
        found[source.id]["invoiced"] += row.details["charge"]
        found[source.id]["received"] += row.counts["received"]
    elif "of" not in row.details:  # else it corrects the share of a landed cost
        found[source.id]["invoiced"] += row.base
        if source.kind == "goods_receipt" and source.source is not None:
            found[source.source]["invoiced"] += row.base


def _credit(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    found[source.id]["invoiced"] += row.base if source.kind == "supplier_return" else -row.base
    returned = row.details.get("return_line")
    if returned is not None:
        found[returned]["invoiced"] += row.base


def _clearing(row: Row, source: Row, by_id: dict[int, Row], found: _Found) -> None:
    ahead = row.details.get("ahead_line")
    if ahead is not None:
        found[ahead]["received"] += row.base
    else:
        found[source.id]["invoiced"] += row.details["count"]


_SUCCESSORS = {
    "goods_receipt": _receipt,
    "stock_transfer": _arrival,
    "supplier_return": _return,
    "supplier_invoice": _invoice,
    "supplier_credit_note": _credit,
    "grni_clearing": _clearing,
}
_OWN = {("goods_receipt", "rejected"), ("supplier_invoice", "received")}
"""What a line says of itself: how much was rejected; that a bill is the last one for a charge."""


def wrong_counts(company: int) -> list[tuple[str, int, str, int, int]]:
    """The counters that are not the sums of their successors: (kind, line, counter, stored, expected)."""
    rows = lines_of(company)
    expected = expected_counts(rows)
    return [
        (row.kind, row.id, field, row.counts[field], expected[row.id][field])
        for row in rows
        # those of selling are counted again by its laws
        if row.kind not in SELLING
        for field in FIELDS
        if row.counts[field] != expected[row.id][field]
        and not ((row.kind, field) in _OWN and not (field == "received" and row.details.get("ahead")))
    ]


def wrong_payments(company: int) -> list[tuple[int, int, int]]:
    """Invoices and credit notes of suppliers of which not so much is paid as their payments say: (document, stored, expected)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT d.id, d.paid, coalesce(p.paid, 0) FROM document d LEFT JOIN ("
            " SELECT (l.details ->> 'invoice')::bigint AS of, sum(abs(l.net)) AS paid FROM document_line l"
            " JOIN document m ON m.id = l.document_id WHERE m.kind = 'supplier_payment' AND m.state = 'posted' GROUP BY 1"
            ") p ON p.of = d.id WHERE d.company_id = %s AND d.kind <> ALL (%s) AND d.paid <> coalesce(p.paid, 0)",
            (company, list(SELLING)),
        )
        return [(document, stored, expected) for document, stored, expected in cursor.fetchall()]


def gaps(company: int) -> list[tuple[str, str, int, int]]:
    """Number series in which a number is missing or given twice: (kind, year, documents, last number)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind, split_part(number, '-', 2), count(*), max(split_part(number, '-', 3)::int) FROM document"
            " WHERE company_id = %s GROUP BY 1, 2"
            " HAVING count(DISTINCT number) <> max(split_part(number, '-', 3)::int) OR count(*) <> count(DISTINCT number)",
            (company,),
        )
        return [(kind, year, documents, last) for kind, year, documents, last in cursor.fetchall()]
