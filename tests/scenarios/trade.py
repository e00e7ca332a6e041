"""A company that buys, with every verb of buying by a short name: the ground of the scenarios, the published cases and the random walk.

Places: DOCK, where goods come in, WEST, another warehouse, and ROAD, on which goods are in transit. Suppliers: SMITH (in our currency, USD), EURO (in EUR),
CARRIER. Customers: JONES (in USD), PARIS (in EUR).
Items are created when they are first named. Quantities are whole or decimal pieces, amounts are in cents.
"""

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from everstock.core.facts import DAY as MICROSECONDS
from everstock.core.facts import Kind, Method
from everstock.core.quantities import SCALE
from everstock.ledger.books import forget_books
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import account_totals, pool_values
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Item, Location, Partner
from everstock.operations.documents.actions import set_tax_code
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line
from everstock.operations.documents.resolutions import Resolution
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.identity.actor import system_actor
from everstock.operations.purchasing.ahead import match_ahead
from everstock.operations.purchasing.credit_notes import CreditLine, post_credit_note
from everstock.operations.purchasing.grni import GrniKind, GrniRow, received_not_invoiced
from everstock.operations.purchasing.invoice_lines import InvoiceLine
from everstock.operations.purchasing.invoices import post_invoice
from everstock.operations.purchasing.orders import approve_order, create_order, send_order
from everstock.operations.purchasing.payables import open_payables
from everstock.operations.purchasing.receipt_lines import ReceiptLine
from everstock.operations.purchasing.receipts import receive
from everstock.operations.purchasing.returns import ReturnLine, return_goods
from everstock.operations.sales.receivables import open_receivables
from everstock.reports.proof import prove

FIRST = dt.date(2026, 1, 1)
LATER = dt.date(2030, 1, 1)
"""After everything that happens."""
TAXES = {"VAT": TaxKind.STANDARD, "REVERSE": TaxKind.REVERSE_CHARGE, "LOST": TaxKind.NON_RECOVERABLE}
"""Tax codes, each at 20 %."""
_EPOCH = dt.date(1970, 1, 1)
_companies = itertools.count(1)


def start_of(day: dt.date) -> int:
    """The first moment of a day of the company's clock."""
    return (day - _EPOCH).days * MICROSECONDS


def micro(number: Decimal | str | int) -> int:
    """A quantity or a price in 10^-6."""
    return int((Decimal(number) * SCALE).to_integral_value())


class Trade:
    """The company and what happened in it."""

    def __init__(self, method: Method = Method.FIFO, *, negative_stock: bool = False) -> None:
        self.company = actions.create_company(
            code=f"TRADE-{next(_companies)}",
            name="Trade",
            currency_code="USD",
            created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            method=method,
            negative_stock=negative_stock,
        )
        forget_books()
        company = self.company
        self.boss = system_actor(company.pk, "tests")
        self.moments = itertools.count(start_of(FIRST), 60_000_000)
        self.numbers = itertools.count(1)
        self.items: dict[str, int] = {}
        self.dock = Location.objects.create(company=company, code="DOCK", kind="internal", purpose="dock").pk
        self.west = Location.objects.create(company=company, code="WEST", kind="internal", purpose="warehouse").pk
        self.road = Location.objects.create(company=company, code="ROAD", kind="transit").pk
        self.partners = actions.ensure_partners(company=company, codes=["SMITH", "EURO", "CARRIER"], is_supplier=True)
        self.partners |= actions.ensure_partners(company=company, codes=["JONES", "PARIS"], is_customer=True)
        in_euro = [self.partners["EURO"], self.partners["PARIS"]]
        Partner.objects.filter(pk__in=in_euro).update(currency_id="EUR")
        rows = Account.objects.filter(company=company).values_list("code", "id", "name")
        self.accounts = {code: key for code, key, _ in rows}
        self.names = {key: name for _, key, name in rows}
        self.chart = [key for _, key, _ in sorted(rows)]
        self.taxes = {code: self._tax(code, kind) for code, kind in TAXES.items()}

    def _tax(self, code: str, kind: TaxKind) -> int:
        return set_tax_code(
            self.boss,
            code=code,
            rate=200_000,
            kind=kind,
            recorded_at=next(self.moments),
            input_account=self.accounts["1400"],
            output_account=self.accounts["2200"],
        ).pk

    # --- master data

    def item(self, sku: str, standard_cost: str | None = None) -> int:
        """The id of an item; a new one is created, under standard costing with its cost."""
        if sku not in self.items:
            self.items |= actions.ensure_items(company=self.company, skus=[sku])
            if standard_cost is not None:
                Item.objects.filter(pk=self.items[sku]).update(standard_cost=micro(standard_cost))
        return self.items[sku]

    def rate(self, day: dt.date, rate: str, currency: str = "EUR") -> None:
        """From a day on, a euro is worth so many dollars."""
        value = int(Decimal(rate) * 10**9)
        actions.set_exchange_rate(company=self.company, currency_code=currency, day=day, rate=value)

    # --- documents as they stand

    def header(self, document: DocumentRef) -> Header:
        return read(self.company.pk, [document.id]).headers[document.id]

    def lines(self, document: DocumentRef) -> list[Line]:
        return read(self.company.pk, [document.id]).lines[document.id]

    def line_of(self, document: DocumentRef, sku: str, place: int = 0) -> Line:
        """The line of a document about an item."""
        return [line for line in self.lines(document) if line.item == self.items[sku]][place]

    # --- verbs

    def order(self, day: dt.date, lines: Sequence[OrderLine], supplier: str = "SMITH", **more: Any) -> DocumentRef:
        """An order that was approved and sent."""
        order = create_order(
            self.boss,
            supplier=self.partners[supplier],
            lines=lines,
            day=day,
            location=self.dock,
            recorded_at=next(self.moments),
            **more,
        )
        approve_order(self.boss, order=order.id, recorded_at=next(self.moments))
        return send_order(self.boss, order=order.id, day=day, recorded_at=next(self.moments))

    def receive(self, day: dt.date, lines: Sequence[ReceiptLine], **more: Any) -> DocumentRef:
        given = {"location": self.dock, "recorded_at": next(self.moments), **more}
        return receive(self.boss, lines=lines, day=day, **given)

    def bought(self, day: dt.date, sku: str, quantity: str, price: str, supplier: str = "SMITH") -> DocumentRef:
        """The receipt of an order of one line."""
        line = OrderLine(micro(quantity), item=self.item(sku), unit_price=micro(price))
        order = self.order(day, [line], supplier)
        return self.receive(day, [ReceiptLine(micro(quantity), order.id, 1)])

    def sell(self, day: dt.date, sku: str, quantity: str, **more: Any) -> None:
        """An issue to a customer at the end of the day."""
        line = LedgerLine(
            *(Kind.ISSUE, self.item(sku), f"SALE-{next(self.numbers)}", micro(quantity), self.dock),
            effective_at=start_of(day) + MICROSECONDS - 1,
            **more,
        )
        post(self.company.pk, Document(next(self.moments), (line,), "tests"))

    def invoice(
        self, day: dt.date, lines: Sequence[InvoiceLine] = (), supplier: str = "SMITH", **more: Any
    ) -> DocumentRef:
        given = {"reference": f"INV-{next(self.numbers)}", "recorded_at": next(self.moments), **more}
        return post_invoice(self.boss, supplier=self.partners[supplier], day=day, lines=lines, **given)

    def credit(self, day: dt.date, lines: Sequence[CreditLine], supplier: str = "SMITH", **more: Any) -> DocumentRef:
        given = {"reference": f"CRED-{next(self.numbers)}", "recorded_at": next(self.moments), **more}
        return post_credit_note(self.boss, supplier=self.partners[supplier], day=day, lines=lines, **given)

    def give_back(self, day: dt.date, lines: Sequence[ReturnLine], **more: Any) -> DocumentRef:
        given = {
            "resolution": Resolution.CREDIT,
            "location": self.dock,
            "recorded_at": next(self.moments),
            **more,
        }
        return return_goods(self.boss, lines=lines, day=day, **given)

    def match(self, day: dt.date, order: DocumentRef) -> DocumentRef | None:
        return match_ahead(self.boss, order=order.id, day=day, recorded_at=next(self.moments))

    # --- what the books say

    def balance(self, code: str, **more: Any) -> int:
        """Debits less credits of an account, in cents."""
        for total in account_totals(self.company.pk, **more):
            if total.account == self.accounts[code]:
                return total.debit - total.credit
        return 0

    def balances(self) -> dict[str, int]:
        """The accounts that stand at something."""
        codes = {key: code for code, key in self.accounts.items()}
        found = {codes[total.account]: total.debit - total.credit for total in account_totals(self.company.pk)}
        return {code: amount for code, amount in sorted(found.items()) if amount}

    def stock(self, sku: str) -> tuple[Decimal, int]:
        """Pieces and cents of an item."""
        rows = pool_values(self.company.pk, items=[self.items[sku]])
        return Decimal(sum(row.quantity for row in rows)) / SCALE, sum(row.value for row in rows)

    def grni(self, **more: Any) -> list[GrniRow]:
        return received_not_invoiced(self.company, **{"as_of": LATER, **more})

    def assert_lawful(self, *, other: bool = False) -> None:
        """The laws of the books hold, and documents explain what is received and not invoiced, and what is owed, line by line.

        ``other``: whether rows are allowed that no document explains.
        """
        verdict = prove(self.company.pk)
        assert verdict.violations == []
        rows = self.grni()
        assert sum(row.open for row in rows) == -self.balance("2100")
        assert other or [row for row in rows if row.kind is GrniKind.OTHER] == []
        payables = open_payables(self.company, as_of=LATER)
        assert sum(row.amount for row in payables) == -self.balance("2000")
        receivables = open_receivables(self.company, as_of=LATER)
        assert sum(row.amount for row in receivables) == self.balance("1100")
