"""Why lines of orders are short: what lies in their warehouse and is not for them, and what does not lie there at all. One statement."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from everstock.ledger.database import integers
from everstock.operations.documents.read import raw_cursor
from everstock.operations.sales.allocation import Allocated
from everstock.operations.warehouse.places import warehouse_of


class Cause(StrEnum):
    """Why goods are not reserved for a line, in words that follow a quantity."""

    DROP_SHIPPED = "delivered by the supplier"
    QUALITY = "held for quality control"
    TO_COUNT = "to be counted first"
    EXPIRED = "expired"
    LAPSING = "expiring before it is wanted"
    ORDERS = "reserved for others"
    HELD = "held for carts and quotes"
    SAFETY = "kept as safety stock"
    BUFFER = "kept as buffer of the channel"
    NOT_THERE = "not in stock"


class Shortage(NamedTuple):
    """What is in the way of line number ``line`` of ``order``, with quantities in 10^-6 base units.

    Of what lies in its warehouse all of it, which may be more than the line is short; of what does not lie there, as much as the rest cannot make up.
    """

    order: int
    line: int
    causes: tuple[tuple[Cause, int], ...]


_IN_THE_WAY = """
    SELECT CASE WHEN l.purpose = 'quality' THEN 'QUALITY' WHEN t.expires_on < $4::date THEN 'EXPIRED' ELSE 'good' END,
           b.item_id, b.location_id, sum(b.quantity)::bigint, NULL::date
      FROM balance b JOIN location l ON l.id = b.location_id LEFT JOIN lot t ON t.id = b.lot_id
     WHERE b.item_id = ANY ($2::int[]) AND l.company_id = $1 AND l.kind = 'internal' GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'LAPSING', t.item_id, b.location_id, b.quantity, t.expires_on
      FROM lot t JOIN balance b ON b.item_id = t.item_id AND b.lot_id = t.id JOIN location l ON l.id = b.location_id
     WHERE t.item_id = ANY ($2::int[]) AND t.expires_on >= $4::date AND l.company_id = $1 AND l.kind = 'internal' AND l.purpose <> 'quality'
    UNION ALL
    SELECT n.what, c.item_id, c.place, n.quantity, NULL
      FROM stock_to_count($2::int[], $4::date) AS c CROSS JOIN LATERAL (VALUES ('TO_COUNT', c.quantity), ('good', -c.quantity)) AS n(what, quantity)
    UNION ALL
    SELECT CASE WHEN starts_with(holder, 'SO/') THEN 'ORDERS' ELSE 'HELD' END, item_id, warehouse_id, sum(quantity)::bigint, NULL
      FROM reservation WHERE item_id = ANY ($2::int[]) AND company_id = $1 AND (expires_at IS NULL OR expires_at > $5) GROUP BY 1, 2, 3
    UNION ALL
    SELECT 'SAFETY', item_id, warehouse_id, quantity, NULL FROM safety_stock WHERE item_id = ANY ($2::int[])
    UNION ALL
    SELECT 'DROP_SHIPPED', NULL, id, 0::bigint, NULL FROM location WHERE id = ANY ($3::int[]) AND purpose = 'drop_ship'
"""


def shortages(company_id: int, standing: Iterable[Allocated], *, recorded_at: int) -> list[Shortage]:
    """Return for each line that is short why it is, as it stands. ``recorded_at``: now, in microseconds UTC."""
    short = [one for one in standing if one.short > 0]
    if not short:
        return []
    day = dt.date(1970, 1, 1) + dt.timedelta(microseconds=recorded_at)
    items, warehouses = integers({one.item for one in short}), integers({one.warehouse for one in short})
    with raw_cursor() as run:
        run.execute(_IN_THE_WAY, (company_id, items, warehouses, day, recorded_at), prepare=True)
        found = run.fetchall()
    there: defaultdict[tuple[int, int], Counter[tuple[str, dt.date | None]]] = defaultdict(Counter)
    for what, item, place, quantity, until in found:
        if item is not None:
            there[item, warehouse_of(company_id, place)][what, until] += quantity
    suppliers = {place for what, _, place, *_ in found if what == "DROP_SHIPPED"}
    return [
        Shortage(
            *(one.order, one.line),
            ((Cause.DROP_SHIPPED, one.short),)
            if one.warehouse in suppliers
            else _causes(one, there[one.item, one.warehouse]),
        )
        for one in short
    ]


def _causes(one: Allocated, found: Mapping[tuple[str, dt.date | None], int]) -> tuple[tuple[Cause, int], ...]:
    there: Counter[str] = Counter()
    for (what, until), quantity in found.items():
        there[what] += quantity if until is None or (one.due_on is not None and until < one.due_on) else 0
    free = max(0, there["good"] - there["ORDERS"] - there["HELD"])
    lapsing = min(free, there["LAPSING"])
    free -= lapsing
    safety = 0 if one.channel is None else min(free, there["SAFETY"])
    causes = {
        Cause.QUALITY: there["QUALITY"],
        Cause.TO_COUNT: there["TO_COUNT"],
        Cause.EXPIRED: there["EXPIRED"],
        Cause.LAPSING: lapsing,
        Cause.ORDERS: there["ORDERS"] - one.reserved,
        Cause.HELD: there["HELD"],
        Cause.SAFETY: safety,
        Cause.BUFFER: 0 if one.channel is None else free - safety,
    }
    causes[Cause.NOT_THERE] = one.short - sum(quantity for quantity in causes.values() if quantity > 0)
    return tuple((cause, quantity) for cause, quantity in causes.items() if quantity > 0)
