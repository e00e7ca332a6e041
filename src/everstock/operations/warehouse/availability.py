"""What can be promised of items: now, and day by day from what is on its way. Several items in one statement, all of one moment."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from everstock.core.facts import DAY
from everstock.core.posting import LocationKind
from everstock.core.promising import Flow, Part, available_by, promise
from everstock.ledger.database import integers, texts
from everstock.masterdata.models import Purpose
from everstock.operations.documents.kinds import PREFIX, DocumentKind
from everstock.operations.documents.read import raw_cursor
from everstock.operations.documents.states import State
from everstock.operations.warehouse.incoming import OPEN, ORDERED
from everstock.operations.warehouse.places import warehouse_of

_EPOCH = dt.date(1970, 1, 1)
_CONFIRMED = (State.CONFIRMED, State.PARTLY_SHIPPED)
"""The states in which a sales order still needs goods."""


class Availability(NamedTuple):
    """An item in a warehouse; quantities in 10^-6 base units.

    ``on_hand``: all that lies there, ``on_hold`` of it for quality control. ``reserved``: promised. ``free``: neither; below zero where the
    company lets stock fall below zero. ``incoming``: on its way there; ``needed``: ordered by customers, not reserved and not shipped. ``flows``:
    what is free on the day asked for and what is incoming and needed by day, overdue ones on that day.
    """

    item: int
    warehouse: int
    on_hand: int
    on_hold: int
    reserved: int
    free: int
    incoming: int
    needed: int
    flows: tuple[Flow, ...]

    def by_day(self) -> list[tuple[dt.date, int]]:
        """Return how much more can be promised for each day on which that changes, the first one today."""
        days = [_EPOCH + dt.timedelta(days=flow.day) for flow in self.flows]
        return [*zip(days, available_by(self.flows), strict=True)]

    def promise(self, quantity: int, earliest: dt.date) -> list[Part]:
        """Return when ``quantity`` can be there; see ``core.promising.promise``."""
        return promise(self.flows, quantity, (earliest - _EPOCH).days)


_STATEMENT = f"""
    SELECT 'there', b.item_id, b.location_id, l.kind || ' ' || l.purpose, NULL::int, sum(b.quantity)::bigint
      FROM balance b JOIN location l ON l.id = b.location_id
     WHERE b.item_id = ANY ($4::int[]) AND l.company_id = $1 AND l.kind = 'internal' GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'reserved', item_id, warehouse_id, '', NULL, quantity
      FROM reserved WHERE item_id = ANY ($4::int[])
    UNION ALL
    -- nobody holds it any more, whether or not somebody has been in the way of it
    SELECT 'reserved', item_id, warehouse_id, '', NULL, -quantity
      FROM reservation WHERE item_id = ANY ($4::int[]) AND expires_at <= $7
    UNION ALL
    SELECT 'incoming', item, location, '', day - date '1970-01-01', quantity
      FROM {OPEN} AS o WHERE item = ANY ($4::int[])
    UNION ALL
    SELECT 'needed', l.item_id, l.location_id, '', coalesce(l.expected_on, d.day) - date '1970-01-01',
           l.base_quantity - l.received - coalesce((
               SELECT sum(r.quantity)::bigint FROM reservation r
                WHERE r.holder = $6 || '/' || d.id || '/' || l.line AND r.item_id = l.item_id AND r.company_id = $1), 0)
      FROM document d JOIN document_line l ON l.document_id = d.id
     WHERE d.company_id = $1 AND d.kind = 'sales_order' AND d.state = ANY ($5::text[])
       AND l.item_id = ANY ($4::int[]) AND l.base_quantity > l.received AND l.location_id IS NOT NULL
"""


def availability(
    company_id: int, items: Collection[int], *, day: dt.date, recorded_at: int | None = None
) -> list[Availability]:
    """Return what there is of ``items`` (ids) in each warehouse that has, expects or owes any, by item and warehouse; ``day``: today.

    ``recorded_at``: now, in microseconds UTC; what is reserved until a moment before is free. ``None``: at the beginning of the day.
    """
    today = (day - _EPOCH).days
    found: defaultdict[tuple[int, int], list[tuple[str, str, int | None, int]]] = defaultdict(list)
    for what, item, place, kind, on, quantity in _rows(
        company_id, items, today * DAY if recorded_at is None else recorded_at
    ):
        found[item, warehouse_of(company_id, place)].append((what, kind, on, quantity))
    return [_of(item, warehouse, rows, today) for (item, warehouse), rows in sorted(found.items())]


def _rows(company_id: int, items: Collection[int], recorded_at: int) -> list[tuple[Any, ...]]:
    parameters = (
        *(company_id, texts(state.value for state in ORDERED)),
        *(texts((State.SENT.value, State.PARTLY_RECEIVED.value)), integers(items)),
        *(texts(state.value for state in _CONFIRMED), PREFIX[DocumentKind.SALES_ORDER], recorded_at),
    )
    with raw_cursor() as run:
        run.execute(_STATEMENT, parameters, prepare=True)
        return run.fetchall()


_HELD = f"{LocationKind.INTERNAL} {Purpose.QUALITY}"


def _of(item: int, warehouse: int, rows: Iterable[tuple[str, str, int | None, int]], today: int) -> Availability:
    sums: defaultdict[str, int] = defaultdict(int)
    by_day: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for what, kind, on, quantity in rows:
        sums["held" if kind == _HELD else what] += quantity
        if on is not None and quantity:
            by_day[max(on, today)][what == "needed"] += quantity
    free = sums["there"] - sums["reserved"]
    by_day[today][0] += free
    flows = tuple(Flow(on, supply, demand) for on, (supply, demand) in sorted(by_day.items()))
    held = sums["held"]
    return Availability(
        *(item, warehouse, sums["there"] + held, held, sums["reserved"], free, sums["incoming"], sums["needed"], flows)
    )
