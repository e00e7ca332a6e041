"""Goods shipped not invoiced: what left for customers and no invoice has billed yet, line by line, on any day and as known at any moment."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from everstock.core.quantities import SCALE, line_value, round_half_up
from everstock.ledger.database import integers
from everstock.ledger.queries import Basis, position_at, reading
from everstock.masterdata.models import Company
from everstock.operations.documents.allocation import shared
from everstock.operations.documents.read import joining_whole_tables


class UnbilledRow(NamedTuple):
    """What of a shipment's line is not invoiced. Quantities in 10^-6 base units.

    ``line`` (an id, its number is ``number``) of ``document``; ``movement`` took the goods. ``shipped`` less what came back before it was
    billed (``returned``) and ``invoiced`` is ``open``. ``came_back``: all that came back, billed or not. ``value``: what is open at the
    price of the order when the goods left, in minor units of the company's currency; the ledger keeps that price, so the list of a past day
    does not change with the order. ``age``: days since ``day``. Components have the part of their kit's price that is theirs: of whole kits they come
    to its price, also of one of which a component came back, as it will be billed in full (see ``kits``).
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


_IN_KITS = """
    SELECT l.id, o.document_id, (o.details ->> 'part_of')::int, l.details -> 'kit_price', o.details -> 'each'
      FROM document_line l JOIN document d ON d.id = l.document_id JOIN document_line o ON o.id = l.source_id
     WHERE d.company_id = $1 AND d.kind = 'shipment' AND l.details ? 'part_of'
"""
_ORDERED = "SELECT document_id, line, id, (details ->> 'part_of')::int FROM document_line WHERE document_id = ANY ($1::bigint[])"


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
        run.execute(_IN_KITS, (company.pk,))
        in_kits = run.fetchall()
        run.execute(_ORDERED, (integers({order for _, order, *_ in in_kits}),))
        ordered = run.fetchall()
    minor = company.currency.minor_per_major
    found = {
        key: _row(key, lines[key], figures, invoiced, minor=minor, as_of=as_of)
        for key, *figures in moved
        if key in lines
    }
    kits = {(order, number): key for order, number, key, _ in ordered}
    parts = Counter((order, kit) for order, _, _, kit in ordered)
    of_kits: dict[tuple[int, int], list[Component]] = {}
    for key, order, kit, price, each in in_kits:
        if key in found:
            component = Component(found[key], Fraction(*json.loads(price or "[0, 1]")), Fraction(*json.loads(each)))
            of_kits.setdefault((order, kit), []).append(component)
    for place, some in of_kits.items():
        found |= {row.line: row for row in valued(some, parts[place], invoiced[kits[place]], minor)}
    listed = sorted(found.values(), key=lambda row: (row.day, row.shipment, row.number))
    return [row for row in listed if include_settled or row.open > 0 or row.value]


class Component(NamedTuple):
    """What of a shipment's line is not invoiced, if it is a kit's component: ``price`` in 10^-6 of the major unit and ``each``, how much is in a kit."""

    row: UnbilledRow
    price: Fraction
    each: Fraction


def valued(components: Sequence[Component], parts: int, billed: int, minor: int) -> list[UnbilledRow]:
    """Return the lines of the components of one kit, which has ``parts`` of them, with what they are worth, where ``billed`` kits are invoiced.

    Where a component came back of a kit that will be billed all the same, the others of it, or else of the kit, are worth more by that. The worth
    of all lines is rounded once, and shared between them by the largest remainder.
    """
    by_part: dict[int, list[Component]] = {}
    for one in components:
        by_part.setdefault(one.row.order_line, []).append(one)
    kits = 0
    if len(by_part) == parts:
        kits = min(_kits(some, "shipped") for some in by_part.values())
        kits -= min(_kits(some, "returned") for some in by_part.values())
    worth: list[tuple[Component, Fraction]] = []
    for some in by_part.values():
        each = some[0].each
        there = Fraction(sum(one.row.shipped - one.row.returned for one in some))
        to_bill = max(Fraction(0), max(there, Fraction(kits * each)) - billed * each)
        basis = [max(0, one.row.open) for one in some]
        if not any(basis):
            basis = [one.row.shipped for one in some]
        worth += [(one, to_bill * quantity / sum(basis) * one.price) for one, quantity in zip(some, basis, strict=True)]
    total = sum((value for _, value in worth), Fraction(0)) * minor / SCALE**2
    # only what the lines have among each other counts
    weights = [int(value * SCALE) for _, value in worth]
    values = shared(round_half_up(*total.as_integer_ratio()), weights) if any(weights) else [0] * len(worth)
    return [one.row._replace(value=its) for (one, _), its in zip(worth, values, strict=True)]


def _kits(some: Sequence[Component], what: Literal["shipped", "returned"]) -> int:
    """How many whole kits are in what is shipped, or came back, of a component."""
    there = sum(one.row.shipped if what == "shipped" else one.row.returned for one in some)
    return int(there / some[0].each) // SCALE * SCALE


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
