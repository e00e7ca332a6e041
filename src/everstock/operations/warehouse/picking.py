"""From which places and lots goods are taken."""

import datetime as dt
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.ledger.database import integers
from everstock.ledger.statements import Statement
from everstock.masterdata.models import Item, Location
from everstock.operations.documents.read import raw_cursor


class Strategy(StrEnum):
    """What is taken first.

    ``FEFO``: what expires first. ``FIFO``: the lot that came first. ``NEAREST``: what lies at the least distance. ``LEAST_SPLITS``: as few
    places as possible, and of those that are enough the one with the least, so that places become empty.
    """

    FEFO = "fefo"
    FIFO = "fifo"
    NEAREST = "nearest"
    LEAST_SPLITS = "least_splits"


class PickPlace(NamedTuple):
    """What lies at a place: ``quantity`` in 10^-6 base units, of ``lot`` (an id; 0: none), which expires on a day or never.

    ``listed``: what is there besides and on pick lists.
    """

    location: int
    lot: int
    quantity: int
    expires_on: dt.date | None = None
    distance: int = 0
    code: str = ""
    listed: int = 0


class Pick(NamedTuple):
    """``quantity`` is taken from ``location``, of ``lot`` (0: none)."""

    location: int
    lot: int
    quantity: int


_Key = Callable[[PickPlace], tuple[Any, ...]]
_ORDER: Mapping[Strategy, _Key] = {
    Strategy.FEFO: lambda at: (at.expires_on or dt.date.max, at.lot, at.distance, at.code),
    Strategy.FIFO: lambda at: (at.lot, at.distance, at.code),
    Strategy.NEAREST: lambda at: (at.distance, at.code, at.expires_on or dt.date.max, at.lot),
}


def choose(strategy: Strategy, places: Iterable[PickPlace], quantity: int) -> list[Pick]:
    """Return from where to take ``quantity``, in the order of taking; less in all if there is not enough. No place is given twice."""
    there = [place for place in places if place.quantity > 0]
    if strategy is Strategy.LEAST_SPLITS:
        return _least_splits(there, quantity)
    picks: list[Pick] = []
    for place in sorted(there, key=_ORDER[strategy]):
        if not quantity:
            break
        some = min(quantity, place.quantity)
        picks.append(Pick(place.location, place.lot, some))
        quantity -= some
    return picks


def _least_splits(places: Sequence[PickPlace], quantity: int) -> list[Pick]:
    """The fullest places first, as long as none is enough alone: no choice of fewer places can hold more."""
    left = sorted(places, key=lambda at: (at.quantity, at.distance, at.code, at.lot))
    picks: list[Pick] = []
    while quantity and left:
        enough = next((place for place in left if place.quantity >= quantity), left[-1])
        left.remove(enough)
        some = min(quantity, enough.quantity)
        picks.append(Pick(enough.location, enough.lot, some))
        quantity -= some
    return picks


_READ = Statement("SELECT pick_read($1, $2, $3, $4)", "int", "int[]", "int[]", "date")


def pick_places(
    company_id: int, items: Collection[int], warehouses: Collection[int], day: dt.date
) -> dict[tuple[int, int], list[PickPlace]]:
    """Return where ``items`` lie in ``warehouses`` and may be taken on ``day``, by item and warehouse; locks the items.

    Left out is what is held for quality or expired before, what is on a pick list, in its bin or in staging, and all at a place where somebody
    found less than there should be, until it was counted. Nobody else takes what is found until the transaction ends.
    """
    (answer,) = _READ.run(company_id, integers(items), integers(warehouses), day)
    found: dict[tuple[int, int], list[PickPlace]] = {
        (item, warehouse): [] for item in items for warehouse in warehouses
    }
    return found | understood(json.loads(answer or "[]"))


def understood(answer: list[Any] | None) -> dict[tuple[int, int], list[PickPlace]]:
    """Return what the SQL function ``pick_read`` answered, by item and warehouse, for statements that call it among other things."""
    found: dict[tuple[int, int], list[PickPlace]] = {}
    for item, warehouse, location, lot, quantity, expires_on, *more in answer or ():
        expires = None if expires_on is None else dt.date.fromisoformat(expires_on)
        found.setdefault((item, warehouse), []).append(PickPlace(location, lot, quantity, expires, *more))
    return found


class OnLists(NamedTuple):
    """What is on pick lists and not shipped: of lines of orders (by id), and at places, by (item, location, lot)."""

    of_lines: dict[int, int]
    at_places: dict[tuple[int, int, int], int]


_ON_LISTS = """
    SELECT source_id, NULL::int, NULL::int, NULL::int, sum(quantity - missing - shipped - put_back)::bigint FROM pick_share
     WHERE source_id = ANY ($1::bigint[]) AND quantity > missing + shipped + put_back GROUP BY 1
    UNION ALL
    SELECT NULL, p.item_id, p.place, p.lot_id, p.quantity FROM goods_on_pick_lists($2::int[]) AS p
"""


def on_pick_lists(lines: Collection[int], items: Collection[int] = ()) -> OnLists:
    """Return what of ``lines`` of orders (ids) is on pick lists, and where on their account ``items`` are not to be had."""
    asked = OnLists({}, {})
    with raw_cursor() as run:
        run.execute(_ON_LISTS, (integers(lines), integers(items)), prepare=True)
        for line, item, place, lot, quantity in run.fetchall():
            if line is not None:
                asked.of_lines[line] = quantity
            else:
                asked.at_places[item, place, lot] = quantity
    return asked


def refuse_listed(company_id: int, wanted: Mapping[tuple[int, int, int], int], warehouses: Collection[int]) -> None:
    """Refuse (``stock.on_pick_list``) to take so much of (item, location, lot) that what is on pick lists would not be there any more.

    The items are locked. What is not there at all the ledger refuses.
    """
    items = {item for item, *_ in wanted}
    held = on_pick_lists((), items).at_places
    asked = {key: quantity for key, quantity in wanted.items() if held.get(key)}
    if not asked:
        return
    there = pick_places(company_id, {item for item, *_ in asked}, warehouses, dt.date.min)
    free = {(item, at.location, at.lot): at.quantity for (item, _), places in there.items() for at in places}
    for key, quantity in asked.items():
        if quantity > max(0, free.get(key, 0)):
            sku = Item.objects.values_list("sku", flat=True).get(pk=key[0])
            place = Location.objects.values_list("code", flat=True).get(pk=key[1])
            raise Refusal(
                "stock.on_pick_list",
                f"{format_quantity(held[key])} of {sku} at {place} is on a pick list.",
                "Take it from elsewhere, or cancel the pick list first.",
            )
