"""A shop with a till."""

from typing import Any

from everstock.core.quantities import SCALE
from everstock.ledger.queries import account_totals
from everstock.masterdata.actions import ensure_items
from everstock.masterdata.models import Account
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.records import DocumentRef
from everstock.operations.sales import channels
from everstock.operations.sales.kit_bills import set_kit
from everstock.operations.sales.models import ChannelKind, SalesChannel
from everstock.operations.sales.tenders import Tender
from everstock.operations.sales.till import sell
from tests.operations.buying import MONDAY, NOW
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


def kit(shop: Counter) -> None:
    """A set of two bolts and a nut."""
    shop.items |= ensure_items(company=shop.company, skus=["SET"])
    inside = {shop.items["BOLT"]: 2 * SCALE, shop.items["NUT"]: SCALE}
    set_kit(shop.boss, item=shop.items["SET"], components=inside, recorded_at=NOW)
