"""A store that picks: a packing table, pick lists, milk by lot."""

from typing import Any

from everstock.core.quantities import SCALE
from everstock.ledger.queries import rows
from everstock.masterdata.models import Location
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.pick_lists import create_pick_list
from everstock.operations.sales.picks import Picked, Shorted, cancel_pick_list, confirm_picks, short_pick
from everstock.operations.sales.staged_shipments import ship_picked
from everstock.operations.warehouse.count_requests import ShortReason
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW
from tests.operations.sales.test_shipments import Store


class Floor(Store):
    """A store with a packing table in the shed."""

    def __init__(self) -> None:
        super().__init__()
        self.table = self.place("TABLE", "packing")

    def place(self, code: str, purpose: str = "bin", parent: int | None = None) -> int:
        create = Location.objects.create
        return create(
            company=self.company, code=code, kind="internal", purpose=purpose, parent_id=parent or self.shed
        ).pk

    def list_(self, *orders: DocumentRef, **more: Any) -> DocumentRef:
        given = {"orders": [one.id for one in orders], "staging": self.table, "day": MONDAY, "recorded_at": NOW, **more}
        return create_pick_list(given.pop("actor", self.boss), **given)

    def pick(self, pick_list: DocumentRef, *picked: Picked, **more: Any) -> DocumentRef:
        given = {"picked": picked, "day": MONDAY, "recorded_at": NOW, **more}
        return confirm_picks(given.pop("actor", self.boss), pick_list=pick_list.id, **given)

    def short(self, pick_list: DocumentRef, line: int, quantity: int | None = None, **more: Any) -> Shorted:
        given = {"reason": ShortReason.MISSING, "day": MONDAY, "recorded_at": NOW, **more}
        some = None if quantity is None else quantity * SCALE
        return short_pick(given.pop("actor", self.boss), pick_list=pick_list.id, line=line, quantity=some, **given)

    def ship_picked(self, *pick_lists: DocumentRef, **more: Any) -> DocumentRef:
        given = {"pick_lists": [one.id for one in pick_lists], "day": MONDAY, "recorded_at": NOW, **more}
        return ship_picked(given.pop("actor", self.boss), **given)

    def cancel(self, pick_list: DocumentRef, **more: Any) -> DocumentRef:
        given = {"day": MONDAY, "reason": "no time", "recorded_at": NOW, **more}
        return cancel_pick_list(given.pop("actor", self.boss), pick_list=pick_list.id, **given)

    def at(self, place: int, item: str = "BOLT") -> int:
        question = "SELECT coalesce(sum(quantity), 0) FROM balance WHERE location_id = %s AND item_id = %s"
        [(quantity,)] = rows(question, (place, self.items[item]))
        return int(quantity) // SCALE

    def says(self, pick_list: DocumentRef) -> list[tuple[int | None, int]]:
        """Place and quantity of each line."""
        return [(line.location, line.base_quantity // SCALE) for line in self.lines(pick_list.id)]

    def proven(self) -> None:
        assert prove(self.company.pk).violations == []
