"""Goods that came and went back, as documents with their movements, and what the books say of them: the ground of invoices and payments."""

import datetime as dt
from typing import Any

from everstock.core.facts import DAY as MICROSECONDS
from everstock.core.facts import Kind, Method
from everstock.core.quantities import SCALE
from everstock.ledger.books import forget_books
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import account_totals, pool_values
from everstock.masterdata.models import Account, Company
from everstock.operations.documents import queries
from everstock.operations.documents.actions import set_tax_code
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.purchasing.credit_notes import CreditLine, post_credit_note
from everstock.operations.purchasing.grni import GrniKind, GrniRow, received_not_invoiced
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import post_invoice
from everstock.operations.purchasing.orders import approve_order, send_order
from everstock.operations.purchasing.payables import open_payables
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW, Buying

_EPOCH = dt.date(1970, 1, 1).toordinal()


class Steps:
    """Like ``itertools.count``, but it can be copied."""

    def __init__(self, start: int, step: int = 1) -> None:
        self._next, self._step = start, step

    def __next__(self) -> int:
        now = self._next
        self._next += self._step
        return now


class Owing(Buying):
    """A company that buys, with what invoices and payments need."""

    def __init__(self, method: Method = Method.FIFO) -> None:
        super().__init__()
        Company.objects.filter(pk=self.company.pk).update(method=method.value)
        forget_books()
        self.codes = dict(Account.objects.filter(company=self.company).values_list("code", "id"))
        for code, kind in (
            ("VAT", TaxKind.STANDARD),
            ("REV", TaxKind.REVERSE_CHARGE),
            ("LOST", TaxKind.NON_RECOVERABLE),
        ):
            row = set_tax_code(
                self.boss,
                code=code,
                rate=200_000,
                kind=kind,
                recorded_at=NOW,
                input_account=self.codes["1400"],
                output_account=self.codes["2200"],
            )
            self.taxes[code] = row.pk
        self.moments = Steps(NOW, 1_000_000)
        self.numbers = Steps(1)

    def sent(self, *lines: OrderLine, **more: Any) -> DocumentRef:
        """An order that was sent."""
        order = self.order(*lines, **more)
        approve_order(self.boss, order=order.id, recorded_at=NOW)
        return send_order(self.boss, order=order.id, day=self.header(order.id).day, recorded_at=NOW)

    def receive(
        self, order: DocumentRef, *quantities: int, day: dt.date = MONDAY, price: str | None = None
    ) -> DocumentRef:
        """Receive so many pieces of each line of an order (all of them, unless said); 0: not this one. ``price``: where it has none."""
        goods = [line for line in self.lines(order.id) if line.item is not None]
        wanted = quantities or tuple(line.base_quantity // SCALE for line in goods)
        unit_price = None if price is None else round(float(price) * SCALE)
        lines = [
            ReceiptLine(
                quantity * SCALE * line.denominator // line.numerator, order.id, line.line, unit_price=unit_price
            )
            for line, quantity in zip(goods, wanted, strict=True)
            if quantity
        ]
        return receive(self.boss, lines=lines, day=day, location=self.dock, recorded_at=next(self.moments))

    def send_back(
        self,
        receipt: DocumentRef,
        quantity: int,
        *,
        day: dt.date = MONDAY + DAY,
        free: bool = False,
        line: int = 1,
        **more: Any,
    ) -> DocumentRef:
        """Return so many pieces of a line of a receipt, linked to it or (``free``) not."""
        given = {"resolution": Resolution.CREDIT, "location": self.dock, "recorded_at": next(self.moments), **more}
        if free:
            item = self.lines(receipt.id)[line - 1].item
            back = ReturnLine(quantity * SCALE, item=item)
            given["supplier"] = self.header(receipt.id).partner
        else:
            back = ReturnLine(quantity * SCALE, receipt.id, line)
        return return_goods(self.boss, lines=[back], day=day, **given)

    def issue(self, quantity: int, item: str = "BOLT", *, day: dt.date = MONDAY + DAY) -> None:
        """Sell so many pieces from the dock."""
        start = (day.toordinal() - _EPOCH) * MICROSECONDS
        row = LedgerLine(
            *(Kind.ISSUE, self.items[item], f"SALE-{next(self.numbers)}", quantity * SCALE, self.dock),
            effective_at=start + MICROSECONDS - 1,
        )
        post(self.company.pk, Document(next(self.moments), (row,), "tests"))

    def bill(
        self, *lines: InvoiceLine, supplier: str = "SMITH", day: dt.date = MONDAY + 2 * DAY, **more: Any
    ) -> DocumentRef:
        """An invoice of the supplier, under a new number."""
        given = {"reference": f"INV-{next(self.numbers)}", "recorded_at": next(self.moments), **more}
        return post_invoice(self.boss, supplier=self.partners[supplier], day=day, lines=lines, **given)

    def credit(
        self, *lines: CreditLine, supplier: str = "SMITH", day: dt.date = MONDAY + 3 * DAY, **more: Any
    ) -> DocumentRef:
        """A credit note of the supplier, under a new number."""
        given = {"reference": f"CRED-{next(self.numbers)}", "recorded_at": next(self.moments), **more}
        return post_credit_note(self.boss, supplier=self.partners[supplier], day=day, lines=lines, **given)

    def paper(
        self, document: DocumentRef, quantity: int | None, price: str | None = None, line: int = 1, **more: Any
    ) -> InvoiceLine:
        """A line that bills so many pieces of a line of a receipt or an order."""
        source = self.lines(document.id)[line - 1].id
        unit_price = None if price is None else round(float(price) * SCALE)
        base = None if quantity is None else quantity * SCALE
        return InvoiceLine(source, base, unit_price, **more)

    def balance(self, code: str, **more: Any) -> int:
        """What an account stands at: debits less credits, in cents."""
        for total in account_totals(self.company.pk, **more):
            if total.account == self.codes[code]:
                return total.debit - total.credit
        return 0

    def balances(self) -> dict[str, int]:
        """All accounts that stand at something, in cents."""
        names = {account: code for code, account in self.codes.items()}
        found = {names[total.account]: total.debit - total.credit for total in account_totals(self.company.pk)}
        return {code: amount for code, amount in sorted(found.items()) if amount}

    def stock(self, item: str = "BOLT") -> tuple[int, int]:
        """Pieces and cents of what is there of an item."""
        rows = pool_values(self.company.pk, items=[self.items[item]])
        return sum(row.quantity for row in rows) // SCALE, sum(row.value for row in rows)

    def rows(self, **more: Any) -> list[GrniRow]:
        """What is received and not invoiced, long after everything happened."""
        return received_not_invoiced(self.company, **{"as_of": MONDAY + 400 * DAY, **more})

    def check(self, *, explained: bool = True) -> None:
        """All laws of the books hold, and what the documents say is what the accounts say; ``explained``: each line of it by a document."""
        found = prove(self.company.pk).violations
        assert found == []
        assert sum(row.open for row in self.rows()) == -self.balance("2100")
        assert not explained or GrniKind.OTHER not in {row.kind for row in self.rows()}
        payables = open_payables(self.company, as_of=MONDAY + 400 * DAY)
        assert sum(row.amount for row in payables) == -self.balance("2000")


def received(owing: Owing, quantity: int = 10, price: str = "2.5", **more: Any) -> tuple[DocumentRef, DocumentRef]:
    """An order of bolts and its receipt."""
    order = owing.sent(owing.line(quantity, price, **more))
    return order, owing.receive(order)


def match_of(owing: Owing, receipt: DocumentRef) -> int:
    """The id of the document that matched a receipt with what was billed before it."""
    [match] = [one for one in queries.chain(owing.company.pk, receipt.id) if one.kind == DocumentKind.GRNI_CLEARING]
    return match.id
