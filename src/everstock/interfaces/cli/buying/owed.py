"""What is owed to suppliers, and what their invoices changed, as tables."""

import datetime as dt

from everstock.core.quantities import format_money
from everstock.interfaces.cli.acting import perhaps, today
from everstock.interfaces.cli.codes import Desk
from everstock.interfaces.cli.open_items import print_ageing, print_open
from everstock.interfaces.cli.output import Column, emit
from everstock.masterdata.models import Item
from everstock.operations.documents.models import DocumentLine
from everstock.operations.documents.sides import BUYING
from everstock.operations.identity.actor import require
from everstock.operations.identity.permissions import Permission
from everstock.operations.purchasing.differences import differences
from everstock.operations.purchasing.grni import received_not_invoiced


def _check(at: Desk) -> None:
    require(at.actor, Permission.REPORT_READ)
    require(at.actor, Permission.COST_SEE)


def show_open(at: Desk, as_of: dt.date | None, supplier: str | None, form: str) -> None:
    """Print invoices and credit notes of which something is open. Refused: ``permission.missing``."""
    _check(at)
    print_open(at, BUYING, as_of, supplier, form)


def show_ageing(at: Desk, as_of: dt.date | None, supplier: str | None, form: str) -> None:
    """Print what is owed to each supplier by how long it is overdue, in the company's currency. Refused: ``permission.missing``."""
    _check(at)
    print_ageing(at, BUYING, as_of, supplier, form)


def show_differences(at: Desk, document: int, form: str) -> None:
    """Print what a document changed in the cost of goods. Refused: ``permission.missing``."""
    _check(at)
    found = differences(at.company.pk, document)
    skus = dict(Item.objects.filter(pk__in={row.item for row in found}).values_list("id", "sku"))
    columns = [Column(name) for name in ("item", "day", "posted_on", "account", "account_name", "what")]
    columns += [Column("amount", numeric=True), Column("issues")]
    digits = at.company.currency.digits
    rows = []
    for row in found:
        account = at.codes.accounts[row.account]
        what = "in stock" if row.in_stock else "went"
        amount = format_money(row.amount, digits)
        issues = ", ".join(row.issues)
        rows.append([skus[row.item], row.day, row.posted_on, account.code, account.name, what, amount, issues])
    emit(columns, rows, form)


def show_not_invoiced(
    at: Desk, as_of: dt.date | None, supplier: str | None, form: str, *, include_settled: bool
) -> None:
    """Print goods received not invoiced, line by line. Refused: ``permission.missing``."""
    _check(at)
    partner = perhaps(at.codes.partner, supplier)
    found = [
        row
        for row in received_not_invoiced(at.company, as_of=as_of or today(), include_settled=include_settled)
        if partner in {None, row.partner}
    ]
    items = {row.item for row in found if row.item is not None}
    skus: dict[int | None, str] = dict(Item.objects.filter(pk__in=items).values_list("id", "sku"))
    numbers: dict[int | None, int] = dict(
        DocumentLine.objects.filter(pk__in={row.line for row in found if row.line}).values_list("id", "line")
    )
    columns = [Column("number"), Column("line", numeric=True)]
    columns += [Column(name) for name in ("kind", "reference", "supplier", "item", "day")]
    columns += [Column(name, numeric=True) for name in ("age", "received", "returned", "invoiced", "cleared", "open")]
    digits = at.company.currency.digits
    rows = [
        (
            *(row.number, numbers.get(row.line), row.kind.value, row.reference, at.codes.partners[row.partner]),
            *(skus.get(row.item, ""), row.day, row.age),
            *(
                format_money(amount, digits)
                for amount in (row.received, row.returned, row.invoiced, row.cleared, row.open)
            ),
        )
        for row in found
    ]
    emit(columns, rows, form)
