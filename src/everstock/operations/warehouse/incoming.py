"""What is on its way: ordered and not yet received, received in transit and not yet arrived, or dispatched to another warehouse.

The incoming side of availability.
"""

import datetime as dt
from collections.abc import Collection
from typing import Any, NamedTuple

from everstock.ledger.database import integers, texts
from everstock.ledger.queries import reading
from everstock.operations.documents.read import joining_whole_tables, raw_cursor
from everstock.operations.documents.states import State

ORDERED = (State.SENT, State.PARTLY_RECEIVED)
"""The states in which goods are on order; those of an approved order can be asked for too."""


class Incoming(NamedTuple):
    """``quantity`` (10^-6 base units) of ``item`` is expected at ``location`` on ``day``, of all orders and dispatches."""

    item: int
    location: int
    day: dt.date
    quantity: int


class IncomingLine(NamedTuple):
    """The same, line by line: ``line`` of ``document``, an order to ``supplier``, a receipt in transit or a dispatch, whose number is ``number``."""

    item: int
    location: int
    day: dt.date
    quantity: int
    document: int
    number: str
    line: int
    supplier: int | None


DISPATCHED = (State.SENT, State.PARTLY_RECEIVED)
_OPEN = """(
    SELECT d.company_id, l.item_id AS item, l.location_id AS location, l.expected_on AS day, l.base_quantity - l.received AS quantity,
           d.id AS document, d.number, l.line, d.partner_id AS supplier, d.state
      FROM document_line l CROSS JOIN LATERAL (SELECT * FROM document WHERE id = l.document_id OFFSET 0) d
     WHERE d.company_id = $1 AND d.kind = 'purchase_order' AND d.state = ANY ($2::text[])
       AND l.received < l.base_quantity AND l.location_id IS NOT NULL AND l.ledger_reference IS NULL AND l.item_id IS NOT NULL AND l.details -> 'final' IS NULL
    UNION ALL
    SELECT d.company_id, l.item_id, (d.details ->> 'destination')::int, coalesce(d.expected_on, d.day),
           l.base_quantity - l.received - l.rejected, d.id AS document, d.number, l.line, NULL::int, d.state
      -- OFFSET 0, here and below: in this order, since the planner may believe any of the tables to be empty
      FROM document d CROSS JOIN LATERAL (SELECT * FROM document_line WHERE document_id = d.id OFFSET 0) l
     WHERE d.company_id = $1 AND d.kind = 'stock_transfer' AND d.state = ANY ($3::text[])
       AND l.base_quantity > l.received + l.rejected
    UNION ALL
    SELECT d.company_id, l.item_id, o.location_id, coalesce(o.expected_on, d.day), l.base_quantity - l.received, d.id, d.number, l.line,
           d.partner_id, d.state
      FROM document d CROSS JOIN LATERAL (SELECT * FROM document_line WHERE document_id = d.id OFFSET 0) l
      JOIN LATERAL (SELECT * FROM document_line WHERE id = l.source_id OFFSET 0) o ON o.location_id IS NOT NULL
     WHERE d.company_id = $1 AND d.kind = 'goods_receipt' AND d.details ? 'in_transit' AND d.state <> 'cancelled'
       AND l.base_quantity > l.received
)"""
"""What is on its way, line by line; ``$1``: the company, ``$2`` and ``$3``: states of orders and of dispatches. As in ``availability_read``."""
_WANTED = (
    f" FROM {_OPEN} AS o WHERE ($4::int[] IS NULL OR item = ANY ($4::int[]))"
    "  AND ($5::int[] IS NULL OR location = ANY ($5::int[])) AND ($6::date IS NULL OR day <= $6::date)"
)
_SUMS = f"SELECT item, location, day, sum(quantity)::bigint{_WANTED} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
_LINES = f"SELECT item, location, day, quantity, document, number, line, supplier{_WANTED} ORDER BY 1, 3, 5, 7"


def incoming(
    company_id: int,
    *,
    items: Collection[int] | None = None,
    locations: Collection[int] | None = None,
    until: dt.date | None = None,
    states: Collection[State] = ORDERED,
) -> list[Incoming]:
    """Return what is on its way by item, location and expected day, in that order; ``None``: all. ``states``: of purchase orders.

    A day in the past is an order or a dispatch that is late.
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
    """Return the lines behind ``incoming``, by item, expected day and document."""
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
        texts(state.value for state in states),
        texts(state.value for state in DISPATCHED),
        None if items is None else integers(items),
        None if locations is None else integers(locations),
        until,
    )
    if items is None:
        with reading(), joining_whole_tables() as run:
            run.execute(statement, parameters)
            return run.fetchall()
    with raw_cursor() as run:
        run.execute(statement, parameters)
        return run.fetchall()
