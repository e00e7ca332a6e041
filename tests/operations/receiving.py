"""A company that receives: items with lots and serial numbers, a dock, bins, quality control, a road on which goods are in transit."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from everstock.core.facts import DAY, Kind
from everstock.core.problems import Refusal
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import account_totals, on_hand
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Item, ItemUnit, Location
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.identity.actor import Actor
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import cancel_receipt, receive, receive_dispatched
from everstock.operations.purchasing.transit import arrive
from everstock.operations.warehouse.transit import Arrival
from everstock.reports.proof import prove
from tests.operations.buying import MONDAY, NOW, Buying
from tests.operations.unchanged import refused

TUESDAY = MONDAY + dt.timedelta(days=1)
_EPOCH = dt.date(1970, 1, 1)
_issues = iter(range(1, 10**9))
WORKER = (Permission.RECEIPT_POST,)
"""What somebody at the dock may do."""


def at(day: dt.date, hour: int = 0) -> int:
    """A moment of the company's clock."""
    return (day - _EPOCH).days * DAY + hour * (DAY // 24)


class House(Buying):
    """Buying, and a house for the goods."""

    def __init__(self) -> None:
        super().__init__()
        company = self.company
        self.items |= actions.ensure_items(company=company, skus=["MILK"], lot_tracked=["MILK"])
        self.items |= actions.ensure_items(company=company, skus=["PUMP"])
        Item.objects.filter(pk=self.items["PUMP"]).update(tracking="serial")
        ItemUnit.objects.create(item_id=self.items["MILK"], unit_id=self.units["box"], numerator=12, denominator=1)
        create = Location.objects.create
        self.quality = create(company=company, code="QC", kind="internal", purpose="quality").pk
        self.road = create(company=company, code="ROAD", kind="transit").pk
        self.bin = create(company=company, code="BIN", kind="internal", purpose="bin", parent_id=self.shed).pk
        self._accounts = dict(Account.objects.filter(company=company).values_list("code", "id"))

    def sent(
        self, *lines: OrderLine, supplier: str = "SMITH", terms: dict[str, Any] | None = None, **more: Any
    ) -> DocumentRef:
        """An order that went to the supplier on its day; of 10 bolts at 2.50 unless ``lines`` say otherwise."""
        if terms:
            suppliers.set_terms(self.boss, supplier=self.partners[supplier], recorded_at=NOW, **terms)
        order = self.order(*lines, supplier=supplier, **more)
        approve_order(self.boss, order=order.id, recorded_at=NOW)
        return send_order(self.boss, order=order.id, day=self.header(order.id).day, recorded_at=NOW)

    def take(self, *lines: ReceiptLine, actor: Actor | None = None, **more: Any) -> DocumentRef:
        """Receive on Tuesday."""
        return receive(actor or self.boss, **{"lines": lines, "day": TUESDAY, "recorded_at": NOW, **more})

    def sold(
        self, quantity: int, item: str = "BOLT", location: int | None = None, day: dt.date = TUESDAY, **more: Any
    ) -> None:
        """Issue goods at noon."""
        line = LedgerLine(
            Kind.ISSUE,
            self.items[item],
            f"issue-{next(_issues)}",
            quantity=quantity * SCALE,
            location=location or self.dock,
            effective_at=at(day, 12),
            **more,
        )
        post(self.company.pk, Document(NOW, (line,), "tests"))

    def stock(self, item: str = "BOLT", location: int | None = None) -> int:
        """Pieces on hand."""
        return on_hand(self.company.pk, self.items[item], location) // SCALE

    def balances(self, *codes: str, as_of: dt.date | None = None) -> tuple[int, ...]:
        """Balances of accounts in cents, debit positive: 1200 inventory, 1240 in transit, 2100 received not invoiced, …"""
        totals = {row.account: row.debit - row.credit for row in account_totals(self.company.pk, to=as_of)}
        return tuple(totals.get(self._accounts[code], 0) for code in codes)

    def progress_of(self, order: DocumentRef) -> tuple[str, list[tuple[int, int, int]]]:
        """State of an order, and of each line what was received, rejected and returned, in pieces."""
        lines = self.lines(order.id)
        counted = [(line.received // SCALE, line.rejected // SCALE, line.returned // SCALE) for line in lines]
        return self.header(order.id).state, counted

    def assert_lawful(self) -> None:
        verdict = prove(self.company.pk)
        assert not verdict.violations, verdict.violations[:3]

    def assert_refused(self, code: str, words: str, act: Callable[[], Any]) -> Refusal:
        return refused(code, act, words)


def come(order: DocumentRef, pieces: float, line: int = 1, **more: Any) -> ReceiptLine:
    """So many of the unit of an order's line."""
    return ReceiptLine(round(pieces * SCALE), order=order.id, line=line, **more)


def blind(house: House, pieces: float = 1, item: str = "BOLT", **more: Any) -> ReceiptLine:
    """Goods that nobody ordered."""
    return ReceiptLine(round(pieces * SCALE), item=house.items[item], **more)


def cancel(house: House, receipt: DocumentRef, **changes: Any) -> DocumentRef:
    given = {"actor": house.boss, "receipt": receipt.id, "reason": "wrong", "recorded_at": NOW}
    return cancel_receipt(**{**given, **changes})


def dispatched(house: House, order: DocumentRef, pieces: float = 10, **more: Any) -> DocumentRef:
    given = {"lines": [come(order, pieces)], "day": TUESDAY, "recorded_at": NOW, "location": house.road, **more}
    return receive_dispatched(house.boss, **given)


def arrived(house: House, receipt: DocumentRef, pieces: float, **more: Any) -> DocumentRef:
    arrivals = [Arrival(receipt.id, 1, round(pieces * SCALE))]
    given = {"arrivals": arrivals, "day": TUESDAY, "recorded_at": NOW, "location": house.dock, **more}
    return arrive(house.boss, **given)
