"""Lots and serial numbers that are read at a till from the goods that are taken away: these leave, and no others."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_quantity
from everstock.operations.documents.checks import check_quantity
from everstock.operations.documents.lines import ItemFacts
from everstock.operations.warehouse.lots import known_lots, refuse_expired
from everstock.operations.warehouse.picking import Pick, PickPlace, Strategy, choose


class OfLot(NamedTuple):
    """What is taken away of ``item`` (an id) is of ``lot`` (its code), or so much of it, in 10^-6 base units."""

    item: int
    lot: str
    quantity: int | None = None


class _Read(NamedTuple):
    """A lot that was read: its code, how much of it was said to leave, and how much was taken."""

    code: str
    quantity: int | None
    taken: int = 0

    def left(self, wanted: int) -> int:
        """How much of it can be taken of what is wanted."""
        return wanted if self.quantity is None else min(wanted, self.quantity - self.taken)


class Scanned:
    """The lots that were read, by item and lot (ids); items of which none was read are taken first expired first out.

    Refused: ``lot.no_line``, ``lot.unknown``, ``lot.twice``, ``lot.expired`` before ``day``, ``quantity.…``.
    """

    def __init__(self, lots: Sequence[OfLot], items: Mapping[int, ItemFacts], day: dt.date) -> None:
        self._items = items
        self._read: dict[int, dict[int, _Read]] = {}
        if not lots:
            return
        for one in lots:
            if one.item not in items:
                raise Refusal(
                    "lot.no_line",
                    f"Lot {one.lot} is of an item that is not sold.",
                    "Sell the item, or leave the lot out.",
                )
        found = known_lots({(one.item, one.lot): items[one.item].sku for one in lots})
        for one in lots:
            if one.quantity is not None:
                check_quantity(one.quantity, f"lot {one.lot}")
            of_item, key = self._read.setdefault(one.item, {}), found[one.item, one.lot]
            if key in of_item:
                raise Refusal(
                    "lot.twice", f"Lot {one.lot} of {items[one.item].sku} is named twice.", "Name each lot once."
                )
            of_item[key] = _Read(one.lot, one.quantity)
        refuse_expired(found.values(), day)

    def choose(self, item: int, places: Iterable[PickPlace], quantity: int) -> list[Pick]:
        """Return from where to take ``quantity`` of an item; less in all if there is not enough."""
        of_item = self._read.get(item)
        if of_item is None:
            return choose(Strategy.FEFO, places, quantity)
        there, picks = list(places), list[Pick]()
        for lot, one in of_item.items():
            some = choose(Strategy.FEFO, [place for place in there if place.lot == lot], one.left(quantity))
            taken = sum(pick.quantity for pick in some)
            of_item[lot] = one._replace(taken=one.taken + taken)
            quantity -= taken
            picks += some
        return picks

    def check_taken(self) -> None:
        """Refuse (``lot.not_taken``) a lot of which less leaves than was said, or nothing."""
        for item, of_item in self._read.items():
            for code, quantity, taken in of_item.values():
                if taken < (quantity or 1):
                    said = "Some" if quantity is None else format_quantity(quantity)
                    raise Refusal(
                        "lot.not_taken",
                        f"{said} of lot {code} of {self._items[item].sku} would leave, and {format_quantity(taken)} of it is sold.",
                        "Sell as much as was read, or leave the lot out.",
                    )
