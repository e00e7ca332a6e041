"""How much is where: quantities by item, location and lot."""

import datetime as dt
from dataclasses import dataclass

from everstock.ledger.queries import balances
from everstock.masterdata.models import Company
from everstock.reports.questions import asking


@dataclass(frozen=True, slots=True)
class StockRow:
    """``lot`` is empty for stock without one."""

    item: str
    location: str
    lot: str
    quantity: int


def stock(
    *,
    company: Company,
    as_of: dt.date | None = None,
    known_at: int | None = None,
    item: str | None = None,
    location: str | None = None,
    include_zero: bool = False,
) -> list[StockRow]:
    """Stock by item, location (with all below ``location``) and lot, sorted by their codes."""
    with asking(company, as_of=as_of, known_at=known_at) as ask:
        names = ask.names
        items = None if item is None else [names.item(item)]
        places = None if location is None else names.places(location)
        found = balances(ask.company_id, as_of=as_of, position=ask.position, items=items, include_zero=include_zero)
        kept = [row for row in found if places is None or row.location in places]
        names.know_lots(row.lot for row in kept)
        result = [
            StockRow(names.items[row.item], names.locations[row.location], names.lot(row.lot), row.quantity)
            for row in kept
        ]
    return sorted(result, key=lambda row: (row.item, row.location, row.lot))
