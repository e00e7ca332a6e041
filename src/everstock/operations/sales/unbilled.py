"""Goods shipped not invoiced: what left for customers and no invoice has billed yet, line by line, on any day and as known at any moment."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from everstock.core.quantities import line_value
from everstock.ledger.queries import Basis, position_at, reading
from everstock.masterdata.models import Company
from everstock.operations.documents.read import joining_whole_tables


class UnbilledRow(NamedTuple):
    """What of a shipment's line is not invoiced. Quantities in 10^-6 base units.

    ``line`` (an id, its number is ``number``) of ``document``; ``movement`` took the goods. ``shipped`` less what came back before it was
    billed (``returned``) and ``invoiced`` is ``open``. ``came_back``: all that came back, billed or not. ``value``: what is open at the
    price of the order when the goods left, in minor units of the company's currency; the ledger keeps that price, so the list of a past day
    does not change with the order. ``age``: days since ``day``.
    """

    line: int
    number: int
    document: int
    shipment: str
    order_line: int
    order: str
    movement: int
    partner: int | None
    item: int
    day: dt.date
    age: int
    shipped: int
    returned: int
    came_back: int
    invoiced: int
    unit_price: int
    value: int

    @property
    def open(self) -> int:
        """What is left to invoice."""
        return self.shipped - self.returned - self.invoiced


_MOVED = """
    SELECT m.key, min(m.movement) FILTER (WHERE m.shipped > 0), min(m.day) FILTER (WHERE m.shipped > 0), sum(m.shipped)::bigint,
           sum(m.returned - m.billed)::bigint, sum(m.returned)::bigint, min(m.unit_price) FILTER (WHERE m.shipped > 0)
      FROM sale_moved($1, $2, $3) m GROUP BY m.key HAVING sum(m.shipped) > 0
"""
_BILLED = "SELECT key, invoice, quantity FROM sale_billed($1, $2, $3, $4)"
_LINES = """
    SELECT l.id, l.line, d.id, d.number, o.id, h.number, d.partner_id, l.item_id
      FROM document_line l JOIN document d ON d.id = l.document_id
      JOIN document_line o ON o.id = l.source_id JOIN document h ON h.id = o.document_id
     WHERE d.company_id = $1 AND d.kind = 'shipment'
"""


def shipped_not_invoiced(
    company: Company,
    *,
    as_of: dt.date,
    known_at: int | None = None,
    basis: Basis = "effective",
    include_settled: bool = False,
) -> list[UnbilledRow]:
    """Return what was shipped and not invoiced at the end of ``as_of``, as known at ``known_at``, oldest first.

    ``basis``: by the effective days of invoices, or by those of the books; goods leave on their effective day. ``include_settled``: also
    lines of which nothing is left.
    """
    with reading(), joining_whole_tables() as run:
        position = position_at(company.pk, known_at)
        run.execute(_MOVED, (company.pk, as_of, position))
        moved = run.fetchall()
        run.execute(_LINES, (company.pk,))
        lines = {line: rest for line, *rest in run.fetchall()}
        run.execute(_BILLED, (company.pk, as_of, basis == "posted", position))
        invoiced = Counter[int]()
        for key, _, quantity in run.fetchall():
            invoiced[key] += quantity
    minor = company.currency.minor_per_major
    found = [
        _row(key, lines[key], figures, invoiced, minor=minor, as_of=as_of) for key, *figures in moved if key in lines
    ]
    found.sort(key=lambda row: (row.day, row.shipment, row.number))
    return [row for row in found if include_settled or row.open > 0]


def billed_by_invoice(
    company: Company, *, as_of: dt.date, position: int | None, basis: Basis = "effective"
) -> Mapping[int, Mapping[int, int]]:
    """Return how much of each shipment's line (an id) each invoice (an id) bills on a day, as known at a position of the ledger."""
    found: dict[int, dict[int, int]] = {}
    with joining_whole_tables() as run:
        run.execute(_BILLED, (company.pk, as_of, basis == "posted", position))
        for key, invoice, quantity in run.fetchall():
            found.setdefault(key, {})[invoice] = quantity
    return found


def _row(
    key: int, about: list[object], figures: list[object], invoiced: Mapping[int, int], *, minor: int, as_of: dt.date
) -> UnbilledRow:
    number, document, shipment, order_line, order, partner, item = about
    movement, day, shipped, returned, came_back, unit_price = figures
    assert isinstance(day, dt.date)
    row = UnbilledRow._make(
        (
            *(key, number, document, shipment, order_line, order, movement, partner, item, day, (as_of - day).days),
            *(shipped, returned, came_back, invoiced.get(key, 0), unit_price or 0, 0),
        )
    )
    return row._replace(value=line_value(row.open, row.unit_price, minor))
