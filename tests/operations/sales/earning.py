"""A company that buys and sells: goods received from suppliers leave for customers and are billed, each step a second after the last."""

import datetime as dt
from typing import Any

from everstock.core.facts import Method
from everstock.core.quantities import SCALE
from everstock.ledger.queries import account_totals
from everstock.masterdata.models import Account
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.purchasing.landed_costs import Charge, ChargeKind, post_landed_cost
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.invoices import cancel_invoice, invoice_shipments
from everstock.operations.sales.return_lines import ReturnLine
from everstock.operations.sales.returns import take_back
from everstock.operations.sales.shipments import cancel_shipment
from everstock.reports.margin import MarginRow, margin
from tests.operations.buying import DAY, MONDAY
from tests.operations.owing import Owing
from tests.operations.sales.test_shipments import Store


class Earning(Owing, Store):  # type: ignore[misc]
    """Goods lie at the dock. Amounts in cents."""

    def __init__(self, method: Method = Method.FIFO) -> None:
        super().__init__(method)

    def came(
        self, quantity: int, price: str | None = "2.5", *, day: dt.date = MONDAY, item: str = "BOLT"
    ) -> DocumentRef:
        """A receipt of an order for so many at a price, which may be unknown."""
        return self.receive(self.sent(self.line(quantity, price, item), day=min(day, MONDAY)), day=day)

    def order_of(self, *quantities: int, price: str = "4", item: str = "BOLT", **more: Any) -> DocumentRef:
        """A confirmed order, line by line."""
        unit_price = round(float(price) * SCALE)
        made = [{"unit_price": unit_price, "net": round(float(price) * 100) * quantity} for quantity in quantities]
        assert len({one["net"] for one in made}) == 1, "lines of one order are alike here"
        given = {"location": self.dock, "item": self.items[item], **made[0], **more}
        return self.ordered(*quantities, **given)

    def leave(self, order: DocumentRef, quantity: int, *, day: dt.date = MONDAY + DAY, line: int = 1) -> DocumentRef:
        """Ship so many of a line of an order."""
        return self.ship(order, quantity, line, day=day, recorded_at=next(self.moments))

    def invoice(self, *shipments: DocumentRef, day: dt.date = MONDAY + 2 * DAY) -> DocumentRef:
        """Bill shipments."""
        ids = [one.id for one in shipments]
        return invoice_shipments(self.boss, shipments=ids, day=day, recorded_at=next(self.moments))

    def take_back(
        self, shipment: DocumentRef, quantity: int, *, day: dt.date = MONDAY + 4 * DAY, fee: int = 0
    ) -> DocumentRef:
        """So many of a shipment's first line come back, to be credited less a restocking fee in 10^-6."""
        return take_back(
            self.boss,
            lines=[ReturnLine(quantity * SCALE, shipment.id, 1, fee_rate=fee)],
            resolution=Resolution.CREDIT,
            location=self.dock,
            day=day,
            recorded_at=next(self.moments),
        )

    def refund(
        self, document: DocumentRef, amount: int | None = None, *, day: dt.date = MONDAY + 5 * DAY
    ) -> DocumentRef:
        """A credit note of the first line of a return, or over ``amount`` of the price of an invoice's."""
        line = CreditLine(self.lines(document.id)[0].id, amount=amount)
        return post_credit_note(self.boss, lines=[line], day=day, recorded_at=next(self.moments))

    def cancel_invoice(self, invoice: DocumentRef, day: dt.date) -> None:
        cancel_invoice(self.boss, invoice=invoice.id, day=day, reason="wrong", recorded_at=next(self.moments))

    def cancel_shipment(self, shipment: DocumentRef) -> None:
        cancel_shipment(self.boss, shipment=shipment.id, reason="never left", recorded_at=next(self.moments))

    def freight_in(self, receipt: DocumentRef, amount: int, *, day: dt.date, estimated: bool = False) -> DocumentRef:
        """Freight on all lines of a receipt."""
        return post_landed_cost(
            self.boss,
            charges=[Charge(ChargeKind.FREIGHT, amount)],
            lines=[line.id for line in self.lines(receipt.id)],
            day=day,
            recorded_at=next(self.moments),
            estimated=estimated,
        )

    def margins(self, by: str = "item", **more: Any) -> dict[str, MarginRow]:
        """Rows by their key."""
        return {row.key: row for row in margin(company=self.company, by=by, **more)}  # type: ignore[arg-type]

    def on_account(self, code: str, from_: dt.date | None = None, to: dt.date | None = None, **more: Any) -> int:
        """Debits less credits over effective days."""
        wanted = Account.objects.get(company=self.company, code=code).pk
        totals = account_totals(self.company.pk, from_=from_, to=to, basis="effective", **more)
        return sum(one.debit - one.credit for one in totals if one.account == wanted)
