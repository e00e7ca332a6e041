"""The papers of buying as their templates want them."""

from collections.abc import Sequence

from everstock.interfaces.paper.formats import Formats, one_line
from everstock.interfaces.paper.rows import OrderPaper, ReceiptLine, ReceiptPaper, ReturnLine, ReturnPaper
from everstock.interfaces.paper.sheets import (
    Sheet,
    Values,
    codes,
    costs_of,
    frame,
    item_of,
    lot_facts,
    lot_label,
    lot_of,
    origin,
    paragraphs,
    priced,
    same_day,
    unit_of,
    whole,
)
from everstock.interfaces.paper.symbols import symbol
from everstock.interfaces.paper.texts import TEXTS


def order_sheet(paper: OrderPaper) -> Sheet:
    """A purchase order as its template wants it."""
    formats = Formats(paper.language)
    facts = [
        ("date", formats.day(paper.day)),
        ("expected", formats.day(same_day(paper))),
        ("supplier_reference", paper.supplier_reference),
        ("contract", paper.contract),
        ("buyer", paper.buyer),
        ("payment_terms", paper.payment_terms),
        ("incoterm", paper.incoterm),
        ("currency", paper.money.currency),
        ("supplier_tax_number", paper.supplier.tax_number),
        ("deliver_to", "\n".join(paper.deliver_to)),
    ]
    data = frame("order", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts)
    data |= priced(paper, own_item="our_item", draft="draft")
    return Sheet("priced.typ", data, paper.day, paper.company.logo, paper.company.font)


def receipt_sheet(paper: ReceiptPaper, *, costs: bool) -> Sheet:
    """A goods receipt note as its template wants it; without ``costs`` no price is in it."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    facts = [
        ("date", formats.day(paper.day)),
        ("delivery_note", paper.delivery_note),
        ("warehouse", paper.warehouse),
        ("received_by", paper.received_by),
    ]
    data = frame("receipt", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts) | {
        "partner_is": texts["supplier"],
        "symbol": symbol(paper.number),
        "lines": _receipt_lines(formats, texts, paper.lines),
        "words": [("location", 0)],
        "numbers": ["ordered", "received", "accepted", "rejected"],
        "notes": paragraphs(paper.notes),
        "signatures": [texts["received_by"], texts["checked_by"]],
        **costs_of(formats, paper.money, paper.lines, paper.total if costs else None, shown=costs),
    }
    for line, row in zip(paper.lines, data["lines"], strict=True):
        row["remark"] = texts["provisional"] if costs and line.provisional else ""
    return Sheet("goods.typ", data, paper.day, paper.company.logo, paper.company.font)


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
    data = frame("return", paper.language, paper.company, paper.supplier, paper.number, paper.day, facts) | {
        "symbol": symbol(paper.number),
        "lines": _return_lines(formats, texts, paper.lines),
        "words": [("reason", 38)],
        "numbers": ["quantity"],
        "notes": paragraphs(paper.notes),
        "signatures": [texts["sent_by"], texts["taken_by"]],
        **costs_of(formats, paper.money, paper.lines, paper.total if costs else None, shown=costs),
    }
    return Sheet("goods.typ", data, paper.day, paper.company.logo, paper.company.font)


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
        item = item_of(line.item, line.name, [origin(texts["order_number"], line.order), *line.details])
        symbols = _symbols(formats, texts, line)
        rows.append(
            {
                "item": item,
                "whole": whole(item, len(symbols)),
                "location": one_line(line.location),
                "unit": unit_of(texts, line.unit),
                "symbols": symbols,
                **{name: column[index] for name, column in aligned.items()},
            }
        )
    return rows


def _return_lines(formats: Formats, texts: dict[str, str], lines: Sequence[ReturnLine]) -> list[Values]:
    quantities = formats.aligned(formats.quantity(line.quantity) for line in lines)
    rows = []
    for line, quantity in zip(lines, quantities, strict=True):
        lots = [lot_of(formats, texts, lot, line.unit) for lot in line.lots]
        came = origin(texts["receipt_number"], line.receipt)
        item = item_of(line.item, line.name, [codes(texts, line), came, *lots, *line.details])
        rows.append(
            {
                "item": item,
                "whole": whole(item),
                "symbols": [],
                "reason": one_line(line.reason),
                "quantity": quantity,
                "unit": unit_of(texts, line.unit),
            }
        )
    return rows


def _symbols(formats: Formats, texts: dict[str, str], line: ReceiptLine) -> list[Values]:
    """The barcodes of a line, each with what it is: the item, then its lots."""
    found = [{"label": texts["item"], "symbol": symbol(line.item)}]
    for lot in line.lots:
        label = " · ".join([lot_label(texts, lot), *lot_facts(formats, texts, lot, line.unit)])
        found.append({"label": label, "symbol": symbol(lot.code)})
    return [entry for entry in found if entry["symbol"] is not None]
