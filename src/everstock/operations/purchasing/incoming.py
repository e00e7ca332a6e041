"""What is ordered and not yet received: the incoming side of availability."""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from everstock.ledger.database import integers, texts
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.states import State

ORDERED = (State.SENT, State.PARTLY_RECEIVED)
"""The states in which goods are on order; those of an approved order can be asked for too."""


class Incoming(NamedTuple):
    """``quantity`` (10^-6 base units) of ``item`` is expected at ``location`` on ``day``, over all orders."""

    item: int
    location: int
    day: dt.date
    quantity: int


class IncomingLine(NamedTuple):
    """The same, line by line: ``line`` of order ``number``."""

    item: int
    location: int
    day: dt.date
    quantity: int
    order: int
    number: str
    line: int
    supplier: int


_OPEN = (
    " FROM document d JOIN document_line l ON l.document_id = d.id"
    " WHERE d.company_id = $1 AND d.kind = $2 AND d.state = ANY ($3::text[])"
    "  AND l.item_id IS NOT NULL AND l.base_quantity > l.received AND l.details -> 'final' IS NULL"
    "  AND ($4::int[] IS NULL OR l.item_id = ANY ($4::int[]))"
    "  AND ($5::int[] IS NULL OR l.location_id = ANY ($5::int[]))"
    "  AND ($6::date IS NULL OR l.expected_on <= $6::date)"
)
_SUMS = (
    "SELECT l.item_id, l.location_id, l.expected_on, sum(l.base_quantity - l.received)::bigint"
    f"{_OPEN} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
_LINES = (
    "SELECT l.item_id, l.location_id, l.expected_on, l.base_quantity - l.received, d.id, d.number, l.line, d.partner_id"
    f"{_OPEN} ORDER BY 1, 3, 5, 7"
)


def incoming(
    company_id: int,
    *,
    items: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    until: dt.date | None = None,
    states: Collection[State] = ORDERED,
) -> list[Incoming]:
    """Return what is open on purchase orders by item, location and expected day, in that order; ``None``: all.

    A day in the past is an order that is late.
    """
    return [Incoming(*row) for row in _rows(_SUMS, company_id, items, locations, until, states)]


def incoming_lines(
    company_id: int,
    *,
    items: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    until: dt.date | None = None,
    states: Collection[State] = ORDERED,
) -> list[IncomingLine]:
    """Return the order lines behind ``incoming``, by item, expected day and order."""
    return [IncomingLine(*row) for row in _rows(_LINES, company_id, items, locations, until, states)]


def _rows(
    statement: str,
    company_id: int,
    items: Collection[int] | None,
    locations: Collection[int] | None,
    until: dt.date | None,
    states: Collection[State],
) -> list[Any]:
    parameters = (
        company_id,
        DocumentKind.PURCHASE_ORDER.value,
        texts(state.value for state in states),
        None if items is None else integers(items),
        None if locations is None else integers(locations),
        until,
    )
    with raw_cursor() as run:
        run.execute(statement, parameters)
        return run.fetchall()
