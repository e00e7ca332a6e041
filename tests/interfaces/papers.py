"""Documents to print in tests: small, full, and long ones."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from pypdf import PdfReader

from everstock.interfaces.paper.rows import (
    Letterhead,
    Lot,
    Money,
    OrderLine,
    OrderPaper,
    Party,
    ReceiptLine,
    ReceiptPaper,
    Resolution,
    ReturnLine,
    ReturnPaper,
    TaxRow,
)
from everstock.interfaces.paper.texts import Language

MILLION = 1_000_000
DAY = dt.date(2026, 3, 17)
EUR = Money(currency="EUR", digits=2)
LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 60">
<path d="M10 50 30 10l20 40z" fill="#0b5c4a"/><circle cx="62" cy="36" r="14" fill="#e0a526"/>
<path d="M92 18h90v8H92zm0 16h120v8H92z" fill="#0b5c4a"/></svg>"""

COMPANY = Letterhead(
    name="Nordlys Cykler ApS",
    address=("Havnegade 14, 2. sal", "5000 Odense C", "Denmark"),
    footer=(
        "Nordlys Cykler ApS",
        "CVR 31 22 45 67",
        "VAT DK31224567",
        "IBAN DK50 0040 0440 1162 43",
        "nordlys.example",
    ),
)
SUPPLIER = Party(
    name="Müller & Söhne Fahrradteile GmbH",
    address=("Frau Änne Weiß", "Industriestraße 7", "26122 Oldenburg", "Germany"),
    tax_number="DE 811 907 980",
)


def order_line(number: int = 1, **changes: Any) -> OrderLine:
    values: dict[str, Any] = {
        "item": f"BRK-{number:04}",
        "name": f"Brake lever {number}",
        "unit": "pcs",
        "quantity": 12 * MILLION,
        "unit_price": 12_500_000,
        "amount": 15_000,
        "supplier_item": f"MS-77{number:03}",
    }
    return OrderLine(**values | changes)


def order(**changes: Any) -> OrderPaper:
    values: dict[str, Any] = {
        "language": Language.ENGLISH,
        "company": COMPANY,
        "supplier": SUPPLIER,
        "number": "PO-2026-00017",
        "day": DAY,
        "money": EUR,
        "lines": (order_line(),),
        "net": 15_000,
        "tax": 3_750,
        "gross": 18_750,
        "taxes": (TaxRow(name="Standard rate", rate=250_000, net=15_000, tax=3_750),),
    }
    return OrderPaper(**values | changes)


def full_order(language: Language = Language.ENGLISH, **changes: Any) -> OrderPaper:
    """Everything an order can say."""
    lines = (
        order_line(
            1, name="Hydraulic disc brake lever, left, aluminium, black anodised, with reservoir and bleed screw"
        ),
        order_line(2, name="Chain lubricant", unit="l", quantity=2_500_000, unit_price=8_123_456, amount=2_031),
        order_line(
            3,
            name="Spoke 262 mm",
            unit="box of 500",
            quantity=1_200 * MILLION,
            unit_price=43_200_000,
            discount=75_000,
            amount=4_795_200,
            details=("Stainless, with nipples", "Pack by hundreds"),
            expected_on=dt.date(2026, 5, 4),
        ),
        order_line(4, name="Freight", supplier_item="", quantity=MILLION, unit_price=85 * MILLION, amount=8_500),
    )
    values: dict[str, Any] = {
        "language": language,
        "company": Letterhead(name=COMPANY.name, address=COMPANY.address, footer=COMPANY.footer, logo=LOGO),
        "lines": lines,
        "net": 4_820_731,
        "tax": 1_203_058,
        "gross": 6_023_789,
        "taxes": (
            TaxRow(name="Standard rate", rate=250_000, net=4_812_231, tax=1_203_058),
            TaxRow(name="Reverse charge, services from abroad", rate=0, net=8_500, tax=0),
        ),
        "version": 3,
        "expected_on": dt.date(2026, 4, 2),
        "deliver_to": ("Nordlys warehouse", "Gate 3, Fiskekajen 20", "5000 Odense C"),
        "buyer": "Sofie Lund",
        "supplier_reference": "AN-88121",
        "contract": "BO-2026-00002",
        "payment_terms": "30 days net",
        "incoterm": "DAP Odense",
        "terms": "Our purchasing conditions of January 2026 apply.\nTwo per cent a week are deducted for late delivery.",
        "notes": "Please announce the delivery a day ahead:\n+45 66 00 00 00",
    }
    return order(**values | changes)


def receipt_line(number: int = 1, **changes: Any) -> ReceiptLine:
    values: dict[str, Any] = {
        "item": f"BRK-{number:04}",
        "name": f"Brake lever {number}",
        "unit": "pcs",
        "received": 12 * MILLION,
        "unit_price": 77_310_000,
        "amount": 92_772,
    }
    return ReceiptLine(**values | changes)


def receipt(**changes: Any) -> ReceiptPaper:
    values: dict[str, Any] = {
        "language": Language.ENGLISH,
        "company": COMPANY,
        "supplier": SUPPLIER,
        "number": "GR-2026-00042",
        "day": DAY,
        "money": EUR,
        "lines": (receipt_line(),),
        "total": 92_772,
    }
    return ReceiptPaper(**values | changes)


def full_receipt(language: Language = Language.ENGLISH, **changes: Any) -> ReceiptPaper:
    """Everything a goods receipt note can say."""
    lot = Lot(code="L2026-0917", quantity=8 * MILLION, made_on=dt.date(2026, 1, 8), expires_on=dt.date(2028, 1, 8))
    lines = (
        receipt_line(1, name="Hydraulic disc brake lever, left, aluminium, black anodised", ordered=12 * MILLION),
        receipt_line(
            2,
            name="Chain lubricant",
            unit="l",
            received=10_500_000,
            rejected=2_500_000,
            ordered=10 * MILLION,
            order="PO-2026-00017",
            location="DOCK-2",
            details=("Two cans dented", "1 box = 12 l"),
            lots=(lot, Lot(code="L2026-0918", quantity=2_500_000)),
            provisional=True,
        ),
        receipt_line(
            3, name="E-bike motor", received=3 * MILLION, lots=tuple(Lot(code=f"SN4410{n}") for n in range(3))
        ),
        receipt_line(4, item="Ø-ring", name="O-ring, not a code for bars", received=100 * MILLION, location="A-01-03"),
    )
    values: dict[str, Any] = {
        "language": language,
        "company": Letterhead(name=COMPANY.name, address=COMPANY.address, footer=COMPANY.footer, logo=LOGO),
        "lines": lines,
        "total": 371_088,
        "delivery_note": "LS 4711/26",
        "warehouse": "Odense",
        "received_by": "Mikkel Bruun",
        "notes": "Pallets exchanged.",
    }
    return receipt(**values | changes)


def return_line(number: int = 1, **changes: Any) -> ReturnLine:
    values: dict[str, Any] = {
        "item": f"BRK-{number:04}",
        "name": f"Brake lever {number}",
        "unit": "pcs",
        "quantity": 2 * MILLION,
        "supplier_item": f"MS-77{number:03}",
        "receipt": "GR-2026-00042",
        "reason": "Damaged in transit",
        "lots": (Lot(code="L2026-0917", expires_on=dt.date(2028, 1, 8)),),
        "unit_price": 77_310_000,
        "amount": 15_462,
    }
    return ReturnLine(**values | changes)


def goods_return(language: Language = Language.ENGLISH, **changes: Any) -> ReturnPaper:
    values: dict[str, Any] = {
        "language": language,
        "company": COMPANY,
        "supplier": SUPPLIER,
        "number": "SR-2026-00003",
        "day": DAY,
        "money": EUR,
        "lines": (return_line(), return_line(2, quantity=1_250_000, unit="kg")),
        "resolution": Resolution.CREDIT,
        "total": 30_924,
        "carrier": "DSV",
        "authorisation": "RMA 5520",
        "sent_by": "Mikkel Bruun",
        "notes": "Two parcels.",
    }
    return ReturnPaper(**values | changes)


def words(document: bytes) -> str:
    """All text of a PDF; a space or line break is one space, and where a long word was broken there is nothing."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)
    return " ".join(text.replace("\u200b", "").split())


def page_texts(document: bytes) -> list[str]:
    """The same, page by page."""
    pages = PdfReader(io.BytesIO(document)).pages
    return [" ".join(page.extract_text().replace("\u200b", "").split()) for page in pages]
