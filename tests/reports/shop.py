"""A company to post to in few words, and the history that the golden reports are about."""

import datetime as dt
import itertools
import os
from decimal import Decimal
from pathlib import Path

from click.testing import CliRunner, Result
from django.db import connection

from everstock.core.facts import DAY, INBOUND, Kind
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.reports import report
from everstock.ledger.lines import Document, Line
from everstock.ledger.post import post
from everstock.masterdata import actions
from everstock.masterdata.models import Company

CREATED_AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_EPOCH = dt.datetime(1970, 1, 1)
_codes = itertools.count(1)


def microseconds(text: str) -> int:
    return (dt.datetime.fromisoformat(text) - _EPOCH) // dt.timedelta(microseconds=1)


def scaled(text: str, digits: int = 6) -> int:
    return int(Decimal(text).scaleb(digits))


class _Opened:
    """The database of the test, open already."""

    url = os.environ["EVERSTOCK_DATABASE_URL"]
    data_dir = bin_dir = Path()
    embedded, server_version = False, 150000

    def close(self) -> None:
        pass


class _Program(Program):
    def company(self) -> Company:
        return Company.objects.select_related("currency").get(code=self.company_code)


class Shop:
    """A company in USD."""

    def __init__(self, *, method: str = "fifo", scope: str = "item", negative_stock: bool = False) -> None:
        self.company: Company = actions.create_company(
            code=f"SHOP-{next(_codes)}",
            name="Shop",
            currency_code="USD",
            created_at=CREATED_AT,
            method=method,
            scope=scope,
            negative_stock=negative_stock,
        )
        self.locations = actions.ensure_locations(company=self.company, codes=["MAIN", "SHOP"])

    def item(self, sku: str) -> int:
        return actions.ensure_items(company=self.company, skus=[sku])[sku]

    def line(self, when: str, kind: str, item: str, quantity: str = "0", location: str = "MAIN", **more: str) -> Line:
        """``when``: a day, or a day and a time. ``more``: to, cost (per unit), value, price, of, partner, ref, lot."""
        fact_kind, amount = Kind(kind), scaled(quantity)
        at = microseconds(when)
        if len(when) == 10 and fact_kind not in INBOUND:
            at += DAY - 1
        value = scaled(more["value"], 2) if "value" in more else None
        on_hand = fact_kind in {Kind.WRITE_DOWN, Kind.REVALUATION}
        if "cost" in more and not on_hand:
            value = scaled(more["cost"]) * amount * 100 // 10**12
        partner = more.get("partner")
        return Line(
            kind=fact_kind,
            item=self.item(item),
            reference=more["ref"],
            quantity=amount,
            location=None
            if fact_kind in {Kind.COST_CHANGE, Kind.LANDED_COST, Kind.REVERSAL}
            else self.locations[location],
            to_location=self.locations[more["to"]] if "to" in more else None,
            effective_at=at,
            value=value,
            unit_value=scaled(more["cost"]) if on_hand else None,
            applies_to=more.get("of"),
            unit_price=scaled(more["price"]) if "price" in more else None,
            partner=actions.ensure_partners(company=self.company, codes=[partner])[partner] if partner else None,
        )

    def post(self, recorded: str, *lines: Line, document: str | None = None, actor: str | None = None) -> None:
        post(self.company.pk, Document(microseconds(recorded), lines, "test", document, actor))

    def add(self, when: str, kind: str, item: str, quantity: str = "0", location: str = "MAIN", **more: str) -> None:
        """One line in a document of its own, recorded at noon of its day unless ``recorded`` says otherwise."""
        recorded = more.pop("recorded", f"{when[:10]}T12:00:00")
        self.post(recorded, self.line(when, kind, item, quantity, location, **more))

    def ask(self, *words: str) -> Result:
        """Run ``everstock report`` with these words."""
        program = _Program(lambda *_: _Opened())
        program.company_code = self.company.code
        return CliRunner().invoke(report, words, obj=program)

    def report(self, *words: str) -> str:
        """What ``everstock report`` prints."""
        result = self.ask(*words)
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout


def golden_year(shop: Shop) -> None:
    """Two items, two warehouses, FIFO; an invoice that comes late, a late receipt, returns, a count, a reversal.

    BOLT by hand: 100 at 5.00 (later 5.50) on 5 January, 50 at 6.00 on 10 January; 120 sold on 20 January
    cost 100 * 5.00 + 20 * 6.00 = 620.00, since 3 February (invoice: 5.50) 670.00.
    Positions of its postings begin at 7000001, so that reports name the same entries each time.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('posting_position', 7000000)")
    shop.post(
        "2026-01-05T09:00:00",
        shop.line("2026-01-05", "receipt", "BOLT", "100", cost="5", ref="PO1-1", partner="IRON"),
        shop.line("2026-01-05", "receipt", "NUT", "200", cost="1", ref="PO1-2", partner="IRON"),
        document="PO1",
        actor="ann",
    )
    shop.add("2026-01-10", "receipt", "BOLT", "50", cost="6", ref="PO2-1", partner="IRON")
    shop.add("2026-01-15T10:30:00", "transfer", "NUT", "80", to="SHOP", ref="TR1")
    shop.post(
        "2026-01-20T17:00:00",
        shop.line("2026-01-20T16:00:00", "issue", "BOLT", "120", price="9.90", ref="SO1-1", partner="SMITH"),
        shop.line("2026-01-20T16:00:00", "issue", "NUT", "30", "SHOP", price="2.50", ref="SO1-2", partner="SMITH"),
        document="SO1",
        actor="bob",
    )
    shop.add("2026-01-31", "count", "NUT", "48", "SHOP", ref="CNT1")
    shop.add("2026-02-03", "cost_change", "BOLT", value="550", of="PO1-1", ref="INV1")
    shop.add("2026-02-10", "return_in", "BOLT", "10", price="9.90", of="SO1-1", ref="RET1", partner="SMITH")
    shop.add("2026-02-12", "return_out", "NUT", "20", of="PO1-2", ref="RTS1", partner="IRON")
    # learned on 1 March: NUT at 1.20 had come in before the first sale; and a sale entered by mistake
    shop.add(
        "2026-01-04", "receipt", "NUT", "10", cost="1.20", ref="PO0-1", partner="IRON", recorded="2026-03-01T08:00:00"
    )
    shop.add("2026-03-02", "issue", "BOLT", "5", price="9.90", ref="SO2-1", partner="JONES")
    shop.add("2026-03-02", "reversal", "BOLT", of="SO2-1", ref="SO2-1-R", recorded="2026-03-03T12:00:00")
    shop.add("2026-03-05", "write_down", "NUT", cost="0.90", ref="NRV1")
    shop.add("2026-03-06", "issue", "BOLT", "20", price="9.50", ref="SO3-1", partner="JONES")
