"""From rows to what the templates set: every number, date and text ready, and nothing a reader must not see."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from everstock.interfaces.paper.formats import Formats, clean, one_line
from everstock.interfaces.paper.rows import (
    Letterhead,
    Lot,
    Money,
    OrderLine,
    OrderPaper,
    Party,
    ReceiptLine,
    ReceiptPaper,
    ReturnLine,
    ReturnPaper,
)
from everstock.interfaces.paper.symbols import symbol
from everstock.interfaces.paper.texts import REGION, TEXTS, Language

Values = dict[str, Any]

_LONG = 600
"""Characters of a line's texts."""
_MANY = 12
"""Barcodes of a line."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document ready to be set: its template, the template's data, and what is no text."""

    template: str
    data: Values
    day: dt.date
    logo: bytes | None
    font: str | None


def order_sheet(paper: OrderPaper) -> Sheet:
    """A purchase order as its template wants it."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    # a date that is the same for all lines is said once
    dates = {line.expected_on for line in paper.lines if line.expected_on is not None}
    once = paper.expected_on if dates <= {paper.expected_on} else None
    facts = [
        ("date", formats.day(paper.day)),
        ("expected", formats.day(once)),
        ("supplier_reference", paper.supplier_reference),
        ("contract", paper.contract),
        ("buyer", paper.buyer),
        ("payment_terms", paper.payment_terms),
        ("incoterm", paper.incoterm),
        ("currency", paper.money.currency),
        ("supplier_tax_number", paper.supplier.tax_number),
        ("deliver_to", "\n".join(paper.deliver_to)),
    ]
    remarks = [f"{texts['version']} {paper.version}. {texts['replaces']}"] if paper.version > 1 else []
    data = _frame("order", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts) | {
        "stamp": texts["draft"] if paper.draft else "",
        "remarks": remarks,
        "currency": one_line(paper.money.currency),
        "lines": _order_lines(formats, texts, paper, dated=once is None),
        "totals": _totals(formats, texts, paper),
        "taxes": [
            {
                "name": one_line(row.name),
                "rate": formats.percent(row.rate),
                "net": formats.money(row.net, paper.money.digits),
                "tax": formats.money(row.tax, paper.money.digits),
            }
            for row in paper.taxes
        ],
        "terms": _text(paper.terms),
        "notes": _text(paper.notes),
    }
    return Sheet("order.typ", data, paper.day, paper.company.logo, paper.company.font)


def receipt_sheet(paper: ReceiptPaper, *, costs: bool) -> Sheet:
    """A goods receipt note as its template wants it; without ``costs`` no price is in it."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    facts = [
        ("date", formats.day(paper.day)),
        ("delivery_note", paper.delivery_note),
        ("warehouse", paper.warehouse),
        ("received_by", paper.received_by),
    ]
    data = _frame("receipt", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts) | {
        "partner_is": texts["supplier"],
        "symbol": symbol(paper.number),
        "lines": _receipt_lines(formats, texts, paper.lines),
        "notes": _text(paper.notes),
        "signatures": [texts["received_by"], texts["checked_by"]],
        **_costs(formats, paper.money, paper.lines, paper.total if costs else None, shown=costs),
    }
    for line, row in zip(paper.lines, data["lines"], strict=True):
        row["remark"] = texts["provisional"] if costs and line.provisional else ""
    return Sheet("receipt.typ", data, paper.day, paper.company.logo, paper.company.font)


def return_sheet(paper: ReturnPaper, *, costs: bool) -> Sheet:
    """A supplier return note as its template wants it; without ``costs`` no price is in it."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    facts = [
        ("date", formats.day(paper.day)),
        ("authorisation", paper.authorisation),
        ("carrier", paper.carrier),
        ("sent_by", paper.sent_by),
        ("resolution", texts[paper.resolution.value]),
    ]
    data = _frame("return", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts) | {
        "symbol": symbol(paper.number),
        "lines": _return_lines(formats, texts, paper.lines),
        "notes": _text(paper.notes),
        "signatures": [texts["sent_by"], texts["taken_by"]],
        **_costs(formats, paper.money, paper.lines, paper.total if costs else None, shown=costs),
    }
    return Sheet("return.typ", data, paper.day, paper.company.logo, paper.company.font)


def _frame(
    kind: str,
    language: Language,
    company: Letterhead,
    partner: Party,
    number: str,
    day: dt.date,
    facts: Sequence[tuple[str, str]],
) -> Values:
    """What every document has."""
    texts = TEXTS[language]
    return {
        "texts": texts,
        "language": language.value,
        "region": REGION[language],
        "title": texts[kind],
        "number": one_line(number),
        "day": [day.year, day.month, day.day],
        "company": {
            "name": one_line(company.name),
            "address": _lines(company.address),
            "footer": _lines(company.footer),
        },
        "partner": {"name": one_line(partner.name), "address": _lines(partner.address)},
        "facts": [{"label": texts[label], "value": _text(value)} for label, value in facts if value.strip()],
    }


def _lines(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in clean(text) if line]


def _text(text: str) -> list[str]:
    """The lines of a free text; empty ones inside it separate paragraphs and stay."""
    return clean(text.strip()) if text.strip() else []


def _whole(item: Values, symbols: int = 0) -> bool:
    """Whether a line is short enough to be kept on one page."""
    return len(item["name"]) + sum(map(len, item["small"])) < _LONG and symbols <= _MANY


def _item(code: str, name: str, small: Sequence[str]) -> Values:
    return {"code": one_line(code), "name": one_line(name), "small": [one_line(text) for text in small if text.strip()]}


def _order_lines(formats: Formats, texts: dict[str, str], paper: OrderPaper, *, dated: bool) -> list[Values]:
    digits = paper.money.digits
    quantities = formats.aligned(formats.quantity(line.quantity) for line in paper.lines)
    unit_prices = [line.unit_price for line in paper.lines]
    prices = formats.aligned("" if price is None else formats.unit_price(price, digits) for price in unit_prices)
    items = [_item(line.item, line.name, [_codes(texts, line), *line.details]) for line in paper.lines]
    return [
        {
            "item": item,
            "whole": _whole(item),
            "expected": formats.day(line.expected_on or paper.expected_on) if dated else "",
            "quantity": quantity,
            "unit": one_line(line.unit),
            "unit_price": price,
            "discount": formats.percent(line.discount) if line.discount else "",
            "amount": "" if line.amount is None else formats.money(line.amount, digits),
        }
        for line, item, quantity, price in zip(paper.lines, items, quantities, prices, strict=True)
    ]


def _codes(texts: dict[str, str], line: OrderLine | ReturnLine) -> str:
    """Their code first: they are the ones who read it."""
    codes = [("your_item", line.supplier_item), ("our_item", line.item)]
    return " · ".join(f"{texts[label]} {code}" for label, code in codes if code.strip())


def _totals(formats: Formats, texts: dict[str, str], paper: OrderPaper) -> list[Values]:
    amounts = [("net", paper.net), ("tax", paper.tax), ("total", paper.gross)]
    if not paper.tax and not paper.taxes:
        del amounts[:2]
    return [{"label": texts[name], "amount": formats.money(amount, paper.money.digits)} for name, amount in amounts]


def _receipt_lines(formats: Formats, texts: dict[str, str], lines: Sequence[ReceiptLine]) -> list[Values]:
    rejected = any(line.rejected for line in lines)
    columns = {
        "ordered": ["" if line.ordered is None else formats.quantity(line.ordered) for line in lines],
        "received": [formats.quantity(line.received) for line in lines],
        "accepted": [formats.quantity(line.received - line.rejected) if rejected else "" for line in lines],
        "rejected": [formats.quantity(line.rejected) if line.rejected else "" for line in lines],
    }
    aligned = {name: formats.aligned(column) for name, column in columns.items()}
    rows = []
    for index, line in enumerate(lines):
        item = _item(line.item, line.name, [_origin(texts["order_number"], line.order), *line.details])
        symbols = _symbols(formats, texts, line)
        rows.append(
            {
                "item": item,
                "whole": _whole(item, len(symbols)),
                "location": one_line(line.location),
                "unit": one_line(line.unit),
                "symbols": symbols,
                **{name: column[index] for name, column in aligned.items()},
            }
        )
    return rows


def _return_lines(formats: Formats, texts: dict[str, str], lines: Sequence[ReturnLine]) -> list[Values]:
    quantities = formats.aligned(formats.quantity(line.quantity) for line in lines)
    rows = []
    for line, quantity in zip(lines, quantities, strict=True):
        lots = [" · ".join([f"{texts['lot']} {lot.code}", *_lot(formats, texts, lot, line.unit)]) for lot in line.lots]
        origin = _origin(texts["receipt_number"], line.receipt)
        item = _item(line.item, line.name, [_codes(texts, line), origin, *lots, *line.details])
        rows.append(
            {
                "item": item,
                "whole": _whole(item),
                "reason": one_line(line.reason),
                "quantity": quantity,
                "unit": one_line(line.unit),
            }
        )
    return rows


def _origin(label: str, number: str) -> str:
    return f"{label} {number}" if number.strip() else ""


def _symbols(formats: Formats, texts: dict[str, str], line: ReceiptLine) -> list[Values]:
    """The barcodes of a line, each with what it is: the item, then its lots."""
    found = [{"label": texts["item"], "symbol": symbol(line.item)}]
    for lot in line.lots:
        label = " · ".join([texts["lot"], *_lot(formats, texts, lot, line.unit)])
        found.append({"label": label, "symbol": symbol(lot.code)})
    return [entry for entry in found if entry["symbol"] is not None]


def _lot(formats: Formats, texts: dict[str, str], lot: Lot, unit: str) -> list[str]:
    told = [] if lot.quantity is None else [f"{formats.quantity(lot.quantity)} {one_line(unit)}"]
    if lot.made_on is not None:
        told.append(f"{texts['made_on']} {formats.day(lot.made_on)}")
    if lot.expires_on is not None:
        told.append(f"{texts['expires_on']} {formats.day(lot.expires_on)}")
    return told


def _costs(
    formats: Formats, money: Money, lines: Sequence[ReceiptLine | ReturnLine], total: int | None, *, shown: bool
) -> Values:
    """Prices and amounts of the lines, by line; nothing where they are not shown or nobody gave any."""
    known = shown and any(line.amount is not None or line.unit_price is not None for line in lines)
    if not known:
        return {"costs": None}
    prices = [line.unit_price for line in lines]
    return {
        "costs": {
            "currency": one_line(money.currency),
            "unit_prices": formats.aligned("" if p is None else formats.unit_price(p, money.digits) for p in prices),
            "amounts": ["" if line.amount is None else formats.money(line.amount, money.digits) for line in lines],
            "total": "" if total is None else formats.money(total, money.digits),
        }
    }
