"""A company that is paid by its customers: invoices of what was shipped, payments, and what the books say of them."""

import datetime as dt
import itertools
from typing import Any

from everstock.ledger.queries import account_totals
from everstock.masterdata.models import Account
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.payments import Given, PaymentLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales.invoices import invoice_shipments
from everstock.operations.sales.payments import cancel_payment, register_payment
from everstock.operations.sales.receivables import open_receivables
from everstock.reports.proof import prove
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.test_shipments import Store


class Till(Store):
    """1,000 bolts at a dollar each, and invoices of them."""

    def __init__(self) -> None:
        super().__init__()
        self.stock(1_000, self.shed)
        self.codes = dict(Account.objects.filter(company=self.company).values_list("code", "id"))
        TaxCode.objects.filter(pk=self.taxes["VAT"]).update(output_account=self.codes["2200"])
        self.moments = itertools.count(NOW, 1_000_000)

    def billed(
        self, net: int = 10_000, *, tax: int = 0, partner: str = "JONES", day: dt.date = MONDAY, **more: Any
    ) -> DocumentRef:
        """A posted invoice of one bolt, net and tax in cents, which left before it was billed, on Monday if not earlier."""
        taxed: dict[str, Any] = {"tax_code": self.taxes["VAT"], "tax": tax} if tax else {}
        order: dict[str, Any] = {
            name: more.pop(name) for name in ("currency", "rate", "charge", "terms") if name in more
        }
        shipment = self.ship(self.ordered(1, net=net, partner=partner, **taxed, **order), 1, day=min(day, MONDAY))
        return self.bill(shipment, day=day, **more)

    def bill(self, *shipments: DocumentRef, day: dt.date = MONDAY, **more: Any) -> DocumentRef:
        given = {"recorded_at": next(self.moments), **more}
        return invoice_shipments(self.boss, shipments=[one.id for one in shipments], day=day, **given)

    def pay(
        self, *lines: PaymentLine, partner: str = "JONES", day: dt.date = MONDAY + 9 * DAY, **more: Any
    ) -> DocumentRef:
        """A payment; what ``Given`` takes may be among the rest."""
        said = Given(**{name: more.pop(name) for name in Given._fields if name in more})
        given = {"recorded_at": next(self.moments), **more}
        actor = given.pop("actor", self.boss)
        return register_payment(actor, customer=self.partners[partner], lines=lines, day=day, given=said, **given)

    def bounce(self, payment: DocumentRef, day: dt.date = MONDAY + 20 * DAY) -> DocumentRef:
        return cancel_payment(self.boss, payment=payment.id, day=day, reason="Bounced", recorded_at=next(self.moments))

    def _balances(self) -> dict[str, int]:
        names = {account: code for code, account in self.codes.items()}
        return {names[one.account]: one.debit - one.credit for one in account_totals(self.company.pk)}

    def balances(self) -> dict[str, int]:
        """All accounts that stand at something, in cents, but those of the goods."""
        goods = {"1200", "2100", "5000"}
        return {code: amount for code, amount in sorted(self._balances().items()) if amount and code not in goods}

    def balance(self, code: str) -> int:
        return self._balances().get(code, 0)

    def check(self) -> None:
        """All laws hold, and what is open is what the account says."""
        assert prove(self.company.pk).violations == []
        rows = open_receivables(self.company, as_of=MONDAY + 400 * DAY)
        assert sum(row.amount for row in rows) == self.balance("1100")
        for row in rows:
            header = self.header(row.document)
            assert (row.paid, abs(row.open)) == (
                header.paid if row.gross > 0 else -header.paid,
                header.gross - header.paid,
            )
