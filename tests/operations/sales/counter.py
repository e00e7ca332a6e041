"""A shop with a till."""

from typing import Any

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document as Booked
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.ledger.queries import account_totals, on_hand
from everstock.masterdata.actions import ensure_items
from everstock.masterdata.models import Account, Location
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.models import TaxCode
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales import channels
from everstock.operations.sales.credit_notes import CreditLine, post_credit_note
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.models import ChannelKind, SalesChannel
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till import sell
from everstock.operations.sales.till_returns import Back, return_goods
from tests.operations.buying import DAY, MONDAY, NOW
from tests.operations.sales.selling import Selling

CASH = (Tender("cash"),)


class Counter(Selling):
    """Ten bolts and four nuts at the dock, and a till T1 that sells from there to JONES; cash and card have accounts of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.stock(10, self.dock)
        self.stock(4, self.dock, "NUT")
        self.till: SalesChannel = self.channel(
            "T1", self.dock, kind=ChannelKind.POINT_OF_SALE, customer=self.partners["JONES"], series="TA"
        )
        self.bank, self.drawer = (
            Account.objects.create(company=self.company, code=code, name=code, type="asset").pk
            for code in ("CARD", "CASH")
        )
        for means, account in (("cash", self.drawer), ("card", self.bank)):
            channels.set_means(self.boss, channel=self.till.pk, means=means, account=account, recorded_at=NOW)

    def sold(self, *lines: OrderLine, tenders: tuple[Tender, ...] = CASH, **more: Any) -> DocumentRef:
        given = {"channel": "T1", "day": MONDAY, "recorded_at": NOW, **more}
        return sell(given.pop("actor", self.boss), lines=lines or [self.line(2, "5")], tenders=tenders, **given)

    def balances(self) -> dict[str, int]:
        """All accounts that stand at something, in cents, by code."""
        names = dict(Account.objects.filter(company=self.company).values_list("id", "code"))
        found = {names[one.account]: one.debit - one.credit for one in account_totals(self.company.pk)}
        return {code: amount for code, amount in sorted(found.items()) if amount}

    def balance(self, account: int) -> int:
        return sum(one.debit - one.credit for one in account_totals(self.company.pk) if one.account == account)


class Returns(Counter):
    """The shop with a till and a place for what is looked at, whose ten bolts cost 1.00 each; what comes later costs 3.00."""

    def __init__(self) -> None:
        super().__init__()
        self.quality = Location.objects.create(company=self.company, code="LOOK", kind="internal", purpose="quality").pk
        account = Account.objects.get(company=self.company, code="2200").pk
        TaxCode.objects.filter(pk=self.taxes["VAT"]).update(output_account=account)

    def dearer(self) -> None:
        line = LedgerLine(Kind.RECEIPT, self.items["BOLT"], "D1", 10 * SCALE, self.dock, value=3000, effective_at=1)
        post(self.company.pk, Booked(NOW, (line,), "test"))

    def back(self, receipt: DocumentRef, *lines: Back, refunds: tuple[Tender, ...] = CASH, **more: Any) -> DocumentRef:
        given = {"channel": "T1", "day": MONDAY + DAY, "recorded_at": NOW + 10, **more}
        return return_goods(given.pop("actor", self.boss), receipt=receipt.id, lines=lines, refunds=refunds, **given)

    def credit(self, receipt: DocumentRef, line: int) -> None:
        """Credit the price of a line of a receipt."""
        of = self.lines(receipt.id)[line - 1]
        post_credit_note(self.boss, lines=[CreditLine(of.id, part=SCALE)], day=MONDAY, recorded_at=NOW)

    def there(self, place: int | None = None, item: str = "BOLT") -> float:
        return on_hand(self.company.pk, self.items[item], place) / SCALE


def kit(shop: Counter) -> None:
    """A set of two bolts and a nut."""
    shop.items |= ensure_items(company=shop.company, skus=["SET"])
    inside = {shop.items["BOLT"]: 2 * SCALE, shop.items["NUT"]: SCALE}
    set_kit(shop.boss, item=shop.items["SET"], components=inside, recorded_at=NOW)
