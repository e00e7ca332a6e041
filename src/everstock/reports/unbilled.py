"""Goods shipped not invoiced, with what they are worth: at the price of the order, and at cost."""

import datetime as dt
from dataclasses import dataclass

from everstock.core.costing.state import share
from everstock.ledger.sales import facts_named, returns_of, sales_accounts
from everstock.masterdata.models import Company
from everstock.operations.sales.unbilled import UnbilledRow, shipped_not_invoiced
from everstock.reports.questions import Question, asking
from everstock.reports.sale_costs import sale_costs


@dataclass(frozen=True, slots=True)
class NotInvoiced:
    """Quantities in 10^-6 base units; ``value`` (at the price of the order) and ``cost`` of what is open in minor units of the company's currency.

    ``reference``: of the movement in the ledger.
    """

    shipment: str
    line: int
    order: str
    reference: str
    customer: str
    item: str
    day: dt.date
    age: int
    shipped: int
    returned: int
    invoiced: int
    open: int
    value: int
    cost: int


def not_invoiced(
    *, company: Company, as_of: dt.date, known_at: int | None = None, partner: str | None = None
) -> list[NotInvoiced]:
    """Return what was shipped and not invoiced at the end of ``as_of``, as known at ``known_at``, oldest first.

    The list of a past day can be had again, whatever was done since then. Refused: ``partner.unknown``.
    """
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        names = ask.names
        whose = None if partner is None else names.partner(partner)
        found = [
            row
            for row in shipped_not_invoiced(company, as_of=as_of, known_at=known_at)
            if whose is None or row.partner == whose
        ]
        references = {fact.id: fact.reference for fact in facts_named([row.movement for row in found])}
        costs = _costs(ask, found)
        return [
            NotInvoiced(
                *(row.shipment, row.number, row.order, references[row.movement], names.partners[row.partner]),
                *(names.items[row.item], row.day),
                *(row.age, row.shipped, row.returned, row.invoiced, row.open, row.value, costs[row.line]),
            )
            for row in found
        ]


def _costs(ask: Question, found: list[UnbilledRow]) -> dict[int, int]:
    """What is open has cost by shipment's line: its share in the cost of what the customer has kept."""
    costs = sale_costs(ask, {row.item for row in found}, sales_accounts(ask.company_id))
    back = returns_of([row.movement for row in found])
    booked = costs.of({row.movement for row in found} | {fact for facts in back.values() for fact in facts})
    result = {}
    for row in found:
        total = booked[row.movement] + sum(booked[fact] for fact in back.get(row.movement, ()))
        kept = row.shipped - row.came_back
        result[row.line] = share(total, row.open, kept) if kept > 0 else 0
    return result
