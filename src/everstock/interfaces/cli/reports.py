"""``everstock report``: one sub-command per report. Reads the words, asks the report, prints its rows."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import click

from everstock.interfaces.cli.owing import payables, receivables
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.reporting import DAY, MOMENT, by_option, last_day, options, require_costs, sheet, this_day
from everstock.interfaces.cli.selling.reports import backorders, fill_rate, margin, order_book, shipped_not_invoiced


@click.group(name="report")
def report() -> None:
    """Stock, value and books: as of any day, as known at any moment.

    --as-of asks what was true at the end of a day. --known-at asks what the books said at a moment: January's report can be printed
    in June exactly as it was in January.
    """


@report.command()
@options("as_of", "known_at", "item", "location", "include_zero")
@click.pass_obj
def stock(program: Program, /, form: str, **asked: Any) -> None:
    """Quantity by item, location and lot."""
    company = program.company()
    from everstock.reports.stock import stock as ask

    sheet(program, "item location lot quantity#").print(ask(company=company, **asked), form)


@report.command()
@by_option("item", "item+location", "account", "category")
@options("as_of", "known_at", "item", "location", "include_zero")
@click.pass_obj
def valuation(program: Program, /, by: str, form: str, **asked: Any) -> None:
    """Quantity, value and unit cost of the stock."""
    company = program.company()
    from everstock.reports.valuation import valuation as ask

    keys = {"item+location": "item location", "account": "account account_name"}.get(by, by)
    rows = ask(company=company, by=by, **asked)  # type: ignore[arg-type]
    sheet(program, f"{keys} quantity# value$ unit_cost@").print(rows, form, total=["value"])


@report.command("item-ledger")
@click.option("--item", metavar="SKU", required=True, help="The item.")
@options("as_of", "known_at", "from_", "location")
@click.option("--to", type=DAY, metavar="DATE", help="Last day; the same as --as-of.")
@click.pass_obj
def item_ledger(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Every movement of an item with its cost and the running figures."""
    company = program.company()
    from everstock.reports.movements import item_ledger as ask

    columns = "effective_at~ recorded_at^ kind reference location quantity# cost$ running_quantity# running_value$"
    sheet(program, columns).print(ask(company=company, as_of=last_day(as_of, to), **asked), form)


@report.command()
@options("from_", "to", "known_at", "item", "location", "partner")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be given several times.")
@click.pass_obj
def movements(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Movements with cost, partner and document."""
    company = program.company()
    from everstock.reports.movements import movements as ask

    columns = (
        "effective_at~ recorded_at^ kind reference item location to_location lot quantity# cost$ unit_price@ partner"
        " document source actor"
    )
    sheet(program, columns).print(ask(company=company, to=last_day(as_of, to), **asked), form)


@report.command()
@options("from_", "to", "known_at")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def journal(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Journal entries by day of the books, in order of recording."""
    company = program.company()
    from everstock.reports.journal import journal as ask

    columns = "entry posted_on effective_at recorded_at^ account account_name debit$ credit$ source reference"
    rows = ask(company=company, to=last_day(as_of, to), **asked)
    sheet(program, columns).print(rows, form, total=["debit", "credit"])


@report.command("trial-balance")
@options("as_of", "from_", "known_at", "include_zero")
@click.option("--to", type=DAY, metavar="DATE", help="Last day; the same as --as-of.")
@click.option(
    "--basis",
    type=click.Choice(["posted", "effective"]),
    default="posted",
    show_default=True,
    help="By the day of the books, or by the day entries belong to.",
)
@click.pass_obj
def trial_balance(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """All accounts with their sums and balances."""
    company = program.company()
    from everstock.reports.journal import trial_balance as ask

    rows = ask(company=company, as_of=last_day(as_of, to), **asked)
    total = ["debit", "credit", "balance"]
    sheet(program, "account account_name debit$ credit$ balance$").print(rows, form, total=total)


@report.command("account-ledger")
@click.option("--account", metavar="CODE", required=True, help="The account.")
@options("from_", "to", "known_at")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def account_ledger(program: Program, /, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """One account: opening balance, lines, running balance."""
    company = program.company()
    from everstock.reports.journal import account_ledger as ask

    columns = "posted_on effective_at recorded_at^ entry source reference debit$ credit$ balance$"
    rows = ask(company=company, to=last_day(as_of, to), **asked)
    sheet(program, columns).print(rows, form, total=["debit", "credit"])


@report.command()
@by_option("item", "category", "partner", "month")
@options("from_", "to", "known_at", "item")
@click.option("--as-of", type=DAY, metavar="DATE", help="Last day; the same as --to.")
@click.pass_obj
def cogs(program: Program, /, by: str, form: str, to: dt.date | None, as_of: dt.date | None, **asked: Any) -> None:
    """Quantity sold, revenue, cost and margin.

    In a table, the column provisional says how much of a cost is not final: goods that left before they were there.
    """
    company = program.company()
    from everstock.reports.cogs import cogs as ask

    rows = ask(company=company, by=by, to=last_day(as_of, to), **asked)  # type: ignore[arg-type]
    flag = " provisional$" if form == "table" and any(row.provisional for row in rows) else ""
    total = ["quantity", "revenue", "cost", "margin"]
    columns = f"{by} quantity# revenue$ cost$ margin${flag}"
    sheet(program, columns).print(rows, form, total=total, **{by: "key"})


@report.command("received-not-invoiced")
@options("as_of", "known_at", "partner")
@click.pass_obj
def received_not_invoiced(program: Program, /, form: str, as_of: dt.date | None, **asked: Any) -> None:
    """What is owed for goods received and not invoiced, by receipt; as of today unless said otherwise."""
    company = program.company()
    from everstock.reports.payables import received_not_invoiced as ask

    rows = ask(company=company, as_of=as_of or this_day(), **asked)
    columns = "reference received_on partner item quantity# amount$ age_days%"
    sheet(program, columns).print(rows, form, total=["amount"])


@report.command()
@options("as_of", "known_at", "item")
@click.option(
    "--show",
    type=click.Choice(["value", "quantity"]),
    default="value",
    show_default=True,
    help="What to divide by age.",
)
@click.pass_obj
def ageing(program: Program, /, form: str, show: str, as_of: dt.date | None, **asked: Any) -> None:
    """Stock by the age of the receipts it comes from, in days; as of today unless said otherwise."""
    company = program.company()
    from everstock.reports.ageing import BUCKETS
    from everstock.reports.ageing import ageing as ask

    def wide(row: Any) -> SimpleNamespace:
        parts = dict(zip(BUCKETS, row.values if show == "value" else row.quantities, strict=True))
        return SimpleNamespace(item=row.item, quantity=row.quantity, value=row.value, **parts)

    if show == "value":
        require_costs()
    mark = "$" if show == "value" else "#"
    columns = " ".join(["item quantity# value$", *(f"{bucket}{mark}" for bucket in BUCKETS)])
    rows = map(wide, ask(company=company, as_of=as_of or this_day(), **asked))
    total = ["value", *BUCKETS] if show == "value" else ["value"]
    sheet(program, columns).print(rows, form, total=total)


@report.command()
@options("from_", "to", "known_at", "item")
@click.pass_obj
def turnover(program: Program, /, form: str, **asked: Any) -> None:
    """How often the average inventory was sold, and for how many days it lasts."""
    company = program.company()
    from everstock.reports.ageing import turnover as ask

    rows = ask(company=company, **asked)
    columns = "item cogs$ average_inventory$ turns# days#"
    sheet(program, columns).print(rows, form, total=["cogs", "average_inventory"])


@report.command("method-comparison")
@by_option("method", "item")
@options("as_of", "known_at", "item")
@click.option(
    "--period",
    type=click.Choice(["month", "range"]),
    default="month",
    show_default=True,
    help="When the periodic methods close: every month, or once at the end.",
)
@click.pass_obj
def method_comparison(program: Program, /, form: str, by: str, item: str | None, **asked: Any) -> None:
    """The same history under FIFO, LIFO and average, perpetual and periodic."""
    company = program.company()
    from everstock.reports.comparison import method_comparison as ask

    rows = ask(company=company, by=by, item=item, **asked)  # type: ignore[arg-type]
    by_item = "item " if by == "item" or item is not None else ""
    sheet(program, f"{by_item}method quantity# value$ cogs$").print(rows, form)


@report.command("what-changed")
@click.option("--since", type=MOMENT, required=True, metavar="TIME", help="What was known then is the beginning.")
@options("as_of", "known_at", "item")
@click.pass_obj
def what_changed(program: Program, /, form: str, **asked: Any) -> None:
    """What was learned since a moment about a day and the days before it, and through what.

    --known-at ends the time of learning; default: now.
    """
    company = program.company()
    from everstock.reports.changes import what_changed as ask

    columns = "effective_at item account contra quantity# value$ kind reference actor recorded_at^"
    sheet(program, columns).print(ask(company=company, **asked), form)


for command in (margin, shipped_not_invoiced, order_book, backorders, fill_rate, receivables, payables):
    report.add_command(command)
