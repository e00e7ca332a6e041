"""A company that sells: the one that buys, with customers."""

import datetime as dt
import itertools
from typing import Any

from everstock.core.facts import Kind
from everstock.core.quantities import SCALE
from everstock.ledger.lines import Document
from everstock.ledger.lines import Line as LedgerLine
from everstock.ledger.post import post
from everstock.masterdata import actions
from everstock.masterdata.models import Item, ItemCategory, Lot, Partner
from everstock.operations.sales import channels, price_lists, prices
from everstock.operations.sales.models import PriceList, PriceListEntry, SalesChannel
from everstock.operations.sales.price_lists import NewPrice
from tests.operations.buying import DAY, MONDAY, NOW, Buying

PERCENT = SCALE // 100
_movements = itertools.count(1)
FIRST = MONDAY - 30 * DAY
"""From when on price lists and prices hold that do not say otherwise."""


class Selling(Buying):
    """Customers JONES (in dollars, like the company) and PARIS (in euro), and categories: BOLT is of SMALL, below METAL; NUT of none."""

    def __init__(self) -> None:
        super().__init__()
        self.partners |= actions.ensure_partners(company=self.company, codes=["PARIS"], is_customer=True)
        Partner.objects.filter(pk=self.partners["PARIS"]).update(currency_id="EUR")
        self.categories = actions.ensure_categories(company=self.company, codes=["METAL", "SMALL"])
        ItemCategory.objects.filter(pk=self.categories["SMALL"]).update(parent_id=self.categories["METAL"])
        Item.objects.filter(pk=self.items["BOLT"]).update(category_id=self.categories["SMALL"])

    def stock(self, quantity: int, place: int, item: str = "BOLT", kind: Kind = Kind.RECEIPT) -> None:
        value = quantity * 100 if kind is Kind.RECEIPT else None
        line = LedgerLine(kind, self.items[item], f"M{next(_movements)}", quantity * SCALE, place, value=value)
        post(self.company.pk, Document(NOW, (line._replace(effective_at=0 if value else None),), "test"))

    def milk(self, code: str, expires_on: dt.date | None, quantity: int, place: int) -> int:
        """Milk of a lot."""
        if "MILK" not in self.items:
            milk = Item.objects.create(
                company=self.company, sku="MILK", base_unit_id=self.units["each"], tracking="lot"
            )
            self.items["MILK"] = milk.pk
        lot = Lot.objects.create(item_id=self.items["MILK"], code=code, expires_on=expires_on)
        line = LedgerLine(
            *(Kind.RECEIPT, self.items["MILK"], f"L{code}", quantity * SCALE, place),
            value=quantity * 100,
            lot=lot.pk,
            effective_at=0,
        )
        post(self.company.pk, Document(NOW, (line,), "test"))
        return lot.pk

    def channel(self, code: str = "shop", *warehouses: int, **more: Any) -> SalesChannel:
        """A channel that sells from these warehouses; none: from dock and shed."""
        given = {"warehouses": warehouses or (self.dock, self.shed), "recorded_at": NOW, **more}
        return channels.set_channel(self.boss, code=code, **given)

    def price_list(self, code: str = "LIST", **more: Any) -> PriceList:
        given = {"currency": "USD", "valid_from": FIRST, "recorded_at": NOW, **more}
        return price_lists.create_price_list(self.boss, code=code, **given)

    def put(self, price_list: PriceList, *wanted: NewPrice) -> list[PriceListEntry]:
        price_lists.set_prices(self.boss, price_list=price_list.pk, prices=wanted, recorded_at=NOW)
        return list(PriceListEntry.objects.filter(price_list=price_list).order_by("id"))

    def new(self, price: float | None = None, item: str | None = "BOLT", **more: Any) -> NewPrice:
        """A price in dollars (``None``: give a discount) of a thing by name; ``quantity`` in whole units."""
        given: dict[str, Any] = {"valid_from": FIRST, "from_quantity": more.pop("quantity", 0) * SCALE, **more}
        category, unit = more.get("category"), more.get("unit")
        given["item"] = None if item is None or category else self.items[item]
        given["category"] = None if category is None else self.categories[category]
        given["unit"] = None if unit is None else self.units[unit]
        return NewPrice(**given, unit_price=None if price is None else round(price * SCALE))


def ask(
    selling: Selling,
    quantity: int = 1,
    item: str = "BOLT",
    unit: str | None = None,
    who: str | None = "JONES",
    **more: Any,
) -> tuple[float, float, str] | None:
    """Price in dollars, discount in percent, and code of the list."""
    found = prices.price(
        selling.company.pk,
        customer=None if who is None else selling.partners[who],
        item=selling.items[item],
        quantity=quantity * SCALE,
        unit=None if unit is None else selling.units[unit],
        **{"day": MONDAY, **more},
    )
    return None if found is None else (found.unit_price / SCALE, found.discount / PERCENT, found.code)
