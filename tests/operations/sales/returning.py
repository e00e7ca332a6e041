"""A company that takes goods back: the store, with places for what comes back, and items with lots and serial numbers."""

import itertools
from typing import Any

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import account_totals, on_hand
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Item, Location, Lot
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.sales.inspections import Inspected, Outcome, inspect_return
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import cancel_return, take_back
from everstock.operations.sales.shipments import ShipmentLine, ship
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.test_shipments import Store

LATER = MONDAY + 3 * DAY
_lines = itertools.count(1)


class Returning(Store):
    """50 bolts at 1.00 in the shed; MILK by lot and PUMP by serial number; RETURNS and WORKSHOP are places of quality control."""

    def __init__(self) -> None:
        super().__init__()
        self.items |= actions.ensure_items(company=self.company, skus=["MILK"], lot_tracked=["MILK"])
        self.items |= actions.ensure_items(company=self.company, skus=["PUMP"])
        Item.objects.filter(pk=self.items["PUMP"]).update(tracking="serial")
        create = Location.objects.create
        self.returns = create(company=self.company, code="RETURNS", kind="internal", purpose="quality").pk
        self.workshop = create(company=self.company, code="WORKSHOP", kind="internal", purpose="quality").pk
        self.stock(50, self.shed)

    def lot(self, item: str, code: str, quantity: int = 1) -> int:
        """So much of a lot, at 1.00 apiece, in the shed."""
        key = Lot.objects.create(item_id=self.items[item], code=code).pk
        line = LedgerLine(Kind.RECEIPT, self.items[item], f"L{next(_lines)}", quantity * SCALE, self.shed, lot=key)
        line = line._replace(effective_at=0, value=quantity * 100)
        post(self.company.pk, Document(NOW, (line,), "test"))
        return key

    def shipped(self, quantity: int, partner: str = "JONES", **more: Any) -> DocumentRef:
        """A shipment of a new order of so many bolts at 3.00."""
        order = self.ordered(quantity, partner=partner, **{"net": quantity * 300, **more})
        return self.ship(order, quantity)

    def shipped_lot(self, item: str, lot: int, quantity: int = 1, partner: str = "JONES") -> DocumentRef:
        order = self.ordered(quantity, partner=partner, item=self.items[item], net=quantity * 300)
        leaving = ShipmentLine(order.id, 1, quantity * SCALE, self.shed, lot)
        return ship(self.boss, lines=[leaving], day=MONDAY, recorded_at=NOW)

    def of(self, shipment: DocumentRef, quantity: float, line: int = 1, **more: Any) -> ReturnLine:
        return ReturnLine(round(quantity * SCALE), shipment.id, line, **more)

    def free(self, quantity: float, item: str = "BOLT", **more: Any) -> ReturnLine:
        """What comes back without a shipment."""
        return ReturnLine(round(quantity * SCALE), item=self.items[item], **more)

    def back(self, *lines: ReturnLine, **more: Any) -> DocumentRef:
        given: dict[str, Any] = {
            "resolution": Resolution.CREDIT,
            "location": self.returns,
            "day": LATER,
            "recorded_at": NOW,
            **more,
        }
        return take_back(given.pop("actor", self.boss), lines=lines, **given)

    def cancel(self, returned: DocumentRef, **more: Any) -> DocumentRef:
        given: dict[str, Any] = {"sales_return": returned.id, "reason": "kept after all", "recorded_at": NOW, **more}
        return cancel_return(given.pop("actor", self.boss), **given)

    def inspect(self, returned: DocumentRef, outcome: Outcome, *lines: tuple[int, float], **more: Any) -> DocumentRef:
        wanted = [Inspected(line, round(quantity * SCALE)) for line, quantity in lines]
        given: dict[str, Any] = {
            "sales_return": returned.id,
            "outcome": outcome,
            "lines": wanted,
            "day": LATER,
            "recorded_at": NOW,
        }
        given |= more
        return inspect_return(given.pop("actor", self.boss), **given)

    def document(self, document: DocumentRef) -> tuple[Header, list[Line]]:
        found = read(self.company.pk, [document.id])
        return found.headers[document.id], found.lines[document.id]

    def there(self, item: str = "BOLT", place: int | None = None) -> float:
        """How much is on hand, everywhere or at a place."""
        return on_hand(self.company.pk, self.items[item], place) / SCALE

    def balance(self, account: str) -> int:
        key = Account.objects.get(company=self.company, code=account).pk
        return sum(one.debit - one.credit for one in account_totals(self.company.pk) if one.account == key)
