"""The papers of selling as their templates want them."""

from collections.abc import Sequence
from itertools import accumulate

from everstock.core.quantities import SCALE
from everstock.interfaces.paper.formats import Formats, one_line
from everstock.interfaces.paper.rows import Money, Party
from everstock.interfaces.paper.selling_rows import (
    DispatchKind,
    DispatchLine,
    DispatchPaper,
    LabelPaper,
    PickLine,
    PickPaper,
    ReminderPaper,
    SaleKind,
    SalePaper,
    StatementPaper,
)
from everstock.interfaces.paper.sheets import (
    Sheet,
    Values,
    frame,
    item_of,
    lines_of,
    lot_label,
    lot_of,
    origin,
    paragraphs,
    priced,
    same_day,
    unit_of,
    whole,
)
from everstock.interfaces.paper.symbols import square, sscc_symbol, symbol
from everstock.interfaces.paper.texts import TEXTS

_BILLS = (SaleKind.INVOICE, SaleKind.CREDIT_NOTE)
_DUE = {SaleKind.QUOTE: "valid_until", SaleKind.INVOICE: "due_on"}


def sale_sheet(paper: SalePaper) -> Sheet:
    """A quote, an order confirmation, an invoice or a credit note as its template wants it."""
    formats = Formats(paper.language)
    facts = [
        ("date", formats.day(paper.day)),
        *([(_DUE[paper.kind], formats.day(paper.due_on))] if paper.kind in _DUE else []),
        ("expected", formats.day(same_day(paper)) if paper.kind not in _BILLS else ""),
        ("supplied", _days(formats, paper)),
        ("your_order", paper.reference),
        ("from_quote", paper.quote),
        ("our_order", ", ".join(paper.orders)),
        ("of_invoice", ", ".join(paper.invoices)),
        ("payment_terms", paper.payment_terms),
        ("incoterm", paper.incoterm),
        ("currency", paper.money.currency),
        ("customer_tax_number", paper.customer.tax_number),
        ("seller", paper.seller),
        ("deliver_to", "\n".join(paper.deliver_to)),
    ]
    data = frame(paper.kind.value, paper.language, paper.company, paper.customer, paper.number, paper.day, facts)
    data |= priced(paper, own_item="item_number", draft="unconfirmed")
    data["totals"] += _prepaid(formats, paper)
    data["payment"] = _payment(formats, paper)
    data["legal"] = _legal(formats, paper)
    if paper.kind in _BILLS:
        # who reads the second page of a bill sees what the first one came to
        sums = accumulate(line.amount or 0 for line in paper.lines)
        for line, so_far in zip(data["lines"], sums, strict=True):
            line["running"] = formats.money(so_far, paper.money.digits)
    return Sheet("priced.typ", data, paper.day, paper.company.logo, paper.company.font)


def _days(formats: Formats, paper: SalePaper) -> str:
    if paper.supplied is None:
        return ""
    first, last = paper.supplied
    return formats.day(first) if first == last else f"{formats.day(first)} –\n{formats.day(last)}"


def _amount(formats: Formats, money: Money, amount: int) -> str:
    # the amount and its currency are never parted by the end of a line
    return f"{money.currency}\N{NO-BREAK SPACE}{formats.money(amount, money.digits)}"


def _due(paper: SalePaper) -> int:
    return paper.gross - sum(one.amount for one in paper.prepaid)


def _prepaid(formats: Formats, paper: SalePaper) -> list[Values]:
    """What was paid in advance, and what is left: below the total."""
    if not paper.prepaid:
        return []
    texts, digits = TEXTS[paper.language], paper.money.digits
    back = paper.kind is SaleKind.CREDIT_NOTE
    rows = [
        {
            "label": f"{texts['paid_out' if back else 'paid']}: {one_line(one.means)}"
            if one.means
            else f"{texts['prepaid']}, {formats.day(one.day)}",
            "amount": formats.money(-one.amount, digits),
        }
        for one in paper.prepaid
    ]
    return [*rows, {"label": texts["left" if back else "due"], "amount": formats.money(_due(paper), digits)}]


def _payment(formats: Formats, paper: SalePaper) -> Values:
    """How to pay, and where to: of an invoice of which something is left to be paid."""
    texts, money = TEXTS[paper.language], paper.money
    if paper.kind is SaleKind.CREDIT_NOTE:
        left = _due(paper)
        credited = [texts["will_be_credited"].format(amount=_amount(formats, money, left))] if left else []
        return {"lines": credited, "bank": []}
    if paper.kind is not SaleKind.INVOICE:
        return {"lines": [], "bank": []}
    due = _due(paper)
    if due <= 0 or paper.due_on is None:
        return {"lines": [texts["nothing_due"]] if due <= 0 else [], "bank": []}
    number = one_line(paper.number)
    lines = [texts["pay_by"].format(amount=_amount(formats, money, due), day=formats.day(paper.due_on), number=number)]
    if paper.cash_discount is not None:
        kept = paper.cash_discount
        said = texts["discount_if"].format(
            day=formats.day(kept.until),
            rate=formats.percent(kept.rate),
            amount=_amount(formats, money, due - kept.amount),
            discount=formats.money(kept.amount, money.digits),
        )
        lines.append(said)
    return {"lines": lines, "bank": lines_of(paper.company.bank)}


def _legal(formats: Formats, paper: SalePaper) -> list[str]:
    """What the law wants said beside the taxes."""
    texts = TEXTS[paper.language]
    said = [texts["reverse_charge"]] if any(row.reverse_charge for row in paper.taxes) else []
    said += [texts["exempt"]] if any(row.exempt for row in paper.taxes) else []
    if paper.own_tax is not None:
        own = paper.own_tax
        amount = formats.money(own.tax, own.money.digits)
        said.append(texts["own_tax"].format(currency=own.money.currency, amount=amount))
    return said


# ---------------------------------------------------------------------------------------------------------------------
# With the goods


def dispatch_sheet(paper: DispatchPaper) -> Sheet:
    """A delivery note or a packing slip as its template wants it: there are no prices in its rows."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    facts = [
        ("date", formats.day(paper.day)),
        ("your_order", paper.reference),
        ("our_order", ", ".join(paper.orders)),
        ("incoterm", paper.incoterm),
        ("carrier", paper.carrier),
        ("sent_by", paper.sent_by),
        ("invoice_to", "\n".join(paper.invoice_to)),
    ]
    note = paper.kind is DispatchKind.DELIVERY_NOTE
    named = len(paper.orders) > 1
    packages = _packages(formats, texts, paper, named=named)
    data = frame(paper.kind.value, paper.language, paper.company, paper.receiver, paper.number, paper.day, facts) | {
        "symbol": symbol(paper.number),
        "words": [],
        "numbers": ["ordered", "quantity_shipped", "to_follow"],
        "lines": [line for package in packages for line in package["lines"]]
        or _dispatch_lines(formats, texts, paper.lines, named=named),
        "packages": packages,
        "ticks": not note,
        "notes": paragraphs(paper.notes),
        "signatures": [texts["sent_by"], texts["accepted_by"]] if note else [texts["packed_by"]],
    }
    return Sheet("goods.typ", data, paper.day, paper.company.logo, paper.company.font)


def _packages(formats: Formats, texts: dict[str, str], paper: DispatchPaper, *, named: bool) -> list[Values]:
    """Each package with its place among them, what is known of it, and its lines."""
    return [
        {
            "title": f"{texts['package']} {place} {texts['of']} {len(paper.packages)}",
            "facts": [
                {"label": texts[name], "value": paragraphs(value)}
                for name, value in (
                    ("weight", "" if package.weight is None else f"{formats.quantity(package.weight)} kg"),
                    ("measures", _size(package.size)),
                )
                if value
            ],
            "symbol": sscc_symbol(package.sscc) if package.sscc else None,
            "lines": _dispatch_lines(formats, texts, package.lines, named=named),
        }
        for place, package in enumerate(paper.packages, 1)
    ]


def _size(size: Sequence[int | None]) -> str:
    known = [str(side) for side in size if side is not None]
    return "\N{NO-BREAK SPACE}".join(["\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}".join(known), "mm"]) if known else ""


def _dispatch_lines(
    formats: Formats, texts: dict[str, str], lines: Sequence[DispatchLine], *, named: bool
) -> list[Values]:
    columns = {
        "ordered": ["" if line.ordered is None else formats.quantity(line.ordered) for line in lines],
        "quantity_shipped": [formats.quantity(line.quantity) for line in lines],
        "to_follow": [formats.quantity(line.to_follow) if line.to_follow else "" for line in lines],
    }
    aligned = {name: formats.aligned(column) for name, column in columns.items()}
    rows = []
    for index, line in enumerate(lines):
        lots = [lot_of(formats, texts, lot, line.unit) for lot in line.lots]
        order = origin(texts["our_order"], line.order) if named else ""
        item = item_of(line.item, line.name, [origin(texts["item_number"], line.item), order, *lots, *line.details])
        rows.append(
            {
                "item": item,
                "whole": whole(item),
                "unit": unit_of(texts, line.unit),
                "symbols": [],
                **{name: column[index] for name, column in aligned.items()},
            }
        )
    return rows


def pick_sheet(paper: PickPaper) -> Sheet:
    """A pick list as its template wants it."""
    formats, texts = Formats(paper.language), TEXTS[paper.language]
    facts = [
        ("date", formats.day(paper.day)),
        ("warehouse", paper.warehouse),
        ("expected", formats.day(paper.expected_on)),
        ("our_order", ", ".join(paper.orders)),
    ]
    receiver = paper.customer or Party(name="")
    named = len(paper.orders) > 1
    data = frame("pick_list", paper.language, paper.company, receiver, paper.number, paper.day, facts) | {
        "partner_is": texts["customer"] if paper.customer else "",
        "symbol": symbol(paper.number),
        "words": [("location", 0)],
        "numbers": ["quantity"],
        "lines": _pick_lines(formats, texts, paper.lines, named=named),
        "ticks": True,
        "notes": paragraphs(paper.notes),
        "signatures": [texts["picked_by"]],
    }
    return Sheet("goods.typ", data, paper.day, paper.company.logo, paper.company.font)


def _pick_lines(formats: Formats, texts: dict[str, str], lines: Sequence[PickLine], *, named: bool) -> list[Values]:
    quantities = formats.aligned(formats.quantity(line.quantity) for line in lines)
    rows = []
    for line, quantity in zip(lines, quantities, strict=True):
        order = origin(texts["our_order"], line.order) if named else ""
        lot = [] if line.lot is None else [lot_of(formats, texts, line.lot, line.unit)]
        item = item_of(line.item, line.name, [order, *line.details, *lot])
        scanned = [(texts["location"], line.place), (texts["item"], line.item)]
        scanned += [] if line.lot is None else [(lot_label(texts, line.lot), line.lot.code)]
        symbols = [{"label": label, "symbol": symbol(code)} for label, code in scanned]
        rows.append(
            {
                "item": item,
                "whole": whole(item, len(symbols)),
                "location": one_line(line.place),
                "quantity": quantity,
                "unit": unit_of(texts, line.unit),
                "symbols": [entry for entry in symbols if entry["symbol"] is not None],
            }
        )
    return rows


def statement_sheet(paper: StatementPaper) -> Sheet:
    """A statement of account as its template wants it."""
    formats, texts, digits = Formats(paper.language), TEXTS[paper.language], paper.money.digits
    period = f"{formats.day(paper.first)} –\n{formats.day(paper.day)}"
    facts = [("from_to", period), ("currency", paper.money.currency)]
    balance = paper.lines[-1].balance if paper.lines else 0
    rows = [
        {
            "whole": True,
            "date": formats.day(line.day),
            "document": " ".join([texts[line.kind or "opening"], one_line(line.number)]),
            "remark": texts["withdrawn"] if line.cancelled else "",
            "due_day": formats.day(line.due_on),
            "amount": formats.money(line.amount, digits) if line.kind else "",
            "balance": formats.money(line.balance, digits),
            "running": formats.money(line.balance, digits),
        }
        for line in paper.lines
    ]
    data = frame("statement", paper.language, paper.company, paper.customer, paper.number, paper.day, facts) | {
        "lines": rows,
        "currency": one_line(paper.money.currency),
        "totals": [
            {
                "label": texts["in_our_favour" if balance >= 0 else "in_your_favour"],
                "amount": formats.money(abs(balance), digits),
            }
        ],
        "bank": lines_of(paper.company.bank) if balance > 0 else [],
    }
    return Sheet("statement.typ", data, paper.day, paper.company.logo, paper.company.font)


def reminder_sheet(paper: ReminderPaper) -> Sheet:
    """A letter about overdue invoices as its template wants it."""
    formats, texts, money = Formats(paper.language), TEXTS[paper.language], paper.money
    rows = [
        {
            "whole": True,
            "document": one_line(line.number),
            "due_day": formats.day(line.due_on),
            "overdue_days": formats.quantity(line.overdue * SCALE),
            "reminded_on": formats.day(line.reminded_on),
            "amount": formats.money(line.open, money.digits),
        }
        for line in paper.lines
    ]
    total, number = sum(line.open for line in paper.lines), one_line(paper.number)
    due = total - paper.credit
    sums = {"total": total, "in_your_favour": -paper.credit, "due": due} if paper.credit else {"due": due}
    asked = texts["pay_by"].format(amount=_amount(formats, money, due), day=formats.day(paper.pay_by), number=number)
    facts = [("date", formats.day(paper.day)), ("currency", money.currency)]
    data = frame("reminder_1", paper.language, paper.company, paper.customer, paper.number, paper.day, facts) | {
        "title": one_line(paper.title),
        "said": [texts[paper.insistence.value].format(day=formats.day(paper.day))],
        "lines": rows,
        "currency": one_line(money.currency),
        "totals": [{"label": texts[name], "amount": formats.money(sum_, money.digits)} for name, sum_ in sums.items()],
        "payment": {"lines": [asked, texts["remind_crossed"]], "bank": lines_of(paper.company.bank)},
    }
    return Sheet("reminder.typ", data, paper.day, paper.company.logo, paper.company.font)


# ---------------------------------------------------------------------------------------------------------------------
# On the parcel


def label_sheet(*papers: LabelPaper) -> Sheet:
    """Labels as their template wants them, one a page: of one document, as all packages of a shipment."""
    first = papers[0]
    texts = TEXTS[first.language]
    data: Values = {
        "texts": texts,
        "lines": [],
        "language": first.language.value,
        "title": texts[first.kind.value],
        "number": one_line(first.number),
        "day": [first.day.year, first.day.month, first.day.day],
        "company": {"name": one_line(first.sender.name), "address": [], "footer": []},
        "partner": {"name": one_line(first.receiver.name), "address": []},
        "facts": [],
        "labels": [_label(paper, texts) for paper in papers],
    }
    return Sheet("label.typ", data, first.day, None, None)


def _label(paper: LabelPaper, texts: dict[str, str]) -> Values:
    return {
        "sender": {"name": one_line(paper.sender.name), "address": lines_of(paper.sender.address)},
        "receiver": {"name": one_line(paper.receiver.name), "address": lines_of(paper.receiver.address)},
        "facts": [{"label": texts[name], "value": paragraphs(value)} for name, value in paper.facts if value.strip()],
        "bars": sscc_symbol(paper.sscc) if paper.sscc else symbol(paper.number),
        "square": None if paper.sscc else square(paper.number),
    }
