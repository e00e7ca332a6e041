"""The reports of selling: margin, goods shipped not invoiced, open orders, backorders, fill rate."""

import datetime as dt
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import click

from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.reporting import DAY, by_option, last_day, options, sheet, this_day

if TYPE_CHECKING:
    from everstock.reports.margin import Amounts, MarginEntry, MarginRow

_FIGURES = "quantity# revenue$ not_invoiced$ cost$ provisional$ margin$ selling_costs$ contribution$"
_SUMMED = ("quantity", "revenue", "not_invoiced", "cost", "provisional", "margin", "selling_costs", "contribution")
_KEYS = {"line": "line item customer", "order": "order customer", "invoice": "invoice customer"}
"""What says which row it is, where that is more than what the rows are by."""


@click.command()
@by_option(
    *("item", "category", "customer", "order", "line", "invoice", "channel", "seller", "day", "week", "month", "entry")
)
@options("from_", "to", "known_at", "item", "partner")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def margin(program: Program, /, by: str, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """What was sold, what it brought, what it had cost.

    Revenue is what was invoiced and credited, cost what left and came back, each on its day, as in the books. What is shipped and not
    invoiced stands beside revenue, at the price of the order. The column provisional says how much of a cost is not final: receipts
    without a price, freight that is estimated, goods that left before they were there. Selling costs are what `so cost` said; contribution is what is left of the margin. --by entry lists what the sums are made of:
    each movement, and each line of an invoice or a credit note.
    """
    company = program.company()
    from everstock.reports.margin import margin as ask
    from everstock.reports.margin import margin_entries
    from everstock.reports.names import Names

    asked["to"] = last_day(as_of, to)
    if by == "entry":
        names = Names(company)
        columns = f"day document line% reference order order_line% invoice customer item {_FIGURES}"
        rows = [_entry(entry, names.items, names.partners) for entry in margin_entries(company=company, **asked)]
        sheet(program, columns).print(rows, form, total=_SUMMED)
        return
    documents = " documents" if by in _KEYS else ""
    columns = f"{_KEYS.get(by, by)} {_FIGURES} margin_percent#{documents}"
    found = [_row(row, by) for row in ask(company=company, by=by, **asked)]  # type: ignore[arg-type]
    sheet(program, columns).print(found, form, total=_SUMMED)


def _row(row: "MarginRow", by: str) -> SimpleNamespace:
    return SimpleNamespace(
        **{"item": row.item, "customer": row.partner, by: row.key},
        **_figures(row.amounts),
        margin_percent=row.percent,
        documents=" ".join(row.documents),
    )


def _entry(entry: "MarginEntry", items: dict[int, str], partners: dict[int | None, str]) -> SimpleNamespace:
    return SimpleNamespace(
        **{
            name: getattr(entry, name)
            for name in ("day", "document", "line", "reference", "order", "order_line", "invoice")
        },
        **_figures(entry.amounts),
        customer=partners[entry.partner],
        item="" if entry.item is None else items[entry.item],
    )


def _figures(amounts: "Amounts") -> dict[str, int]:
    return {**amounts._asdict(), "margin": amounts.margin, "contribution": amounts.contribution}


@click.command("shipped-not-invoiced")
@options("as_of", "known_at", "partner")
@click.pass_obj
def shipped_not_invoiced(program: Program, /, form: str, as_of: dt.date | None, **asked: Any) -> None:
    """What left for customers and is not invoiced, line by line, oldest first; as of today unless said otherwise.

    The amount is at the price of the order when the goods left. The list of a past day can be printed again at any time with --known-at.
    """
    company = program.company()
    from everstock.reports.unbilled import not_invoiced

    rows = not_invoiced(company=company, as_of=as_of or this_day(), **asked)
    columns = "shipment line% order reference customer item day age% shipped# returned# invoiced# open# amount$ cost$"
    sheet(program, columns).print(rows, form, total=["amount", "cost"], amount="value")


@click.command("order-book")
@options("item", "partner")
@click.pass_obj
def order_book(program: Program, /, form: str, **asked: Any) -> None:
    """What is ordered and not shipped, by due day, with what is reserved for it; the amount is at the price of the order."""
    company = program.company()
    from everstock.reports.order_book import order_book as ask

    columns = "due_on late% order line% customer item ordered# shipped# open# reserved# short# amount$"
    rows = ask(company=company, day=this_day(), **asked)
    sheet(program, columns).print(rows, form, total=["amount"], amount="value")


@click.command()
@options("item")
@click.pass_obj
def backorders(program: Program, /, form: str, **asked: Any) -> None:
    """What is ordered and not there, by item, with what was promised and when enough of what is on its way is expected."""
    company = program.company()
    from everstock.reports.order_book import backorders as ask

    columns = "item order line% customer due_on promised_on short# expected_on source"
    sheet(program, columns).print(ask(company=company, **asked), form)


@click.command("fill-rate")
@options("from_", "to")
@click.pass_obj
def fill_rate(program: Program, /, form: str, to: dt.date | None, **asked: Any) -> None:
    """The share of lines that were shipped on time and in full, by the month they were due; up to today unless said otherwise."""
    company = program.company()
    from everstock.reports.order_book import fill_rate as ask

    columns = "month lines% on_time_in_full% share# ordered# shipped_in_time# fill_rate#"
    sheet(program, columns).print(ask(company=company, to=to or this_day(), **asked), form)
