"""Open items of either side as tables, and what of them is paid as it was typed."""

import datetime as dt
from collections.abc import Sequence

from everstock.core.quantities import format_money
from everstock.interfaces.cli.acting import perhaps, today
from everstock.interfaces.cli.codes import Desk, money_of
from everstock.interfaces.cli.output import Column, emit
from everstock.interfaces.cli.showing import money
from everstock.operations.documents.open_items import BUCKETS, ageing, open_items
from everstock.operations.documents.payments import PaymentLine
from everstock.operations.documents.read import read
from everstock.operations.documents.records import Header
from everstock.operations.documents.sides import Side


def print_open(
    at: Desk, side: Side, as_of: dt.date | None, partner: str | None, form: str, *, known_at: int | None = None
) -> None:
    """Print invoices and credit notes of which something is open."""
    only = perhaps(at.codes.partner, partner)
    columns = [Column(name) for name in ("number", side.partner, "reference", "day", "due_on")]
    columns += [Column("overdue", numeric=True), Column("currency")]
    columns += [Column(name, numeric=True) for name in ("gross", "paid", "open", "amount")]
    digits = at.company.currency.digits
    rows = [
        (
            *(row.number, at.codes.partners[row.partner], row.reference, row.day, row.due_on, row.overdue),
            row.currency,
            *(money(value, row.currency) for value in (row.gross, row.paid, row.open)),
            format_money(row.amount, digits),
        )
        for row in open_items(at.company, side, as_of=as_of or today(), known_at=known_at, partner=only)
    ]
    emit(columns, rows, form)


def print_ageing(
    at: Desk, side: Side, as_of: dt.date | None, partner: str | None, form: str, *, known_at: int | None = None
) -> None:
    """Print what is open with each partner by how long it is overdue, in the company's currency."""
    only = perhaps(at.codes.partner, partner)
    edges = [f"overdue_{low}_{high}" for low, high in zip((1, *(day + 1 for day in BUCKETS)), BUCKETS, strict=False)]
    names = ["not_due", *edges, f"overdue_over_{BUCKETS[-1]}", "total"]
    digits = at.company.currency.digits
    rows = [
        [
            at.codes.partners[row.partner],
            *(format_money(amount, digits) for amount in (row.not_due, *row.overdue, row.total)),
        ]
        for row in ageing(at.company, side, as_of=as_of or today(), known_at=known_at)
        if only in {None, row.partner}
    ]
    emit([Column(side.partner), *(Column(name, numeric=True) for name in names)], rows, form)


def paid_lines(at: Desk, side: Side, paid: Sequence[tuple[str, str]]) -> tuple[list[PaymentLine], Header]:
    """Return what is paid of the documents with these numbers (an empty amount: all that is open), and the first of them."""
    keys = [at.codes.document(number, side.items)[1] for number, _ in paid]
    headers = read(at.company.pk, keys).headers
    lines = [
        PaymentLine(key, money_of(amount, headers[key].currency, "amount") if amount else None)
        for key, (_, amount) in zip(keys, paid, strict=True)
    ]
    return lines, headers[keys[0]]
