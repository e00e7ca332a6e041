"""What a sales channel may promise, and promising within it.

Free for a channel is what is free in its warehouses, has not expired and is not to be counted first, less safety stock, less its buffer over
all of them together; never below zero. Promises of no channel are bound by what is there alone.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from everstock.core.kits import explode, sets_of
from everstock.core.quantities import SCALE
from everstock.ledger import reservations
from everstock.ledger.database import integers, texts
from everstock.ledger.reservations import TAKEN, Wanted
from everstock.ledger.statements import Call, Statement, Value
from everstock.operations.documents.read import raw_cursor
from everstock.operations.sales.kit_bills import contents
from everstock.operations.warehouse.availability import Availability, Untouched, availability
from everstock.operations.warehouse.places import warehouse_of

_RESERVED = (
    *("int", "bigint", "bool", "bigint", "int[]"),
    *("text[]", "int[]", "int[]", "bigint[]", "date[]", "text[]"),
)
"""The types of what ``channel_reserve`` is given."""
_RESERVE = Statement(f"SELECT channel_reserve({', '.join(f'${number}' for number in range(1, 12))})", *_RESERVED)
Channels = Sequence[str | None]
"""For each line the code of its channel, or ``None``."""


def reserve(
    company_id: int,
    wanted: Sequence[Wanted],
    channels: Channels,
    *,
    recorded_at: int,
    whole: bool = False,
    expires_at: int | None = None,
) -> list[int]:
    """As ``ledger.reservations.reserve``, each line within what its channel may promise."""
    if not any(channels):
        return reservations.reserve(company_id, wanted, recorded_at=recorded_at, whole=whole, expires_at=expires_at)
    return reservations.run(_RESERVE, *_reserved(company_id, wanted, channels, recorded_at, whole, expires_at))


def reserving(company_id: int, wanted: Sequence[Wanted], channels: Channels, *, recorded_at: int) -> Call | None:
    """As ``ledger.reservations.reserving``, each line within what its channel may promise."""
    if not any(channels):
        return reservations.reserving(company_id, wanted, recorded_at=recorded_at)
    asked = _reserved(company_id, wanted, channels, recorded_at, False, None)
    return Call("channel_reserve", _RESERVED, asked)


def taking(company_id: int, leaving: Sequence[Wanted], channels: Channels, *, recorded_at: int) -> Call:
    """As ``ledger.reservations.taking``; what was not promised to its holder before must be within what its channel may promise.

    Else the statement fails with the state ``reservations.KEPT``.
    """
    if not any(channels):
        return reservations.taking(company_id, leaving, recorded_at=recorded_at)
    asked = (*reservations.taken(company_id, leaving, recorded_at), texts(channels))
    return Call("channel_take", (*TAKEN, "text[]"), asked)


def _reserved(
    company_id: int,
    wanted: Sequence[Wanted],
    channels: Channels,
    recorded_at: int,
    whole: bool,
    expires_at: int | None,
) -> tuple[Value, ...]:
    holders, items, warehouses, quantities, _, _, days, ranks = zip(*wanted, strict=True)
    return (
        *(company_id, recorded_at, whole, expires_at, integers(ranks), texts(holders), integers(items)),
        *(integers(warehouses), integers(quantities), texts(day and day.isoformat() for day in days), texts(channels)),
    )


class ChannelStock(NamedTuple):
    """An item as a channel sees it, over all its warehouses; quantities in 10^-6 base units.

    ``on_hand``: all that lies there, of which ``on_hold`` is held for quality control, or to be counted first, and ``expired`` may not be sold any more.
    ``reserved``: promised to anybody, or waited for by orders. ``safety``, ``buffer``: what it leaves untouched. ``free``: what it may promise.
    """

    item: int
    on_hand: int
    on_hold: int
    expired: int
    reserved: int
    safety: int
    buffer: int
    free: int


_STOCK = """
    SELECT CASE WHEN l.purpose = 'quality' THEN 'on_hold' WHEN t.expires_on < $4::date THEN 'expired' ELSE 'good' END,
           b.item_id, b.location_id, sum(b.quantity)::bigint
      FROM balance b JOIN location l ON l.id = b.location_id LEFT JOIN lot t ON t.id = b.lot_id
     WHERE b.item_id = ANY ($3::int[]) AND l.company_id = $1 AND l.kind = 'internal' GROUP BY 1, 2, 3
    UNION ALL
    SELECT n.what, c.item_id, c.place, n.quantity
      FROM stock_to_count($3::int[], $4::date) AS c CROSS JOIN LATERAL (VALUES ('on_hold', c.quantity), ('good', -c.quantity)) AS n(what, quantity)
    UNION ALL
    SELECT 'reserved', item_id, warehouse_id, quantity FROM reserved WHERE item_id = ANY ($3::int[])
    UNION ALL
    SELECT 'reserved', item_id, warehouse_id, -quantity FROM reservation WHERE item_id = ANY ($3::int[]) AND expires_at <= $5
    UNION ALL
    SELECT 'awaited', n.item_id, n.warehouse_id, stock_awaited($1, n.item_id, n.warehouse_id, '', NULL, $5)
      FROM (SELECT DISTINCT item_id, warehouse_id FROM waiting WHERE item_id = ANY ($3::int[])) AS n
    UNION ALL
    SELECT 'safety', item_id, warehouse_id, quantity FROM safety_stock WHERE item_id = ANY ($3::int[])
    UNION ALL
    SELECT 'warehouse', NULL, w.warehouse_id, NULL
      FROM sales_channel c JOIN channel_warehouse w ON w.channel_id = c.id WHERE c.company_id = $1 AND c.code = $2
    UNION ALL
    SELECT CASE WHEN b.part IS NULL THEN 'buffer' ELSE 'part' END, b.item_id, NULL, coalesce(b.quantity, b.part)
      FROM sales_channel c JOIN channel_buffer b ON b.channel_id = c.id
     WHERE c.company_id = $1 AND c.code = $2 AND (b.item_id IS NULL OR b.item_id = ANY ($3::int[]))
"""


class _Place(NamedTuple):
    """An item in a warehouse of a channel."""

    good: int = 0
    on_hold: int = 0
    expired: int = 0
    reserved: int = 0
    safety: int = 0
    awaited: int = 0

    @property
    def free(self) -> int:
        return max(0, max(0, self.good) - self.reserved - self.awaited - self.safety)


class _Found(NamedTuple):
    """What the statement found: the channel's warehouses, items in them, and buffers as (``buffer`` or ``part``, how much) by item."""

    warehouses: list[int]
    places: dict[tuple[int, int], _Place]
    buffers: dict[int | None, tuple[str, int]]

    def at(self, item: int) -> list[_Place]:
        """The item in each of the warehouses."""
        return [self.places.get((item, warehouse), _Place()) for warehouse in self.warehouses]

    def buffer(self, item: int) -> int:
        """What is left untouched of an item over all warehouses together."""
        what, kept = self.buffers.get(item) or self.buffers.get(None, ("buffer", 0))
        sellable = sum(max(0, place.good) for place in self.at(item))
        return kept if what == "buffer" else -(-sellable * kept // SCALE)

    def part(self, item: int) -> int:
        """What is left untouched of what comes of it, in 10^-6."""
        what, kept = self.buffers.get(item) or self.buffers.get(None, ("buffer", 0))
        return kept if what == "part" else 0


def channel_stock(company_id: int, channel: str, items: Collection[int], *, recorded_at: int) -> list[ChannelStock]:
    """Return what a channel (its code) sees of ``items`` (ids), by item: one statement. ``recorded_at``: now.

    A kit is there as often as what is free of its components makes it up in one warehouse; what they leave untouched is its buffer.
    """
    bills = contents(items)
    parts = {kit: explode(kit, bills) for kit in items if kit in bills}
    plain = {*items, *(part for bill in parts.values() for part in bill)} - parts.keys()
    found = _found(company_id, channel, plain, recorded_at)
    return [
        _seen_kit(item, parts[item], found) if item in parts else _seen(item, found.at(item), found.buffer(item))
        for item in sorted(set(items))
    ]


def untouched(
    company_id: int, channel: str, items: Collection[int], *, recorded_at: int
) -> dict[tuple[int, int], Untouched]:
    """Return what a channel (its code) leaves for others of ``items`` (ids), by item and warehouse: safety stock, and the buffer.

    The buffer is left over all warehouses together: in one of them as much of it as is not free in the others.
    """
    found = _found(company_id, channel, items, recorded_at)
    kept = {}
    for item in items:
        places = found.at(item)
        for warehouse, here in zip(found.warehouses, places, strict=True):
            elsewhere = sum(place.free for place in places) - here.free
            missing = max(0, found.buffer(item) - elsewhere)
            kept[item, warehouse] = Untouched(here.safety + missing, found.part(item))
    return kept


def channel_availability(
    company_id: int,
    channel: str,
    items: Collection[int],
    *,
    day: dt.date,
    recorded_at: int,
    warehouses: Collection[int] = (),
    order: int | None = None,
) -> list[Availability]:
    """Return what a channel (its code) may promise of ``items`` (ids) as ``availability`` does, in its own warehouses and in ``warehouses``.

    Of those that are not its own it may promise nothing.
    """
    bills = contents(items)
    parts = {part for kit in items if kit in bills for part in explode(kit, bills)}
    kept = untouched(company_id, channel, {*items, *parts} - bills.keys(), recorded_at=recorded_at)
    places = {*warehouses, *(warehouse for _, warehouse in kept)}
    found = availability(company_id, items, day=day, warehouses=places, order=order, recorded_at=recorded_at, kept=kept)
    return [one for one in found if one.warehouse in places]


def _found(company_id: int, channel: str, items: Collection[int], recorded_at: int) -> _Found:
    day = dt.date(1970, 1, 1) + dt.timedelta(microseconds=recorded_at)
    with raw_cursor() as run:
        run.execute(_STOCK, (company_id, channel, integers(items), day, recorded_at), prepare=True)
        found = run.fetchall()
    there: defaultdict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    buffers: dict[int | None, tuple[str, int]] = {}
    warehouses = [place for what, _, place, _ in found if what == "warehouse"]
    for what, item, place, quantity in found:
        if what in {"buffer", "part"}:
            buffers[item] = what, quantity
        elif what != "warehouse":
            there[item, warehouse_of(company_id, place)][what] += quantity
    return _Found(warehouses, {key: _Place(**sums) for key, sums in there.items()}, buffers)


def _seen(item: int, places: Sequence[_Place], buffer: int) -> ChannelStock:
    sums = _Place(*map(sum, zip(*places, strict=True))) if places else _Place()
    return ChannelStock(
        item,
        on_hand=sums.good + sums.on_hold + sums.expired,
        on_hold=sums.on_hold,
        expired=sums.expired,
        reserved=sums.reserved + sums.awaited,
        safety=sums.safety,
        buffer=buffer,
        free=max(0, sum(place.free for place in places) - buffer),
    )


def _seen_kit(kit: int, bill: Mapping[int, Fraction], found: _Found) -> ChannelStock:
    there = there_free = 0
    for places in zip(*(found.at(part) for part in bill), strict=True):
        here = [*zip(places, bill.values(), strict=True)]
        there += min(sets_of(max(0, place.good - place.reserved), each) for place, each in here)
        there_free += min(sets_of(place.free, each) for place, each in here)
    left = [(sum(place.free for place in found.at(part)) - found.buffer(part), each) for part, each in bill.items()]
    free = min(there_free, *(sets_of(max(0, some), each) for some, each in left))
    return ChannelStock(kit, there, 0, 0, 0, 0, there - free, free)
