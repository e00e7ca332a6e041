"""A company that buys: items in several units, places, suppliers with terms, and people with different rights."""

import datetime as dt
import itertools
from typing import Any

from everstock.core.quantities import SCALE
from everstock.masterdata import actions
from everstock.masterdata.models import Account, Company, Item, ItemUnit, Location, Partner
from everstock.operations.documents.actions import set_tax_code
from everstock.operations.documents.kinds import DocumentKind
from everstock.operations.documents.lines import OrderLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import DocumentRef, Header, Line, LineUpdate, Update
from everstock.operations.documents.states import order_progress, progressed
from everstock.operations.documents.taxes import TaxKind
from everstock.operations.documents.write import write
from everstock.operations.identity.actor import Actor, system_actor
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing import suppliers
from everstock.operations.purchasing.orders import create_order

CREATED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MONDAY = dt.date(2026, 3, 2)
DAY = dt.timedelta(days=1)
NOW = 1_772_400_000_000_000
"""The moment of recording of whatever does not say otherwise: 2026-03-01, in microseconds."""
_numbers = itertools.count(1)


class Buying:
    """Ids of everything by name, and the steps most tests begin with."""

    def __init__(self) -> None:
        self.company: Company = actions.create_company(
            code=f"BUY-{next(_numbers)}", name="Buying", currency_code="USD", created_at=CREATED_AT
        )
        company = self.company
        self.boss = system_actor(company.pk, "tests")
        self.items = actions.ensure_items(company=company, skus=["BOLT", "NUT", "OLD"])
        Item.objects.filter(pk=self.items["OLD"]).update(active=False)
        Item.objects.filter(pk=self.items["BOLT"]).update(name="Bolt M8")
        self.units = actions.ensure_units(company=company, codes=["box", "pair", "third"])
        self.units["each"] = Item.objects.get(pk=self.items["BOLT"]).base_unit_id
        for unit, (numerator, denominator) in {"box": (100, 1), "third": (1, 3)}.items():
            ItemUnit.objects.create(
                item_id=self.items["BOLT"], unit_id=self.units[unit], numerator=numerator, denominator=denominator
            )
        create = Location.objects.create
        self.dock = create(company=company, code="DOCK", kind="internal", purpose="dock").pk
        self.shed = create(company=company, code="SHED", kind="internal", purpose="warehouse").pk
        self.gone = create(company=company, code="GONE", kind="internal", purpose="bin", active=False).pk
        self.loss = Location.objects.get(company=company, kind="loss").pk
        codes = ["SMITH", "EURO", "YEN"]
        self.partners = actions.ensure_partners(company=company, codes=codes, is_supplier=True)
        self.partners |= actions.ensure_partners(company=company, codes=["JONES"], is_customer=True)
        Partner.objects.filter(pk=self.partners["EURO"]).update(currency_id="EUR")
        Partner.objects.filter(pk=self.partners["YEN"]).update(currency_id="JPY")
        actions.set_exchange_rate(company=company, currency_code="EUR", day=dt.date(2026, 3, 1), rate=1_200_000_000)
        accounts = Account.objects.filter(company=company).order_by("id").values_list("id", flat=True)
        self.account = accounts[0]
        self.taxes = {
            "VAT": self._tax("VAT", 200_000, TaxKind.STANDARD),
            "REV": self._tax("REV", 200_000, TaxKind.REVERSE_CHARGE),
            "OLD": self._tax("OLD", 100_000, TaxKind.STANDARD, active=False),
        }

    def _tax(self, code: str, rate: int, kind: TaxKind, *, active: bool = True) -> int:
        row = set_tax_code(
            self.boss,
            code=code,
            rate=rate,
            kind=kind,
            recorded_at=NOW,
            input_account=self.account,
            output_account=self.account,
            active=active,
        )
        return row.pk

    def actor(self, *permissions: Permission, limit: int | None = None, name: str = "Ann") -> Actor:
        """Somebody with these permissions, each up to ``limit`` (0: no limit set at all)."""
        limits = {} if limit == 0 else dict.fromkeys(permissions, limit)
        return Actor(7, name, self.company.pk, frozenset(permissions), limits, "tests", "USD", 2)

    def order(self, *lines: OrderLine, supplier: str = "SMITH", day: dt.date = MONDAY, **more: Any) -> DocumentRef:
        """A requested order; of 10 bolts at 2.50 unless ``lines`` say otherwise."""
        lines = lines or (self.line(10, "2.5"),)
        given = {"location": self.dock, "recorded_at": NOW, **more}
        return create_order(self.boss, supplier=self.partners[supplier], lines=lines, day=day, **given)

    def line(self, quantity: int, price: str | None = None, item: str = "BOLT", **more: Any) -> OrderLine:
        """A line over so many pieces at a price in dollars."""
        unit_price = None if price is None else round(float(price) * SCALE)
        return OrderLine(quantity * SCALE, item=self.items[item], unit_price=unit_price, **more)

    def sell(self, item: str = "BOLT", supplier: str = "SMITH", unit: str | None = None, **more: Any) -> None:
        """Let a supplier sell an item."""
        suppliers.set_supplier_item(
            self.boss,
            supplier=self.partners[supplier],
            item=self.items[item],
            unit=None if unit is None else self.units[unit],
            recorded_at=NOW,
            **more,
        )

    def header(self, document: int) -> Header:
        return read(self.company.pk, [document]).headers[document]

    def lines(self, document: int) -> list[Line]:
        return read(self.company.pk, [document]).lines[document]

    def progress(self, order: int, *updates: tuple[int, dict[str, Any]]) -> str:
        """What receipts and invoices do to an order: counts progress on its lines (by number) and moves its state."""
        by_line = {line.line: line for line in self.lines(order)}
        changes = [LineUpdate(by_line[number].id, **more) for number, more in updates]
        write(self.company.pk, line_updates=changes)
        header = self.header(order)
        state = progressed(DocumentKind(header.kind), header.state, order_progress(self.lines(order)))
        write(self.company.pk, updates=[Update(order, state=state.value)])
        return state.value
