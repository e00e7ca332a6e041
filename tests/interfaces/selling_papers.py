"""Papers of selling to print in tests: small, full, and long ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

from everstock.interfaces.paper.rows import Letterhead, Lot, Money, OrderLine, Party, TaxRow
from everstock.interfaces.paper.selling_rows import (
    CashDiscount,
    DispatchKind,
    DispatchLine,
    DispatchPaper,
    Insistence,
    LabelKind,
    LabelPaper,
    OwnTax,
    PickLine,
    PickPaper,
    Prepaid,
    ReminderLine,
    ReminderPaper,
    SaleKind,
    SalePaper,
    StatementLine,
    StatementPaper,
)
from everstock.interfaces.paper.texts import Language
from tests.interfaces.papers import COMPANY, DAY, EUR, LOGO, MILLION, order_line

SELLER = Letterhead(
    name=COMPANY.name,
    address=COMPANY.address,
    footer=COMPANY.footer,
    logo=LOGO,
    tax_number="DK31224567",
    bank=("Nordbanken, Odense", "IBAN DK50 0040 0440 1162 43", "BIC NORBDKKK"),
)
CUSTOMER = Party(
    name="Radhaus Änne Weiß GmbH & Co. KG",
    address=("Accounts payable", "Industriestraße 7", "26122 Oldenburg", "Germany"),
    tax_number="DE 811 907 980",
)
SHOP = ("Radhaus Änne Weiß", "Gate 3, Am Hafen 1", "53111 Bonn", "Germany")
SSCC = "340123450000000017"


def sale_line(number: int = 1, **changes: Any) -> OrderLine:
    return order_line(number, **{"supplier_item": "", **changes})


def sale(kind: SaleKind = SaleKind.INVOICE, **changes: Any) -> SalePaper:
    values: dict[str, Any] = {
        "kind": kind,
        "language": Language.ENGLISH,
        "company": COMPANY,
        "customer": CUSTOMER,
        "number": "CI-2026-00017",
        "day": DAY,
        "money": EUR,
        "lines": (sale_line(),),
        "net": 15_000,
        "tax": 3_750,
        "gross": 18_750,
        "taxes": (TaxRow(name="Standard rate", rate=250_000, net=15_000, tax=3_750),),
    }
    return SalePaper(**values | changes)


def full_sale(kind: SaleKind = SaleKind.INVOICE, language: Language = Language.ENGLISH, **changes: Any) -> SalePaper:
    """Everything a paper with prices can say."""
    lines = (
        sale_line(
            1, name="Hydraulic disc brake lever, left, aluminium, black anodised, with reservoir and bleed screw"
        ),
        sale_line(2, name="Chain lubricant", unit="l", quantity=2_500_000, unit_price=8_123_456, amount=2_031),
        sale_line(
            *(3,),
            name="Spoke 262 mm",
            unit="box of 500",
            quantity=1_200 * MILLION,
            unit_price=43_200_000,
            discount=75_000,
            amount=4_795_200,
            details=("Shipment SH-2026-000031",),
            expected_on=dt.date(2026, 5, 4),
        ),
        sale_line(4, item="", name="Freight", quantity=MILLION, unit="", unit_price=85 * MILLION, amount=8_500),
    )
    values: dict[str, Any] = {
        "language": language,
        "company": SELLER,
        "lines": lines,
        "net": 4_820_731,
        "tax": 1_203_058,
        "gross": 6_023_789,
        "taxes": (
            TaxRow(name="Reverse charge", rate=0, net=8_500, tax=0, reverse_charge=True),
            TaxRow(name="Standard rate", rate=250_000, net=4_812_231, tax=1_203_058),
        ),
        "due_on": dt.date(2026, 4, 16),
        "expected_on": None if kind is SaleKind.INVOICE else dt.date(2026, 4, 2),
        "deliver_to": SHOP,
        "seller": "Sofie Lund",
        "reference": "AN-88121",
        "orders": ("SO-2026-000012",),
        "payment_terms": "30 days net",
        "incoterm": "DAP Bonn",
    }
    if kind is SaleKind.INVOICE:
        values |= {
            "supplied": (dt.date(2026, 3, 12), DAY),
            "prepaid": (Prepaid(day=dt.date(2026, 3, 2), amount=1_000_000),),
            "cash_discount": CashDiscount(until=dt.date(2026, 3, 27), rate=20_000, amount=100_476),
            "own_tax": OwnTax(money=Money(currency="DKK", digits=2), tax=8_974_000),
        }
    if kind is SaleKind.CREDIT_NOTE:
        values |= {"invoices": ("CI-2026-000009",), "due_on": None, "notes": "Two boxes came damaged."}
    return sale(kind, **values | changes)


def long_sale(kind: SaleKind = SaleKind.INVOICE, count: int = 60, **changes: Any) -> SalePaper:
    """Of so many lines of 150.00 each."""
    net, tax = 15_000 * count, 3_750 * count
    taxes = (TaxRow(name="Standard rate", rate=250_000, net=net, tax=tax),)
    values: dict[str, Any] = {"net": net, "tax": tax, "gross": net + tax, "taxes": taxes}
    return full_sale(
        kind, lines=tuple(sale_line(n) for n in range(1, count + 1)), **{**values, "prepaid": (), **changes}
    )


def dispatch_line(number: int = 1, **changes: Any) -> DispatchLine:
    values: dict[str, Any] = {
        "item": f"BRK-{number:04}",
        "name": f"Brake lever {number}",
        "unit": "pcs",
        "quantity": 12 * MILLION,
        "order": "SO-2026-000012",
    }
    return DispatchLine(**values | changes)


def dispatch(
    kind: DispatchKind = DispatchKind.DELIVERY_NOTE, language: Language = Language.ENGLISH, **changes: Any
) -> DispatchPaper:
    lot = Lot(code="L2026-0917", quantity=8 * MILLION, expires_on=dt.date(2028, 1, 8))
    values: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "company": SELLER,
        "receiver": Party(name=SHOP[0], address=SHOP[1:]),
        "number": "SH-2026-000031",
        "day": DAY,
        "lines": (
            dispatch_line(1, ordered=20 * MILLION, to_follow=8 * MILLION),
            dispatch_line(2, ordered=12 * MILLION, to_follow=0, order="SO-2026-000013"),
            dispatch_line(
                *(3,),
                name="Chain lubricant",
                unit="l",
                quantity=10_500_000,
                lots=(lot, Lot(code="L2026-0918", quantity=2_500_000)),
            ),
        ),
        "orders": ("SO-2026-000012", "SO-2026-000013"),
        "reference": "AN-88121",
        "invoice_to": (CUSTOMER.name, *CUSTOMER.address),
        "incoterm": "DAP Bonn",
        "carrier": "DSV",
        "sent_by": "Mikkel Bruun",
        "notes": "Ring twice.",
    }
    return DispatchPaper(**values | changes)


def pick_line(number: int = 1, **changes: Any) -> PickLine:
    values: dict[str, Any] = {
        "place": f"A-{number:02}-03",
        "item": f"BRK-{number:04}",
        "name": f"Brake lever {number}",
        "unit": "pcs",
        "quantity": 12 * MILLION,
        "order": "SO-2026-000012",
    }
    return PickLine(**values | changes)


def picks(language: Language = Language.ENGLISH, **changes: Any) -> PickPaper:
    values: dict[str, Any] = {
        "language": language,
        "company": COMPANY,
        "number": "SO-2026-000012",
        "day": DAY,
        "lines": (
            pick_line(1),
            pick_line(
                2,
                name="Chain lubricant",
                unit="l",
                quantity=2_500_000,
                lot=Lot(code="L2026-0917", expires_on=dt.date(2028, 1, 8)),
            ),
        ),
        "customer": CUSTOMER,
        "warehouse": "Odense",
        "expected_on": dt.date(2026, 3, 20),
    }
    return PickPaper(**values | changes)


def label(kind: LabelKind = LabelKind.RETURN, language: Language = Language.ENGLISH, **changes: Any) -> LabelPaper:
    us, them = Party(name=COMPANY.name, address=COMPANY.address), Party(name=SHOP[0], address=SHOP[1:])
    out = kind is LabelKind.SHIPPING
    values: dict[str, Any] = {
        "kind": kind,
        "language": language,
        "sender": us if out else them,
        "receiver": them if out else us,
        "number": "SH-2026-000031" if out else "RM-2026-000004",
        "day": DAY,
        "sscc": SSCC if out else "",
        "facts": (("our_order", "SO-2026-000012"), ("your_order", "AN-88121")),
    }
    return LabelPaper(**values | changes)


def account(language: Language = Language.ENGLISH, *, count: int = 2, **changes: Any) -> StatementPaper:
    """A statement of so many invoices of 150.00, the last one cancelled."""
    lines = (
        StatementLine(day=DAY, kind="", number="", amount=0, balance=0),
        *(
            StatementLine(
                day=DAY,
                kind="invoice",
                number=f"CI-2026-{number:06}",
                amount=15_000,
                balance=15_000 * number,
                due_on=DAY,
                cancelled=number == count,
            )
            for number in range(1, count + 1)
        ),
    )
    values: dict[str, Any] = {
        "language": language,
        "company": SELLER,
        "customer": CUSTOMER,
        "number": "CAFE",
        "first": dt.date(2026, 1, 1),
        "day": DAY,
        "money": EUR,
        "lines": lines,
    }
    return StatementPaper(**values | changes)


def letter(language: Language = Language.ENGLISH, *, count: int = 2, **changes: Any) -> ReminderPaper:
    """A reminder of so many invoices of 150.00, the first of which the customer was reminded of."""
    lines = tuple(
        ReminderLine(
            number=f"CI-2026-{number:06}",
            due_on=DAY - dt.timedelta(days=31),
            overdue=31,
            open=15_000,
            reminded_on=DAY - dt.timedelta(days=9) if number == 1 else None,
        )
        for number in range(1, count + 1)
    )
    values: dict[str, Any] = {
        "language": language,
        "company": SELLER,
        "customer": CUSTOMER,
        "number": "CAFE",
        "day": DAY,
        "pay_by": DAY + dt.timedelta(days=7),
        "title": "Friendly word",
        "insistence": Insistence.FIRST,
        "money": EUR,
        "lines": lines,
    }
    return ReminderPaper(**values | changes)
