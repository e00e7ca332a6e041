"""What lies where, and of which lot: on hand, held for quality or to be counted first, expired, reserved. One statement, all of one moment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from enum import StrEnum
from typing import NamedTuple

from everstock.ledger.database import integers
from everstock.operations.documents.read import raw_cursor
from everstock.operations.warehouse.places import warehouse_of


class By(StrEnum):
    """What stock is shown by, within each warehouse."""

    LOT = "lot"
    LOCATION = "location"


class Lying(NamedTuple):
    """An item at a place; quantities in 10^-6 base units.

    By location: ``location`` is any place, ``lot`` 0; what is reserved is reserved somewhere in the warehouse, and stands at the warehouse
    itself. By lot: ``location`` is a warehouse, and what is reserved of no lot in particular stands at ``lot`` 0.
    """

    item: int
    location: int
    lot: int
    expires_on: dt.date | None
    on_hand: int
    on_hold: int
    expired: int
    reserved: int


_LYING = """
    SELECT CASE WHEN l.purpose = 'quality' THEN 'on_hold' WHEN t.expires_on < $3::date THEN 'expired' ELSE 'good' END,
           b.item_id, b.location_id, b.lot_id, t.expires_on, sum(b.quantity)::bigint
      FROM balance b JOIN location l ON l.id = b.location_id LEFT JOIN lot t ON t.id = b.lot_id
     WHERE b.item_id = ANY ($2::int[]) AND l.company_id = $1 AND l.kind = 'internal' AND b.quantity <> 0 GROUP BY 1, 2, 3, 4, 5
    UNION ALL
    SELECT n.what, c.item_id, c.place, c.lot_id, t.expires_on, n.quantity
      FROM stock_to_count($2::int[], $3::date) AS c LEFT JOIN lot t ON t.id = c.lot_id
     CROSS JOIN LATERAL (VALUES ('on_hold', c.quantity), ('good', -c.quantity)) AS n(what, quantity)
    UNION ALL
    SELECT 'reserved', r.item_id, r.warehouse_id, r.lot_id, t.expires_on, sum(r.quantity)::bigint
      FROM reservation r LEFT JOIN lot t ON t.id = r.lot_id
     WHERE r.item_id = ANY ($2::int[]) AND (r.expires_at IS NULL OR r.expires_at > $4) GROUP BY 1, 2, 3, 4, 5
"""


def lying(company_id: int, items: Collection[int], by: By, *, recorded_at: int) -> list[Lying]:
    """Return what lies where of ``items`` (ids), by item, place and lot. ``recorded_at``: now, in microseconds UTC."""
    day = dt.date(1970, 1, 1) + dt.timedelta(microseconds=recorded_at)
    with raw_cursor() as run:
        run.execute(_LYING, (company_id, integers(items), day, recorded_at), prepare=True)
        found = run.fetchall()
    sums: defaultdict[tuple[int, int, int], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    days: dict[int, dt.date | None] = {}
    for what, item, place, lot, expires_on, quantity in found:
        at = (warehouse_of(company_id, place), lot) if by is By.LOT else (place, 0)
        sums[item, *at][what] += quantity
        days[lot] = expires_on
    return [
        Lying(
            *(item, place, lot, days[lot] if lot else None),
            on_hand=there["good"] + there["on_hold"] + there["expired"],
            on_hold=there["on_hold"],
            expired=there["expired"],
            reserved=there["reserved"],
        )
        for (item, place, lot), there in sorted(sums.items())
    ]
