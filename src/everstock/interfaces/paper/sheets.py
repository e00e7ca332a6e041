"""What all sheets share: from rows to what the templates set, every number, date and text ready, and nothing a reader must not see."""

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
    Party,
    PricedPaper,
    ReceiptLine,
    ReturnLine,
    TaxRow,
)
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


def frame(
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
            "address": [*lines_of(company.address), *lines_of([origin(texts["tax_number"], company.tax_number)])],
            "footer": lines_of(company.footer),
        },
        "partner": {"name": one_line(partner.name), "address": lines_of(partner.address)},
        "facts": [{"label": texts[label], "value": paragraphs(value)} for label, value in facts if value.strip()],
    }


def lines_of(texts: Sequence[str]) -> list[str]:
    return [line for text in texts for line in clean(text) if line]


def paragraphs(text: str) -> list[str]:
    """The lines of a free text; empty ones inside it separate paragraphs and stay."""
    return clean(text.strip()) if text.strip() else []


def whole(item: Values, symbols: int = 0) -> bool:
    """Whether a line is short enough to be kept on one page."""
    return len(item["name"]) + sum(map(len, item["small"])) < _LONG and symbols <= _MANY


def item_of(code: str, name: str, small: Sequence[str]) -> Values:
    return {"code": one_line(code), "name": one_line(name), "small": [one_line(text) for text in small if text.strip()]}


def codes(texts: dict[str, str], line: OrderLine | ReturnLine, own_item: str = "our_item") -> str:
    """Their code first: they are the ones who read it."""
    codes = [("your_item", line.supplier_item), (own_item, line.item)]
    return " · ".join(f"{texts[label]} {code}" for label, code in codes if code.strip())


def priced(paper: PricedPaper, *, own_item: str, draft: str) -> Values:
    """What papers with prices and sums have. ``own_item``: how the text is called that says what our number of an item is; ``draft``: that of the stamp."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    return {
        "stamp": texts[draft] if paper.draft else "",
        "remarks": [f"{texts['version']} {paper.version}. {texts['replaces']}"] if paper.version > 1 else [],
        "currency": one_line(paper.money.currency),
        "lines": _priced_lines(formats, texts, paper, own_item),
        "totals": _totals(formats, texts, paper),
        "taxes": [_tax_row(formats, row, paper.money.digits) for row in paper.taxes],
        "terms": paragraphs(paper.terms),
        "notes": paragraphs(paper.notes),
    }


def _tax_row(formats: Formats, row: TaxRow, digits: int) -> Values:
    return {
        "name": one_line(row.name),
        "rate": formats.percent(row.rate),
        "net": formats.money(row.net, digits),
        "tax": formats.money(row.tax, digits),
    }


def same_day(paper: PricedPaper) -> dt.date | None:
    """The day on which all lines are expected: said once; ``None``: each line says its own."""
    dates = {line.expected_on for line in paper.lines if line.expected_on is not None}
    return paper.expected_on if dates <= {paper.expected_on} else None


def _priced_lines(formats: Formats, texts: dict[str, str], paper: PricedPaper, own_item: str) -> list[Values]:
    digits, dated = paper.money.digits, same_day(paper) is None
    quantities = formats.aligned(
        "" if line.quantity is None else formats.quantity(line.quantity) for line in paper.lines
    )
    taxed = _taxes_said(formats, paper)
    unit_prices = [line.unit_price for line in paper.lines]
    prices = formats.aligned("" if price is None else formats.unit_price(price, digits) for price in unit_prices)
    items = [item_of(line.item, line.name, [codes(texts, line, own_item), *line.details]) for line in paper.lines]
    return [
        {
            "item": item,
            "whole": whole(item),
            "expected": formats.day(line.expected_on or paper.expected_on) if dated else "",
            "quantity": quantity,
            "unit": unit_of(texts, line.unit),
            "unit_price": price,
            "discount": formats.percent(line.discount) if line.discount else "",
            "tax": tax,
            "amount": "" if line.amount is None else formats.money(line.amount, digits),
        }
        for line, item, quantity, price, tax in zip(paper.lines, items, quantities, prices, taxed, strict=True)
    ]


def _taxes_said(formats: Formats, paper: PricedPaper) -> list[str]:
    """The tax of each line where not all have the same: its rate, or its name where two have one rate. What costs nothing needs none."""
    taxes = {line.tax for line in paper.lines if line.amount is not None}
    if len(taxes) < 2:
        return [""] * len(paper.lines)
    named = len({tax[1] for tax in taxes if tax}) < len(taxes - {None})
    return [
        ""
        if line.tax is None or line.amount is None
        else one_line(line.tax[0])
        if named
        else formats.percent(line.tax[1])
        for line in paper.lines
    ]


def _totals(formats: Formats, texts: dict[str, str], paper: PricedPaper) -> list[Values]:
    amounts = [("net", paper.net), ("tax", paper.tax), ("total", paper.gross)]
    if not paper.tax and not paper.taxes:
        del amounts[:2]
    return [{"label": texts[name], "amount": formats.money(amount, paper.money.digits)} for name, amount in amounts]


def origin(label: str, number: str) -> str:
    return f"{label} {number}" if number.strip() else ""


def unit_of(texts: dict[str, str], unit: str) -> str:
    """A unit as it is printed: the one that items have by themselves in the language, the company's own as they are."""
    return texts["each"] if unit == "each" else one_line(unit)


def lot_of(formats: Formats, texts: dict[str, str], lot: Lot, unit: str) -> str:
    """A lot with what is known of it, in one line."""
    return " · ".join([f"{lot_label(texts, lot)} {lot.code}", *lot_facts(formats, texts, lot, unit)])


def lot_label(texts: dict[str, str], lot: Lot) -> str:
    return texts["serial" if lot.serial else "lot"]


def lot_facts(formats: Formats, texts: dict[str, str], lot: Lot, unit: str) -> list[str]:
    told = [] if lot.quantity is None else [f"{formats.quantity(lot.quantity)} {unit_of(texts, unit)}"]
    if lot.made_on is not None:
        told.append(f"{texts['made_on']} {formats.day(lot.made_on)}")
    if lot.expires_on is not None:
        told.append(f"{texts['expires_on']} {formats.day(lot.expires_on)}")
    return told


def costs_of(
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
