"""What customers have ordered and not got, and how punctually they got what was due."""

import datetime as dt
import json
from collections import Counter, defaultdict
from typing import NamedTuple

from everstock.core.costing.state import share
from everstock.ledger.queries import reading
from everstock.ledger.reservations import reservations
from everstock.masterdata.models import Company
from everstock.operations.documents.amounts import in_company_currency
from everstock.operations.documents.read import joining_whole_tables
from everstock.operations.sales.allocation import holder
from everstock.operations.sales.promises import last_day, parts_of
from everstock.operations.warehouse.incoming import IncomingLine, incoming_lines
from everstock.operations.warehouse.places import warehouse_of


class OpenLine(NamedTuple):
    """What is open of line ``line`` of a confirmed ``order`` (its number), which leaves from ``warehouse``. Quantities in 10^-6 base units.

    ``due_on``: when the customer wants it, ``None`` if nobody said; ``promised_on``: when it was told that all of it can leave, ``None`` if it was not. ``reserved`` of what is ``open`` is kept for it, ``short`` is not.
    ``value``: what is open at the order's price, in minor units of the company's currency.
    """

    document: int
    order: str
    line: int
    partner: int | None
    item: int
    warehouse: int
    due_on: dt.date | None
    promised_on: dt.date | None
    ordered: int
    shipped: int
    reserved: int
    value: int

    @property
    def open(self) -> int:
        """What is ordered and not shipped."""
        return self.ordered - self.shipped

    @property
    def short(self) -> int:
        """What is open and not there for it."""
        return max(0, self.open - self.reserved)


class Backorder(NamedTuple):
    """A line of which something is short. ``expected_on``: when enough is expected in its warehouse for it and all before it, ``None``: nothing says when.

    ``source``: number of the document whose goods complete it.
    """

    line: OpenLine
    expected_on: dt.date | None
    source: str


class Punctuality(NamedTuple):
    """Of the lines due in ``month`` (its first day): how many there are, how many were shipped in full by their day, and quantities."""

    month: dt.date
    lines: int
    in_full: int
    ordered: int
    shipped: int


_OPEN = """
    SELECT d.id, d.number, l.line, d.partner_id, l.item_id, l.location_id, coalesce(l.expected_on, d.expected_on), l.base_quantity, l.received,
           l.net, d.currency_id, d.rate, l.details ->> 'final', l.details -> 'promised'
      FROM document d JOIN document_line l ON l.document_id = d.id
     WHERE d.company_id = $1 AND d.kind = 'sales_order' AND d.state IN ('confirmed', 'partly_shipped')
       AND l.item_id IS NOT NULL AND l.location_id IS NOT NULL AND l.base_quantity > l.received
"""


def order_book(company: Company) -> list[OpenLine]:
    """Return what is open on confirmed orders, by due day (first what nobody said a day for, which is wanted at once), order and line."""
    with reading():
        with joining_whole_tables() as run:
            run.execute(_OPEN, (company.pk,))
            found = run.fetchall()
        held = {one.holder: one.quantity for one in reservations(company.pk)}
    lines = []
    for document, order, line, partner, item, location, due_on, ordered, shipped, *worth, final, promised in found:
        if final is None:
            warehouse = warehouse_of(company.pk, location)
            reserved = min(held.get(holder(document, line), 0), ordered - shipped)
            value = _worth(company, ordered, shipped, *worth)
            of = (
                document,
                order,
                line,
                partner,
                item,
                warehouse,
                due_on,
                last_day(parts_of(json.loads(promised or "[]"))),
            )
            lines.append(OpenLine(*of, ordered, shipped, reserved, value))
    return sorted(lines, key=lambda row: (row.due_on or dt.date.min, row.order, row.line))


def _worth(company: Company, ordered: int, shipped: int, net: int, currency: str, rate: int) -> int:
    return in_company_currency(share(net, ordered - shipped, ordered), currency, rate, company.currency_id)


def backorders(company: Company) -> list[Backorder]:
    """Return the open lines of which something is short, by item and due day, with when enough of what is on its way will be there."""
    with reading():
        short = [line for line in order_book(company) if line.short]
        coming: defaultdict[tuple[int, int], list[IncomingLine]] = defaultdict(list)
        for one in incoming_lines(company.pk, items=sorted({line.item for line in short})):
            coming[one.item, warehouse_of(company.pk, one.location)].append(one)
    found = []
    needed: Counter[tuple[int, int]] = Counter()
    for line in sorted(short, key=lambda row: (row.item, row.due_on or dt.date.min)):
        at = line.item, line.warehouse
        needed[at] += line.short
        there = 0
        enough = None
        for one in coming[at]:
            there += one.quantity
            if there >= needed[at]:
                enough = one
                break
        found.append(Backorder(line, None if enough is None else enough.day, "" if enough is None else enough.number))
    return found


_PUNCTUAL = """
    WITH due AS (
        SELECT l.id, coalesce(l.expected_on, d.expected_on) AS day, l.base_quantity AS ordered
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = $1 AND d.kind = 'sales_order' AND d.state NOT IN ('requested', 'cancelled')
           AND l.item_id IS NOT NULL AND l.location_id IS NOT NULL AND l.base_quantity > 0
           AND coalesce(l.expected_on, d.expected_on) BETWEEN $2 AND $3),
    left_by AS (
        SELECT w.id, sum(m.shipped)::bigint AS shipped
          FROM sale_moved($1, $3, NULL) m JOIN document_line s ON s.id = m.key JOIN due w ON w.id = s.source_id
         WHERE m.shipped > 0 AND m.day <= w.day GROUP BY 1)
    SELECT date_trunc('month', w.day)::date, count(*), count(*) FILTER (WHERE coalesce(b.shipped, 0) >= w.ordered),
           sum(w.ordered)::bigint, sum(least(coalesce(b.shipped, 0), w.ordered))::bigint
      FROM due w LEFT JOIN left_by b ON b.id = w.id GROUP BY 1 ORDER BY 1
"""


def punctuality(company: Company, *, from_: dt.date, to: dt.date) -> list[Punctuality]:
    """Return how many of the lines due on days of a range were shipped in full and in time, month by month.

    Lines of orders that were cancelled, and those nobody said a day for, do not count.
    """
    with reading(), joining_whole_tables() as run:
        run.execute(_PUNCTUAL, (company.pk, from_, to))
        return [Punctuality._make(row) for row in run.fetchall()]
